"""CodePipeline: every operation, its pages, its rules and its refusals."""

SERVICE = "codepipeline"
OPERATIONS = [
    "ListPipelines",
    "GetPipeline",
    "GetPipelineState",
    "ListPipelineExecutions",
    "GetPipelineExecution",
    "ListActionExecutions",
    "StartPipelineExecution",
    "StopPipelineExecution",
    "RetryStageExecution",
    "PutApprovalResult",
    "EnableStageTransition",
    "DisableStageTransition",
    "RollbackStage",
    "OverrideStageCondition",
    "ListRuleExecutions",
    "ListActionTypes",
    "UpdatePipeline",
]
INVALID = "ValidationException"
NO_PIPELINE = "PipelineNotFoundException"
NO_ID = "00000000-0000-4000-8000-000000000000"


def read(place):
    """Everything that can be read in a place. Answers the pipelines with their state and executions."""
    listed, _ = place.pages(SERVICE, "ListPipelines", "pipelines")
    names = [pipeline["name"] for pipeline in listed]
    small, pages = place.pages(SERVICE, "ListPipelines", "pipelines", maxResults=2)
    place.record.check([pipeline["name"] for pipeline in small] == names, "ListPipelines by twos lists others")
    place.record.check(pages == max(1, -(-len(names) // 2)), "ListPipelines does not keep to maxResults")
    types, _ = place.pages(SERVICE, "ListActionTypes", "actionTypes")
    for owner in ("AWS", "ThirdParty", "Custom"):
        own = place.call(SERVICE, "ListActionTypes", actionOwnerFilter=owner)["actionTypes"]
        expected = [one for one in types if one["id"]["owner"] == owner]
        place.record.check(own == expected, f"ListActionTypes of {owner} lists others")
    return [look(place, name) for name in names[:40]]


def look(place, name):
    """One pipeline: definition, state, executions, actions."""
    declared = place.call(SERVICE, "GetPipeline", name=name)
    version = declared["pipeline"]["version"]
    earlier = place.call(SERVICE, "GetPipeline", name=name, version=max(1, version - 1))
    place.record.check(
        earlier["pipeline"]["version"] == max(1, version - 1), f"{name}: GetPipeline answers another version"
    )
    state = place.call(SERVICE, "GetPipelineState", name=name)
    executions, _ = place.pages(
        SERVICE, "ListPipelineExecutions", "pipelineExecutionSummaries", pipelineName=name, maxResults=4
    )
    starts = [execution["startTime"] for execution in executions]
    place.record.check(starts == sorted(starts, reverse=True), f"{name}: executions are not newest first")
    for execution in executions[:3]:
        identity = execution["pipelineExecutionId"]
        place.call(SERVICE, "GetPipelineExecution", pipelineName=name, pipelineExecutionId=identity)
        actions, _ = place.pages(
            SERVICE,
            "ListActionExecutions",
            "actionExecutionDetails",
            pipelineName=name,
            filter={"pipelineExecutionId": identity},
            maxResults=3,
        )
        place.record.check(
            all(action["pipelineExecutionId"] == identity for action in actions),
            f"{name}: the filter lets other executions' actions through",
        )
        latest, _ = place.pages(
            SERVICE,
            "ListActionExecutions",
            "actionExecutionDetails",
            pipelineName=name,
            filter={"latestInPipelineExecution": {"pipelineExecutionId": identity, "startTimeRange": "Latest"}},
        )
        keys = [(action["stageName"], action["actionName"]) for action in latest]
        place.record.check(len(keys) == len(set(keys)), f"{name}: Latest has an action twice")
    rules(place, name, declared["pipeline"], state, executions)
    parallel = declared["pipeline"].get("executionMode") == "PARALLEL"
    if parallel:
        place.record.check(
            not any("latestExecution" in stage for stage in state["stageStates"]),
            f"{name}: a PARALLEL pipeline has state",
        )
    return {
        "name": name,
        "stages": [stage["name"] for stage in declared["pipeline"]["stages"]],
        "mode": declared["pipeline"].get("executionMode", "SUPERSEDED"),
        "variables": declared["pipeline"].get("variables", []),
        "state": state,
        "executions": executions,
    }


def rules(place, name, declared, state, executions):
    """The rules of a pipeline as they were asked, against those that it declares."""
    call = lambda **members: place.pages(SERVICE, "ListRuleExecutions", "ruleExecutionDetails", pipelineName=name, **members)[0]
    declares = {
        (stage["name"], rule["name"])
        for stage in declared["stages"]
        for kind in ("beforeEntry", "onSuccess", "onFailure")
        for condition in stage.get(kind, {}).get("conditions", [])
        for rule in condition["rules"]
    }
    asked = call(maxResults=7)
    if asked and declared["version"] == asked[0]["pipelineVersion"]:
        newest = {(one["stageName"], one["ruleName"]) for one in asked[:1]}
        place.record.check(newest <= declares, f"{name}: a rule was asked that is not declared")
    for execution in executions[:3]:
        identity = execution["pipelineExecutionId"]
        own = [one for one in asked if one["pipelineExecutionId"] == identity]
        place.record.check(
            call(filter={"pipelineExecutionId": identity}) == own, f"{name}: ListRuleExecutions lists others' rules"
        )
        latest = call(filter={"latestInPipelineExecution": {"pipelineExecutionId": identity, "startTimeRange": "Latest"}})
        keys = [(one["stageName"], one["ruleName"]) for one in latest]
        place.record.check(len(keys) == len(set(keys)), f"{name}: Latest has a rule twice")
    for stage in state["stageStates"]:
        passed, _ = place.pages(
            SERVICE,
            "ListPipelineExecutions",
            "pipelineExecutionSummaries",
            pipelineName=name,
            filter={"succeededInStage": {"stageName": stage["stageName"]}},
        )
        known = {one["pipelineExecutionId"] for one in executions}
        place.record.check(
            {one["pipelineExecutionId"] for one in passed} <= known, f"{name}: succeededInStage lists unknown executions"
        )


def fresh(place, pipelines):
    """The same pipelines as they stand now."""
    return [
        {**pipeline, "state": place.call(SERVICE, "GetPipelineState", name=pipeline["name"])}
        for pipeline in pipelines
    ]


def gates(pipelines):
    """The open gates: (pipeline, stage, action, token)."""
    for pipeline in pipelines:
        for stage in pipeline["state"]["stageStates"]:
            for action in stage.get("actionStates", []):
                token = action.get("latestExecution", {}).get("token")
                if token:
                    yield pipeline["name"], stage["stageName"], action["actionName"], token


def switch(place, pipelines):
    """Closes and opens a transition."""
    call = lambda operation, **members: place.call(SERVICE, operation, **members)
    pipeline = next(one for one in pipelines if len(one["stages"]) > 1)
    asked = {"pipelineName": pipeline["name"], "stageName": pipeline["stages"][1], "transitionType": "Inbound"}
    shown = lambda: call("GetPipelineState", name=pipeline["name"])["stageStates"][1]["inboundTransitionState"]
    call("DisableStageTransition", reason="Frozen for the release (until Monday)", **asked)
    state = shown()
    place.record.check(
        not state["enabled"] and state["disabledReason"].startswith("Frozen"), "a disabled transition is not shown"
    )
    call("EnableStageTransition", **asked)
    place.record.check(shown()["enabled"], "an enabled transition is not shown")


def approve(place, pipelines):
    """Answers two gates, one each way. A story without one is a breach."""
    open_gates = list(gates(fresh(place, pipelines)))
    if not open_gates:
        place.record.breach("codepipeline: the story has no open gate in this place")
        return
    pipeline, stage, action, token = open_gates[0]
    gate = {"pipelineName": pipeline, "stageName": stage, "actionName": action}
    result = {"summary": "Dashboards are quiet", "status": "Approved"}
    refused = lambda codes, **members: place.refused(SERVICE, "PutApprovalResult", codes, **members)
    refused("InvalidApprovalTokenException", **gate, result=result, token=NO_ID)
    refused(INVALID, **gate, result={"status": "Approved"}, token=token)
    refused(INVALID, **gate, result={"summary": "x" * 513, "status": "Approved"}, token=token)
    refused(INVALID, **gate, result={"summary": "", "status": "Maybe"}, token=token)
    refused("StageNotFoundException", **{**gate, "stageName": "None"}, result=result, token=token)
    refused("ActionNotFoundException", **{**gate, "actionName": "None"}, result=result, token=token)
    place.call(SERVICE, "PutApprovalResult", **gate, result=result, token=token)
    # A gate that was answered keeps neither its token nor its openness.
    refused(
        {"ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"},
        **gate,
        result=result,
        token=token,
    )
    state = place.call(SERVICE, "GetPipelineState", name=pipeline)
    tokens = [found[3] for found in gates([{"name": pipeline, "state": state}])]
    place.record.check(token not in tokens, f"{pipeline}: the token lives on after the answer")
    if len(open_gates) > 1:
        pipeline, stage, action, token = open_gates[1]
        place.call(
            SERVICE,
            "PutApprovalResult",
            pipelineName=pipeline,
            stageName=stage,
            actionName=action,
            result={"summary": "Not before Monday", "status": "Rejected"},
            token=token,
        )
        place.simulator.forward(2)
        look(place, pipeline)


def has_failed(stage):
    """Whether a stage failed by an action, and not by a condition."""
    actions = [action.get("latestExecution", {}).get("status") for action in stage.get("actionStates", [])]
    return stage.get("latestExecution", {}).get("status") == "Failed" and "Failed" in actions


def retry(place, pipelines):
    """Retries the first failed stage; those before it must not be retryable."""
    for pipeline in fresh(place, pipelines):
        for stage in pipeline["state"]["stageStates"]:
            latest = stage.get("latestExecution", {})
            asked = {
                "pipelineName": pipeline["name"],
                "stageName": stage["stageName"],
                "pipelineExecutionId": latest.get("pipelineExecutionId"),
            }
            if has_failed(stage):
                answer = place.call(SERVICE, "RetryStageExecution", retryMode="FAILED_ACTIONS", **asked)
                place.record.check(
                    answer.get("pipelineExecutionId") == asked["pipelineExecutionId"],
                    "RetryStageExecution answers another execution",
                )
                look(place, pipeline["name"])
                return
            if latest.get("status") == "Succeeded":
                place.refused(
                    SERVICE,
                    "RetryStageExecution",
                    {"StageNotRetryableException", "NotLatestPipelineExecutionException", "ConflictException"},
                    retryMode="FAILED_ACTIONS",
                    **asked,
                )
    place.record.breach("codepipeline: the story has no failed stage to retry in this place")


def start_and_stop(place, pipelines):
    """Starts an execution and stops it."""
    pipeline = next(one for one in pipelines if one["executions"])
    name = pipeline["name"]
    started = place.call(
        SERVICE, "StartPipelineExecution", name=name, clientRequestToken="conformance-1"
    )["pipelineExecutionId"]
    again = place.call(
        SERVICE, "StartPipelineExecution", name=name, clientRequestToken="conformance-1"
    )["pipelineExecutionId"]
    place.record.check(started == again, "a repeated clientRequestToken starts another execution")
    place.simulator.forward(1)
    execution = place.call(
        SERVICE, "GetPipelineExecution", pipelineName=name, pipelineExecutionId=started
    )["pipelineExecution"]
    place.record.check(execution["status"] == "InProgress", f"{name}: {execution['status']} just after its start")
    stop = {"pipelineName": name, "pipelineExecutionId": started}
    place.call(SERVICE, "StopPipelineExecution", reason="Wrong branch", **stop)
    place.refused(
        SERVICE,
        "StopPipelineExecution",
        {"DuplicatedStopRequestException", "PipelineExecutionNotStoppableException"},
        **stop,
    )
    place.simulator.forward(3600)
    look(place, name)
    finished = next(
        (one for one in pipeline["executions"] if one["status"] in ("Succeeded", "Failed", "Superseded")), None
    )
    if finished:
        place.refused(
            SERVICE,
            "StopPipelineExecution",
            "PipelineExecutionNotStoppableException",
            pipelineName=name,
            pipelineExecutionId=finished["pipelineExecutionId"],
        )


def passed_in(place, name, stage):
    """The executions that a stage can be rolled back to, newest first."""
    found = place.call(
        SERVICE, "ListPipelineExecutions", pipelineName=name, filter={"succeededInStage": {"stageName": stage}}
    )
    return [one for one in found["pipelineExecutionSummaries"] if one.get("executionType") != "ROLLBACK"]


def roll_back(place, pipelines):
    """Rolls the last idle stage back to what it had before; what cannot be rolled back is refused."""
    for pipeline in fresh(place, pipelines):
        name, states = pipeline["name"], pipeline["state"]["stageStates"]
        asked = {"pipelineName": name, "stageName": states[-1]["stageName"]}
        targets = passed_in(place, name, asked["stageName"])
        idle = states[-1].get("latestExecution", {}).get("status") in ("Succeeded", "Failed", "Stopped")
        if pipeline["mode"] == "PARALLEL" or not idle or len(targets) < 2:
            continue
        target = targets[1]["pipelineExecutionId"]
        refused = lambda codes, **members: place.refused(SERVICE, "RollbackStage", codes, **members)
        refused("StageNotFoundException", **{**asked, "stageName": "None"}, targetPipelineExecutionId=target)
        refused("UnableToRollbackStageException", pipelineName=name, stageName=states[0]["stageName"], targetPipelineExecutionId=target)
        started = place.call(SERVICE, "RollbackStage", targetPipelineExecutionId=target, **asked)["pipelineExecutionId"]
        refused("UnableToRollbackStageException", **asked, targetPipelineExecutionId=target)
        found = place.call(SERVICE, "GetPipelineExecution", pipelineName=name, pipelineExecutionId=started)
        execution = found["pipelineExecution"]
        place.record.check(
            execution["executionType"] == "ROLLBACK"
            and execution["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == target
            and execution["trigger"]["triggerType"] == "ManualRollback",
            f"{name}: a rollback does not tell what it is: {execution}",
        )
        look(place, name)
        place.simulator.forward(7200)
        refused("UnableToRollbackStageException", **asked, targetPipelineExecutionId=started)
        return
    place.record.breach("codepipeline: the story has no stage to roll back in this place")


def override(place, pipelines):
    """Overrides the failed conditions of a place; one that has not failed is not overridable."""
    overridden = 0
    for pipeline in fresh(place, pipelines):
        for stage in pipeline["state"]["stageStates"]:
            latest = stage.get("latestExecution", {})
            asked = {
                "pipelineName": pipeline["name"],
                "stageName": stage["stageName"],
                "pipelineExecutionId": latest.get("pipelineExecutionId", NO_ID),
            }
            for kind, member in (("BEFORE_ENTRY", "beforeEntryConditionState"), ("ON_SUCCESS", "onSuccessConditionState")):
                status = stage.get(member, {}).get("latestExecution", {}).get("status")
                if status == "Failed" and latest.get("status") == "Failed":
                    place.refused(
                        SERVICE,
                        "OverrideStageCondition",
                        "NotLatestPipelineExecutionException",
                        **{**asked, "pipelineExecutionId": NO_ID},
                        conditionType=kind,
                    )
                    place.call(SERVICE, "OverrideStageCondition", conditionType=kind, **asked)
                    state = place.call(SERVICE, "GetPipelineState", name=pipeline["name"])
                    after = next(one for one in state["stageStates"] if one["stageName"] == stage["stageName"])
                    place.record.check(
                        after[member]["latestExecution"]["status"] == "Overridden",
                        f"{pipeline['name']}: an overridden condition is not shown",
                    )
                    overridden += 1
                    status = "Overridden"
                if latest and status != "InProgress":
                    place.refused(
                        SERVICE, "OverrideStageCondition", "ConditionNotOverridableException", **asked, conditionType=kind
                    )
    place.record.check(overridden, "codepipeline: the story has no failed condition to override in this place")


def update(place, pipelines):
    """Updates a pipeline, and sends structures that cannot be."""
    pipeline = next(one for one in pipelines if len(one["stages"]) > 2)
    name = pipeline["name"]
    declared = place.call(SERVICE, "GetPipeline", name=name)["pipeline"]
    changed = {**declared, "stages": declared["stages"][:-1]}
    started = place.call(SERVICE, "StartPipelineExecution", name=name)["pipelineExecutionId"]
    answer = place.call(SERVICE, "UpdatePipeline", pipeline=changed)["pipeline"]
    expected = {**changed, "version": declared["version"] + 1}
    place.record.check(answer == expected, f"{name}: UpdatePipeline answers another structure than it was sent")
    place.record.check(
        place.call(SERVICE, "GetPipeline", name=name, version=declared["version"])["pipeline"] == declared,
        f"{name}: an older version is not kept",
    )
    found = place.call(SERVICE, "GetPipelineExecution", pipelineName=name, pipelineExecutionId=started)
    status = found["pipelineExecution"]["status"]
    place.record.check(status == "Cancelled", f"{name}: {status} after an update, not Cancelled")
    look(place, name)
    place.call(SERVICE, "UpdatePipeline", pipeline=declared)

    refused = lambda codes, **change: place.refused(SERVICE, "UpdatePipeline", codes, pipeline={**declared, **change})
    stages = declared["stages"]
    structure, stage, action = (f"Invalid{part}Exception" for part in ("Structure", "StageDeclaration", "ActionDeclaration"))
    refused(structure, stages=stages[:1])
    refused(stage, stages=[stages[0], stages[1], stages[1]])
    refused(stage, stages=[stages[1], stages[0]])
    refused(structure, name="no-such-pipeline")
    refused(structure, pipelineType="V1", executionMode="QUEUED")
    refused(INVALID, executionMode="SIDEWAYS")
    refused(INVALID, roleArn="nobody")
    stranger = {"category": "Deploy", "owner": "AWS", "provider": "Punchcards", "version": "1"}
    first = {"name": "x", "actionTypeId": stranger, "runOrder": 1}
    refused(action, stages=[stages[0], {"name": "X", "actions": [first]}])
    known = {**first, "actionTypeId": {**stranger, "provider": "ECS"}, "inputArtifacts": [{"name": "Nowhere"}]}
    refused(action, stages=[stages[0], {"name": "X", "actions": [known]}])
    rule = {"name": "r", "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "Oracle", "version": "1"}}
    gated = lambda result, rule: {**stages[1], "beforeEntry": {"conditions": [{"result": result, "rules": [rule]}]}}
    refused(stage, stages=[stages[0], gated("FAIL", rule)])
    rule["ruleTypeId"]["provider"] = "LambdaInvoke"
    refused(stage, stages=[stages[0], gated("ROLLBACK", rule)])


def give(place, pipelines):
    """Starts with variables and revisions, and with those that there are not."""
    declared = [place.call(SERVICE, "GetPipeline", name=one["name"])["pipeline"] for one in pipelines]
    refused = lambda **members: place.refused(SERVICE, "StartPipelineExecution", INVALID, **members)
    pipeline = next((one for one in declared if one.get("variables")), None)
    if not pipeline:
        place.record.breach("codepipeline: the story has no pipeline with variables in this place")
        return
    name, variable = pipeline["name"], pipeline["variables"][0]["name"]
    refused(name=name, variables=[{"name": "NOBODY", "value": "1"}])
    refused(name=name, variables=[{"name": variable, "value": ""}])
    refused(name=name, variables=[{"name": variable}])
    started = place.call(
        SERVICE, "StartPipelineExecution", name=name, variables=[{"name": variable, "value": "conformance"}]
    )["pipelineExecutionId"]
    found = place.call(SERVICE, "GetPipelineExecution", pipelineName=name, pipelineExecutionId=started)
    resolved = {one["name"]: one["resolvedValue"] for one in found["pipelineExecution"]["variables"]}
    place.record.check(resolved[variable] == "conformance", f"{name}: a given variable is not resolved: {resolved}")
    kinds = {"CodeCommit": "COMMIT_ID", "CodeStarSourceConnection": "COMMIT_ID", "ECR": "IMAGE_DIGEST", "S3": "S3_OBJECT_VERSION_ID"}
    for one, seen in zip(declared, pipelines):
        source = one["stages"][0]["actions"][0]
        kind = kinds.get(source["actionTypeId"]["provider"])
        revisions = [found for execution in seen["executions"] for found in execution["sourceRevisions"]]
        revisions = [found for found in revisions if found["actionName"] == source["name"]]
        if one["pipelineType"] != "V2" or not kind or not revisions:
            continue
        wanted = {"actionName": source["name"], "revisionType": kind, "revisionValue": revisions[-1]["revisionId"]}
        wrong = "S3_OBJECT_KEY" if kind != "S3_OBJECT_VERSION_ID" else "COMMIT_ID"
        refused(name=one["name"], sourceRevisions=[{**wanted, "revisionType": wrong}])
        refused(name=one["name"], sourceRevisions=[{**wanted, "actionName": "nobody"}])
        refused(name=one["name"], sourceRevisions=[{**wanted, "revisionType": "MOOD"}])


def refuse(place, pipelines):
    """What must be refused, and how."""
    pipeline = pipelines[0]
    name, stage = pipeline["name"], pipeline["stages"][0]
    refused = lambda operation, codes, **members: place.refused(SERVICE, operation, codes, **members)
    refused("ListPipelines", INVALID, maxResults=0)
    refused("ListPipelines", INVALID, maxResults=1001)
    refused("ListPipelines", "InvalidNextTokenException", nextToken="bm9wZQ==")
    for operation in ("GetPipeline", "GetPipelineState", "StartPipelineExecution"):
        refused(operation, INVALID)
        refused(operation, NO_PIPELINE, name="no-such-pipeline")
        refused(operation, INVALID, name="x" * 101)
    refused("GetPipeline", "PipelineVersionNotFoundException", name=name, version=9999)
    refused("ListPipelineExecutions", INVALID)
    refused("ListPipelineExecutions", INVALID, pipelineName=name, maxResults=101)
    refused("ListPipelineExecutions", NO_PIPELINE, pipelineName="no-such-pipeline")
    refused("ListPipelineExecutions", "InvalidNextTokenException", pipelineName=name, nextToken="bm9wZQ==")
    refused("GetPipelineExecution", INVALID, pipelineName=name)
    refused("GetPipelineExecution", INVALID, pipelineName=name, pipelineExecutionId="seven")
    refused(
        "GetPipelineExecution", "PipelineExecutionNotFoundException", pipelineName=name, pipelineExecutionId=NO_ID
    )
    refused("ListActionExecutions", NO_PIPELINE, pipelineName="no-such-pipeline")
    refused("ListActionExecutions", "InvalidNextTokenException", pipelineName=name, nextToken="bm9wZQ==")
    refused(
        "ListActionExecutions",
        "PipelineExecutionNotFoundException",
        pipelineName=name,
        filter={"pipelineExecutionId": NO_ID},
    )
    refused("ListRuleExecutions", INVALID)
    refused("ListRuleExecutions", NO_PIPELINE, pipelineName="no-such-pipeline")
    refused("ListRuleExecutions", "InvalidNextTokenException", pipelineName=name, nextToken="bm9wZQ==")
    refused(
        "ListRuleExecutions",
        "PipelineExecutionNotFoundException",
        pipelineName=name,
        filter={"latestInPipelineExecution": {"pipelineExecutionId": NO_ID, "startTimeRange": "All"}},
    )
    refused("ListActionTypes", INVALID, actionOwnerFilter="Nobody")
    refused("ListActionTypes", "InvalidNextTokenException", nextToken="bm9wZQ==")
    back = {"pipelineName": name, "stageName": stage, "targetPipelineExecutionId": NO_ID}
    refused("RollbackStage", "PipelineExecutionNotFoundException", **back)
    refused("RollbackStage", INVALID, **{**back, "targetPipelineExecutionId": "seven"})
    refused("RollbackStage", NO_PIPELINE, **{**back, "pipelineName": "no-such-pipeline"})
    over = {"pipelineName": name, "stageName": stage, "pipelineExecutionId": NO_ID}
    refused("OverrideStageCondition", INVALID, **over, conditionType="ON_FAILURE")
    refused("OverrideStageCondition", NO_PIPELINE, **{**over, "pipelineName": "none"}, conditionType="ON_SUCCESS")
    refused("OverrideStageCondition", "StageNotFoundException", **{**over, "stageName": "None"}, conditionType="ON_SUCCESS")
    refused("UpdatePipeline", INVALID)
    refused("UpdatePipeline", INVALID, pipeline={"name": name})
    refused("StopPipelineExecution", INVALID, pipelineName=name)
    refused("StopPipelineExecution", NO_PIPELINE, pipelineName="no-such-pipeline", pipelineExecutionId=NO_ID)
    retried = {"pipelineName": name, "stageName": stage, "pipelineExecutionId": NO_ID}
    refused("RetryStageExecution", INVALID, **retried, retryMode="SOME")
    retried["stageName"] = "None"
    refused("RetryStageExecution", "StageNotFoundException", **retried, retryMode="ALL_ACTIONS")
    gate = {"stageName": stage, "actionName": "None", "token": NO_ID, "result": {"summary": "", "status": "Approved"}}
    refused("PutApprovalResult", NO_PIPELINE, pipelineName="no-such-pipeline", **gate)
    refused("PutApprovalResult", INVALID, pipelineName=name)
    switch = {"pipelineName": name, "stageName": stage}
    refused("DisableStageTransition", INVALID, **switch, transitionType="Inbound")
    refused("DisableStageTransition", INVALID, **switch, transitionType="Sideways", reason="x")
    refused("EnableStageTransition", INVALID, **switch)
    refused("EnableStageTransition", NO_PIPELINE, pipelineName="none", stageName=stage, transitionType="Inbound")
    switch["stageName"] = "None"
    refused("EnableStageTransition", "StageNotFoundException", **switch, transitionType="Inbound")
    target = "CodePipeline_20150709."
    place.raw_refused(
        SERVICE, "DeleteEverything", "UnknownOperationException", "{}", target=f"{target}DeleteEverything"
    )
    place.raw_refused(SERVICE, "ListPipelines", "SerializationException", "{", target=f"{target}ListPipelines")
    place.raw_refused(SERVICE, "ListPipelines", "SerializationException", "[]", target=f"{target}ListPipelines")
    place.raw_refused(
        SERVICE, "ListPipelines", "SerializationException", '{"maxResults":"2"}', target=f"{target}ListPipelines"
    )
