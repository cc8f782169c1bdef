//! The history as it was last read: kept while it is read again, and read again when the pipeline has gone past it.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::Ui;

use crate::model::history::History;
use crate::model::ids::PipelineKey;
use crate::model::oneshot::{Oneshot, Response};
use crate::model::pipeline::Execution;
use crate::model::time::{Timestamp, ago};
use crate::ui::action::UiAction;
use crate::ui::theme;
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::side::history::{older, request};
use crate::ui::widgets::age;
use crate::ui::widgets::button::Button;

/// A reading is not begun again sooner than this, whatever it lacks.
const SETTLES: Duration = Duration::from_secs(30);
/// What moved when it was read, and is polled no longer, has probably ended after this.
const MOVES: Duration = Duration::from_mins(5);

/// The last reading, of one pipeline.
#[derive(Default)]
pub struct Past {
    read: Option<(PipelineKey, Read)>,
}

#[derive(Clone)]
pub struct Read {
    pub at: Timestamp,
    pub history: Arc<History>,
}

impl Past {
    /// What was read of the scene's pipeline, if anything was; asks for it again when it is overtaken.
    pub fn of(
        &mut self,
        scene: Scene<'_>,
        polled: &[Execution],
        cx: &mut ViewContext<'_>,
    ) -> Option<Read> {
        let key = &scene.pipeline.key;
        if let Some(Oneshot::Ready {
            at,
            response: Response::History(history),
        }) = older(scene, cx)
        {
            let (at, history) = (*at, Arc::clone(history));
            let (age, news) = (at.age(cx.now), history.is_overtaken(polled));
            if age > SETTLES && news || age > MOVES && history.is_unsettled(polled) {
                again(scene, cx);
            }
            self.read = Some((key.clone(), Read { at, history }));
        }
        let (of, read) = self.read.as_ref()?;
        (of == key).then(|| read.clone())
    }
}

impl Read {
    /// How old the reading is, and the way to another.
    pub fn age_ui(&self, ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        if let Some(Oneshot::Pending { .. }) = older(scene, cx) {
            ui.label(theme::of(ui).small("reading again…"));
            return;
        }
        let words = format!("read {}", ago(self.at, cx.now));
        ui.label(theme::of(ui).small(words));
        age::tick(ui, self.at.age(cx.now));
        let button = Button::new("Read again").small();
        let button = button.named("Read the history again");
        if ui.add(button).clicked() {
            again(scene, cx);
        }
    }
}

fn again(scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    cx.actions.push(UiAction::Dismiss(request(scene)));
    cx.actions.push(UiAction::Ask(request(scene)));
}
