"""What a reply says, read as the proposers read it."""

from __future__ import annotations

import ast
import json

import pytest

from speciate.core.errors import ProposalFailed
from speciate.genomes.text import frozen, key_of
from speciate.llm.chat import Message, Speaker
from speciate.proposers.llm import edits
from speciate.proposers.llm.applying import apply
from speciate.proposers.llm.completing import completed, few_shot
from speciate.proposers.llm.ideas import listed
from speciate.proposers.llm.reflecting import items
from speciate.proposers.llm.rewriting import rewrite
from speciate.testing.model_server import Fault, Format, Means
from speciate.testing.model_server.answering import Answerer
from speciate.testing.model_server.changing import Changer
from speciate.testing.model_server.faults import Draws

from .client import SEED

OTHER = SEED.replace("2 * bins", "np.where(bins - item < 3, 4.0, bins)")
RUST = """// EVOLVE-BLOCK-START
fn priority(item: f64, bins: &[f64]) -> f64 { // 7 is lucky
    let scale = 2.5;
    item - scale * bins[0]
}
// EVOLVE-BLOCK-END
fn main() { run(3); }
"""
WHOLE = ("rewrite", "ideas")  # formats that have the program in a fence
BY = {means: Answerer(Changer(means), 1000) for means in Means}


def answer(format: str, user: str, number: int = 0, means: Means = Means.SYNTAX, fault: Fault | None = None) -> str:
    messages = [Message(Speaker.SYSTEM, f"Answer format: {format}"), Message(Speaker.USER, user)]
    text = BY[means].answer(messages, Draws(1, "digest", number), fault).text
    assert text is not None
    return text


def showing(program: str = SEED, word: str = "python") -> str:
    return f"# Program to change\nFile seed.py:\n```{word}\n{program}```\nImprove it.\n"


def applied(format: str, reply: str, program: str = SEED) -> str:
    files = {"seed.py": program}
    return (rewrite(files, reply) if format in WHOLE else apply(files, edits.read(reply, files))).files["seed.py"]


@pytest.mark.parametrize("means", list(Means))
@pytest.mark.parametrize("format", ["diff", "unified", "rewrite"])
def test_an_edit_applies_and_makes_another_program(format: str, means: Means) -> None:
    children = [applied(format, answer(format, showing(), number, means)) for number in range(30)]
    for child in children:
        ast.parse(child)
        assert frozen(child) == frozen(SEED)
        assert key_of(child) != key_of(SEED)
    assert len(set(children)) > 8


@pytest.mark.parametrize("format", ["diff", "unified", "rewrite"])
def test_in_another_language_a_number_changes(format: str) -> None:
    for number in range(20):
        child = applied(format, answer(format, showing(RUST, "rust"), number), RUST)
        assert child != RUST
        assert "7 is lucky" in child
        assert "run(3)" in child
        changed = [line for line, old in zip(child.splitlines(), RUST.splitlines(), strict=True) if line != old]
        assert len(changed) == 1


def test_without_a_number_what_is_returned_is_scaled() -> None:
    text = SEED.replace("2 * bins", "bins")
    child = applied("diff", answer("diff", showing(text), means=Means.NUMBER), text)
    assert " * (item - bins)" in child


def test_a_line_that_is_there_twice_is_told_apart() -> None:
    text = SEED.replace("    return", "    a = 1.5\n    b = 1\n    a = 1.5\n    b = 1\n    return")
    for number in range(20):
        applied("diff", answer("diff", showing(text), number, Means.NUMBER), text)


def test_of_several_files_the_edited_one_is_named() -> None:
    user = f"# Program to change\nFile a.py:\n```python\n{SEED}```\nFile b.py:\n```python\n{OTHER}```\n"
    files = {"a.py": SEED, "b.py": OTHER}
    changed = set()
    for number in range(12):
        after = apply(files, edits.read(answer("diff", user, number), files)).files
        changed |= {name for name in files if after[name] != files[name]}
    assert changed == {"a.py", "b.py"}


def test_other_programs_give_material() -> None:
    user = f"# Another program, for ideas\n```python\n{OTHER}```\n" + showing()
    children = [applied("rewrite", answer("rewrite", user, number)) for number in range(40)]
    assert sum("bins - item < 3" in child for child in children) >= 3
    assert all(key_of(child) != key_of(OTHER) for child in children)


@pytest.mark.parametrize("means", list(Means))
def test_the_open_version_of_a_function_is_written(means: Means) -> None:
    code = few_shot([SEED, OTHER])
    for number in range(12):
        reply = answer("completion", f"Versions:\n```python\n{code}```\nWrite the last.", number, means)
        child = completed(reply, OTHER, 2)
        assert frozen(child) == frozen(OTHER)
        assert key_of(child) != key_of(OTHER)


def test_where_no_program_is_shown_a_first_one_is_written() -> None:
    reply = answer("rewrite", "Write priority(item, bins): item is the size of the item.")
    names: dict[str, object] = {}
    exec(rewrite({"seed.py": ""}, reply).files["seed.py"], names)
    assert isinstance(names["priority"](2.0, 3.0), float)  # type: ignore[operator]


@pytest.mark.parametrize("format", ["diff", "unified", "rewrite", "ideas"])
@pytest.mark.parametrize("fault", [Fault.WRONG_EDIT, Fault.OUTSIDE, Fault.NO_OP, Fault.WRONG_FORMAT])
def test_a_spoiled_edit_makes_no_program(format: str, fault: Fault) -> None:
    reply = answer(format, showing(), fault=fault)
    try:
        child = applied(format, reply)
    except ProposalFailed:
        return
    assert fault is Fault.WRONG_EDIT or child == SEED
    assert format in WHOLE or child == SEED
    if fault is Fault.WRONG_EDIT:
        with pytest.raises(SyntaxError):
            ast.parse(child)


def test_a_mean_is_near_the_best_member() -> None:
    shown = "fitness -9: [100, 0, 500]\nfitness -5: [200, 10, 500]\nfitness -1: [300, 20, 500]\n"
    means = [json.loads(answer("vector", shown, number)) for number in range(50)]
    assert all(isinstance(each, int) for mean in means for each in mean)
    assert all(200 <= mean[0] <= 500 and mean[2] == 500 for mean in means)
    assert sum(mean[0] >= 300 for mean in means) > 25
    assert json.loads(answer("vector", "x: 0.25,0.5\nx: 0.75,0.5")) != [0.75, 0.5]
    assert json.loads(answer("vector", "nothing")) == [0.0]


def test_verdicts_are_mostly_yes() -> None:
    said = [answer("verdict", "Same?", number).partition(":")[0] for number in range(60)]
    assert set(said) == {"yes", "no"}
    assert 30 <= said.count("yes") <= 55
    novel = {answer("verdict", "NOVEL or NOT NOVEL?", number).partition(":")[0] for number in range(20)}
    assert novel == {"NOVEL", "NOT NOVEL"}


def test_of_programs_by_themselves_there_is_an_item_each() -> None:
    shown = "# Program 1\nCandidate 4, error 1.50 (lower is better)\n\n# Program 2\nCandidate 9, crashed, no score\n"
    first, second = items(answer("items", shown))
    assert first.startswith("Candidate 4 (error 1.50 (lower is better)): ")
    assert second.startswith("Candidate 9 (crashed, no score): ")


def test_ideas_come_before_the_program_that_they_stand_for() -> None:
    for number in range(10):
        reply = answer("ideas\nList 4 ideas, each on one line.", showing(), number)
        assert len(listed(reply)) == 4
        assert reply.index("Ideas:") < reply.index("Thoughts:") < reply.index("```python")
        assert key_of(applied("rewrite", reply)) != key_of(SEED)


def test_of_ideas_that_are_listed_one_is_said_again() -> None:
    prompt = "# Ideas behind candidate 3\n- Insert: a case\n- another\n\n# Ideas behind candidate 9\n- Split: in two\n"
    said = {items(answer("items", prompt, number))[0] for number in range(20)}
    assert said == {"Insert: a case", "Split: in two"}


def test_without_any_there_are_some_pieces_of_advice() -> None:
    counts = {len(items(answer("items", "What next?", number))) for number in range(40)}
    assert counts == {2, 3, 4, 5}
    with pytest.raises(ProposalFailed, match="no list"):
        items(answer("items", "What next?", fault=Fault.WRONG_EDIT))


def test_texts_are_a_sentence_and_a_numbered_list() -> None:
    lines = answer("text", "What was learnt?").splitlines()
    assert [line[:3] for line in lines[2:]] == ["1. ", "2. ", "3. "]


def test_a_note_has_the_keys_that_the_prompt_shows() -> None:
    shape = {"idea": "one sentence", "score": 0.5, "uses": 3, "sure": True, "tags": ["a"], "more": {"why": "x"}}
    found = json.loads(answer("json", f"Answer like this: {json.dumps(shape)}\nfor {{this}}"))
    assert found.keys() == shape.keys()
    assert [type(each) for each in found.values()] == [str, float, int, bool, list, dict]
    assert set(json.loads(answer("json", "A note."))) == {"title", "insight", "advice"}


@pytest.mark.parametrize("format", list(Format))
def test_any_format_of_anything_is_answered(format: Format) -> None:
    for user in (
        "",
        "```python\n```",
        "```\ndef f(:\n```",
        "# EVOLVE-BLOCK-START\n```python\n# EVOLVE-BLOCK-START\nx\n```",
    ):
        for fault in (None, Fault.WRONG_EDIT, Fault.OUTSIDE, Fault.NO_OP, Fault.TRUNCATED, Fault.HUGE):
            assert isinstance(answer(format, user, fault=fault), str)
