"""From a plan and its cells to the report. Pure: the same cells give the same report, whenever it is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from speciate.core.values import JSON

from . import plan as plans
from .aggregate import aggregate_of
from .cells import Cell
from .curves import Curve
from .doubts import doubts, on_this_machine, unnormalised
from .kept import read_cells
from .plan import Plan
from .report import MEASURED_AXES, CellMeasured, CellResult, CellState, Line, Report, ReportMeasured
from .statistics import RESAMPLES
from .tables import Found, table_of

ON_MACHINE = ("versions", "command")  # of a plan: what concerns no cell


def report_in(folder: Path) -> Report:
    """The report of the comparison in a folder, as far as its cells are there. Raises StoreError where there is
    none."""
    plan = plans.read(folder)
    return report_of(folder.resolve().name, plan, read_cells(plan, folder))


def report_of(name: str, plan: Plan, cells: Sequence[Cell], resamples: int = RESAMPLES) -> Report:
    """The report. `cells` has every cell of the plan; `resamples` is how often each bootstrap draws."""
    found = [Found.of(plan, each, cells) for each in plan.problems]
    tables = tuple([table_of(each, resamples) for each in found])
    aggregate, left_out = aggregate_of(plan, found, resamples)
    caveats = [*doubts(plan, cells, found, tables, aggregate)]
    if len(plan.entrants) > 1 and len(plan.problems) > 1:
        caveats += unnormalised(left_out, len(found), aggregate)
    return Report(
        name=name,
        plan=_planned(plan),
        reference=plan.reference,
        states={state.value: sum(each.state is state for each in cells) for state in CellState},
        tables=tables,
        aggregate=aggregate,
        caveats=tuple(caveats),
        cells=tuple([_result(plan, each) for each in cells]),
        measured=ReportMeasured(
            machines=tuple(_machines(cells)),
            seconds=sum(each.seconds for each in cells),
            cpu=sum(each.cpu for each in cells),
            caveats=tuple(on_this_machine(plan, cells)),
            plan={
                **{key: value for key, value in plan.as_json().items() if key in ON_MACHINE},
                "asked": {each.name: list(each.asked) for each in plan.problems},
            },
        ),
    )


def _planned(plan: Plan) -> dict[str, JSON]:
    found = {key: value for key, value in plan.as_json().items() if key not in ON_MACHINE}
    found["problems"] = [{key: value for key, value in each.items() if key != "asked"} for each in found["problems"]]
    return found


def _machines(cells: Sequence[Cell]) -> Iterator[Mapping[str, JSON]]:
    """Each that there is, the one with most cells first."""
    counts = Counter(tuple(sorted(each.machine.items())) for each in cells if each.machine)
    yield from ({**dict(machine), "cells": count} for machine, count in counts.most_common())


def _result(plan: Plan, cell: Cell) -> CellResult:
    metric = plan.subject(cell.key.problem).metric
    sign = metric.direction.sign
    lines = {axis: _line(curve, sign) for axis, curve in cell.curves.items() if curve.end > 0}
    timed = bool(cell.curves)
    return CellResult(
        problem=cell.key.problem,
        recipe=cell.key.recipe,
        seed=cell.key.seed,
        file=cell.key.file,
        state=cell.state,
        why=cell.why,
        best=metric.user(cell.best),
        best_id=cell.best_id,
        initial=metric.user(cell.initial),
        held_out=metric.user(cell.held_out),
        evals=cell.evals,
        proposals=cell.proposals,
        counts=cell.counts,
        duplicates=cell.duplicates,
        rejected=cell.rejected,
        barren=cell.barren,
        tokens=cell.tokens,
        usd=cell.usd,
        unpriced=cell.unpriced,
        lines={axis.value: line for axis, line in lines.items() if axis not in MEASURED_AXES},
        measured=CellMeasured(
            seconds=cell.seconds if timed else None,
            cpu=cell.cpu if timed else None,
            lines={axis.value: line for axis, line in lines.items() if axis in MEASURED_AXES},
            machine=cell.machine,
            created=cell.created,
        ),
    )


def _line(curve: Curve, sign: int) -> Line:
    return Line(tuple(map(float, curve.spent)), tuple([sign * each + 0.0 for each in curve.best]), float(curve.end))
