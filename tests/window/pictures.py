"""Takes the README's pictures from the real window: tests/window/run.sh PATH/TO/starboard assets/readme pictures"""

import pathlib
import subprocess
import sys
import tempfile
import time

import access
from person import Program, homes, run, wait_for

# Within its budget of calls, the demo has read everything once by then.
READ_WITHIN = 60


def main():
    """The Board, why a build failed, its log searched, a deployment on its way, a gate, a waterfall, and all builds."""
    starboard, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("the window manager", 20, lambda: "window id" in run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
    access.switch_on()
    with tempfile.TemporaryDirectory() as own, tempfile.TemporaryDirectory() as logs:
        program = Program(starboard, pathlib.Path(logs), "pictures", ["--demo"], homes(own))

        def take(name):
            # The pointer would leave a hint on the picture.
            run("xdotool", "mousemove", "1590", "990")
            time.sleep(8)
            program.picture().save(folder / f"{name}.png")

        try:
            program.find_window()
            program.wait_painted()
            program.focus()
            time.sleep(READ_WITHIN)
            take("board-dark")
            program.click(program.node("^Board$"))
            program.keys("w")
            program.node("^Show line", "button", 60)
            take("why-dark")
            program.keys("Escape")
            program.gone("^Show line")
            for pipeline, name in (("search-indexer", "project-build-dark"), ("orders-api", "project-deploy-dark")):
                program.click(program.node(f"^{pipeline}$", "table row"))
                program.node("Release change", "button")
                take(name)
                if pipeline == "search-indexer":
                    program.keys("slash")
                    program.type("synonyms")
                    program.keys("Return")
                    take("log-dark")
                    program.keys("Escape")
                if pipeline == "orders-api":
                    # The lens goes round: waterfall, list, and back to the graph.
                    program.keys("g")
                    take("waterfall-dark")
                    program.keys("g")
                    program.keys("g")
                program.click(program.node("^Board$"))
                program.gone("Release change")
            program.click(program.node("^Approvals"))
            program.keys("a")
            program.node("Reject: execution fails here", "button")
            take("gate-dark")
            program.keys("Escape")
            program.gone("Reject: execution fails here")
            program.click(program.node("^Builds$"))
            take("builds-dark")
        finally:
            program.kill()
            manager.terminate()
            manager.wait(timeout=10)


if __name__ == "__main__":
    main()
