"""The same study on a dask cluster, whose workers die and join."""

import warnings
from collections import Counter
from pathlib import Path

import pytest

import matopt as mo
from matopt.studies import SolverChoice, Study

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("PYTHONPATH", str(FOLDER))  # of the workers


@pytest.fixture
def cluster():
    """Two workers over TCP; what was given to one that dies is given back to us."""
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.worker.daemon": True,
        "distributed.admin.log-length": 100,
    }
    with dask.config.set(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=60,
        ) as made:
            yield made


def test_a_study_is_the_same_on_a_cluster_whose_workers_die(cluster, tmp_path):
    log = tmp_path / "killed"
    study = Study(
        "cluster",
        problems=["nearest", "covariance-iris"],
        solvers=[
            "LBFGS",
            SolverChoice("KillingItsWorker", {"log": str(log)}),
            "SciPy:BFGS",
            SolverChoice("Doing", {"what": "fail"}),
        ],
        stop=mo.Stop(gradient_norm=1e-8),
        plugins=["misbehaving"],
    )
    path = tmp_path / "store.sqlite"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = study.run(path, scheduler=cluster.scheduler_address)
    assert seen.missing == 0
    found = {(o.run.problem, o.run.solver): o for o in study.outcomes(path)}
    assert len(found) == 8
    assert Counter(o.status for o in found.values()) == {
        "CONVERGED": 3,
        "CRASHED": 2,
        "REFUSED": 1,
        "ERROR": 2,
    }
    assert len(log.read_text().splitlines()) >= 4  # each killed its worker twice
    here = mo.minimize(
        mo.studies.Problem.load("covariance-iris").restriction,
        mo.studies.Problem.load("covariance-iris").start,
        solver=mo.LBFGS(),
        stop=mo.Stop(gradient_norm=1e-8),
    )
    assert found["covariance-iris", "LBFGS"].value == here.fun
    assert "on purpose" in found["nearest", "Doing"].message
    assert study.verify(path, repeat=0).passed


def test_no_scheduler_is_an_error_in_words(tmp_path):
    study = Study("none", problems=["toeplitz-nile"], solvers=["LBFGS"])
    with dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}):
        with pytest.raises(ValueError, match=r"no dask scheduler at tcp://127.0.0.1:9"):
            study.run(tmp_path / "store.sqlite", scheduler="tcp://127.0.0.1:9")
