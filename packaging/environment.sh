# shellcheck shell=bash
# What run.sh and test.sh share: the system libraries, Python and the environment in .venv.
# Sourced, never run. Nothing here changes the current folder, so that paths mean what the caller meant.

checkout=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
package_list=$checkout/packaging/system-packages.txt
venv=$checkout/.venv
oldest_python=3.11

say() { printf '%s\n' "heatviewer: $*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# The packages of the list, one a line, without its comments.
listed_packages() { sed -E 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$package_list"; }

# The listed packages that this system lacks, one a line. A package that provides another
# (libglib2.0-0t64 is libglib2.0-0 on newer releases) counts as that other.
missing_packages() {
    comm -23 <(listed_packages | LC_ALL=C sort -u) <(installed_names | LC_ALL=C sort -u)
}

installed_names() {
    dpkg-query --show --showformat '${db:Status-Status}\t${Package}, ${Provides}\n' |
        sed -nE 's/^installed\t//p' | tr ',' '\n' | sed -E 's/^ +//; s/[ :].*//; /^$/d'
}

# Runs apt-get as root without asking anything; false where that is not allowed.
as_root=()
may_use_apt() {
    command -v apt-get >/dev/null || return 1
    [[ $EUID -eq 0 ]] && return 0
    as_root=(sudo -n)
    command -v sudo >/dev/null && sudo -n true 2>/dev/null </dev/null
}

# Quiet, unless it fails.
apt() {
    local output
    output=$("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get --quiet=2 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null) || {
        printf '%s\n' "$output" >&2
        return 1
    }
}

apt_updated=
apt_update_once() {
    [[ -z $apt_updated ]] || return 0
    apt_updated=1
    apt update || say "the package lists could not be renewed; trying with the old ones"
}

# The system libraries, by apt where this user may use it.
ensure_system_packages() {
    if [[ -n ${HEATVIEWER_SKIP_SYSTEM_PACKAGES:-} ]]; then
        return 0
    fi
    if ! command -v dpkg-query >/dev/null; then
        say "this is not a Debian or Ubuntu system: the libraries in packaging/system-packages.txt are not checked"
        return 0
    fi
    local missing
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    local by_hand=("${missing[@]}")
    [[ -x $venv/bin/python ]] || find_python >/dev/null || by_hand+=(python3-venv)
    local command="sudo apt-get update && sudo apt-get install --no-install-recommends ${by_hand[*]}"
    if ! may_use_apt; then
        fail "system libraries are missing: ${missing[*]}. Install them with '$command'," \
            "or set HEATVIEWER_SKIP_SYSTEM_PACKAGES=1 to go on without them."
    fi
    say "installing system libraries with apt: ${missing[*]}"
    apt_update_once
    apt install --no-install-recommends "${missing[@]}" ||
        fail "apt could not install the system libraries; its message is above. By hand: '$command'."
}

# The name of a Python that is new enough and can make environments.
find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14 /usr/bin/python3; do
        if "$name" - "$oldest_python" 2>/dev/null <<'PYTHON'; then
import sys, ensurepip, venv
sys.exit(sys.version_info[:2] < tuple(int(part) for part in sys.argv[1].split(".")))
PYTHON
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

# The package of this release that brings such a Python: its own Python's, or a newer one's beside it.
python_package() {
    local name version
    for name in python3 python3.13 python3.12 python3.11; do
        version=$(apt-cache policy "$name-venv" 2>/dev/null | sed -nE 's/^ *Candidate: ([0-9.]+).*/\1/p')
        if [[ -n $version ]] && printf '%s\n' "$oldest_python" "$version" | sort --version-sort --check=quiet; then
            printf '%s\n' "$name-venv"
            return 0
        fi
    done
    return 1
}

ensure_python() {
    python=$(find_python) && return 0
    local package
    if may_use_apt; then
        apt_update_once
        if package=$(python_package); then
            say "installing Python with apt: $package"
            apt install --no-install-recommends "$package" || say "apt could not install $package"
            hash -r
            python=$(find_python) && return 0
        fi
    fi
    fail "no Python $oldest_python or newer with the venv module was found." \
        "Install one, such as by 'sudo apt-get install python3-venv' on Debian 12, Ubuntu 24.04 or newer."
}

# What an installation was made from: if it changes, the next run installs again.
fingerprint() {
    {
        printf '%s\n' "$checkout" "$1"
        "$venv/bin/python" -VV
        cat -- "$checkout/pyproject.toml" "$package_list"
    } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

stamp_of() { printf '%s\n' "$venv/heatviewer-${1:-program}.stamp"; }

is_installed() {
    local stamp
    stamp=$(stamp_of "$1")
    [[ -x $venv/bin/python && -f $stamp && $(<"$stamp") == "$(fingerprint "$1")" ]]
}

mark_installed() { fingerprint "$1" >"$(stamp_of "$1")"; }

# An environment that was moved, or whose Python is gone, is made anew.
ensure_venv() {
    if [[ -f $venv/pyvenv.cfg ]] && [[ $("$venv/bin/python" -c 'import pip, sys; print(sys.prefix)' 2>/dev/null) == "$venv" ]] &&
        grep -qsF "$venv/" "$venv/bin/pip"; then
        return 0
    fi
    ensure_python
    say "making the Python environment in $venv"
    "$python" -m venv --clear "$venv" || fail "the Python environment could not be made in $venv."
}

# Install what is missing for the program, or with 'test' for its tests too. Takes no time if nothing is.
ensure_environment() {
    local extra=$1
    # One installation at a time; the lock is the folder's own, so no file is left.
    exec 9<"$checkout/packaging"
    flock --nonblock 9 2>/dev/null || { say "waiting for another set-up of this checkout" && flock 9; } || true
    ensure_system_packages
    # The tests' environment holds the program's.
    if ! is_installed "$extra" && ! is_installed test; then
        ensure_venv
        say "installing the Python packages: a few minutes the first time"
        "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input \
            install --editable "$checkout${extra:+[$extra]}" </dev/null ||
            fail "the Python packages could not be installed; pip's message is above." \
                "Check the network and the space on the disk, then run this again."
        mark_installed "$extra"
    fi
    exec 9<&-
}
