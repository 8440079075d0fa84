"""Terminal sessions in the documentation: read from the pages, typed into a shell, compared, and written back.

    python -m tests.transcripts            # writes what the commands print now into the pages

A session is a fenced block of the language `console`. `$ ` begins a command; what follows, up to the next one, is what
it printed, to stdout and stderr together. All sessions of a page run in one folder, one after the other. A line `…`
stands for any lines: what is worth showing is shown. Numbers, times and the operators that chance drew vary from
machine to machine, so a comparison is blind to them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SESSION = re.compile(r"(?ms)^```console\n(.*?)^```$")
ANY = "…"
WIDTH = 100
_NUMBER = re.compile(r"[−-]?\d[\d,.:]*")
_BAR = re.compile(r"[━─▁▂▃▄▅▆▇█]+")
_OPERATORS = (
    "crossover|delete|exchange|insert|jitter|nudge|numeric|point|recombine|reduce|refine|relocate|repeat|replace|reshape|seed"
    "|splice|subtree|swap|wrap"
)
_OPERATOR = re.compile(rf"\b(?:{_OPERATORS})\b")
_UNIT = re.compile(r"\bN (?:ms|s|min|h)\b")


@dataclass(frozen=True)
class Step:
    """A command of a session and the lines under it."""

    command: str
    printed: tuple[str, ...]


def pages() -> list[Path]:
    """Those with a session."""
    return [page for page in PAGES if SESSION.search(page.read_text(encoding="utf-8"))]


def steps(session: str) -> Iterator[Step]:
    command, printed = "", list[str]()
    for line in session.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, tuple(printed))
            command, printed = line[2:], []
        else:
            printed.append(line)
    if command:
        yield Step(command, tuple(printed))


def typed(command: str, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """What the command prints in this folder."""
    done = subprocess.run(
        ["bash", "-c", command.partition("  #")[0]],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n") if done.stdout else []


def environment() -> dict[str, str]:
    """Of a plain terminal: no settings of the developer's own, this interpreter's commands first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECIATE_", "PYTEST"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {
        "PATH": path,
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        "LC_ALL": "C.UTF-8",
    }


def blind(line: str) -> str:
    """The line without what varies."""
    line = _BAR.sub("~", _OPERATOR.sub("OP", _NUMBER.sub("N", line)))
    return " ".join(_UNIT.sub("N s", line).split())


def agrees(expected: tuple[str, ...], printed: list[str]) -> bool:
    """Whether what was printed is what the page shows, `…` standing for any lines."""
    pattern = "".join(
        ".*" if line.strip() == ANY else re.escape(blind(line)) + "\n" for line in expected if line.strip()
    )
    text = "".join(blind(line) + "\n" for line in printed if line.strip())
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def shortened(expected: tuple[str, ...], printed: list[str]) -> list[str]:
    """What to write under a command: all it printed, or, where the page left out lines, as many at either end as
    the page shows."""
    if ANY not in [line.strip() for line in expected]:
        return printed
    at = [line.strip() for line in expected].index(ANY)
    after = len(expected) - at - 1
    return [*printed[:at], ANY, *(printed[len(printed) - after :] if after else [])]


def play(page: Path, folder: Path) -> Iterator[tuple[Step, list[str]]]:
    """Each command of the page with what it prints now."""
    around = environment()
    for session in SESSION.findall(page.read_text(encoding="utf-8")):
        for step in steps(session):
            yield step, typed(step.command, folder, around)


def write(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        around = environment()

        def replayed(found: re.Match[str]) -> str:
            lines = list[str]()
            for step in steps(found[1]):
                lines += [f"$ {step.command}", *shortened(step.printed, typed(step.command, Path(folder), around))]
            return "```console\n" + "\n".join(lines) + "\n```"

        page.write_text(SESSION.sub(replayed, text), encoding="utf-8")


if __name__ == "__main__":
    for each in [Path(name).resolve() for name in sys.argv[1:]] or pages():
        write(each)
