"""Reference optima of the problems, computed and certified without matopt.

``python problems/references`` reads every problem file, finds its optimum in every
class, checks the certificate and the value in the file, and prints one line each; it
fails if a value or digest in a file is wrong. ``--write`` puts values, digests and
solution files in place instead. Names restrict it to those problems.

Closed forms and Newton's method on given data, and Karcher means, are in 50 digits
(mpmath numbers in numpy object arrays, starting from the data as float64 reads them):
the error left in a value is its final rounding. Others are solved in float64 by LAPACK,
by Newton's method or by iterations run until they stand still; their certificates say
how far a value may be off. How an optimum is known to be one, each file says for its
family.
"""

import argparse
import hashlib
import re
import sys
import tomllib

from arithmetic import double
from families import OPTIMA
from mpmath import mp
from objectives import evaluate
from problem_file import HERE, classes, read_array, read_problem, solution

ROUNDING = 1e-13  # float64 against 50 digits, relative: a few hundred roundings
EXACT = 1e-25  # what a certificate must be below: far under float64
IN_FLOAT64 = 1e-10  # both, for what is computed in float64
IN_50_DIGITS = {"gaussian", "means", "quadratic"}  # the modules that compute so


def write_solution(path, matrix):
    """Write a solution file: as many digits as float64 has."""
    table = double(matrix)
    table = table.reshape(len(table), -1)
    header = ",".join(f"x{j + 1}" for j in range(table.shape[1]))
    lines = [",".join(map(repr, row)) for row in table.tolist()]
    path.write_text("\n".join([header, *lines]) + "\n", newline="\n")


def write_problem(path, label, reference):
    """Put value, digests and solution file of a problem in one class in place."""
    text = path.read_text()
    table = tomllib.loads(text)
    heading = f"solution.{label}" if label in table["solution"] else "solution"
    matrix = solution(table | {"label": label}).get("matrix")
    entry = table["data"].get(matrix, {})
    if entry.get("file", "").startswith(f"{path.stem}-"):
        stored = reference.matrix if reference.stored is None else reference.stored
        write_solution(HERE / entry["file"], stored)

    def digest(match):
        return f'{match[1]}sha256 = "{sha256(HERE / match[2])}"'

    block = r'(?m)(^file = "([^"]+)"\n(?:^(?!\[|sha256).*\n)*)^sha256 = .*$'
    text = re.sub(block, digest, text)
    value = rf"(?m)(^\[{re.escape(heading)}\]\n(?:^(?!\[).*\n)*?)^value = .*$"
    text, count = re.subn(value, rf"\g<1>value = {float(reference.value)!r}", text)
    if count != 1:
        raise ValueError(f"{path.name} has no value in [{heading}]")
    path.write_text(text, newline="\n")


def sha256(path):
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_problem(path, label, reference, in_full):
    """Return what is wrong with a problem file, given its reference; [] if nothing."""
    problem = read_problem(path, label, double)
    errors = [
        f"{entry['file']}: the digest is wrong"
        for entry in problem["files"].values()
        if "file" in entry and entry["sha256"] != sha256(HERE / entry["file"])
    ]
    value, optimum = float(reference.value), solution(problem)
    scale = max(1, abs(value))
    if abs(optimum["value"] - value) > (0 if in_full else IN_FLOAT64 * scale):
        errors.append(f"value is {optimum['value']!r}, not {value!r}")
    if "matrix" in optimum:
        X = read_array(problem["files"][optimum["matrix"]], double)
        gap = abs(float(evaluate(problem, X)) - value) / scale
        reference.notes["float64 gap"] = f"{gap:.0e}"
        if gap > (ROUNDING if in_full else IN_FLOAT64):
            errors.append(f"the stored solution misses the value by {gap:.1e}")
    return errors


def settle(name, label, write):
    """Compute, write if asked to, check and print; return how much is wrong."""
    path = HERE / f"{name}.toml"
    problem = read_problem(path, label)
    reference = OPTIMA[name](problem)
    in_full = OPTIMA[name].__module__ in IN_50_DIGITS
    scale = max(1, abs(float(reference.value)))
    at_optimum = abs(evaluate(problem, reference.matrix) - reference.value) / scale
    defect = max(abs(reference.defect), at_optimum)
    if write:
        write_problem(path, label, reference)
    errors = check_problem(path, label, reference, in_full)
    if not defect <= (EXACT if in_full else IN_FLOAT64):
        errors.append(f"not certified: {float(defect):.1e}")
    notes = ", ".join(f"{k} {v}" for k, v in reference.notes.items())
    value = mp.nstr(mp.mpf(reference.value), 20)
    title = f"{name} {label or ''}"
    print(f"{title:35}{value:>25}  defect {float(defect):.0e}, {notes}", flush=True)
    for error in errors:
        print(f"{title}: {error}", file=sys.stderr)
    return len(errors)


def main():
    """Check or write the problems named on the command line; default all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=sorted(OPTIMA))
    parser.add_argument("--write", action="store_true", help="write, then check")
    arguments = parser.parse_args()
    failures = 0
    for name in arguments.names:
        for label in classes(HERE / f"{name}.toml"):
            try:
                failures += settle(name, label, arguments.write)
            except ValueError as error:
                failures += 1
                print(f"{name} {label or ''}: {error}", file=sys.stderr)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
