import numpy as np
import pytest

from matopt.linalg import LagSums
from matopt.linalg.lag_sums import lagged_products

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def series(rng, length, dtype):
    y = rng.standard_normal(length) + 5.0
    return y if dtype is float else y + 1j * rng.standard_normal(length) - 2j


def naive(y, order):
    """Sum over t of y_(t+k) conj(y_t), pair by pair."""
    return [
        sum(y[t + k] * y[t].conj() for t in range(len(y) - k)) for k in range(order)
    ]


def in_parts(y, order, sizes):
    lags, first = LagSums(order), 0
    for size in sizes:
        lags.update(y[first : first + size])
        first += size
    return lags


@FIELDS
@pytest.mark.parametrize("sizes", [[1], [23], [1] * 9, [2, 3, 0, 11], [12, 1, 1, 1]])
@pytest.mark.parametrize("order", [1, 2, 5, 12])
def test_pairs_across_chunks_are_counted_once(sizes, order, dtype, rng):
    y = series(rng, sum(sizes), dtype)
    lags = in_parts(y, order, sizes)
    size = np.sum(np.abs(y) ** 2) / len(y)
    for centered, z in ((False, y), (True, y - y.mean())):
        expected = np.array(naive(z, order)) / len(y)
        found = lags.autocovariance(centered)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * size)
    assert lags.count == len(y)
    np.testing.assert_allclose(lags.mean, y.mean(), rtol=1e-13)


@FIELDS
@pytest.mark.parametrize("order", [512, 513])  # dot products, then transforms
def test_many_lags(order, dtype, rng):
    y = series(rng, 700, dtype)
    found = in_parts(y, order, [300, 400]).autocovariance(centered=False)
    expected = np.correlate(y, y, "full")[699 : 699 + order] / 700
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@FIELDS
@pytest.mark.parametrize("sizes", [[5], [9], [3, 4, 1, 9], [1] * 12])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_windows_have_their_scatter_exactly(sizes, order, dtype, rng):
    y = series(rng, sum(sizes), dtype)
    lags = in_parts(y, order, sizes)
    for scatter, z in ((lags.about_zero, y), (lags.about_mean, y - y.mean())):
        windows = np.array([z[t : t + order] for t in range(len(z) - order + 1)])
        S = sum(np.outer(x, x.conj()) for x in windows) / len(windows)
        assert scatter.count == len(windows)
        np.testing.assert_allclose(
            scatter.covariance, S, rtol=0, atol=1e-12 * np.abs(y).max() ** 2
        )


@FIELDS
def test_merging_parts_in_order_is_updating(dtype, rng):
    y = series(rng, 40, dtype)
    whole = LagSums(6).update(y)
    for cut in (0, 1, 4, 20, 38, 40):
        a, b = LagSums(6).update(y[:cut]), LagSums(6).update(y[cut:])
        a.merge(b)  # the two have different shifts
        np.testing.assert_allclose(
            a.autocovariance(), whole.autocovariance(), rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(
            a.about_zero.covariance, whole.about_zero.covariance, rtol=1e-12
        )


def test_a_mean_far_from_zero_costs_no_digits(rng):
    y = rng.standard_normal(500)
    far = LagSums(3).update(y + 1e8, rows=50).autocovariance()
    rounded = (y + 1e8) - 1e8
    near = LagSums(3).update(rounded).autocovariance()
    np.testing.assert_allclose(far, near, rtol=0, atol=1e-7)


def test_one_call_for_every_kind_of_data(tmp_path, rng):
    da = pytest.importorskip("dask.array")
    y = rng.standard_normal(50)
    np.save(tmp_path / "y.npy", y)
    expected = np.array(naive(y, 4)) / 50
    for data in (
        y.tolist(),
        np.load(tmp_path / "y.npy", mmap_mode="r"),
        (y[i : i + 8] for i in range(0, 50, 8)),
        da.from_array(y, chunks=7),
    ):
        found = LagSums(4).update(data).autocovariance(centered=False)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_wrong_arguments():
    for order in (0, 2.0, True):
        with pytest.raises(ValueError, match="order must be an integer of at least 1"):
            LagSums(order)
    with pytest.raises(ValueError, match="must have at least 3 values, got 2"):
        _ = LagSums(3).update([1.0, 2.0]).about_zero
    with pytest.raises(ValueError, match="at least 1 values, got 0"):
        LagSums(3).autocovariance()
    with pytest.raises(ValueError, match="other has 2 lags but there are 3 here"):
        LagSums(3).merge(LagSums(2).update([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"series must have 1 dimension"):
        LagSums(3).update(np.ones((3, 2)))
    assert repr(LagSums(3).update([1.0])) == "LagSums(<3 lags of 1 values>)"


@pytest.mark.parametrize("count", [1, 3, 9, 600])  # products, and transforms
@pytest.mark.parametrize("dtype", [float, complex])
def test_lagged_products_of_trials_against_their_definition(count, dtype, rng):
    x, y = rng.standard_normal((2, 3, 8)).astype(dtype)
    if dtype is complex:
        x, y = x * np.exp(1j * np.arange(8)), y * np.exp(0.3j * np.arange(8) ** 2)
    naive = np.zeros(count, dtype)
    for a, b in zip(x, y, strict=True):
        for k in range(min(count, 8)):
            naive[k] += sum(a[t + k] * np.conj(b[t]) for t in range(8 - k))
    np.testing.assert_allclose(lagged_products(x, y, count), naive, atol=1e-13)
    one = lagged_products(x[0], y[0], count)
    np.testing.assert_allclose(lagged_products(x[:1], y[:1], count), one, atol=1e-13)
