"""What several processes report of the tests is what one reports."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OF_EACH_KIND = """
import pytest

@pytest.fixture
def broken():
    raise ValueError("in the set-up")

@pytest.fixture
def breaking():
    yield
    raise ValueError("in the tear-down")

def test_set_up(broken): pass
def test_tear_down(breaking): pass
def test_fails(): assert False
def test_skips(): pytest.skip("here")
"""


@pytest.mark.slow
def test_nothing_that_fails_is_lost_on_the_way(tmp_path):
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    tmp_path.joinpath("test_kinds.py").write_text(OF_EACH_KIND)
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--numprocesses", "2", "-q", "."]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 1 passed, 1 skipped, 2 errors" in told.stdout
    assert told.returncode == 1
