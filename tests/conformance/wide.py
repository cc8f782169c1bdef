"""A story with more of everything than one page holds, for the lists whose length no caller can choose."""

import os
import tempfile

from account import Place, Simulator

MANY = 130
ACCOUNT = "482100937715"
REGION = "eu-west-1"
AT = f'account = "prod"\nregion = "{REGION}"'

# (service, operation, member of the answer, what to ask for)
LISTS = (
    ("codepipeline", "ListPipelineExecutions", "pipelineExecutionSummaries", {"pipelineName": "pier"}),
    ("codepipeline", "ListActionExecutions", "actionExecutionDetails", {"pipelineName": "pier"}),
    ("codebuild", "ListProjects", "projects", {}),
    ("codebuild", "ListBuilds", "ids", {}),
    ("codebuild", "ListBuildsForProject", "ids", {"projectName": "project-000"}),
    ("codedeploy", "ListApplications", "applications", {}),
    ("codedeploy", "ListDeploymentGroups", "deploymentGroups", {"applicationName": "application-000"}),
    ("codedeploy", "ListDeployments", "deployments", {}),
    ("codecommit", "ListRepositories", "repositories", {}),
    ("codecommit", "ListBranches", "branches", {"repositoryName": "repository-000"}),
    ("codecommit", "ListPullRequests", "pullRequestIds", {"repositoryName": "repository-000"}),
    ("logs", "DescribeLogStreams", "logStreams", {"logGroupName": "/aws/codebuild/project-000"}),
)


def story():
    """The text of the story."""
    branches = ",\n".join(
        f'  {{ name = "branch-{number:03}", message = "Change {number}", author = "Ines Okafor", at = "-2d",'
        f' pull_request = "Change {number}" }}'
        for number in range(MANY)
    )
    instances = ",\n".join(
        f'  {{ id = "i-{number:04}", ip = "10.0.1.{number}", zone = "{REGION}a" }}' for number in range(MANY)
    )
    one = '{ id = "i-0a11", ip = "10.0.1.11", zone = "eu-west-1a" }'
    parts = [
        'name = "wide"',
        '[[person]]\nname = "Ines Okafor"\nuser = "ines.okafor"\nemail = "ines.okafor@harbour.example"',
        f'[[account]]\nname = "prod"\nid = "{ACCOUNT}"\nregions = ["{REGION}"]',
        '[[script]]\nname = "short"\ncommand = [{ phase = "BUILD", run = "make", takes = "5s", log = "made" }]',
    ]
    for number in range(MANY):
        more = f"\nbranches = [\n{branches}\n]" if number == 0 else ""
        parts.append(f'[[repository]]\nname = "repository-{number:03}"\n{AT}{more}')
        parts.append(f'[[project]]\nname = "project-{number:03}"\n{AT}\nscript = "short"')
        fleet = f"[\n{instances}\n]" if number == 1 else f"[{one}]"
        parts.append(
            f'[[fleet]]\napplication = "application-{number:03}"\ngroup = "production"\n{AT}\n'
            f'config = "CodeDeployDefault.AllAtOnce"\ninstances = {fleet}'
        )
        parts.append(
            f'[[fleet]]\napplication = "application-000"\ngroup = "group-{number:03}"\n{AT}\ninstances = [{one}]'
        )
    for pipeline, application, executions in (("pier", "application-000", MANY), ("fleet", "application-001", 1)):
        parts.append(
            f"""[[pipeline]]
name = "{pipeline}"
{AT}
[[pipeline.stage]]
name = "Source"
action = [{{ name = "source", provider = "CodeCommit", configuration = {{ RepositoryName = "repository-000", BranchName = "main" }}, outputs = ["Source"], takes = "2s" }}]
[[pipeline.stage]]
name = "Build"
action = [{{ name = "build", provider = "CodeBuild", configuration = {{ ProjectName = "project-000" }}, inputs = ["Source"], outputs = ["Build"] }}]
[[pipeline.stage]]
name = "Production"
action = [{{ name = "fleet", provider = "CodeDeploy", configuration = {{ ApplicationName = "{application}", DeploymentGroupName = "production" }}, inputs = ["Build"] }}]
[pipeline.history]
executions = {executions}
every = "2h"
last = "-3h" """
        )
    return "\n\n".join(parts) + "\n"


def read(record, binary):
    """Reads every list to its end. Answers how many pages each had."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "wide.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(story())
        simulator = Simulator(binary, "--story", path)
    pages = {}
    try:
        place = Place(simulator, record, simulator.keys[0], REGION)
        for service, operation, result, asked in LISTS:
            pages[operation] = whole(record, place, service, operation, result, asked)
        newest = place.call(
            "codedeploy",
            "ListDeployments",
            applicationName="application-001",
            deploymentGroupName="production",
        )["deployments"][0]
        pages["ListDeploymentTargets"] = whole(
            record, place, "codedeploy", "ListDeploymentTargets", "targetIds", {"deploymentId": newest}
        )
    finally:
        simulator.stop()
    return pages


def whole(record, place, service, operation, result, asked):
    """Reads one list to its end: more than one page, nothing twice."""
    found, count = place.pages(service, operation, result, **asked)
    names = [str(one) for one in found]
    record.check(len(set(names)) == len(names), f"{operation}: its pages overlap")
    record.check(len(names) >= MANY, f"{operation} lists {len(names)} in all")
    record.check(count > 1, f"{operation} has one page for {len(names)}")
    return count
