//! Other people's programs, run beside ours.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::pause::pause;
use super::say::say;

/// Whether a program can be run here. If not, that is said.
pub fn is_installed(name: &str) -> io::Result<bool> {
    let found = Command::new(name)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        say(&format!("  {name} is not installed: left out"))?;
    }
    Ok(found)
}

/// The bytes of memory that a process has of its own and no file stands behind. None where the system does not tell.
pub fn own_memory(process: &str) -> Option<u64> {
    let told = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = told.lines().find(|line| line.starts_with("Pss_Anon:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The most memory that lnav has of its own while it counts the lines of a file.
pub fn lnav(path: &Path, home: &Path) -> io::Result<u64> {
    let mut child = Command::new("lnav")
        .args(["-n", "-c", ";SELECT count(*) FROM all_logs"])
        .arg(path)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    most_memory(&mut child)
}

fn most_memory(child: &mut Child) -> io::Result<u64> {
    let process = child.id().to_string();
    let mut most = 0;
    while child.try_wait()?.is_none() {
        most = most.max(own_memory(&process).unwrap_or(0));
        pause(Duration::from_millis(20));
    }
    Ok(most)
}

/// The lines that ripgrep counts.
pub fn ripgrep(arguments: &[&str], path: &Path) -> io::Result<usize> {
    let output = Command::new("rg")
        .args(["--no-config", "--no-mmap", "-c"])
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    Ok(told.trim().parse().unwrap_or(0))
}
