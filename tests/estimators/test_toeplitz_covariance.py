import numpy as np

import matopt as mo

ToeplitzCovariance = mo.estimators.ToeplitzCovariance


def test_the_sunspots():
    """Windows of 12 years that do not overlap: their lags have a period of 11."""
    years = mo.studies.Problem.load("toeplitz-sunspots").objective.scatter.samples
    windows = years[::12, :12]
    model = ToeplitzCovariance().fit(windows)
    assert model.result_.success and model.report_.agrees
    assert model.report_.needed == 7 <= len(windows)
    lags = model.parameters_
    assert np.argmin(lags[3:8]) + 3 in (5, 6) and np.argmax(lags[8:]) + 8 in (10, 11)
    direct = mo.inference.fit(windows - windows.mean(axis=0), mo.SymmetricToeplitz(12))
    np.testing.assert_allclose(lags, direct.matrix[0], rtol=1e-5)
    assert model.score(windows) > mo.estimators.StructuredCovariance(mo.Diagonal).fit(
        windows
    ).score(windows)


def test_an_order_of_two_by_its_closed_form(rng):
    """In the coordinates (x + y), (x - y) it is diagonal."""
    X = rng.standard_normal((30, 2)) @ [[1.0, 0.5], [0.0, 1.0]]
    model = ToeplitzCovariance().fit(X)
    Z = X - X.mean(axis=0)
    plus, minus = (np.mean((Z @ [1.0, s]) ** 2) / 2 for s in (1.0, -1.0))
    expected = [(plus + minus) / 2, (plus - minus) / 2]
    np.testing.assert_allclose(model.parameters_, expected, rtol=1e-6)
    np.testing.assert_array_equal(model.covariance_[0], model.parameters_)


def test_the_errors_cover_the_truth(rng):
    truth, inside = np.array([1.64, 0.8, 0.0, 0.0, 0.0]), []
    for _ in range(60):
        noise = rng.standard_normal((100, 6))
        model = ToeplitzCovariance().fit(noise[:, 1:] + 0.8 * noise[:, :-1])
        inside.append(np.abs(model.parameters_ - truth) < 1.96 * model.standard_errors_)
    assert 0.9 < np.mean(inside) < 0.99
