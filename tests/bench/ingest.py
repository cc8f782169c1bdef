"""Reading a million log events: `starboard tail` beside the clients that people use. Run by tests/run.sh's bench part.

    python tests/bench/ingest.py PATH/TO/starboard [ROUNDS]

The simulated account serves the story `flood` on this machine; every client reads the same stream of a million lines in
each round, one after the other, ours between theirs. Each is held against its own operation:

- GetLogEvents: `starboard tail GROUP STREAM --until-end` beside a loop of boto3;
- FilterLogEvents: `starboard tail GROUP --filter "" --until-end` beside `aws logs tail GROUP --format short`.

Processor seconds (user and system) of the client alone are measured, so that the server's share on the same machine
counts for nobody. A missed aim fails nothing, because this machine may be busy; a message that is missing, doubled or
changed does.
"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

MILLION = 1_000_000
GROUP, STREAM = "/flood/million", "lines"
TIME = re.compile(rb"^[0-9T:-]+ ", re.MULTILINE)
# What a user of boto3 writes: every page, every message into a file.
LOOP = """
import sys
import boto3
logs = boto3.client("logs")
asked = {"logGroupName": sys.argv[1], "logStreamName": sys.argv[2], "startFromHead": True}
token = None
while True:
    page = logs.get_log_events(**asked, **({"nextToken": token} if token else {}))
    for event in page["events"]:
        sys.stdout.write(event["message"] + "\\n")
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]
"""


class Account:
    """The simulated account, and the environment that leads to it."""

    def __init__(self, starboard, folder):
        self.process = subprocess.Popen(
            [starboard, "simulate", "--story", "flood"], stdout=subprocess.PIPE, text=True, env=plain(folder)
        )
        self.environment = plain(folder)
        for line in self.process.stdout:
            if line.startswith("export "):
                name, value = line.removeprefix("export ").strip().split("=", 1)
                self.environment[name] = value
            if line.startswith("# control"):
                break
        self.environment["AWS_EC2_METADATA_DISABLED"] = "true"
        self.url = self.environment["AWS_ENDPOINT_URL"]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)


def plain(folder):
    """No AWS variables or files of a person's own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own["HOME"] = folder
    return own


def spent(command, environment, path):
    """Processor seconds of a command whose output goes into a file, and how long it took."""
    started = time.monotonic()
    with open(path, "wb") as out:
        process = subprocess.Popen(command, stdout=out, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started


def messages(path, with_time):
    """How many there are, and their hash."""
    text = pathlib.Path(path).read_bytes()
    if with_time:
        text = TIME.sub(b"", text)
    return text.count(b"\n"), hashlib.sha256(text).hexdigest()


def clients(starboard, url):
    """Name, command, whether each line begins with a time; each pair is of one operation, ours second."""
    loop = [sys.executable, "-c", LOOP, GROUP, STREAM]
    pairs = [
        (
            "GetLogEvents",
            ("boto3 loop", loop, False),
            ("starboard tail", [starboard, "tail", GROUP, STREAM, "--until-end"], False),
            2,
        )
    ]
    # Debian's is version 2; one of the same name from elsewhere may lack `logs tail`.
    aws = shutil.which("aws", path="/usr/bin:/bin")
    if aws:
        theirs = [aws, "logs", "tail", GROUP, "--format", "short", "--since", "1d", "--endpoint-url", url]
        ours = [starboard, "tail", GROUP, "--filter", "", "--until-end"]
        pairs.append(("FilterLogEvents", ("aws logs tail", theirs, True), ("starboard tail --filter", ours, False), 6))
    else:
        print("Debian's aws is not installed, so FilterLogEvents has no peer here")
    return pairs


def spread(values):
    """Median, least and most."""
    return f"median {statistics.median(values):6.2f}  ({min(values):.2f} to {max(values):.2f})"


def main():
    starboard, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}{', so these numbers are noisy' if load > 0.5 else ''}")
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        account = Account(starboard, folder)
        output = f"{folder}/messages"
        expected = set()
        try:
            for operation, theirs, ours, aim in clients(starboard, account.url):
                seconds, walls = {}, {}
                for _ in range(rounds):
                    for name, command, with_time in (theirs, ours):
                        cpu, wall = spent(command, account.environment, output)
                        seconds.setdefault(name, []).append(cpu)
                        walls.setdefault(name, []).append(wall)
                        found = messages(output, with_time)
                        expected.add(found)
                        checked += 1
                        if found[0] != MILLION or len(expected) != 1:
                            raise SystemExit(f"{name}: {found[0]} messages, hash {found[1]}; the others: {expected}")
                print(f"{operation}: CPU seconds for a million events, {rounds} rounds in turn")
                for name in seconds:
                    rate = MILLION / statistics.median(walls[name]) / 1000
                    print(f"  {name:<26}{spread(seconds[name])}   {rate:.0f} 000 events/s")
                ratio = statistics.median(seconds[theirs[0]]) / statistics.median(seconds[ours[0]])
                met = "met" if ratio >= aim else "missed"
                print(f"  1/{ratio:.1f} of {theirs[0]}; aim at most 1/{aim}: {met}")
        finally:
            account.end()
    count, digest = next(iter(expected))
    print(f"every client gave the same {count} messages, sha256 {digest[:16]}")
    print(f"{checked} passed, 0 failed")


if __name__ == "__main__":
    main()
