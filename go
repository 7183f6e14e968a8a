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
status=0
.venv/bin/matopt solve --all --plot "$figure" "$@" || status=$?
if [ -e "$figure" ]; then
    say "The figure is $PWD/$figure"
fi
exit "$status"
