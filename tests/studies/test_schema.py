import pytest

from matopt.studies.schema import ProblemFileError, read


def test_a_good_file_is_read(folder):
    file = read(folder.problem())
    assert file.problem.name == "tiny"
    assert file.term[0].coefficient == 0.5
    assert file.term[0].arguments == {"samples": "Y"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("gap = 1e-8", "gap = -1.0", r"^tiny.toml:43: tolerance.gap: .*greater than 0"),
        ("gap = 1e-8", 'gap = "small"', r":43: tolerance.gap: .*number.*'small'"),
        ("gap = 1e-8", 'gap = "1e-8"', r":43: tolerance.gap: .*number, got '1e-8'"),
        ("gap = 1e-8", "gap = true", r":43: tolerance.gap: .*number, got True"),
        ("value = 2.0", 'value = "2.0"', r"solution.value: .*number, got '2.0'"),
        ("= 0.5", "= true", r":16: term.0.coefficient: .*number, got True"),
        ("= 0.5", "= 1" + "0" * 400, r"0.coefficient: .*got an integer of 1329 bits"),
        ("= 0.5", "= 1" + "0" * 5000, r"^tiny.toml: not TOML: .*integer"),
        ("{ n = 2 }", "{ n = 0x" + "f" * 8000 + " }", r"arguments.n: .* 32000 bits"),
        ("schema = 1", "schema = 1\na = " + "[" * 5000 + "]" * 5000, r"nested deeper"),
        ("schema = 1", "schema = 1\n" + "a." * 40 + "a = 1", r"nested deeper than 32"),
        ("title", "tittle", r"tiny.toml:5: problem.tittle: .*did you mean 'title'\?"),
        ("[start]", "[begin]", r"begin: unknown key; .*Known: .*start"),
        ('kind = "data"', 'kind = "dta"', r":33: start.kind: .*'identity'.*'dta'"),
        ('kind = "data"', 'kind = "random"', r"seed is needed with kind"),
        ('matrix = "I"\nunique', 'matrix = "J"\nunique', r":38: solution.matrix: no a"),
        ("{ n = 2 }", '{ n = "k" }', r":12: space.arguments.n: no array or param.*'k'"),
        ('samples = "Y"', 'samples = "y"', r":17: term.0.arguments.samples: .*'Y'"),
        ("= 0.5", '= "half"', r":16: term.0.coefficient: no parameter .* 'half'"),
        ("unique = true", "unique = 1", r"solution.unique"),
        ("value = 2.0", "value = nan", r"solution.value: .*finite"),
        ("identity = 2", "identity = 2\nshape = [2, 2]", r"takes no other key"),
        ('file = "tiny.csv"', 'file = "../tiny.csv"', r"data.Y.file: .*pattern"),
        ('file = "tiny.csv"', 'file = "tiny.pkl"', r"must end in .csv or .npz"),
        ('file = "tiny.csv"', 'file = "tiny.npz"', r"key is needed with .npz"),
        ("shape = [4, 2]", "shape = [4, 2, 1, 1]", r"data.Y.shape"),
        ("shape = [4, 2]", 'shape = [4, 2]\ntransforms = ["centre"]', r"'center'"),
        ('name = "tiny"', 'name = "other"', r"must equal the file name"),
        ("schema = 1", "schema = 3", r"schema 3 is newer .*install a newer matopt"),
        ("schema = 1", "schema = 0", r"schema must be from 1 to 2, got 0"),
        ("schema = 1", "schema = [", r"not TOML"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_key(folder, old, new, message):
    with pytest.raises(ProblemFileError, match=message):
        read(folder.problem((old, new)))


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        ("{ rows = 2, columns = 2 }", "at most 1 item"),
        ("{}", "at least 1 item"),
        ("{ power = true }", "number, got True"),
        ("{ blocks = true }", "number, got True"),
        ("{ powr = 2 }", "'power'"),
        ("2", "'center'.*got 2"),
    ],
)
def test_a_transform_is_a_word_or_has_one_number(folder, transform, message):
    new = f"shape = [4, 2]\ntransforms = [{transform}]"
    with pytest.raises(ProblemFileError, match=rf":27: data.Y.trans.*{message}"):
        read(folder.problem(("shape = [4, 2]", new)))


def test_integers_are_numbers_and_stay_integers(folder):
    parameters = "[parameters]\nk = 3\nc = 3.0\n[space]"
    changes = [("[space]", parameters), ("gap = 1e-8", "gap = 1"), ("= 2.0", "= 2")]
    file = read(folder.problem(*changes))
    assert file.tolerance.gap == 1 and file.solution.value == 2
    assert type(file.parameters["k"]) is int and type(file.parameters["c"]) is float


def test_spaces_in_spaces_too_deep(folder):
    inner = "{ structure = { name = 'Fisher', arguments = " * 300 + "{}" + "} }" * 300
    with pytest.raises(ProblemFileError, match=r"^tiny.toml: nested deeper than 32"):
        read(folder.problem(("{ n = 2 }", inner)))


def test_all_mistakes_are_listed_at_once(folder):
    changes = [("gap = 1e-8", "gap = 0"), ("title", "tittle"), ("n = 2 }", "n = [] }")]
    with pytest.raises(ProblemFileError) as caught:
        read(folder.problem(*changes))
    lines = str(caught.value).splitlines()
    assert len(lines) == 4  # title is missing, too
    assert any("problem.title: is missing" in line for line in lines)
    assert any("space.arguments.n" in line for line in lines)


def test_the_second_term_has_its_own_line(folder):
    text = folder.problem().read_text()
    first = text.index("coefficient")
    second = text.index("coefficient", first + 1)
    damaged = text[:second] + "coefficient = [1]" + text[second + 17 :]
    line = text[:second].count("\n") + 1
    folder.path.joinpath("tiny.toml").write_text(damaged)
    with pytest.raises(ProblemFileError, match=rf"^tiny.toml:{line}: term.1.coeff"):
        read(folder.path / "tiny.toml")


def test_a_huge_file_is_refused(folder):
    path = folder.problem()
    path.write_text(path.read_text() + "#" * 70_000)
    with pytest.raises(ProblemFileError, match="larger than"):
        read(path)
