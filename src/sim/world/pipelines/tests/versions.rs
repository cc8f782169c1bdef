//! Rollbacks and updates: what a stage can go back to, and what an edit does to what is under way.

use super::*;
use crate::sim::world::pipelines::definition::Variable;

impl Bench {
    fn roll_back(&mut self, stage: &str, target: &str) -> Result<String, Refusal> {
        let now = self.now;
        self.with(|pipeline, outside| pipeline.roll_back(stage, target, "arn:me", now, outside))
    }

    /// An execution that went all the way.
    fn released(&mut self) -> String {
        let id = self.start(&[]);
        self.wait(200);
        let token = self.token().unwrap();
        self.answer(&token, true).unwrap();
        self.wait(150);
        assert_eq!(self.status(&id), ExecutionStatus::Succeeded);
        id
    }

    fn update(&mut self, change: impl FnOnce(&mut Definition)) {
        let now = self.now;
        self.with(|pipeline, outside| {
            let mut definition = pipeline.definition.clone();
            change(&mut definition);
            pipeline.update(definition, now, outside);
        });
    }
}

#[test]
fn a_rollback_is_an_execution_of_its_own_in_the_one_stage() {
    let mut bench = pipeline(Mode::Superseded);
    let good = bench.released();
    bench.released();
    let id = bench.roll_back("Production", &good).unwrap();
    assert_eq!(bench.position(&id), Position::In { stage: 3 });
    bench.wait(150);
    bench.with(|pipeline, _| {
        let (rollback, target) = (
            pipeline.execution(&id).unwrap(),
            pipeline.execution(&good).unwrap(),
        );
        assert_eq!(rollback.status, ExecutionStatus::Succeeded);
        assert_eq!(rollback.kind(), "ROLLBACK");
        assert_eq!(
            (rollback.trigger.kind, rollback.trigger.detail.as_str()),
            ("ManualRollback", "arn:me")
        );
        assert_eq!(rollback.revisions, target.revisions);
        assert_eq!(rollback.artifact_execution(), good);
        let touched: Vec<bool> = rollback
            .stages
            .iter()
            .map(|stage| stage.status.is_some())
            .collect();
        assert_eq!(touched, [false, false, false, true]);
    });
}

#[test]
fn a_stage_goes_back_only_to_what_succeeded_there() {
    let mut bench = pipeline(Mode::Superseded);
    let good = bench.released();
    let waiting = bench.start(&[]);
    bench.wait(200);
    let why = |result: Result<String, Refusal>| match result {
        Err(Refusal::NotRollable(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(why(bench.roll_back("Production", &waiting)).contains("did not succeed"));
    assert!(why(bench.roll_back("Gate", &good)).contains("currently running"));
    assert!(why(bench.roll_back("Source", &good)).contains("source stage"));
    assert_eq!(bench.roll_back("Nowhere", &good), Err(Refusal::NoSuchStage));
    assert_eq!(
        bench.roll_back("Production", "00000000-0000-4000-8000-000000000000"),
        Err(Refusal::NoSuchExecution)
    );
    let rollback = bench.roll_back("Production", &good).unwrap();
    bench.wait(150);
    assert!(why(bench.roll_back("Production", &rollback)).contains("is a rollback"));
    bench.update(|_| {});
    assert!(why(bench.roll_back("Production", &good)).contains("has changed"));
}

#[test]
fn a_year_old_execution_is_outdated() {
    let mut bench = pipeline(Mode::Superseded);
    let good = bench.released();
    bench.wait(366 * 86_400);
    assert_eq!(bench.roll_back("Production", &good), Err(Refusal::Outdated));
}

#[test]
fn a_parallel_pipeline_cannot_be_rolled_back() {
    let mut bench = pipeline(Mode::Parallel);
    let id = bench.start(&[]);
    bench.wait(200);
    assert!(matches!(
        bench.roll_back("Build", &id),
        Err(Refusal::NotRollable(why)) if why.contains("PARALLEL")
    ));
}

#[test]
fn a_rollback_brings_the_variables_of_its_target_back() {
    let mut bench = pipeline(Mode::Superseded);
    bench.update(|definition| {
        definition.variables = vec![Variable {
            name: "LEVEL".to_owned(),
            default: Some("info".to_owned()),
            description: None,
        }];
    });
    let now = bench.now;
    let mut trigger = Trigger::new("StartPipelineExecution", "me");
    trigger.variables = vec![("LEVEL".to_owned(), "debug".to_owned())];
    trigger.revision = Some(Revision {
        id: "r".to_owned(),
        summary: String::new(),
        url: None,
    });
    let first = bench.with(|pipeline, outside| pipeline.start(trigger, now, outside));
    bench.wait(250);
    let second = bench.start(&[]);
    bench.wait(250);
    let third = bench.roll_back("Build", &first).unwrap();
    let variables = |bench: &mut Bench, id: &str| {
        bench.with(|pipeline, _| pipeline.execution(id).unwrap().variables[0].1.clone())
    };
    assert_eq!(variables(&mut bench, &second), "info");
    assert_eq!(variables(&mut bench, &third), "debug");
}

#[test]
fn an_update_cancels_what_is_under_way_and_keeps_the_versions() {
    let mut bench = pipeline(Mode::Superseded);
    let old = bench.released();
    let id = bench.start(&[]);
    bench.wait(10);
    bench.update(|definition| {
        let mut stages = (*definition.stages).clone();
        stages[1].actions.remove(0);
        stages.remove(2);
        definition.stages = Arc::new(stages);
    });
    assert_eq!(bench.status(&id), ExecutionStatus::Cancelled);
    let attempts = bench.attempts(&id, 1);
    assert!(
        attempts
            .iter()
            .all(|(_, status)| *status == ActionStatus::Abandoned),
        "{attempts:?}"
    );
    bench.with(|pipeline, _| {
        let cancelled = pipeline.execution(&id).unwrap();
        assert_eq!(cancelled.stages[1].status, Some(StageStatus::Cancelled));
        assert_eq!((cancelled.version, pipeline.definition.version), (1, 2));
        let stages = |version| pipeline.edition(version).map(|known| known.stages.len());
        assert_eq!(
            [stages(1), stages(2), stages(3)],
            [Some(4), Some(3), None],
            "by version"
        );
        // What keeps its name keeps what was last seen of it, wherever it now stands.
        let (execution, run) = pipeline.latest_run(2, 0).unwrap();
        assert_eq!((execution.id.as_str(), run.stage), (old.as_str(), 3));
        let (_, run) = pipeline.latest_run(1, 0).unwrap();
        assert_eq!(run.action, 1, "`right` is the first action now");
    });
    assert_eq!(
        bench.retry(&id, "Build", RetryMode::AllActions),
        Err(Refusal::NotRetryable)
    );
    let next = bench.start(&[]);
    bench.wait(300);
    assert_eq!(bench.status(&next), ExecutionStatus::Succeeded);
}

#[test]
fn after_an_update_another_branch_starts_the_pipeline() {
    let mut bench = pipeline(Mode::Superseded);
    let fed = |bench: &Bench, repository: &str| bench.place.pipelines.fed_by(repository, "");
    assert_eq!(fed(&bench, ""), ["pier"]);
    bench.update(|definition| {
        let mut stages = (*definition.stages).clone();
        let settings = &mut stages[0].actions[0].configuration;
        settings.insert("RepositoryName".to_owned(), "quay".to_owned());
        definition.stages = Arc::new(stages);
    });
    assert_eq!(fed(&bench, "quay"), ["pier"]);
    assert!(fed(&bench, "").is_empty());
}
