#!/bin/sh
# Builds the firmware for the named boards (apollo4p, mps2, host, host-sanitized) into build/firmware/<board>, or into
# $FIRMWARE_BUILD/<board>, and says how large it is.
set -eu
cd "$(dirname "$0")/.."
builds=${FIRMWARE_BUILD:-build/firmware}
for board in "$@"; do
    case $board in
    host) options="-DSS_BOARD=host" ;;
    host-sanitized) options="-DSS_BOARD=host -DSS_SANITIZE=ON" ;;
    *) options="-DSS_BOARD=$board -DCMAKE_TOOLCHAIN_FILE=$(pwd)/firmware/cmake/arm-none-eabi.cmake" ;;
    esac
    # shellcheck disable=SC2086 # the options are separate words
    cmake -S firmware -B "$builds/$board" -G Ninja $options --log-level=WARNING >/dev/null
    cmake --build "$builds/$board" -- --quiet >"$builds/$board/build.log" 2>&1 || { cat "$builds/$board/build.log" >&2; exit 1; }
    case $board in host*) ;; *) python3 firmware/tools/describe.py "$builds/$board" ;; esac
done
