"""Whatever a model writes: an edit is refused with its cause, or what may not change is as it was."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from speciate.genomes.text import frozen
from speciate.proposers.llm.applying import apply
from speciate.proposers.llm.edits import Edit, read
from speciate.proposers.llm.faults import EditFailed
from speciate.proposers.llm.rewriting import rewrite

MARKS = ["# EVOLVE-BLOCK-START", "# EVOLVE-BLOCK-END"]
LINES = ["x = 1", "    x = 1", "\ty = x", "y  =  x", "", "    return y", "def f(x):", "# why"]
LINE = st.sampled_from(LINES)
BODY = st.lists(LINE, max_size=4)
WRITTEN = st.lists(st.sampled_from([*LINES, *MARKS, "```", "=======", "z = 3"]), max_size=5)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Up to two marked blocks, or none."""
    lines = draw(BODY)
    for _ in range(draw(st.integers(0, 2))):
        lines += [MARKS[0], *draw(BODY), MARKS[1], *draw(BODY)]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


@st.composite
def windows(draw: st.DrawFn, text: str) -> list[str]:
    """Lines of the program in a row, one of them perhaps another."""
    lines = text.splitlines() or [""]
    first = draw(st.integers(0, len(lines) - 1))
    window = lines[first : first + draw(st.integers(1, 4))]
    if draw(st.booleans()):
        window[draw(st.integers(0, len(window) - 1))] = draw(LINE)
    return window


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_an_edit_is_refused_or_keeps_to_the_markers(data: st.DataObject) -> None:
    text = data.draw(programs())
    edits = [Edit(tuple(data.draw(windows(text))), tuple(data.draw(WRITTEN)), line=data.draw(st.integers(0, 9)))]
    try:
        after = apply({"a.py": text}, edits).files["a.py"]
    except EditFailed:
        return
    assert frozen(after) == frozen(text)
    assert after.rstrip() != text.rstrip()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_any_reply_is_refused_or_keeps_to_the_markers(data: st.DataObject) -> None:
    files = {"a.py": data.draw(programs())}
    signs = [
        *LINES,
        *MARKS,
        "```",
        "```python",
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "@@ -1 +1 @@",
        "-x = 1",
    ]
    reply = "\n".join(data.draw(st.lists(st.sampled_from(signs), max_size=12)))
    try:
        edits = read(reply, files)
        after = apply(files, edits) if edits else rewrite(files, reply)
    except EditFailed:
        return
    assert frozen(after.files["a.py"]) == frozen(files["a.py"])
