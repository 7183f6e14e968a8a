"""Chunks, files, dtypes, divergence, and what is refused at the door."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from matopt import filters

SIX = [
    filters.LMS(7, 0.01),
    filters.LeakyLMS(7, 0.01, 0.1),
    filters.NLMS(7),
    filters.ReweightedZeroAttractingLMS(7, 0.01, 1e-3),
    filters.FilteredXLMS(7, 0.01, [0.0, 0.9, 0.2, -0.1]),
    filters.FilteredXLMS(7, 0.01, [1.0]),
    filters.BenvenisteLMS(7, 0.01, 1e-4),
    filters.ConstrainedLMS(7, 0.01, np.eye(7)[:, :2], [1.0, 0.5]),
    filters.AffineProjection(7, 3),
    filters.RLS(7),
    filters.QRRLS(7, 0.95),
    filters.SlidingWindowRLS(7, 20),
    filters.Kalman(7, 1e-3, 0.1),
    filters.AugmentedCLMS(7, 0.01),
    filters.BlockLMS(7, 0.01, 5),
]
BY_TRANSFORM = [
    filters.FrequencyDomainLMS(7, 0.01, 5, normalized=False),
    filters.FrequencyDomainLMS(7),
    filters.PartitionedFrequencyDomainLMS(7, 0.2, 3),
    filters.TransformDomainLMS(7),
]
SIGNALS = ("output", "error", "posterior_error", "history")


def in_chunks(running, x, d, sizes):
    """Process chunks of these sizes and the rest; return the joined signals."""
    cuts = [0, *np.cumsum(sizes), x.shape[-1]]
    runs = [running.process(x[..., a:b], d[..., a:b]) for a, b in pairwise(cuts)]
    joined = [np.concatenate([r.output for r in runs], axis=-1)]
    joined += [np.concatenate([r.error for r in runs], axis=-1)]
    joined += [np.concatenate([r.posterior_error for r in runs], axis=-1)]
    joined += [np.concatenate([r.history for r in runs], axis=x.ndim - 1)]
    return [*joined, runs[-1].weights]


@pytest.mark.parametrize("f", SIX, ids=repr)
@pytest.mark.parametrize("dtype", [float, complex])
def test_chunks_are_the_whole_to_the_last_bit(f, dtype, rng, naive, tmp_path):
    x, d = naive.noise(rng, 2, 2, 150, dtype=dtype)
    whole = f.run(x, d, history=3)
    sizes = [1, 1, 2, 3, 1, 30, 7, 64]
    parts = in_chunks(f.start(history=3), x, d, sizes)
    for name, part in zip((*SIGNALS, "weights"), parts, strict=True):
        np.testing.assert_array_equal(part, getattr(whole, name), err_msg=name)
    running = f.start(history=3)
    running.process(x[:, :41], d[:, :41])
    path = running.save(tmp_path / "state")
    again = f.load(path)
    after = again.process(x[:, 41:], d[:, 41:])
    np.testing.assert_array_equal(after.error, whole.error[:, 41:])
    np.testing.assert_array_equal(after.weights, whole.weights)
    assert again.samples == 150


@pytest.mark.parametrize("f", [filters.LMS(600, 1e-3), filters.NLMS(3)], ids=repr)
def test_long_and_short_lines_are_chunked_alike(f, rng, naive):
    """More samples than inner products are held at a time, and more taps."""
    x, d = rng.standard_normal((2, 2600))
    whole = f.run(x, d, history=500)
    parts = in_chunks(f.start(history=500), x, d, [1025, 3, 997])
    np.testing.assert_array_equal(parts[1], whole.error)
    U = naive.delay_line(x, f.length)
    step = f.step if f.length == 600 else None
    twin = naive.loop(
        U,
        d,
        lambda w, u, e, n: (
            w
            + (step or f.step / (u @ u + 1e-6 * (U[: n + 1] ** 2).sum(1).max())) * u * e
        ),
    )
    np.testing.assert_allclose(whole.error, twin.error, atol=1e-12)


def test_a_block_of_many_taps_is_chunked_to_rounding(rng, monkeypatch):
    monkeypatch.setattr("matopt.filters.recursive._LONG", 1)
    x, d = rng.standard_normal((2, 300))
    f = filters.RLS(50, 0.98)
    whole = f.run(x, d, history=7)
    parts = in_chunks(f.start(history=7), x, d, [1, 70, 3])
    for name, part in zip((*SIGNALS, "weights"), parts, strict=True):
        np.testing.assert_allclose(part, getattr(whole, name), atol=1e-11)


@pytest.mark.parametrize("f", BY_TRANSFORM, ids=repr)
@pytest.mark.parametrize("dtype", [float, complex])
def test_transforms_are_chunked_to_rounding(f, dtype, rng, naive, tmp_path):
    x, d = naive.noise(rng, 2, 2, 150, dtype=dtype)
    whole = f.run(x, d, history=3)
    parts = in_chunks(f.start(history=3), x, d, [1, 1, 2, 3, 1, 30, 7, 64])
    for name, part in zip((*SIGNALS, "weights"), parts, strict=True):
        np.testing.assert_allclose(part, getattr(whole, name), atol=1e-12)
    running = f.start(history=3)
    running.process(x[:, :41], d[:, :41])
    after = f.load(running.save(tmp_path / "state")).process(x[:, 41:], d[:, 41:])
    np.testing.assert_allclose(after.error, whole.error[:, 41:], atol=1e-12)


@pytest.mark.parametrize("f", [SIX[-1], *BY_TRANSFORM[:-1]], ids=repr)
def test_a_block_begins_anew_after_weights_were_held(f, rng):
    x, d = rng.standard_normal((2, 2, 150))
    held = f.start()
    w = held.process(x[:, :41], d[:, :41]).weights
    held.freeze()
    held.process(x[:, 41:45], d[:, 41:45])
    held.thaw()
    np.testing.assert_array_equal(held.process(x[:, 45:46], d[:, 45:46]).weights, w)


@pytest.mark.parametrize("f", [*SIX, *BY_TRANSFORM], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_single_precision_stays_single(f, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 200, dtype=complex)
    x, d = (a.astype(dtype) if dtype is np.complex64 else a.real for a in (x, d))
    run = f.run(x.astype(dtype), d.astype(dtype), history=50)
    for array in (run.output, run.error, run.posterior_error, run.weights, run.history):
        assert array.dtype == dtype
    double = f.run(
        x.astype(dtype).astype(complex if dtype is np.complex64 else float), d
    )
    np.testing.assert_allclose(run.error, double.error, atol=2e-4)


def test_threads_share_the_trials(rng):
    x, d = rng.standard_normal((2, 5, 3, 80))
    one, many = (filters.LMS(6, 0.02).run(x, d, threads=t) for t in (1, 4))
    np.testing.assert_array_equal(one.error, many.error)
    assert one.weights.shape == (5, 3, 6)
    alone = filters.LMS(6, 0.02).run(x[4, 1], d[4, 1])
    np.testing.assert_array_equal(alone.error, one.error[4, 1])


@pytest.mark.parametrize("f", [filters.LMS(4, 0.05), filters.RLS(4)], ids=repr)
def test_frozen_weights_only_filter(f, rng):
    x, d = rng.standard_normal((2, 60))
    running = f.start()
    w = running.process(x[:30], d[:30]).weights
    ahead = running.predict(x[30:])
    running.freeze()
    held = running.process(x[30:37], d[30:37])
    expected = np.convolve(x, w)[30:60]
    np.testing.assert_allclose(ahead, expected, atol=1e-14)
    np.testing.assert_allclose(held.output, expected[:7], atol=1e-14)
    np.testing.assert_array_equal(held.weights, w)
    np.testing.assert_array_equal(held.error, held.posterior_error)
    running.thaw()
    last = running.process(x[37:], d[37:])
    rows = np.array([x[n - 3 : n + 1][::-1] for n in range(37, 60)])
    if isinstance(f, filters.LMS):
        fresh = f.run(rows, d[37:], weights=w)
        np.testing.assert_allclose(last.error, fresh.error, atol=1e-13)


@pytest.mark.parametrize("f", SIX, ids=repr)
def test_adapting_on_after_a_pause_forgets_how_the_weights_came(f, rng):
    """Only weights and signals count, where a filter remembers nothing else."""
    if isinstance(f, filters.RLS | filters.QRRLS | filters.Kalman):
        pytest.skip("it remembers how much it knows")
    if hasattr(f, "regularization"):  # relative to the loudest heard while adapting
        f = replace(f, regularization=0.0)
    if hasattr(f, "ridge"):  # relative to the first heard while adapting
        f = replace(f, ridge=0.1)
    x, d = rng.standard_normal((2, 90))
    learned = f.start()
    w = learned.process(x[:30], d[:30]).weights
    learned.freeze()
    learned.process(x[30:51], d[30:51])
    learned.thaw()
    told = f.start(weights=w)
    told.freeze()
    told.process(x[:51], d[:51])
    told.thaw()
    if isinstance(f, filters.BenvenisteLMS | filters.FilteredXLMS):
        one, other = (r.process(x[51:52], d[51:52]) for r in (learned, told))
        assert abs(one.output - other.output) < 1e-14
        return
    one, other = (r.process(x[51:], d[51:]) for r in (learned, told))
    np.testing.assert_allclose(one.error, other.error, atol=1e-10)


@pytest.mark.parametrize("path", [[1.0], [2.0], [0.0, 0.7, -0.2]])
@pytest.mark.parametrize("estimate", [None, [0.5, 0.5]])
def test_a_held_controller_is_heard_through_its_path(path, estimate, rng):
    x, d = rng.standard_normal((2, 40))
    f = filters.FilteredXLMS(3, 0.1, path, estimate)
    w = [1.0, 0.5, 0.2]
    running = f.start(weights=w)
    running.freeze()
    e = [running.process(x[a : a + 8], d[a : a + 8]).error for a in range(0, 40, 8)]
    heard = np.convolve(np.convolve(x, w), path)[:40]
    np.testing.assert_allclose(np.concatenate(e), d - heard, atol=1e-13)


def test_predictions_need_no_run(rng):
    x, w = rng.standard_normal(20), rng.standard_normal(3)
    f = filters.LMS(3, 0.1)
    np.testing.assert_allclose(f.predict(x, w), np.convolve(x, w)[:20], atol=1e-14)
    U = rng.standard_normal((20, 3))
    np.testing.assert_allclose(f.predict(U, w, regressors=True), U @ w, atol=1e-14)
    two = rng.standard_normal((2, 3))
    X = rng.standard_normal((2, 20))
    y = sum(np.convolve(a, b)[:20] for a, b in zip(X, two, strict=True))
    np.testing.assert_allclose(f.predict(X, two), y, atol=1e-14)
    z, wide = x + 1j * x[::-1], two + 1j
    y = np.convolve(z, wide[0].conj())[:20] + np.convolve(z.conj(), wide[1].conj())[:20]
    both = filters.AugmentedCLMS(3, 0.1)
    np.testing.assert_allclose(both.predict(z, wide), y, atol=1e-14)


def test_a_divergence_is_a_value_with_the_sample_and_the_cure(rng):
    x = rng.standard_normal((2, 3000))
    x[0] *= 0.01
    run = filters.LMS(8, 0.5).run(x, x + rng.standard_normal(x.shape))
    n = run.diverged[1]
    assert not run.success and run.diverged[0] == -1 and 0 < n < 3000
    assert np.isfinite(run.output[0]).all() and np.isnan(run.output[1, n:]).all()
    assert np.isfinite(run.error[1, :n]).all() and np.isfinite(run.weights).all()
    assert f"at sample {n} of trial 1" in run.status
    assert "Lower step = 0.5 below 2 / max |u|^2, or take NLMS" in run.status
    assert filters.NLMS(8).run(x, x).status == "Every sample was processed."


@pytest.mark.parametrize("f", SIX[:6], ids=repr)
def test_a_stopped_trial_stays_stopped(f):
    running = f.start(weights=np.zeros(f.length))
    running._state["diverged"] = np.array([-1])
    x = np.full(5, 1e200)
    first = running.process(x, x)
    later = running.process(np.ones(3), np.ones(3))
    assert first.diverged == later.diverged
    assert first.diverged == -1 or np.isnan(later.output).all()


def test_near_silence_does_not_make_large_weights(rng):
    """Noise in d while x fades by 160 dB: the regularization is relative to x."""
    x = rng.standard_normal(6000)
    x[3000:] *= 1e-8
    wanted = rng.standard_normal(8)
    d = np.convolve(x, wanted)[:6000] + 1e-2 * rng.standard_normal(6000)
    for f in (filters.NLMS(8), filters.AffineProjection(8, 2)):
        run = f.run(x, d, history=1)
        assert np.abs(run.history[300:] - wanted).max() < 0.1


def test_silence_at_the_start_is_waited_for(rng):
    x = np.concatenate([np.zeros(50), rng.standard_normal(300)])
    for f in (filters.NLMS(3, 1.0, 0.0), filters.RLS(3), filters.QRRLS(3)):
        run = f.run(x, -x)
        assert np.isfinite(run.error).all() and abs(run.weights[0] + 1) < 1e-2


def test_a_loud_burst_leaves_no_rounding_behind(rng, naive):
    """|u|^2 is never a difference: 1e8 times louder for three samples."""
    x, d = rng.standard_normal((2, 400))
    x[100:103] *= 1e8
    run = filters.NLMS(5, 0.5, 0.0).run(x, d)
    U = naive.delay_line(x, 5)
    update = lambda w, u, e, n: w + 0.5 * u * e / (u @ u)  # noqa: E731
    twin = naive.loop(U, d, update)
    np.testing.assert_allclose(run.error[110:], twin.error[110:], rtol=1e-9, atol=1e-9)


def test_sequences_and_integers_are_signals():
    run = filters.LMS(1, 0.5).run([1, 2], [3, 4])
    assert run.output.tolist() == [0.0, 3.0] and run.history is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan], [1.0, 2.0]), r"x must be finite, got nan at index \(1\)"),
        (([1.0, 2.0], [1.0, np.inf]), r"d must be finite, got inf at index \(1\)"),
        (([1.0, 2.0], [1.0]), r"x has shape \(2,\) but d has shape \(1,\); x must be"),
        ((3.0, [1.0]), "x must have a time axis, got a single number"),
        (([], []), r"d must hold samples, got shape \(0,\)"),
        ((np.ones((3, 3)), np.ones(3)), "pass regressors=True or False"),
        (("abc", [1.0]), "x must be a numeric array"),
    ],
)
def test_signals_are_checked_at_the_door(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        filters.LMS(3, 0.1).run(*arguments)


def test_a_column_is_no_series():
    column = np.ones((200, 1))
    message = r"d of shape \(200, 1\) is 200 trials of one sample; .* pass x\.ravel\(\)"
    for f in (filters.LMS(3, 0.1), filters.RLS(3)):
        with pytest.raises(ValueError, match=message):
            f.run(column, column)
        assert f.start().process(column, column).output.shape == (200, 1)
        assert f.run(column[:1], column[:1]).output.shape == (1, 1)


def test_a_square_is_told_what_it_is(rng):
    x, d = rng.standard_normal((3, 3)), rng.standard_normal(3)
    rows = filters.LMS(3, 0.1).run(x, d, regressors=True)
    channels = filters.LMS(3, 0.1).run(x, d, regressors=False)
    assert rows.weights.shape == (3,) and channels.weights.shape == (3, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.LMS(0, 0.1), "length must be at least 1, got 0"),
        (lambda: filters.LMS(2.0, 0.1), "length must be an integer, got float"),
        (lambda: filters.LMS(2, 0.0), "step must be positive and finite, got 0"),
        (lambda: filters.NLMS(2, 2.5), r"step must be in \(0, 2\), got 2.5"),
        (lambda: filters.NLMS(2, 1.0, -1.0), "regularization must be at least 0"),
        (lambda: filters.LeakyLMS(2, 0.5, 2.0), "step . leakage must be below 1"),
        (lambda: filters.MixedNormLMS(2, 0.1, 1.5), r"mix must be in \[0, 1\]"),
        (lambda: filters.AngLMS(2, 0.1, 0.1, 1.0), r"retained must be in \[0, 1\)"),
        (
            lambda: filters.MathewsLMS(2, 0.1, 0.1, (0.2, 0.3)),
            r"step must be within limits = \(0.2, 0.3\), got 0.1",
        ),
        (lambda: filters.FilteredXLMS(2, 0.1, []), "path must have at least one tap"),
        (
            lambda: filters.ConstrainedLMS(2, 0.1, np.ones((2, 2)), [1.0]),
            r"constraints has shape \(2, 2\) but target has 1 entries",
        ),
        (
            lambda: filters.ConstrainedLMS(2, 0.1, np.ones((2, 2)), [1.0, 1.0]),
            "independent columns, got rank 1 of 2",
        ),
        (lambda: filters.LMS(2, 0.1).start(history=0), "history must be a positive"),
        (lambda: filters.LMS(2, 0.1).start().weights, "process one"),
        (
            lambda: filters.LMS(2, 0.1).run([1.0], [1.0], weights=[1.0]),
            r"weights must have shape \(2,\), got \(1,\)",
        ),
        (
            lambda: filters.FilteredXLMS(2, 0.1, [1.0]).run(
                np.ones((3, 2)), np.ones(3)
            ),
            "takes no regressors",
        ),
        (
            lambda: filters.ConstrainedLMS(2, 0.1, [[1j], [1]], [1.0]).run(
                [1.0], [1.0]
            ),
            "constraints or target is complex but x and d are real",
        ),
        (
            lambda: filters.ConstrainedLMS(2, 0.1, np.eye(4)[:, :1], [1]).run([1], [1]),
            "constraints has 4 rows but the filter has 2 taps",
        ),
    ],
)
def test_a_wrong_setting_is_named(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.LMS(3, "a"), "step must be a real number, got str"),
        (lambda: filters.NLMS(3, None), "step must be a real number, got NoneType"),
        (lambda: filters.LeakyLMS(3, 0.1, 1j), "leakage must be a real number, got"),
        (
            lambda: filters.MathewsLMS(3, 0.1, 1e-3, limits=0.2),
            r"limits must be a pair, the least and the largest step, got 0\.2",
        ),
        (lambda: filters.FilteredXLMS(3, 0.1, [1j]), "path must be real, got dtype"),
    ],
)
def test_a_setting_of_a_wrong_type_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_paths_are_series_of_numbers():
    with pytest.raises(ValueError, match="path must be finite, got nan"):
        filters.FilteredXLMS(3, 0.1, [1.0, np.nan])
    with pytest.raises(ValueError, match="path must have 1 dimension"):
        filters.FilteredXLMS(3, 0.1, 0.5)


def test_chunks_keep_the_layout(rng):
    running = filters.LMS(3, 0.1).start()
    running.process(np.ones(4), np.ones(4))
    running.process(np.ones(4, np.float32), np.ones(4))  # fits in double precision
    with pytest.raises(ValueError, match=r"complex128 1 channel.* with float64"):
        running.process(1j * np.ones(4), np.ones(4))
    with pytest.raises(ValueError, match=r"trials of shape \(2,\) but"):
        running.process(np.ones((2, 4)), np.ones((2, 4)))


def test_a_file_is_checked(tmp_path):
    running = filters.LMS(3, 0.1).start()
    with pytest.raises(ValueError, match="nothing to save"):
        running.save(tmp_path / "a")
    running.process([1.0, 2.0], [1.0, 2.0])
    path = running.save(tmp_path / "a")
    with pytest.raises(ValueError, match=r"is the state of LMS\(length=3, step=0.1\)"):
        filters.LMS(3, 0.2).load(path)
    (tmp_path / "b.npz").write_text("nothing")
    with pytest.raises(ValueError, match="not a state that matopt saved"):
        filters.LMS(3, 0.1).load(tmp_path / "b.npz")
    with pytest.raises(FileNotFoundError):
        filters.LMS(3, 0.1).load(tmp_path / "c.npz")


def test_a_damaged_file_is_refused(tmp_path):
    f = filters.LMS(3, 0.1)
    running = f.start()
    running.process([1.0, 2.0], [1.0, 2.0])
    path = running.save(tmp_path / "a")
    with np.load(path) as file:
        np.savez_compressed(path, **file)
    whole = bytearray(path.read_bytes())
    first = whole.index(b"header.npy") + len("header.npy")
    whole[first : first + 40] = b"\xff" * 40  # what zlib cannot read
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="not a state that matopt saved"):
        f.load(path)


@pytest.mark.parametrize("chunks", [[3000], [1001, 699, 1300]])
def test_no_weights_are_kept_after_a_divergence(chunks, rng):
    """Of a trial that has stopped there are none, not what memory held."""
    x, d = rng.standard_normal((2, 2, 3000))
    x[0] *= 0.01
    for f in (
        filters.LMS(8, 0.5),
        filters.SignDataLMS(8, 2.0),
        filters.BlockLMS(8, 1, 2),
    ):
        running, cuts = f.start(history=7), np.cumsum([0, *chunks])
        runs = [
            running.process(x[:, a:b], d[:, a:b]) for a, b in pairwise(cuts.tolist())
        ]
        history = np.concatenate([run.history for run in runs], axis=1)
        n = int(runs[-1].diverged[1])
        assert 7 < n < 2900 and np.isfinite(history[0]).all()
        assert np.isfinite(history[1, : n // 7 + 1]).all()
        assert np.isnan(history[1, n // 7 + 1 :]).all()


def full_of_large_numbers(shape, dtype=float, order="C"):
    return np.full(shape, np.finfo(dtype).max, dtype, order)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "f",
    [
        filters.LMS(8, 0.5),
        filters.SignDataLMS(8, 2.0),
        filters.BlockLMS(8, 1, 2),
        filters.FrequencyDomainLMS(8, 1.9, 64),
    ],
    ids=repr,
)
def test_what_memory_held_is_never_converted(f, rng, monkeypatch):
    for dtype in (np.float32, np.complex64):
        x, d = rng.standard_normal((2, 2, 3000)).astype(dtype)
        f.run(x, d, history=7)  # compiles
        with monkeypatch.context() as patch:
            patch.setattr(np, "empty", full_of_large_numbers)
            run = f.run(x, d, history=7)
        assert not run.success and np.isnan(run.history[0, -1]).all()


def test_a_state_is_of_numbers_whoever_made_them(tmp_path):
    f, same = filters.LMS(np.int64(3), np.float64(0.1)), filters.LMS(3, 0.1)
    running = f.start()
    running.process([1.0, 2.0], [1.0, 2.0])
    again = same.load(running.save(tmp_path / "state"))
    np.testing.assert_array_equal(again.weights, running.weights)


def test_signals_that_cannot_be_written_compile_nothing(rng):
    from matopt.filters.kernels.blocks import adapt_in_blocks

    x, d = rng.standard_normal((2, 50))
    expected = filters.LMS(3, 0.1).run(x, d).error
    compiled = len(adapt_in_blocks.signatures)
    x.flags.writeable = d.flags.writeable = False
    np.testing.assert_array_equal(filters.LMS(3, 0.1).run(x, d).error, expected)
    assert len(adapt_in_blocks.signatures) == compiled


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.RLS(3, "a"), "forgetting must be a real number, got str"),
        (lambda: filters.MixedNormLMS(3, 0.1, "a"), "mix must be a real number"),
        (lambda: filters.AngLMS(3, 0.1, 0.1, "a"), "retained must be a real number"),
        (lambda: filters.Kalman(3, 1j, 1.0), "drift must be a real number, got co"),
        (
            lambda: filters.TransformDomainLMS(3, smoothing="a"),
            "smoothing must be a real number",
        ),
        (
            lambda: filters.FrequencyDomainLMS(3, constrained="no"),
            "constrained must be true or false, got 'no'",
        ),
        (
            lambda: filters.PartitionedFrequencyDomainLMS(3, normalized=1),
            "normalized must be true or false, got 1",
        ),
    ],
)
def test_a_share_or_a_flag_of_a_wrong_type_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_a_prediction_before_the_first_chunk_begins_nothing():
    running = filters.LMS(2, 0.1).start(weights=[1.0, 2.0])
    np.testing.assert_array_equal(running.predict([1.0, 0.0]), [1.0, 2.0])
    assert running.process([1j, 0j], [1j, 0j]).output.dtype == complex


def test_a_whole_number_for_a_setting_compiles_nothing(rng):
    from matopt.filters.kernels.blockwise import adapt_after_blocks

    x, d = rng.standard_normal((2, 20))
    filters.BlockLMS(3, 1.0, 40).run(x, d)
    compiled = len(adapt_after_blocks.signatures)
    filters.BlockLMS(3, 1, 40).run(x, d)
    assert len(adapt_after_blocks.signatures) == compiled
