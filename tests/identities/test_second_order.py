from dataclasses import replace

import numpy as np
import pytest

from matopt.identities import ConditionError, Verdict, second_order
from matopt.identities.inputs import Input
from matopt.identities.verify import relative_error

RECORDS = {record.number: record for record in second_order.RECORDS}
WEIGHTED = [84, 85, 86, 87, 88]


def test_the_section_is_whole():
    assert list(RECORDS) == list(range(76, 90))
    assert {record.section for record in RECORDS.values()} == {"2.4.2"}


@pytest.mark.parametrize("number", RECORDS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_equation(number, size, dtype, rng):
    assert RECORDS[number].check(rng, size, dtype=dtype).worst <= 1e-12


@pytest.mark.parametrize("number", RECORDS)
def test_scalar_equations_have_a_second_derivative(number):
    assert (RECORDS[number].second is None) == (number in (79, 80))


@pytest.mark.parametrize("number", [79, 89])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_wrong_as_printed(number, size, rng):
    record = RECORDS[number]
    assert record.verdict is Verdict.WRONG and record.erratum
    assert record.check(rng, size).printed > 1e-2


def test_the_other_equations_hold():
    held = [n for n in RECORDS if RECORDS[n].verdict is Verdict.HOLDS]
    assert held == [n for n in RECORDS if n not in (79, 89)]


# (84)-(88)


@pytest.mark.parametrize("number", WEIGHTED)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_weights_need_no_symmetry(number, size, dtype, rng):
    record = RECORDS[number]
    W = Input(record.inputs["W"].shape)
    free = replace(record, inputs={**record.inputs, "W": W})
    assert free.check(rng, size, dtype=dtype).worst <= 1e-12


@pytest.mark.parametrize("number", WEIGHTED)
def test_the_printed_form_needs_symmetric_weights(number, rng):
    record = RECORDS[number]
    inputs = record.sample(rng)
    D = record.derivative(**inputs)
    np.testing.assert_allclose(record.printed(**inputs), D, rtol=1e-12, atol=1e-13)
    assert record.check(rng).printed > 1e-2
    inputs["W"] = np.triu(inputs["W"])
    record.derivative(**inputs)
    with pytest.raises(ConditionError, match=rf"\({number}\) needs a symmetric W"):
        record.printed(**inputs)


def test_a_target_by_hand():
    # (x - A s)^2 w with x = 5, A = 2, s = 1, w = 3: e = 3
    inputs = {"x": [5.0], "A": [[2.0]], "s": [1.0], "W": [[3.0]]}
    assert RECORDS[84].derivative(**inputs) == [-36.0]
    assert RECORDS[87].derivative(**inputs) == [18.0]
    assert RECORDS[88].derivative(**inputs) == [[-18.0]]
    assert RECORDS[84].hessp([1.0], **inputs) == [24.0]


# the others


def test_the_first_gives_the_square_of_a_sum():
    X = np.arange(6.0).reshape(2, 3)
    assert RECORDS[76].function(X=X) == 225.0
    np.testing.assert_array_equal(RECORDS[76].derivative(X=X), np.full((2, 3), 30.0))
    assert RECORDS[76].derivative(X=X, i=1, j=2) == 30.0


@pytest.mark.parametrize("dtype", [float, complex])
def test_both_forms_of_the_quadratic_jacobian(dtype, rng):
    inputs = RECORDS[79].sample(rng, dtype=dtype)
    D = RECORDS[79].derivative(**inputs)
    np.testing.assert_allclose(RECORDS[80].derivative(**inputs), D, atol=1e-14)
    entry = RECORDS[79].derivative(**inputs, k=1, l=2, i=3, j=1)
    assert entry == D[1, 2, 3, 1]
    J = RECORDS[80].derivative(**inputs, i=3, j=1)
    np.testing.assert_allclose(J, D[:, :, 3, 1], atol=1e-14)


def test_the_printed_delta_by_hand():
    # (X^T X)_01 = X_00 X_01 + X_10 X_11 changes with X_10 by X_11 = 1
    X = B = np.eye(2)
    at = {"k": 0, "l": 1, "i": 1, "j": 0}
    assert RECORDS[79].derivative(X=X, B=B, **at) == 1.0
    assert RECORDS[79].printed(X=X, B=B, **at) == 0.0


def test_a_quadratic_form_of_a_matrix_is_one_of_its_stacked_columns(rng):
    inputs = RECORDS[82].sample(rng)
    X, b, c, D = (inputs[name] for name in "XbcD")
    M = np.kron(np.outer(b, c), D)  # b^T X^T D X c = vec(X)^T M vec(X)
    expected = RECORDS[81].derivative(x=X.T.ravel(), B=M).reshape(X.T.shape).T
    np.testing.assert_allclose(RECORDS[82].derivative(**inputs), expected)


def test_lms_descent_reaches_the_target():
    # (89): a step of mu / 2 along the gradient is w + mu b e^*
    a, b = 2.0 - 1.0j, np.array([1.0 + 2.0j, -1.0j])
    x, mu = np.array([0.3j, 1.0]), 0.1
    e = a - x.conj() @ b
    D = RECORDS[89].derivative(a=a, x=x, b=b)
    np.testing.assert_allclose(x - mu / 2 * D, x + mu * b * np.conj(e))
    x = x + b * np.conj(e) / np.sum(np.abs(b) ** 2)
    np.testing.assert_allclose(RECORDS[89].derivative(a=a, x=x, b=b), 0, atol=1e-14)


def test_the_printed_square_has_that_derivative_in_no_convention():
    # by hand, e = a - x^H b: d(e^2) = -2 e b^T dx^*, with no dx in it
    a, x, b = 1.0 + 1.0j, np.array([1.0 + 0.0j]), np.array([1.0j])
    e = a - x.conj() @ b
    assert e == 1.0
    a = a + 2.0j
    e = e + 2.0j
    printed = RECORDS[89].printed(a=a, x=x, b=b)
    by_conjugate, by_x = -2 * e * b, 0 * b
    for convention in (
        by_x,  # d/dx
        by_conjugate,  # d/dx^*
        by_x + by_conjugate,  # d/dRe
        2 * by_conjugate,  # d/dRe + i d/dIm
        2 * by_conjugate.conj(),
    ):
        assert relative_error(printed, convention) > 1e-2


def test_real_data_agree_with_the_printed_square(rng):
    inputs = RECORDS[89].sample(rng)
    e = inputs["a"] - inputs["x"] @ inputs["b"]
    np.testing.assert_allclose(RECORDS[89].printed(**inputs), -2 * e * inputs["b"])
