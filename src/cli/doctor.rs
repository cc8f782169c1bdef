//! `starboard doctor`: what works between here and AWS, a line each.
//!
//! It asks read operations only, each once and one after the other; whether a write would be allowed is not probed.

use std::io::Write;
use std::time::Duration;

use crate::app::boot::{self, Entry, Where};
use crate::aws::Aws;
use crate::cli::{Exit, complain};
use crate::engine::clock::Clock;
use crate::model::board;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;
use crate::model::terminal;
use crate::model::time::{self, Timestamp};
use crate::secrets::Vaults;

/// Signatures older or newer than five minutes are refused; half of that is worth a warning.
const SKEW_REFUSED: Duration = Duration::from_mins(5);
const SKEW_WARNED: Duration = Duration::from_secs(150);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Ok,
    Warn,
    Fail,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// The lines, written as they become known.
struct Report<'a> {
    out: &'a mut dyn Write,
    failed: bool,
    /// Whether any scope answered at all.
    reached: bool,
}

impl Report<'_> {
    fn line(&mut self, mark: Mark, name: &str, detail: &str) {
        self.failed |= mark == Mark::Fail;
        // AWS's words go to a terminal: as one line, with what would steer it made visible.
        let detail = board::one_line(detail);
        let detail = terminal::safe_line(&detail, false);
        // A closed pipe ends the reading of it, not the checks.
        writeln!(self.out, "{:<4}  {name}  {detail}", mark.word())
            .and_then(|()| self.out.flush())
            .ok();
    }

    fn fault(&mut self, mark: Mark, name: &str, fault: &Fault) {
        let advice = match fault.class {
            // What to do about these is in the message itself.
            FaultClass::Local | FaultClass::Refused => "",
            class => class.advice(),
        };
        self.line(mark, name, &format!("{} {advice}", fault.headline()));
    }
}

pub(super) async fn run(places: Where) -> Exit {
    let is_demo = matches!(places, Where::Demo { .. });
    let (entries, _simulator) = match boot::entries_for_terminal(&places).await {
        Ok(found) => found,
        Err(error) => {
            complain(&error.message);
            return error.exit;
        }
    };
    let vaults = boot::vaults(&places);
    let aws = Aws::new(vaults.clone(), Clock::Wall);
    let mut out = std::io::stdout();
    let mut report = Report {
        out: &mut out,
        failed: false,
        reached: false,
    };
    if is_demo {
        report.line(Mark::Ok, "proxy", "not used by the simulated account");
        report.line(Mark::Ok, "keyring", "not used by the simulated account");
    } else {
        proxy(&mut report);
        keyring(&mut report, &vaults).await;
    }
    for entry in &entries {
        aws.put(entry.login.clone());
        account(&mut report, &aws, entry).await;
    }
    if !report.reached {
        Exit::Unreachable
    } else if report.failed {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// One account: who it is and which clock it has, then every region's read operations.
async fn account(report: &mut Report<'_>, aws: &Aws, entry: &Entry) {
    let name = &entry.account.name;
    endpoint(report, aws, entry).await;
    for scope in entry.account.scopes() {
        let place = format!("{name} {}", scope.region);
        let whoami = aws.whoami(&scope).await;
        let line = format!("{place} identity");
        match whoami {
            Ok((identity, date)) => {
                report.reached = true;
                let number = identity.account.grouped();
                let source = &entry.account.source;
                report.line(
                    Mark::Ok,
                    &line,
                    &format!("{number} {} by {source}", identity.arn),
                );
                clock(report, &format!("{place} clock"), date, Clock::Wall.now());
                operations(report, aws, &scope).await;
            }
            Err(fault) => report.fault(Mark::Fail, &line, &fault),
        }
    }
    let access = if entry.account.read_only {
        "read-only: Starboard itself refuses writes"
    } else {
        "allowed by Starboard; AWS's own permission is not probed"
    };
    report.line(Mark::Ok, &format!("{name} writes"), access);
}

fn clock(report: &mut Report<'_>, name: &str, theirs: Option<Timestamp>, ours: Timestamp) {
    let Some(theirs) = theirs else {
        report.line(Mark::Warn, name, "the answer has no Date to compare with");
        return;
    };
    let skew = ours.age(theirs).max(theirs.age(ours));
    let mark = if skew >= SKEW_REFUSED {
        Mark::Fail
    } else if skew >= SKEW_WARNED {
        Mark::Warn
    } else {
        Mark::Ok
    };
    // The header has whole seconds, so less than two tell nothing.
    let detail = if skew < Duration::from_secs(2) {
        "agrees with the service's".to_owned()
    } else {
        let way = if ours > theirs { "ahead of" } else { "behind" };
        format!("{} {way} the service's {theirs}", time::duration(skew))
    };
    report.line(mark, name, &detail);
}

async fn endpoint(report: &mut Report<'_>, aws: &Aws, entry: &Entry) {
    let name = format!("{} endpoint", entry.account.name);
    match aws.endpoints(&entry.account.name).await {
        Ok(endpoints) if endpoints.is_empty() => report.line(Mark::Ok, &name, "AWS's own"),
        Ok(endpoints) => {
            let mark = if entry.account.simulated {
                Mark::Ok
            } else {
                Mark::Warn
            };
            let detail = format!("custom, in place of AWS's own: {}", endpoints.join(", "));
            report.line(mark, &name, &detail);
        }
        Err(fault) => report.fault(Mark::Fail, &name, &fault),
    }
}

async fn operations(report: &mut Report<'_>, aws: &Aws, scope: &Scope) {
    let probes = match aws.probe(scope).await {
        Ok(probes) => probes,
        Err(fault) => {
            report.fault(Mark::Fail, &format!("{scope}"), &fault);
            return;
        }
    };
    for probe in probes {
        let name = format!("{} {} {}", scope.account, scope.region, probe.name);
        match probe.result {
            Ok(found) => report.line(Mark::Ok, &name, &found),
            Err(fault) if fault.class == FaultClass::Throttled => {
                report.fault(Mark::Warn, &name, &fault);
            }
            Err(fault) => report.fault(Mark::Fail, &name, &fault),
        }
    }
}

/// The proxy variables in force, without what signs in to the proxy.
fn proxy(report: &mut Report<'_>) {
    let names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
    let mut said = Vec::new();
    for name in names {
        let lower = name.to_lowercase();
        let value = boot::variable(name).or_else(|| boot::variable(&lower));
        if let Some(value) = value {
            said.push(format!("{name}={}", without_password(&value)));
        }
    }
    let detail = if said.is_empty() {
        "none".to_owned()
    } else {
        said.join(" ")
    };
    report.line(Mark::Ok, "proxy", &detail);
}

fn without_password(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url)
            if url.has_authority() && (!url.username().is_empty() || url.password().is_some()) =>
        {
            // Both can only fail for addresses that cannot have them.
            url.set_username("").ok();
            url.set_password(None).ok();
            format!("{url} (with a password)")
        }
        _ => address.to_owned(),
    }
}

async fn keyring(report: &mut Report<'_>, vaults: &Vaults) {
    match vaults.probe(Clock::Wall.now()).await {
        Ok(place) => report.line(Mark::Ok, "keyring", &format!("{place} answers")),
        // Profiles need no keyring, so its absence is nothing that failed.
        Err(fault) => report.fault(Mark::Warn, "keyring", &fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(write: impl FnOnce(&mut Report<'_>)) -> (String, bool) {
        let mut out = Vec::new();
        let mut report = Report {
            out: &mut out,
            failed: false,
            reached: true,
        };
        write(&mut report);
        let failed = report.failed;
        (String::from_utf8(out).unwrap(), failed)
    }

    #[test]
    fn a_clock_that_signatures_cannot_stand_fails() {
        let at = |seconds: i64| Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000);
        let (text, failed) = lines(|report| {
            clock(report, "prod clock", Some(at(0)), at(1));
            clock(report, "prod clock", Some(at(0)), at(-200));
            clock(report, "prod clock", Some(at(0)), at(301));
        });
        let marks: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(marks, ["ok", "warn", "fail"], "{text}");
        assert!(failed && text.contains("ahead of") && text.contains("behind"));
    }

    #[test]
    fn a_proxys_password_is_not_printed() {
        let shown = without_password("http://me:canary@proxy.example:3128");
        assert!(
            !shown.contains("canary") && !shown.contains("me:"),
            "{shown}"
        );
        assert!(shown.contains("proxy.example:3128"));
        assert_eq!(
            without_password("localhost,10.0.0.0/8"),
            "localhost,10.0.0.0/8"
        );
    }
}
