from matopt.errors import nearest, suggestion

SOLVERS = ["LBFGS", "NewtonCG", "TrustRegion"]


def test_case_and_hyphens_do_not_count():
    assert nearest("newton-cg", SOLVERS) == ["NewtonCG"]
    assert nearest("trust_regoin", SOLVERS) == ["TrustRegion"]


def test_the_best_comes_first():
    assert nearest("bfgs", ["LBFGS", "BFGS"]) == ["BFGS", "LBFGS"]


def test_nothing_near_is_nothing():
    assert nearest("Adam", SOLVERS) == nearest(3, SOLVERS) == []


def test_the_sentence_lists_what_is_known():
    known = "Known: LBFGS, NewtonCG, TrustRegion"
    assert suggestion("lbgfs", SOLVERS) == f"; did you mean 'LBFGS'? {known}"
    assert suggestion("Adam", iter(SOLVERS)) == f"; {known}"


def test_a_part_of_a_name_is_near_where_nothing_else_is():
    assert nearest("sunspots", ["toeplitz-nile", "toeplitz-sunspots"]) == [
        "toeplitz-sunspots"
    ]
    assert nearest("no", ["anode"]) == []
