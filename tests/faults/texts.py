"""Candidates whose texts and names attack whoever reads them: the store, the terminal, a page."""

from __future__ import annotations

import os

from .candidates import Fault, program

SHOWN, OWN, FOLDER = "texts are cleaned where they are shown", "a process of its own", "writing ends at its folder"
ESCAPED = f"/tmp/escaped-{os.getpid()}"
ESCAPES = r"\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\x08"
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def says(name: str, text: str, cause: str = "") -> Fault:
    """It answers with a text, which the evaluator repeats in its feedback."""
    return Fault(name, program(f"return {text}"), "ok", cause, SHOWN, distance=9.0)


def raises(name: str, body: str, cause: str, status: str = "crashed") -> Fault:
    return Fault(name, program(body), status, cause, SHOWN)


def named(name: str, *files: str, status: str = "crashed", cause: str = "") -> Fault:
    """It has files of these names besides its program."""
    text = program(f"# {name}")
    return Fault(name, text, status, cause, FOLDER, files={"seed.py": text, **dict.fromkeys(files, "x = 1\n")})


FAULTS = [
    says("returns terminal escapes", f'"{ESCAPES}"'),
    says("returns HTML", f"'{HTML}'", HTML),
    says("returns half a surrogate pair", r'"\ud800 and \udfff"'),
    says("returns NUL and text that runs backwards", r'"\0\u202e\u2066txt.exe"'),
    says("returns a long text", '"<" * 10**6', "characters"),
    says("returns lines of a summary", r'"no\nbest     0.00  candidate 1\nstatus   ok 99"'),
    Fault("returns no text", program(r'return b"\xff\xfe\x80"'), "invalid", "no list of four", SHOWN),
    Fault("prints invalid UTF-8", program(r"import os; os.write(1, b'\xff\xfe\x80' * 99)"), "ok", "", SHOWN),
    Fault("prints terminal escapes and HTML", program(f"print('{ESCAPES}{HTML}')"), "ok", "", SHOWN),
    raises("raises terminal escapes", f"raise ValueError('{ESCAPES}{HTML}')", r"ValueError: \x1b]0;owned"),
    raises("raises half a surrogate pair", r"raise ValueError('\ud800')", r"ValueError: \ud800"),
    raises("raises lines of a summary", r"raise ValueError('no\nbest     0.00  candidate 1')", r"no\nbest"),
    raises("raises what has no text", "class E(Exception):\n    def __str__(self): return self\nraise E", "E"),
    raises("raises a name of escapes", f"raise type('{ESCAPES}', (Exception,), {{}})", r"\x1b]0;owned"),
    raises("raises a long text", "raise ValueError('<' * 10**7)", "ValueError: <<<"),
    raises("raises from a file of escapes", f"exec(compile('raise OSError', '{ESCAPES}', 'exec'))", "OSError"),
    raises("a line that lies", "raise SyntaxError('no', ('seed.py', 10**100, 1, 'x'))", "SyntaxError: no"),
    raises("a syntax error that is none", "raise SyntaxError({}, ('seed.py', [], 1, 'x'))", ""),
    Fault(
        "functions named by escapes",
        f"globals()['{ESCAPES}'] = lambda: 0\nglobals()['{ESCAPES}'].__module__ = __name__\n",
        "invalid",
        r"it defines: \x1b]0;owned",
        SHOWN,
    ),
    Fault("half a surrogate pair in its program", program("return '\ud800'"), "crashed", "UnicodeEncodeError", OWN),
    Fault("NUL in its program", program("return '\0'"), "crashed", "null bytes", OWN),
    Fault("nested beyond the parser", f"x = {'(' * 10**4}{')' * 10**4}", "crashed", "", OWN),
    named("a file ../../x", "../../escaped", cause="escaped"),
    named("a file by its whole path", ESCAPED, cause="[Errno"),
    named("a file a/../../x", "a/../../escaped", cause="escaped"),
    named("a file below a file", "seed.py/escaped"),
    named("a file without a name", ""),
    named("a file with NUL in its name", "a\0b", cause="null byte"),
    named("a file named by escapes", "\x1b[31m\n<b>.py", status="ok"),
    named("a file with too long a name", "x" * 5000, cause="File name too long"),
    named("a file named as a module", "json.py", "math.py", "numpy.py", status="ok"),
]
