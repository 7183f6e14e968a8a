"""What ``matopt filter`` is to do: from a .toml file, or from options."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictStr, ValidationError

from matopt import filters
from matopt.errors import suggestion
from matopt.filters import AdaptiveFilter
from matopt.studies.toml_file import parse

_LARGEST = 2**31 - 1  # of an integer

NAMED: dict[str, Any] = {
    "affine-projection": filters.AffineProjection,
    "ang-lms": filters.AngLMS,
    "augmented-clms": filters.AugmentedCLMS,
    "augmented-rls": filters.AugmentedRLS,
    "benveniste-lms": filters.BenvenisteLMS,
    "block-lms": filters.BlockLMS,
    "constrained-lms": filters.ConstrainedLMS,
    "filtered-x-lms": filters.FilteredXLMS,
    "frequency-domain-lms": filters.FrequencyDomainLMS,
    "gngd": filters.GNGD,
    "kalman": filters.Kalman,
    "leaky-lms": filters.LeakyLMS,
    "leaky-nlms": filters.LeakyNLMS,
    "lmf": filters.LMF,
    "lms": filters.LMS,
    "mathews-lms": filters.MathewsLMS,
    "mixed-norm-lms": filters.MixedNormLMS,
    "nlmf": filters.NLMF,
    "nlms": filters.NLMS,
    "normalized-sign-sign-lms": filters.NormalizedSignSignLMS,
    "partitioned-frequency-domain-lms": filters.PartitionedFrequencyDomainLMS,
    "qrrls": filters.QRRLS,
    "reweighted-zero-attracting-lms": filters.ReweightedZeroAttractingLMS,
    "rls": filters.RLS,
    "sign-data-lms": filters.SignDataLMS,
    "sign-error-lms": filters.SignErrorLMS,
    "sign-sign-lms": filters.SignSignLMS,
    "sliding-window-rls": filters.SlidingWindowRLS,
    "subband-lms": filters.SubbandLMS,
    "transform-domain-lms": filters.TransformDomainLMS,
    "zero-attracting-lms": filters.ZeroAttractingLMS,
}


class Signals(BaseModel):
    """[signals]: files, relative to the file that names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: StrictStr
    desired: StrictStr
    output: StrictStr | None = None
    plot: StrictStr | None = None


class FilterFile(BaseModel):
    """The whole file; [filter] holds a name and the settings of that filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filter: dict[str, Any]
    signals: Signals


def read(path: Path) -> FilterFile:
    """Read and validate; a ValueError lists all that is wrong."""
    _, table = parse(path, ValueError)
    try:
        file = FilterFile.model_validate(table)
    except ValidationError as error:
        lines = [f"{path.name}: {_sentence(e)}" for e in error.errors()]
        raise ValueError("\n".join(lines)) from None
    folder = path.parent
    names = file.signals.model_dump(exclude_none=True)
    beside = {key: str(folder / name) for key, name in names.items()}
    return FilterFile(filter=file.filter, signals=Signals(**beside))


def make(name: str, settings: dict[str, Any]) -> AdaptiveFilter:
    """The filter of this name with these settings."""
    if not name:
        raise ValueError("the name of the filter is missing: name = ... in [filter]")
    if name not in NAMED:
        raise ValueError(f"no filter is named {name!r}{suggestion(name, NAMED)}")
    kind = NAMED[name]
    known = [f.name for f in fields(kind)]
    for key, value in settings.items():
        if key not in known:
            raise ValueError(f"{name} has no setting {key!r}{suggestion(key, known)}")
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise ValueError(
                f"{name}: {key} must be an integer of at most {_LARGEST}, got one of "
                f"{value.bit_length()} bits; take fewer, or write a real number with a "
                "point"
            )
    for field in fields(kind):
        missing = field.default is MISSING and field.default_factory is MISSING
        if missing and field.name not in settings:
            raise ValueError(f"{name}: the setting {field.name} is missing")
    try:
        made: AdaptiveFilter = kind(**settings)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error
    return made


def _sentence(error: Any) -> str:
    """An error of pydantic with its key, and the nearest of the known ones."""
    place = [str(part) for part in error["loc"]]
    key = ".".join(place)
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg']}"
    table = Signals if place[:-1] == ["signals"] else FilterFile
    return f"{key} is not known{suggestion(place[-1], table.model_fields)}"
