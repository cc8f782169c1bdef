"""CloudWatch Logs' Live Tail: an event stream, message by message, and its refusals."""

import time

from strict import Event

SERVICE = "logs"
OPERATION = "StartLiveTail"
INVALID = "InvalidParameterException"
UPDATES = 3


def follow(place):
    """A few seconds of a group that is written all the time: what Live Tail tells is what FilterLogEvents finds."""
    groups, _ = place.pages(SERVICE, "DescribeLogGroups", "logGroups")
    busy = [group for group in groups if not group["logGroupName"].startswith(("/aws/codebuild/", "/aws/codepipeline/"))]
    if not busy:
        return
    group = busy[0]
    answer = place.call(SERVICE, OPERATION, logGroupIdentifiers=[group["logGroupArn"]])
    if not answer:
        return
    starts, updates = listen(place, answer["responseStream"])
    check = place.record.check
    check(len(starts) == 1, f"{OPERATION} begins with {len(starts)} sessionStart")
    check(
        all(start["logGroupIdentifiers"] == [group["logGroupArn"]] for start in starts),
        f"{OPERATION} is about other groups",
    )
    events = [event for update in updates for event in update["sessionResults"]]
    check(events, f"{OPERATION} tells nothing of {group['logGroupName']}")
    if not events:
        return
    since, until = min(event["timestamp"] for event in events), max(event["timestamp"] for event in events)
    found, _ = place.pages(
        SERVICE,
        "FilterLogEvents",
        "events",
        logGroupName=group["logGroupName"],
        startTime=since,
        endTime=until + 1,
    )
    told = sorted((event["timestamp"], event["message"]) for event in events)
    whole = sorted((event["timestamp"], event["message"]) for event in found)
    # Events of the first and the last millisecond may lie just outside the session.
    within = lambda all: [event for event in all if since < event[0] < until]
    check(
        any(update["sessionMetadata"]["sampled"] for update in updates) or within(told) == within(whole),
        f"{OPERATION} tells other events than FilterLogEvents finds",
    )


def listen(place, stream):
    """The start and a few updates of a session, each raw message held against the model, then botocore's own reading."""
    shape = place.client(SERVICE).meta.service_model.shape_for("StartLiveTailResponseStream")
    starts, updates = [], []
    began = time.monotonic()
    for message in stream._event_generator:  # pylint: disable=protected-access
        event = Event(shape, message)
        place.record.add_event(SERVICE, OPERATION, event)
        parsed = stream._parse_event(message)  # pylint: disable=protected-access
        if "sessionStart" in parsed:
            starts.append(parsed["sessionStart"])
        elif "sessionUpdate" in parsed:
            updates.append(parsed["sessionUpdate"])
        if len(updates) == UPDATES:
            break
    stream.close()
    took = time.monotonic() - began
    place.record.check(UPDATES - 1 <= took <= UPDATES + 5, f"{OPERATION} sends {UPDATES} updates in {took:.1f} s")
    return starts, updates


def refuse(place):
    groups = place.call(SERVICE, "DescribeLogGroups")["logGroups"]
    if not groups:
        return
    arn = groups[0]["logGroupArn"]
    refused = lambda codes, **members: place.refused(SERVICE, OPERATION, codes, **members)
    refused(INVALID)
    refused(INVALID, logGroupIdentifiers=[])
    refused(INVALID, logGroupIdentifiers=[arn] * 11)
    refused(INVALID, logGroupIdentifiers=[f"{arn}:*"])
    refused(INVALID, logGroupIdentifiers=[groups[0]["logGroupName"]])
    refused("ResourceNotFoundException", logGroupIdentifiers=[f"{arn}-none"])
    refused(INVALID, logGroupIdentifiers=[arn], logStreamNames=["a"], logStreamNamePrefixes=["b"])
    refused(INVALID, logGroupIdentifiers=[arn, arn], logStreamNames=["a"])
    refused(INVALID, logGroupIdentifiers=[arn], logStreamNames=["a"] * 101)
    refused(INVALID, logGroupIdentifiers=[arn], logEventFilterPattern='"open')
    refused("SerializationException", logGroupIdentifiers=[arn], logEventFilterPattern=["ERROR"])
