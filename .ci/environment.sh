# Sourced by ./go and ./test from the top folder: `prepare EXTRA` makes .venv
# and installs the package into it, editable, with that extra. Done before and
# nothing changed since, it does nothing; interrupted, it starts again.

unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
unset PYTHONDONTWRITEBYTECODE # each process would compile all that it imports
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

trap 'exit 130' INT # some shells go on when an interrupted command exits tidily

say() { printf '%s\n' "$*" >&2; }

# Try each by running it: a name on PATH may be a stub, and some systems ship
# a Python without the modules that make an environment.
find_python() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c '
import sys, ensurepip, venv
sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    if ! found=$(python3 -c 'import sys; print(sys.version.split()[0])' 2>/dev/null); then
        say "matopt needs Python 3.11 or newer, and there is no python3 here."
    elif python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "matopt needs Python's venv module, and python3 here has none; on Debian and Ubuntu it is in the package python3-venv."
    else
        say "matopt needs Python 3.11 or newer, and python3 here is $found."
    fi
    return 1
}

# The pip of $python installs into .venv: to make one there first takes longer than
# all that uv does. uv is several times faster than pip; where it cannot be had, or
# cannot reach its index (it does not read pip's configuration), pip does the same.
install() {
    pip="$python -m pip --python .venv/bin/python"
    if ! "$python" -c '
import pip, sys
sys.exit(int(pip.__version__.split(".")[0]) < 23)' 2>/dev/null; then
        .venv/bin/python -m ensurepip --default-pip >/dev/null || return
        pip='.venv/bin/python -m pip'
    fi
    pip="$pip --quiet --disable-pip-version-check"
    if $pip install uv 2>/dev/null; then
        UV_SYSTEM_CERTS=1 .venv/bin/python -m uv --quiet pip install \
            --python .venv/bin/python --editable ".[$1]" pip && return
        say "uv could not install; trying pip."
    fi
    $pip install --editable ".[$1]" pip
}

# Hold descriptor 9 locked. Whatever is started from here inherits it, so the
# next run waits also for what a killed one left running.
lock() {
    "$1" -c '
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another run to set up .venv.", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass  # this file system has no locks'
}

ready() {
    [ -x .venv/bin/python ] && [ ! -e .venv/unfinished ] &&
        [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$key" ]
}

prepare() {
    key="$PWD $(cksum <pyproject.toml)"
    if ready "$1"; then return; fi
    python=$(find_python) || return
    exec 9<pyproject.toml
    lock "$python" || return
    if ! ready "$1"; then
        say "Setting up .venv for [$1]; this happens once."
        # What an interrupted run has half written may look installed.
        if [ -e .venv/unfinished ] || [ ! -x .venv/bin/python ]; then
            rm -rf .venv
        fi
        mkdir -p .venv
        : >.venv/unfinished
        [ -x .venv/bin/python ] || "$python" -m venv --without-pip .venv || return
        install "$1" || return
        printf '%s\n' "$key" >".venv/installed-$1"
        rm .venv/unfinished
    fi
    exec 9<&-
}
