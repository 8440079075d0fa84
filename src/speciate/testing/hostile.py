"""What a candidate, a model or a stranger may write to hurt whoever looks at a run: scripts, markup, escapes of
terminals, marks that turn the direction of text, characters that no encoding has. Shown as text it hurts nobody.

Where any of it was run, `window.hurt` is there, a dialog is open, or a request went to hurt.invalid.
"""

from __future__ import annotations

SCRIPTS = (
    "<script>window.hurt=1;alert(1)</script>",
    "</script><script>window.hurt=2</script>",
    '<img src="https://hurt.invalid/a.png" onerror="window.hurt=3">',
    "<svg/onload=window.hurt=4>",
    '"><iframe srcdoc="<script>parent.hurt=5</script>">',
    "<!--<script>--><style>*{display:none}</style>",
    "[click](javascript:window.hurt=6)",
    "{{constructor.constructor('window.hurt=7')()}} ${window.hurt=8}",
    '<meta http-equiv="refresh" content="0;url=https://hurt.invalid">',
    "<a href=https://hurt.invalid ping=https://hurt.invalid>best</a>",
)
ESCAPES = (
    "\x1b[2J\x1b[1;31mgone\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://hurt.invalid\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "line\rover\bwritten",
)
DIRECTIONS = (
    "\u202egnp.exe\u202c",
    "\u2066 admin \u2069",
    "access = 'user\u202e \u2066// only admin\u2069 \u2066'",
    "zero\u200bwidth\u200d\ufeff",
)
ODD = (
    "\u2028two\u2029lines",
    "\x00\x01nul",
    "half a pair \ud800",
    "a\u0300\u0301\u0302\u0303" * 30,  # marks that pile up on one letter
    "x" * 5000,
    "=1+1",
    "__proto__",
    "constructor",
    "\N{PILE OF POO}",
)
ALL = (*SCRIPTS, *ESCAPES, *DIRECTIONS, *ODD)
NAMES = (  # of files and artifacts
    *SCRIPTS[:4],
    "../../../etc/passwd",
    "..\\..\\windows",
    "a/b?c#d%2e%2e&e=f g",
    "\u202egnp.exe",
    "new\nline\r\n\x1b[31m.py",
    "__proto__",
    "con.png",
)


def one(number: int) -> str:
    """One of them, each in its turn."""
    return ALL[number % len(ALL)]


def name(number: int) -> str:
    """A name of a file or an artifact, likewise."""
    return NAMES[number % len(NAMES)]
