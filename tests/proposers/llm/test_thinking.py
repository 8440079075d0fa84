from __future__ import annotations

from speciate.core.values import Note
from speciate.llm.chat import Finish
from speciate.proposers.llm import Asking, Think

from .worlds import BETTER, SEED, asked, candidate, context, good, prompter, propose, reply

SEED_PROGRAM, CHILD = candidate(1, SEED), candidate(7, BETTER)
SCORES = {1: good(5.37), 7: good(4.1)}
PAIR = {"inspirations": [SEED_PROGRAM, CHILD], "evaluations": SCORES, "data": {"gain": 1.27}}


def test_the_seed_and_its_child_are_shown_in_this_order_and_the_answer_is_a_note() -> None:
    made = context([], "<think>hm</think>\nThe distance to a target pays.\n", **PAIR)  # type: ignore[arg-type]
    found = propose(Think(prompter(), Asking(most=512, temperature=0.2)), made)
    assert found == [Note("thought", {"text": "The distance to a target pays.", "seed": 1, "child": 7, "gain": 1.27})]
    (chat,) = asked(made)
    assert (chat.most, chat.temperature, chat.purpose) == (512, 0.2, "think")
    text = chat.messages[1].text
    before, after = text.index("# Before\nCandidate 1, excess 5.37"), text.index("# After\nCandidate 7, excess 4.10")
    assert before < text.index("return item - bins") < after < text.index("-np.abs(bins - item - 3)")
    assert "Answer format: text" in chat.messages[0].text


def test_a_pair_of_which_one_is_banned_is_not_thought_about() -> None:
    made = context([], inspirations=[CHILD])
    assert propose(Think(prompter()), made) == "think: of a pair of programs there are 1"


def test_a_fault_is_named() -> None:
    made = context([], reply("", Finish.REFUSAL), **PAIR)  # type: ignore[arg-type]
    assert str(propose(Think(prompter()), made)).startswith("model refused")


def test_a_long_thought_is_cut_with_a_note_of_it() -> None:
    made = context([], "\n".join(f"step {number}" for number in range(2000)), **PAIR)  # type: ignore[arg-type]
    found = propose(Think(prompter()), made)
    note = found[0]
    assert isinstance(note, Note)
    assert "lines left out" in note.data["text"]
