"""The recordings of the examples are what problems/README.md says they are."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

PROBLEMS = Path(__file__).parents[2] / "problems"
ROW = re.compile(r"^\| `(\w+\.npz)` \| `(\w+)`.*`([0-9a-f]{64})` \|$", re.MULTILINE)
LISTED = ROW.findall((PROBLEMS / "README.md").read_text("utf-8"))
SHAPES = {"ecg.npz": (10_800,), "emg.npz": (2, 7901), "speech.npz": (49_600,)}


def test_all_are_listed():
    assert {name for name, _, _ in LISTED} == set(SHAPES)


@pytest.mark.parametrize(("name", "key", "digest"), LISTED)
def test_a_recording_is_unchanged(name, key, digest):
    path = PROBLEMS / name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    with np.load(path, allow_pickle=False) as file:
        assert file.files == [key]
        assert file[key].shape == SHAPES[name] and file[key].dtype == np.int16
