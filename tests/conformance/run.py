"""Calls every operation of the simulated account through boto3 and holds each raw answer against botocore's model.

    run.py PATH/TO/starboard

Starts `starboard simulate`, reads everything in every account and region, then writes, then asks for what must be
refused; at last AWS's own command lines have their turn. Prints a table and every breach, ends with
`N passed, N failed`, and fails when anything was breached.
"""

import sys
import traceback

from account import Place, Record, Simulator
from cases import cloudtrail, cloudwatch, codebuild, codecommit, codedeploy, codepipeline, livetail, logs, references, s3, sts
import commandlines
import flood
import wide

SERVICES = (codepipeline, codebuild, codedeploy, logs, codecommit, s3, cloudwatch, cloudtrail, sts)
REGIONS = ("eu-west-1", "us-east-1")
# A region in which the story keeps nothing: it must answer empty lists.
UNUSED_REGION = "sa-east-1"


class World:
    """What reading found, by place, for those who write."""

    def __init__(self):
        self.pipelines = {}
        self.builds = {}
        self.deployments = {}
        self.logs = {}
        self.repositories = {}
        self.objects = {}
        self.events = {}


def guarded(record, label, action, *arguments):
    """One part; a fault in the test itself, as of a member that is not there, is a breach and not the end."""
    try:
        return action(*arguments)
    except Exception:  # pylint: disable=broad-except
        last = traceback.format_exc().strip().splitlines()
        record.breach(f"{label}: {last[-1]} ({last[-3].strip() if len(last) > 2 else ''})")
        return None


def read_all(record, places):
    world = World()
    for place in places:
        where = place.region + " " + place.keys[0]
        world.pipelines[place] = guarded(record, where, codepipeline.read, place) or []
        world.builds[place] = guarded(record, where, codebuild.read, place) or ([], [])
        world.deployments[place] = guarded(record, where, codedeploy.read, place) or []
        world.logs[place] = guarded(record, where, logs.read, place)
        world.repositories[place] = guarded(record, where, codecommit.read, place) or ([], 0)
        world.objects[place] = guarded(record, where, s3.read, place) or []
        world.events[place] = guarded(record, where, cloudtrail.read, place) or []
        guarded(record, where, cloudwatch.read, place)
        guarded(record, where, cloudwatch.read_metrics, place, world.builds[place][1])
        guarded(record, where, references.read, place)
    for place in places:
        guarded(record, "live tail", livetail.follow, place)
    return world


def best(found, measure):
    """The place that has most of something."""
    return max(found, key=lambda place: measure(found[place]))


def write_all(record, world):
    # What the story holds ready comes first: the parts that follow turn the world forward by hours.
    gates = best(world.pipelines, lambda found: len(list(codepipeline.gates(found))))
    failed = best(
        world.pipelines,
        lambda found: sum(
            codepipeline.has_failed(stage) for pipeline in found for stage in pipeline["state"]["stageStates"]
        ),
    )
    deploying = best(
        world.deployments,
        lambda found: sum(info["status"] in codedeploy.RUNNING for info in found),
    )
    busiest = best(world.pipelines, len)
    building = best(world.builds, lambda found: len(found[0]))
    blocked = best(
        world.pipelines,
        lambda found: sum(
            stage.get(kind, {}).get("latestExecution", {}).get("status") == "Failed"
            for pipeline in found
            for stage in pipeline["state"]["stageStates"]
            for kind in ("beforeEntryConditionState", "onSuccessConditionState")
        ),
    )
    guarded(record, "codepipeline", codepipeline.override, blocked, world.pipelines[blocked])
    guarded(record, "codepipeline", codepipeline.approve, gates, world.pipelines[gates])
    guarded(record, "codepipeline", codepipeline.retry, failed, world.pipelines[failed])
    guarded(record, "codedeploy", codedeploy.write, deploying, world.deployments[deploying])
    given = best(world.pipelines, lambda found: sum(bool(pipeline["variables"]) for pipeline in found))
    guarded(record, "codepipeline", codepipeline.give, given, world.pipelines[given])
    for part in (codepipeline.roll_back, codepipeline.update):
        guarded(record, "codepipeline", part, busiest, world.pipelines[busiest])
    guarded(record, "codepipeline", codepipeline.start_and_stop, busiest, world.pipelines[busiest])
    guarded(record, "codepipeline", codepipeline.switch, busiest, world.pipelines[busiest])
    guarded(record, "codebuild", codebuild.write, building, world.builds[building][0])
    guarded(record, "cloudtrail", cloudtrail.decided, gates)


def refuse_all(record, world):
    for module, found, measure in (
        (codepipeline, world.pipelines, len),
        (codedeploy, world.deployments, len),
        (logs, world.logs, lambda one: len(one[2]) if one else 0),
    ):
        place = best(found, measure)
        guarded(record, module.SERVICE, module.refuse, place, found[place])
    place = best(world.repositories, lambda one: len(one[0]))
    guarded(record, "codecommit", codecommit.refuse, place, world.repositories[place][0])
    guarded(record, "codebuild", codebuild.refuse, place)
    guarded(record, "live tail", livetail.refuse, place)
    guarded(record, "cloudwatch", cloudwatch.refuse, place)
    guarded(record, "references", references.refuse, place)
    guarded(record, "cloudtrail", cloudtrail.refuse, place)
    place = best(world.objects, len)
    found = world.objects[place]
    guarded(record, "s3", s3.refuse, place, found)
    other_keys = next(other for other in world.objects if other.keys != place.keys)
    stranger = Place(place.simulator, record, other_keys.keys, place.region)
    guarded(record, "s3", s3.refuse_strangers, stranger, found)
    elsewhere = next(region for region in REGIONS if region != place.region)
    guarded(record, "s3", s3.redirect, record, Place(place.simulator, record, place.keys, elsewhere), found)
    guarded(record, "sts", sts.refuse, place)


def sign_in(record, simulator, places):
    accounts = {}
    for place in places:
        account = guarded(record, "sts", sts.read, place)
        if account:
            accounts.setdefault(account, place)
    first = next(iter(accounts.values()))
    for account in accounts:
        session_of = lambda keys: Place(simulator, record, keys, first.region)
        guarded(record, "sts", sts.assume, first, account, session_of)


def command_lines(record, simulator, world):
    """Which lines each command line gave, for the table."""
    first = next(
        place
        for place in world.pipelines
        if place.keys == simulator.keys[0] and place.region == simulator.region
    )
    expected = [pipeline["name"] for pipeline in world.pipelines[first]]
    listed = commandlines.list_pipelines(record, simulator, expected)
    place = best(world.logs, lambda one: len(one[2]) if one else 0)
    group, stream, messages = world.logs[place]
    tailed = commandlines.tail_log(record, simulator, place.keys, place.region, group, stream, messages)
    zips = [(bucket, key) for bucket, key in world.objects[first] if "/Source/" in key]
    events, alarms = commandlines.new_services(record, simulator, first.keys, first.region, zips)
    print(
        f"PyPI's awscli lists {len(listed)} pipelines, {events} events and {alarms} alarms;"
        f" Debian's awscli v2 tails {tailed} lines"
    )


def print_table(record):
    print(f"{'service':15}{'operation':28}{'answers':>8}{'refusals':>9}  error codes")
    services = {module.SERVICE: module.OPERATIONS for module in SERVICES} | references.SERVICES
    for service, operations in services.items():
        for operation in operations:
            key = (service, operation)
            errors = record.errors[key]
            print(
                f"{service:15}{operation:28}{record.good[key]:>8}{sum(errors.values()):>9}"
                f"  {', '.join(sorted(errors))}"
            )
            record.check(record.good[key], f"{service}.{operation} was never answered")
            record.check(
                errors or operation == "GetCallerIdentity", f"{service}.{operation} was never refused"
            )


def notice(record, place):
    """Breaks answers on purpose: the test must see what it is there to see."""
    for what, patch in (
        ("an unknown member", {"pipelines": {"colour": "red"}}),
        ("a value outside an enum", {"pipelines": {"executionMode": "SIDEWAYS"}}),
        ("a time as text", {"pipelines": {"created": "2026-11-23T02:04:08Z"}}),
        ("a text as number", {"pipelines": {"name": 7}}),
        ("a number out of bounds", {"pipelines": {"version": 0}}),
    ):
        place.simulator.control(
            "faults", {"operation": "ListPipelines", "fault": {"malformed": {"patch": patch}}, "times": 1}
        )
        seen = Record()
        Place(place.simulator, seen, place.keys, place.region).raw_checked("codepipeline", "ListPipelines", "{}")
        record.check(seen.breaches, f"the test does not notice {what}")


def read_wide(record, binary):
    """The pages of a place that has much, in a line for the table."""
    pages = wide.read(record, binary)
    print("pages: " + ", ".join(f"{operation} {count}" for operation, count in pages.items()))


def read_flood(record, binary):
    """The ends of streams of millions."""
    print(f"flood: {flood.read(record, binary)} events of streams of one and ten million")


def read_builds(record, binary):
    """The story of builds: batches, coverage, references and logs in S3, read, written and read again."""
    simulator = Simulator(binary, "--story", "builds")
    try:
        places = [Place(simulator, record, keys, region) for keys in simulator.keys for region in REGIONS]
        world = read_all(record, places)
        for place, (projects, _) in world.builds.items():
            if projects:
                guarded(record, "codebuild", codebuild.write_batches, place, projects)
                told = place.call("codebuild", "BatchGetProjects", names=projects[:100])["projects"]
                guarded(record, "references", references.told, place, told)
                guarded(record, "s3", codebuild.kept, place, world.builds[place][1])
        most = best(world.builds, lambda found: len(found[0]))
        told = guarded(record, "command lines", commandlines.builds, record, simulator, most.keys, most.region)
        print("PyPI's awscli reads {} batches, {} failed tests, {} parameters".format(*told or "---"))
        read_all(record, places)
    finally:
        simulator.stop()


def main(binary):
    record = Record()
    simulator = Simulator(binary)
    try:
        places = [
            Place(simulator, record, keys, region) for keys in simulator.keys for region in REGIONS
        ]
        record.check(len(simulator.keys) > 1, "simulate prints the keys of one account only")
        record.check(simulator.token, "simulate prints no token for /_sim/")
        sign_in(record, simulator, places)
        empty = Place(simulator, record, simulator.keys[0], UNUSED_REGION)
        world = read_all(record, places)
        guarded(record, UNUSED_REGION, read_all, record, [empty])
        guarded(record, "command lines", command_lines, record, simulator, world)
        guarded(record, "refusals", refuse_all, record, world)
        guarded(record, "writes", write_all, record, world)
        guarded(record, "after", read_all, record, places)
        guarded(record, "notice", notice, record, places[0])
    finally:
        status = simulator.stop()
    guarded(record, "builds", read_builds, record, binary)
    guarded(record, "wide", read_wide, record, binary)
    guarded(record, "flood", read_flood, record, binary)
    record.check(status == 0, f"simulate ended with {status} after SIGINT")
    print_table(record)
    total = sum(record.good.values()) + sum(sum(errors.values()) for errors in record.errors.values())
    for breach in sorted(set(record.breaches)):
        print(f"BREACH  {breach}")
    print(f"{total} answers were held against botocore's models")
    failed = len(set(record.breaches))
    print(f"{total} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
