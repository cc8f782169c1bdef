"""The window as a screen reader meets it, over AT-SPI: what is there by name, and where."""

import re
import subprocess

STATUS = [
    "gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus",
    "--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status",
]  # fmt: skip


def switch_on():
    """Says to every program of this session that a screen reader listens. Only then do they build their trees."""
    for switch in ("IsEnabled", "ScreenReaderEnabled"):
        subprocess.run([*STATUS, switch, "<true>"], check=True, capture_output=True, timeout=20)


class Node:
    """One thing on screen."""

    def __init__(self, accessible, role, name):
        self.accessible = accessible
        self.role = role
        self.name = name

    def middle(self):
        """Its middle, in pixels of its window."""
        import pyatspi

        box = self.accessible.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        return box.x + box.width // 2, box.y + box.height // 2

    def __repr__(self):
        return f"{self.role} {self.name!r}"


def nodes(program):
    """Every node of a program's windows, by the process id; an empty list while it has none."""
    import pyatspi

    found = []
    for application in pyatspi.Registry.getDesktop(0):
        try:
            if application is None or application.get_process_id() != program:
                continue
            walk(application, found, 0)
        except Exception:  # the tree changes while it is read; the caller asks again
            continue
    return found


def walk(accessible, found, depth):
    """Depth first. Deeper than 40 would be a loop."""
    if depth > 40:
        return
    for index in range(accessible.childCount):
        child = accessible.getChildAtIndex(index)
        if child is None:
            continue
        found.append(Node(child, child.getRoleName(), child.name or child.description or ""))
        walk(child, found, depth + 1)


def find(program, pattern, role=None):
    """The first node whose name matches, and whose role does if one is asked for."""
    for node in nodes(program):
        if re.search(pattern, node.name) and (role is None or re.search(role, node.role)):
            return node
    return None
