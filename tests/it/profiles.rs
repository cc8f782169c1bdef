//! The ways to sign in, through the program itself: `doctor` with AWS files of a throw-away home, on the simulated
//! account. No variable of this machine's own AWS set-up reaches it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use starboard::sim::{Options, Simulator};

use crate::replay::{self, Answer};

/// A home with AWS files, and a simulated account to sign in to.
struct Home {
    folder: tempfile::TempDir,
    sim: Simulator,
    // Dropped last: the simulator's tasks run on it.
    runtime: tokio::runtime::Runtime,
}

/// What a run of the program came to.
struct Ended {
    status: Option<i32>,
    out: String,
    err: String,
}

const PAST: &str = "2020-01-01T00:00:00Z";
const FUTURE: &str = "2099-01-01T00:00:00Z";
/// The SHA-1 of `corp` and of `old`, under which the AWS CLI keeps their tokens.
const CORP: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f";
const OLD: &str = "c00dbbc9dadfbe1e232e93a729dd4752fade0abf";

impl Home {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let sim = runtime
            .block_on(Simulator::start(Options::named("gates")))
            .unwrap();
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
            sim,
            runtime,
        };
        let (id, secret) = home.key();
        let credentials = format!(
            "[plain]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nregion = eu-west-1\n"
        );
        home.write(".aws/credentials", &credentials);
        let answer = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret});
        home.write("answer.json", &answer.to_string());
        let answer = home.path("answer.json");
        let config = format!(
            "[profile process]\ncredential_process = cat {}\n\
             [profile role]\nrole_arn = arn:aws:iam::482100937715:role/Deploy\nsource_profile = plain\n\
             [profile mfa]\nrole_arn = arn:aws:iam::482100937715:role/Deploy\nsource_profile = plain\n\
             mfa_serial = arn:aws:iam::482100937715:mfa/me\n\
             [profile corp]\nsso_session = corp\nsso_account_id = 482100937715\nsso_role_name = Ops\n\
             [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n\
             [profile old]\nsso_session = old\nsso_account_id = 482100937715\nsso_role_name = Ops\n\
             [sso-session old]\nsso_region = eu-west-1\nsso_start_url = https://old.example/start\n",
            answer.display()
        );
        home.write(".aws/config", &config);
        for (name, expires) in [(CORP, FUTURE), (OLD, PAST)] {
            let token = json!({"accessToken": "canary-token", "expiresAt": expires,
                "region": "eu-west-1", "startUrl": "https://corp.example/start"});
            home.write(&format!(".aws/sso/cache/{name}.json"), &token.to_string());
        }
        home
    }

    fn key(&self) -> (String, String) {
        let account = &self.sim.accounts()[0];
        (
            account.access_key_id.clone(),
            account.secret_access_key.clone(),
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn doctor(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let home = self.folder.path();
        let ended = Command::new(env!("CARGO_BIN_EXE_starboard"))
            .arg("doctor")
            .args(["--region", "eu-west-1"])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("AWS_ENDPOINT_URL", self.sim.url())
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let ended = Ended {
            status: ended.status.code(),
            out: String::from_utf8(ended.stdout).unwrap(),
            err: String::from_utf8(ended.stderr).unwrap(),
        };
        let (_, secret) = self.key();
        for text in [&ended.out, &ended.err] {
            assert!(!text.contains(&secret), "the secret shows: {text}");
            assert!(!text.contains("canary"), "the token shows: {text}");
        }
        ended
    }
}

impl Ended {
    /// The detail of the line with this name.
    fn line(&self, mark: &str, name: &str) -> &str {
        let start = format!("{mark:<4}  {name}  ");
        let found = self.out.lines().find_map(|line| line.strip_prefix(&start));
        found.unwrap_or_else(|| panic!("no line {start:?} in\n{}\n{}", self.out, self.err))
    }

    fn signed_in(&self, profile: &str) -> &str {
        assert_eq!(self.status, Some(0), "{}\n{}", self.out, self.err);
        self.line("ok", &format!("{profile} eu-west-1 identity"))
    }

    fn refused(&self, profile: &str) -> &str {
        assert_eq!(self.status, Some(3), "{}\n{}", self.out, self.err);
        self.line("fail", &format!("{profile} eu-west-1 identity"))
    }
}

#[test]
fn keys_processes_and_roles_of_the_aws_files_sign_in() {
    let home = Home::new();
    let plain = home.doctor(&["--profile", "plain"], &[]);
    let identity = plain.signed_in("plain");
    assert!(identity.contains("4821-0093-7715") && identity.contains("AWS profile \"plain\""));
    plain.line("ok", "plain eu-west-1 codepipeline:ListPipelines");
    assert!(
        plain
            .line("warn", "plain endpoint")
            .contains(&home.sim.url())
    );
    assert!(plain.line("warn", "keyring").contains("absent"));
    let process = home.doctor(&["--profile", "process"], &[]);
    assert!(process.signed_in("process").contains(":user/"));
    let role = home.doctor(&["--profile", "role"], &[]);
    assert!(role.signed_in("role").contains(":assumed-role/Deploy/"));
    let (id, secret) = home.key();
    let keys = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
    ];
    let environment = home.doctor(&[], &keys);
    assert!(
        environment
            .signed_in("environment")
            .contains("environment variables")
    );
    // A named profile goes before keys of the environment.
    let wrong = [
        ("AWS_ACCESS_KEY_ID", "AKIASTRANGER00000000"),
        ("AWS_SECRET_ACCESS_KEY", "other"),
    ];
    home.doctor(&["--profile", "plain"], &wrong)
        .signed_in("plain");
}

#[test]
fn a_cached_sso_session_signs_in_and_an_ended_one_says_what_to_run() {
    let home = Home::new();
    let (id, secret) = home.key();
    let credentials = json!({"roleCredentials": {"accessKeyId": id, "secretAccessKey": secret,
        "sessionToken": null, "expiration": 4_070_908_800_000_i64}});
    let mut answer = Answer::json(&credentials);
    answer.content_type = "application/json";
    let told = BTreeMap::from([("/federation/credentials".to_owned(), answer)]);
    let portal = home.runtime.block_on(replay::serve(told));
    let corp = home.doctor(&["--profile", "corp"], &[("AWS_ENDPOINT_URL_SSO", &portal)]);
    corp.signed_in("corp");
    let old = home.doctor(&["--profile", "old"], &[("AWS_ENDPOINT_URL_SSO", &portal)]);
    assert!(
        old.refused("old").contains("aws sso login --profile old"),
        "{}",
        old.out
    );
}

#[test]
fn what_cannot_sign_in_says_why_and_ends_with_3() {
    let home = Home::new();
    let mfa = home.doctor(&["--profile", "mfa"], &[]);
    assert!(mfa.refused("mfa").contains("mfa_serial"));
    let nobody = home.doctor(&["--profile", "nobody"], &[]);
    assert!(nobody.refused("nobody").contains("no profile \"nobody\""));
    let far = home.doctor(
        &[
            "--profile",
            "plain",
            "--endpoint-url",
            "http://192.0.2.1:4566",
        ],
        &[],
    );
    assert!(far.refused("plain").contains("is refused"), "{}", far.out);
}

#[test]
fn an_endpoint_of_one_service_goes_before_the_one_of_all() {
    let home = Home::new();
    let url = home.sim.url();
    let closed = "http://127.0.0.1:1";
    let ended = home.doctor(
        &["--profile", "plain"],
        &[("AWS_ENDPOINT_URL", closed), ("AWS_ENDPOINT_URL_STS", &url)],
    );
    assert_eq!(ended.status, Some(1), "a line fails: {}", ended.out);
    ended.line("ok", "plain eu-west-1 identity");
    ended.line("fail", "plain eu-west-1 codepipeline:ListPipelines");
    let endpoints = ended.line("warn", "plain endpoint");
    assert!(
        endpoints.contains(closed) && endpoints.contains(&url),
        "{endpoints}"
    );
}
