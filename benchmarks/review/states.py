"""A review in the hands of people, at random and beside a model of it: how many steps, and whether one failed."""

import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from benchmarks.figures import Figure, Measured, Measurement, Values
from tests.test_review_states import Quarter, made

SEED, STEPS, AT_ONCE = 20261123, {False: 500, True: 10_000}, 50
FIGURES = (
    Figure("review_states.steps", "steps", f">= {STEPS[False]}", "one review of 13 rights"),
    Figure("review_states.failures", "runs", "== 0", "one review of 13 rights"),
)


class Counted(Quarter):
    """The same, with every step counted: what must always hold is looked at after the beginning and after each step."""

    steps = 0

    @initialize()
    def begin(self) -> None:
        """The beginning is no step."""
        super().begin()
        Counted.steps -= 1

    @invariant()
    def one_more(self) -> None:
        """One more was done."""
        Counted.steps += hasattr(self, "store")


def measure_states(full: bool) -> Values:
    """Runs of fifty steps, each batch from another seed, until there are enough."""
    failures, number, Counted.steps = 0, 0, 0
    with TemporaryDirectory() as folder:
        Counted.template = made(Path(folder))
        while Counted.steps < STEPS[full] and not failures:
            failures += fails(SEED + number)
            number += 1
    told = f"seeds {SEED} to {SEED + number - 1}"
    is_enough = Counted.steps >= STEPS[full]
    return {
        "review_states.steps": Measured(Counted.steps if is_enough else None, told, number),
        "review_states.failures": Measured(failures, told, number),
    }


def fails(number: int) -> bool:
    """Whether a batch of runs finds something that does not hold; it is told on the screen."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    profile = settings(
        max_examples=5, stateful_step_count=AT_ONCE, deadline=None, suppress_health_check=slow, database=None
    )
    try:
        run_state_machine_as_test(seed(number)(Counted), settings=profile)
    except Exception:  # noqa: BLE001 - whatever it is, it is a failure to count and to show
        traceback.print_exc(file=sys.stderr)
        return True
    return False


MEASUREMENTS = (Measurement(FIGURES, measure_states),)
