"""CloudWatch Logs: every operation, its pages and its refusals."""

SERVICE = "logs"
OPERATIONS = ["DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents", "StartLiveTail"]
INVALID = "InvalidParameterException"
ABSENT = "ResourceNotFoundException"


def read(place):
    """Groups, streams and the whole of a few streams. Answers (group, stream, messages) of the longest."""
    groups, _ = place.pages(SERVICE, "DescribeLogGroups", "logGroups")
    small, pages = place.pages(SERVICE, "DescribeLogGroups", "logGroups", limit=2)
    names = [group["logGroupName"] for group in groups]
    place.record.check(
        [group["logGroupName"] for group in small] == names, "DescribeLogGroups by twos lists others"
    )
    place.record.check(pages == max(1, -(-len(groups) // 2)), "DescribeLogGroups does not keep to its limit")
    longest = None
    builds = [
        group for group in groups if group["logGroupName"].startswith(("/aws/codebuild/", "/aws/codepipeline/"))
    ]
    for group in groups:
        if group not in builds:
            read_service(place, group)
    for group in builds[:8]:
        name = group["logGroupName"]
        place.call(SERVICE, "DescribeLogGroups", logGroupNamePrefix=name)
        streams, _ = place.pages(SERVICE, "DescribeLogStreams", "logStreams", logGroupName=name)
        place.pages(SERVICE, "DescribeLogStreams", "logStreams", logGroupName=name, limit=3)
        newest = place.call(
            SERVICE,
            "DescribeLogStreams",
            logGroupIdentifier=group["logGroupArn"],
            orderBy="LastEventTime",
            descending=True,
        )["logStreams"]
        for stream in newest[:2]:
            messages = read_stream(place, name, stream["logStreamName"])
            if longest is None or len(messages) > len(longest[2]):
                longest = (name, stream["logStreamName"], messages)
    return longest


def read_service(place, group):
    """The log of a service: endless for a test, so its newest lines and a search in them."""
    name = group["logGroupName"]
    for stream in place.call(SERVICE, "DescribeLogStreams", logGroupName=name)["logStreams"]:
        asked = {"logGroupName": name, "logStreamName": stream["logStreamName"]}
        last = place.call(SERVICE, "GetLogEvents", **asked)
        place.record.check(0 < len(last["events"]) <= 10_000, f"{name}: {len(last['events'])} events in a page")
        before = place.call(SERVICE, "GetLogEvents", nextToken=last["nextBackwardToken"], **asked)
        place.record.check(
            before["events"][-1]["timestamp"] <= last["events"][0]["timestamp"], f"{name}: pages overlap backwards"
        )
        since = last["events"][-2_000:][0]["timestamp"]
        asked = {"logGroupName": name, "startTime": since, "filterPattern": '"status=503" -health'}
        found, _ = place.pages(SERVICE, "FilterLogEvents", "events", **asked)
        place.record.check(found, f"{name}: a filter finds nothing")
        place.record.check(
            all("status=503" in event["message"] and "health" not in event["message"] for event in found),
            f"{name}: a filter lets other events through",
        )


def read_stream(place, group, stream):
    """One stream forwards, backwards and filtered: three times the same."""
    asked = {"logGroupName": group, "logStreamName": stream}
    forward, empty = follow(place, "nextForwardToken", startFromHead=True, limit=70, **asked)
    backward, _ = follow(place, "nextBackwardToken", limit=90, **asked)
    filtered, _ = place.pages(
        SERVICE, "FilterLogEvents", "events", logGroupName=group, logStreamNames=[stream], limit=60
    )
    # A running build writes on while it is read: what all three have seen must be the same.
    same = min(len(forward), len(backward), len(filtered))
    texts = [[event["message"] for event in events] for events in (forward, backward, filtered)]
    for text in texts[1:]:
        place.record.check(text[:same] == texts[0][:same], f"{group} {stream} reads differently another way")
    ids = [event["eventId"] for event in filtered]
    place.record.check(len(set(ids)) == len(ids), f"{group} {stream} has an eventId twice")
    times = [event["timestamp"] for event in forward]
    place.record.check(times == sorted(times), f"{group} {stream} is not in order of time")
    if any("Entering phase BUILD" in text for text in texts[0]):
        place.record.check(empty >= 1, f"{group} {stream} has no empty page in the middle")
    return texts[0]


def follow(place, token, **asked):
    """Follows one token until it repeats. Answers the events in order and the empty pages before the end."""
    events, empty = [], 0
    for _ in range(500):
        answer = place.call(SERVICE, "GetLogEvents", **asked)
        if not answer:
            return events, empty
        page, following = answer["events"], answer[token]
        events = events + page if token == "nextForwardToken" else page + events
        if following == asked.get("nextToken"):
            place.record.check(not page, "GetLogEvents repeats a token with events")
            return events, empty
        if not page:
            empty += 1
        asked["nextToken"] = following
    place.record.breach(f"GetLogEvents: {token} never repeats")
    return events, empty


def refuse(place, longest):
    """What must be refused, and how."""
    group, stream, _ = longest
    asked = {"logGroupName": group, "logStreamName": stream}
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("DescribeLogGroups", INVALID, limit=51)
    refused("DescribeLogGroups", INVALID, limit=0)
    refused("DescribeLogGroups", INVALID, nextToken="bm9wZQ==")
    refused("DescribeLogGroups", INVALID, logGroupNamePrefix="a", logGroupNamePattern="b")
    refused("DescribeLogStreams", ABSENT, logGroupName="/none")
    refused("DescribeLogStreams", INVALID)
    refused("DescribeLogStreams", INVALID, logGroupName=group, orderBy="Size")
    refused("DescribeLogStreams", INVALID, logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="a")
    refused("GetLogEvents", INVALID, logGroupName=group)
    refused("GetLogEvents", ABSENT, logGroupName=group, logStreamName="none")
    refused("GetLogEvents", ABSENT, logGroupName="/none", logStreamName="none")
    refused("GetLogEvents", INVALID, limit=10001, **asked)
    refused("GetLogEvents", INVALID, nextToken="f/123", **asked)
    refused("GetLogEvents", INVALID, startTime=2, endTime=1, **asked)
    refused("GetLogEvents", INVALID, logGroupIdentifier=group, **asked)
    refused("GetLogEvents", "SerializationException", startTime="yesterday", **asked)
    refused("FilterLogEvents", INVALID)
    refused("FilterLogEvents", ABSENT, logGroupName="/none")
    refused("FilterLogEvents", INVALID, logGroupName=group, filterPattern='"open')
    refused("FilterLogEvents", INVALID, logGroupName=group, logStreamNames=["s"] * 101)
    refused("FilterLogEvents", INVALID, logGroupName=group, logStreamNames=["a"], logStreamNamePrefix="a")
    refused("FilterLogEvents", INVALID, logGroupName=group, nextToken="bm9wZQ==")
    first = place.call(SERVICE, "GetLogEvents", startFromHead=True, limit=1, **asked)
    others = place.call(SERVICE, "DescribeLogStreams", logGroupName=group)["logStreams"]
    other = next((one["logStreamName"] for one in others if one["logStreamName"] != stream), None)
    if other:
        refused(
            "GetLogEvents",
            INVALID,
            logGroupName=group,
            logStreamName=other,
            nextToken=first["nextForwardToken"],
        )
    place.raw_refused(
        SERVICE, "DeleteEverything", "UnknownOperationException", "{}", target="Logs_20140328.DeleteEverything"
    )
