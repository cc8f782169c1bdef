"""A person's hands and eyes on one running Starboard: waits with limits, clicks, keys, and what to keep on failure."""

import os
import pathlib
import re
import subprocess
import time

import access
import screen

CLASS = "dev.starboard.Starboard"


class Failed(Exception):
    """Something did not hold."""


def run(*command):
    """A tool's output; fails when it fails or takes longer than 20 s."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


def expect(condition, otherwise):
    """Fails with the second unless the first."""
    if not condition:
        raise Failed(otherwise)


def wait_for(what, seconds, probe):
    """Asks until the answer is something, at most so long, and returns it."""
    started = time.monotonic()
    while True:
        try:
            answer = probe()
        except (subprocess.SubprocessError, OSError):
            answer = None
        if answer:
            return answer
        if time.monotonic() - started > seconds:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def homes(folder):
    """A home and the four XDG homes, all empty."""
    folder = pathlib.Path(folder)
    result = {"HOME": folder / "home"}
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        result[f"XDG_{kind}_HOME"] = folder / kind.lower()
    for path in result.values():
        path.mkdir(parents=True, exist_ok=True)
    return result


class Program:
    """Starboard, running in homes of its own."""

    def __init__(self, starboard, logs, name, arguments, own_homes):
        self.logs = logs
        self.name = name
        self.output = open(logs / f"{name}.log", "w", encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        for variable, folder in own_homes.items():
            environment[variable] = str(folder)
        environment["AWS_CONFIG_FILE"] = str(own_homes["HOME"] / "no-config")
        environment["AWS_SHARED_CREDENTIALS_FILE"] = str(own_homes["HOME"] / "no-credentials")
        self.process = subprocess.Popen(
            [starboard, *arguments], stdout=self.output, stderr=subprocess.STDOUT, env=environment
        )
        self.window = None

    def find_window(self):
        """Waits for the window, by its class, as a desktop does."""

        def probe():
            if self.process.poll() is not None:
                raise Failed(f"it ended with {self.process.returncode} before its window came")
            return run("xdotool", "search", "--onlyvisible", "--class", re.escape(CLASS)).split()

        self.window = wait_for("a visible window of the class", 30, probe)[-1]

    def picture(self):
        """The window as it is now."""
        return screen.take(self.window)

    def wait_painted(self):
        """Until there is more to see than a ground."""
        wait_for("a picture that is not blank", 20, lambda: not self.picture().is_blank())

    def node(self, pattern, role=None, seconds=20):
        """Waits for something on screen, by its name for a screen reader."""
        what = f"{role or 'something'} named /{pattern}/"
        return wait_for(what, seconds, lambda: access.find(self.process.pid, pattern, role))

    def gone(self, pattern, seconds=10):
        """Waits until nothing of that name is there any more."""
        wait_for(f"/{pattern}/ to go", seconds, lambda: access.find(self.process.pid, pattern) is None)

    def click(self, node):
        """Moves there and presses, as a hand does."""
        x, y = node.middle()
        run("xdotool", "mousemove", "--window", self.window, str(x), str(y))
        time.sleep(0.2)
        run("xdotool", "click", "1")

    def focus(self):
        """Brings the window to the front."""
        run("xdotool", "windowactivate", "--sync", self.window)

    def keys(self, *keys):
        """Presses keys, by X's names."""
        run("xdotool", "key", "--clearmodifiers", "--delay", "30", *keys)

    def type(self, text):
        """Types a text."""
        run("xdotool", "type", "--delay", "30", text)

    def close(self):
        """The close button: the window manager asks, the program obeys."""
        run("wmctrl", "-i", "-c", hex(int(self.window)))

    def ends_with(self, wanted, seconds=10):
        """Waits for the end, and its exit status."""
        try:
            status = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"it still runs {seconds} s after it was asked to end") from None
        expect(status == wanted, f"it ended with {status}, not {wanted}")

    def record(self):
        """Leaves a picture and the names on screen beside the log."""
        try:
            names = "\n".join(map(repr, access.nodes(self.process.pid)))
            (self.logs / f"{self.name}.tree.txt").write_text(names, encoding="utf-8")
            self.picture().save(self.logs / f"{self.name}.png")
        except Exception as error:  # what is being recorded is a failure already
            print(f"    (no picture: {error})")

    def log_tail(self):
        """The last lines it wrote."""
        self.output.flush()
        return pathlib.Path(self.output.name).read_text(encoding="utf-8", errors="replace").splitlines()[-30:]

    def kill(self):
        """Ends it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
        self.output.close()
