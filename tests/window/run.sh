#!/usr/bin/env bash
# Drives the real window as a person does: tests/window/run.sh PATH/TO/starboard [FOLDER FOR LOGS [SCRIPT]]
# In a screen, a session bus and homes of its own, so that nothing of this desktop is touched or needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
starboard=$(realpath "${1:?the program to drive}")
logs=$(realpath --canonicalize-missing "${2:-$(dirname "$starboard")/../tests/window}")
script=${3:-drive}
mkdir -p "$logs"

# llvmpipe draws without a graphics card. Wayland would be preferred where it is found, so it is taken away.
unset WAYLAND_DISPLAY WAYLAND_SOCKET NO_AT_BRIDGE
# The screen reader's switch is a setting of the desktop: it is thrown in memory only.
export LIBGL_ALWAYS_SOFTWARE=1 XDG_SESSION_TYPE=x11 GSETTINGS_BACKEND=memory PYTHONDONTWRITEBYTECODE=1
# Every wait inside has its own limit; this is the last one.
exec timeout --kill-after=10 300 \
    dbus-run-session -- \
    xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24 +extension GLX -nolisten tcp" \
    /usr/bin/python3 "tests/window/$script.py" "$starboard" "$logs"
