"""What all figures have: the marks and colours of the entrants, axes with their grid, names beside lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .markup import Markup, at, join, tag
from .scales import Scale

COLOURS = 8  # in page.css; entrants beyond them begin anew, with another mark
SHAPES = (
    "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0Z",  # circle
    "M-3.1 -3.1H3.1V3.1H-3.1Z",  # square
    "M0 -4.2L4 3H-4Z",  # triangle
    "M0 -4.4L4.4 0L0 4.4L-4.4 0Z",  # diamond
    "M0 4.2L4 -3H-4Z",  # triangle on its tip
    "M-1.3 -4H1.3V-1.3H4V1.3H1.3V4H-1.3V1.3H-4V-1.3H-1.3Z",  # plus
    "M-4 -4L-4 4L-1.3 4L-1.3 -4ZM1.3 -4L1.3 4L4 4L4 -4Z",  # two bars
)
LINE = 14.0  # pixels between two lines of text
LETTER = 6.4  # pixels of one, about
LONGEST = 18  # letters of a name beside a line


@dataclass(frozen=True, slots=True)
class Look:
    """How entrants look in every figure: a colour and a mark each, in the order of the plan."""

    names: tuple[str, ...]

    def colour(self, name: str) -> str:
        """The class that has it."""
        return f"c{self.names.index(name) % COLOURS}"

    def mark(self, name: str, x: float, y: float) -> Markup:
        shape = SHAPES[self.names.index(name) % len(SHAPES)]
        return tag("path", class_="mark", d=shape, transform=f"translate({at(x)} {at(y)})")

    def legend(self, name: str) -> Markup:
        """The mark alone, for tables."""
        inside = tag("g", self.mark(name, 6, 6), class_=self.colour(name))
        return tag("svg", inside, class_="swatch", viewBox="0 0 12 12", width="12", height="12", aria_hidden="true")


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes. `across` are the pixels of the x scale, `down` those of the y scale, whose greater values lie above."""

    x: Scale
    y: Scale | None
    width: float
    height: float
    top: float

    @property
    def bottom(self) -> float:
        return self.y.start if self.y is not None else self.height - 40

    def axes(self, x_title: str, y_title: str = "") -> Markup:
        return join(*self._down(), *self._across(x_title), *([self._titled(y_title)] if y_title else []))

    def _across(self, title: str) -> Iterator[Markup]:
        room = self.x.end - self.x.start
        ticks = self.x.ticks(max(2, int(room // 80)))
        while len(ticks) > 2 and max(len(said) for _, said in ticks) * LETTER + 10 > room / len(ticks):
            ticks = ticks[::2]
        for value, said in ticks:
            x = self.x(value)
            yield tag("path", class_="grid", d=f"M{at(x)} {at(self.top)}V{at(self.bottom)}")
            yield tag("text", said, x=x, y=self.bottom + 16, text_anchor="middle")
        middle = (self.x.start + self.x.end) / 2
        yield tag("path", class_="axis", d=f"M{at(self.x.start)} {at(self.bottom)}H{at(self.x.end)}")
        yield tag("text", title, class_="title", x=middle, y=self.bottom + 34, text_anchor="middle")

    def _down(self) -> Iterator[Markup]:
        if self.y is None:
            return
        for value, said in self.y.ticks(5):
            y = self.y(value)
            yield tag("path", class_="grid", d=f"M{at(self.x.start)} {at(y)}H{at(self.x.end)}")
            yield tag("text", said, x=self.x.start - 7, y=y + 4, text_anchor="end")

    def _titled(self, title: str) -> Markup:
        return tag("text", shortened(title, 60), class_="title", x="0", y=self.top - 10)

    def drawn(self, label: str, *inside: str) -> Markup:
        """The whole figure; `label` is what it says to who cannot see it."""
        box = f"0 0 {at(self.width)} {at(self.height)}"
        return tag("svg", *inside, viewBox=box, width=self.width, height=self.height, role="img", aria_label=label)

    def clipped(self, name: str, *inside: str) -> Markup:
        """What is drawn inside the axes only; `name` is the figure's own."""
        area = tag(
            "rect", x=self.x.start, y=self.top, width=self.x.end - self.x.start + 1, height=self.bottom - self.top
        )
        return join(tag("clipPath", area, id=name), tag("g", *inside, clip_path=f"url(#{name})"))

    def names(self, look: Look, ends: Mapping[str, float]) -> Markup:
        """The entrants' names to the right of where their lines end, none upon another."""
        wanted = sorted(ends.items(), key=lambda each: each[1])
        places = apart([y for _, y in wanted], self.top + 4, self.bottom)
        x = self.x.end
        return join(
            *(
                tag(
                    "g",
                    tag("path", class_="lead", d=f"M{at(x + 1)} {at(y)}L{at(x + 10)} {at(place)}"),
                    look.mark(name, x + 15, place),
                    tag("text", tag("title", name), shortened(name), x=x + 23, y=place + 4),
                    class_=f"{look.colour(name)} named",
                )
                for (name, y), place in zip(wanted, places, strict=True)
            )
        )


def beside(look: Look) -> float:
    """The room that `Frame.names` needs to the right of the axes."""
    return 30 + LETTER * max(len(shortened(each)) for each in look.names)


def apart(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """The same heights, ascending, moved as little as leaves a line's height between them; closer where there are too
    many for that."""
    gap = min(LINE, (high - low) / max(1, len(wanted) - 1))
    found: list[float] = []
    for y in wanted:
        found.append(max(min(max(y, low), high), found[-1] + gap if found else low))
    over = found[-1] - high if found else 0.0
    for each in range(len(found) - 1, -1, -1):
        if over <= 0:
            break
        found[each] = min(found[each], high - gap * (len(found) - 1 - each))
    return found


def shortened(name: str, most: int = LONGEST) -> str:
    """Its beginning and its end: names that differ mostly do so at either."""
    if len(name) <= most:
        return name
    head = (most - 1) * 2 // 3
    return f"{name[:head]}…{name[len(name) - (most - 1 - head) :]}"


def steps(points: Sequence[tuple[float, float]]) -> str:
    """A path that stays at each height until the next point's place. Steps that would lie within half a pixel of one
    another are one."""
    since, height = points[0]
    said = f"M{at(since)} {at(height)}"
    for following, (x, y) in enumerate(points[1:], 2):
        last = following == len(points)
        if last or (at(y) != at(height) and points[following][0] - since >= 0.5):
            said += f"H{at(x)}" + (f"V{at(y)}" if at(y) != at(height) else "")
            since, height = x, y
    return said


def between(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """The area between two lines of steps, over the same places."""
    corners: list[tuple[float, float]] = []
    for x, y in lower:  # both ends of each tread
        corners += [(x, corners[-1][1])] if corners else []
        corners.append((x, y))
    kept = [each for place, each in enumerate(corners) if not _flat(corners[max(place - 1, 0) : place + 2])]
    return steps(upper) + "".join(f"L{at(x)} {at(y)}" for x, y in reversed(kept)) + "Z"


def _flat(three: Sequence[tuple[float, float]]) -> bool:
    """Whether the middle one of three corners lies on the line of its neighbours."""
    return len(three) == 3 and (len({at(y) for _, y in three}) == 1 or len({at(x) for x, _ in three}) == 1)
