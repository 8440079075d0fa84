"""The keys of problem.toml: one schema, unknown keys refused. `table()` is what docs/problem-toml.md shows.

Numbers here are the user's: a threshold or a target is in the metric's own direction. `folder` turns them around.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from speciate.core.errors import ProblemError
from speciate.core.problem import Direction, Limits

DEFAULT = Limits()
UNITS = {"": 1, "b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30}
RESERVED = frozenset({"cases", "feedback", "artifacts"})  # keys that evaluate's dict has besides numbers


def _size(value: object) -> object:
    """Bytes from 512, "512" or "512 MB"; k, M and G are powers of 1024, with or without the i of MiB."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kmg]?)i?(b?)\s*", value, re.IGNORECASE)
    if match is None:
        raise ValueError('a size is a number of bytes or text such as "512 MB"')
    number, prefix, _ = match.groups()
    return int(float(number) * UNITS[f"{prefix}b".lower()])


Size = Annotated[int, BeforeValidator(_size), Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Dotted = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectiveKeys(Keys):
    direction: Direction = Field(default=Direction.MAXIMIZE, description="`maximize` or `minimize`")
    unit: str = Field(default="", description="shown after the number")
    digits: int = Field(default=4, ge=0, le=15, description="digits shown after the point")


class MeasureKeys(Keys):
    low: Finite = Field(description="where the first cell begins")
    high: Finite = Field(description="where the last cell ends; what lies outside counts to the end cells")
    cells: int = Field(default=10, ge=1, le=10_000, description="equal cells between them")


class LimitsKeys(Keys):
    seconds: Seconds = Field(default=DEFAULT.seconds, description="wall seconds over all of a candidate's calls")
    memory: Size = Field(default=DEFAULT.memory, description="bytes of address space per process")
    processes: int = Field(default=DEFAULT.processes, ge=0, description="processes and threads besides its own")
    files: Size = Field(default=DEFAULT.files, description="bytes of scratch files")
    output: Size = Field(default=DEFAULT.output, description="bytes of what it prints that are kept")
    message: Size = Field(default=DEFAULT.message, description="bytes of one value that crosses to or from it")
    evaluator_seconds: Seconds = Field(
        default=DEFAULT.evaluator_seconds, description="seconds of evaluate's own work before it counts as hung"
    )


class StageKeys(Keys):
    name: Word = Field(description="what `request.stage` says")
    threshold: Finite | None = Field(
        default=None, description="go on only if the first objective is this good, in its own direction; absent: always"
    )
    seconds: Seconds | None = Field(default=None, description="instead of `limits.seconds` in this stage")


class BudgetKeys(Keys):
    evals: int | None = Field(default=None, ge=0, description="evaluations")
    proposals: int | None = Field(default=None, ge=0, description="proposals, duplicates included")
    seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="seconds of running")
    tokens: int | None = Field(default=None, ge=0, description="tokens of models")
    cost: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="US dollars")
    target: Finite | None = Field(default=None, description="stop at this value of the first objective")
    patience: int | None = Field(default=None, ge=0, description="stop after this many evaluations without a gain")


class PublishedKeys(Keys):
    value: Finite = Field(description="what the literature reports for the first objective")
    source: str = Field(default="", description="author, year, where")


class ProblemKeys(Keys):
    statement: str = Field(default="", description="what to improve, in words; models read it too")
    seed: str | tuple[str, ...] = Field(default="seed.py", description="the first program, or a list of several")
    evaluate: Word = Field(default="evaluate", description="the function of evaluate.py that scores")
    packages: tuple[Dotted, ...] = Field(default=(), description="imports made ahead for the candidate")
    calls: tuple[Dotted, ...] = Field(default=(), description="calls that the built-in operators may write")
    sealed: bool = Field(default=False, description="a last stage `sealed`, scored for the seed and the best only")
    objectives: dict[Word, ObjectiveKeys] = Field(
        default_factory=lambda: {"score": ObjectiveKeys()}, description="absent: one, `score`, maximized"
    )
    measures: dict[Word, MeasureKeys] = Field(default_factory=dict, description="behaviour, the axes of a grid")
    limits: LimitsKeys = Field(
        default_factory=lambda: LimitsKeys(), description="what a candidate may use in one evaluation"
    )
    stages: tuple[StageKeys, ...] = Field(default=(), description="a cascade, cheapest first")
    budget: BudgetKeys = Field(
        default_factory=lambda: BudgetKeys(), description="what a run may use unless told otherwise"
    )
    published: dict[str, PublishedKeys] = Field(default_factory=dict, description="values of the literature")


# How each table of problem.toml is headed, in the order of the documentation.
SECTIONS: Mapping[str, type[Keys]] = {
    "": ProblemKeys,
    "[objectives.NAME]": ObjectiveKeys,
    "[measures.NAME]": MeasureKeys,
    "[limits]": LimitsKeys,
    "[[stages]]": StageKeys,
    "[budget]": BudgetKeys,
    "[published.NAME]": PublishedKeys,
}


def parse(data: Mapping[str, Any], file: str) -> ProblemKeys:
    """The keys of one file. Raises ProblemError that names the key, its value and the nearest key there is."""
    try:
        keys = ProblemKeys.model_validate(data)
    except ValidationError as error:
        raise _sentence(error, file) from None
    if not keys.objectives:
        raise ProblemError(f"{file}: [objectives] is empty", "name one, as in [objectives.score], or drop the table")
    for name in (*keys.objectives, *keys.measures):
        if name in RESERVED:
            raise ProblemError(f"{file}: `{name}` cannot be an objective or a measure", "give it another name")
        if name in keys.objectives and name in keys.measures:
            raise ProblemError(
                f"{file}: `{name}` is an objective and a measure", f"rename the measure: {name}_behaviour"
            )
    for name, measure in keys.measures.items():
        if not measure.low < measure.high:
            what = f"{file}: measures.{name} goes from {measure.low:g} to {measure.high:g}"
            raise ProblemError(what, "low must be below high")
    names = [stage.name for stage in keys.stages]
    if "sealed" in names or len(set(names)) < len(names):
        raise ProblemError(f"{file}: the stages are {', '.join(names)}", "names must differ, and `sealed` is taken")
    return keys


def _sentence(error: ValidationError, file: str) -> ProblemError:
    first = error.errors(include_url=False)[0]
    where = [str(part) for part in first["loc"]]
    key = ".".join(where)
    if first["type"] == "extra_forbidden":
        known = list(_model(where[:-1]).model_fields)
        near = difflib.get_close_matches(where[-1], known, 1, 0.5)
        nearest = f"; nearest: {near[0]}" if near else ""
        table = f" of {'.'.join(where[:-1])}" if where[:-1] else ""
        return ProblemError(f"{file}: no key `{key}`{nearest}", f"the keys{table} are {', '.join(known)}")
    if first["type"] == "missing":
        return ProblemError(f"{file}: `{key}` is missing", f"add {where[-1]} = … to it")
    reason = first["msg"].removeprefix("Value error, ")
    return ProblemError(f"{file}: {key} = {first['input']!r}: {reason[:1].lower()}{reason[1:]}", f"correct `{key}`")


def _model(where: list[str]) -> type[Keys]:
    if not where:
        return ProblemKeys
    return next((model for head, model in SECTIONS.items() if head.strip("[]").split(".")[0] == where[0]), ProblemKeys)


def table() -> str:
    """Every key as the documentation has it: one Markdown table per table of problem.toml."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for head, model in SECTIONS.items():
        yield f"### `{head}`\n" if head else "### Top level\n"
        yield "| key | default | meaning |\n|---|---|---|"
        for name, each in model.model_fields.items():
            if each.is_required():
                default = "required"
            elif isinstance(value := each.get_default(call_default_factory=True), Keys | dict | tuple) or value is None:
                default = "–"
            else:
                default = f"`{_toml(value)}`"
            yield f"| `{name}` | {default} | {each.description} |"
        yield ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"
