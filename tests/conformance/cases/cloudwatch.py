"""CloudWatch: the alarms, in JSON. The CBOR side has its proof in the Rust tests: no Python client speaks it."""

SERVICE = "cloudwatch"
OPERATIONS = ["DescribeAlarms"]
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
    place.raw_refused(
        SERVICE,
        "PutMetricAlarm",
        "UnknownOperationException",
        "{}",
        target="GraniteServiceVersion20100801.PutMetricAlarm",
        content_type="application/x-amz-json-1.0",
        scope="monitoring",
    )
