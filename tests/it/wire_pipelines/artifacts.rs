//! Artifacts: their size before a download, what is inside, what differs, and why one cannot be read.

use starboard::model::artifact::{ArtifactFile, ArtifactKey, DifferenceKind, LineSide};
use starboard::model::fault::FaultClass;
use starboard::model::ids::{PipelineKey, Scope};
use starboard::sim;

use super::{Story, key};

/// The artifact that an action of the newest executions gave, newest execution first.
async fn artifacts(story: &Story, pipeline: &PipelineKey, name: &str) -> Vec<ArtifactKey> {
    let history = story.aws.history(pipeline).await.unwrap();
    let mut found = Vec::new();
    for execution in history.executions.iter().take(3) {
        let detail = story.aws.execution(pipeline, &execution.id).await.unwrap();
        let mut outputs = detail.actions.iter().flat_map(|one| &one.output_artifacts);
        found.extend(
            outputs
                .find(|one| one.name == name)
                .map(|location| ArtifactKey {
                    scope: pipeline.scope.clone(),
                    location: location.clone(),
                }),
        );
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_artifact_is_opened_and_compared_with_one_download_each() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    let found = artifacts(&story, &checkout, "Source").await;
    let [newer, older, ..] = found.as_slice() else {
        panic!("{found:?}");
    };
    let size = story.aws.artifact_size(newer).await.unwrap();
    assert_eq!(
        story.sim.request_count("GetObject"),
        0,
        "told before a download"
    );
    let listing = story.aws.artifact(newer).await.unwrap();
    assert_eq!(listing.bytes, size.bytes);
    assert_eq!(listing.total, listing.entries.len());
    let readme = listing
        .entries
        .iter()
        .find(|one| one.path.ends_with("README.md"));
    let readme = story.aws.artifact_file(newer, &readme.unwrap().path).await;
    assert!(matches!(
        readme.unwrap(),
        ArtifactFile::Text { cut: false, .. }
    ));
    assert_eq!(story.sim.request_count("GetObject"), 1, "kept in memory");

    let difference = story.aws.artifact_difference(older, newer).await.unwrap();
    assert!(difference.same > 0);
    let changed = difference
        .files
        .iter()
        .find(|file| file.kind == DifferenceKind::Changed)
        .expect("a commit changes files");
    let path = &changed.path;
    let lines = story.aws.file_difference(older, newer, path).await.unwrap();
    let has = |side| lines.lines.iter().any(|line| line.side == side);
    assert!(has(LineSide::Newer) || has(LineSide::Older), "{lines:?}");
    assert_eq!(
        story.sim.request_count("GetObject"),
        2,
        "one for each artifact"
    );
    let fault = story.aws.artifact_file(newer, "no/such/file").await;
    assert!(
        fault
            .unwrap_err()
            .message
            .contains("holds no file no/such/file")
    );
}

#[tokio::test]
async fn an_artifact_that_cannot_be_read_says_why() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    let artifact = artifacts(&story, &checkout, "Source").await.remove(0);
    let mut gone = artifact.clone();
    gone.location.key.push_str("-gone");
    let fault = story.aws.artifact_size(&gone).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::NotFound, "{fault:?}");
    assert!(fault.message.contains("no longer in the bucket"));

    let denied = sim::Fault::AccessDenied {
        action: "s3:GetObject".to_owned(),
    };
    story
        .sim
        .faults()
        .inject("HeadObject", denied.clone(), Some(1));
    let fault = story.aws.artifact(&artifact).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Denied, "{fault:?}");
    assert!(fault.message.contains("s3:GetObject on arn:aws:s3:::"));
    story.sim.faults().inject("GetObject", denied, Some(1));
    let fault = story.aws.artifact(&artifact).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Denied, "{fault:?}");

    let elsewhere = ArtifactKey {
        scope: Scope {
            region: "us-east-1".into(),
            ..artifact.scope.clone()
        },
        ..artifact
    };
    let size = story.aws.artifact_size(&elsewhere).await;
    assert!(size.unwrap().bytes > 0, "S3 tells the bucket's own region");
}
