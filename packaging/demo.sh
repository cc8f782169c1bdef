#!/usr/bin/env bash
# Opens the demo from nothing but a clone: installs what is missing on Debian 12, builds, and opens the window on the
# simulated account. Without a display it prints what the window would show. Arguments go to Starboard:
#     packaging/demo.sh --pipelines 200
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/debian.sh
source packaging/debian.sh

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
need_rust
say "Building Starboard (the first time takes some minutes) …"
cargo build --locked --bin starboard
starboard="${CARGO_TARGET_DIR:-target}/debug/starboard"

if [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    exec "$starboard" --demo "$@"
fi
say "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
say "This is what it would show, as \`starboard status --demo\` prints it:"
exec "$starboard" status --demo "$@"
