import csv
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from matopt.studies import sample_file
from matopt.studies.sample_file import SampleFile


def text(folder, content, name="data.csv"):
    path = folder / name
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2\n3,4\n", ["a", "b"]),
        ("\ufeffa;b\r\n1;2\r\n\r\n3;4\r\n", ["a", "b"]),
        ("a\tb\n1\t2\n3\t4", ["a", "b"]),
        ("  1 2\n3   4 \n", ["0", "1"]),
        ("1,2\n3,4\n", ["0", "1"]),
        ('"a","b, c"\n"1",2\n3,"4"\n', ["a", "b, c"]),
    ],
)
def test_text(tmp_path, content, names):
    file = SampleFile(text(tmp_path, content))
    assert file.names == names
    assert file.array().tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('y\n1.5\n""\n2.0\n', ["y"]),  # pandas, where a value is missing
        ('"y"\n"1.5"\n""\n"2"\n', ["y"]),  # csv.QUOTE_ALL
        ('"y"\n1.5\n""\n2\n', ["y"]),  # csv.QUOTE_NONNUMERIC
        ("water level\n1.5\n\n2\n", ["water level"]),
        ('"water, level"\n1.5\n""\n2\n', ["water, level"]),
        ('1.5\n""\n2\n', ["0"]),
        ("1.5\nNA\n2\n", ["0"]),
    ],
)
def test_one_column_in_quotes_or_not(tmp_path, content, names):
    file = SampleFile(text(tmp_path, content), missing=True)
    assert file.names == names
    assert np.array_equal(file.array(), [[1.5], [np.nan], [2]], equal_nan=True)


def test_one_column_as_pandas_writes_it(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"y": [1.5, np.nan, 2.0, np.nan]})
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC):
        frame.to_csv(tmp_path / "y.csv", index=False, quoting=quoting)
        X = SampleFile(tmp_path / "y.csv", missing=True).array()
        assert np.array_equal(X, frame.to_numpy(), equal_nan=True)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("# a comment, of words, many\n1,2\n3,4\n", ["0", "1"]),
        ("#t,x\n1,2\n3,4\n", ["t", "x"]),
        ("# of words\r\n\r\n## t , x\r\n1,2\r\n3,4\r\n", ["t", "x"]),
        ("# t x\n1 2\n3 4\n", ["t", "x"]),
        ('# "t, s";x\n1;2\n3;4\n', ["t, s", "x"]),
        ("# t,x\n\n1,2\n3,4\n", ["0", "1"]),  # not just above
        ("# t,x\na,b\n1,2\n3,4\n", ["a", "b"]),
        ("#5,6\n1,2\n3,4\n", ["0", "1"]),  # a sample that was left out
        ("#\n  # two\n\n# more\na;b\n1;2\n3;4\n", ["a", "b"]),
        ("#\ta\n1\t2\n3\t4\n", ["#", "a"]),  # a name, the number of a row
        ('"a b" "c"\n1 2\n 3  4\n', ["a b", "c"]),
    ],
)
def test_comments_at_the_top(tmp_path, content, names):
    file = SampleFile(text(tmp_path, content))
    assert file.names == names
    assert file.array().tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_numpy_writes_names_as_a_comment(tmp_path):
    X = [[1.0, 2.0], [3.0, 4.0]]
    for mark in (",", " ", "\t"):
        np.savetxt(tmp_path / "x.txt", X, delimiter=mark, header=f"t{mark}x")
        for header in (None, True, False):
            file = SampleFile(tmp_path / "x.txt", header=header)
            assert file.names == (["0", "1"] if header is False else ["t", "x"])
            assert file.array().tolist() == X
    np.savetxt(tmp_path / "y.txt", [1.0, 3.0], header="water level")
    assert SampleFile(tmp_path / "y.txt").names == ["water level"]


def test_columns_in_the_order_asked_for(tmp_path):
    file = SampleFile(text(tmp_path, "a,b,c\n1,x,3\n4,y,6\n"), ["c", "a"])
    assert file.array().tolist() == [[3.0, 1.0], [6.0, 4.0]]


@pytest.mark.parametrize("header", ["a,a,b,a", ",,,"])
def test_columns_of_one_name_are_all_read(tmp_path, header):
    file = SampleFile(text(tmp_path, f"{header}\n1,2,3,4\n5,6,7,8\n"))
    assert file.names == header.split(",")
    assert file.array().tolist() == [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]


def test_columns_of_one_name_in_parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [[1.0, 5.0], [2, 6], [3.0, None], [4, 8]]
    columns = [arrow.array(values) for values in rows]
    table = arrow.Table.from_arrays(columns, names=["a", "b", "a", "c"])
    path = tmp_path / "t.parquet"
    parquet.write_table(table, path)
    X = SampleFile(path, missing=True).array()
    assert np.array_equal(X, [[1, 2, 3, 4], [5, 6, np.nan, 8]], equal_nan=True)
    chosen = SampleFile(path, ["c", "b"])
    assert chosen.array().tolist() == [[4.0, 2.0], [8.0, 6.0]]
    with pytest.raises(ValueError, match="row 2, column 'a' is missing"):
        SampleFile(path).array()
    words = arrow.Table.from_arrays([columns[0], arrow.array(["x", "y"])], ["a", "a"])
    parquet.write_table(words, path)
    with pytest.raises(ValueError, match=r"column 'a' is not numeric but .*string"):
        SampleFile(path).array()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("1,,3", ["0", "1", "2"]),
        ("NA,2,nan", ["0", "1", "2"]),
        ("2000,2001,2002", ["0", "1", "2"]),
        ("a,,3", ["a", "", "3"]),
        (",NA,", ["", "NA", ""]),
    ],
)
def test_the_first_line_is_a_sample_if_its_cells_are_numbers(tmp_path, line, names):
    file = SampleFile(text(tmp_path, f"{line}\n4,5,6\n7,8,9\n"), missing=True)
    assert file.names == names
    assert len(file.array()) == (3 if names[0] == "0" else 2)


def test_what_the_first_line_is_may_be_said(tmp_path):
    path = text(tmp_path, "2000,2001\n1,2\n3,4\n")
    file = SampleFile(path, ["2001"], header=True)
    assert file.array().tolist() == [[2.0], [4.0]]
    path = text(tmp_path, ",\n1,2\n3,4\n")
    file = SampleFile(path, header=False, missing=True)
    assert file.names == ["0", "1"] and file.array().shape == (3, 2)


def test_a_header_is_said_of_text_only(tmp_path):
    path = text(tmp_path, "a,b\n1,2\n")
    with pytest.raises(ValueError, match="column '0' is not numeric: row 1 has 'a'"):
        SampleFile(path, header=False).array()
    np.save(tmp_path / "x.npy", np.eye(2))
    with pytest.raises(
        ValueError, match=r"are for text, not for \.npy; leave them out"
    ):
        SampleFile(tmp_path / "x.npy", header=True)
    with pytest.raises(ValueError, match=r"are for text, not for \.parquet; leave"):
        SampleFile(text(tmp_path, "no table", "x.parquet"), header=False)


def test_what_is_missing_in_text(tmp_path):
    path = text(tmp_path, "a,b\n1,\nNA,nan\nnull,4\n")
    X = SampleFile(path, missing=True).array()
    assert np.array_equal(np.isnan(X), [[0, 1], [1, 1], [1, 0]])


def test_all_formats_hold_the_same(tmp_path, rng, monkeypatch):
    pandas = pytest.importorskip("pandas")
    monkeypatch.setattr(sample_file, "_ENTRIES", 12)  # chunks of 4 rows
    X = rng.standard_normal((11, 3))
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    frame.to_parquet(tmp_path / "x.parquet")
    frame.to_csv(tmp_path / "x.csv", index=False)
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", any=X)
    for suffix in ("parquet", "csv", "npy", "npz"):
        file = SampleFile(tmp_path / f"x.{suffix}")
        parts = list(file.chunks())
        assert [len(p) for p in parts] == [4, 4, 3]
        assert np.array_equal(np.vstack(parts), X), suffix
        names = ["2", "0"] if suffix.startswith("n") else ["c", "a"]
        chosen = SampleFile(tmp_path / f"x.{suffix}", names)
        assert np.array_equal(chosen.array(), X[:, [2, 0]]), suffix


@pytest.mark.parametrize("chunk", [1, 3, 2**20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_of_one_column_are_missing_values(
    tmp_path, monkeypatch, chunk, end
):
    monkeypatch.setattr(sample_file, "_ENTRIES", chunk)
    lines = ["", "y", "", "1", "2", "", " ", "4", "", ""]
    path = tmp_path / "data.csv"
    path.write_bytes(end.join(lines).encode())
    X = SampleFile(path, missing=True).array()
    hole = np.nan
    assert np.array_equal(X[:, 0], [hole, 1, 2, hole, hole, 4], equal_nan=True)
    with pytest.raises(ValueError, match="row 1, column 'y' is missing"):
        SampleFile(path).array()


def test_blank_lines_are_no_rows_of_several_columns(tmp_path):
    file = SampleFile(text(tmp_path, "\na,b\n\n1,2\n \n3,4\n\n"))
    assert file.array().tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_line_of_tabs_is_a_row_of_empty_cells(tmp_path):
    path = text(tmp_path, "a\tb\n1\t2\n\t\n\n3\t4\n", "data.tsv")
    X = SampleFile(path, ["b"], missing=True).array()
    assert np.array_equal(X[:, 0], [2, np.nan, 4], equal_nan=True)


def test_types_of_arrays(tmp_path):
    np.save(tmp_path / "z.npy", np.array([1 + 2j, 3]).astype(np.complex64))
    file = SampleFile(tmp_path / "z.npy")
    assert file.dtype is complex and file.array().dtype == complex
    assert file.names == ["0"] and file.array().shape == (2, 1)
    np.save(tmp_path / "n.npy", np.arange(6).reshape(3, 2))
    assert SampleFile(tmp_path / "n.npy").array().dtype == float


def test_parquet_has_nulls_integers_and_words(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = {"a": [1, 2, 3], "b": [1.5, None, 2.5], "s": ["x", "y", "z"]}
    pandas.DataFrame(frame).to_parquet(tmp_path / "t.parquet")
    X = SampleFile(tmp_path / "t.parquet", ["b", "a"], missing=True).array()
    assert np.isnan(X[1, 0]) and X[:, 1].tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match=r"column 's' is not numeric but .*string"):
        SampleFile(tmp_path / "t.parquet").array()


def test_no_more_than_a_chunk_is_in_memory(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(sample_file, "_ENTRIES", 2**12)  # 32 kB
    X = rng.standard_normal((2**14, 8))  # 1 MB, and 3 MB as text
    np.save(tmp_path / "x.npy", X)
    np.savetxt(tmp_path / "x.csv", X, delimiter=",")
    for name in ("x.npy", "x.csv"):
        file = SampleFile(tmp_path / name)
        next(file.chunks())
        tracemalloc.start()
        rows = sum(len(part) for part in file.chunks())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows == 2**14 and peak < 500_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3,x\n", "column 'b' is not numeric: row 2 has 'x'; choose others"),
        ("a,b\n1,2\n3\n", "row 2 has 1 cells but there are 2 columns"),
        ("a,b\n1,2\n3,4,5\n", "row 2 has 3 cells but there are 2 columns"),
        (
            "a,b\n1,2\n3,\n",
            r"row 2, column 'b' is missing \(NaN\), 1 such in rows 1 to",
        ),
        ("a,b\n1,2\n3,-inf\n", "row 2, column 'b' is infinite"),
        ("", "is empty"),
        ("\n# nothing\n\n", "has no line of names or numbers"),
        ("a b\n1 2 3\n4 5 6\n", "row 1 has 3 cells but there are 2 columns"),
        ("a\n1 2\n3 4\n", "row 1 has 2 cells but there are 1 columns"),
        ("1 2\n3\n4 5\n", "row 2 has 1 cells but there are 2 columns"),
    ],
)
def test_bad_text(tmp_path, content, message):
    with pytest.raises(ValueError, match=f"^data.csv: {message}"):
        SampleFile(text(tmp_path, content)).array()


def test_rows_are_counted_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_file, "_ENTRIES", 4)  # chunks of 2 rows
    path = text(tmp_path, "a,b\n1,2\n3,4\n5,6\n7,nan\n9,x\n")
    with pytest.raises(ValueError, match="row 4, column 'b' is missing"):
        SampleFile(path).array()
    with pytest.raises(ValueError, match="row 5 has 'x'"):
        SampleFile(path, missing=True).array()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive_is_refused(tmp_path, rng, save):
    path, X = tmp_path / "x.npz", np.arange(600.0).reshape(300, 2)
    save(path, a=X)
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(ValueError, match=r"^x\.npz: is no \.npz file of numbers: "):
        SampleFile(path)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[rng.integers(len(damaged))] ^= 255
        path.write_bytes(damaged)
        try:
            SampleFile(path)
        except ValueError:
            continue  # else the byte did not matter


HEADERS = [  # as in the version 1.0 of the format
    "{'descr': '<f8', 'fortran_order': False, b'shape': (10, 2), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 20 + ",), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 3000 + ", }",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_damaged_header_is_refused(tmp_path, header, suffix):
    text = header.encode() + b"\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
    path = tmp_path / f"x.{suffix}"
    if suffix == "npy":
        path.write_bytes(head + bytes(160))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", head + bytes(160))
    with pytest.raises(ValueError, match=rf"^x\.{suffix}: is no \.{suffix} file of"):
        SampleFile(path)


def test_a_text_in_an_archive_is_no_array(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.txt", "words")
    with pytest.raises(ValueError, match=r"must hold numbers, got dtype \|S5"):
        SampleFile(tmp_path / "x.npz")


def test_bad_files(tmp_path):
    with pytest.raises(ValueError, match=r"^none\.csv: no such file"):
        SampleFile(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match="is a folder"):
        SampleFile(tmp_path / "folder.csv")
    with pytest.raises(ValueError, match=r"must end in one of \.csv.*got nothing"):
        SampleFile(tmp_path)
    path = text(tmp_path, "not an array", "x.npy")
    with pytest.raises(ValueError, match=r"^x\.npy: "):
        SampleFile(path)
    path = text(tmp_path, "not a table", "x.parquet")
    with pytest.raises(ValueError, match=r"^x\.parquet: "):
        SampleFile(path)
    (tmp_path / "latin.csv").write_bytes("a,b\n1,é\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"^latin\.csv: must be .* byte 6 is 0xe9; "):
        SampleFile(tmp_path / "latin.csv").array()
    with pytest.raises(ValueError, match="no column is named 'c'"):
        SampleFile(text(tmp_path, "a,b\n1,2\n"), ["c"])
    with pytest.raises(ValueError, match="2 columns are named 'a'; rename them"):
        SampleFile(text(tmp_path, "a,a\n1,2\n"), ["a"])
    with pytest.raises(ValueError, match="column 'b' is chosen 2 times; choose it onc"):
        SampleFile(text(tmp_path, "a,b\n1,2\n"), ["b", "a", "b"])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2, 2)), r"vector or a matrix, got shape \(2, 2, 2\)"),
        (np.array(["a", "b"]), "must hold numbers, got dtype <U1"),
    ],
)
def test_bad_arrays(tmp_path, array, message):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(ValueError, match=message):
        SampleFile(tmp_path / "x.npy")


def test_an_archive_of_two_arrays_is_ambiguous(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.eye(2), b=np.eye(2))
    with pytest.raises(ValueError, match="must hold one array, got a, b"):
        SampleFile(tmp_path / "x.npz")
