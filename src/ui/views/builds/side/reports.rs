//! The reports of a build: asked for when somebody looks here, with the past of each report group.

use std::collections::BTreeSet;

use eframe::egui::{self, Margin, Ui};

use crate::model::build::{Build, ReportTrend};
use crate::model::ids::BuildKey;
use crate::model::oneshot::{Request, Response};
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::asked::{self, Asked};
use crate::ui::widgets::report_list::ReportList;

/// Report groups whose past is read by itself.
const TRENDS: usize = 6;

#[derive(Default)]
pub struct Reports {
    list: ReportList,
}

impl Reports {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
        let padding = Margin::symmetric(12, 4);
        if build.reports.is_empty() {
            egui::Frame::new().inner_margin(padding).show(ui, |ui| {
                none_ui(ui, build);
            });
            return;
        }
        let request = Request::BuildReports {
            build: key.clone(),
            arns: build.reports.clone(),
        };
        let mut ready = None;
        egui::Frame::new().inner_margin(padding).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ready = asked::show(ui, cx, &request, "Reading the reports…");
            if let Some((at, _)) = ready {
                asked::age_ui(ui, cx, &request, at);
            }
        });
        let Some((_, Response::BuildReports(reports))) = ready else {
            return;
        };
        let groups: BTreeSet<&str> = reports.iter().map(|it| it.group_arn.as_str()).collect();
        for group in groups.into_iter().take(TRENDS) {
            // What is said of the past is said beside the report, once it is here; a fault leaves it out.
            let _: Asked<'_> = asked::ask(cx, &trend_request(key, group));
        }
        let oneshots = cx.oneshots;
        let trend = |group: &str| -> Option<&ReportTrend> {
            match oneshots.get(&trend_request(key, group)) {
                Some(crate::model::oneshot::Oneshot::Ready {
                    response: Response::ReportTrend(trend),
                    ..
                }) => Some(trend.as_ref()),
                _ => None,
            }
        };
        let actions = &mut *cx.actions;
        self.list
            .ui(ui, reports, actions, |report| trend(&report.group_arn));
    }
}

fn trend_request(key: &BuildKey, group: &str) -> Request {
    Request::ReportTrend {
        scope: key.scope.clone(),
        group: group.to_owned(),
    }
}

fn none_ui(ui: &mut Ui, build: &Build) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let words = if build.state.status.is_moving() {
        "No report yet. CodeBuild names a build's reports once it has written them."
    } else {
        "This build wrote no report. A `reports:` section in the buildspec hands CodeBuild the test and coverage files (JUnit, Cucumber, TestNG, Visual Studio, NUnit; Cobertura, JaCoCo, Clover, SimpleCov)."
    };
    ui.add(egui::Label::new(theme.small(words)).wrap());
}
