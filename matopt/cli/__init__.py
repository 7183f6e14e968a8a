"""The command line: one file a command."""

from __future__ import annotations

import click

import matopt
from matopt.cli import filter as filter_command
from matopt.cli import fit, identities, problems, solve, study, study_report


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(matopt.__version__, prog_name="matopt")
def main() -> None:
    """Optimization and estimation with matrix unknowns."""


main.add_command(problems.problems)
main.add_command(solve.solve)
main.add_command(fit.fit)
main.add_command(filter_command.filter)
main.add_command(identities.identities)
main.add_command(study.study)
study.study.add_command(study_report.report)
