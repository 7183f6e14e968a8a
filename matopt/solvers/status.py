"""Why a run ended, in sentences that say what to do next."""

from enum import Enum


class Status(Enum):
    """The reason a run ended; ``CONVERGED`` means that our gradient test passed."""

    CONVERGED = (
        "The gradient is below the tolerance, Stop(gradient_norm=...). "
        "Check the Hessian if you must know that this is a minimum."
    )
    STALLED_AT_ROUNDING = (
        "No step lowers the value by more than its rounding error. The accuracy of "
        "the data is reached; loosen Stop(gradient_norm=...) or scale the problem."
    )
    SMALL_CHANGE = (
        "The value changed by less than Stop(value_change=...). "
        "Tighten it if the gradient norm is still too large."
    )
    SMALL_STEP = (
        "The step was shorter than Stop(step=...). "
        "Tighten it if the gradient norm is still too large."
    )
    MAX_ITERATIONS = (
        "The limit of iterations was reached. Raise Stop(max_iterations=...), "
        "or start again from result.matrix with a second-order solver."
    )
    MAX_EVALUATIONS = (
        "The limit of evaluations was reached. Raise Stop(max_evaluations=...), "
        "or start again from result.matrix."
    )
    MAX_SECONDS = (
        "The time limit was reached. Raise Stop(max_seconds=...), "
        "or start again from result.matrix."
    )
    LINE_SEARCH_FAILED = (
        "The line search found no acceptable step. Check the gradient with "
        "check_objective, or try TrustRegion."
    )
    MODEL_FAILED = (
        "The quadratic model does not predict the value, however short the step. "
        "Check the gradient and the Hessian with check_objective."
    )
    LEFT_DOMAIN = (
        "Every trial step left the domain of the objective. Start further inside, "
        "or add a barrier such as -0.1 * LogDet()."
    )
    NEARLY_SINGULAR = (
        "The value fell until the matrix was singular to rounding: there may be no "
        "minimum. Add samples or a penalty such as 0.1 * TraceInverse(B), B = I; if "
        "the data are only badly scaled, scale them or take PositiveDefinite(n)."
    )
    UNBOUNDED = (
        "The value falls without limit. Add a penalty or more samples: "
        "the problem as stated has no minimum."
    )
    NOT_A_NUMBER = (
        "The objective returned NaN. Look for an overflow or an invalid operation "
        "in it at result.matrix."
    )
    OUTSIDE_SOLVER_STOPPED = (
        "The outside solver stopped before our gradient test passed. Tighten its own "
        "tolerance, or continue from result.matrix with TrustRegion."
    )
    STOPPED_BY_CALLBACK = (
        "The callback asked to stop. Start again from result.matrix to continue."
    )
    RAISED = (
        "The objective or the callback raised an exception; this is the best point "
        "before it. The traceback says where."
    )
    INTERRUPTED = (
        "Interrupted from the keyboard; this is the best point so far. "
        "Start again from result.matrix to continue."
    )

    def __str__(self) -> str:
        return self.name

    @property
    def message(self) -> str:
        """The sentence and the hint."""
        return self.value

    @property
    def success(self) -> bool:
        """Did our gradient test pass?"""
        return self is Status.CONVERGED
