//! Systems Manager's Parameter Store: which parameters there are. Never what they hold.

use aws_sdk_ssm::types;

use crate::aws::calls::Calls;
use crate::aws::map::{text, time, word};
use crate::aws::page;
use crate::model::fault::{Fault, FaultClass};
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "ssm";

/// The most values of one filter, and the most of a page (DescribeParameters, API reference).
const TOGETHER: usize = 50;

pub(super) struct Parameter {
    pub name: String,
    /// AWS's word: `String`, `StringList`, `SecureString`.
    pub kind: String,
    pub changed: Option<Timestamp>,
    /// The key of a SecureString: an id, an ARN or an alias.
    pub key: Option<String>,
}

/// DescribeParameters of these names: those that are there. A call for fifty.
pub(super) async fn described(
    calls: &Calls<'_>,
    names: &[String],
) -> Result<Vec<Parameter>, Fault> {
    let mut all = Vec::with_capacity(names.len());
    for some in names.chunks(TOGETHER) {
        let found = page::collect(TOGETHER, |token| described_page(calls, some, token)).await?;
        all.extend(found);
    }
    Ok(all)
}

async fn described_page(
    calls: &Calls<'_>,
    names: &[String],
    token: Option<String>,
) -> Result<(Vec<Parameter>, Option<String>), Fault> {
    let place = || calls.place(SERVICE, "DescribeParameters");
    let filter = types::ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .set_values(Some(names.to_vec()))
        .build()
        .map_err(|error| place().fault(FaultClass::Local, error.to_string()))?;
    let request = calls
        .clients
        .ssm
        .describe_parameters()
        .parameter_filters(filter)
        .max_results(50)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "DescribeParameters", request.send())
        .await?;
    let found = answer.parameters().iter().map(|told| Parameter {
        name: word(told.name()),
        kind: word(told.r#type().map(types::ParameterType::as_str)),
        changed: time(told.last_modified_date()),
        key: text(told.key_id()),
    });
    Ok((found.collect(), answer.next_token().map(str::to_owned)))
}
