"""The live panel as text: a pure function from a summary to lines. Ten lines of 80 columns, three under 60."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from speciate.store.views import Gain, Metric, Move, StateName, Summary
from speciate.store.words import better, change, clock, count, ending, number, percent, score, span, spark, spent, usd

WIDTH = 80
NARROW = 60
BAR = 30
SPARKS = 19
LABEL = 8  # columns of "best    "
FAILED = ("invalid", "crashed", "timeout", "filtered")


@dataclass(frozen=True, slots=True)
class Shot:
    """What the panel shows at one moment: the run as stored, every gain, the clock, and what a key asked for."""

    summary: Summary
    gains: Sequence[Gain] = ()
    seconds: float = 0.0
    slots: int = 1
    keys: bool = False  # whether keys are read
    stopping: bool = False
    watching: bool = False  # the engine is another process's


def panel(shot: Shot, columns: int = WIDTH) -> list[str]:
    """The lines of the panel, each at most `columns` wide."""
    if columns < NARROW:
        return [fitted(line, columns) for line in _narrow(shot)]
    width = min(columns, WIDTH)
    s = shot.summary
    inner = width - 4
    rows = [
        _best(shot),
        _seed(shot, inner),
        _evals(shot),
        _money(shot),
        _status(s, inner),
        _moves(s, inner),
        _isles(s),
        _last(s),
    ]
    state = f" {_state(shot)} ┐"
    title = f"┌ {cut(s.run, max(8, width - len(state) - 3))} "
    return [
        title + "─" * (width - len(title) - len(state)) + state,
        *(f"│ {fitted(row, inner):<{inner}} │" for row in rows),
        _border(shot, width),
    ]


def fitted(row: str, width: int) -> str:
    """A row without the last of its parts where there is no room: half a word or half a number would mislead."""
    while len(row) > width and (at := max(row.rfind("  ", LABEL), row.rfind(", ", LABEL))) > 0:
        row = row[:at].rstrip()
    return cut(row, width)


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _border(shot: Shot, width: int) -> str:
    """The lower border: the keys that are read, as many as there is room for, and what Ctrl-C does."""
    if shot.watching and shot.summary.state.over:
        return "└" + "─" * (width - 2) + "┘"
    hint = " Ctrl-C: leave, the run goes on ┘" if shot.watching else " Ctrl-C: stop, nothing is lost ┘"
    pause = "resume" if shot.summary.state.name is StateName.PAUSED else "pause"
    names = [f"p {pause}", "h hint", "b best", "q leave" if shot.watching else "s stop", "? keys"]
    shown = f"└ {'  '.join(names)} "
    if len(shown) + len(hint) > width:
        shown = f"└ {'  '.join(names[2:])} "
    if not shot.keys:
        shown = "└"
    return shown + "─" * (width - len(shown) - len(hint)) + hint


def _narrow(shot: Shot) -> list[str]:
    s = shot.summary
    failed = sum(s.counts.get(each, 0) for each in FAILED)
    best = s.best
    by = f"{best.id} by {best.by}" if best else "none yet"
    total = f"/{s.budget.evals:,}" if s.budget.evals is not None else ""
    rate = f"  {s.rate:.1f}/s" if s.rate is not None else ""
    seed = number(s.metric, s.seed.score if s.seed else None)
    return [
        f"{s.run} {_state(shot)}",
        f"best {score(s.metric, best.score if best else None)}  seed {seed}  {by}",
        f"evals {s.evals:,}{total}{rate}  ok {s.counts.get('ok', 0):,} failed {failed:,}",
    ]


def _state(shot: Shot) -> str:
    s = shot.summary
    word = "stopping" if shot.stopping else "running"
    if s.state.name is not StateName.RUNNING:
        word = f"lost: {ending(s.state)}" if s.state.name is StateName.LOST else ending(s.state)
    limit = f" / {clock(s.budget.seconds)}" if s.budget.seconds is not None else ""
    return f"{word} · {clock(shot.seconds)}{limit}"


def _best(shot: Shot) -> str:
    s = shot.summary
    if s.best is None:
        return "best    waiting for the first score: evaluating the seed"
    ago = "" if s.best.at is None else f", {span(max(0.0, shot.seconds - s.best.at)).replace('.0 s', ' s')} ago"
    return f"best    {score(s.metric, s.best.score)}  {better(s.metric)}    candidate {s.best.id} by {s.best.by}{ago}"


def _seed(shot: Shot, inner: int) -> str:
    s = shot.summary
    if s.seed is None:
        return "seed    –"
    if s.seed.score is None:
        return f"seed    – ({s.seed.status})"
    moved = change(s.seed.score, s.best.score) if s.best else "–"
    before = f"seed    {score(s.metric, s.seed.score)}  "
    after = f"  {moved}   no gain for {s.since_gain:,} evaluations"
    room = max(5, inner - len(before) - len(after))
    return before + trend(shot.gains, s.evals, s.metric, min(SPARKS, room)) + after


def trend(gains: Sequence[Gain], evals: int, metric: Metric, width: int = SPARKS) -> str:
    """The best so far over the evaluations, one block per part of them."""
    if not gains or evals < 1:
        return ""
    values: list[float] = []
    step = 0
    for part in range(width):
        upto = evals * (part + 1) / width
        while step + 1 < len(gains) and gains[step + 1].evals <= upto:
            step += 1
        values.append(gains[step].after or 0.0)
    return spark(values)


def bar(done: float, width: int = BAR) -> str:
    filled = round(width * min(1.0, max(0.0, done)))
    return "━" * filled + "─" * (width - filled)


def _evals(shot: Shot) -> str:
    s = shot.summary
    rate = f"{s.rate:.1f}/s" if s.rate is not None else "–/s"
    left = _left(shot)
    left_text = f"  {span(left).replace('.0 s', ' s')} left" if left is not None else ""
    done = _done(shot)
    drawn = f"  {bar(done)}" if done is not None else ""
    return f"evals   {s.evals:,} / {count(s.budget.evals)}{drawn}  {rate}{left_text}"


def _done(shot: Shot) -> float | None:
    """The share of the limit that is nearest."""
    b, s = shot.summary.budget, shot.summary
    pairs = ((s.evals, b.evals), (s.proposals, b.proposals), (shot.seconds, b.seconds), (s.cpu, b.cpu))
    shares = [have / limit for have, limit in pairs if limit]
    return max(shares, default=None)


def _left(shot: Shot) -> float | None:
    s = shot.summary
    times = []
    if s.budget.seconds is not None:
        times.append(s.budget.seconds - shot.seconds)
    if s.budget.evals is not None and s.rate:
        times.append((s.budget.evals - s.evals) / s.rate)
    return max(0.0, min(times)) if times and s.state.name is StateName.RUNNING else None


def _money(shot: Shot) -> str:
    s = shot.summary
    waiting = max(0, s.in_flight.tickets - s.in_flight.evaluating)
    working = min(s.in_flight.evaluating, shot.slots)
    calls = sum(each.calls for each in s.models)
    models = f"{calls:,} calls" if s.models else "–"
    money = f"money   {spent(s.cost)} / {usd(s.budget.cost)}   models {models}"
    return f"{money}   evaluating {working}/{shot.slots}   waiting {waiting}"


def statuses(s: Summary) -> str:
    """Evaluations by status, and proposals that cost none."""
    names = ["ok", "invalid", "crashed", "timeout"] + (["filtered"] if s.counts.get("filtered") else [])
    text = "  ".join(f"{name} {s.counts.get(name, 0):,}" for name in names)
    skipped = [f"duplicate {s.skipped.duplicates:,}"]
    skipped += [f"rejected {s.skipped.rejected:,}"] if s.skipped.rejected else []
    skipped += [f"failed {s.skipped.failed:,}"] if s.skipped.failed else []
    return f"{text}    skipped: {'  '.join(skipped)}"


def _status(s: Summary, width: int) -> str:
    """As `statuses`; where that is too long, only how many were skipped."""
    line = f"status  {statuses(s)}"
    if len(line) <= width:
        return line
    skipped = s.skipped.duplicates + s.skipped.rejected + s.skipped.failed
    return f"{line.partition('    skipped')[0]}    skipped: {skipped:,}"


def _moves(s: Summary, width: int) -> str:
    if not s.moves:
        return "moves   –"
    moves = sorted((each for each in s.moves if each.tries), key=lambda each: (-each.share, each.operator))
    words = [_move(each) for each in moves]
    line = "moves   " + "    ".join(words)
    shown = len(words)
    while len(line) > width and shown > 1:
        shown -= 1
        line = "moves   " + "  ".join([*words[:shown], f"+{len(words) - shown}"])
    return line


def _move(move: Move) -> str:
    pays = move.improved / move.tries if move.tries else 0.0
    return f"{move.operator} {percent(move.share)} ↑{100 * pays:.1f} %"


def _isles(s: Summary) -> str:
    text = "   ".join(f"{each.index + 1} {number(s.metric, each.best)}" for each in s.islands) if s.islands else "–"
    if s.cells is None:
        return f"isles   {text}"
    total = f" / {s.cells.total}" if s.cells.total is not None else ""
    return f"isles   {text:<47} cells {s.cells.filled}{total}"


def _last(s: Summary) -> str:
    if not s.gains:
        return "last    –"
    gain = s.gains[0]
    source = f" ← {gain.parent}" if gain.parent is not None else ""
    moved = f"{number(s.metric, gain.before)} → " if gain.before is not None else ""
    return f"last    {gain.id}{source}  {gain.operator}  {moved}{number(s.metric, gain.after)}"


def plain(shot: Shot) -> str:
    """One line for where there is no terminal."""
    s = shot.summary
    failed = sum(s.counts.get(each, 0) for each in FAILED)
    total = f"/{s.budget.evals}" if s.budget.evals is not None else ""
    best = number(s.metric, s.best.score if s.best else None)
    faults = "".join(f" {name} {times:,}" for name, times in _faults(s).items())
    return (
        f"{clock(shot.seconds)} evals {s.evals}{total} best {best} ok {s.counts.get('ok', 0)} failed {failed} "
        f"{spent(s.cost)}{f' {ending(s.state)}' if s.state.name is StateName.PAUSED else ''}"
        f"{' models:' + faults if faults else ''}"
    )


def _faults(s: Summary) -> Counter[str]:
    """What went wrong with calls to models, over all of them: a server that is gone shows nowhere else."""
    found: Counter[str] = Counter()
    for each in s.models:
        found.update(each.faults)
    return found
