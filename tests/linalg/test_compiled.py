"""A part has no entry from Python, and says so; a kernel calls it all the same."""

import numpy as np
import pytest

from matopt.linalg.compiled import kernel, part


@part()
def _double(a):
    return 2 * a


@kernel()
def quadruple(a):
    return _double(_double(a))


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
