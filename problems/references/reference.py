"""What a reference computation returns."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Reference:
    """An optimum: its value, a matrix attaining it, and how far it is from proved."""

    value: Any
    matrix: Any  # None where only the value is computed
    defect: Any  # of the certificate, 0 in exact arithmetic
    notes: dict = field(default_factory=dict)
    stored: np.ndarray | None = None  # what the solution file holds, if not matrix
