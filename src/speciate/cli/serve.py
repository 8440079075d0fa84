"""`speciate serve`."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from speciate.core.errors import UsageError

from .options import OUTPUT, PLAIN, Output, RunsFolder, runs_folder, typed_or_set
from .serving import ENGINE
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.dashboard.app import Dashboard
    from speciate.dashboard.folder import Served
    from speciate.dashboard.server import Listening

DOOR = Group("Door", sort_key=1)
HOST = "127.0.0.1"
PORT = 8421


def serve(
    *places: Annotated[str, Parameter(name="place", help="a folder of runs, or files of runs; default ./runs")],
    host: Annotated[str | None, Parameter(group=DOOR, help=f"address to listen on; default {HOST}")] = None,
    port: Annotated[int | None, Parameter(group=DOOR, help=f"default {PORT}; 0 for any free one")] = None,
    no_token: Annotated[bool, Parameter(group=DOOR, help="let everybody on this machine in")] = False,
    read_only: Annotated[bool, Parameter(group=DOOR, help="nothing can be steered, renamed or noted")] = False,
    open_: Annotated[bool, Parameter(name="--open", group=OUTPUT, help="open it in the browser")] = False,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate serve
      speciate serve bin_packing-1.db --read-only --port 0

    A page in the browser where the runs of a folder are watched, understood and steered. Open the link that it prints:
    without it nobody gets in. Ctrl-C ends the page; runs go on."""
    from speciate.dashboard.folder import Served
    from speciate.dashboard.guard import loopback
    from speciate.dashboard.server import serve as until_stopped
    from speciate.dashboard.token import kept_in

    engine = os.environ.pop(ENGINE, "")
    address, number = _address(host, port)
    if no_token and not loopback(address):
        what = f"--host {address} can be reached from other machines, and --no-token would let everybody in"
        raise UsageError(what, f"leave --no-token away, or --host {HOST}")
    served = Served.of(_places(places, runs_folder(runs)))
    token = None if no_token else kept_in(served.home)
    listening = _listening(address, number, token, bool(engine))
    if listening is None:
        return 0
    dashboard = _dashboard(served, listening, token, read_only)
    terminal, link = Terminal.of(output.color), listening.link(token)
    if not loopback(address) and not output.quiet:
        terminal.say(
            f"warning: who is between you and {address} can read along; safer: ssh -L {listening.port}:{HOST}:"
            f"{listening.port} from where you are, and no --host"
        )
    gc.enable()
    with _opened(link, open_) as show:

        def started() -> None:
            _say(dashboard, link, output, terminal)
            show()

        until_stopped(dashboard, listening, started, int(engine) if engine else None)
    return 0


def _address(host: str | None, port: int | None) -> tuple[str, int]:
    """Flag, environment, default. Raises UsageError."""
    given_host = typed_or_set("--host", host)
    given = typed_or_set("--port", None if port is None else str(port))
    number = PORT
    if given is not None:
        number = int(given.value) if given.value.isascii() and given.value.isdecimal() else -1
        if not 0 <= number <= 65535:
            raise UsageError(f"{given.typed}: expected a number from 0 to 65535", given.like(PORT))
    return HOST if given_host is None else given_host.value, number


def _places(places: Sequence[str], folder: Path) -> list[Path]:
    """Paths that exist, runs by their names, or the folder of runs, which may come later."""
    from .finding import run_path

    if not places:
        return [folder]
    return [path if (path := Path(each).expanduser()).exists() else run_path(each, folder) for each in places]


def _listening(host: str, port: int, token: str | None, beside: bool) -> Listening | None:
    """The socket. Beside an engine, whose user asked for a page and not for a port: another port where this one is
    taken, and None where there is a page of these runs already, which is told. Raises UsageError."""
    from speciate.dashboard.server import PortTaken, listen

    try:
        return listen(host, port, token)
    except PortTaken as taken:
        if not beside:
            raise
        if taken.link is None:
            return listen(host, 0, token)
        emit("serve", {"url": taken.link})
        return None


def _dashboard(served: Served, listening: Listening, token: str | None, read_only: bool) -> Dashboard:
    from speciate.dashboard.app import Dashboard, Options
    from speciate.dashboard.guard import Door
    from speciate.dashboard.steering import Steering

    from .submission import from_page

    door = Door.at(listening.host, token)
    return Dashboard(Options(served, door, Steering(from_page, read_only), listening.port))


def _say(dashboard: Dashboard, link: str, output: Output, terminal: Terminal) -> None:
    there, running = dashboard.listing.counts()
    if output.json:
        body = {"url": link, "folder": str(dashboard.served.home.absolute()), "runs": there, "running": running}
        emit("serve", {**body, "pid": os.getpid()})
    elif output.quiet:
        terminal.answer(link)
    else:
        counted = f"{there} run{'s' if there != 1 else ''}, {running} running"
        terminal.answer(f"Dashboard {link} ({counted}; stopping this server does not touch runs)")


@contextmanager
def _opened(link: str, wanted: bool) -> Iterator[Callable[[], object]]:
    """What opens the link in the browser. A file leads there, for its owner alone: what is typed as a command's
    argument can be read by everybody on the machine."""
    if not wanted:
        yield lambda: None
        return
    import webbrowser

    with tempfile.TemporaryDirectory(prefix="speciate-") as folder:
        page = Path(folder, "open.html")
        page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(link)}">', encoding="utf-8")
        yield lambda: webbrowser.open(page.as_uri())
