#!/usr/bin/env bash
# Set up HeatViewer in this checkout with its test tools and run every check; no display is needed.
#
#   packaging/test.sh [pytest arguments]
#
# All stages run even if an earlier one fails. Paths among the arguments are relative to the checkout.
set -euo pipefail
# shellcheck source=packaging/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/environment.sh"

ensure_environment test

cd -- "$checkout"
unset DISPLAY WAYLAND_DISPLAY
export QT_QPA_PLATFORM=offscreen

failed=()
stage() {
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$venv/bin/python" -m "$@" </dev/null || failed+=("$name")
}

stage "ruff check" ruff check .
stage "ruff format" ruff format --check .
stage "mypy" mypy
# A '-n 0' among the arguments comes later and wins.
stage "pytest" pytest -n 2 "$@"

printf '\n'
if [[ ${#failed[@]} -gt 0 ]]; then
    printf 'FAILED:%s\n' "$(printf ' %s,' "${failed[@]}" | sed 's/,$//')"
    exit 1
fi
printf 'All checks passed: ruff check, ruff format, mypy, pytest.\n'
