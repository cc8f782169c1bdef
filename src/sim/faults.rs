//! Faults: one operation broken on purpose, for as many calls as asked.
//!
//! The server asks [`Faults::take`] once for each request it has verified; a test or the control endpoint
//! injects. A fault names an operation (`PutApprovalResult`), a service by its signing name, or `*`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// What happens in place of, or to, an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 400 ThrottlingException, "Rate exceeded"; from S3 503 SlowDown.
    Throttle,
    /// 500 InternalFailure; from S3 InternalError.
    ServerError,
    /// 500 without a body.
    ServerErrorEmptyBody,
    /// 500 with a page of HTML, as from a balancer or an emulator.
    Html,
    /// 200 with a page of HTML, as from a network that wants a sign-in.
    CaptivePortal,
    /// 400 AccessDeniedException for an action, `codepipeline:PutApprovalResult`; from S3 403 AccessDenied.
    /// CloudTrail keeps it.
    AccessDenied { action: String },
    /// 400 ExpiredTokenException, or what the caller's protocol calls it.
    ExpiredToken,
    /// 403 RequestTimeTooSkewed, with a `Date` header off by so many minutes.
    ClockSkew { minutes: i64 },
    /// The request is read and never answered.
    Stall,
    /// The answer comes one byte at a time with this pause between two.
    #[serde(rename = "slow-ms", deserialize_with = "milliseconds")]
    Slow(Duration),
    /// The connection closes halfway through the body.
    Truncated,
    /// The call takes effect, then the connection closes without an answer.
    ApplyThenDrop,
    /// The answer after a JSON merge patch; where the patch meets a list it is applied to each element.
    Malformed { patch: Value },
    /// 200 with this text as the JSON body.
    Body { text: String },
    /// The first message of a page of log events holds bytes that are no UTF-8.
    InvalidUtf8,
    /// Pages of log events whose token is always the same.
    RepeatedToken,
    /// Pages of log events without any, each with a new token.
    EmptyPages,
    /// A known way in which the real service breaks its own model.
    Quirk(Quirk),
}

fn milliseconds<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    u64::deserialize(source).map(Duration::from_millis)
}

/// Answers of the real services that their own models do not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// GetPipelineState: `currentRevision` without the required `revisionChangeId` and `created`.
    BareCurrentRevision,
    /// GetPipelineState: an open gate has a token and no status.
    GateWithoutStatus,
    /// BatchGetBuilds: a failed phase has the status `CLIENT_ERROR`.
    PhaseClientError,
    /// BatchGetBuilds: a running build has the status `PENDING`.
    BuildPending,
    /// ListDeployments and BatchGetDeployments: the complete time lies before the start.
    EndBeforeStart,
}

impl Quirk {
    fn patch(self, answer: &mut Value) {
        match self {
            Self::BareCurrentRevision => {
                each(answer, &["stageStates", "actionStates"], &|action| {
                    if let Some(id) = action.pointer("/currentRevision/revisionId").cloned() {
                        merge(
                            action,
                            &json!({"currentRevision": {"revisionId": id, "revisionChangeId": null, "created": null}}),
                        );
                    }
                });
            }
            Self::GateWithoutStatus => {
                each(answer, &["stageStates", "actionStates"], &|action| {
                    if action.pointer("/latestExecution/token").is_some() {
                        merge(action, &json!({"latestExecution": {"status": null}}));
                    }
                });
            }
            Self::PhaseClientError => each(answer, &["builds", "phases"], &|phase| {
                if phase
                    .get("phaseStatus")
                    .is_some_and(|status| status == "FAILED")
                {
                    merge(phase, &json!({"phaseStatus": "CLIENT_ERROR"}));
                }
            }),
            Self::BuildPending => each(answer, &["builds"], &|build| {
                if build
                    .get("buildStatus")
                    .is_some_and(|status| status == "IN_PROGRESS")
                {
                    merge(build, &json!({"buildStatus": "PENDING"}));
                }
            }),
            Self::EndBeforeStart => each(answer, &["deploymentsInfo"], &|deployment| {
                if let Some(start) = deployment.get("startTime").and_then(Value::as_f64) {
                    merge(deployment, &json!({"completeTime": start - 60.0}));
                }
            }),
        }
    }
}

/// Applies a change to every element at the end of a path of lists.
fn each(value: &mut Value, path: &[&str], change: &dyn Fn(&mut Value)) {
    let Some((first, rest)) = path.split_first() else {
        return change(value);
    };
    for item in value
        .get_mut(*first)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        each(item, rest, change);
    }
}

impl Fault {
    /// Changes an answer that is otherwise sent as it is.
    pub fn alter(&self, answer: &mut Value) {
        match self {
            Self::Malformed { patch } => merge(answer, patch),
            Self::Quirk(quirk) => quirk.patch(answer),
            _ => {}
        }
    }
}

/// RFC 7396, and beyond it: an object patch on a list is applied to each element.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Array(items), Value::Object(_)) => {
            for item in items {
                merge(item, patch);
            }
        }
        (target, Value::Object(changes)) => {
            if !target.is_object() {
                *target = json!({});
            }
            let Some(members) = target.as_object_mut() else {
                return;
            };
            for (name, change) in changes {
                if change.is_null() {
                    members.remove(name);
                } else {
                    merge(members.entry(name.clone()).or_insert(Value::Null), change);
                }
            }
        }
        (target, other) => target.clone_from(other),
    }
}

#[derive(Debug)]
struct Injected {
    fault: Fault,
    /// None lasts until it is cleared.
    left: Option<u32>,
}

/// The faults in force. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    injected: Arc<Mutex<BTreeMap<String, Injected>>>,
}

impl Faults {
    /// Breaks an operation (or a service, or `*`) for so many calls, or until it is cleared.
    pub fn inject(&self, operation: &str, fault: Fault, times: Option<u32>) {
        self.lock()
            .insert(operation.to_owned(), Injected { fault, left: times });
    }

    /// Ends every fault.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault of this call, if any, which is then counted; the operation's own before the service's.
    pub fn take(&self, service: &str, operation: &str) -> Option<Fault> {
        let mut injected = self.lock();
        let name = [operation, service, "*"]
            .into_iter()
            .find(|name| injected.contains_key(*name))?;
        let entry = injected.get_mut(name)?;
        let fault = entry.fault.clone();
        if let Some(left) = &mut entry.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                injected.remove(name);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Injected>> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Fault, Faults, Quirk};

    #[test]
    fn a_fault_lasts_for_its_calls_and_the_nearest_name_wins() {
        let faults = Faults::default();
        faults.inject("*", Fault::Stall, None);
        faults.inject("ListBuilds", Fault::Throttle, Some(2));
        let take = || faults.take("codebuild", "ListBuilds").unwrap();
        assert_eq!(
            [take(), take(), take()],
            [Fault::Throttle, Fault::Throttle, Fault::Stall]
        );
        faults.clear();
        assert_eq!(faults.take("codebuild", "ListBuilds"), None);
    }

    #[test]
    fn a_patch_reaches_into_lists() {
        let mut answer =
            json!({"stages": [{"name": "a", "status": "Ok"}, {"name": "b"}], "keep": 1});
        Fault::Malformed {
            patch: json!({"stages": {"status": "Sideways", "name": null}}),
        }
        .alter(&mut answer);
        assert_eq!(
            answer,
            json!({"stages": [{"status": "Sideways"}, {"status": "Sideways"}], "keep": 1})
        );
    }

    #[test]
    fn quirks_are_those_of_the_real_services() {
        let mut state = json!({"stageStates": [{"actionStates": [{"actionName": "x", "currentRevision": {"revisionId": "r", "revisionChangeId": "c", "created": 1}}]}]});
        Fault::Quirk(Quirk::BareCurrentRevision).alter(&mut state);
        let mut gate = json!({"stageStates": [{"actionStates": [{"latestExecution": {"token": "t", "status": "InProgress"}}, {"latestExecution": {"status": "Failed"}}]}]});
        Fault::Quirk(Quirk::GateWithoutStatus).alter(&mut gate);
        assert_eq!(
            gate.pointer("/stageStates/0/actionStates"),
            Some(
                &json!([{"latestExecution": {"token": "t"}}, {"latestExecution": {"status": "Failed"}}])
            )
        );
        assert_eq!(
            state.pointer("/stageStates/0/actionStates/0/currentRevision"),
            Some(&json!({"revisionId": "r"}))
        );
    }

    #[test]
    fn faults_are_read_from_json() {
        let read = |value| serde_json::from_value::<Fault>(value).unwrap();
        assert_eq!(read(json!("throttle")), Fault::Throttle);
        assert_eq!(
            read(json!({"slow-ms": 20})),
            Fault::Slow(Duration::from_millis(20))
        );
        assert_eq!(
            read(json!({"quirk": "build-pending"})),
            Fault::Quirk(Quirk::BuildPending)
        );
        assert!(serde_json::from_value::<Fault>(json!("sideways")).is_err());
    }
}
