#!/usr/bin/env bash
# Runs the vault's tests against a real gnome-keyring. Expects to be inside a private session bus:
#     dbus-run-session -- bash tests/keyring/run.sh PATH/TO/THE/TEST/BINARY
# The keyring lies in a home of its own, unlocked with a password of its own: a wrong one would ask on a screen.
set -euo pipefail
tests=$(realpath "${1:?the test binary}")

folder=$(mktemp --directory)
daemon=
finish() {
    if [[ -n "$daemon" ]]; then
        # A test may have left it stopped.
        kill -CONT "$daemon" 2>/dev/null || true
        kill -KILL "$daemon" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT

mkdir --mode=700 "$folder/home" "$folder/run"
export HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME DISPLAY WAYLAND_DISPLAY GNOME_KEYRING_CONTROL

printf 'a password for this run' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
# It answers a moment after it has started.
for ((try = 0; try < 100; try++)); do
    answer=$(gdbus call --session --timeout 2 --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
        --method org.freedesktop.DBus.GetConnectionUnixProcessID org.freedesktop.secrets 2>/dev/null || true)
    daemon=$(sed -n 's/^(uint32 \([0-9]*\),)$/\1/p' <<<"$answer")
    [[ -z "$daemon" ]] || break
    sleep 0.1
done
if [[ -z "$daemon" ]]; then
    echo "gnome-keyring did not take its name on the bus within 10 s" >&2
    exit 1
fi

# One after the other: they lock and stop the one daemon.
STARBOARD_KEYRING_TEST=1 timeout --kill-after=10 300 "$tests" keyring:: --test-threads=1
