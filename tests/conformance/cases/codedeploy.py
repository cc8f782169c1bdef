"""CodeDeploy: every operation, its pages and its refusals."""

from cases.codebuild import chunks

SERVICE = "codedeploy"
OPERATIONS = [
    "ListApplications",
    "BatchGetApplications",
    "ListDeploymentGroups",
    "BatchGetDeploymentGroups",
    "ListDeployments",
    "BatchGetDeployments",
    "GetDeploymentConfig",
    "ListDeploymentTargets",
    "BatchGetDeploymentTargets",
    "StopDeployment",
]
RUNNING = ("Created", "Queued", "InProgress", "Ready")


def read(place):
    """Everything that can be read in a place. Answers its deployments."""
    applications, _ = place.pages(SERVICE, "ListApplications", "applications")
    for chunk in chunks(applications, 100):
        place.call(SERVICE, "BatchGetApplications", applicationNames=chunk)
    groups_of = {}
    for application in applications:
        groups, _ = place.pages(
            SERVICE, "ListDeploymentGroups", "deploymentGroups", applicationName=application
        )
        infos = place.call(
            SERVICE,
            "BatchGetDeploymentGroups",
            applicationName=application,
            deploymentGroupNames=groups,
        )["deploymentGroupsInfo"]
        for info in infos:
            place.call(
                SERVICE, "GetDeploymentConfig", deploymentConfigName=info["deploymentConfigName"]
            )
            groups_of.setdefault(application, []).append(info["deploymentGroupName"])
    listed = lambda **selection: place.pages(SERVICE, "ListDeployments", "deployments", **selection)[0]
    by_group = lambda: [
        deployment
        for application, groups in groups_of.items()
        for group in groups
        for deployment in listed(applicationName=application, deploymentGroupName=group)
    ]
    place.record.steady(
        lambda: sorted(listed()) == sorted(by_group()), "ListDeployments by group lists others"
    )
    place.record.steady(
        lambda: sorted(listed(includeOnlyStatuses=list(RUNNING)))
        == sorted(info["deploymentId"] for info in described(place, listed()) if info["status"] in RUNNING),
        "includeOnlyStatuses selects others",
    )
    infos = described(place, listed())
    # Those that move come first, so they are always among those looked at.
    infos.sort(key=lambda info: info["status"] not in RUNNING)
    for info in infos[:12]:
        check_deployment(place, info)
    return infos


def described(place, ids):
    """The records of these deployments."""
    infos = []
    for chunk in chunks(ids, 25):
        infos += place.call(SERVICE, "BatchGetDeployments", deploymentIds=chunk)["deploymentsInfo"]
    return infos


def check_deployment(place, info):
    """Targets, and the rules that a deployment keeps and no model tells."""
    name = info["deploymentId"]
    if info["status"] == "Created":
        place.record.check("deploymentOverview" not in info, f"{name}: an overview while Created")
        return
    ids, _ = place.pages(SERVICE, "ListDeploymentTargets", "targetIds", deploymentId=name)
    place.record.check(
        sum(info["deploymentOverview"].values()) == len(ids), f"{name}: overview and targets disagree"
    )
    for status in ("Succeeded", "Failed"):
        some, _ = place.pages(
            SERVICE,
            "ListDeploymentTargets",
            "targetIds",
            deploymentId=name,
            targetFilters={"TargetStatus": [status]},
        )
        place.record.check(
            info["status"] in RUNNING or len(some) == info["deploymentOverview"][status],
            f"{name}: filter by {status} lists others",
        )
    for chunk in chunks(ids, 25):
        targets = place.call(
            SERVICE, "BatchGetDeploymentTargets", deploymentId=name, targetIds=chunk
        )["deploymentTargets"]
        for target in targets:
            check_target(place.record, name, target["instanceTarget"])


def check_target(record, name, target):
    who = f"{name} {target['targetId']}"
    events = target["lifecycleEvents"]
    if target["status"] == "Succeeded":
        record.check(
            all(event["status"] == "Succeeded" for event in events), f"{who}: Succeeded, an event is not"
        )
    if target["status"] == "Failed":
        failed = [event for event in events if event["status"] == "Failed"]
        record.check(len(failed) == 1, f"{who}: Failed, but {len(failed)} events are")
        for event in failed:
            record.check(event["diagnostics"]["errorCode"] != "Success", f"{who}: failed with Success")
            record.check(
                len(event["diagnostics"]["logTail"].encode()) <= 4096, f"{who}: the log tail is too long"
            )
    for event in events:
        if "endTime" in event:
            record.check(event["startTime"] <= event["endTime"], f"{who}: an event ends before it begins")


def write(place, deployments):
    """Stops a deployment that runs, and lets it come to rest."""
    running = [info for info in deployments if info["status"] in RUNNING]
    if not running:
        place.record.breach("codedeploy: the story has no running deployment to stop")
        return
    name = running[0]["deploymentId"]
    place.call(SERVICE, "StopDeployment", deploymentId=name, autoRollbackEnabled=True)
    place.simulator.forward(3600)
    info = place.call(SERVICE, "BatchGetDeployments", deploymentIds=[name])["deploymentsInfo"][0]
    place.record.check(info["status"] == "Stopped", f"{name}: {info['status']} after StopDeployment")
    check_deployment(place, info)
    rollback = info["rollbackInfo"].get("rollbackDeploymentId")
    if rollback:
        back = place.call(SERVICE, "BatchGetDeployments", deploymentIds=[rollback])["deploymentsInfo"][0]
        place.record.check(back["creator"] == "codeDeployRollback", f"{rollback}: made by {back['creator']}")
    place.refused(
        SERVICE, "StopDeployment", "DeploymentAlreadyCompletedException", deploymentId=name
    )


def refuse(place, deployments):
    """What must be refused, and how."""
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    some = deployments[0]["deploymentId"]
    application = deployments[0]["applicationName"]
    refused("ListApplications", "InvalidNextTokenException", nextToken="bm9wZQ==")
    refused("BatchGetApplications", "ApplicationNameRequiredException")
    refused("BatchGetApplications", "ApplicationDoesNotExistException", applicationNames=["none"])
    refused("BatchGetApplications", "InvalidApplicationNameException", applicationNames=["x" * 101])
    refused(
        "BatchGetApplications", "BatchLimitExceededException", applicationNames=[f"a{n}" for n in range(101)]
    )
    refused("ListDeploymentGroups", "ApplicationNameRequiredException")
    refused("ListDeploymentGroups", "ApplicationDoesNotExistException", applicationName="none")
    refused(
        "ListDeploymentGroups", "InvalidNextTokenException", applicationName=application, nextToken="bm9wZQ=="
    )
    refused("BatchGetDeploymentGroups", "ApplicationNameRequiredException", deploymentGroupNames=["x"])
    refused("BatchGetDeploymentGroups", "DeploymentGroupNameRequiredException", applicationName=application)
    refused("ListDeployments", "InvalidDeploymentStatusException", includeOnlyStatuses=["Going"])
    refused("ListDeployments", "DeploymentGroupNameRequiredException", applicationName=application)
    refused("ListDeployments", "ApplicationNameRequiredException", deploymentGroupName="x")
    refused(
        "ListDeployments",
        "DeploymentGroupDoesNotExistException",
        applicationName=application,
        deploymentGroupName="none",
    )
    refused("ListDeployments", "InvalidTimeRangeException", createTimeRange={"start": 2000000000, "end": 1000000000})
    refused("ListDeployments", "InvalidNextTokenException", nextToken="bm9wZQ==")
    refused("BatchGetDeployments", "DeploymentIdRequiredException")
    refused("BatchGetDeployments", "InvalidDeploymentIdException", deploymentIds=["nonsense"])
    refused(
        "BatchGetDeployments",
        "BatchLimitExceededException",
        deploymentIds=[f"d-{number:09}" for number in range(26)],
    )
    refused("GetDeploymentConfig", "DeploymentConfigNameRequiredException")
    refused("GetDeploymentConfig", "DeploymentConfigDoesNotExistException", deploymentConfigName="none")
    refused("ListDeploymentTargets", "DeploymentIdRequiredException")
    refused("ListDeploymentTargets", "DeploymentDoesNotExistException", deploymentId="d-NONE00000")
    refused(
        "ListDeploymentTargets",
        "InvalidTargetFilterNameException",
        deploymentId=some,
        targetFilters={"Colour": ["Green"]},
    )
    refused(
        "ListDeploymentTargets",
        "InvalidInstanceStatusException",
        deploymentId=some,
        targetFilters={"TargetStatus": ["Fine"]},
    )
    refused("BatchGetDeploymentTargets", "DeploymentTargetIdRequiredException", deploymentId=some)
    refused(
        "BatchGetDeploymentTargets",
        "DeploymentTargetDoesNotExistException",
        deploymentId=some,
        targetIds=["i-none"],
    )
    refused(
        "BatchGetDeploymentTargets",
        "DeploymentTargetListSizeExceededException",
        deploymentId=some,
        targetIds=[f"i-{number}" for number in range(26)],
    )
    refused("StopDeployment", "DeploymentIdRequiredException")
    refused("StopDeployment", "DeploymentDoesNotExistException", deploymentId="d-NONE00000")
    place.raw_refused(
        SERVICE, "DeleteEverything", "UnknownOperationException", "{}", target="CodeDeploy_20141006.DeleteEverything"
    )
