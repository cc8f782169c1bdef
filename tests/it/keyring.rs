//! The keyring against a real Secret Service: gnome-keyring in a private D-Bus session, which `tests/run.sh keyring`
//! starts. Elsewhere these tests would touch a person's own keyring, so without `STARBOARD_KEYRING_TEST=1` they only
//! say that they were left out.
//!
//! The keyring crate opens its connection once for a process, so the cases that need another one run this binary again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use starboard::model::time::Timestamp;
use starboard::secrets::keyring::{Keyring, SERVICE};
use starboard::secrets::{AccessKey, Keep, Vault as _, VaultError, Vaults};

fn is_wanted() -> bool {
    let wanted = std::env::var_os("STARBOARD_KEYRING_TEST").is_some_and(|value| value == "1");
    if !wanted {
        println!("left out: needs a private session, see tests/run.sh keyring");
    }
    wanted
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Runs one of the cases below in a process of its own.
fn in_another_process(case: &str, bus: Option<&str>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "keyring::case_of_another_process",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("STARBOARD_KEYRING_CASE", case)
        .stdin(Stdio::null());
    if let Some(bus) = bus {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{case}: {said}\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(
        said.contains(&format!("case {case} passed")),
        "{case} did not run: {said}"
    );
}

/// Not a test by itself: what [`in_another_process`] runs.
#[test]
fn case_of_another_process() {
    let Ok(case) = std::env::var("STARBOARD_KEYRING_CASE") else {
        return;
    };
    let deadline = Duration::from_secs(2);
    let vault = Keyring::with_deadline(deadline);
    let started = Instant::now();
    let read = runtime().block_on(vault.read("aws:case"));
    match case.as_str() {
        "absent" => assert_eq!(read.err(), Some(VaultError::Absent)),
        "locked" => assert!(
            matches!(read, Err(VaultError::Locked | VaultError::Unanswered)),
            "a locked keyring gives nothing"
        ),
        "unanswered" => {
            assert_eq!(read.err(), Some(VaultError::Unanswered));
            assert!(
                started.elapsed() < deadline + Duration::from_secs(2),
                "the deadline holds"
            );
        }
        other => panic!("no case {other}"),
    }
    println!("case {case} passed");
}

#[test]
fn a_secret_is_stored_read_replaced_and_deleted() {
    if !is_wanted() {
        return;
    }
    runtime().block_on(async {
        let vaults = Vaults::new(Some(std::sync::Arc::new(Keyring::default())));
        let now = Timestamp::from_millis(1);
        let key = |secret: &str| AccessKey {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: secret.into(),
            session_token: Some("token".into()),
        };
        assert!(
            vaults.read("team", now).await.is_err(),
            "nothing is there yet"
        );
        for secret in ["first", "second"] {
            let place = vaults
                .store("team", &key(secret), Keep::InKeyring, now)
                .await;
            assert!(place.unwrap().contains("keyring"));
            let (read, _) = vaults.read("team", now).await.unwrap();
            assert_eq!(read.secret_access_key.expose_secret(), secret);
            assert_eq!(read.access_key_id.expose_secret(), "AKIAIOSFODNN7EXAMPLE");
            assert_eq!(read.session_token.unwrap().expose_secret(), "token");
        }
        // Another program finds it under the documented name.
        let found = Command::new("secret-tool")
            .args(["lookup", "service", SERVICE, "username", "aws:team"])
            .output()
            .unwrap();
        let document = String::from_utf8(found.stdout).unwrap();
        assert!(
            document.contains("second") && document.starts_with('{'),
            "{document}"
        );
        vaults.forget("team", now).await.unwrap();
        assert!(vaults.read("team", now).await.is_err(), "forgotten");
        vaults.forget("team", now).await.unwrap();
    });
}

#[test]
fn no_bus_is_an_absent_keyring() {
    if is_wanted() {
        in_another_process("absent", Some("unix:path=/nonexistent/bus"));
    }
}

#[test]
fn a_service_that_never_answers_is_given_up_on() {
    if !is_wanted() {
        return;
    }
    // A bus on which the Secret Service's name is taken by somebody who does not speak.
    let listener = std::os::unix::net::UnixListener::bind(socket()).unwrap();
    // It is accepted and never answered, as a stopped daemon's socket is.
    let path = listener.local_addr().unwrap();
    let path = path.as_pathname().unwrap().display().to_string();
    in_another_process("unanswered", Some(&format!("unix:path={path}")));
    drop(listener);
    std::fs::remove_file(path).ok();
}

fn socket() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("starboard-keyring-{}", std::process::id()))
}

#[test]
fn a_locked_keyring_gives_nothing() {
    if !is_wanted() {
        return;
    }
    // Its own bus and its own keyring, so that locking it disturbs no other test.
    let script = "
        set -e
        export HOME=$(mktemp -d) XDG_RUNTIME_DIR=$(mktemp -d); chmod 700 \"$XDG_RUNTIME_DIR\"
        printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        printf s3cret | secret-tool store --label=case service dev.starboard.Starboard username aws:case
        gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \\
          --method org.freedesktop.Secret.Service.Lock \"['/org/freedesktop/secrets/collection/login']\" >/dev/null
        exec \"$0\" --exact keyring::case_of_another_process --nocapture --test-threads=1
    ";
    let ended = Command::new("dbus-run-session")
        .args(["--", "bash", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("STARBOARD_KEYRING_CASE", "locked")
        .env_remove("DISPLAY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        said.contains("case locked passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn a_hung_keyring_does_not_keep_the_program() {
    if !is_wanted() {
        return;
    }
    let started = Instant::now();
    runtime().block_on(async {
        let vault = Keyring::with_deadline(Duration::from_millis(1));
        // Whatever comes of it, nobody waits longer than the deadline.
        vault.store("aws:hung", SecretString::from("x")).await.ok();
    });
    assert!(started.elapsed() < Duration::from_secs(1));
    runtime().block_on(async { Keyring::default().delete("aws:hung").await.ok() });
}
