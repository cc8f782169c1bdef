# What Starboard needs of Debian 12, and the one way to get it. Sourced by packaging/demo.sh and tests/run.sh.
# shellcheck shell=bash

# A C compiler for `ring`; nothing else is compiled from C, and no -dev package is needed: every X11, Wayland, GL and
# D-Bus binding is loaded when the program runs. The lists are read by the scripts that source this file.
# shellcheck disable=SC2034
BUILD_PACKAGES=(build-essential ca-certificates)

# Loaded at run time, so no linker and no package tool notices when one is missing. winit stops on X11 without
# libxkbcommon-x11-0.
# shellcheck disable=SC2034
RUN_PACKAGES=(
    dbus fontconfig libegl1 libgl1 libgl1-mesa-dri libwayland-client0 libwayland-cursor0 libwayland-egl1 libx11-6
    libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libxkbcommon0 libxrandr2
)

say() {
    printf '%s\n' "$*" >&2
}

# Installs those of the named packages that are missing: as root, or with sudo. With neither, prints the command and
# fails. On a system without dpkg it only says what is needed there under another name.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian: what is called here $* must be there under your system's own names."
        return 0
    fi
    local package missing=()
    for package in "$@"; do
        if [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    local install=(apt-get install --yes --no-install-recommends "${missing[@]}")
    local before=()
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
            say "Missing packages. As root, run:"
            say "    apt-get update && ${install[*]}"
            return 1
        fi
        before=(sudo)
    fi
    say "Installing: ${missing[*]}"
    "${before[@]}" apt-get update --quiet >&2
    "${before[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" --quiet >&2
}

# Rust is not taken from Debian, whose own is older than egui allows.
need_rust() {
    local version
    if ! version=$(rustc --version 2>/dev/null) || ! command -v cargo >/dev/null; then
        say "Starboard is built with Rust 1.95 or newer, which is not here. https://rustup.rs tells how to get it."
        return 1
    fi
    version=${version#rustc }
    version=${version%%[ -]*}
    if [[ "$(printf '%s\n' 1.95.0 "$version" | sort --version-sort | head -n 1)" != 1.95.0 ]]; then
        say "Starboard is built with Rust 1.95 or newer; this is $version. Run: rustup update stable"
        return 1
    fi
}
