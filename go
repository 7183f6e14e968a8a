#!/bin/sh
# Solve every named problem, print the table and draw the fits. Arguments are
# passed on to `matopt solve`.
set -eu
cd "$(CDPATH='' dirname -- "$0")"
. ./.ci/environment.sh
prepare all

figure=out/fit.svg
mkdir -p out
rm -f "$figure"
# Most of a first run is compilation; that of the complex kernels takes another core.
.venv/bin/matopt solve toeplitz-sensors >/dev/null 2>&1 &
helper=$!
trap 'kill "$helper" 2>/dev/null || :' EXIT
status=0
.venv/bin/matopt solve --all --plot "$figure" "$@" || status=$?
if [ -e "$figure" ]; then
    say "The figure is $PWD/$figure"
fi
exit "$status"
