"""`speciate compare --check`: whether a comparison's report is what its cells' files give, and whether their best
candidates score as is told, each evaluated again in the sandbox by the problem's own verifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.core.errors import SpeciateError, UsageError
from speciate.core.values import JSON
from speciate.store.words import counted, safe

from .reported import REPORT
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.compare.plan import Subject
    from speciate.compare.report import Report
    from speciate.core.problem import Problem

    from .again import Scored
    from .options import Output

DIFFERS = 3
MOST = 20  # differences that are printed; all are counted
BATCH = 200  # and that are in the JSON


@dataclass(slots=True)
class Findings:
    """What a check found. `differences` is empty where all holds."""

    differences: list[str] = field(default_factory=list)
    scored: list[Scored] = field(default_factory=list)
    certificates: list[dict[str, str]] = field(default_factory=list)


def recheck(asked: Sequence[str], within: Path, slots: int | None, output: Output, terminal: Terminal) -> int:
    """0 if all holds, 3 if anything does not, each difference named. Raises UsageError and StoreError for what is no
    report or no comparison."""
    from speciate.compare.verified import differences, read_plan, read_report, recomputed

    folder, path = _meant(asked, within)
    said, plan = read_report(path), read_plan(folder)
    report = recomputed(folder, plan)
    found = Findings(list(differences(said, report)))
    if not output.quiet:
        many = counted(len(report.cells), "cell")
        same = counted(len(found.differences), "difference") if found.differences else "the same"
        terminal.say(f"{path.name}: against the files of {many}: {same}")
    for subject in plan.problems:
        _problem(subject, report, (folder, slots), found, None if output.quiet else terminal)
    _tell(found, report, output, terminal)
    return DIFFERS if found.differences else 0


def _meant(asked: Sequence[str], within: Path) -> tuple[Path, Path]:
    """The comparison's folder, and its report."""
    if len(asked) != 1:
        raise UsageError("--check wants one report", "speciate compare --check comparisons/NAME")
    for path in (Path(asked[0]).expanduser(), within / asked[0]):
        if path.is_dir():
            return path, path / REPORT
        if path.is_file():
            return path.parent, path
    raise UsageError(f"there is no report {asked[0]}", "give a comparison's folder, its name, or its report.json")


def _problem(
    subject: Subject,
    report: Report,
    where: tuple[Path, int | None],
    found: Findings,
    terminal: Terminal | None,
) -> None:
    """The best candidates of all its finished cells, evaluated again; and the certificates of each entrant's best."""
    from speciate.compare.report import CellState

    from .again import certificates, score_again

    folder, slots = where
    cells = [each for each in report.cells if each.problem == subject.name and each.state is CellState.FINISHED]
    if not cells:
        return
    try:
        problem = _loaded(subject, folder)
        if terminal is not None:
            terminal.say(f"{subject.name}: {counted(len(cells), 'candidate')} again, by {_whose(problem)}")
        scored = score_again(problem, folder, cells, slots)
    except SpeciateError as error:
        found.differences.append(f"{subject.name}, not evaluated again: {error.what}")
        return
    found.scored += scored
    found.differences += [f"{each.named}: {each.said}" for each in scored if not each.holds]
    best: dict[str, Scored] = {}
    for each in scored:
        if each.holds and (each.recipe not in best or each.score > best[each.recipe].score):
            best[each.recipe] = each
    for each, ok, line in certificates(problem, subject, list(best.values())):
        found.certificates.append({"problem": each.problem, "recipe": each.recipe, "said": line})
        if not ok:
            found.differences.append(f"{each.named}: no certificate: {line}")


def _loaded(subject: Subject, folder: Path) -> Problem:
    """The problem as it was planned. Raises ProblemError and UsageError: where it is gone, is another by now, or came
    along with the report, so that its verifier could say anything."""
    from speciate.session import Source

    problem = Source(*subject.asked).load()
    if Path(problem.source).resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"its evaluator lies in {folder}: what comes with a report cannot vouch for it")
    if problem.digest != subject.digest:
        raise UsageError("it was changed since, or is another here: its scores are not comparable")
    return problem


def _whose(problem: Problem) -> str:
    from speciate.problems.folder import SHIPPED

    path = Path(problem.source, problem.evaluate.partition(":")[0])
    return "the shipped evaluator" if path.is_relative_to(SHIPPED) else str(path)


def _tell(found: Findings, report: Report, output: Output, terminal: Terminal) -> None:
    if output.json:
        emit("compare.check", _as_json(found, report))
        return
    terminal.answer(*map(safe, _lines(found, report)))


def _as_json(found: Findings, report: Report) -> dict[str, JSON]:
    return {
        "comparison": report.name,
        "ok": not found.differences,
        "differences": found.differences[:BATCH],
        "count": len(found.differences),
        "candidates": [each.as_json() for each in found.scored],
        "certificates": found.certificates,
    }


def _lines(found: Findings, report: Report) -> Iterator[str]:
    noisy = [each for each in found.scored if each.noisy]
    exact = sum(each.holds and not each.noisy for each in found.scored)
    many = counted(report.states["finished"], "best candidate")
    yield f"{report.name}: {exact} of {many} score again as recorded, digit by digit"
    yield from (f"noisy    {each.named}: {each.said}" for each in islice(noisy, MOST))
    for each in found.certificates:
        yield f"exactly  {each['problem']}, {each['recipe']}: {each['said']}"
    yield from (f"differs  {' '.join(each.split())}" for each in found.differences[:MOST])
    if len(found.differences) > MOST:
        yield f"differs  and {len(found.differences) - MOST:,} more"
    if not found.differences:
        yield "held     the report is what its cells' files give"
