"""The chapter as a whole: every equation is there, and holds."""

import io

import numpy as np
import pytest
from rich.console import Console

import matopt as mo
from matopt.identities import Kind, Verdict, chapter, example

NUMBERS = [*range(32, 65), "64+", *range(65, 99), "98+", *range(99, 145)]


def with_verdict(verdict):
    return [r.number for r in chapter.values() if r.verdict is verdict]


def test_all_115_are_there_in_order():
    assert list(mo.identities) == NUMBERS
    assert len(mo.identities) == 115


def test_the_verdicts():
    assert with_verdict(Verdict.WRONG) == [79, 89, 92, 95, 143]
    conditional = [34, 51, "98+", 127, 132, 138, 139, 140, 141, 144]
    assert with_verdict(Verdict.CONDITIONAL) == conditional
    assert with_verdict(Verdict.NOTATION) == [96, 136]


def test_every_record_is_complete():
    for r in chapter.values():
        assert r.title and r.statement and r.section.startswith("2"), r
        if r.verdict in (Verdict.WRONG, Verdict.CONDITIONAL):
            assert r.erratum, r


def test_all_hold_and_every_misprint_is_seen():
    table = mo.identities.check_all(seeds=1)
    assert table.holds(1e-10), table
    seen = {row.number for row in table.rows if row.printed is not None}
    expected = with_verdict(Verdict.WRONG) + with_verdict(Verdict.CONDITIONAL)
    assert seen >= set(expected)


def test_by_number_section_and_text():
    assert mo.identities[57].title == mo.identities["57"].title
    assert 57 in mo.identities
    assert [r.number for r in mo.identities.section("2.6")] == [129, 130, 131]
    assert 143 in [r.number for r in mo.identities.search("toeplitz")]
    with pytest.raises(KeyError, match=r"no equation \(31\); they are 32 to 144"):
        mo.identities[31]
    with pytest.raises(KeyError, match=r"no equation \(64 \+\); the nearest is 64\+"):
        mo.identities["64 +"]
    assert [r.number for r in mo.identities.section(2.5)][:2] == ["98+", 99]
    with pytest.raises(KeyError, match="no section '3'"):
        mo.identities.section("3")


def test_jacobian_products(rng):
    r = mo.identities[60]
    inputs = r.sample(rng, 3)
    V, W = rng.standard_normal((2, 3, 3))
    D = r.derivative(**inputs)
    np.testing.assert_allclose(
        r.jvp(V, **inputs), np.einsum("klij,ij->kl", D, V), atol=1e-13
    )
    np.testing.assert_allclose(
        r.vjp(W, **inputs), np.einsum("klij,kl->ij", D, W), atol=1e-13
    )
    assert mo.identities[37].kind is Kind.DIFFERENTIAL
    with pytest.raises(TypeError, match="is a differential, not a Jacobian"):
        mo.identities[37].jvp(V, **mo.identities[37].sample(rng))


def test_products_follow_the_structure_and_the_complex_convention(rng):
    T = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 2.0], [5.0, 3.0, 1.0]])
    np.testing.assert_allclose(mo.identities[134].jvp(T, A=T), T, atol=1e-14)
    A, X = rng.standard_normal((3, 3)), np.diag([1.0, 2.0, 3.0])
    V = np.ones((3, 3))
    assert mo.identities[139].jvp(V, A=A, X=X) == pytest.approx(np.trace(A @ V))
    Z = np.array([[1.0 + 2.0j]])
    assert mo.identities[132].jvp(1j * Z, X=Z) == pytest.approx(0.0)  # a rotation
    assert mo.identities[132].jvp(Z, X=Z) == pytest.approx(10.0)


def test_directions_of_a_wrong_shape_are_refused(rng):
    eye = np.eye(2)
    with pytest.raises(ValueError, match=r"\(2, 2\) of X, got \(3, 3\)"):
        mo.identities[99].hessp(np.eye(3), X=eye)
    with pytest.raises(ValueError, match=r"V of \(60\) must have the shape"):
        mo.identities[60].jvp(np.ones(2), X=eye)
    with pytest.raises(ValueError, match=r"W of \(60\) must have the function's shape"):
        mo.identities[60].vjp(np.ones(2), X=eye)
    with pytest.raises(ValueError, match="leave out its indices"):
        mo.identities[60].jvp(eye, X=eye, i=0)
    with pytest.raises(ValueError, match="must have the structure of X"):
        mo.identities[139].hessp([[0.0, 1.0], [0.0, 0.0]], A=eye, X=eye)


def test_wrong_inputs(rng):
    r = mo.identities[57]
    with pytest.raises(TypeError, match="needs the input X; its inputs are X"):
        r.derivative()
    with pytest.raises(TypeError, match="has no input Y and needs the input X"):
        r.derivative(Y=np.eye(2))
    with pytest.raises(ValueError, match="invertible X"):
        r.derivative(X=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"must have shape \(n, n\) with n = 2"):
        r.derivative(X=np.ones((2, 3)))
    with pytest.raises(TypeError, match="is not about a family"):
        r.projected(X=np.eye(2))


def test_the_package_is_a_mapping():
    assert list(mo.identities.keys()) == NUMBERS
    assert dict(mo.identities.items()) == dict(chapter)
    assert repr(mo.identities) == "<the 115 equations of the chapter, by number>"


def test_samples_take_a_seed():
    first, again = (mo.identities[57].sample(5)["X"] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_statements_have_balanced_delimiters():
    for r in chapter.values():
        assert r.statement.count("{") == r.statement.count("}"), r
        assert r.statement.count(r"\left") == r.statement.count(r"\right"), r
        assert r.statement.count("(") == r.statement.count(")"), r


def test_the_text_asks_for_no_more_than_the_record_does():
    text = mo.identities[84].text()
    assert "W (m, m)\n" in text and "x (m,), A (m, n)" in text
    assert "a symmetric W (only for the form as printed)" in text
    assert "X (n, n), k integer\n" in mo.identities[121].text()
    assert "invertible X (only for the form" in mo.identities[52].text()
    assert "i index or left out" in mo.identities[79].text()
    assert "Tr(B U^2)" in mo.identities[137].text()


def test_examples_show_where_the_printed_form_is_off():
    shown = example(mo.identities[89])
    assert "function as printed" in shown and "\nas printed" not in shown
    assert "gradient inside the family" in example(mo.identities[139])
    assert "\nas printed" in example(mo.identities[143], size=1)


def test_representations():
    assert repr(mo.identities[79]).endswith(": wrong as printed>")
    assert r"\tag{57}" in mo.identities[57]._repr_latex_()
    assert "erratum:" in mo.identities[92].text()


def test_rich_shows_brackets_as_they_are():
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(mo.identities[92])
    shown = console.export_text()
    assert "(92)" in shown
    assert r"\left[" in shown
