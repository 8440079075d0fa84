"""HTML and SVG as text, in which nothing that somebody wrote is ever markup."""

from __future__ import annotations

from html import escape
from typing import TypeAlias

Attribute: TypeAlias = str | float | bool | None
VOID = {"meta", "input", "col", "br"}


class Markup(str):
    """Text that is markup already: only what is made here, or constant."""

    __slots__ = ()


def text(value: str) -> Markup:
    """What somebody wrote, as text. Characters that no reader sees, or that turn the direction of what they do see,
    become U+FFFD."""
    seen = "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in value)
    return Markup(escape(seen, quote=True))


def tag(name: str, /, *inside: str, **attributes: Attribute) -> Markup:
    """An element. What is inside is text unless it is `Markup`; `class_` and `for_` lose their underscore, other
    underscores become hyphens; None and False leave an attribute out, True is one without a value."""
    said = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{join(*inside)}</{name}>")


def join(*parts: str) -> Markup:
    return Markup("".join(each if isinstance(each, Markup) else text(each) for each in parts))


def _name(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")


def _value(value: Attribute) -> str:
    return text(value) if isinstance(value, str) else at(float(value or 0))


def at(coordinate: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    found = f"{coordinate:.1f}".removesuffix(".0")
    return "0" if found == "-0" else found
