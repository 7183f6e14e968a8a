"""The package: when it is loaded, and what it says without scikit-learn."""

import subprocess
import sys

import matopt as mo


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def test_without_scikit_learn_it_names_the_extra():
    code = "import sys; sys.modules['sklearn'] = None; import matopt; matopt.estimators"
    assert 'pip install "matopt[sklearn]"' in run(code).stderr


def test_every_estimator_is_documented():
    for name in mo.estimators.__all__:
        assert getattr(mo.estimators, name).__doc__, name
