"""What a run may use. Spent is a fold of the log; what is in flight is reserved, so a limit is never passed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from .failing import Row
from .values import Cost, Evaluation


class Stop(StrEnum):
    """Why a run ended, as the log and the summary say it."""

    EVALUATIONS = "evaluations"
    PROPOSALS = "proposals"
    SECONDS = "seconds"
    CPU = "cpu"
    TOKENS = "tokens"
    COST = "cost"
    TARGET = "target"
    PATIENCE = "patience"
    EXHAUSTED = "exhausted"  # every selector waits and nothing is open
    INTERRUPTED = "interrupted"  # ctrl-C or SIGTERM
    STEERED = "steered"  # a person asked
    SEED = "seed"  # no seed could be scored
    FAILING = "failing"  # the last candidates all failed: it waits to be mended and resumed
    FAILED = "failed"  # the same, and the run was to end at it
    MODEL = "model"  # no language model answers any more: it goes on when one does

    @property
    def resumable(self) -> bool:
        """True where a run goes on when it is resumed, though nothing was added to its budget."""
        return self in {Stop.INTERRUPTED, Stop.STEERED, Stop.FAILING, Stop.MODEL}

    @property
    def budget(self) -> bool:
        """True for the limits on what may be spent."""
        return self in {Stop.EVALUATIONS, Stop.PROPOSALS, Stop.SECONDS, Stop.CPU, Stop.TOKENS, Stop.COST}


@dataclass(frozen=True, slots=True)
class Budget:
    """None is no limit. `evals` are evaluations, `proposals` tickets, `seconds` active seconds, `cpu` CPU seconds of
    evaluations (which do not tell how many shared the machine), `cost` US dollars; `target` is a score in the engine's
    direction (higher is better) that ends the run once reached; `patience` is how many evaluations may pass without a
    gain; `failures` how many in a row may fail (`core.failing`) before the run waits to be mended, or ends if
    `give_up`. Raises ValueError for a negative limit."""

    evals: int | None = None
    proposals: int | None = None
    seconds: float | None = None
    cpu: float | None = None
    tokens: int | None = None
    cost: float | None = None
    target: float | None = None
    patience: int | None = None
    failures: int | None = 50
    give_up: bool = False

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "target" and value is not None and not value >= 0:
                raise ValueError(f"a budget of {value} {each.name}: it must be 0 or more")

    @property
    def timed(self) -> str | None:
        """Why ordered mode cannot keep it, as a sentence: a limit that timing decides. None where there is none."""
        limits = {"seconds": self.seconds, "CPU seconds": self.cpu}
        for unit, limit in limits.items():
            if limit is not None:
                return f"a budget of {limit:g} {unit} cannot be kept in ordered mode, where timing decides nothing"
        return None


@dataclass(slots=True)
class Spent:
    """What the log says was used. Sums are folded in log order. `usd` None: some price was unknown."""

    evals: int = 0
    proposals: int = 0
    seconds: float = 0.0
    cpu: float = 0.0  # of evaluations
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0  # calls whose price is unknown
    reserved: int = 0  # evaluations that open tickets may still make
    held_tokens: int = 0  # that calls under way may take at most, and
    held_usd: float = 0.0
    lost: int = 0  # calls that were begun and never answered: paid in full, as far as is known
    short: Stop | None = None  # a call was refused, since what it may take is not left
    since_gain: int = 0  # evaluations since the best improved
    best: float | None = None
    row: Row = field(default_factory=Row)  # failures in a row

    def evaluated(self, evaluation: Evaluation) -> None:
        self.evals += 1
        self.cpu += evaluation.cost.cpu
        self.charge(evaluation.cost)
        self.row.count(evaluation)

    def charge(self, cost: Cost) -> None:
        self.tokens += cost.tokens
        if cost.usd is None:
            self.unpriced += 1
        else:
            self.usd += cost.usd

    def hold(self, most: Cost) -> None:
        """Reserve what a call may take."""
        self.held_tokens += most.tokens
        self.held_usd += most.usd or 0.0

    def release(self, most: Cost) -> None:
        self.held_tokens -= most.tokens
        self.held_usd -= most.usd or 0.0
        if not self.held_tokens:
            self.held_usd = 0.0  # what is left of a sum of floats

    def lose(self, most: Cost, calls: int = 1) -> None:
        """Calls whose answers will never be known count as their worst case."""
        self.charge(most)
        self.lost += calls

    def lacks(self, most: Cost, budget: Budget) -> Stop | None:
        """The limit that a call might pass, with all calls under way, or None."""
        if budget.tokens is not None and self.tokens + self.held_tokens + most.tokens > budget.tokens:
            return Stop.TOKENS
        if budget.cost is not None and self.usd + self.held_usd + (most.usd or 0.0) > budget.cost:
            return Stop.COST
        return None

    def reached(self, budget: Budget) -> Stop | None:
        """The limit that stands in the way of one more ticket now, or None. Work in flight counts as spent.

        Evaluations and proposals come last: doors that need neither pass by them (`core.context`)."""
        if budget.target is not None and self.best is not None and self.best >= budget.target:
            return Stop.TARGET
        if budget.patience is not None and self.since_gain >= budget.patience:
            return Stop.PATIENCE
        if budget.failures is not None and self.row.reached(budget.failures):
            return Stop.FAILED if budget.give_up else Stop.FAILING
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return Stop.SECONDS
        if budget.cpu is not None and self.cpu >= budget.cpu:
            return Stop.CPU
        if self.short is not None:
            return self.short
        if budget.tokens is not None and self.tokens >= budget.tokens:
            return Stop.TOKENS
        if budget.cost is not None and self.usd >= budget.cost:
            return Stop.COST
        if budget.evals is not None and self.evals + self.reserved >= budget.evals:
            return Stop.EVALUATIONS
        if budget.proposals is not None and self.proposals >= budget.proposals:
            return Stop.PROPOSALS
        return None
