//! What is left behind when the program panics: a file in the state folder that says where, without any data.

use std::io::Write as _;
use std::panic::PanicHookInfo;

/// Writes `crash.txt` beside the usual message. The panic's own text could quote data, so the file holds its place
/// and the stack alone.
pub(super) fn report_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        usual(info);
        // There is nothing left to do about a report that cannot be written.
        write_report(info).ok();
    }));
}

fn write_report(info: &PanicHookInfo<'_>) -> std::io::Result<()> {
    let Some(folders) = directories::ProjectDirs::from("dev", "starboard", "starboard") else {
        return Ok(());
    };
    let folder = folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir());
    std::fs::create_dir_all(folder)?;
    let mut file = std::fs::File::create(folder.join("crash.txt"))?;
    let place = info
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    writeln!(
        file,
        "starboard {} panicked at {place}",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(file, "{}", std::backtrace::Backtrace::force_capture())
}
