//! A line that somebody asked for by a link, on its way to the log that shows it.
//!
//! The palette knows the line before the log has been read, or even its view been opened; it waits in the context's
//! memory until the log it belongs to takes it.

use eframe::egui::{Context, Id};

use crate::model::ids::BuildKey;
use crate::model::link::BuildLink;
use crate::model::log::LineNo;

/// Asks for the line of a link. A later link replaces an earlier one.
pub fn ask_for(context: &Context, link: BuildLink) {
    context.data_mut(|data| data.insert_temp(id(), link));
}

/// Takes the line that was asked for of this build's log.
pub fn take(context: &Context, build: &BuildKey) -> Option<LineNo> {
    context.data_mut(|data| {
        let asked: BuildLink = data.get_temp(id())?;
        if asked.build != *build {
            return None;
        }
        data.remove::<BuildLink>(id());
        asked.line
    })
}

fn id() -> Id {
    Id::unique("line asked for by a link")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_once_and_by_its_own_log() {
        let context = Context::default();
        let link = BuildLink::parse("starboard://build/dev/eu-west-1/a:1#L7").unwrap();
        let build = link.build.clone();
        ask_for(&context, link);
        let other = BuildKey {
            id: "a:2".into(),
            ..build.clone()
        };
        assert_eq!(take(&context, &other), None);
        assert_eq!(take(&context, &build), Some(LineNo(6)));
        assert_eq!(take(&context, &build), None);
    }
}
