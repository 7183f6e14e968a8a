"""The same study on a dask cluster, whose workers die and join."""

import os
import signal
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
    """A worker over TCP; what was given to one that dies is given back to us."""
    settings = {
        "distributed.scheduler.allowed-failures": 0,
    }
    with dask.config.set(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=60,
        ) as made:
            yield made


@pytest.mark.slow
def test_a_study_is_the_same_on_a_cluster_whose_workers_die_and_join(cluster, tmp_path):
    log, path = tmp_path / "log", tmp_path / "store.sqlite"
    study = Study(
        "cluster",
        problems=["covariance-iris"],
        solvers=[
            "LBFGS",
            SolverChoice("Doing", {"what": "fail"}),
            SolverChoice("Sleeping", {"seconds": 0.2, "log": str(log)}),
        ],
        seeds=8,
        plugins=["misbehaving"],
    )
    killed = []

    def disturb(seen):
        if seen.done >= 3 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)
            cluster.scale(2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dask, about the worker that died
        seen = study.run(path, scheduler=cluster.scheduler_address, progress=disturb)
    assert killed
    assert (seen.missing, seen.total) == (0, 24)
    outcomes = study.outcomes(path)
    assert Counter(o.status for o in outcomes) == {"CONVERGED": 16, "ERROR": 8}
    assert all("in fail" in o.traceback for o in outcomes if o.status == "ERROR")
    problem = mo.studies.Problem.load("covariance-iris")
    here = problem.solve(mo.LBFGS())
    assert outcomes[0].value == here.fun  # to the last bit
    assert outcomes[0].nfev == here.nfev
    assert len(log.read_text().splitlines()) >= 8
    assert study.verify(path, repeat=0).passed


def test_no_scheduler_is_an_error_in_words(tmp_path):
    study = Study("none", problems=["toeplitz-nile"], solvers=["LBFGS"])
    with dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}):
        with pytest.raises(ValueError, match=r"no dask scheduler at tcp://127.0.0.1:9"):
            study.run(tmp_path / "store.sqlite", scheduler="tcp://127.0.0.1:9")
