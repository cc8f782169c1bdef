#!/usr/bin/env bash
# Measures the real window: tests/bench/start.sh PATH/TO/starboard [ROUNDS] [IDLE SECONDS]
# Warm start to first frame, then idle CPU and memory at 200 pipelines, under Xvfb with a window manager.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
starboard=$(realpath "${1:?the program to measure}")
rounds=${2:-7}
idle=${3:-60}

unset WAYLAND_DISPLAY WAYLAND_SOCKET
export LIBGL_ALWAYS_SOFTWARE=1 XDG_SESSION_TYPE=x11 PYTHONDONTWRITEBYTECODE=1
exec timeout --kill-after=10 $((rounds * 40 + idle * 4 + 300)) \
    dbus-run-session -- \
    xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24 +extension GLX -nolisten tcp" \
    /usr/bin/python3 tests/bench/start.py "$starboard" "$rounds" "$idle"
