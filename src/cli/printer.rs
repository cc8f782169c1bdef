//! What `starboard tail` writes messages with: as they are into a file or pipe, made safe on a terminal.
//!
//! A thread of the blocking pool writes, because a pipe may be full for minutes, and so that one page is written while
//! the next is on its way.

use std::io::{IsTerminal as _, Write as _};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::app::boot;
use crate::model::log_events::LogEvents;
use crate::model::terminal;

/// Pages that may wait to be written: more would only be memory.
const WAITING: usize = 2;

pub(super) struct Printer {
    pages: mpsc::Sender<LogEvents>,
    writing: JoinHandle<std::io::Result<()>>,
}

impl Printer {
    /// On standard output.
    pub(super) fn new() -> Self {
        let (pages, waiting) = mpsc::channel(WAITING);
        let is_terminal = std::io::stdout().is_terminal();
        let colours = is_terminal.then(|| !boot::has_variable("NO_COLOR"));
        Self {
            pages,
            writing: tokio::task::spawn_blocking(move || write(waiting, colours)),
        }
    }

    /// Gives a page to the writer; waits while two are waiting. False when nobody reads the output any more.
    pub(super) async fn print(&self, events: LogEvents) -> bool {
        self.pages.send(events).await.is_ok()
    }

    /// Waits until everything is written. False when it could not be.
    pub(super) async fn end(self) -> bool {
        drop(self.pages);
        matches!(self.writing.await, Ok(Ok(())))
    }
}

/// `colours`: none into a file or pipe; on a terminal, whether to keep them.
fn write(mut pages: mpsc::Receiver<LogEvents>, colours: Option<bool>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    while let Some(events) = pages.blocking_recv() {
        match colours {
            None => out.write_all(events.text().as_bytes())?,
            Some(colours) => {
                let mut safe = String::with_capacity(events.text().len());
                for event in events.iter() {
                    safe.push_str(&terminal::safe_line(event.message, colours));
                    safe.push('\n');
                }
                out.write_all(safe.as_bytes())?;
            }
        }
        out.flush()?;
    }
    Ok(())
}
