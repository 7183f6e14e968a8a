import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest

from matopt.objectives import GaussianPrecisionLikelihood
from matopt.solvers import Stop, minimize
from matopt.spaces import Symmetric

S = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 0.5]])


@pytest.fixture
def problem():
    return GaussianPrecisionLikelihood.from_covariance(S).on(Symmetric(3))


def test_nothing_is_printed_unless_asked(problem):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        minimize(problem, stop=Stop(max_iterations=1))
    assert out.getvalue() == err.getvalue() == ""


def test_nothing_is_printed_by_a_fresh_interpreter():
    program = (
        "import numpy as np, matopt as mo, sys\n"
        "f = mo.GaussianLikelihood.from_covariance(np.diag([1.0, 9.0]))\n"
        "r = mo.minimize(f.on(mo.Symmetric(2)), stop=mo.Stop(max_iterations=1))\n"
        "assert not r.success\n"
        "heavy = {'rich', 'cvxpy', 'scipy.optimize'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_progress_shows_the_last_iterate_on_stderr(problem):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        result = minimize(
            problem, np.eye(3), progress=True, callback=lambda e: print("mine")
        )
    assert out.getvalue() == "mine\n" * (result.nit + 1)
    words = err.getvalue().split()
    assert words[:3] == [str(result.nit), "value", f"{result.fun:.12g}"]
    assert words[-1] == "s" and err.getvalue().endswith("\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_progress_is_clean_when_interrupted(problem, error):
    def callback(e):
        if e.step is not None:
            raise error

    err = io.StringIO()
    stdout, stderr = sys.stdout, sys.stderr
    try:
        with redirect_stderr(err):
            minimize(problem, np.eye(3), progress=True, callback=callback)
    except ZeroDivisionError:
        pass
    assert err.getvalue().split()[:2] == ["1", "value"]
    assert err.getvalue().count("value") == 1 and err.getvalue().endswith("\n")
    assert (sys.stdout, sys.stderr) == (stdout, stderr)
