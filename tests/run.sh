#!/usr/bin/env bash
# Runs every proof of Starboard, or the parts that are named:
#
#     tests/run.sh                    all of them
#     tests/run.sh window keyring     these two
#     tests/run.sh --list             what there is
#
# Installs what is missing on Debian 12 (as root or with sudo; else it prints the command), and keeps the Python clients
# in a virtual environment of its own under the target folder. Logs stay in the target folder, in tests/.
# Ends with one line, `N passed, N failed`, and fails when anything failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/debian.sh
source packaging/debian.sh

TARGET=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
STARBOARD="$TARGET/debug/starboard"
LOGS="$TARGET/tests"
VENV="$TARGET/tests/venv"

TEST_PACKAGES=(
    at-spi2-core awscli desktop-file-utils appstream dbus dbus-x11 git gnome-keyring libglib2.0-bin libsecret-tools
    lnav mesa-vulkan-drivers openbox procps python3 python3-pyatspi python3-venv ripgrep shellcheck wmctrl x11-apps
    x11-utils xauth xdotool xvfb
)
# In the order in which they are run: what is quick to fail first.
PARTS=(static lint rust keyring conformance moto window bench)

describe() {
    case "$1" in
    static) echo "formatting, shell scripts, desktop file and metainfo" ;;
    lint) echo "clippy on all targets and the documentation, warnings are errors" ;;
    rust) echo "unit tests, flows and pictures (under lavapipe)" ;;
    keyring) echo "the vault against a real gnome-keyring in a private D-Bus session" ;;
    conformance) echo "the simulated account against botocore's models and AWS's own command lines" ;;
    moto) echo "Starboard against moto's server" ;;
    window) echo "a real window under Xvfb with a window manager" ;;
    bench) echo "frame, store, reading logs beside AWS's clients, start-up, idle: measured and printed" ;;
    esac
}

part_static() {
    cargo fmt --check
    echo "ok  the Rust is formatted"
    # Every script, also those without an ending: found by their first line.
    git ls-files -z --cached --others --exclude-standard |
        xargs -0 grep --files-with-matches --null --max-count 1 --extended-regexp '^#!.*\bbash|^# shellcheck shell=bash' |
        xargs -0 shellcheck --external-sources --source-path=.
    echo "ok  the shell scripts have no shellcheck finding"
    desktop-file-validate packaging/dev.starboard.Starboard.desktop
    echo "ok  the desktop file is valid"
    appstreamcli validate --no-net packaging/dev.starboard.Starboard.metainfo.xml
    echo "ok  the metainfo is valid"
    echo "4 passed, 0 failed"
}

part_lint() {
    cargo clippy --locked --all-targets -- -D warnings
    echo "ok  clippy has no finding"
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
    echo "ok  the documentation has no dead link"
    echo "2 passed, 0 failed"
}

part_rust() {
    # The pictures are drawn by Mesa's software Vulkan, so that every machine draws the same ones.
    local icd
    icd=$(find /usr/share/vulkan/icd.d -name 'lvp_icd*.json' 2>/dev/null | head -n 1)
    if [[ -n "$icd" ]]; then
        export VK_ICD_FILENAMES="$icd" WGPU_BACKEND=vulkan
    fi
    local status=0
    cargo test --locked --lib --bins || status=1
    # The keyring's tests have a session bus of their own, in their own part.
    cargo test --locked --test it -- --skip keyring:: || status=1
    cargo test --locked --test fuzz || status=1
    return "$status"
}

part_keyring() {
    local tests
    tests=$(cargo test --locked --test it --no-run 2>&1 | tee /dev/stderr | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
    dbus-run-session -- bash tests/keyring/run.sh "$tests"
}

part_conformance() {
    need_venv
    build
    "$VENV/bin/python" tests/conformance/run.py "$STARBOARD"
}

part_moto() {
    need_venv
    build
    "$VENV/bin/python" tests/moto/run.py "$STARBOARD"
}

part_window() {
    build
    bash tests/window/run.sh "$STARBOARD"
}

part_bench() {
    cargo bench --locked --profile dev --bench '*'
    build
    need_venv
    "$VENV/bin/python" tests/bench/ingest.py "$STARBOARD"
    bash tests/bench/start.sh "$STARBOARD"
}

# The program, with the features that its tests need besides: what the other parts have built is then not built again.
build() {
    cargo test --locked --no-run --bin starboard --test it
}

# The strangers' clients, at the pinned versions. Made anew only when the pins change.
need_venv() {
    local pins=tests/conformance/requirements.txt
    if cmp --silent "$pins" "$VENV/installed.txt"; then
        return 0
    fi
    rm -rf "$VENV"
    /usr/bin/python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
    cp "$pins" "$VENV/installed.txt"
}

# `passed failed` of one part: the closing lines of cargo's test runner and of our own scripts, added up. A part
# without such a line is one check; one that closes on no check at all has failed.
count() {
    local log=$1 status=$2
    awk -v status="$status" '
        /^test result: / { passed += $4; failed += $6; seen = 1 }
        /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; seen = 1 }
        END {
            if (!seen && status == 0) passed = 1
            if ((status != 0 || passed == 0) && failed == 0) failed = 1
            print passed + 0, failed + 0
        }' "$log"
}

main() {
    local part chosen=("$@")
    if [[ "${1:-}" == --list || "${1:-}" == --help ]]; then
        for part in "${PARTS[@]}"; do
            printf '%-12s %s\n' "$part" "$(describe "$part")"
        done
        return 0
    fi
    for part in "$@"; do
        if [[ -z "$(describe "$part")" ]]; then
            say "tests/run.sh: there is no part '$part'; it has: ${PARTS[*]}"
            return 2
        fi
    done
    ((${#chosen[@]})) || chosen=("${PARTS[@]}")

    need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    need_rust
    mkdir -p "$LOGS"
    # Graphics libraries complain line after line without one.
    if [[ -z "${XDG_RUNTIME_DIR:-}" ]]; then
        export XDG_RUNTIME_DIR="$LOGS/run"
        mkdir -p "$XDG_RUNTIME_DIR"
        chmod 700 "$XDG_RUNTIME_DIR"
    fi
    # Nothing of a person's own AWS set-up may reach a test, nor a test it.
    local variable
    for variable in "${!AWS_@}"; do
        unset "$variable"
    done

    local passed=0 failed=0 failures=() summary=() status started counts
    for part in "${chosen[@]}"; do
        printf '\n== %s: %s\n' "$part" "$(describe "$part")"
        started=$SECONDS
        # Not in a condition: there bash would go on after a failed line of the part.
        set +e
        (
            set -e
            "part_$part"
        ) 2>&1 | tee "$LOGS/$part.log"
        status=${PIPESTATUS[0]}
        set -e
        read -r -a counts < <(count "$LOGS/$part.log" "$status")
        passed=$((passed + counts[0]))
        failed=$((failed + counts[1]))
        ((counts[1] == 0)) || failures+=("$part")
        summary+=("$(printf '%-12s %5d passed %3d failed %6d s' "$part" "${counts[0]}" "${counts[1]}" $((SECONDS - started)))")
    done

    printf '\n== summary\n'
    printf '%s\n' "${summary[@]}"
    if ((${#failures[@]})); then
        printf 'failed: %s (logs in %s)\n' "${failures[*]}" "$LOGS"
    fi
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0))
}

main "$@"
