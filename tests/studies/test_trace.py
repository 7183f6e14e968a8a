"""Traces, thinned and compressed, and what is kept of them."""

import numpy as np
import pytest

from matopt.studies.trace import LONGEST, compress, expand, thin


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 300, 1000, 123457])
def test_thinning_keeps_both_ends_and_the_order(count):
    kept = thin(count)
    assert len(kept) == min(count, LONGEST)
    assert np.all(np.diff(kept) > 0)
    if count:
        assert (kept[0], kept[-1]) == (0, count - 1)


@pytest.mark.parametrize("rows", [0, 1, 2, 33])
def test_a_short_trace_is_kept_to_the_last_bit(rng, rows):
    history = {
        "value": rng.standard_normal(rows) * 1e300,
        "nfev": np.arange(rows, dtype=float),
        "gradient_norm": np.full(rows, np.nan),
    }
    back = expand(compress(history))
    assert list(back) == list(history)
    for name, column in history.items():
        assert column.tobytes() == back[name].tobytes()


def test_a_long_trace_is_small_and_exact_where_kept():
    value = np.exp(-np.linspace(0.0, 30.0, 50_000))
    data = compress({"value": value})
    assert len(data) < 8 * LONGEST + 200
    assert np.array_equal(expand(data)["value"], value[thin(len(value))])


def test_no_trace_is_no_bytes():
    assert expand(b"") == {}
    assert expand(compress({})) == {}
