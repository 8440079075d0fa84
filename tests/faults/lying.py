"""Candidates that claim a score, answer nonsense, or spoil what they answer with."""

from __future__ import annotations

from .candidates import Fault, program

DATA, CHECKED, OWN = "values cross as data", "evaluate.py checks the answer", "a process of its own"
NUMBERS, LIST = "not four finite floats", "no list of four numbers"
HEAD = "import os, struct\nhead = lambda kind, text, blob=0: struct.pack('<cxxxIQ', kind, text, blob)\n"

ANSWERS = [
    Fault("NaN", program("return [float('nan')] * n"), "invalid", NUMBERS, CHECKED),
    Fault("infinity", program("return [float('inf')] * n"), "invalid", NUMBERS, CHECKED),
    Fault("minus infinity", program("return [-float('inf')] * n"), "invalid", NUMBERS, CHECKED),
    Fault("NaN beside numbers", program("return [0.9, 0.1, 0.7, float('nan')]"), "invalid", NUMBERS, CHECKED),
    Fault("nothing", program("return None"), "invalid", LIST, CHECKED),
    Fault("too few", program("return [0.5]"), "invalid", LIST, CHECKED),
    Fault("a list of lists", program("return [[0.5]] * n"), "invalid", NUMBERS, CHECKED),
    Fault("another kind of number", program("return [True] * n"), "invalid", NUMBERS, CHECKED),
    Fault("a score instead of an answer", program("return {'distance': 0.0, 'score': 1e9}"), "invalid", LIST, CHECKED),
    Fault(
        "an object that equals everything",
        program("""
            class Liar:
                def __eq__(self, other): return True
                def __float__(self): return 0.0
                def __len__(self): return 4
                __lt__ = __le__ = __gt__ = __ge__ = __eq__
                __sub__ = __rsub__ = lambda self, other: 0.0
            return Liar()
        """),
        "invalid",
        "a value of type Liar, which cannot cross",
        DATA,
    ),
    Fault(
        "a number that subtracts to nothing",
        program("""
            class Liar(float):
                def __rsub__(self, other): return 0.0
                def __float__(self): return 0.5
                def __repr__(self): return "0.5"
            return [Liar(0.5)] * n
        """),
        "ok",
        "",
        DATA,
    ),
    Fault(
        "a list whose length lies",
        program("""
            class Liar(list):
                def __len__(self): return 4
            return Liar([0.5] * 9)
        """),
        "invalid",
        LIST,
        DATA,
    ),
    Fault(
        "an object to be unpickled",
        program("""
            class Liar:
                def __reduce__(self): return exec, ("raise SystemExit(0)",)
            return Liar()
        """),
        "invalid",
        "which cannot cross",
        DATA,
    ),
]
FORGERIES = [
    Fault(
        "prints a score",
        program("""print("distance: 0.0"); print('{"distance": 0.0}')"""),
        "ok",
        "",
        DATA,
    ),
    Fault(
        "writes a score to every open file",
        program("""
            import os
            for number in range(64):
                if number != 3:
                    try: os.write(number, b'{"distance": 0.0}')
                    except OSError: pass
        """),
        "ok",
        "",
        OWN,
    ),
    Fault("forges a reply", program(HEAD + "os.write(3, head(b'S', 2) + b'{}')"), "invalid", "no known kind", DATA),
    Fault("forges a length", program(HEAD + "os.write(3, head(b'V', 2, 2**63))"), "invalid", "may cross", DATA),
    Fault(
        "forges no JSON", program(HEAD + "os.write(3, head(b'V', 2) + b'\\xff{')"), "invalid", "cannot be read", DATA
    ),
    Fault("forges a fault", program(HEAD + "os.write(3, head(b'E', 1) + b'1')"), "invalid", "no known kind", DATA),
    Fault("noise", program("import os; os.write(3, bytes(range(256)))"), "invalid", "sent ", DATA),
]
PATCHES = [
    Fault(
        "patches numpy, json and math",
        program("""
            import json, math, numpy
            json.dumps = json.JSONEncoder.encode = lambda *_, **__: "[1.0, 1.0, 1.0, 1.0]"
            math.isfinite = lambda _: True
            numpy.abs = numpy.sum = numpy.ndarray = lambda *_: 0.0
        """),
        "ok",
        "",
        OWN,
        distance=2.0,  # what it made of its own answer, and no more
    ),
    Fault(
        "patches builtins",
        program("""
            import builtins, json, math, sys
            for name in ("abs", "sum", "zip", "float"):
                setattr(builtins, name, lambda *_: 0.0)
            for module in (json, math):
                for name in [*vars(module)]:
                    setattr(module, name, None)
            sys.modules.clear()
        """),
        "crashed",
        "",
        OWN,
    ),
    Fault(
        "patches the harness",
        program("""
            import gc, sys
            frame = sys._getframe()
            while frame := frame.f_back:
                for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
                    if hasattr(value, "_reply"):
                        value._fault = value._map = lambda *_: [0.0] * 4
                        value.limit = 2**60
            for each in gc.get_objects():
                if isinstance(each, dict):
                    each.update({key: 0.0 for key in ("distance", "score", "scores", "SECRET") if key in each})
        """),
        "ok",
        "",
        OWN,
    ),
]
