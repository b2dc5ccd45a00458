#!/usr/bin/env bash
# Set up HeatViewer in this checkout and open its window.
#
#   packaging/run.sh [BASE] [HEATMAP…] [options]
#
# Arguments go to heatviewer as they are; without any the demo study opens. With no display the window
# is drawn off screen and saved as a picture. What is set up already is not set up again.
set -euo pipefail
# shellcheck source=packaging/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/environment.sh"

has_display() {
    case ${QT_QPA_PLATFORM:-} in
        "" | xcb* | wayland*) [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] ;;
        offscreen* | minimal*) return 1 ;;
        *) return 0 ;; # a platform that needs neither, such as vnc
    esac
}

# True where the arguments open a window: a path or an option first, and no question about usage.
opens_window() {
    [[ $1 == -* || -e $1 ]] || return 1
    local argument
    for argument; do
        case $argument in -h | --help | --version | --screenshot | --screenshot=*) return 1 ;; esac
    done
}

ensure_environment ""

[[ $# -gt 0 ]] || set -- --demo
if has_display; then
    exec "$venv/bin/heatviewer" "$@"
fi
export QT_QPA_PLATFORM=offscreen
if ! opens_window "$@"; then
    exec "$venv/bin/heatviewer" "$@"
fi
picture=heatviewer-study.png
[[ $* != --demo ]] || picture=heatviewer-demo.png
say "no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): drawing the window off screen"
"$venv/bin/heatviewer" "$@" --screenshot "$picture"
say "the picture is $PWD/$picture"
