//! A line of a log that someone wants to see: asked for where it is found, answered by whoever shows that log.

use std::time::Duration;

use eframe::egui::{Context, Id};

use crate::model::ids::LogKey;
use crate::model::log::LineNo;

#[derive(Clone)]
struct Wanted {
    log: LogKey,
    line: LineNo,
}

fn place() -> Id {
    Id::unique("line of a log to show")
}

/// Wants a line to be shown, by the log's pane on screen or the one that is about to be.
pub fn ask(context: &Context, log: &LogKey, line: LineNo) {
    let wanted = Wanted {
        log: log.clone(),
        line,
    };
    context.data_mut(|data| data.insert_temp(place(), wanted));
    // The pane was painted before whoever asks.
    context.request_repaint_after(Duration::from_millis(1));
}

/// The line of this log that is wanted, once; what is wanted of another log stays for that.
pub fn take(context: &Context, log: &LogKey) -> Option<LineNo> {
    let wanted = context.data(|data| data.get_temp::<Wanted>(place()))?;
    if wanted.log != *log {
        return None;
    }
    context.data_mut(|data| data.remove::<Wanted>(place()));
    Some(wanted.line)
}
