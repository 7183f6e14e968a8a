"""The command line where ``matopt`` is not on the path: ``python -m matopt``."""

from matopt.cli import main

if __name__ == "__main__":
    main(prog_name="python -m matopt")
