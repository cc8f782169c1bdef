#!/usr/bin/env python3
"""A stranger's emulator: Starboard against moto's server, seeded by boto3.

`run.py PATH_OF_STARBOARD`. What moto has must show in `status --json`, what it lacks (it answers a web page with HTTP
500) must be that panel's fault and nobody else's, and `tail` must print what PutLogEvents put there, byte for byte.
"""

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import boto3
from botocore.config import Config

REGION = "eu-west-1"
LINES = [
    "first line",
    "colours \x1b[31mred\x1b[0m stay as they are in a file",
    "ünïcode → ✓",
    "the last line",
]

passed = failed = 0


def check(what, holds, detail=""):
    """One expectation, told when it fails."""
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what} {detail}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, server, limit=60):
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if server.poll() is not None:
            sys.exit("moto's server ended by itself")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"moto's server did not listen within {limit} s")


def environment(url, home):
    """Nothing of the machine's own AWS set-up, and nobody's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_STATE_HOME": f"{home}/state",
        "XDG_CACHE_HOME": f"{home}/cache",
        "XDG_DATA_HOME": f"{home}/data",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "NO_PROXY": "127.0.0.1",
    }


def seed(url):
    """One pipeline that ran, one build, one deployment, one log stream."""
    session = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", "example", region_name=REGION)
    settings = Config(proxies={}, retries={"max_attempts": 1})

    def client(service):
        return session.client(service, endpoint_url=url, config=settings)

    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
            for service in ("codepipeline", "codebuild", "codedeploy")
        ],
    }
    role = client("iam").create_role(RoleName="delivery", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("appspec.yml", "version: 0.0\nos: linux\n")
    s3 = client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="artifacts", Key="site.zip", Body=archive.getvalue())

    def action(name, category, provider, configuration):
        return {
            "name": name,
            "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
            "runOrder": 1,
            "configuration": configuration,
        }

    pipelines = client("codepipeline")
    pipelines.create_pipeline(
        pipeline={
            "name": "moto-site",
            "roleArn": role,
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [
                {
                    "name": "Source",
                    "actions": [
                        action("source", "Source", "S3", {"S3Bucket": "artifacts", "S3ObjectKey": "site.zip"})
                    ],
                },
                {"name": "Build", "actions": [action("build", "Build", "CodeBuild", {"ProjectName": "moto-site"})]},
            ],
            "version": 1,
        }
    )
    execution = pipelines.start_pipeline_execution(name="moto-site")["pipelineExecutionId"]

    builds = client("codebuild")
    builds.create_project(
        name="moto-site",
        source={"type": "S3", "location": "artifacts/site.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=role,
    )
    build = builds.start_build(projectName="moto-site")["build"]["id"]

    deploy = client("codedeploy")
    deploy.create_application(applicationName="moto-site", computePlatform="Server")
    deploy.create_deployment_group(
        applicationName="moto-site", deploymentGroupName="production", serviceRoleArn=role
    )
    deployment = deploy.create_deployment(
        applicationName="moto-site",
        deploymentGroupName="production",
        revision={
            "revisionType": "S3",
            "s3Location": {"bucket": "artifacts", "key": "site.zip", "bundleType": "zip"},
        },
    )["deploymentId"]

    logs = client("logs")
    logs.create_log_group(logGroupName="/moto/site")
    logs.create_log_stream(logGroupName="/moto/site", logStreamName="one")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + number, "message": line} for number, line in enumerate(LINES)]
    logs.put_log_events(logGroupName="/moto/site", logStreamName="one", logEvents=events)
    return {"execution": execution, "build": build, "deployment": deployment}


def run(starboard, arguments, env):
    return subprocess.run([starboard, *arguments], env=env, capture_output=True, timeout=180, check=False)


def expect_status(starboard, env, made):
    ended = run(starboard, ["status", "--json"], env)
    check("status ends with 0, for most of it answers", ended.returncode == 0, ended.stderr.decode())
    try:
        document = json.loads(ended.stdout)
    except ValueError:
        check("status prints JSON", False, ended.stdout[:400])
        return

    def names(table, member):
        return [row[member] for row in document[table]]

    scopes = document["scopes"]
    check("the identity is moto's", [scope["identity"]["account"] for scope in scopes] == ["123456789012"], scopes)
    check("the pipeline shows", names("pipelines", "name") == ["moto-site"], document["pipelines"])
    check("its execution shows", names("executions", "id") == [made["execution"]], document["executions"])
    check("with moto's status", names("executions", "status") == ["Succeeded"], document["executions"])
    check("the build shows", names("builds", "id") == [made["build"]], document["builds"])
    check("with its project", names("builds", "project") == ["moto-site"])
    check("the deployment shows", names("deployments", "id") == [made["deployment"]], document["deployments"])
    check("with its group", names("deployments", "group") == ["production"])
    check(
        "and its revision", names("deployments", "revision") == ["s3://artifacts/site.zip"], document["deployments"]
    )

    faults = {fault["operation"]: fault for fault in document["faults"]}
    for operation in ("GetPipelineState", "ListRepositories"):
        fault = faults.get(operation, {})
        check(f"{operation} is a fault", bool(fault), sorted(faults))
        check(f"{operation}'s web page is unreadable", fault.get("class") == "unreadable", fault)
        check(f"{operation}'s fault says what came", "500" in fault.get("message", ""), fault)
    check("faults go to standard error too", b"GetPipelineState" in ended.stderr, ended.stderr)
    for operation in ("ListPipelines", "ListPipelineExecutions", "BatchGetBuilds", "BatchGetDeployments"):
        check(f"{operation} is no fault", operation not in faults, faults.get(operation))


def expect_tail(starboard, env):
    ended = run(starboard, ["tail", "/moto/site", "one", "--until-end"], env)
    check("tail ends with 0", ended.returncode == 0, ended.stderr.decode())
    wanted = "".join(f"{line}\n" for line in LINES).encode()
    check("tail prints the stream byte for byte", ended.stdout == wanted, ended.stdout)
    nowhere = run(starboard, ["tail", "/moto/site", "nowhere", "--until-end"], env)
    check("a stream that is not there is told, not printed", nowhere.stdout == b"", nowhere.stdout)


def expect_unreachable(starboard, env):
    ended = run(starboard, ["status"], env | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"})
    check("status ends with 3 when nothing answers", ended.returncode == 3, ended.returncode)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    starboard = os.path.abspath(sys.argv[1])
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with open(f"{home}/moto.log", "wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server)
            made = seed(url)
            env = environment(url, home)
            expect_status(starboard, env, made)
            expect_tail(starboard, env)
            expect_unreachable(starboard, env)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
