"""A part has no entry from Python, and says so; a kernel calls it all the same."""

import pickle
import sys
from subprocess import PIPE, run

import numpy as np
import pytest

from matopt.linalg.compiled import FAST, kernel, part


@part()
def _double(a):
    return 2 * a


@kernel()
def quadruple(a):
    return _double(_double(a))


@part()
def _checked(a, limit):
    if a > 2 * limit:
        raise ValueError("a is far above", limit)
    if a > limit:
        raise ValueError("a is too large")
    return a


@kernel()
def within(a, limit):
    """Return a."""
    return _checked(a, limit)


@kernel()
def both_within(a, b, limit):
    return within(a, limit), within(b, limit)


@pytest.mark.parametrize("value", [3, 1.5, 1j])
def test_a_kernel_calls_its_part(value):
    assert quadruple(value) == 4 * value


@pytest.mark.parametrize("compiled_before", [False, True])
def test_python_cannot_call_a_part(compiled_before):
    if compiled_before:
        quadruple(1.0)
    with pytest.raises(TypeError, match="_double is a part of kernels"):
        _double(1.0)


def test_a_division_by_zero_is_infinite():
    @kernel()
    def divide(a, b):
        return a / b

    assert divide(1.0, 0.0) == np.inf


@pytest.mark.parametrize("first", [within, both_within])
def test_a_kernel_is_a_part_of_another_too(first):
    words = (1.0, 2.0) if first is within else (1.0, 1.5, 2.0)
    first(*words)
    assert both_within(1.0, 1.5, 2.0) == (1.0, 1.5)
    assert within(1.0, limit=2.0) == 1.0
    assert within.__doc__ == "Return a."


@pytest.mark.parametrize("value, words", [(3.0, ["too large"]), (9.0, ["far", 2.0])])
def test_what_a_part_raises_reaches_python(value, words):
    with pytest.raises(ValueError) as error:
        both_within(1.0, value, 2.0)
    assert all(str(word) in str(error.value) for word in words)


def test_what_calls_a_kernel_has_its_own_arithmetic():
    """The caller reorders its own sums, not those of the kernel that it calls."""

    @kernel()
    def in_order(a, b, c):
        return (a + b) + c

    @kernel(FAST)
    def outer(a, b, c):
        return in_order(a, b, c) - a

    assert outer(1.0, 1e16, -1e16) == -1.0


@pytest.mark.slow
def test_what_was_pickled_is_compiled_elsewhere():
    words = "import pickle, sys; f = pickle.load(sys.stdin.buffer); print(f(7.0, 8.0))"
    found = run(
        [sys.executable, "-c", words],
        input=pickle.dumps(within),
        check=True,
        stdout=PIPE,
    )
    assert found.stdout.split() == [b"7.0"]


PAIR = """
import numpy as np
from matopt.linalg.compiled import kernel

@kernel()
def twice(a):
    return 2.0 * a, 0.0

@kernel()
def four_times(a):
    return twice(twice(a)[0])
"""


@pytest.mark.slow
def test_kernels_from_disk_do_not_change_each_other(tmp_path):
    """What one returns needs objects that it does not need as part of the other."""
    (tmp_path / "pair.py").write_text(PAIR)
    words = "import numpy as np, pair; a = np.arange(3.0); pair.four_times(a)"
    for _ in ("compiled", "from disk"):
        found = run(
            [sys.executable, "-c", f"{words}; print(pair.twice(a)[0])"],
            cwd=tmp_path,
            check=True,
            stdout=PIPE,
        )
        assert found.stdout == b"[0. 2. 4.]\n"
