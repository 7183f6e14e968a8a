import numpy as np
import pytest

from matopt.identities import ConditionError, Verdict, higher_order
from matopt.identities.exact import exact, rounded
from matopt.identities.verify import relative_error

RECORDS = {record.number: record for record in higher_order.RECORDS}
POWERS = [90, 91, 92]


def test_the_section_is_whole():
    assert list(RECORDS) == list(range(90, 96))
    assert {record.section for record in RECORDS.values()} == {"2.4.3"}


@pytest.mark.parametrize("number", RECORDS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_equation(number, size, dtype, rng):
    runs = [RECORDS[number].check(rng, size, dtype=dtype) for _ in range(3)]
    assert max(run.worst for run in runs) <= 1e-10


@pytest.mark.parametrize("number", [92, 95])
def test_wrong_as_printed(number, rng):
    record = RECORDS[number]
    assert record.verdict is Verdict.WRONG and record.erratum
    assert max(record.check(rng, 3).printed for _ in range(5)) > 1e-2


def test_the_other_equations_hold():
    held = [n for n in RECORDS if RECORDS[n].verdict is Verdict.HOLDS]
    assert held == [90, 91, 93, 94]


# (90)-(92)


def difference(record, inputs, V):
    """The derivative of the function along V by a complex step."""
    ahead = {**inputs, "X": inputs["X"] + 1e-30j * V}
    return record.function(**ahead).imag / 1e-30


@pytest.mark.parametrize("number", POWERS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_powers_of_a_singular_matrix(number, n, rank, rng):
    record = RECORDS[number]
    X = rng.standard_normal((3, rank)) @ rng.standard_normal((rank, 3))
    inputs = {"X": X, "n": n}
    if number != 90:
        inputs.update(a=rng.standard_normal(3), b=rng.standard_normal(3))
    V = rng.standard_normal((3, 3))
    change = record.jvp(V, **inputs)
    assert relative_error(change, difference(record, inputs, V)) <= 1e-12


@pytest.mark.parametrize("number", POWERS)
def test_negative_powers_need_an_inverse(number, rng):
    inputs = {**RECORDS[number].sample(rng), "X": np.ones((4, 4)), "n": -1}
    inputs.update({k: np.ones(4) for k in "ab" if k in inputs})
    with pytest.raises(ConditionError, match="needs an invertible X where n < 0"):
        RECORDS[number].derivative(**inputs)
    assert np.isfinite(RECORDS[number].derivative(**{**inputs, "n": 3})).all()


def test_the_power_minus_one_is_the_inverse(rng):
    X = rng.standard_normal((3, 3))
    a, b = rng.standard_normal((2, 3))
    Y = np.linalg.inv(X).T
    D = RECORDS[91].derivative(X=X, n=-1, a=a, b=b)
    np.testing.assert_allclose(D, -Y @ np.outer(a, b) @ Y)  # (61)
    J = RECORDS[90].derivative(X=X, n=-1)
    np.testing.assert_allclose(J, -np.einsum("ik,lj->klij", Y, Y))  # (60)


def test_the_entries_of_the_power_jacobian(rng):
    X = rng.standard_normal((3, 3))
    D = RECORDS[90].derivative(X=X, n=2)
    assert D.shape == (3, 3, 3, 3)
    assert RECORDS[90].derivative(X=X, n=2, k=0, l=1, i=2, j=1) == D[0, 1, 2, 1]
    assert D[0, 1, 2, 1] == pytest.approx(X[0, 2])  # (X^2)_01 has X_02 X_21
    assert RECORDS[90].function(X=X, n=2, k=0, l=1) == (X @ X)[0, 1]


def test_the_first_power_is_linear(rng):
    X = rng.standard_normal((2, 2))
    a, b = rng.standard_normal((2, 2))
    D = RECORDS[91].derivative(X=X, n=1, a=a, b=b)
    np.testing.assert_allclose(D, np.outer(a, b))  # (70)
    D = RECORDS[92].derivative(X=X, n=1, a=a, b=b)
    expected = X @ (np.outer(a, b) + np.outer(b, a))  # (77)
    np.testing.assert_allclose(D, expected)
    assert relative_error(RECORDS[92].printed(X=X, n=1, a=a, b=b), expected) > 1e-2


def test_a_transposed_term_by_hand():
    # n = 1, a = e_0, b = e_1: (X a)^T (X b) = X_00 X_01 + X_10 X_11, at X = J^11
    inputs = {"X": [[0.0, 0.0], [0.0, 1.0]], "n": 1, "a": [1.0, 0.0], "b": [0.0, 1.0]}
    np.testing.assert_array_equal(RECORDS[92].derivative(**inputs), [[0, 0], [1, 0]])
    np.testing.assert_array_equal(RECORDS[92].printed(**inputs), [[0, 1], [0, 0]])


# (93)


def test_the_product_rule_asks_only_for_values_and_jacobians(rng):
    inputs = RECORDS[93].sample(rng)
    local = {name: inputs[name] for name in ("A", "s", "r", "ds", "dr")}
    A, s, r, ds, dr = local.values()
    expected = ds.T @ A @ r + dr.T @ A.T @ s
    np.testing.assert_allclose(RECORDS[93].derivative(**local), expected)
    zero = np.zeros_like(inputs["x"])
    at_zero = RECORDS[93].derivative(**{**inputs, "x": zero})
    np.testing.assert_allclose(at_zero, expected)
    assert RECORDS[93].function(**local) == s @ A @ r


def test_the_product_rule_of_affine_maps(rng):
    # (78) with B = ds, C = A, D = dr
    inputs = RECORDS[93].sample(rng)
    A, s, r, ds, dr, x = (inputs[k] for k in ("A", "s", "r", "ds", "dr", "x"))
    affine = {"A": A, "s": s, "r": r, "ds": ds, "dr": dr, "x": x}
    expected = ds.T @ A @ (dr @ x + r) + dr.T @ A.T @ (ds @ x + s)
    np.testing.assert_allclose(RECORDS[93].derivative(**affine), expected)
    v = rng.standard_normal(len(x))
    expected = ds.T @ A @ dr @ v + dr.T @ A.T @ ds @ v
    np.testing.assert_allclose(RECORDS[93].hessp(v, **affine), expected)


# (94), (95)


def test_both_ratios_have_one_gradient(rng):
    inputs = RECORDS[95].sample(rng)
    D = RECORDS[95].derivative(**inputs)
    np.testing.assert_allclose(RECORDS[94].derivative(**inputs), D, rtol=1e-12)
    value = RECORDS[95].function(**inputs)
    assert RECORDS[94].function(**inputs) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(D @ inputs["x"], 0, atol=1e-12)  # of degree zero


def test_the_ratio_takes_rectangular_factors(rng):
    inputs = {
        "x": rng.standard_normal(3),
        "A": rng.standard_normal((2, 3)),
        "B": rng.standard_normal((4, 3)),
    }
    D = RECORDS[95].derivative(**inputs)
    np.testing.assert_allclose(D, RECORDS[94].derivative(**inputs))
    with pytest.raises(ValueError, match="needs a square B"):
        RECORDS[95].printed(**inputs)


def test_a_ratio_by_hand():
    # (x_0^2 + x_1^2) / x_1^2 at (1, 1)
    inputs = {"x": [1.0, 1.0], "A": np.eye(2), "B": [[0.0, 1.0], [0.0, 0.0]]}
    np.testing.assert_allclose(RECORDS[95].derivative(**inputs), [2.0, -2.0])
    # Px = (1, 1), Qx = (2, 3), ratio 2 / 5: 2 ((1, 1) - 2 (2, 3) / 5) / 5
    inputs["B"] = [[1.0, 1.0], [0.0, 1.0]]
    np.testing.assert_allclose(RECORDS[95].derivative(**inputs), [0.08, -0.08])
    assert relative_error(RECORDS[95].printed(**inputs), [0.08, -0.08]) > 1e-2


@pytest.mark.parametrize("number", [94, 95])
@pytest.mark.parametrize("x", [[0.0, 0.0], [1.0, -1.0], [1.0, 1.0j]])
def test_the_denominator_must_not_vanish(number, x):
    B = np.eye(2) if np.iscomplexobj(x) else np.ones((2, 2))
    with pytest.raises(ConditionError, match="other than zero"):
        RECORDS[number].derivative(x=x, A=np.eye(2), B=B)


def test_fifty_digits(rng):
    inputs = RECORDS[95].sample(rng)
    value = RECORDS[95].function(**{k: exact(v) for k, v in inputs.items()})
    assert rounded(value) == pytest.approx(RECORDS[95].function(**inputs), rel=1e-13)
