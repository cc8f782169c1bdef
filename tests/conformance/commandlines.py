"""AWS's own command lines against the simulated account."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile

SECS = 60
DEBIAN_CLI = "/usr/bin/aws"


def run(record, label, command, environment):
    """Its standard output, or None when it failed."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECS, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        record.breach(f"{label}: {fault}")
        return None
    if done.returncode != 0:
        record.breach(f"{label}: exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")
        return None
    # Not by Python's universal newlines: carriage returns are part of a log.
    return done.stdout.decode()


def list_pipelines(record, simulator, expected):
    """PyPI's awscli, by the exported lines and nothing else."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **simulator.exports}
    label = "PyPI's awscli list-pipelines"
    command = [sys.executable, program, "codepipeline", "list-pipelines", "--output", "json"]
    output = run(record, label, command, environment)
    if output is not None:
        names = [pipeline["name"] for pipeline in json.loads(output)["pipelines"]]
        record.check(names == expected, f"{label} lists {names}")
        return names
    return []


def tail_log(record, simulator, keys, region, group, stream, expected):
    """Debian's awscli v2, which knows `aws logs tail` but not AWS_ENDPOINT_URL."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Colours in the log are not ASCII's affair, but a tick may be.
        "LC_ALL": "C.UTF-8",
    }
    command = [DEBIAN_CLI, "logs", "tail", group, "--log-stream-names", stream, "--since", "400d"]
    command += ["--format", "short", "--color", "off", "--no-cli-pager", "--endpoint-url", simulator.url]
    label = "Debian's awscli v2 logs tail"
    output = run(record, label, command, environment)
    if output is None:
        return 0
    # `--format short` puts the time before each message. A carriage return is a build's own, not the end of a line.
    lines = [line.partition(" ")[2] for line in output.rstrip("\n").split("\n")]
    wanted = [line for message in expected for line in message.rstrip("\n").split("\n")]
    record.check(
        [line.rstrip() for line in lines[: len(wanted)]] == [line.rstrip() for line in wanted],
        f"{label}: {len(lines)} lines differ from the {len(wanted)} of GetLogEvents",
    )
    return len(lines)


def new_services(record, simulator, keys, region, objects):
    """PyPI's awscli reads an artifact, the trail and the alarms of a place. Answers how many lines each gave."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": simulator.url,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_DEFAULT_REGION": region,
    }

    def ask(*words):
        command = [sys.executable, program, *words, "--output", "json"]
        output = run(record, f"PyPI's awscli {' '.join(words[:2])}", command, environment)
        return json.loads(output) if output else {}

    bucket, key = objects[0]
    with tempfile.TemporaryDirectory() as folder:
        # Without a name to put before the address, awscli asks by path.
        head = ask("s3api", "head-object", "--bucket", bucket, "--key", key)
        copy = os.path.join(folder, "artifact.zip")
        command = [sys.executable, program, "s3", "cp", f"s3://{bucket}/{key}", copy, "--no-progress"]
        if run(record, "PyPI's awscli s3 cp", command, environment) is not None:
            record.check(os.path.getsize(copy) == head["ContentLength"], "s3 cp and head-object tell two sizes")
            with zipfile.ZipFile(copy) as archive:
                record.check(archive.testzip() is None and archive.namelist(), "s3 cp brought no good zip")
    events = ask("cloudtrail", "lookup-events", "--max-items", "5").get("Events", [])
    record.check(events, "PyPI's awscli lookup-events finds nothing")
    alarms = ask("cloudwatch", "describe-alarms").get("MetricAlarms", [])
    record.check(alarms, "PyPI's awscli describe-alarms finds nothing")
    return len(events), len(alarms)


def builds(record, simulator, keys, region):
    """PyPI's awscli reads a batch, a report's failures, a parameter and a secret. Answers how many of each."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": simulator.url,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_DEFAULT_REGION": region,
    }

    def ask(*words):
        command = [sys.executable, program, *words, "--output", "json"]
        output = run(record, f"PyPI's awscli {' '.join(words[:2])}", command, environment)
        return json.loads(output) if output else {}

    batches = ask("codebuild", "list-build-batches").get("ids", [])
    told = ask("codebuild", "batch-get-build-batches", "--ids", *batches).get("buildBatches", [])
    record.check(len(told) == len(batches) > 0, "PyPI's awscli tells other batches than it lists")
    failed = ask("codebuild", "list-reports", "--filter", "status=FAILED").get("reports", [])
    cases = [
        case
        for report in failed[:1]
        for case in ask(
            "codebuild", "describe-test-cases", "--report-arn", report, "--filter", "status=FAILED"
        ).get("testCases", [])
    ]
    record.check(cases, "PyPI's awscli finds no failed test")
    parameters = ask("ssm", "describe-parameters").get("Parameters", [])
    for parameter in parameters:
        key = parameter.get("KeyId")
        record.check(not key or ask("kms", "describe-key", "--key-id", key), f"{parameter['Name']}: its key")
    return len(told), len(cases), len(parameters)
