"""A person at the real window: finds it, clicks, types, closes it. Run by run.sh beside this file.

Prints a line for each thing that holds or fails, and `N passed, N failed` at the end.
"""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import access
from person import CLASS, Failed, Program, expect, homes, run, wait_for


def demo(starboard, logs, folder):
    """The simulated account, from opening the window to closing it."""
    program = Program(starboard, logs, "demo", ["--demo"], homes(folder))
    board = {}

    def is_named():
        names = run("xprop", "-id", program.window, "WM_CLASS")
        expect(f'"{CLASS}"' in names, names)
        title = run("xdotool", "getwindowname", program.window)
        expect("Starboard" in title, f"the title is {title!r}")

    def remember_board():
        program.node("checkout-api", seconds=30)
        board["picture"] = program.picture()
        board["picture"].save(logs / "board.png")

    def open_by_click():
        program.focus()
        program.click(program.node("^orders-api"))
        program.node("Release change", "button")
        changed = program.picture().differs_from(board["picture"])
        expect(changed > 0.2, f"only {changed:.0%} of the rows changed")
        program.picture().save(logs / "project.png")

    def step_out():
        program.keys("Escape")
        program.gone("Release change")
        program.node("ledger-batch")

    def palette():
        program.keys("ctrl+k")
        program.node("^Repositories$", "list item")
        program.type("auth-gateway")
        time.sleep(0.5)
        program.picture().save(logs / "palette.png")
        program.keys("Return")
        program.node("Release change", "button")
        program.node("auth-gateway")

    def approve():
        program.keys("Escape")
        program.click(program.node("^edge-router$", "table row"))
        # The gate is read a moment after its pipeline is opened.
        program.node("^Review…$", "button")
        program.keys("a")
        program.click(program.node("^Approve: ", "button"))
        program.node("(?i)approved", seconds=30)
        program.picture().save(logs / "approved.png")
        program.keys("Escape")
        program.gone("^Close$")
        program.keys("Escape")
        program.node("ledger-batch waits")
        program.gone("^Review edge-router", seconds=30)

    def close():
        program.close()
        program.ends_with(0)

    steps = [
        ("its window is found by the application id", program.find_window),
        ("class and title are right", is_named),
        ("it is painted", program.wait_painted),
        ("the Board shows the account", remember_board),
        ("a click opens a pipeline", open_by_click),
        ("Escape steps out", step_out),
        ("Ctrl+K opens the palette, and a name leads there", palette),
        ("a gate is reviewed and approved by click", approve),
        ("closed by its frame, it ends with 0", close),
    ]
    return program, steps


def terminated(starboard, logs, folder):
    """SIGTERM to a window on real settings: they are saved, and the next one opens where this one stood."""
    own = homes(folder)
    program = Program(starboard, logs, "terminated", [], own)

    def opened():
        program.find_window()
        program.wait_painted()

    def resize():
        program.focus()
        run("xdotool", "windowsize", "--sync", program.window, "1111", "777")
        time.sleep(1)

    def terminate():
        program.process.send_signal(signal.SIGTERM)
        program.ends_with(0)

    def saved():
        found = list(own["XDG_CONFIG_HOME"].rglob("settings.toml"))
        expect(len(found) == 1, f"settings files: {found}")
        text = found[0].read_text(encoding="utf-8")
        expect("1111" in text and "777" in text, f"the window's size is not in:\n{text}")
        left = [path.name for path in found[0].parent.iterdir() if path != found[0]]
        expect(not left, f"left over beside it: {left}")

    steps = [
        ("it opens without an account", opened),
        ("it is resized", resize),
        ("SIGTERM ends it with 0", terminate),
        ("the settings are saved, with the window's size", saved),
    ]
    return program, steps


def reopened(starboard, logs, folder):
    """After that SIGTERM."""
    program = Program(starboard, logs, "reopened", [], homes(folder))

    def same_size():
        program.find_window()
        program.wait_painted()
        size = run("xdotool", "getwindowgeometry", "--shell", program.window)
        expect("WIDTH=1111" in size and "HEIGHT=777" in size, size.replace("\n", " "))

    def close():
        program.close()
        program.ends_with(0)

    return program, [("it opens at the saved size", same_size), ("it closes with 0", close)]


def play(name, program, steps):
    """One scenario: its steps until one fails. How many held, and how many did not."""
    print(f"{name}:")
    passed = 0
    try:
        for step, action in steps:
            started = time.monotonic()
            action()
            passed += 1
            print(f"  ok    {step} ({time.monotonic() - started:.1f} s)", flush=True)
        return passed, 0
    except (Failed, subprocess.SubprocessError, OSError) as error:
        print(f"  FAIL  {step}: {error}", flush=True)
        program.record()
        print("\n".join(f"    | {line}" for line in program.log_tail()), flush=True)
        return passed, 1
    finally:
        program.kill()


def main():
    """All scenarios, one after the other, on one screen."""
    starboard, logs = sys.argv[1], pathlib.Path(sys.argv[2])
    passed = failed = 0
    manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        check = ("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
        wait_for("the window manager", 20, lambda: "window id" in run(*check))
        access.switch_on()
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            scenarios = [("the demo", demo, one), ("SIGTERM", terminated, other), ("opened again", reopened, other)]
            for name, scenario, folder in scenarios:
                program, steps = scenario(starboard, logs, folder)
                held, broke = play(name, program, steps)
                passed, failed = passed + held, failed + broke
    finally:
        manager.terminate()
        manager.wait(timeout=10)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
