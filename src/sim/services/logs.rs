//! CloudWatch Logs: groups, streams and their events, read only.

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::sim::session::Session;
use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError, page};
use crate::sim::world::World;
use crate::sim::world::logs::filter::{Pattern, Search, search};
use crate::sim::world::logs::read::{Request, read};
use crate::sim::world::logs::{Group, Logs, Stream};

mod live;
mod written;

const INVALID: &str = "InvalidParameterException";
const MOST_EVENTS: i64 = 10_000;
const MOST_DESCRIBED: i64 = 50;

/// The service.
#[derive(Debug)]
pub struct CloudWatchLogs;

impl Service for CloudWatchLogs {
    fn signing_name(&self) -> &'static str {
        "logs"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "Logs_20140328",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "DescribeLogGroups",
            "DescribeLogStreams",
            "FilterLogEvents",
            "GetLogEvents",
            "StartLiveTail",
        ]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let logs = &world.place_mut(call.account, call.region).logs;
        match call.operation {
            "DescribeLogGroups" => describe_groups(call, logs),
            "DescribeLogStreams" => describe_streams(call, logs),
            "FilterLogEvents" => filter_events(call, logs).map(|page| members_of(&page)),
            "GetLogEvents" => get_events(call, logs).map(|page| members_of(&page)),
            other => Err(WireError::new(
                "UnknownOperationException",
                format!("{other} is not an operation of CloudWatch Logs"),
            )),
        }
    }

    fn session(
        &self,
        call: &Call<'_>,
        world: &mut World,
    ) -> Option<Result<Box<dyn Session>, WireError>> {
        let logs = &world.place_mut(call.account, call.region).logs;
        (call.operation == "StartLiveTail").then(|| live::start(call, logs))
    }

    fn written(&self, call: &Call<'_>, world: &mut World) -> Option<Result<Bytes, WireError>> {
        let logs = &world.place_mut(call.account, call.region).logs;
        match call.operation {
            "FilterLogEvents" => Some(filter_events(call, logs)),
            "GetLogEvents" => Some(get_events(call, logs)),
            _ => None,
        }
    }
}

/// A written page as members.
fn members_of(page: &[u8]) -> Value {
    serde_json::from_slice(page).unwrap_or_default()
}

fn members<'a>(call: &Call<'a>) -> Members<'a> {
    Members::new(call.input, INVALID)
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new(INVALID, "The specified nextToken is invalid.")
}

fn group_arn(call: &Call<'_>, name: &str) -> String {
    format!(
        "arn:aws:logs:{}:{}:log-group:{name}",
        call.region, call.account
    )
}

/// The group that `logGroupName` or `logGroupIdentifier` names; the latter may be an ARN.
fn asked_group<'a>(
    call: &Call<'_>,
    members: &Members<'_>,
    logs: &'a Logs,
) -> Result<&'a Group, WireError> {
    let name = members.optional_bounded_text("logGroupName", 1, 512)?;
    let identifier = members.optional_bounded_text("logGroupIdentifier", 1, 2048)?;
    let name = match (name, identifier) {
        (Some(name), None) => name,
        (None, Some(identifier)) => {
            let name = identifier
                .strip_prefix(&group_arn(call, ""))
                .unwrap_or(identifier);
            name.strip_suffix(":*").unwrap_or(name)
        }
        (Some(_), Some(_)) => {
            return Err(WireError::new(
                INVALID,
                "LogGroup name and LogGroup identifier are mutually exclusive parameters.",
            ));
        }
        (None, None) => return Err(members.missing("logGroupName")),
    };
    logs.group(name).ok_or_else(|| {
        WireError::new(
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        )
    })
}

fn no_stream() -> WireError {
    WireError::new(
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
}

fn describe_groups(call: &Call<'_>, logs: &Logs) -> Answer {
    let members = members(call);
    let prefix = members.optional_bounded_text("logGroupNamePrefix", 1, 512)?;
    let pattern = members.optional_bounded_text("logGroupNamePattern", 0, 512)?;
    if prefix.is_some() && pattern.is_some() {
        return Err(WireError::new(
            INVALID,
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let class = members.optional_word(
        "logGroupClass",
        &["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"],
    )?;
    let identifiers = members.optional_texts("logGroupIdentifiers")?;
    let limit = members.optional_bounded_integer("limit", 1, MOST_DESCRIBED)?;
    let token = members.optional_bounded_text("nextToken", 1, usize::MAX)?;
    let groups: Vec<&Group> = logs
        .groups()
        .filter(|group| prefix.is_none_or(|prefix| group.name.starts_with(prefix)))
        .filter(|group| pattern.is_none_or(|pattern| group.name.contains(pattern)))
        .filter(|_| class.is_none_or(|class| class == "STANDARD"))
        .filter(|group| {
            identifiers.as_ref().is_none_or(|identifiers| {
                let arn = group_arn(call, &group.name);
                identifiers
                    .iter()
                    .any(|wanted| *wanted == group.name || *wanted == arn)
            })
        })
        .collect();
    let scope = format!(
        "DescribeLogGroups {} {} {prefix:?} {pattern:?} {class:?} {identifiers:?}",
        call.account, call.region
    );
    let (range, next) = page(
        &groups,
        token,
        limit.unwrap_or(MOST_DESCRIBED) as usize,
        &scope,
    )
    .map_err(bad_token)?;
    let shown: Vec<Value> = groups
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(|group| group_shape(call, group))
        .collect();
    Ok(with_token(json!({ "logGroups": shown }), next))
}

fn group_shape(call: &Call<'_>, group: &Group) -> Value {
    let arn = group_arn(call, &group.name);
    let mut shape = json!({
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "storedBytes": group.stored_bytes(call.now),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    });
    if let Some(days) = group.retention_days {
        shape["retentionInDays"] = days.into();
    }
    shape
}

fn with_token(mut answer: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    answer
}

fn describe_streams(call: &Call<'_>, logs: &Logs) -> Answer {
    let members = members(call);
    let prefix = members.optional_bounded_text("logStreamNamePrefix", 1, 512)?;
    let by_time = members.optional_word("orderBy", &["LogStreamName", "LastEventTime"])?
        == Some("LastEventTime");
    let descending = members.optional_flag("descending")?.unwrap_or(false);
    let limit = members.optional_bounded_integer("limit", 1, MOST_DESCRIBED)?;
    let token = members.optional_bounded_text("nextToken", 1, usize::MAX)?;
    let group = asked_group(call, &members, logs)?;
    if by_time && prefix.is_some() {
        return Err(WireError::new(
            INVALID,
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let mut streams: Vec<&Stream> = group
        .streams()
        .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
        .collect();
    if by_time {
        streams.sort_by_cached_key(|stream| stream.span(call.now).map(|(_, last)| last));
    }
    if descending {
        streams.reverse();
    }
    let scope = format!(
        "DescribeLogStreams {} {} {} {prefix:?} {by_time} {descending}",
        call.account, call.region, group.name
    );
    let (range, next) = page(
        &streams,
        token,
        limit.unwrap_or(MOST_DESCRIBED) as usize,
        &scope,
    )
    .map_err(bad_token)?;
    let shown: Vec<Value> = streams
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(|stream| stream_shape(call, group, stream))
        .collect();
    Ok(with_token(json!({ "logStreams": shown }), next))
}

fn stream_shape(call: &Call<'_>, group: &Group, stream: &Stream) -> Value {
    let mut shape = json!({
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": format!("{}:log-stream:{}", group_arn(call, &group.name), stream.name),
        // Always 0 since 2019: CloudWatch Logs keeps it for groups only.
        "storedBytes": 0,
    });
    if let Some((first, last)) = stream.span(call.now) {
        shape["firstEventTimestamp"] = first.into();
        shape["lastEventTimestamp"] = last.into();
    }
    if let Some(ingested) = stream.last_ingested(call.now) {
        shape["lastIngestionTime"] = ingested.into();
    }
    shape
}

/// `startTime` and `endTime`, in order.
fn times(members: &Members<'_>) -> Result<(Option<i64>, Option<i64>), WireError> {
    let start = members.optional_bounded_integer("startTime", 0, i64::MAX)?;
    let end = members.optional_bounded_integer("endTime", 0, i64::MAX)?;
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(WireError::new(
            INVALID,
            "The start time must not be after the end time.",
        ));
    }
    Ok((start, end))
}

fn get_events(call: &Call<'_>, logs: &Logs) -> Result<Bytes, WireError> {
    let members = members(call);
    let name = members.bounded_text("logStreamName", 1, 512)?;
    let (start, end) = times(&members)?;
    let limit = members.optional_bounded_integer("limit", 1, MOST_EVENTS)?;
    let token = members.optional_bounded_text("nextToken", 1, usize::MAX)?;
    let from_head = members.optional_flag("startFromHead")?.unwrap_or(false);
    members.optional_flag("unmask")?;
    let group = asked_group(call, &members, logs)?;
    let stream = group.stream(name).ok_or_else(no_stream)?;
    let scope = format!("{} {} {} {name}", call.account, call.region, group.name);
    let page = read(
        stream,
        &Request {
            scope: &scope,
            token,
            start,
            end,
            limit: limit.unwrap_or(MOST_EVENTS) as usize,
            from_head,
        },
        call.now,
    )
    .map_err(bad_token)?;
    Ok(written::stream_page(&page))
}

fn filter_events(call: &Call<'_>, logs: &Logs) -> Result<Bytes, WireError> {
    let members = members(call);
    let names = members.optional_texts("logStreamNames")?;
    let prefix = members.optional_bounded_text("logStreamNamePrefix", 1, 512)?;
    let (start, end) = times(&members)?;
    let text = members
        .optional_bounded_text("filterPattern", 0, 1024)?
        .unwrap_or_default();
    let limit = members.optional_bounded_integer("limit", 1, MOST_EVENTS)?;
    let token = members.optional_bounded_text("nextToken", 1, usize::MAX)?;
    members.optional_flag("interleaved")?;
    members.optional_flag("unmask")?;
    if names.is_some() && prefix.is_some() {
        return Err(WireError::new(
            INVALID,
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
        ));
    }
    if let Some(names) = &names
        && !(1..=100).contains(&names.len())
    {
        return Err(members.breach(
            "logStreamNames",
            &format!("'[{}]'", names.join(", ")),
            "have length between 1 and 100",
        ));
    }
    let group = asked_group(call, &members, logs)?;
    let Ok(pattern) = Pattern::parse(text) else {
        return Err(WireError::new(
            INVALID,
            format!("Invalid filter pattern: {text}"),
        ));
    };
    let streams: Vec<&Stream> = match &names {
        Some(names) => {
            let mut streams = names
                .iter()
                .map(|name| group.stream(name).ok_or_else(no_stream))
                .collect::<Result<Vec<_>, _>>()?;
            streams.sort_by(|one, other| one.name.cmp(&other.name));
            streams.dedup_by(|one, other| one.name == other.name);
            streams
        }
        None => group
            .streams()
            .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
            .collect(),
    };
    let scope = format!(
        "{} {} {}\n{names:?} {prefix:?} {start:?} {end:?} {text}",
        call.account, call.region, group.name
    );
    let page = search(
        &streams,
        &Search {
            scope: &scope,
            token,
            start,
            end,
            limit: limit.unwrap_or(MOST_EVENTS) as usize,
            pattern: &pattern,
        },
        call.now,
    )
    .map_err(bad_token)?;
    Ok(written::search_page(&page, &streams))
}

#[cfg(test)]
mod tests;
