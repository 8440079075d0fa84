"""`speciate watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.store.words import stamp

from .follow import FRAME, Follower, Lines, Panel, Stream
from .options import PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.queries import Run
    from speciate.store.views import State, Summary

LOST = 4  # the engine is gone, or all models are
BROKEN = 3  # the problem is
MISSED = 5  # the target was
INTERRUPTED = 130


def watch(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate watch
      speciate watch bin_packing-1 --json

    Look at a run that another process drives, as it would show itself, until it ends. Ctrl-C leaves; the run goes on.
    Exits as `speciate run` does, with 0 when you leave, and with 4 when the run's engine is gone."""
    from speciate.store.queries import Run

    from .final import final_block
    from .finding import run_path

    terminal = Terminal.of(output.color)
    with Run(run_path(name or run, runs_folder(runs))) as opened:
        if not _followed(opened, output, terminal):
            if not output.quiet and not output.json:
                terminal.say(f"{opened.name} goes on; speciate watch {opened.name} looks again")
            return 0
        summary = opened.summary()
    if output.json:
        emit("run.summary", summary.as_json())
    else:
        terminal.answer(*final_block(summary), fold=True)
    return exit_code(summary)


def _followed(run: Run, output: Output, terminal: Terminal) -> bool:
    """Whether the run was followed to its end; False where whoever watched left before. Raises what the follower
    failed with: a pipe that nobody reads any more, a file that went away."""
    state = run.state()
    if state.over:
        return True
    shown = _follower(run, state, output, terminal)
    try:
        with shown:
            while not run.state().over and not shown.left.wait(FRAME):
                pass
    except KeyboardInterrupt:
        return run.state().over
    if shown.failed is not None:
        raise shown.failed
    return run.state().over


def _follower(run: Run, state: State, output: Output, terminal: Terminal) -> Follower:
    from speciate.session import opening
    from speciate.store.journal import last_seq

    since = last_seq(run)
    slots = ((opening(run).get("machine") or {}).get("slots") or 1) if since else 1
    if output.json:
        return Stream(run.path, terminal, slots, None, since)
    if output.quiet:
        return Quiet(run.path, terminal, slots, None)
    kind: type[Follower] = Panel if terminal.live else Lines
    return kind(run.path, terminal, slots, None, lambda: [header(run.name, state)])


class Quiet(Follower):
    """Waits for the end and shows nothing."""

    def follow(self, run: Run) -> None:
        self._done.wait()


def header(name: str, state: State) -> str:
    return f"{name} · process {state.pid} on {state.host} since {stamp(state.since)} · Ctrl-C leaves, the run goes on"


def exit_code(summary: Summary) -> int:
    """What `speciate run` exits with for a run that ended so; LOST where its engine is gone."""
    from speciate.core.budget import Stop
    from speciate.store.views import StateName

    state = summary.state
    if state.name is StateName.LOST or state.why == Stop.MODEL:
        return LOST
    if state.why in (Stop.SEED, Stop.FAILING, Stop.FAILED):
        return BROKEN
    if state.name is StateName.INTERRUPTED:
        return INTERRUPTED
    return MISSED if summary.budget.target is not None and state.why != Stop.TARGET else 0
