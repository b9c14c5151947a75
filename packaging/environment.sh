#!/bin/sh
# Makes .venv with what `main` (the main job), `desktop` (with the window) or `test` (every check) needs, and only
# when that has changed. `firmware` needs no Python packages.
# Missing Debian packages are installed as root, and otherwise named in one line.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-main}
python=${PYTHON:-python3}

fail() { echo "sleepstudio: $1" >&2; exit 1; }

command -v "$python" >/dev/null || fail "python3 is missing: install Python 3.11 or newer."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, and $python is $("$python" -c 'import platform; print(platform.python_version())'); set PYTHON=/path/to/python3.11 or newer."

need_debian() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || fail "these Debian packages are missing: sudo apt-get install$missing"
    echo "installing Debian packages:$missing"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
}

# for the board's firmware: there is no C library in it
firmware="gcc-arm-none-eabi cmake ninja-build"
if [ "$kind" = firmware ]; then
    if command -v dpkg-query >/dev/null; then
        # shellcheck disable=SC2086 # the names are separate words
        need_debian $firmware
    fi
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    command -v dpkg-query >/dev/null || fail "$python has no venv module: install it (Debian: python3-venv)."
    need_debian python3-venv
fi
extras=train,runtime,verify,board,virtual
qt="libgl1 libegl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1"
xcb="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
case $kind in
desktop)
    extras=train,runtime,verify,desktop,board,virtual
    debian="$qt $xcb"
    ;;
test)
    extras=all,test
    debian="$qt $xcb xvfb xauth gcc g++ libc6-dev $firmware qemu-system-arm"
    ;;
*) debian="" ;;
esac
if command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086 # the names are separate words
    need_debian $debian
fi

stamp=".venv/.ready-$kind"
wanted=$(cat pyproject.toml constraints.txt packaging/environment.sh | cksum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "installing Python packages into .venv (about 2 GB, a minute or two)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[$extras]" ||
    fail "pip could not install the packages (its messages are above)."
# TensorFlow takes 11 s to import until it is byte-compiled, and the environment may forbid that at run time.
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
echo "$wanted" >"$stamp"
