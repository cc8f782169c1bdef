"""CodeBuild: every operation, its pages and its refusals."""

import gzip
import hashlib

SERVICE = "codebuild"
OPERATIONS = [
    "ListProjects",
    "BatchGetProjects",
    "ListBuilds",
    "ListBuildsForProject",
    "BatchGetBuilds",
    "BatchGetReports",
    "ListReportGroups",
    "BatchGetReportGroups",
    "ListReports",
    "ListReportsForReportGroup",
    "DescribeTestCases",
    "DescribeCodeCoverages",
    "GetReportGroupTrend",
    "ListBuildBatches",
    "ListBuildBatchesForProject",
    "BatchGetBuildBatches",
    "StartBuild",
    "StopBuild",
    "RetryBuild",
    "StartBuildBatch",
    "StopBuildBatch",
    "RetryBuildBatch",
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
    report_groups(place)
    batches(place, projects)
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
            if report["type"] == "CODE_COVERAGE":
                coverage(place, report)
                continue
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


def coverage(place, report):
    """A coverage report adds up to its files."""
    files, _ = place.pages(SERVICE, "DescribeCodeCoverages", "codeCoverages", reportArn=report["arn"], maxResults=2)
    summary = report["codeCoverageSummary"]
    for member in ("linesCovered", "linesMissed", "branchesCovered", "branchesMissed"):
        place.record.check(
            sum(file[member] for file in files) == summary[member], f"{report['arn']}: {member} does not add up"
        )
    worst = place.call(
        SERVICE, "DescribeCodeCoverages", reportArn=report["arn"], sortBy="LINE_COVERAGE_PERCENTAGE"
    )["codeCoverages"]
    shares = [file["lineCoveragePercentage"] for file in worst]
    place.record.check(shares == sorted(shares), f"{report['arn']}: files are not in order of coverage")


def report_groups(place):
    """Report groups, their reports, the cases of the newest ones and how it all goes over time."""
    groups, _ = place.pages(SERVICE, "ListReportGroups", "reportGroups", maxResults=2)
    reports, _ = place.pages(SERVICE, "ListReports", "reports", maxResults=50)
    own = []
    for chunk in chunks(groups, 100):
        told = place.call(SERVICE, "BatchGetReportGroups", reportGroupArns=chunk)
        place.record.check(not told["reportGroupsNotFound"], "a report group that is listed is not found")
        for group in told["reportGroups"]:
            arn = group["arn"]
            of_group, _ = place.pages(SERVICE, "ListReportsForReportGroup", "reports", reportGroupArn=arn)
            own += of_group
            fields = ("PASS_RATE", "DURATION", "TOTAL") if group["type"] == "TEST" else ("LINE_COVERAGE", "LINES_MISSED")
            for field in fields:
                trend = place.call(
                    SERVICE, "GetReportGroupTrend", reportGroupArn=arn, trendField=field, numOfReports=5
                )
                place.record.check(len(trend["rawData"]) <= 5, f"{arn}: a trend of more than was asked for")
            if group["type"] == "TEST" and of_group:
                test_cases(place, of_group[0])
    place.record.check(sorted(own) == sorted(reports), "ListReportsForReportGroup lists other reports")


def test_cases(place, arn):
    """A report lists as many cases as it counts, in all and by status."""
    told = place.call(SERVICE, "BatchGetReports", reportArns=[arn])["reports"]
    if not told:
        return
    summary = told[0]["testSummary"]
    cases, _ = place.pages(SERVICE, "DescribeTestCases", "testCases", reportArn=arn)
    place.record.check(len(cases) == summary["total"], f"{arn}: lists {len(cases)} of {summary['total']}")
    failed, _ = place.pages(
        SERVICE, "DescribeTestCases", "testCases", reportArn=arn, maxResults=1, filter={"status": "FAILED"}
    )
    place.record.check(len(failed) == summary["statusCounts"]["FAILED"], f"{arn}: lists {len(failed)} failed")
    place.record.check(all(case["message"] for case in failed), f"{arn}: a failed case says nothing")


def batches(place, projects):
    """Batch builds, and that their builds are builds."""
    newest = lambda **members: place.pages(SERVICE, "ListBuildBatches", "ids", **members)[0]
    ids = newest(maxResults=2)
    place.record.check(ids == newest(sortOrder="ASCENDING")[::-1], "ListBuildBatches is not the same both ways")
    by_project = [
        batch
        for project in projects
        for batch in place.pages(SERVICE, "ListBuildBatchesForProject", "ids", projectName=project)[0]
    ]
    place.record.check(sorted(ids) == sorted(by_project), "ListBuildBatchesForProject lists other batches")
    failed = newest(filter={"status": "FAILED"})
    for chunk in chunks(ids, 100):
        told = place.call(SERVICE, "BatchGetBuildBatches", ids=chunk)
        place.record.check(not told["buildBatchesNotFound"], "a batch that is listed is not found")
        for batch in told["buildBatches"]:
            check_batch(place, batch)
            place.record.check(
                (batch["buildBatchStatus"] == "FAILED") == (batch["id"] in failed), f"{batch['id']}: the filter"
            )


def check_batch(place, batch):
    """The rules that a batch keeps and no model tells."""
    record, name = place.record, batch["id"]
    record.check(batch["phases"][-1]["phaseType"] == batch["currentPhase"], f"{name}: currentPhase is not the last")
    record.check(batch["complete"] == ("endTime" in batch), f"{name}: complete and endTime disagree")
    identifiers = [group["identifier"] for group in batch["buildGroups"]]
    members = []
    for group in batch["buildGroups"]:
        record.check(set(group["dependsOn"]) <= set(identifiers), f"{name}: waits for what is not there")
        summaries = group.get("priorBuildSummaryList", []) + [group.get("currentBuildSummary")]
        members += [summary["arn"] for summary in summaries if summary]
    told = place.call(SERVICE, "BatchGetBuilds", ids=members)["builds"]
    record.check(len(told) == len(members), f"{name}: a build of it is not there")
    record.check(all(build["buildBatchArn"] == batch["arn"] for build in told), f"{name}: a build of another batch")


def write_batches(place, projects):
    """Starts, stops and retries batches, as far as a project of the place has any."""
    told = place.call(SERVICE, "BatchGetProjects", names=projects[:100])["projects"]
    names = [project["name"] for project in told if "buildBatchConfig" in project]
    plain = [project["name"] for project in told if "buildBatchConfig" not in project]
    if plain:
        place.refused(SERVICE, "StartBuildBatch", INVALID, projectName=plain[0])
    if not names:
        return
    asked = {"projectName": names[0], "sourceVersion": "refs/heads/main", "idempotencyToken": "conformance-batch"}
    started = place.call(SERVICE, "StartBuildBatch", **asked)["buildBatch"]
    again = place.call(SERVICE, "StartBuildBatch", **asked)["buildBatch"]
    place.record.check(again["id"] == started["id"], "a repeated idempotencyToken starts another batch")
    place.refused(SERVICE, "RetryBuildBatch", INVALID, id=started["id"])
    place.simulator.forward(60)
    stopped = place.call(SERVICE, "StopBuildBatch", id=started["id"])["buildBatch"]
    place.record.check(stopped["buildBatchStatus"] == "STOPPED", "a stopped batch is not STOPPED")
    failed = place.call(SERVICE, "ListBuildBatches", filter={"status": "FAILED"})["ids"]
    for kind, id in zip(("RETRY_FAILED_BUILDS", "RETRY_ALL_BUILDS"), failed):
        retried = place.call(SERVICE, "RetryBuildBatch", id=id, retryType=kind)["buildBatch"]
        place.record.check(retried["buildBatchStatus"] == "IN_PROGRESS", "a retried batch does not run")
    place.simulator.forward(3600)
    for chunk in chunks(failed + [started["id"]], 100):
        for batch in place.call(SERVICE, "BatchGetBuildBatches", ids=chunk)["buildBatches"]:
            check_batch(place, batch)
            place.record.check(batch["complete"], f"{batch['id']} did not end")


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
    to_cloudwatch = build["logs"]["cloudWatchLogs"]["status"] == "ENABLED"
    record.check(
        (provisioned and to_cloudwatch) == ("groupName" in build["logs"]),
        f"{name}: groupName and PROVISIONING disagree",
    )
    for earlier, later in zip(phases, phases[1:]):
        record.check(
            earlier["endTime"] <= later["startTime"], f"{name}: {later['phaseType']} begins too early"
        )


def kept(place, builds):
    """What builds keep in S3: the sum of an artifact is that of its bytes, a log is packed text."""
    get = lambda arn: place.call("s3", "GetObject", **bucket_and_key(arn))["Body"].read()
    newest = {}
    for build in sorted(builds, key=lambda build: build["startTime"]):
        # One that another wrote over is gone.
        newest[build["artifacts"]["location"]] = build["id"]
    for build in builds:
        artifact = build["artifacts"]
        if artifact["sha256sum"] and newest[artifact["location"]] == build["id"]:
            bytes_ = get(artifact["location"])
            place.record.check(hashlib.sha256(bytes_).hexdigest() == artifact["sha256sum"], f"{build['id']}: sha256sum")
            place.record.check(hashlib.md5(bytes_).hexdigest() == artifact["md5sum"], f"{build['id']}: md5sum")
        if build["buildComplete"] and "s3LogsArn" in build["logs"]:
            packed = get(build["logs"]["s3LogsArn"])
            text = gzip.decompress(packed).decode()
            place.record.check("Phase complete: DOWNLOAD_SOURCE" in text, f"{build['id']}: its log in S3 is none")
            named = bucket_and_key(build["logs"]["s3LogsArn"])
            part = place.call("s3", "GetObject", Range="bytes=2-9", **named)["Body"].read()
            place.record.check(part == packed[2:10], f"{build['id']}: a part of its log")


def bucket_and_key(arn):
    """The members that name an object in a request."""
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    return {"Bucket": bucket, "Key": key}


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
    refused("BatchGetReportGroups", INVALID, reportGroupArns=[])
    refused("ListReportGroups", INVALID, sortBy="SIZE")
    refused("ListReportGroups", INVALID, maxResults=0)
    refused("ListReports", INVALID, filter={"status": "GOOD"})
    refused("ListReports", INVALID, nextToken="bm9wZQ==")
    refused("ListReportsForReportGroup", INVALID)
    refused("ListReportsForReportGroup", ABSENT, reportGroupArn="none")
    refused("DescribeTestCases", INVALID)
    refused("DescribeTestCases", ABSENT, reportArn="none")
    refused("DescribeCodeCoverages", INVALID, reportArn="none")
    refused("GetReportGroupTrend", INVALID, reportGroupArn="none")
    refused("GetReportGroupTrend", ABSENT, reportGroupArn="none", trendField="TOTAL")
    refused("BatchGetBuildBatches", INVALID, ids=[f"p:{number}" for number in range(101)])
    refused("ListBuildBatches", INVALID, maxResults=101)
    refused("ListBuildBatches", INVALID, filter={"status": "GOOD"})
    refused("ListBuildBatchesForProject", ABSENT, projectName="no-such-project")
    refused("StartBuildBatch", ABSENT, projectName="no-such-project")
    refused("StopBuildBatch", ABSENT, id="none:0")
    refused("RetryBuildBatch", ABSENT, id="none:0")
    refused("RetryBuildBatch", INVALID, id="none:0", retryType="SOME")
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
