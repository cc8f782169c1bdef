"""CloudWatch: the alarms, in JSON. The CBOR side has its proof in the Rust tests: no Python client speaks it."""

SERVICE = "cloudwatch"
OPERATIONS = ["DescribeAlarms", "GetMetricData"]
BOTH = ["MetricAlarm", "CompositeAlarm"]


def names(answer):
    return [alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in answer[kind]]


def read(place):
    """Everything that can be read in a place. Answers the alarms' names."""
    ask = lambda **members: place.call(SERVICE, "DescribeAlarms", **members)
    check = place.record.check
    everything = names(ask(AlarmTypes=BOTH, MaxRecords=100))
    found, token = [], {}
    while True:
        answer = ask(AlarmTypes=BOTH, MaxRecords=2, **token)
        found += names(answer)
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    check(sorted(found) == sorted(everything), "DescribeAlarms by twos lists others")
    states = [names(ask(StateValue=state, AlarmTypes=BOTH)) for state in ("OK", "ALARM", "INSUFFICIENT_DATA")]
    check(sorted(sum(states, [])) == sorted(everything), "an alarm has no state, or two")
    if everything:
        check(names(ask(AlarmNames=everything[:1])) == everything[:1], "an alarm is not found by its name")
        prefix = everything[0][:4]
        wanted = [name for name in everything if name.startswith(prefix)]
        check(sorted(names(ask(AlarmNamePrefix=prefix, AlarmTypes=BOTH))) == sorted(wanted), "AlarmNamePrefix")
    for alarm in ask()["MetricAlarms"]:
        check(isinstance(alarm["Threshold"], float), f"{alarm['AlarmName']}: a threshold without a fraction")
    check(not ask(AlarmNames=["no-such-alarm"])["MetricAlarms"], "an alarm that is not there")
    return everything


def query(id, metric, stat, period=3600, project=None):
    """One metric of builds, of a project or of all."""
    dimensions = [{"Name": "ProjectName", "Value": project}] if project else []
    named = {"Namespace": "AWS/CodeBuild", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": id, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}}


def read_metrics(place, builds):
    """What is measured of builds is what the builds tell."""
    now = place.now()
    span = {"StartTime": now - 30 * 86400, "EndTime": now + 60, "ScanBy": "TimestampAscending"}
    ended = [build for build in builds if build["buildComplete"] and build["startTime"].timestamp() > now - 29 * 86400]
    for project in sorted({build["projectName"] for build in ended})[:3]:
        own = [build for build in ended if build["projectName"] == project]
        queries = [
            query("failed", "FailedBuilds", "Sum", project=project),
            query("longest", "Duration", "Maximum", 86400, project),
            query("load", "CPUUtilizedPercent", "Average", project=project),
        ]
        found, token = {one["Id"]: [] for one in queries}, {}
        while True:
            answer = place.call(SERVICE, "GetMetricData", MetricDataQueries=queries, MaxDatapoints=7, **span, **token)
            for result in answer["MetricDataResults"]:
                found[result["Id"]] += result["Values"]
            if "NextToken" not in answer:
                break
            token = {"NextToken": answer["NextToken"]}
        failed = sum(build["buildStatus"] in ("FAILED", "TIMED_OUT") for build in own)
        place.record.check(sum(found["failed"]) >= failed, f"{project}: FailedBuilds counts less than there are")
        place.record.check(bool(found["longest"]), f"{project}: no build lasted")
        place.record.check(all(0 <= value <= 100 for value in found["load"]), f"{project}: more than all of it")


def refuse(place):
    """What must be refused, and how."""
    refused = lambda codes, **members: place.refused(SERVICE, "DescribeAlarms", codes, **members)
    refused("InvalidNextToken", NextToken="none")
    refused("InvalidParameterValue", MaxRecords=0)
    refused("InvalidParameterValue", MaxRecords=101)
    refused("InvalidParameterValue", StateValue="RED")
    refused("InvalidParameterValue", AlarmTypes=["Any"])
    refused("InvalidParameterCombination", AlarmNames=["a"], AlarmNamePrefix="a")
    refused("SerializationException", MaxRecords="3")
    metric = lambda codes, *queries, **members: place.refused(
        SERVICE, "GetMetricData", codes, **{"MetricDataQueries": list(queries), "StartTime": 1, "EndTime": 2, **members}
    )
    one = query("m1", "Builds", "Sum")
    metric("ValidationError")
    metric("ValidationError", one, EndTime=0)
    metric("ValidationError", query("M1", "Builds", "Sum"))
    metric("ValidationError", query("m1", "Builds", "Mode"))
    metric("ValidationError", query("m1", "Builds", "Sum", 61))
    metric("ValidationError", one, MaxDatapoints=0)
    metric("InvalidNextToken", one, NextToken="none")
    place.raw_refused(
        SERVICE,
        "PutMetricAlarm",
        "UnknownOperationException",
        "{}",
        target="GraniteServiceVersion20100801.PutMetricAlarm",
        content_type="application/x-amz-json-1.0",
        scope="monitoring",
    )
