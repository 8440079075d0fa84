"""What the dashboard costs and how fast it is: every figure of docs/dashboard-speed.md, as a table.

    python benchmarks/dashboard.py                       # 10,000 and 100,000 candidates, ten minutes
    python benchmarks/dashboard.py --sizes 1000000 --only overview,summary
    python benchmarks/dashboard.py --sizes 500 --pairs 1 --evals 200 --seconds 2     # whether it works

Needs Chromium, and Playwright from the dev extra. The runs are made up (`long_runs.py`) and kept in --into.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from speciate.testing.story_parts import Story

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.long_runs import made
from tests.dashboard.browser.chromium import installed, launched
from tests.dashboard.browser.serving import Server, ended, engine_cpu, serving, until

PAGE = Path(__file__).parent.parent / "src/speciate/dashboard/page"
TIMES = 5
PATIENCE = 60_000  # milliseconds
READY = 'main[data-page="{}"][data-ready="true"]'
FRAMES = """(milliseconds) => new Promise((done) => {
  const times = []; const scrubber = document.querySelector('input[type=range]')
  const step = (now) => {
    times.push(now)
    if (scrubber && window.scrubbing) {
      scrubber.value = String(Number(scrubber.max) * ((times.length * 7) % 100) / 100)
      scrubber.dispatchEvent(new Event('input', {bubbles: true}))
    }
    if (now - times[0] < milliseconds) requestAnimationFrame(step); else done(times)
  }
  requestAnimationFrame(step)
})"""
SEEN = """() => { window.seen = []
  new MutationObserver(() => window.seen.push([Date.now() / 1000, Number(document.documentElement.dataset.seq)]))
    .observe(document.documentElement, {attributes: true, attributeFilter: ['data-seq']}) }"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `limit` is what it must stay under, or over where it begins with ">"."""

    what: str
    value: float
    unit: str
    limit: str = ""
    more: str = ""

    @property
    def row(self) -> str:
        held = ""
        if self.limit:
            most = float(self.limit.strip(">< "))
            held = "yes" if (self.value >= most if self.limit.startswith(">") else self.value <= most) else "**no**"
        return f"| {self.what} | {self.value:,.3g} {self.unit} {self.more}| {self.limit} | {held} |"


@dataclass(frozen=True, slots=True)
class Bench:
    browser: Any
    server: Server
    given: argparse.Namespace

    @contextmanager
    def tab(self, path: str, page: str) -> Iterator[Any]:
        """A new one, as of somebody who was never here, once the page shows its data."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        try:
            tab = context.new_page()
            tab.goto(self.server.link(path))
            tab.locator(READY.format(page)).wait_for(timeout=PATIENCE)
            yield tab
        finally:
            context.close()

    def marked(self, run: str, page: str) -> tuple[float, float]:
        """Seconds from the request until the first paint, and until the page shows its data: medians."""
        paints, readies = [], []
        for _ in range(TIMES):
            with self.tab(f"/r/{run}" + ("" if page == "overview" else f"/{page}"), page) as tab:
                paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                paints.append(tab.evaluate(paint) / 1000)
                readies.append(
                    tab.evaluate(f"performance.getEntriesByName('speciate:{page}:ready')[0].startTime") / 1000
                )
        return statistics.median(paints), statistics.median(readies)


def overview(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    paint, ready = bench.marked(run, "overview")
    yield Figure(f"first paint, {size:,}", paint, "s", "0.5")
    yield Figure(f"overview with its data, {size:,}", ready, "s", "1" if size >= 1_000_000 else "")


def tree(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    yield Figure(f"tree usable, {size:,}", bench.marked(run, "tree")[1], "s", "1" if size <= 10_000 else "3")


def table(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    yield Figure(f"table of candidates, {size:,}", bench.marked(run, "population")[1], "s")


def summary(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    host = bench.server.origin.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    taken, length = [], 0
    for _ in range(30):
        began = time.perf_counter()
        connection.request("GET", f"/api/runs/{run}/summary", headers={"Authorization": f"Bearer {bench.server.token}"})
        length = len(connection.getresponse().read())
        taken.append(time.perf_counter() - began)
    connection.close()
    more = f"(longest {max(taken) * 1000:.0f}, {length / 1000:.1f} kB) "
    yield Figure(f"summary, {size:,}", statistics.median(taken) * 1000, "ms", "50", more)


def frames(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    """While the scrubber moves with each frame, and while the tree is dragged about."""
    milliseconds = bench.given.seconds * 1000
    with bench.tab(f"/r/{run}/tree", "tree") as tab:
        tab.evaluate("window.scrubbing = true")
        scrubbed = tab.evaluate(FRAMES, milliseconds)
        tab.evaluate("window.scrubbing = false")
        box = tab.locator("main canvas").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        tab.evaluate(f"window.frames_ = ({FRAMES})({milliseconds}); 0")
        tab.mouse.move(x, y)
        tab.mouse.down()
        until_ = time.monotonic() + bench.given.seconds
        step = 0
        while time.monotonic() < until_:
            step += 1
            tab.mouse.move(x + step * 7 % 200 - 100, y + step * 5 % 120 - 60)
        tab.mouse.up()
        panned = tab.evaluate("window.frames_")
    for what, times in (("scrubbing", scrubbed), ("panning", panned)):
        gaps = sorted(b - a for a, b in pairwise(times))
        worst = gaps[int(len(gaps) * 0.95)] if gaps else 0.0
        rate = (len(times) - 1) / (times[-1] - times[0]) * 1000
        yield Figure(f"frames while {what}, {size:,}", rate, "/s", "> 30", f"(95 % within {worst:.0f} ms) ")


def memory(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    """Of the server, after all that was asked of it before, with a tab open."""
    with bench.tab(f"/r/{run}", "overview"):
        status = Path(f"/proc/{bench.server.process.pid}/status").read_text()
    held, peak = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    yield Figure(f"server, {size:,}", held, "MB", "60" if size <= 100_000 else "", f"(at most {peak:.0f}) ")


def latency(bench: Bench, run: str, size: int) -> Iterator[Figure]:
    """From the commit of what 400 evaluations a second bring until it is on the screen, in a run of this length."""
    given, rate = bench.given, 400
    name, count = f"live_{size}-1", size + int(rate * (given.seconds + 20))
    path = given.into / f"{name}.db"
    for each in given.into.glob(f"{name}.db*"):
        each.unlink()
    command = [sys.executable, str(Path(__file__).with_name("long_runs.py")), str(count), "--rate", str(rate)]
    command += ["--head", str(size), "--name", name, "--into", str(given.into)]
    with tempfile.TemporaryFile("w+") as told:
        writer = subprocess.Popen(command, stdout=told)
        try:
            until(lambda: path.exists() and told.seek(0) == 0 and told.readline(), 600)
            with bench.tab(f"/r/{name}", "overview") as tab:
                tab.evaluate(SEEN)
                tab.wait_for_timeout(given.seconds * 1000)
                seen = tab.evaluate("window.seen")
        finally:
            ended(writer)
        told.seek(0)
        commits = [(int(seq), float(at)) for seq, at in map(str.split, told.readlines()[:-1])]
    late = sorted(_late(commits, seen))
    if not late:
        raise SystemExit("no commit came to the screen: is data-seq there?")
    more = f"(95 % within {late[int(len(late) * 0.95)]:.2f}, longest {late[-1]:.2f}) "
    yield Figure(f"commit to screen at 400/s, {size:,}", statistics.median(late), "s", "0.5", more)


def _late(commits: list[tuple[int, float]], seen: list[tuple[float, float]]) -> Iterator[float]:
    """Seconds of each commit until the first screen that had it."""
    screens = iter(sorted(seen))
    screen = next(screens, None)
    begin = min((at for at, _ in seen), default=0.0)
    for seq, at in commits:
        while screen is not None and screen[1] < seq:
            screen = next(screens, None)
        if screen is not None and at >= begin:
            yield screen[0] - at


EACH: Mapping[str, Callable[[Bench, str, int], Iterator[Figure]]] = {
    "overview": overview,
    "tree": tree,
    "table": table,
    "summary": summary,
    "frames": frames,
    "latency": latency,
    "memory": memory,
}


def weight(bench: Bench, run: str) -> Iterator[Figure]:
    files = [PAGE / "index.html", *(PAGE / "assets").iterdir()]
    whole = sum(len(gzip.compress(each.read_bytes(), 9, mtime=0)) for each in files) / 1000
    loaded = "performance.getEntriesByType('resource').map((each) => each.name).filter((each) => /assets/.test(each))"
    with bench.tab(f"/r/{run}", "overview") as tab:
        names = {Path(each).name for each in tab.evaluate(loaded)} | {"index.html"}
    first = sum(len(gzip.compress(each.read_bytes(), 9, mtime=0)) for each in files if each.name in names) / 1000
    yield Figure("all of the page, gzip", whole, "kB", "250")
    yield Figure("its first page, gzip", first, "kB", "80", f"({len(names)} files) ")


def engine(bench: Bench, evals: int, pairs: int) -> Iterator[Figure]:
    """The same run twice, with nobody looking and with a tab on it, in turns: the engine's own CPU."""
    ratios, alone = [], []
    for pair in range(pairs):
        took = {}
        for looked in ((False, True), (True, False))[pair % 2]:
            with tempfile.TemporaryDirectory() as folder:
                took[looked] = engine_cpu(Path(folder), evals, bench.browser if looked else None)
        ratios.append(took[True] / took[False])
        alone.append(took[False] / evals * 1000)
    more = (
        f"(pairs {', '.join(f'{each:.3f}' for each in sorted(ratios))}; {statistics.median(alone):.2f} ms a candidate) "
    )
    yield Figure("engine CPU with a tab open / without", statistics.median(ratios), "", "1.03", more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--only", default="", help=f"of {', '.join(EACH)}, weight, engine")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--evals", type=int, default=2000, help="of each run whose CPU is measured")
    parser.add_argument("--seconds", type=float, default=10, help="of frames and of live runs")
    parser.add_argument("--into", type=Path, default=Path(tempfile.gettempdir()) / "speciate-long-runs")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in given.only.split(",") if each] or [*EACH, "weight", "engine"]
    sizes = [int(each) for each in given.sizes.split(",")]
    runs = {size: made(given.into, Story(size)).stem for size in sizes}  # before a browser's loop is there
    path = installed()
    if path is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    print("| quality | measured | required | held |\n|---|---|---|---|")
    with launched(path) as browser, serving(given.into) as server:
        bench = Bench(browser, server, given)
        for name in wanted:
            for size, run in runs.items() if name in EACH else ():
                for figure in EACH[name](bench, run, size):
                    print(figure.row, flush=True)
        last = [*(weight(bench, runs[sizes[0]]) if "weight" in wanted else ())]
        last += [*(engine(bench, given.evals, given.pairs) if "engine" in wanted else ())]
        print("\n".join(figure.row for figure in last))


if __name__ == "__main__":
    main()
