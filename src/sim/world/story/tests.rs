//! Stories told, and stories refused.

use super::{StorySource, tell};
use crate::sim::wire::Millis;
use crate::sim::world::alarms::AlarmState;
use crate::sim::world::pipelines::execution::{ActionStatus, ExecutionStatus};

const START: Millis = 1_795_000_000_000;

fn refusal(text: &str) -> String {
    let source = StorySource::Text {
        name: "test.toml".to_owned(),
        text: text.to_owned(),
    };
    tell(&source, 1, START, 1.0).unwrap_err().to_string()
}

const ACCOUNT: &str = "name = \"t\"\n[[account]]\nname = \"prod\"\nid = \"482100937715\"\nregions = [\"eu-west-1\"]\n";

#[test]
fn the_stories_that_come_along_can_be_told() {
    for name in ["harbour", "gates", "empty"] {
        let told = tell(&StorySource::Named(name.to_owned()), 1, START, 1.0)
            .unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(told.name, name);
        assert_eq!(told.world.now(), START);
    }
}

#[test]
fn a_gate_waits_in_the_story_of_gates() {
    let mut told = tell(&StorySource::Named("gates".to_owned()), 1, START, 1.0).unwrap();
    let place = told.world.place_mut("482100937715", "eu-west-1");
    place
        .with_pipeline("pier", START, |pipeline, _| {
            let executions = pipeline.executions();
            assert_eq!(executions.len(), 4);
            assert!(
                executions[..3]
                    .iter()
                    .all(|execution| execution.status == ExecutionStatus::Succeeded),
                "{executions:#?}"
            );
            assert_eq!(executions[3].id, "4be1c2a6-0f3d-4e58-9b7a-5d21c0e877d0");
            assert!(executions[3].revisions[0].1.id.starts_with("f3a91c2"));
            assert!(pipeline.open_token("Gate", "Approve").is_ok());
            let (_, fleet) = pipeline.latest_run(3, 0).unwrap();
            assert_eq!(fleet.status, ActionStatus::Succeeded);
            assert!(fleet.external_id.as_ref().unwrap().starts_with("d-"));
        })
        .unwrap();
    assert!(place.builds.ids().count() == 4 && place.deployments.iter().count() == 3);
}

#[test]
fn faults_name_line_and_column_and_what_was_expected() {
    assert_eq!(
        refusal(&format!(
            "{ACCOUNT}[[repository]]\nname = \"pier\"\naccount = \"prd\"\nregion = \"eu-west-1\"\n"
        )),
        "test.toml:8:11: no account named \"prd\"; expected prod"
    );
    let unknown_field = refusal(&format!("{ACCOUNT}production = true\ncolour = \"red\"\n"));
    assert!(
        unknown_field.starts_with("test.toml:7:1: unknown field `colour`, expected one of"),
        "{unknown_field}"
    );
    let duration = refusal(&format!(
        "{ACCOUNT}[[event]]\nat = \"soon\"\nstart = \"x\"\n"
    ));
    assert!(
        duration.starts_with("test.toml:7:6: \"soon\" is not a duration"),
        "{duration}"
    );
    let kinds = refusal(&format!("{ACCOUNT}[[event]]\nat = \"1s\"\n"));
    assert!(kinds.contains("an event is exactly one of push"), "{kinds}");
    let syntax = refusal("name = \"t\"\n[[account]\n");
    assert!(syntax.starts_with("test.toml:2:"), "{syntax}");
    assert!(refusal("name = \"t\"").contains("at least one [[account]]"));
    assert!(refusal(&ACCOUNT.replace("482100937715", "4821")).contains("expected twelve digits"));
}

#[test]
fn an_unknown_story_names_those_there_are() {
    let fault = tell(&StorySource::Named("haven".to_owned()), 1, START, 1.0).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "haven: no story of this name; expected harbour, gates, empty or the path of a file"
    );
    let missing = tell(
        &StorySource::Path("/nowhere/story.toml".into()),
        1,
        START,
        1.0,
    )
    .unwrap_err();
    assert!(missing.to_string().starts_with("/nowhere/story.toml: "));
    for pipelines in [0, 10_001] {
        let fault = tell(&StorySource::Generated { pipelines }, 1, START, 1.0).unwrap_err();
        assert!(
            fault.to_string().contains("1 to 10000 pipelines"),
            "{fault}"
        );
    }
}

#[test]
fn alarms_change_when_the_story_says() {
    let told = |speed| tell(&StorySource::Named("gates".to_owned()), 1, START, speed).unwrap();
    let state = |speed, now| {
        let mut told = told(speed);
        let place = told.world.place_mut("482100937715", "eu-west-1");
        place.alarms.state("pier-tide", now)
    };
    assert_eq!(state(1.0, START - 31 * 60_000), Some(AlarmState::Ok));
    assert_eq!(state(1.0, START), Some(AlarmState::Alarm));
    assert_eq!(state(1.0, START + 599_000), Some(AlarmState::Alarm));
    assert_eq!(state(10.0, START + 61_000), Some(AlarmState::Ok));
    let wrong = |line: &str| {
        refusal(&format!(
            "{ACCOUNT}[[alarm]]\nname = \"a\"\naccount = \"prod\"\nregion = \"eu-west-1\"\n{line}\n"
        ))
    };
    assert_eq!(
        wrong("metric = \"m\"\nstates = [{ at = \"0s\", state = \"RED\" }]"),
        "test.toml:11:32: \"RED\" is no state of an alarm; expected OK, ALARM, INSUFFICIENT_DATA"
    );
    assert!(wrong("").ends_with("an alarm has either a `metric` or a `rule`"));
}
