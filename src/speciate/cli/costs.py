"""What a comparison will cost, before it begins: cells, evaluations, and money as far as prices are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speciate.store.words import counted, span, usd

from .entrants import asks

if TYPE_CHECKING:
    from speciate.compare.plan import Key, Plan

MILLION = 1_000_000
LONGEST = 8_192  # tokens of a reply, where a recipe does not say


@dataclass(frozen=True, slots=True)
class Predicted:
    """Of the cells that are still to run. `usd` is the most that they may cost, None where that is not known; `bound`
    says what holds it to that: a limit of the budget, or one call an evaluation, which is no limit. `models` are those
    that are asked, `unpriced` those whose price is unknown."""

    cells: int
    of: int
    usd: float | None
    bound: str
    models: tuple[str, ...]
    unpriced: tuple[str, ...]

    @property
    def dear(self) -> bool:
        """Whether money may be spent."""
        return bool(self.cells and self.models) and self.usd != 0


def predict(plan: Plan, cells: Sequence[Key]) -> Predicted:
    """For these cells of the plan. Raises UsageError for the name of a model that is none, or a price that is none."""
    asked = [(names, _reply(plan, each)) for each in cells if (names := asks(plan.entrant(each.recipe), each.problem))]
    models = tuple(dict.fromkeys(name for names, _ in asked for name in names))
    rates = _rates(plan, models)
    unpriced = tuple(name for name, rate in rates.items() if rate is None)
    known = {name: rate for name, rate in rates.items() if rate is not None}
    most, bound = _most(plan, asked, known)
    return Predicted(len(cells), len(list(plan.cells())), None if unpriced else most, bound, models, unpriced)


def _rates(plan: Plan, models: Sequence[str]) -> dict[str, tuple[float, float] | None]:
    """Dollars per million tokens of input and of output."""
    if not models:
        return {}
    from speciate.llm.names import parse as name_of
    from speciate.llm.prices import parse

    prices = parse(plan.asking.prices)
    prices.refuse(models)
    return {name: prices.shown(name_of(name)) for name in models}


def _reply(plan: Plan, key: Key) -> int:
    """The most tokens of a reply in this cell."""
    return int((plan.entrant(key.recipe).settings.get(key.problem) or {}).get("model.most") or LONGEST)


def _most(
    plan: Plan, asked: Sequence[tuple[Sequence[str], int]], rates: Mapping[str, tuple[float, float]]
) -> tuple[float, str]:
    """By the budget in money, else by that in tokens, else at one call an evaluation of the greatest size there is."""
    if not any(rate > 0 for pair in rates.values() for rate in pair):
        return 0.0, ""
    if plan.budget.get("cost") is not None:
        return len(asked) * float(plan.budget["cost"]), "--max-cost"
    dearest = [max((max(rates[name]) for name in names if name in rates), default=0.0) for names, _ in asked]
    if plan.budget.get("tokens") is not None:
        return sum(dearest) * float(plan.budget["tokens"]) / MILLION, "--max-tokens"
    calls = plan.budget.get("proposals") or plan.budget.get("evals")
    if calls is None:
        return float("inf"), "no limit"
    from dataclasses import astuple

    from speciate.proposers.llm.sizes import SIZES

    prompt = sum(astuple(SIZES))
    each = [
        max(
            ((rates[name][0] * prompt + rates[name][1] * reply) / MILLION for name in names if name in rates), default=0
        )
        for names, reply in asked
    ]
    return sum(each) * float(calls), "one call an evaluation, of the greatest size"


def plan_lines(plan: Plan, predicted: Predicted) -> list[str]:
    """The plan in words: what is compared, how much of it is to be done, what that may cost."""
    problems = ", ".join(each.name for each in plan.problems)
    entrants = ", ".join(
        each.name if each.name == each.recipe else f"{each.name} ({each.recipe})" for each in plan.entrants
    )
    limits = " or ".join(limit_words(plan))
    sizes = [(len(plan.problems), "problem"), (len(plan.entrants), "recipe"), (len(plan.seeds), "seed")]
    whole = " x ".join(counted(*each) for each in sizes)
    done = predicted.of - predicted.cells
    left = f", {done:,} done" if done else ""
    lines = [f"compare  {problems} · {entrants} · {counted(len(plan.seeds), 'seed')}"]
    lines += [f"plan     {whole} = {counted(predicted.of, 'cell')}{left} · each {limits}, one evaluation at a time"]
    if predicted.cells and (evals := plan.budget.get("evals")):
        lines[-1] += f" · {predicted.cells * evals:,} evaluations at most"
    if predicted.cells and (cpu := plan.budget.get("cpu")):
        lines[-1] += f" · {span(predicted.cells * cpu)} of CPU"
    lines += [f"cost     {cost_words(predicted)}"]
    silent = [each.name for each in plan.entrants if not any(asks(each, problem.name) for problem in plan.problems)]
    if predicted.models and silent:
        lines[-1] += f" · {', '.join(silent)} {'asks' if len(silent) == 1 else 'ask'} none"
    for entrant in plan.entrants:
        lines += [f"unfit    {entrant.name} on {problem}: {why}" for problem, why in entrant.unfit.items()]
    return lines


def limit_words(plan: Plan) -> list[str]:
    """The budget of a cell in words."""
    words = {
        "evals": lambda value: counted(value, "evaluation"),
        "proposals": lambda value: counted(value, "proposal"),
        "seconds": lambda value: span(value).replace(".0 s", " s"),
        "cpu": lambda value: f"{span(value).replace('.0 s', ' s')} of CPU",
        "cost": lambda value: f"${value:g}",
        "tokens": lambda value: f"{value:,} tokens",
    }
    return [words[name](value) for name, value in plan.budget.items()]


def cost_words(predicted: Predicted) -> str:
    """What it may cost, and what holds it to that."""
    if not predicted.models:
        return "no model is asked: nothing but time"
    names = " + ".join(predicted.models)
    if predicted.unpriced:
        return f"{names}: the price of {', '.join(predicted.unpriced)} is unknown (--price IN/OUT says it)"
    if predicted.usd == 0:
        return f"{names}: free"
    if predicted.usd is None or predicted.usd == float("inf"):
        return f"{names}: no limit on money (--max-cost sets one)"
    held = (
        f"by {predicted.bound}" if predicted.bound.startswith("--") else f"at {predicted.bound}; --max-cost limits it"
    )
    return f"{names}: {usd(predicted.usd)} at most, {held}"
