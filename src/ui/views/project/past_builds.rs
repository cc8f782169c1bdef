//! The search in the logs of past builds, while it stands in place of the pane of the selected action: for each project
//! that an action of the pipeline builds.

use eframe::egui::Ui;

use crate::model::ids::{ActionKey, BuildProjectKey};
use crate::model::there;
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::past_builds::{self, PastBuilds};
use crate::ui::widgets::{menu, safe_text};

/// One search, until it is left or another action is selected.
pub struct PastPane {
    project: BuildProjectKey,
    of: Option<ActionKey>,
    search: PastBuilds,
}

impl PastPane {
    pub fn new(project: BuildProjectKey, scene: Scene<'_>) -> Self {
        Self {
            project,
            of: scene.selected.map(|action| action.key.clone()),
            search: PastBuilds::default(),
        }
    }

    pub fn is_of(&self, scene: Scene<'_>) -> bool {
        self.of.as_ref() == scene.selected.map(|action| &action.key)
    }

    /// Paints it into all the room there is; whether it stays open.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        !self.search.ui(ui, cx, &self.project)
    }
}

/// The projects that the pipeline's actions build, the selected action's first, each once.
pub fn projects(scene: Scene<'_>) -> Vec<BuildProjectKey> {
    let Some(definition) = scene.pipeline.definition.value() else {
        return Vec::new();
    };
    let mut projects: Vec<BuildProjectKey> = Vec::new();
    for stage in &definition.stages {
        for declared in &stage.actions {
            let name = declared.configuration.get("ProjectName");
            let Some(name) = name.filter(|_| declared.provider == "CodeBuild") else {
                continue;
            };
            let key = ActionKey {
                stage: stage.name.clone(),
                action: declared.name.clone(),
            };
            let Some(action) = scene.graph.action(&key) else {
                continue;
            };
            let project = BuildProjectKey {
                scope: there::scope_of(action, &scene.pipeline.key.scope, scene.accounts),
                name: name.as_str().into(),
            };
            let is_selected = scene.selected.is_some_and(|selected| selected.key == key);
            let known = projects.iter().position(|it| *it == project);
            match known {
                Some(at) if is_selected => projects[..=at].rotate_right(1),
                Some(_) => {}
                None if is_selected => projects.insert(0, project),
                None => projects.push(project),
            }
        }
    }
    projects
}

/// The button that opens the search; of several projects one is picked. Returns the one.
pub fn button_ui(ui: &mut Ui, projects: &[BuildProjectKey]) -> Option<BuildProjectKey> {
    if let [project] = projects {
        let button = Button::new("Past builds").small();
        let pressed = ui.add(button).on_hover_text(past_builds::HINT).clicked();
        return pressed.then(|| project.clone());
    }
    let button = Button::new("Past builds ▾").small().named("Past builds");
    let response = ui.add(button).on_hover_text(past_builds::HINT);
    let mut picked = None;
    menu::show(&response, 240.0, |ui| {
        for project in projects {
            let name = safe_text::line(project.name.as_str());
            if menu::item(ui, &safe_text::elide(&name, 48), None, None) {
                picked = Some(project.clone());
            }
        }
    });
    picked
}
