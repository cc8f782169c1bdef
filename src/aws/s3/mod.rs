//! S3: the artifacts of pipelines, looked into without ever touching the disk.
//!
//! Every look starts with HeadObject: it tells the size before a download, and by its ETag whether the bytes kept in
//! memory are still the object's. Memory holds so much of what is kept and as much on its way at most. Zips are read on
//! the blocking pool.

mod archive;
mod difference;
mod kept;
mod log;

use std::time::Duration;

use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::Sessions;
use crate::aws::calls::Calls;
use crate::aws::map::{text, time};
use crate::model::artifact::{
    ArtifactDifference, ArtifactFile, ArtifactKey, ArtifactListing, ArtifactSize, TextDifference,
};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{Region, Scope};
use crate::model::pipeline::ArtifactLocation;

pub(super) use kept::Kept;
use kept::{Bytes, Id};
pub(super) use log::log;

pub(super) const SERVICE: &str = "s3";

/// An artifact that is downloaded at most.
const MOST_BYTES: u64 = 256 << 20;
/// A text that is read whole at most: far more than a buildspec has.
const MOST_TEXT: u64 = 1 << 20;
/// A body that brings nothing for so long has broken off.
const SILENCE: Duration = Duration::from_secs(10);
/// A download that takes longer is given up: nobody waits for it any more, and others want the room.
const PATIENCE: Duration = Duration::from_mins(10);

/// What HeadObject told, and the calls that reach the bucket.
struct Head {
    calls: Calls<'static>,
    etag: String,
    size: ArtifactSize,
}

/// HeadObject: one call, or two where the bucket lies in another region than asked.
pub(super) async fn size(sessions: &Sessions, key: &ArtifactKey) -> Result<ArtifactSize, Fault> {
    Ok(head(sessions, key).await?.size)
}

pub(super) async fn listing(
    sessions: &Sessions,
    key: &ArtifactKey,
) -> Result<ArtifactListing, Fault> {
    let bytes = bytes(sessions, key).await?;
    unzip(sessions, key, move || archive::listing(&bytes)).await
}

pub(super) async fn file(
    sessions: &Sessions,
    key: &ArtifactKey,
    path: &str,
) -> Result<ArtifactFile, Fault> {
    let bytes = bytes(sessions, key).await?;
    let path = path.to_owned();
    unzip(sessions, key, move || archive::file(&bytes, &path)).await
}

/// A small object that is a text: HeadObject and GetObject.
pub(super) async fn whole_text(
    sessions: &Sessions,
    scope: &Scope,
    bucket: &str,
    key: &str,
) -> Result<String, Fault> {
    let key = ArtifactKey {
        scope: scope.clone(),
        location: ArtifactLocation {
            name: "text".to_owned(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        },
    };
    let head = head(sessions, &key).await?;
    if head.size.bytes > MOST_TEXT {
        let message = format!("s3://{bucket}/{} is too large", key.location.key);
        return Err(unusable(sessions, &key, message));
    }
    let bytes = download(&head, &key.location).await?;
    String::from_utf8(bytes).map_err(|_odd| {
        let message = format!("s3://{bucket}/{} is no text", key.location.key);
        unusable(sessions, &key, message)
    })
}

/// Both listings, one after the other: the bytes of the first need not stay for the second.
pub(super) async fn difference(
    sessions: &Sessions,
    older: &ArtifactKey,
    newer: &ArtifactKey,
) -> Result<ArtifactDifference, Fault> {
    let before = index(sessions, older).await?;
    let after = index(sessions, newer).await?;
    Ok(difference::artifacts(&before, &after))
}

async fn index(sessions: &Sessions, key: &ArtifactKey) -> Result<archive::Index, Fault> {
    let bytes = bytes(sessions, key).await?;
    unzip(sessions, key, move || archive::index(&bytes)).await
}

/// One file on both sides; one that is on one side only differs in all its lines.
pub(super) async fn file_difference(
    sessions: &Sessions,
    older: &ArtifactKey,
    newer: &ArtifactKey,
    path: &str,
) -> Result<TextDifference, Fault> {
    let before = text_of(sessions, older, path).await?;
    let after = text_of(sessions, newer, path).await?;
    if before.is_none() && after.is_none() {
        return Err(unusable(
            sessions,
            newer,
            format!("neither artifact holds a file {path}"),
        ));
    }
    unzip(sessions, newer, move || {
        Ok(difference::texts(
            &before.unwrap_or_default(),
            &after.unwrap_or_default(),
        ))
    })
    .await
}

/// The text of a file with whether it was cut; none where the artifact has no such file.
async fn text_of(
    sessions: &Sessions,
    key: &ArtifactKey,
    path: &str,
) -> Result<Option<(String, bool)>, Fault> {
    let bytes = bytes(sessions, key).await?;
    let wanted = path.to_owned();
    let read = unzip(sessions, key, move || {
        match archive::file(&bytes, &wanted) {
            Err(archive::Unreadable::NoSuchFile(_)) => Ok(None),
            read => read.map(Some),
        }
    });
    match read.await? {
        Some(ArtifactFile::Text { text, cut }) => Ok(Some((text, cut))),
        Some(ArtifactFile::Binary { .. }) => Err(unusable(
            sessions,
            key,
            format!("{path} is no text; only texts are compared line by line"),
        )),
        None => Ok(None),
    }
}

/// Runs what may take long on the blocking pool.
async fn unzip<T: Send + 'static>(
    sessions: &Sessions,
    key: &ArtifactKey,
    work: impl FnOnce() -> Result<T, archive::Unreadable> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(why)) => Err(unusable(sessions, key, why.to_string())),
        Err(broken) => Err(unusable(
            sessions,
            key,
            format!("reading the artifact broke off: {broken}"),
        )),
    }
}

/// An object that came whole, and still cannot be shown.
fn unusable(sessions: &Sessions, key: &ArtifactKey, message: String) -> Fault {
    Fault {
        class: FaultClass::Refused,
        scope: Some(key.scope.clone()),
        ..Fault::local(SERVICE, "GetObject", message, sessions.clock.now())
    }
}

/// The object's bytes: from memory while its ETag is the same, else downloaded.
async fn bytes(sessions: &Sessions, key: &ArtifactKey) -> Result<Bytes, Fault> {
    let head = head(sessions, key).await?;
    let id = Id {
        account: key.scope.account.clone(),
        location: key.location.clone(),
        etag: head.etag.clone(),
    };
    let download = async {
        if head.size.bytes > MOST_BYTES {
            return Err(too_large(&head.calls, head.size.bytes));
        }
        let whole = tokio::time::timeout(PATIENCE, download(&head, &key.location));
        whole.await.unwrap_or_else(|_| Err(too_slow(&head.calls)))
    };
    let artifacts = &sessions.artifacts;
    artifacts.get_or(id, head.size.bytes, download).await
}

fn too_large(calls: &Calls<'_>, bytes: u64) -> Fault {
    calls.place(SERVICE, "GetObject").fault(
        FaultClass::Refused,
        format!(
            "the artifact has {} MB, and Starboard opens none of more than {} MB",
            bytes >> 20,
            MOST_BYTES >> 20
        ),
    )
}

fn too_slow(calls: &Calls<'_>) -> Fault {
    calls.place(SERVICE, "GetObject").fault(
        FaultClass::TimedOut,
        format!(
            "the download was not done after {} minutes",
            PATIENCE.as_secs() / 60
        ),
    )
}

async fn head(sessions: &Sessions, key: &ArtifactKey) -> Result<Head, Fault> {
    let calls = sessions.calls(&key.scope).await?;
    match head_in(calls, &key.location).await {
        Ok(head) => Ok(head),
        Err(Refused {
            region: Some(region),
            ..
        }) if region != key.scope.region => {
            let there = Scope {
                account: key.scope.account.clone(),
                region,
            };
            let calls = sessions.calls(&there).await?;
            let head = head_in(calls, &key.location).await;
            head.map_err(|refused| refused.fault)
        }
        Err(refused) => Err(refused.fault),
    }
}

/// Why S3 refused, and the region it sends one to.
struct Refused {
    fault: Fault,
    region: Option<Region>,
}

async fn head_in(calls: Calls<'static>, location: &ArtifactLocation) -> Result<Head, Refused> {
    let request = calls
        .clients
        .s3
        .head_object()
        .bucket(&location.bucket)
        .key(&location.key);
    let answer = Box::pin(request.send()).await.map_err(|error| Refused {
        region: error
            .raw_response()
            .and_then(|raw| raw.headers().get("x-amz-bucket-region"))
            .map(Region::from),
        fault: fault(&calls, "HeadObject", location, &error),
    })?;
    let is_kms = matches!(
        answer.server_side_encryption(),
        Some(ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse)
    );
    Ok(Head {
        etag: answer.e_tag().unwrap_or_default().to_owned(),
        size: ArtifactSize {
            bytes: answer
                .content_length()
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            modified: time(answer.last_modified()),
            encryption_key: text(answer.ssekms_key_id()).filter(|_| is_kms),
        },
        calls,
    })
}

/// GetObject of what HeadObject told of, chunk by chunk, with an end to its length and to silence.
async fn download(head: &Head, location: &ArtifactLocation) -> Result<Vec<u8>, Fault> {
    let calls = &head.calls;
    let etag = Some(head.etag.clone()).filter(|etag| !etag.is_empty());
    let request = calls
        .clients
        .s3
        .get_object()
        .bucket(&location.bucket)
        .key(&location.key)
        .set_if_match(etag);
    let answer = Box::pin(request.send())
        .await
        .map_err(|error| fault(calls, "GetObject", location, &error))?;
    let mut body = answer.body;
    let mut bytes = Vec::with_capacity(usize::try_from(head.size.bytes).unwrap_or(0));
    let broken = |class, why: &str| calls.place(SERVICE, "GetObject").fault(class, why);
    loop {
        let chunk = match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) => {
                return Err(broken(FaultClass::Offline, "the download broke off"));
            }
            Err(_) => {
                return Err(broken(
                    FaultClass::TimedOut,
                    "the download brought nothing for ten seconds",
                ));
            }
        };
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MOST_BYTES {
            return Err(too_large(calls, bytes.len() as u64));
        }
    }
    Ok(bytes)
}

/// S3 answers HEAD without a body, and a missing permission with bare words: which one it is, is told here.
fn fault<E>(
    calls: &Calls<'_>,
    operation: &'static str,
    location: &ArtifactLocation,
    error: &SdkError<E, HttpResponse>,
) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let mut fault = calls.fault(SERVICE, operation, error);
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let has_code = fault.code.is_some();
    match status {
        Some(403) if !has_code => fault.class = FaultClass::Denied,
        Some(404) => fault.class = FaultClass::NotFound,
        _ => {}
    }
    let said = if has_code {
        format!(" S3 says: {}", fault.message)
    } else {
        String::new()
    };
    if let Some(words) = words(&fault, location) {
        fault.message = format!("{words}{said}");
        if is_of_kms(&said, fault.code.as_deref()) {
            fault.class = FaultClass::Denied;
        }
    }
    fault
}

/// KMS refuses through S3: by its own codes, or by an AccessDenied that speaks of it.
fn is_of_kms(said: &str, code: Option<&str>) -> bool {
    let said = said.to_lowercase();
    code.is_some_and(|code| code.starts_with("KMS."))
        || said.contains("kms:")
        || said.contains("ciphertext")
        || said.contains("master key")
}

fn words(fault: &Fault, location: &ArtifactLocation) -> Option<String> {
    let ArtifactLocation { bucket, key, .. } = location;
    if is_of_kms(&fault.message, fault.code.as_deref()) {
        return Some(
            "The artifact is encrypted: kms:Decrypt on its key is missing, or the key is disabled."
                .to_owned(),
        );
    }
    match fault.class {
        FaultClass::Denied => Some(format!(
            "The permission s3:GetObject on arn:aws:s3:::{bucket}/{key} is missing, or the artifact is gone: without s3:ListBucket S3 answers both alike."
        )),
        FaultClass::NotFound => Some(format!(
            "The artifact is no longer in the bucket {bucket}; artifacts are often removed after some weeks."
        )),
        FaultClass::Refused if fault.code.as_deref() == Some("PreconditionFailed") => {
            Some("The artifact was replaced just now; open it again.".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    fn location() -> ArtifactLocation {
        ArtifactLocation {
            name: "Source".to_owned(),
            bucket: "codepipeline-eu-west-1-1".to_owned(),
            key: "pier/Source/abc".to_owned(),
        }
    }

    #[test]
    fn a_refusal_names_the_permission_that_is_missing() {
        let fault = |class, code: &str, message: &str| Fault {
            class,
            code: Some(code.to_owned()),
            ..Fault::local(SERVICE, "GetObject", message, Timestamp::from_millis(1))
        };
        let said = |fault: Fault| words(&fault, &location()).unwrap_or_default();
        let denied = fault(FaultClass::Denied, "AccessDenied", "Access Denied");
        assert!(
            said(denied)
                .contains("s3:GetObject on arn:aws:s3:::codepipeline-eu-west-1-1/pier/Source/abc")
        );
        for (code, message) in [
            (
                "AccessDenied",
                "User: arn:aws:iam::1:user/a is not authorized to perform: kms:Decrypt on this resource",
            ),
            (
                "AccessDenied",
                "The ciphertext refers to a customer master key that does not exist",
            ),
            ("KMS.DisabledException", "the key is disabled"),
        ] {
            let denied = fault(FaultClass::Denied, code, message);
            assert!(said(denied).contains("kms:Decrypt"), "{code}: {message}");
        }
        let gone = fault(FaultClass::NotFound, "NoSuchKey", "no such key");
        assert!(said(gone).contains("no longer in the bucket"));
        let slow = fault(FaultClass::Throttled, "SlowDown", "slow down");
        assert_eq!(said(slow), "");
    }
}
