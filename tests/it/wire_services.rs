//! The SDK's own clients of S3, CloudWatch and CloudTrail against the simulated account, over a real socket.
//!
//! The product's code is not in between: the SDK's codecs (CBOR, REST XML) and signatures, which nobody here wrote,
//! are held against the simulator's.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_cloudwatch::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use serde_json::Value;
use starboard::sim::{Options, Simulator};

const BUCKET: &str = "codepipeline-eu-west-1-482100937715";

async fn gates() -> Simulator {
    Simulator::start(Options::named("gates")).await.unwrap()
}

fn config(sim: &Simulator, region: &str) -> SdkConfig {
    let account = &sim.accounts()[0];
    let key = Credentials::new(
        &account.access_key_id,
        &account.secret_access_key,
        None,
        None,
        "simulated",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(key))
        .retry_config(RetryConfig::disabled())
        .http_client(HttpBuilder::new().build_http())
        .endpoint_url(sim.url())
        .build()
}

fn s3(sim: &Simulator, region: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&config(sim, region))
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

#[tokio::test]
async fn alarms_come_over_in_cbor() {
    let sim = gates().await;
    let client = aws_sdk_cloudwatch::Client::new(&config(&sim, "eu-west-1"));
    let answer = client
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .state_value(StateValue::Alarm)
        .send()
        .await
        .unwrap();
    let [alarm] = answer.metric_alarms() else {
        panic!("{answer:?}");
    };
    assert_eq!(alarm.alarm_name(), Some("pier-tide"));
    assert_eq!(alarm.threshold(), Some(3.2));
    assert_eq!(alarm.evaluation_periods(), Some(3));
    let since = alarm.state_transitioned_timestamp().unwrap();
    let now = sim.world(|world| world.now());
    let minutes = (now - since.to_millis().unwrap()) / 60_000;
    assert!((30..32).contains(&minutes), "{minutes}");
    let pages = client
        .describe_alarms()
        .max_records(1)
        .send()
        .await
        .unwrap();
    assert!(pages.next_token().is_some());
    let refused = client.describe_alarms().next_token("none").send().await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidNextToken"));
    assert!(refused.into_service_error().is_invalid_next_token());
    let refused = client.describe_alarms().max_records(0).send().await;
    assert_eq!(refused.unwrap_err().code(), Some("InvalidParameterValue"));
    let unknown = client.list_dashboards().send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn an_artifact_is_listed_measured_got_and_opened() {
    let sim = gates().await;
    let client = s3(&sim, "eu-west-1");
    let listed = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("pier/Source/")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.key_count(), Some(4));
    let object = &listed.contents()[0];
    let key = object.key().unwrap();
    let head = client.head_object().bucket(BUCKET).key(key).send().await;
    let head = head.unwrap();
    assert_eq!(head.content_length(), object.size());
    assert_eq!(head.e_tag(), object.e_tag());
    assert!(
        head.ssekms_key_id()
            .unwrap()
            .starts_with("arn:aws:kms:eu-west-1:")
    );
    let got = client
        .get_object()
        .bucket(BUCKET)
        .key(key)
        .set_if_match(head.e_tag().map(str::to_owned))
        .send()
        .await
        .unwrap();
    assert_eq!(got.last_modified(), head.last_modified());
    let whole = got.body.collect().await.unwrap().into_bytes();
    assert_eq!(whole.len() as i64, head.content_length().unwrap());
    let mut zip = zip::ZipArchive::new(Cursor::new(whole.clone())).unwrap();
    let mut text = String::new();
    zip.by_name("CHANGELOG.md")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.starts_with("# Changes\n\n- "), "{text}");
    let part = client
        .get_object()
        .bucket(BUCKET)
        .key(key)
        .range("bytes=-22")
        .send()
        .await
        .unwrap();
    let size = whole.len();
    let range = format!("bytes {}-{}/{size}", size - 22, size - 1);
    assert_eq!(part.content_range(), Some(range.as_str()));
    let part = part.body.collect().await.unwrap().into_bytes();
    assert_eq!(part, whole.slice(size - 22..));
}

#[tokio::test]
async fn s3_refuses_as_its_clients_expect() {
    let sim = gates().await;
    let client = s3(&sim, "eu-west-1");
    let get = |client: &aws_sdk_s3::Client, bucket: &str, key: &str| {
        client.get_object().bucket(bucket).key(key).send()
    };
    let missing = get(&client, BUCKET, "pier/Source/a b+c").await;
    let missing = missing.unwrap_err().into_service_error();
    assert!(
        matches!(missing, GetObjectError::NoSuchKey(_)),
        "{missing:?}"
    );
    let nobody = get(&client, "no-such-bucket-here", "x").await.unwrap_err();
    assert_eq!(nobody.code(), Some("NoSuchBucket"));
    let elsewhere = get(&s3(&sim, "us-east-1"), BUCKET, "x").await.unwrap_err();
    assert_eq!(elsewhere.code(), Some("PermanentRedirect"));
    assert_eq!(elsewhere.raw_response().unwrap().status().as_u16(), 301);
    let head = client.head_object().bucket(BUCKET).key("none").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    let bucket = client.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(bucket.bucket_region(), Some("eu-west-1"));
}

#[tokio::test]
async fn the_trail_tells_who_approved() {
    let sim = gates().await;
    let client = aws_sdk_cloudtrail::Client::new(&config(&sim, "eu-west-1"));
    let attribute = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::EventName)
        .attribute_value("PutApprovalResult")
        .build()
        .unwrap();
    let look = || {
        client
            .lookup_events()
            .lookup_attributes(attribute.clone())
            .send()
    };
    let answer = look().await.unwrap();
    assert_eq!(answer.events().len(), 3);
    let mut decisions = BTreeMap::new();
    for event in answer.events() {
        let record: Value = serde_json::from_str(event.cloud_trail_event().unwrap()).unwrap();
        let decision = record["requestParameters"]["result"]["status"].clone();
        decisions.insert(event.username().unwrap().to_owned(), decision);
    }
    assert_eq!(decisions["tom.lindqvist"], "Approved");
    let (one, two, three) = tokio::join!(look(), look(), look());
    let hasty: Vec<_> = [one, two, three]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(!hasty.is_empty(), "three at once were answered");
    assert_eq!(hasty[0].code(), Some("ThrottlingException"));
}
