import pickle
import tracemalloc

import numpy as np
import pytest

from matopt.linalg import LagSums, Moments

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def normal(rng, *shape, dtype=float):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def moment(X):
    """Mean of x x^H, sample by sample."""
    return sum(np.outer(x, x.conj()) for x in X) / len(X)


def assert_close(A, B, rtol=1e-13):
    np.testing.assert_allclose(A, B, rtol=0, atol=rtol * np.abs(B).max())


@FIELDS
@pytest.mark.parametrize("sizes", [[1], [1, 1, 1], [7], [1, 0, 2], [3, 9, 1], [20, 30]])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_chunks_have_the_moments_of_all_samples(sizes, n, dtype, rng):
    parts = [normal(rng, m, n, dtype=dtype) + 3.0 for m in sizes]
    X = np.concatenate(parts)
    moments = Moments()
    for part in parts:
        moments.update(part)
    assert (moments.count, moments.features) == X.shape
    assert_close(moments.mean, X.mean(axis=0))
    assert_close(moments.about_zero.covariance, moment(X))
    S = moment(X - X.mean(axis=0))
    np.testing.assert_allclose(moments.about_mean.covariance, S, atol=1e-13)
    assert moments.about_mean.count == moments.about_zero.count == len(X)
    assert moments.about_mean.root.shape[1] <= n


@FIELDS
def test_merging_is_updating(dtype, rng):
    X = normal(rng, 40, 4, dtype=dtype)
    for cut in (0, 1, 3, 17, 40):
        merged = Moments().update(X[:cut]).merge(Moments().update(X[cut:]))
        assert merged.count == 40
        assert_close(merged.mean, X.mean(axis=0))
        assert_close(merged.about_zero.covariance, moment(X))


def test_real_chunks_and_complex_chunks_make_complex_moments(rng):
    X, Y = normal(rng, 6, 3), normal(rng, 5, 3, dtype=complex)
    S = moment(np.concatenate([X, Y]))
    assert_close(Moments().update(X).update(Y).about_zero.covariance, S)
    assert_close(Moments().update(Y).update(X).about_zero.covariance, S)


def test_a_mean_far_from_zero_costs_no_digits(rng):
    X = normal(rng, 1000, 3)
    moments = Moments().update(X + 1e8, rows=10)
    exact = np.cov(((X + 1e8) - 1e8).T, bias=True)
    S = moments.about_mean.covariance
    np.testing.assert_allclose(S, exact, rtol=0, atol=1e-13)


def test_the_root_keeps_small_eigenvalues(rng):
    """The sum of products would know them to 1e-16 of the largest only."""
    D = 10.0 ** -np.arange(0, 12, 3)
    Q = np.linalg.qr(normal(rng, 4, 4))[0]
    X = (normal(rng, 60, 4) * D) @ Q.T
    root = Moments().update(X, rows=7).about_zero.root
    values = np.linalg.svd(root, compute_uv=False)
    expected = np.linalg.svd(X, compute_uv=False) / np.sqrt(60)
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_one_call_for_every_kind_of_data(tmp_path, rng):
    da = pytest.importorskip("dask.array")
    X = normal(rng, 30, 4) + 1.0
    path = tmp_path / "X.npy"
    np.save(path, X)
    kinds = [
        X,
        X.tolist(),
        np.load(path, mmap_mode="r"),
        iter([X[:3], X[3:3], X[3:]]),
        (X[i : i + 7] for i in range(0, 30, 7)),
        da.from_array(X, chunks=(7, 3)),
        da.from_array(X, chunks=(30, 4)),
    ]
    for data in kinds:
        moments = Moments().update(data)
        assert moments.count == 30
        assert_close(moments.about_mean.covariance, np.cov(X.T, bias=True))


def test_dask_sums_blocks_without_all_the_samples(rng):
    da = pytest.importorskip("dask.array")
    ones = da.random.default_rng(0).standard_normal((3000, 3), chunks=(500, 3))
    X = ones.compute()
    moments = Moments().update(X[:10]).update(ones)
    assert_close(moments.about_zero.covariance, moment(np.r_[X[:10], X]))
    series = LagSums(4).update(ones[:, 0])
    assert_close(series.autocovariance(), LagSums(4).update(X[:, 0]).autocovariance())


def test_a_memory_map_is_never_in_memory_at_once(tmp_path):
    shape = (80_000, 8)  # 5 MB
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", float, shape)
    X[:] = np.arange(8) + np.arange(len(X))[:, None] % 5
    X.flush()
    expected = np.cov(X.T, bias=True)
    tracemalloc.start()
    moments = Moments().update(np.load(tmp_path / "X.npy", mmap_mode="r"), rows=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 10
    assert_close(moments.about_mean.covariance, expected, 1e-12)


def test_a_copy_is_independent_and_can_be_sent(rng):
    moments = Moments().update(normal(rng, 5, 3))
    sent = pickle.loads(pickle.dumps(moments))
    before = moments.about_mean.covariance
    sent.update(normal(rng, 5, 3))
    np.testing.assert_array_equal(moments.about_mean.covariance, before)
    with pytest.raises(ValueError, match="read-only"):
        moments.about_mean.root[0, 0] = 1.0
    mean = moments.mean
    mean[:] = 0.0
    assert moments.mean.any()


def test_wrong_arguments(rng):
    with pytest.raises(ValueError, match=r"no samples yet; call update\(samples\)"):
        _ = Moments().about_mean
    with pytest.raises(ValueError, match="samples has 3 features but there were 2"):
        Moments().update(np.ones((2, 2))).update(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"samples must be finite, got nan .* \(1, 0\)"
    ):
        Moments().update([[1.0], [np.nan]])
    with pytest.raises(ValueError, match=r"must have features, got shape \(3, 0\)"):
        Moments().update(np.ones((3, 0)))
    with pytest.raises(ValueError, match="rows must be an integer of at least 1"):
        Moments().update(np.ones((3, 2)), rows=0)
    with pytest.raises(TypeError, match="other must be a Moments, got LagSums"):
        Moments().merge(LagSums(2))
    assert repr(Moments()) == "Moments(<0 samples of 0 features>)"


def test_shifted_moments_are_those_of_shifted_samples(rng):
    X, by = rng.standard_normal((9, 3)) + 5.0, np.array([1.0, -2.0, 1e6])
    moments = Moments().update(X)
    shifted, expected = moments.shifted(by), Moments().update(X + by)
    np.testing.assert_allclose(shifted.mean, expected.mean)
    np.testing.assert_allclose(
        shifted.about_mean.covariance, moments.about_mean.covariance, rtol=1e-12
    )
    np.testing.assert_allclose(moments.mean, X.mean(axis=0))
    np.testing.assert_allclose(shifted.update(X + by).mean, expected.mean)
