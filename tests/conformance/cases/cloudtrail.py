"""CloudTrail: what was changed, and by whom."""

import json
import time

SERVICE = "cloudtrail"
OPERATIONS = ["LookupEvents"]
# Two lookups a second are allowed.
PAUSE = 0.6


def look(place, **members):
    """One lookup, not too soon after the one before."""
    time.sleep(PAUSE)
    return place.call(SERVICE, "LookupEvents", **members)


def by(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def read(place):
    """Everything that can be looked up in a place. Answers the events."""
    events, token = [], {}
    while True:
        answer = look(place, MaxResults=50, **token)
        events += answer["Events"]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    check = place.record.check
    times = [event["EventTime"] for event in events]
    check(times == sorted(times, reverse=True), "events are not newest first")
    check(len({event["EventId"] for event in events}) == len(events), "an event comes twice")
    for event in events:
        record = json.loads(event["CloudTrailEvent"])
        check(record["eventID"] == event["EventId"], "the record is another event's")
        check(record["eventName"] == event["EventName"], "the record is of another call")
        check(record["userIdentity"]["arn"].endswith(f"/{event['Username']}"), "the record names another user")
        check(record["readOnly"] is False and event["ReadOnly"] == "false", "a read is kept")
        if event["EventName"] == "PutApprovalResult" and "errorCode" not in record:
            asked = record["requestParameters"]
            wanted = {"pipelineName", "stageName", "actionName", "result", "token"}
            check(wanted <= set(asked), f"PutApprovalResult has {sorted(asked)}")
            check(asked["result"]["status"] in ("Approved", "Rejected"), "a decision of another kind")
    if events:
        newest = events[0]
        for key in ("EventId", "EventName", "Username", "EventSource"):
            found = look(place, **by(key, newest[key]))["Events"]
            check(newest["EventId"] in {event["EventId"] for event in found}, f"the newest is not found by {key}")
        nobody = look(place, **by("Username", "nobody"))["Events"]
        check(not nobody, "nobody did something")
    return events


def decided(place):
    """What was sent to a gate before, the refused attempts too, is told some minutes later."""
    place.simulator.forward(9 * 60)
    user = place.call("sts", "GetCallerIdentity")["Arn"].rpartition("/")[2]
    records = [
        json.loads(event["CloudTrailEvent"])
        for event in look(place, **by("Username", user))["Events"]
        if event["EventName"] == "PutApprovalResult"
    ]
    place.record.check(
        any(record.get("responseElements") for record in records), "an approval that was sent is not in the trail"
    )
    place.record.check(
        any(record.get("errorCode") == "StageNotFoundException" for record in records),
        "a refused approval is not in the trail",
    )
    for record in records:
        place.record.check(record["userAgent"].startswith("Boto3/"), f"the agent is {record['userAgent']}")


def refuse(place):
    """What must be refused, and how."""

    def refused(codes, **members):
        time.sleep(PAUSE)
        place.refused(SERVICE, "LookupEvents", codes, **members)

    two = by("EventName", "a")["LookupAttributes"] + by("Username", "b")["LookupAttributes"]
    refused("InvalidLookupAttributesException", LookupAttributes=two)
    refused("InvalidLookupAttributesException", **by("Colour", "red"))
    refused("InvalidTimeRangeException", StartTime=2_000_000_000, EndTime=1_900_000_000)
    refused("InvalidMaxResultsException", MaxResults=51)
    refused("InvalidNextTokenException", NextToken="none")
    refused("InvalidEventCategoryException", EventCategory="management")
    time.sleep(2 * PAUSE)
    for _ in range(2):
        place.client(SERVICE).lookup_events(MaxResults=1)
    place.refused(SERVICE, "LookupEvents", "ThrottlingException", MaxResults=1)
