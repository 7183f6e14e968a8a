"""Studies: what a run costs beyond itself, and what survives.

OPENBLAS_NUM_THREADS=1 python benchmarks/studies.py overhead|many|kills|cluster
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import matopt as mo
from matopt.studies import Study
from matopt.studies.store import StoreError

STOP = mo.Stop(gradient_norm=1e-8, max_iterations=200)


def study(seeds: int, solvers: list[str], problems: list[str], **options) -> Study:
    return Study(
        "bench", problems=problems, solvers=solvers, seeds=seeds, stop=STOP, **options
    )


def spent(chosen: Study, folder: Path, **options) -> tuple[float, float]:
    """Seconds a run at the best of times, and those of them inside the solver.

    Over windows of 25 outcomes, for others use the machine as well.
    """
    path = folder / f"{time.monotonic_ns()}.sqlite"
    marks = {}
    chosen.run(
        path,
        progress=lambda seen: marks.setdefault(seen.done, time.perf_counter()),
        **options,
    )
    windows = [
        (marks[k + 25] - at) / 25 for k, at in marks.items() if k and k + 25 in marks
    ]
    return min(windows), median(o.seconds for o in chosen.outcomes(path))


def overhead(folder: Path) -> None:
    chosen = study(500, ["default"], ["toeplitz-nile"])
    each, inside = spent(chosen, folder, workers=1)
    print(f"local: {1e3 * each:.2f} ms a run, {1e3 * inside:.2f} of it in the solver")
    with cluster(1) as address:
        each, inside = spent(chosen, folder, scheduler=address)
    print(f"dask: {1e3 * each:.2f} ms a run, {1e3 * inside:.2f} of it in the solver")


def many(folder: Path) -> None:
    """10 000 short runs."""
    problems = ["toeplitz-nile", "covariance-iris"]
    chosen = study(2500, ["default", "TrustRegion"], problems)
    path, began = folder / "many.sqlite", time.perf_counter()
    seen = chosen.run(path, workers=2)
    seconds = time.perf_counter() - began
    print(f"{seen.done} runs, {path.stat().st_size / 1e6:.1f} MB, {seconds:.0f} s")


def kills(folder: Path, count: int = 50) -> None:
    """A coordinator killed again and again, against one that nobody disturbed."""
    problems = [f"toeplitz-{name}" for name in ("nile", "elnino", "sunspots")]
    chosen = study(80, ["default", "LBFGS", "SciPy:BFGS"], problems)
    whole, path = folder / "whole.sqlite", folder / "killed.sqlite"
    chosen.run(whole, workers=2)
    rng, fork = random.Random(5), get_context("fork")
    made = useful = 0
    while made < count and done(chosen, path) < len(chosen.runs()):
        before = done(chosen, path)
        child = fork.Process(target=chosen.run, args=(path,), kwargs={"workers": 2})
        child.start()
        if made % 3:  # one of three at any moment, the others while it is at work
            while done(chosen, path) == before and child.is_alive():
                time.sleep(0.005)
            time.sleep(rng.uniform(0.0, 0.1))
        else:
            time.sleep(rng.uniform(0.0, 2.0))
        child.kill()
        child.join()
        made += 1
        useful += done(chosen, path) - before
    time.sleep(1.0)
    left = slots()
    chosen.run(path, workers=2)
    same = table(chosen, path) == table(chosen, whole)
    print(f"{made} kills, {useful} of {len(chosen.runs())} runs done between them")
    print(f"slots a second after the last kill: {left}; the same table: {same}")
    print(chosen.verify(path, repeat=0))


def done(chosen: Study, path: Path) -> int:
    try:
        return chosen.progress(path).done
    except StoreError:
        return 0


def table(chosen: Study, path: Path) -> list[dict]:
    changing = {"seconds", "cpu_seconds", "memory"}
    return [
        {k: v for k, v in o.row.items() if k not in changing}
        | {k: x.tobytes() for k, x in o.trace.items() if k != "seconds"}
        for o in chosen.outcomes(path)
    ]


def slots() -> int:
    """How many slots that this process or its children started are there?"""
    found = 0
    for held in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += held.read_bytes().startswith(sys.executable.encode()) and (
                b"matopt.studies.slot" in held.read_bytes()
            )
    return found


class cluster:
    """A scheduler and workers, as processes over TCP."""

    def __init__(self, workers: int) -> None:
        python = [sys.executable, "-m", "distributed.cli"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._port = 20000 + os.getpid() % 10000
        self.address = f"tcp://127.0.0.1:{self._port}"
        scheduler = [
            *(python[0], "-m", "distributed.cli.dask_scheduler"),
            *("--port", str(self._port), "--no-dashboard", "--host", "127.0.0.1"),
        ]
        worker = [
            *(python[0], "-m", "distributed.cli.dask_worker", self.address),
            *("--nthreads", "1", "--no-dashboard"),
        ]
        self.processes = [subprocess.Popen(scheduler, **quiet)]
        time.sleep(3.0)
        self.processes += [subprocess.Popen(worker, **quiet) for _ in range(workers)]
        self._wait(workers)

    def _wait(self, workers: int) -> None:
        from distributed import Client

        with Client(self.address, timeout="60s", set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)

    def __enter__(self) -> str:
        return self.address

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait()


def throughput(folder: Path) -> None:
    """Runs a second with two workers over those with one: medians of five pairs.

    A run takes 1 s. Beside dask, slots without it: what two cores can give.
    """
    chosen = Study(
        "bench",
        problems=["circulant"],
        solvers=["GradientDescent"],
        seeds=16,
        stop=mo.Stop(gradient_norm=1e-14, max_iterations=3000),
    )
    dask, local = [], []
    for _ in range(5):
        rates = [steady(chosen, folder, workers=workers) for workers in (1, 2)]
        local.append(rates[1] / rates[0])
        rates = []
        for workers in (1, 2):
            with cluster(workers) as address:
                rates.append(steady(chosen, folder, scheduler=address))
        dask.append(rates[1] / rates[0])
    for name, ratios in (("dask workers", dask), ("slots without dask", local)):
        told = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        print(f"two {name} over one: {median(ratios):.2f} (all five: {told})")


def steady(chosen: Study, folder: Path, **options) -> float:
    """Runs a second from the fourth outcome on, when every slot has started."""
    marks = {}
    chosen.run(
        folder / f"{time.monotonic_ns()}.sqlite",
        progress=lambda seen: marks.setdefault(seen.done, time.perf_counter()),
        **options,
    )
    first = min(k for k in marks if k >= 4)
    return (max(marks) - first) / (marks[max(marks)] - marks[first])


if __name__ == "__main__":
    named = {"overhead": overhead, "many": many, "kills": kills, "cluster": throughput}
    with tempfile.TemporaryDirectory() as held:
        for name in sys.argv[1:] or named:
            named[name](Path(held))
