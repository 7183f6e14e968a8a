from dataclasses import replace

import numpy as np
import pytest

from matopt.identities import Verdict, gradient_hessian

RECORDS = {record.number: record for record in gradient_hessian.RECORDS}


def test_the_section_is_whole():
    assert list(RECORDS) == [96, 97, 98]
    assert {record.section for record in RECORDS.values()} == {"2.4.4"}
    assert RECORDS[96].verdict is Verdict.NOTATION


@pytest.mark.parametrize("number", RECORDS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_equation(number, size, dtype, rng):
    assert RECORDS[number].check(rng, size, dtype=dtype).worst <= 1e-12


def test_a_wrong_hessian_is_seen(rng):
    # it has the same quadratic form
    skewed = replace(RECORDS[98], d=lambda x, A, b: 2 * A)
    assert skewed.check(rng).derivative > 1e-2


def test_by_hand():
    inputs = {"x": [1.0, 2.0], "A": [[1.0, 2.0], [0.0, 3.0]], "b": [5.0, 7.0]}
    assert RECORDS[96].function(**inputs) == 1 + 4 + 12 + 5 + 14
    np.testing.assert_array_equal(RECORDS[97].derivative(**inputs), [11, 21])
    np.testing.assert_array_equal(RECORDS[98].derivative(**inputs), [[2, 2], [2, 6]])


def test_the_hessian_is_the_change_of_the_gradient(rng):
    inputs = RECORDS[98].sample(rng)
    v = rng.standard_normal(3)
    H = RECORDS[98].derivative(**inputs)
    np.testing.assert_allclose(RECORDS[97].hessp(v, **inputs), H @ v)
    np.testing.assert_allclose(RECORDS[98].jvp(v, **inputs), H @ v)
