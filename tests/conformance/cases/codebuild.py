"""CodeBuild: every operation, its pages and its refusals."""

SERVICE = "codebuild"
OPERATIONS = [
    "ListProjects",
    "BatchGetProjects",
    "ListBuilds",
    "ListBuildsForProject",
    "BatchGetBuilds",
    "BatchGetReports",
    "StartBuild",
    "StopBuild",
    "RetryBuild",
]
INVALID = "InvalidInputException"
ABSENT = "ResourceNotFoundException"


def read(place):
    """Everything that can be read in a place. Answers its projects and builds."""
    projects, _ = place.pages(SERVICE, "ListProjects", "projects")
    for sort in ("NAME", "CREATED_TIME", "LAST_MODIFIED_TIME"):
        again = place.call(SERVICE, "ListProjects", sortBy=sort, sortOrder="DESCENDING")
        place.record.check(
            sorted(again["projects"]) == sorted(projects[:100]) or len(projects) > 100,
            f"ListProjects by {sort} lists others",
        )
    for chunk in chunks(projects, 100):
        answer = place.call(SERVICE, "BatchGetProjects", names=chunk)
        place.record.check(
            sorted(project["name"] for project in answer["projects"]) == sorted(chunk),
            "BatchGetProjects leaves projects out",
        )
    newest = lambda: place.pages(SERVICE, "ListBuilds", "ids")[0]
    oldest = lambda: place.pages(SERVICE, "ListBuilds", "ids", sortOrder="ASCENDING")[0]
    place.record.steady(lambda: newest() == oldest()[::-1], "ListBuilds is not the same list both ways")
    by_project = lambda: [
        build
        for project in projects
        for build in place.pages(SERVICE, "ListBuildsForProject", "ids", projectName=project)[0]
    ]
    place.record.steady(
        lambda: sorted(newest()) == sorted(by_project()), "ListBuildsForProject lists other builds"
    )
    ids = newest()
    builds = []
    for chunk in chunks(ids, 100):
        builds += place.call(SERVICE, "BatchGetBuilds", ids=chunk)["builds"]
    for build in builds:
        check_build(place.record, build)
    reports(place, builds)
    if projects:
        missing = place.call(SERVICE, "BatchGetProjects", names=["no-such-project"])
        place.record.check(missing["projectsNotFound"] == ["no-such-project"], "projectsNotFound")
        missing = place.call(SERVICE, "BatchGetBuilds", ids=["none:0"])
        place.record.check(missing["buildsNotFound"] == ["none:0"], "buildsNotFound")
    return projects, builds


def reports(place, builds):
    """The test reports of builds: what they count, and those that are not there."""
    arns = [arn for build in builds for arn in build.get("reportArns", [])]
    for chunk in chunks(arns, 100):
        answer = place.call(SERVICE, "BatchGetReports", reportArns=chunk)
        told = [report["arn"] for report in answer["reports"]]
        place.record.check(
            sorted(told + answer["reportsNotFound"]) == sorted(chunk), "BatchGetReports leaves reports out"
        )
        for report in answer["reports"]:
            summary = report["testSummary"]
            place.record.check(
                summary["total"] == sum(summary["statusCounts"].values()) > 0, f"{report['arn']}: {summary}"
            )
            failed = summary["statusCounts"]["FAILED"] > 0
            wanted = {"GENERATING", "FAILED" if failed else "SUCCEEDED"}
            place.record.check(report["status"] in wanted, f"{report['arn']}: is {report['status']}")
    if builds:
        none = builds[0]["arn"].partition(":build/")[0] + ":report/none-tests:0"
        missing = place.call(SERVICE, "BatchGetReports", reportArns=[none])
        place.record.check(missing["reportsNotFound"] == [none], "reportsNotFound")


def check_build(record, build):
    """The rules that a build keeps and no model tells."""
    name = build["id"]
    phases = build["phases"]
    record.check(
        build["buildComplete"] == (build["buildStatus"] != "IN_PROGRESS"),
        f"{name}: buildComplete and buildStatus disagree",
    )
    record.check(
        build["buildComplete"] == (phases[-1]["phaseType"] == "COMPLETED"),
        f"{name}: COMPLETED and buildComplete disagree",
    )
    record.check(phases[-1]["phaseType"] == build["currentPhase"], f"{name}: currentPhase is not the last")
    kinds = [phase["phaseType"] for phase in phases]
    failed = [phase["phaseType"] for phase in phases if phase.get("phaseStatus") == "FAILED"]
    if failed == ["BUILD"] and build["buildComplete"]:
        record.check("POST_BUILD" in kinds, f"{name}: no POST_BUILD after BUILD failed")
    if build["buildStatus"] == "FAILED":
        record.check(failed, f"{name}: FAILED, but no phase is")
    provisioned = "PROVISIONING" in kinds
    record.check(
        provisioned == ("groupName" in build["logs"]),
        f"{name}: groupName and PROVISIONING disagree",
    )
    for earlier, later in zip(phases, phases[1:]):
        record.check(
            earlier["endTime"] <= later["startTime"], f"{name}: {later['phaseType']} begins too early"
        )


def write(place, projects):
    """Starts, stops and retries builds."""
    project = projects[0]
    asked = {
        "projectName": project,
        "sourceVersion": "refs/heads/main",
        "idempotencyToken": "conformance-1",
        "environmentVariablesOverride": [{"name": "MODE", "value": "full", "type": "PLAINTEXT"}],
        "timeoutInMinutesOverride": 30,
    }
    started = place.call(SERVICE, "StartBuild", **asked)["build"]
    place.record.check(started["currentPhase"] == "SUBMITTED", "a build does not start in SUBMITTED")
    again = place.call(SERVICE, "StartBuild", **asked)["build"]
    place.record.check(again["id"] == started["id"], "a repeated idempotencyToken starts another build")
    place.refused(SERVICE, "StartBuild", INVALID, projectName=project, idempotencyToken="conformance-1")
    place.simulator.forward(25)
    stopped = place.call(SERVICE, "StopBuild", id=started["id"])["build"]
    place.record.check(stopped["buildStatus"] == "STOPPED", "a stopped build is not STOPPED")
    retried = place.call(SERVICE, "RetryBuild", id=started["id"])["build"]
    place.record.check(retried["buildNumber"] == started["buildNumber"] + 1, "RetryBuild does not count on")
    place.simulator.forward(2 * 3600)
    done = place.call(SERVICE, "BatchGetBuilds", ids=[started["id"], retried["id"]])["builds"]
    for build in done:
        check_build(place.record, build)
        place.record.check(build["buildComplete"], f"{build['id']} did not end")


def refuse(place):
    """What must be refused, and how."""
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("ListProjects", INVALID, sortBy="SIZE")
    refused("ListProjects", INVALID, sortOrder="UP")
    refused("ListProjects", INVALID, nextToken="bm9wZQ==")
    refused("BatchGetProjects", INVALID)
    refused("BatchGetProjects", INVALID, names=[])
    refused("BatchGetProjects", INVALID, names=[f"p{number}" for number in range(101)])
    refused("ListBuilds", INVALID, nextToken="bm9wZQ==")
    refused("ListBuilds", INVALID, sortOrder="SIDEWAYS")
    refused("ListBuildsForProject", INVALID)
    refused("ListBuildsForProject", ABSENT, projectName="no-such-project")
    refused("BatchGetBuilds", INVALID)
    refused("BatchGetBuilds", INVALID, ids=[f"p:{number}" for number in range(101)])
    refused("BatchGetReports", INVALID)
    refused("BatchGetReports", INVALID, reportArns=[])
    refused("BatchGetReports", INVALID, reportArns=[f"arn:{number}" for number in range(101)])
    refused("StartBuild", INVALID)
    refused("StartBuild", ABSENT, projectName="no-such-project")
    refused("StartBuild", INVALID, projectName="x", timeoutInMinutesOverride=1)
    refused("StartBuild", INVALID, projectName="x", sourceTypeOverride="SVN")
    refused("StopBuild", INVALID)
    refused("StopBuild", ABSENT, id="none:0")
    refused("RetryBuild", INVALID)
    refused("RetryBuild", ABSENT, id="none:0")
    place.raw_refused(
        SERVICE, "DeleteEverything", "UnknownOperationException", "{}", target="CodeBuild_20161006.DeleteEverything"
    )
    place.raw_refused(
        SERVICE,
        "BatchGetProjects",
        "SerializationException",
        '{"names":"one"}',
        target="CodeBuild_20161006.BatchGetProjects",
    )
    place.raw_refused(
        SERVICE, "ListBuilds", "SerializationException", "{", target="CodeBuild_20161006.ListBuilds"
    )


def chunks(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]
