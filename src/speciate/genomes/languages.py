"""What a file's name says of its language: how a fence names it, and how its comments open and close."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Language:
    """`fence` is the word after a code fence; a comment stands between `opening` and `closing` ("": the line's end)."""

    fence: str
    opening: str = "#"
    closing: str = ""

    def comment(self, words: str) -> str:
        return f"{self.opening} {words} {self.closing}" if self.closing else f"{self.opening} {words}"


_HASH = "python py pyi · ruby rb · bash sh bash zsh · toml toml · yaml yaml yml · julia jl · perl pl pm · r r · nim nim"
_SLASHES = (
    "cpp cc cpp cxx hpp hh h · c c · cuda cu cuh · rust rs · go go · java java · javascript js mjs jsx · "
    "typescript ts tsx · swift swift · kotlin kt kts · scala scala · csharp cs · php php · verilog v sv · zig zig · "
    "dart dart · metal metal · glsl glsl"
)
_DASHES = "sql sql · lua lua · haskell hs · ada adb ads · vhdl vhd vhdl"
_SEMICOLONS = "lisp lisp lsp el · scheme scm ss · clojure clj · asm asm s · ini ini"
_PERCENTS = "latex tex · matlab m · prolog pro · erlang erl"
_LANGUAGES = {
    suffix: Language(words[0], *comment)
    for table, comment in (
        (_HASH, ("#",)),
        (_SLASHES, ("//",)),
        (_DASHES, ("--",)),
        (_SEMICOLONS, (";",)),
        (_PERCENTS, ("%",)),
        ("css css", ("/*", "*/")),
        ("html html htm · xml xml svg · markdown md", ("<!--", "-->")),
        ("ocaml ml mli · wolfram wl nb", ("(*", "*)")),
        ("fortran f f90 f95 f03", ("!",)),
    )
    for words in (each.split() for each in table.split(" · "))
    for suffix in words[1:]
}
PLAIN = Language("")


@lru_cache(maxsize=256)
def language_of(file: str) -> Language:
    """By the name's ending; one that is not known has no word of its own, and comments as in a shell."""
    return _LANGUAGES.get(file.rpartition(".")[2].lower(), PLAIN) if "." in file else PLAIN
