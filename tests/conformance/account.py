"""The simulated account as a child process, and the clients that talk to it."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from strict import Answer

START_SECS = 30
STOP_SECS = 10


class Simulator:
    """`starboard simulate`: started, read for what it prints, ended by SIGINT."""

    def __init__(self, binary, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        self.process = subprocess.Popen(
            [binary, "simulate", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait()
        text = "".join(self.lines)
        self.exports = dict(re.findall(r"^export (AWS_\w+)=(\S+)$", text, re.MULTILINE))
        self.url = self.exports["AWS_ENDPOINT_URL"]
        self.region = self.exports.get("AWS_REGION") or self.exports["AWS_DEFAULT_REGION"]
        # The first account's pair stands in the exports, the others' in comments.
        self.keys = list(
            dict.fromkeys(
                zip(
                    re.findall(r"AWS_ACCESS_KEY_ID=(\S+)", text),
                    re.findall(r"AWS_SECRET_ACCESS_KEY=(\S+)", text),
                )
            )
        )
        # What guards /_sim/: the one text of 32 hexadecimal digits among what is printed.
        token = re.search(r"\b[0-9a-f]{32}\b", text)
        self.token = token.group() if token else None

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def _wait(self):
        deadline = time.monotonic() + START_SECS
        seen = -1
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"simulate ended with {self.process.returncode}")
            # Complete when the exports are there and nothing more came for a while.
            if len(self.lines) == seen and any("AWS_ENDPOINT_URL" in line for line in self.lines):
                return
            seen = len(self.lines)
            time.sleep(0.3)
        raise SystemExit(f"simulate did not print its exports within {START_SECS} s")

    def control(self, path, order):
        """One order to the control endpoint."""
        request = urllib.request.Request(
            f"{self.url}/_sim/{path}",
            data=json.dumps(order).encode(),
            headers={"x-sim-token": self.token},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def forward(self, seconds):
        """Turns the world forward."""
        self.control("clock", {"forward_ms": int(seconds * 1000)})

    def stop(self):
        """Its exit status after SIGINT."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


class Record:
    """Every answer seen, by service and operation."""

    def __init__(self):
        self.good = defaultdict(int)
        self.errors = defaultdict(lambda: defaultdict(int))
        self.breaches = []

    def add(self, service, operation, answer):
        key = (service, operation)
        if answer.error_code is None and answer.status < 300:
            self.good[key] += 1
        else:
            self.errors[key][answer.error_code] += 1
        self.breaches += [f"{service}.{operation} {breach}" for breach in answer.breaches]

    def add_event(self, service, operation, event):
        """A message of an event stream."""
        self.breaches += [f"{service}.{operation} {breach}" for breach in event.breaches]

    def breach(self, text):
        self.breaches.append(text)

    def check(self, condition, text):
        """A rule of behaviour that the models cannot tell."""
        if not condition:
            self.breach(text)

    def steady(self, look, text, tries=4):
        """A rule between two answers: the world may move once between them, but not each time."""
        if not any(look() for _ in range(tries)):
            self.breach(text)


class Place:
    """One account in one region, seen through boto3."""

    def __init__(self, simulator, record, keys, region):
        self.simulator = simulator
        self.record = record
        self.keys = keys
        self.region = region
        self.session = boto3.Session(
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2] if len(keys) > 2 else None,
            region_name=region,
        )
        self._clients = {}

    def client(self, service):
        if service not in self._clients:
            client = self.session.client(
                service,
                endpoint_url=self.simulator.url,
                # What is wrong must reach the simulated account, and only once.
                config=Config(
                    parameter_validation=False,
                    retries={"total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=30,
                    # `stream-127.0.0.1` is nowhere.
                    inject_host_prefix=False,
                    # There are no names for buckets on loopback.
                    s3={"addressing_style": "path"},
                ),
            )
            client.meta.events.register("before-parse", self._seen)
            self._clients[service] = client
        return self._clients[service]

    def now(self):
        """The world's present, in seconds."""
        return self.simulator.control("clock", {})["now_ms"] / 1000

    def _seen(self, operation_model, response_dict, **_):
        service_model = operation_model.service_model
        body = response_dict["body"]
        answer = Answer(
            operation_model,
            service_model.resolved_protocol,
            response_dict["status_code"],
            response_dict["headers"],
            body if isinstance(body, bytes) else None,
            service_model.metadata.get("jsonVersion"),
        )
        self.record.add(service_model.service_name, operation_model.name, answer)

    def call(self, service, operation, **members):
        """The parsed answer; an error is one of the test."""
        try:
            return self._method(service, operation)(**members)
        except ClientError as fault:
            self.record.breach(f"{service}.{operation} was refused: {fault}")
            return {}

    def refused(self, service, operation, codes, **members):
        """Expects an error with one of these codes."""
        codes = {codes} if isinstance(codes, str) else set(codes)
        try:
            self._method(service, operation)(**members)
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            if code not in codes:
                self.record.breach(
                    f"{service}.{operation} answered {code}, not {' or '.join(sorted(codes))}: {members!r:.200}"
                )
            return
        self.record.breach(
            f"{service}.{operation} did not refuse {members!r:.200} with {' or '.join(sorted(codes))}"
        )

    def _method(self, service, operation):
        client = self.client(service)
        for method, name in client.meta.method_to_api_mapping.items():
            if name == operation:
                return getattr(client, method)
        raise KeyError(operation)

    def pages(self, service, operation, result, token="nextToken", most_pages=500, **members):
        """Every element of a list, page by page, to the end."""
        found, pages, seen = [], 0, set()
        while True:
            answer = self.call(service, operation, **members)
            found += answer.get(result, [])
            pages += 1
            following = answer.get(token)
            if not following:
                return found, pages
            if following in seen or pages == most_pages:
                self.record.breach(f"{service}.{operation} pages do not end")
                return found, pages
            seen.add(following)
            members[token] = following

    def raw(self, service, body, target=None, content_type="application/x-amz-json-1.1", **wrong):
        """A hand-made request, signed. `wrong` replaces key, secret, region, scope or headers.

        Answers status, headers and body.
        """
        request = AWSRequest(
            method="POST",
            url=f"{self.simulator.url}/",
            data=body,
            headers={"Content-Type": content_type},
        )
        if target:
            request.headers["X-Amz-Target"] = target
        credentials = Credentials(
            wrong.get("key", self.keys[0]), wrong.get("secret", self.keys[1])
        )
        scope = wrong.get("scope", service)
        SigV4Auth(credentials, scope, wrong.get("region", self.region)).add_auth(request)
        for name, value in wrong.get("headers", {}).items():
            del request.headers[name]
            if value is not None:
                request.headers[name] = value
        prepared = request.prepare()
        plain = urllib.request.Request(
            prepared.url,
            data=prepared.body if isinstance(prepared.body, bytes) else prepared.body.encode(),
            headers=dict(prepared.headers.items()),
            method="POST",
        )
        try:
            with urllib.request.urlopen(plain, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.headers, fault.read()

    def raw_checked(self, service, operation, body, **wrong):
        """The answer to a hand-made request, held against the model."""
        model = self.client(service).meta.service_model
        known = model.operation_model(operation) if operation in model.operation_names else None
        if known and "target" not in wrong and model.resolved_protocol == "json":
            wrong["target"] = f"{model.metadata['targetPrefix']}.{operation}"
        status, headers, answer = self.raw(service, body, **wrong)
        version = model.metadata.get("jsonVersion")
        checked = Answer(known, model.resolved_protocol, status, headers, answer, version)
        self.record.add(service, operation, checked)
        return checked

    def raw_refused(self, service, operation, codes, body, **wrong):
        """Expects a hand-made request to be refused with one of these codes."""
        checked = self.raw_checked(service, operation, body, **wrong)
        codes = {codes} if isinstance(codes, str) else set(codes)
        if checked.error_code not in codes:
            self.record.breach(
                f"{service}.{operation} answered {checked.status} {checked.error_code},"
                f" not {' or '.join(sorted(codes))}"
            )
