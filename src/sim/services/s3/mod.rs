//! Amazon S3, as far as artifacts need it: objects are read, buckets are looked at, nothing is written.
//!
//! A bucket belongs to one account and one region: others are refused, or sent to the right one.

mod list;
mod object;

use hyper::http::Method;
use serde_json::json;

use crate::sim::protocol::rest_xml::{REGION, RestAnswer, RestBody, RestRequest};
use crate::sim::wire::{Answer, Call, Protocol, Service, WireError};
use crate::sim::world::World;
use crate::sim::world::artifacts::Home;

const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The service.
#[derive(Debug)]
pub struct S3;

impl Service for S3 {
    fn signing_name(&self) -> &'static str {
        "s3"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::RestXml]
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "GetBucketLocation",
            "GetObject",
            "HeadBucket",
            "HeadObject",
            "ListObjectsV2",
        ]
    }

    fn handle(&self, _call: &Call<'_>, _world: &mut World) -> Answer {
        Err(not_implemented())
    }

    fn rest_operation(&self, request: &RestRequest<'_>) -> Result<&'static str, WireError> {
        let of_bucket = request.key.is_empty();
        if request.bucket.is_empty() {
            return Err(not_implemented());
        }
        match *request.method {
            Method::GET if of_bucket && request.query("location").is_some() => {
                Ok("GetBucketLocation")
            }
            Method::GET if of_bucket && request.query("list-type") == Some("2") => {
                Ok("ListObjectsV2")
            }
            Method::HEAD if of_bucket => Ok("HeadBucket"),
            Method::GET if !of_bucket && !names_a_part(request) => Ok("GetObject"),
            Method::HEAD => Ok("HeadObject"),
            Method::GET => Err(not_implemented()),
            _ => Err(WireError::with_status(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            )
            .about("Method", request.method.as_str())
            .about("ResourceType", if of_bucket { "BUCKET" } else { "OBJECT" })),
        }
    }

    fn handle_rest(
        &self,
        call: &Call<'_>,
        request: &RestRequest<'_>,
        world: &mut World,
    ) -> Result<RestAnswer, WireError> {
        if !lawful_name(&request.bucket) {
            let message = "The specified bucket is not valid.";
            return Err(
                WireError::new("InvalidBucketName", message).about("BucketName", &request.bucket)
            );
        }
        let home = world.bucket(&request.bucket).ok_or_else(|| {
            WireError::with_status(404, "NoSuchBucket", "The specified bucket does not exist")
                .about("BucketName", &request.bucket)
        })?;
        check_caller(call, request, &home)?;
        match call.operation {
            "GetObject" => object::get(call, request, world, &home),
            "HeadObject" => object::head(call, request, world, &home),
            "ListObjectsV2" => list::objects(call, request, world, &home),
            "GetBucketLocation" => Ok(location(&home)),
            _ => Ok(bucket(&home)),
        }
    }
}

/// `?acl`, `?tagging` and their like are operations of their own.
fn names_a_part(request: &RestRequest<'_>) -> bool {
    [
        "acl",
        "attributes",
        "legal-hold",
        "retention",
        "tagging",
        "torrent",
        "uploadId",
    ]
    .into_iter()
    .any(|part| request.query(part).is_some())
}

fn not_implemented() -> WireError {
    WireError::with_status(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    )
}

/// 3 to 63 small letters, digits, dots and dashes.
fn lawful_name(bucket: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (3..=63).contains(&bucket.len()) && bucket.bytes().all(fits)
}

fn check_caller(call: &Call<'_>, request: &RestRequest<'_>, home: &Home) -> Result<(), WireError> {
    if call.account != home.account {
        return Err(WireError::with_status(403, "AccessDenied", "Access Denied"));
    }
    // The location of a bucket is told everywhere.
    if call.region == home.region || call.operation == "GetBucketLocation" {
        return Ok(());
    }
    Err(WireError::with_status(
        301,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    )
    .about("Bucket", &request.bucket)
    .about(
        "Endpoint",
        format!("{}.s3.{}.amazonaws.com", request.bucket, home.region),
    )
    .about(REGION, &home.region))
}

fn xml(root: &'static str, members: serde_json::Value) -> RestBody {
    RestBody::Xml {
        root,
        xmlns: XMLNS,
        members,
    }
}

/// The oldest region has no name here.
fn location(home: &Home) -> RestAnswer {
    let region = if home.region == "us-east-1" {
        ""
    } else {
        home.region.as_str()
    };
    RestAnswer {
        status: 200,
        headers: Vec::new(),
        body: xml("LocationConstraint", json!(region)),
    }
}

fn bucket(home: &Home) -> RestAnswer {
    RestAnswer {
        status: 200,
        headers: vec![
            ("x-amz-bucket-region", home.region.clone()),
            ("x-amz-access-point-alias", "false".to_owned()),
            ("content-type", "application/xml".to_owned()),
        ],
        body: RestBody::Bytes(hyper::body::Bytes::new()),
    }
}

#[cfg(test)]
mod tests;
