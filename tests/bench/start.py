"""What the real window costs: start-up, idle CPU, memory. Run by start.sh beside this file.

Numbers are printed beside the aims and beside a peer, measured in the same run. A missed aim fails nothing: the aims
are for a quiet machine with a graphics card, and this one draws with its processor. What cannot be measured fails.
"""

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

FIRST_FRAME = re.compile(r"first frame.*?millis=([0-9]+)")
CLASS = r"^dev\.starboard\.Starboard$"
PIPELINES = "200"
SETTLE = 100
# Files that belong to drawing without a graphics card: Mesa, its compiler, and the loaders between.
DRIVER = re.compile(r"libLLVM|_dri\.so|libgallium|libGL|libEGL|libglapi|libdrm|swrast|libgbm|libz3|libelf")
TICKS = os.sysconf("SC_CLK_TCK")


def environment(folder):
    """Homes of its own, no AWS variables, and the start-up log on."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        path = pathlib.Path(folder) / variable.lower()
        path.mkdir(exist_ok=True)
        own[variable] = str(path)
    own["STARBOARD_LOG"] = "starboard=info"
    own["NO_COLOR"] = "1"
    return own


class Running:
    """A program with its output in a file."""

    def __init__(self, command, folder):
        self.path = pathlib.Path(folder) / "output.log"
        self.output = open(self.path, "w", encoding="utf-8")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=self.output, stderr=subprocess.STDOUT, env=environment(folder)
        )

    def wait(self, what, probe, seconds=30):
        """The probe's answer, and how long after the start it came."""
        while True:
            answer = probe()
            took = time.monotonic() - self.started
            if answer:
                return answer, took
            if self.process.poll() is not None or took > seconds:
                tail = "\n".join(self.text().splitlines()[-20:])
                raise SystemExit(f"{what}: did not come within {seconds} s\n{tail}")
            time.sleep(0.005)

    def text(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def end(self):
        """SIGTERM, and its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(timeout=10)
        finally:
            self.output.close()


def windows(pattern):
    """Visible windows of a class."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--class", pattern], capture_output=True, text=True, timeout=20
    )
    return found.stdout.split()


def family(root):
    """A process and all below it: a browser is many."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, open_ones = [], [root]
    while open_ones:
        one = open_ones.pop()
        found.append(one)
        open_ones.extend(children.get(one, []))
    return found


def ticks(path):
    """User and system time in a stat file; none of what has ended."""
    try:
        fields = pathlib.Path(path).read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def cpu(pids):
    """Ticks of each part: the window's own thread, the software renderer's threads, the rest."""
    parts = {"window": 0, "drawing": 0, "rest": 0}
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                name = (task / "comm").read_text().strip()
            except OSError:
                continue
            part = "drawing" if name.startswith("llvmpipe") else "window" if task.name == str(pid) else "rest"
            parts[part] += ticks(task / "stat")
    return parts


def share_of_core(pids, seconds):
    """Per cent of one core over a time in which nobody touches anything, by part."""
    before, started = cpu(pids), time.monotonic()
    time.sleep(seconds)
    after, took = cpu(pids), time.monotonic() - started
    return {part: (after[part] - before[part]) / TICKS / took * 100 for part in after}


def memory(pids):
    """Proportional set size in MB: whole, and without the files of the software renderer."""
    whole = driver = 0
    for pid in pids:
        mapped = ""
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                parts = line.split(maxsplit=5)
                mapped = parts[5] if len(parts) > 5 else ""
            elif line.startswith("Pss:"):
                kilobytes = int(line.split()[1])
                whole += kilobytes
                if DRIVER.search(mapped):
                    driver += kilobytes
    return whole / 1000, (whole - driver) / 1000


def spread(values):
    """Median, least and most."""
    return f"median {statistics.median(values):6.0f} ms  ({min(values):.0f} to {max(values):.0f})"


def verdict(met):
    """For the right margin."""
    return "met" if met else "missed"


def measure_start(starboard, rounds):
    """From exec to the first frame, by the program's own log, and to the window, as a desktop sees it."""
    frames, mapped = [], []
    for turn in range(rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            running = Running([starboard, "--demo", "--pipelines", PIPELINES], folder)
            _, window = running.wait("the window", lambda: windows(CLASS))
            line, _ = running.wait("the first frame in the log", lambda: FIRST_FRAME.search(running.text()))
            status = running.end()
            if status != 0:
                raise SystemExit(f"it ended with {status}\n{running.text()}")
            # The first start fills the page cache and counts for nothing.
            if turn:
                frames.append(float(line.group(1)))
                mapped.append(window * 1000)
    met = verdict(statistics.median(frames) < 350)
    print(f"Warm start at {PIPELINES} pipelines, {rounds} times")
    print(f"  to the first frame     {spread(frames)}   aim under 350 ms: {met}")
    print(f"  to a visible window    {spread(mapped)}")


def measure_idle(name, command, pattern, seconds, settle):
    """CPU and memory of a program that nobody touches, in sight and then minimised. Returns the share without the drawing
    that a graphics card would do, and the memory."""
    with tempfile.TemporaryDirectory() as folder:
        running = Running(command(folder), folder)
        window, _ = running.wait(f"the window of {name}", lambda: windows(pattern))
        time.sleep(settle)
        pids = family(running.process.pid)
        seen = share_of_core(pids, seconds)
        whole, without = memory(pids)
        subprocess.run(["xdotool", "windowminimize", window[-1]], check=True, timeout=20)
        time.sleep(5)
        hidden = share_of_core(pids, seconds)
        running.end()
    print(f"  {name}")
    for words, parts in (("in sight", seen), ("minimised", hidden)):
        split = ", ".join(f"{part} {share:.2f}" for part, share in parts.items())
        print(f"    {words:<10} CPU {sum(parts.values()):6.2f} % of a core ({split})")
    print(f"    memory     PSS {whole:6.1f} MB, without the driver's files {without:6.1f} MB")
    return seen["window"] + seen["rest"], without


def peer_page(folder):
    """A browser's window on a table of the same size, redrawn every ten seconds."""
    rows = "".join(f"<tr><td>{n}<td>service-{n:05}<td>Succeeded<td>f3a91c2<td>9 s" for n in range(int(PIPELINES)))
    page = pathlib.Path(folder) / "page.html"
    page.write_text(
        f"<!doctype html><title>peer</title><table>{rows}</table><script>"
        "setInterval(()=>{document.querySelectorAll('td:last-child').forEach(c=>c.textContent=Date.now()%60+' s')},1e4)"
        "</script>"
    )
    return page


def main():
    starboard, rounds, idle = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.1f}{', so these numbers are noisy' if load > 0.5 else ''}")
        measure_start(starboard, rounds)
        print(f"Idle for {idle} s at {PIPELINES} pipelines, drawn by the processor")
        share, without = measure_idle(
            "starboard --demo: the window and, in the rest, the engine and the whole simulated account",
            lambda folder: [starboard, "--demo", "--pipelines", PIPELINES],
            CLASS,
            idle,
            # Its budget of calls lets it read 200 pipelines for the first time within so long.
            SETTLE,
        )
        browser = shutil.which("chromium")
        if browser:
            flags = ["--no-sandbox", "--no-first-run", "--disable-background-networking"]
            measure_idle(
                "chromium on a page of 200 rows",
                lambda folder: [browser, *flags, f"--user-data-dir={folder}/data", f"--app=file://{peer_page(folder)}"],
                "(?i)chromium",
                idle,
                20,
            )
        else:
            print("  chromium is not installed, so there is no peer beside it")
        print(f"  aims: CPU besides the drawing under 1 %: {verdict(share < 1)}; ", end="")
        print(f"memory without the driver under 90 MB: {verdict(without < 90)}")
    finally:
        manager.terminate()
        manager.wait(timeout=10)


if __name__ == "__main__":
    main()
