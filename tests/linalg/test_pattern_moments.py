import numpy as np
import pytest

from matopt.linalg import PatternMoments

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def with_holes(rng, m, n, dtype=float, share=0.3):
    X = rng.standard_normal((m, n)).astype(dtype)
    if dtype is complex:
        X += 1j * rng.standard_normal((m, n))
    X[rng.random((m, n)) < share] = np.nan
    return X


def naive(X, centered):
    """{observed features: (count, S)}, sample by sample."""
    rows = {}
    for x in X:
        observed = tuple(np.flatnonzero(~np.isnan(x)))
        if observed:
            rows.setdefault(observed, []).append(x[list(observed)])
    found = {}
    for key, R in rows.items():
        R = np.array(R) - (np.mean(R, axis=0) if centered else 0.0)
        found[key] = len(R), sum(np.outer(x, x.conj()) for x in R) / len(R)
    return found


def assert_patterns(moments, X):
    for centered in (False, True):
        patterns, expected = moments.patterns(centered), naive(X, centered)
        assert {tuple(p.observed) for p in patterns} == set(expected)
        for p in patterns:
            count, S = expected[tuple(p.observed)]
            assert p.count == count == p.scatter.count
            np.testing.assert_allclose(p.scatter.covariance, S, rtol=0, atol=1e-12)


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_pattern_has_its_moments(n, dtype, rng):
    X = with_holes(rng, 60, n, dtype)
    assert_patterns(PatternMoments().update(X), X)
    moments = PatternMoments().update(X, rows=7)
    assert_patterns(moments, X)
    assert_patterns(PatternMoments().update(X[:20]).merge(moments), np.r_[X[:20], X])
    empty = int(np.isnan(X).all(axis=1).sum())
    assert (moments.dropped, moments.count) == (empty, 60 - empty)
    assert moments.entries == np.sum(~np.isnan(X))
    seen = ~np.isnan(X)
    np.testing.assert_array_equal(moments.together(), seen.T.astype(float) @ seen)


def test_merging_leaves_a_copy_alone(rng):
    da = pytest.importorskip("dask.array")
    X = with_holes(rng, 40, 3)
    assert_patterns(PatternMoments().update(da.from_array(X, chunks=(9, 2))), X)


def test_masked_entries_are_missing(rng):
    X = with_holes(rng, 20, 3)
    masked = np.ma.masked_array(np.nan_to_num(X), mask=np.isnan(X))
    assert_patterns(PatternMoments().update(masked), X)


def test_a_table_has_names(rng):
    pandas = pytest.importorskip("pandas")
    X = with_holes(rng, 20, 2)
    moments = PatternMoments().update(pandas.DataFrame(X, columns=["a", "b"]), rows=6)
    assert moments.names == ["a", "b"]
    assert_patterns(moments, X)


def test_few_samples_a_pattern_take_the_memory_of_the_samples(rng):
    moments = PatternMoments().update(with_holes(rng, 50, 40))
    assert sum(p.scatter.root.size for p in moments.patterns()) < 50 * 40


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"samples must be finite, got inf .*\(0, 1\)"):
        PatternMoments().update([[np.nan, np.inf]])
    with pytest.raises(ValueError, match="samples has 1 features but there were 2"):
        PatternMoments().update([[1.0, 2.0]]).update([[1.0]])
    with pytest.raises(TypeError, match="samples must be a numeric array"):
        PatternMoments().update([["a", "b"]])
    text = "PatternMoments(<1 samples of 2 features, 1 patterns>)"
    assert repr(PatternMoments().update([[1.0, np.nan]])) == text


def test_shifted_moments_are_those_of_shifted_samples(rng):
    X, by = rng.standard_normal((9, 3)), np.array([1.0, -2.0, 3.0])
    X[::2, 1] = np.nan
    shifted = PatternMoments().update(X).shifted(by).patterns()
    for one, other in zip(
        shifted, PatternMoments().update(X + by).patterns(), strict=True
    ):
        np.testing.assert_array_equal(one.observed, other.observed)
        np.testing.assert_allclose(one.scatter.covariance, other.scatter.covariance)
