//! The builds of one project as far back as they were read: a page of a hundred at a time, older ones only when a person
//! asks. What was read by one place is there for the others.

use std::sync::Arc;

use crate::model::build::BuildHistory;
use crate::model::ids::BuildProjectKey;
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::time::Timestamp;
use crate::ui::action::UiAction;
use crate::ui::view::ViewContext;

/// The pages that one place shows.
pub struct BuildPages {
    /// What each was asked with: the first with nothing.
    asked: Vec<Option<String>>,
}

impl Default for BuildPages {
    fn default() -> Self {
        Self { asked: vec![None] }
    }
}

impl BuildPages {
    /// The pages that are here, newest builds first, each with when it was read. Asks for those that nobody asked for.
    pub fn read<'a>(
        &self,
        cx: &mut ViewContext<'a>,
        project: &BuildProjectKey,
    ) -> Vec<(Timestamp, &'a Arc<BuildHistory>)> {
        let mut pages = Vec::new();
        for after in &self.asked {
            let request = request(project, after.clone());
            match cx.oneshots.get(&request) {
                Some(Oneshot::Ready {
                    at,
                    response: Response::BuildHistory(page),
                }) => pages.push((*at, page)),
                Some(_) => {}
                None => cx.actions.push(UiAction::Ask(request)),
            }
        }
        pages
    }

    /// How the last page stands, with what it was asked for by.
    pub fn last<'a>(
        &self,
        cx: &ViewContext<'a>,
        project: &BuildProjectKey,
    ) -> (Request, Option<&'a Oneshot>) {
        let request = request(project, self.asked.last().cloned().flatten());
        let state = cx.oneshots.get(&request);
        (request, state)
    }

    /// Whether AWS has builds older than those that are here; none while the last page is not.
    pub fn goes_on(&self, cx: &ViewContext<'_>, project: &BuildProjectKey) -> Option<bool> {
        match self.last(cx, project).1 {
            Some(Oneshot::Ready {
                response: Response::BuildHistory(page),
                ..
            }) => Some(page.next.is_some()),
            _ => None,
        }
    }

    /// Asks for the page after the last one, or again for one that could not be read.
    pub fn go_on(&mut self, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
        let (request, state) = self.last(cx, project);
        match state {
            Some(Oneshot::Ready {
                response: Response::BuildHistory(page),
                ..
            }) => self.asked.extend(page.next.clone().map(Some)),
            Some(Oneshot::Failed { .. }) => {
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
            _ => {}
        }
    }
}

fn request(project: &BuildProjectKey, after: Option<String>) -> Request {
    Request::BuildHistory {
        project: project.clone(),
        after,
    }
}
