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
    return [look(place, name) for name in names[:40]]


def look(place, name):
    """One pipeline: definition, state, executions, actions."""
    declared = place.call(SERVICE, "GetPipeline", name=name)
    version = declared["pipeline"]["version"]
    place.call(SERVICE, "GetPipeline", name=name, version=version)
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
        "state": state,
        "executions": executions,
    }


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
            if latest.get("status") == "Failed":
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
