"""``matopt filter``: files in, files out, and what is wrong with them."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from scipy.io import wavfile

from matopt import filters
from matopt.cli import main
from matopt.cli.signal_file import read

CONFIG = """
[filter]
name = "frequency-domain-lms"
length = 8
block = 16
[signals]
input = "x.csv"
desired = "d.npz:d"
output = "clean.npz"
plot = "run.svg"
"""


@pytest.fixture
def signals(rng, tmp_path):
    """x, and d which is an echo of it, also as files."""
    x = 0.1 * rng.standard_normal(2000)
    d = np.convolve(x, [0.5, -0.3, 0.2])[:2000]
    for name, signal in (("x", x), ("d", d)):
        wavfile.write(tmp_path / f"{name}.wav", 8000, signal.astype(np.float32))
    np.savetxt(tmp_path / "x.csv", x, header="input", comments="")
    np.savez(tmp_path / "d.npz", d=d, other=x)
    return x, d


def call(*arguments):
    return CliRunner().invoke(main, ["filter", *map(str, arguments)])


def test_an_echo_is_cancelled(signals, tmp_path):
    """Wave files hold single precision."""
    x, d = signals
    clean = tmp_path / "clean.wav"
    files = ["--input", tmp_path / "x.wav", "--desired", tmp_path / "d.wav"]
    settings = ["--length", 8, "--step", 0.5, "--set", "regularization=1e-5"]
    result = call("nlms", *files, *settings, "--output", clean)
    assert result.exit_code == 0, result.output
    assert "NLMS(length=8, step=0.5, regularization=1e-05)" in result.output
    assert "Every sample was processed." in result.output
    rate, error = wavfile.read(clean)
    expected = filters.NLMS(8, 0.5, 1e-5).run(x, d).error
    assert rate == 8000 and error.dtype == np.float32
    np.testing.assert_allclose(error, expected, atol=1e-6)


def test_a_file_says_it_all(signals, tmp_path):
    x, d = signals
    (tmp_path / "config.toml").write_text(CONFIG)
    result = call(tmp_path / "config.toml", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.output)
    run = filters.FrequencyDomainLMS(8, block=16).run(x, d)
    with np.load(tmp_path / "clean.npz") as clean:
        np.testing.assert_array_equal(clean["error"], run.error)
        np.testing.assert_array_equal(clean["weights"], run.weights)
    power = np.mean(d**2) / np.mean(run.error**2)
    assert summary["erle_db"] == pytest.approx(10 * np.log10(power))
    bounds = filters.step_bounds(x, 8)
    assert summary["step_bounds"]["mean"] == pytest.approx(bounds.mean)
    assert (tmp_path / "run.svg").read_text().startswith("<?xml")
    shorter = call(tmp_path / "config.toml", "--json", "--length", 3)
    assert "FrequencyDomainLMS(length=3" in json.loads(shorter.output)["filter"]


def test_integers_and_channels_of_a_wave_file(tmp_path):
    steps = np.arange(-4, 4, dtype=np.int16) * 4096
    wavfile.write(tmp_path / "x.wav", 100, np.stack([steps, -steps], axis=1))
    wavfile.write(tmp_path / "d.wav", 100, (steps // 256 + 128).astype(np.uint8))
    files = ["--input", tmp_path / "x.wav", "--desired", tmp_path / "d.wav"]
    result = call("lms", *files, "--length", 1, "--step", 0.1, "--json")
    d = np.arange(-4, 4) / 8
    run = filters.LMS(1, 0.1).run(np.stack([d, -d]), d)
    assert json.loads(result.output)["error_power"] == np.mean(run.error**2)


@pytest.mark.parametrize("kind", ["flac", "ogg", "wav"])
def test_sounds_that_scipy_does_not_read(kind, signals, tmp_path):
    """In 24 bits, compressed with loss, and compressed in a .wav."""
    x, d = signals
    how = {"flac": "PCM_24", "ogg": "VORBIS", "wav": "ULAW"}[kind]
    for name, signal in (("x", x), ("d", d)):
        soundfile.write(tmp_path / f"{name}.{kind}", signal, 8000, subtype=how)
    clean = tmp_path / "clean.flac"
    files = ["--input", tmp_path / f"x.{kind}", "--desired", tmp_path / f"d.{kind}"]
    result = call("nlms", *files, "--length", 8, "--output", clean)
    assert result.exit_code == 0, result.output
    read = [soundfile.read(tmp_path / f"{name}.{kind}")[0] for name in "xd"]
    error, rate = soundfile.read(clean)
    assert rate == 8000
    np.testing.assert_allclose(error, filters.NLMS(8).run(*read).error, atol=2**-23)
    if kind == "flac":
        np.testing.assert_allclose(read[0], x, atol=2**-23)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no full disk")
def test_a_file_that_is_not_written_does_not_lose_the_summary(signals, tmp_path):
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    for option, name in (("--plot", "run.svg"), ("--output", "clean.csv")):
        (tmp_path / name).symlink_to("/dev/full")
        result = call("nlms", *files, "--length", 2, option, tmp_path / name, "--json")
        assert result.exit_code == 2 and "No space left" in result.stderr
        assert json.loads(result.stdout)["converged"]


def test_what_a_sound_cannot_hold_is_refused(signals, tmp_path):
    np.savetxt(tmp_path / "loud.csv", 30 * signals[1])
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "loud.csv"]
    result = call("lms", *files, "--length", 1, "--step", 1e-9, "--output", "a.flac")
    assert result.exit_code == 2 and "holds samples within [-1, 1]" in result.output


def test_without_soundfile_it_says_what_is_missing(signals, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    files = ["--input", "x.csv", "--desired", "d.csv", "--length", 1]
    result = call("nlms", *files, "--output", "a.flac")
    assert result.exit_code == 2
    assert "a.flac needs soundfile: pip install 'matopt[sound]'" in result.output


def test_a_divergence_is_told(signals, tmp_path):
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    result = call("lms", *files, "--length", 8, "--step", 90)
    assert result.exit_code == 1
    assert "grew without limit at sample" in result.output
    assert "bounds on the step of LMS: mean" in result.output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("length", "lenght"), "no setting 'lenght'; did you mean 'length'"),
        (
            ("desired", "desierd"),
            "signals.desierd is not known; did you mean 'desired'",
        ),
        (("[signals]", "[signal]"), "signal is not known; did you mean 'signals'"),
        (("-domain-", "-domian-"), "did you mean 'frequency-domain-lms'"),
        (("length = 8\n", ""), "the setting length is missing"),
        (("block = 16", "block = true"), "block must be a positive integer"),
        (("d.npz:d", "d.npz"), "holds d, other; write d.npz:NAME"),
        (("x.csv", "x.txt"), "x.txt: must end in .wav or .csv or .npy or .npz"),
        (("clean.npz", "clean.mp3"), "must end in .wav or .csv or .npz or .flac or"),
        (("x.csv", "broken.flac"), "broken.flac: "),
        (("x.csv", "none.ogg"), "No such file"),
        (("[filter]", "[filter"), "not TOML"),
        (("x.csv", "none.csv"), "none.csv"),
        (("x.csv", "broken.npy"), "broken.npy: is no .npy file of numbers"),
        (("x.csv", "broken.npz"), "broken.npz: is no .npz file of numbers"),
        (("x.csv", "empty.csv"), "empty.csv has 0 samples"),
        (("clean.npz", "none/clean.npz"), "there is no folder"),
        (('name = "frequency-domain-lms"\n', ""), "name of the filter is missing"),
        (
            ("block = 16", 'normalized = "False"'),
            "normalized must be true or false, got 'False'",
        ),
        (
            ("block = 16", "smoothing = true"),
            "must be a real number, got bool",
        ),
        (
            ("length = 8", f"length = {10**20}"),
            "length must be an integer of at most",
        ),
        (("block = 16", 'smoothing = "a"'), "smoothing must be a real number, got str"),
    ],
)
def test_what_is_wrong_is_named(change, message, signals, tmp_path):
    for kind in ("flac", "npy"):
        (tmp_path / f"broken.{kind}").write_bytes(b"no sound")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "config.toml").write_text(CONFIG.replace(*change, 1))
    result = call(tmp_path / "config.toml")
    assert result.exit_code == 2 and message in result.output


@pytest.mark.parametrize("kind", ["npy", "npz", "wav"])
def test_damaged_files_are_refused(kind, tmp_path, rng):
    path, x = tmp_path / f"x.{kind}", np.arange(600)
    if kind == "wav":
        wavfile.write(path, 8000, x.astype(np.int16))
    else:
        {"npy": np.save, "npz": np.savez_compressed}[kind](path, x)
    whole = path.read_bytes()
    for _ in range(200):
        damaged = bytearray(whole[: rng.integers(20, len(whole))])
        damaged[rng.integers(len(damaged))] ^= 255
        path.write_bytes(damaged)
        with warnings.catch_warnings():  # of SciPy, about what it leaves out
            warnings.simplefilter("ignore")
            try:
                read(str(path))
            except ValueError as error:
                assert f"x.{kind}" in str(error)  # else the byte did not matter


def test_brackets_in_brackets_are_refused(signals, tmp_path):
    (tmp_path / "deep.toml").write_text("a = " + "[" * 3000)
    result = call(tmp_path / "deep.toml")
    assert result.exit_code == 2 and "nested deeper than 32 tables" in result.output
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    result = call("nlms", *files, "--length", 2, "--set", "step=" + "[" * 90_000)
    assert result.exit_code == 2 and "step must be a real number" in result.output


def test_a_divergence_writes_no_output(signals, tmp_path):
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    for name in ("o.wav", "o.flac", "o.npz"):
        how = ["--length", 8, "--step", 90, "--output", tmp_path / name]
        result = call("lms", *files, *how)
        assert result.exit_code == 1
        assert f"{name} is not written, for the run diverged." in result.output
        assert not (tmp_path / name).exists()


def test_bad_samples_are_named_by_file_and_place(tmp_path):
    """Also behind the first chunk; in a table by row and column."""
    good = np.zeros(40_000)
    np.save(tmp_path / "good.npy", good)
    table = np.zeros((40_000, 2))
    table[35_000, 1], good[35_000] = np.inf, np.nan
    np.savez(tmp_path / "bad.npz", one=good, two=table, words=np.array(["a", "b"]))
    np.savetxt(tmp_path / "bad.csv", good)
    wavfile.write(tmp_path / "bad.wav", 8000, good.astype(np.float32))
    for name, message in (
        ("bad.npz:one", "bad.npz:one must be finite, got nan at index (35000) (1 such"),
        ("bad.npz:two", "bad.npz:two must be finite, got inf at index (35000, 1) "),
        ("bad.csv", "bad.csv must be finite, got nan at index (35000, 0)"),
        ("bad.wav", "bad.wav must be finite, got nan at index (35000)"),
        ("bad.npz:words", "bad.npz:words must be a numeric array, got dtype <U1"),
    ):
        for files in (("good.npy", name), (name, "good.npy")):
            x, d = (tmp_path / file for file in files)
            result = call("nlms", "--length", 2, "--input", x, "--desired", d)
            assert result.exit_code == 2 and message in result.output


def test_a_filter_that_does_not_fit_into_memory(signals, tmp_path):
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    result = call("rls", *files, "--length", 5_000_000)  # 200 TB
    assert result.exit_code == 2
    assert "rls needs more memory than there is: Unable to allocate" in result.output


def test_time_goes_down(signals, tmp_path):
    np.save(tmp_path / "row.npy", signals[0][None])
    for names in (("row.npy", "d.npz:d"), ("x.csv", "row.npy")):
        x, d = (tmp_path / name for name in names)
        result = call("nlms", "--length", 2, "--input", x, "--desired", d)
        assert result.exit_code == 2
        assert "row.npy: must hold a row for each time" in result.output
        assert "got shape (1, 2000); transpose it" in result.output


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "Csv", "NPZ"])
def test_suffixes_in_capital_letters(kind, signals, tmp_path):
    x, d = signals
    if kind in ("WAV", "FLAC"):
        soundfile.write(tmp_path / f"x.{kind}", x, 8000)
    elif kind == "Csv":
        np.savetxt(tmp_path / f"x.{kind}", x)
    else:
        (tmp_path / "d.npz").rename(tmp_path / "x.NPZ")
    np.save(tmp_path / "d.npy", d)
    name = "x.NPZ:other" if kind == "NPZ" else f"x.{kind}"
    files = ["--input", tmp_path / name, "--desired", tmp_path / "d.npy"]
    out = tmp_path / f"o.{kind}"
    result = call("nlms", *files, "--length", 4, "--output", out)
    assert result.exit_code == 0, result.output
    assert out.exists() and "samples a second" not in result.output
    if kind in ("WAV", "FLAC"):  # the rate of x, for d has none
        assert soundfile.info(out).samplerate == 8000


def test_a_rate_that_nobody_gave_is_told(signals, tmp_path):
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    out = tmp_path / "o.wav"
    result = call("nlms", *files, "--length", 4, "--output", out)
    assert result.exit_code == 0 and wavfile.read(out)[0] == 44100
    assert "o.wav has 44100 samples a second, for no input says how" in result.output


def test_silence_and_nothing(tmp_path):
    """No bound is a number where x is silent; JSON knows no infinity."""
    for name, count in (("zero", 50), ("none", 0)):
        np.save(tmp_path / f"{name}.npy", np.zeros(count))
    zero, none = tmp_path / "zero.npy", tmp_path / "none.npy"
    silent = call("nlms", "--length", 2, "--input", zero, "--desired", zero, "--json")
    assert silent.exit_code == 0 and "Infinity" not in silent.output
    assert json.loads(silent.output)["step_bounds"] == {}
    words = call("nlms", "--length", 2, "--input", zero, "--desired", zero)
    assert words.exit_code == 0 and "bounds" not in words.output
    nothing = call("nlms", "--length", 2, "--input", none, "--desired", none)
    assert nothing.exit_code == 2 and "none.npy hold no samples" in nothing.output


def test_filters_that_take_lists(signals, tmp_path):
    """The path of a controller, and the constraints of Frost."""
    x, d = signals
    files = ["--input", tmp_path / "x.csv", "--desired", tmp_path / "d.npz:d"]
    how = ["--length", 3, "--step", 0.5, "--json"]
    path = call("filtered-x-lms", *files, *how, "--set", "path=[0, 0.9]")
    run = filters.FilteredXLMS(3, 0.5, [0.0, 0.9]).run(x, d)
    assert json.loads(path.output)["error_power"] == np.mean(run.error**2)
    held = ["--set", "constraints=[[1], [1], [1]]", "--set", "target=[1]"]
    frost = call("constrained-lms", *files, *how, *held)
    run = filters.ConstrainedLMS(3, 0.5, np.ones((3, 1)), [1.0]).run(x, d)
    assert json.loads(frost.output)["error_power"] == np.mean(run.error**2)


def test_signals_must_fit(signals, tmp_path):
    np.save(tmp_path / "short.npy", np.ones(5))
    wavfile.write(tmp_path / "slow.wav", 4000, np.ones(2000, np.float32))
    x = ["nlms", "--length", 2, "--input", tmp_path / "x.wav"]
    short = call(*x, "--desired", tmp_path / "short.npy")
    assert "has 2000 samples but" in short.output and short.exit_code == 2
    slow = call(*x, "--desired", tmp_path / "slow.wav")
    assert "resample one" in slow.output
    assert "--desired FILE is missing" in call(*x).output
    assert "takes KEY=VALUE" in call(*x, "--set", "step").output
