//! The stages of generated pipelines.

use std::collections::BTreeMap;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::happenings::Where;
use crate::sim::world::pipelines::definition::{
    ActionDefinition, Outcome, Scripted, StageDefinition, UsualAnswer, provider_kind,
};
use crate::sim::world::pipelines::rhythm::FAILS;
use crate::sim::world::words;

const SECOND: Millis = 1_000;

/// The stages of a pipeline whose actions only CodePipeline knows.
pub fn stages(name: &str, place: &Where, random: &mut Random) -> Vec<StageDefinition> {
    let connection = Random::named(0, &format!("connection of {}", place.account)).uuid();
    let connection = format!(
        "arn:aws:codeconnections:{}:{}:connection/{connection}",
        place.region, place.account
    );
    let source = action(
        "source",
        "CodeStarSourceConnection",
        &[
            ("FullRepositoryId", format!("harbour/{name}")),
            ("BranchName", "main".to_owned()),
            ("ConnectionArn", connection),
        ],
    );
    let mut stages = vec![stage("Source", vec![source.lasting(3)])];
    let mut build = vec![
        commands("compile", &["make build"])
            .lasting(random.between(60, 280))
            .failing("Command failed: make build, exit status 2"),
    ];
    if random.chance(60) {
        build.push(
            commands("unit", &["make test"])
                .lasting(random.between(40, 200))
                .failing("Command failed: make test, exit status 1"),
        );
    }
    if random.chance(30) {
        build.push(
            commands("package", &["make image"])
                .lasting(random.between(20, 90))
                .after(),
        );
    }
    stages.push(stage("Build", build));
    if random.chance(70) {
        let check = action(
            "smoke",
            "Jenkins",
            &[
                ("ProjectName", format!("{name}-smoke")),
                ("ServerURL", "https://ci.harbour.example".to_owned()),
            ],
        );
        let staging = deploy(name, "staging", random);
        stages.push(stage(
            "Staging",
            vec![
                staging,
                check
                    .lasting(50)
                    .after()
                    .failing("Jenkins job failed: 3 of 41 checks"),
            ],
        ));
    }
    if random.chance(45) {
        stages.push(stage("Gate", vec![gate(random)]));
    }
    stages.push(stage(
        "Production",
        vec![deploy(name, "production", random)],
    ));
    if random.chance(25) {
        let function = format!("{name}-warm-cache");
        let warm = action("warm-cache", "Lambda", &[("FunctionName", function)]);
        stages.push(stage("After", vec![warm.lasting(9)]));
    }
    stages
}

/// The stages of a pipeline that has a repository, a project and a fleet.
pub fn whole_stages(name: &str, random: &mut Random) -> Vec<StageDefinition> {
    let source = action(
        "source",
        "CodeCommit",
        &[
            ("RepositoryName", name.to_owned()),
            ("BranchName", "main".to_owned()),
            ("PollForSourceChanges", "false".to_owned()),
        ],
    );
    let build = action("build", "CodeBuild", &[("ProjectName", name.to_owned())]);
    let fleet = action(
        "fleet",
        "CodeDeploy",
        &[
            ("ApplicationName", name.to_owned()),
            ("DeploymentGroupName", "fleet".to_owned()),
        ],
    );
    let mut stages = vec![
        stage("Source", vec![source.lasting(4)]),
        stage("Build", vec![build]),
    ];
    if random.chance(50) {
        stages.push(stage("Gate", vec![gate(random)]));
    }
    stages.push(stage("Deploy", vec![fleet]));
    stages
}

fn stage(name: &str, actions: Vec<ActionDefinition>) -> StageDefinition {
    StageDefinition {
        name: name.to_owned(),
        actions,
        ..StageDefinition::default()
    }
}

fn action(name: &str, provider: &str, settings: &[(&str, String)]) -> ActionDefinition {
    let (category, owner) = provider_kind(provider).unwrap_or(("Invoke", "Custom"));
    let (inputs, outputs) = match category {
        "Source" => (Vec::new(), vec!["Source".to_owned()]),
        "Build" => (vec!["Source".to_owned()], vec!["Build".to_owned()]),
        "Approval" => (Vec::new(), Vec::new()),
        _ => (vec!["Source".to_owned()], Vec::new()),
    };
    ActionDefinition {
        name: name.to_owned(),
        category,
        owner,
        provider: provider.to_owned(),
        run_order: 1,
        configuration: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
        inputs,
        outputs,
        ..ActionDefinition::default()
    }
}

fn commands(name: &str, lines: &[&str]) -> ActionDefinition {
    ActionDefinition {
        commands: lines.iter().map(|line| (*line).to_owned()).collect(),
        ..action(name, "Commands", &[])
    }
}

fn gate(random: &mut Random) -> ActionDefinition {
    let (_, user) = words::person(random);
    let answer = UsualAnswer {
        after: random.between(60, 3_000) * SECOND,
        by: user.to_owned(),
        comment: "Looks good".to_owned(),
    };
    let mut gate = action(
        "Approve",
        "Manual",
        &[(
            "CustomData",
            "Check the dashboards before release".to_owned(),
        )],
    );
    gate.behaviour.answer = Some(answer);
    gate
}

fn deploy(name: &str, environment: &str, random: &mut Random) -> ActionDefinition {
    let made = if random.chance(50) {
        action(
            "service",
            "ECS",
            &[
                ("ClusterName", format!("harbour-{environment}")),
                ("ServiceName", name.to_owned()),
                ("FileName", "imagedefinitions.json".to_owned()),
            ],
        )
        .failing("Deployment rolled back by the circuit breaker: tasks failed to start")
    } else {
        action(
            "stack",
            "CloudFormation",
            &[
                ("ActionMode", "CREATE_UPDATE".to_owned()),
                ("StackName", format!("{name}-{environment}")),
                ("TemplatePath", "Source::template.yml".to_owned()),
            ],
        )
        .failing(
            "The stack is in UPDATE_ROLLBACK_COMPLETE: the task definition could not be registered",
        )
    };
    made.lasting(random.between(40, 400))
}

impl ActionDefinition {
    fn lasting(mut self, seconds: i64) -> Self {
        let courses = self
            .behaviour
            .scenarios
            .iter_mut()
            .map(|(_, course)| course)
            .chain([&mut self.behaviour.usual]);
        courses.for_each(|course| course.duration = seconds * SECOND);
        self
    }

    /// In the second group of the stage.
    fn after(mut self) -> Self {
        self.run_order = 2;
        self
    }

    fn failing(mut self, message: &str) -> Self {
        let course = Scripted {
            outcome: Outcome::Fails {
                code: "JobFailed".to_owned(),
                message: message.to_owned(),
            },
            ..self.behaviour.usual.clone()
        };
        self.behaviour.scenarios.push((FAILS.to_owned(), course));
        self
    }
}
