import numpy as np
import pytest

from matopt.identities import first_order
from matopt.identities.entries import entries
from matopt.linalg import single_entry

RECORDS = {record.number: record for record in first_order.RECORDS}


def test_the_section_is_whole():
    assert list(RECORDS) == list(range(69, 76))
    assert {record.section for record in RECORDS.values()} == {"2.4.1"}


@pytest.mark.parametrize("number", RECORDS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_equation(number, size, dtype, rng):
    assert RECORDS[number].check(rng, size, dtype=dtype).worst <= 1e-12


@pytest.mark.parametrize("number", [69, 70, 71, 72])
def test_linear_forms_have_no_curvature(number, rng):
    inputs = RECORDS[number].sample(rng)
    V = np.ones_like(inputs[RECORDS[number].variable])
    assert not RECORDS[number].hessp(V, **inputs).any()


def test_a_matrix_by_its_entry_is_the_single_entry_matrix(rng):
    X = rng.standard_normal((2, 3))
    D = RECORDS[73].derivative(X=X)
    for i, j in np.ndindex(2, 3):
        J = single_entry(i, j, 2, 3)
        np.testing.assert_array_equal(RECORDS[73].derivative(X=X, i=i, j=j), J)
        np.testing.assert_array_equal(D[:, :, i, j], J)


@pytest.mark.parametrize("number", [74, 75])
def test_products_by_single_entries(number, rng):
    record = RECORDS[number]
    inputs = record.sample(rng)
    X, A = inputs["X"], inputs["A"]
    D = record.derivative(**inputs)
    for m, n in np.ndindex(X.shape):
        J = single_entry(m, n, *X.shape)
        expected = (J if number == 74 else J.T) @ A
        np.testing.assert_array_equal(record.derivative(**inputs, m=m, n=n), expected)
        np.testing.assert_array_equal(D[:, :, m, n], expected)
        for i, j in np.ndindex(expected.shape):
            entry = record.derivative(**inputs, i=i, j=j, m=m, n=n)
            assert entry == expected[i, j]


def test_the_function_of_an_entry(rng):
    inputs = RECORDS[75].sample(rng)
    F = inputs["X"].T @ inputs["A"]
    assert RECORDS[75].function(**inputs, i=1, j=2) == F[1, 2]


def test_products_with_the_jacobian(rng):
    inputs = RECORDS[74].sample(rng)
    V = rng.standard_normal(inputs["X"].shape)
    W = rng.standard_normal((len(V), inputs["A"].shape[1]))
    np.testing.assert_allclose(RECORDS[74].jvp(V, **inputs), V @ inputs["A"])
    np.testing.assert_allclose(RECORDS[74].vjp(W, **inputs), W @ inputs["A"].T)


@pytest.mark.parametrize("index", [2, -1])
def test_an_index_outside_is_named(index):
    with pytest.raises(IndexError, match=f"i must be from 0 to 1, got {index}"):
        RECORDS[73].derivative(X=np.eye(2, 3), i=index)


def test_entries_takes_whole_axes(rng):
    D = rng.standard_normal((2, 3, 4, 5))
    at = {"k": 1, "i": 2, "j": 3}
    np.testing.assert_array_equal(entries(D, "klij", at), D[1, :, 2, 3])
    assert entries(D, "klij", {}).shape == D.shape
