//! What the commands tell a script by their exit status, where that is easily got wrong.

use std::process::{Command, Output, Stdio};

/// The program alone with itself: none of the machine's AWS files and variables, no keyring, no proxy.
fn starboard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_starboard"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .stdin(Stdio::null());
    command
}

fn told(ended: &Output) -> String {
    String::from_utf8(ended.stderr.clone()).unwrap()
}

#[test]
fn the_demo_and_a_real_account_are_not_asked_for_together_wherever_the_flags_stand() {
    for (flag, value) in [("--profile", "work"), ("--endpoint-url", "https://[::1]:9")] {
        for arguments in [
            ["--demo", "doctor", flag, value],
            [flag, value, "doctor", "--demo"],
            ["doctor", "--demo", flag, value],
            ["--demo", flag, value, "doctor"],
        ] {
            let ended = starboard(&arguments).output().unwrap();
            let told = told(&ended);
            assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {told}");
            assert!(told.contains("--demo") && told.contains(flag), "{told}");
            assert!(ended.stdout.is_empty(), "{arguments:?}");
        }
    }
}

#[test]
fn what_is_wrong_on_this_machine_reaches_nothing_either() {
    // Without TLS keys would travel readable: refused before a connection is tried.
    let plain = [
        "status",
        "--region",
        "eu-west-1",
        "--endpoint-url",
        "http://192.0.2.1",
    ];
    let ended = starboard(&plain)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .unwrap();
    let told = told(&ended);
    assert_eq!(ended.status.code(), Some(3), "{told}");
    assert!(told.contains("192.0.2.1"), "{told}");
}

/// Linux alone has a file that is always full.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let ended = starboard(&["status", "--demo", "--pipelines", "4"])
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .unwrap();
    let told = told(&ended);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("could not be written"), "{told}");
}
