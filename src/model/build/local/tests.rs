//! What is copied must run as it stands, and nothing in it that nobody asked for.

use super::*;
use crate::model::build::{Environment, Variable};

fn about(image: &str) -> BuildAbout {
    BuildAbout {
        environment: Environment {
            kind: "LINUX_CONTAINER".to_owned(),
            image: image.to_owned(),
            ..Environment::default()
        },
        sources: vec![BuildSource {
            kind: "GITHUB".to_owned(),
            location: Some("https://github.com/harbour/pier.git".to_owned()),
            ..BuildSource::default()
        }],
        ..BuildAbout::default()
    }
}

fn last(run: &LocalRun) -> &str {
    run.steps.last().map_or("", |step| step.command.as_str())
}

#[test]
fn a_published_image_is_pulled_and_the_agent_finds_the_buildspec_by_itself() {
    let about = about("aws/codebuild/amazonlinux-x86_64-standard:5.0");
    let run = local_command(&about, None, None).unwrap();
    let image = "public.ecr.aws/codebuild/amazonlinux-x86_64-standard:5.0";
    assert_eq!(
        last(&run),
        format!(
            "./codebuild_build.sh -i {image} -a codebuild-artifacts -s . -e codebuild-local.env"
        )
    );
    assert_eq!(
        run.docker,
        format!(
            r#"docker run -it -v /var/run/docker.sock:/var/run/docker.sock -e "IMAGE_NAME={image}" -e "ARTIFACTS=$PWD/codebuild-artifacts" -e "SOURCE=$PWD" -v "$PWD:/LocalBuild/envFile/" -e "ENV_VAR_FILE=codebuild-local.env" -e "INITIATOR=$USER" public.ecr.aws/codebuild/local-builds:latest"#
        )
    );
}

#[test]
fn everything_the_project_asks_for_stands_on_the_line() {
    let mut about = about("111122223333.dkr.ecr.eu-west-1.amazonaws.com/tools:1");
    about.environment.kind = "ARM_CONTAINER".to_owned();
    about.environment.privileged = true;
    about.sources[0].buildspec = Some("ci/build spec.yml".to_owned());
    about.sources.push(BuildSource {
        identifier: "chart".to_owned(),
        ..BuildSource::default()
    });
    let commit = "f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e";
    let run = local_command(&about, Some(commit), Some("dev")).unwrap();
    let line = last(&run);
    for part in [
        " -s . ",
        " -s chart:../chart",
        " -b 'ci/build spec.yml'",
        " -d",
        " -l public.ecr.aws/codebuild/local-builds:aarch64",
        " -c -p dev",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    for part in [
        r#"-e "SECONDARY_SOURCE_1=chart:$PWD/../chart""#,
        r#"-e "BUILDSPEC=$PWD/ci/build spec.yml""#,
        r#"-e "DOCKER_PRIVILEGED_MODE=TRUE""#,
        r#"-e "AWS_PROFILE=dev""#,
    ] {
        assert!(run.docker.contains(part), "{part}: {}", run.docker);
    }
    let commands: Vec<&str> = run.steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!(commands[0], format!("git checkout --detach {commit}"));
    assert!(
        commands[1].starts_with("aws ecr get-login-password --region eu-west-1 | docker login")
    );
    assert!(commands[2].starts_with("docker pull 111122223333.dkr.ecr."));
}

#[test]
fn an_inline_buildspec_becomes_a_file_and_one_in_s3_is_fetched() {
    let mut about = about("alpine:3");
    about.sources[0].buildspec = Some("version: 0.2\nphases: {}\n".to_owned());
    let run = local_command(&about, None, None).unwrap();
    assert!(last(&run).ends_with(" -b codebuild-local.yml"));
    assert_eq!(run.files[1].text, "version: 0.2\nphases: {}\n");
    about.sources[0].buildspec = Some("arn:aws:s3:::specs/pier.yml".to_owned());
    let run = local_command(&about, None, None).unwrap();
    let commands: Vec<&str> = run.steps.iter().map(|step| step.command.as_str()).collect();
    assert!(commands.contains(&"aws s3 cp s3://specs/pier.yml codebuild-local.yml"));
}

#[test]
fn no_secret_and_no_reference_gets_a_value() {
    let mut about = about("alpine:3");
    let variable = |name: &str, value| Variable {
        name: name.to_owned(),
        value,
    };
    let plain = |value: &str| VariableValue::Plain(PlainValue::new(value));
    about.environment.variables = vec![
        variable("STAGE", plain("prod env")),
        variable("DB_PASSWORD", plain("hunter2")),
        variable("MOTD", plain("a\nEVIL=1")),
        variable(
            "NPM",
            VariableValue::ParameterStore("/npm\nEVIL=1".to_owned()),
        ),
        variable(
            "DB",
            VariableValue::SecretsManager("db:password".to_owned()),
        ),
        variable("A\nEVIL", plain("1")),
    ];
    let run = local_command(&about, None, None).unwrap();
    let text = &run.files[0].text;
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        lines,
        [
            "STAGE=prod env",
            "DB_PASSWORD=",
            "MOTD=",
            "NPM=",
            "DB=",
            "A EVIL=1"
        ]
    );
    let all = format!("{run:?}");
    assert!(!all.contains("hunter2"), "{all}");
    assert!(text.contains("# DB comes from Secrets Manager: db:password"));
}

#[test]
fn what_the_script_would_carry_out_is_refused() {
    for image in [
        "x$(touch /tmp/x)",
        "x`id`",
        "x\"; id; \"",
        "x\\",
        "x\nid",
        "--privileged",
    ] {
        let refused = local_command(&about(image), None, None).unwrap_err();
        assert!(refused.starts_with("the image holds"), "{refused}");
    }
    let mut spec = about("alpine:3");
    spec.sources[0].buildspec = Some("$(id).yml".to_owned());
    assert!(local_command(&spec, None, None).is_err());
    let mut source = about("alpine:3");
    source.sources.push(BuildSource {
        identifier: "a;id".to_owned(),
        ..BuildSource::default()
    });
    assert!(local_command(&source, None, None).is_err());
    assert!(local_command(&about("alpine:3"), None, Some("a\"b")).is_err());
    // Quotes of the other kind mean nothing between double quotes.
    let run = local_command(&about("it's"), None, None).unwrap();
    assert!(last(&run).contains(r"-i 'it'\''s' "));
}

#[test]
fn what_cannot_run_here_says_what_it_is() {
    for kind in [
        "LINUX_LAMBDA_CONTAINER",
        "ARM_LAMBDA_CONTAINER",
        "WINDOWS_SERVER_2022_CONTAINER",
        "MAC_ARM",
        "LINUX_EC2",
    ] {
        let mut about = about("alpine:3");
        about.environment.kind = kind.to_owned();
        let refused = local_command(&about, None, None).unwrap_err();
        assert!(refused.starts_with(kind), "{refused}");
    }
    assert!(local_command(&about("aws/codebuild/windows-base:2019-3.0"), None, None).is_err());
    assert!(local_command(&about("aws/codebuild/java:openjdk-8"), None, None).is_err());
    assert!(local_command(&about(""), None, None).is_err());
}

#[test]
fn an_image_of_ubuntu_is_built_from_its_repository() {
    let run = local_command(&about("aws/codebuild/standard:7.0-24.10.29"), None, None).unwrap();
    assert!(last(&run).contains(" -i aws/codebuild/standard:7.0 "));
    let build = &run.steps[0].command;
    assert!(build.ends_with("/ubuntu/standard/7.0"), "{build}");
}
