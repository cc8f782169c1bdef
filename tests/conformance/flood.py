"""The story `flood`: streams too long to be held, read from either end and from the middle, and pages broken on purpose."""

from account import Place, Simulator

SERVICE = "logs"
INVALID = "InvalidParameterException"
PAGE_EVENTS, PAGE_BYTES, EVENT_BYTES = 10_000, 1 << 20, 26


def read(record, binary):
    """Answers how many events were read."""
    simulator = Simulator(binary, "--story", "flood")
    try:
        place = Place(simulator, record, simulator.keys[0], "eu-west-1")
        count = sum(ends(place, group, lines) for group, lines in (("million", 10**6), ("ten-million", 10**7)))
        count += searched(place) + overlapping(place)
        broken(place)
        expired(place)
        return count
    finally:
        simulator.stop()


def asked(group, **more):
    return {"logGroupName": f"/flood/{group}", "logStreamName": "lines", **more}


def numbers(page):
    """The lines of this story begin with their number."""
    return [int(event["message"][:8]) for event in page["events"]]


def keeps_to_its_limits(place, page):
    size = sum(len(event["message"].encode()) + EVENT_BYTES for event in page["events"])
    fits = len(page["events"]) <= PAGE_EVENTS and size <= PAGE_BYTES
    place.record.check(fits, f"a page has {len(page['events'])} events and {size} bytes")
    # As much as fits, or a reader needs more calls than AWS would ask of it.
    full = len(page["events"]) == PAGE_EVENTS or size > PAGE_BYTES - 512
    place.record.check(full, f"a page in the middle has {len(page['events'])} events and {size} bytes")


def ends(place, group, lines):
    """The first pages, the last ones, and one in the middle by its time."""
    check = place.record.check
    stream = place.call(SERVICE, "DescribeLogStreams", logGroupName=f"/flood/{group}")["logStreams"][0]
    first, last = stream["firstEventTimestamp"], stream["lastEventTimestamp"]
    check(last - first == lines - 1, f"{group} lasts {last - first} ms")
    seen, token = [], None
    for _ in range(3):
        more = {"nextToken": token} if token else {}
        page = place.call(SERVICE, "GetLogEvents", **asked(group, startFromHead=True, **more))
        keeps_to_its_limits(place, page)
        seen += numbers(page)
        token = page["nextForwardToken"]
    check(seen == list(range(len(seen))), f"{group}: the first pages are not its first lines")
    page = place.call(SERVICE, "GetLogEvents", **asked(group))
    before = place.call(SERVICE, "GetLogEvents", **asked(group, nextToken=page["nextBackwardToken"]))
    keeps_to_its_limits(place, page)
    tail = numbers(before) + numbers(page)
    check(tail == list(range(lines - len(tail), lines)), f"{group}: the last pages are not its last lines")
    middle = first + lines // 2
    page = place.call(SERVICE, "GetLogEvents", **asked(group, startFromHead=True, startTime=middle))
    check(numbers(page)[0] == lines // 2, f"{group}: a page from a time on begins at {numbers(page)[0]}")
    return len(seen) + len(tail) + len(page["events"])


def searched(place):
    """Three pages of a search for everything."""
    seen, ids, token = [], set(), None
    for _ in range(3):
        more = {"nextToken": token} if token else {}
        page = place.call(SERVICE, "FilterLogEvents", logGroupName="/flood/million", **more)
        keeps_to_its_limits(place, page)
        seen += numbers(page)
        ids |= {event["eventId"] for event in page["events"]}
        token = page["nextToken"]
    place.record.check(seen == list(range(len(seen))) and len(ids) == len(seen), "a search repeats or leaves out")
    return len(seen)


def overlapping(place):
    """Two pages that overlap, as real ones have."""
    one = place.call(SERVICE, "GetLogEvents", **asked("overlap", startFromHead=True))
    more = asked("overlap", startFromHead=True, nextToken=one["nextForwardToken"])
    two = place.call(SERVICE, "GetLogEvents", **more)
    place.record.check(numbers(one)[-50:] == numbers(two)[:50], "the pages of /flood/overlap do not overlap by 50")
    return len(one["events"]) + len(two["events"])


def broken(place):
    """Faults of pages still fit the model."""
    inject = lambda fault: place.simulator.control("faults", {"operation": "logs", "fault": fault, "times": 2})
    inject("repeated-token")
    pages = [place.call(SERVICE, "GetLogEvents", **asked("gaps")) for _ in range(2)]
    place.record.check(len({page["nextForwardToken"] for page in pages}) == 1, "a repeated token differs")
    inject("empty-pages")
    pages = [place.call(SERVICE, "FilterLogEvents", logGroupName="/flood/gaps") for _ in range(2)]
    place.record.check(len({page["nextToken"] for page in pages}) == 2, "empty pages repeat a token")
    place.record.check(not any(page["events"] for page in pages), "empty pages are not empty")


def expired(place):
    """A token is good for a day."""
    first = place.call(SERVICE, "GetLogEvents", **asked("gaps", startFromHead=True, limit=1))
    found = place.call(SERVICE, "FilterLogEvents", logGroupName="/flood/gaps", limit=1)
    place.simulator.forward(25 * 3600)
    place.refused(SERVICE, "GetLogEvents", INVALID, **asked("gaps", nextToken=first["nextForwardToken"]))
    place.refused(SERVICE, "FilterLogEvents", INVALID, logGroupName="/flood/gaps", nextToken=found["nextToken"])
