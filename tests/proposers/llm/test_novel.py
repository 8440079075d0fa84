from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from speciate.core.protocols import Context, Observer
from speciate.core.values import (
    JSON,
    Candidate,
    Change,
    Closed,
    Genome,
    Note,
    Outcome,
    Placed,
    Placement,
    Plan,
    Proposal,
    Request,
    Started,
)
from speciate.llm.chat import Chat, Embed, Finish, Reply
from speciate.proposers.llm import Archive, Asking, Diff, Novel, Rewrite, Thresholds
from speciate.proposers.llm.archive import BINS, signature, unit
from speciate.testing.digest import state_digest
from speciate.testing.fakes import FixedContext, ScriptedModel

from .worlds import SEED, candidate, fence, good, prompter, propose, reply

LONG = SEED.replace(
    "    return item - bins\n",
    "".join(f"    bins = bins * {number} + np.sqrt(item) - {number}\n" for number in range(60))
    + "    return item - bins\n",
)
VARIANT = LONG.replace("return item - bins", "return item - bins * 2")
NEW = SEED.replace("item - bins", "np.where(bins > item, np.exp(bins), 0)")


class Says:
    """A proposer that says these programs, one a time, and keeps the plans that it was given."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.plans: list[Plan] = []
        self.seen: list[Outcome] = []

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        text = self.texts[len(self.plans) % len(self.texts)]
        self.plans.append(context.plan)
        return [Proposal(candidate(9, text).genome, notes={"why": "so"})]

    def observe(self, outcome: Outcome) -> None:
        self.seen.append(outcome)


def placed(each: Candidate, ticket: int = 0) -> Placed:
    return Placed(ticket, Plan(), each, Request(), good(1.0), Placement(Change.ADDED), 0.0)


def archive(*each: Candidate, remember: int = 10) -> Archive:
    made = Archive(remember)
    for one in each:
        made.observe(placed(one))
    return made


def there(*answers: JSON, known: Sequence[Candidate] = ()) -> FixedContext:
    made = FixedContext([candidate(1)], Plan(parents=(1,), notes="old"), model=ScriptedModel(*answers or ("",)))
    made.inspirations = tuple(known)
    return made


def vector(*numbers: float) -> JSON:
    return Reply(vectors=(numbers,)).as_json()


def only(found: Sequence[Proposal | Note] | str) -> Proposal:
    assert not isinstance(found, str), found
    (each,) = found
    assert isinstance(each, Proposal)
    return each


def test_a_variant_is_drawn_again_and_the_proposer_told_what_it_resembles() -> None:
    inner = Says(VARIANT, NEW)
    made = only(propose(Novel(inner, archive(candidate(5, LONG)), prompter()), there()))
    assert made.genome is not None
    assert made.genome.text == NEW
    assert made.notes["why"] == "so"
    assert made.notes["resampled"] == 1
    assert made.notes["novelty"]["nearest"] == 5
    assert made.notes["novelty"]["text"] < 0.5
    first, second = inner.plans
    assert first.notes == "old"
    assert second.notes["recalled"] == "old"
    (told,) = second.notes["refused_as_too_similar"]
    assert told.startswith("candidate 5 is alike to 0.99")
    assert "return item - bins * 2" in told


def test_a_known_program_of_any_island_is_refused_before_anybody_is_asked_about_it() -> None:
    inner = Says(LONG, NEW)
    known = archive(replace(candidate(5, LONG), island=3))
    novel = Novel(inner, known, prompter(), thresholds=Thresholds(text=None), embedder="e", judge="j")
    made = there(vector(1.0, 0.0))
    assert only(propose(novel, made)).genome == candidate(9, NEW).genome
    assert made._model is not None
    assert [name for name, _ in made._model.prompts] == ["e"]  # about the new one
    assert inner.plans[1].notes["refused_as_too_similar"][0].startswith("candidate 5 is alike to 1.0000")
    known.observe(Started(1, Plan(), 0.0))
    known.observe(placed(candidate(6, NEW)))
    assert known.same(1, candidate(6, NEW).digest) is None  # it came after the ticket
    assert known.same(2, candidate(6, NEW).digest) == 6
    assert known.same(1, candidate(5, LONG).digest) == 5


def test_what_is_told_reaches_the_prompt() -> None:
    made = FixedContext(
        [candidate(1, LONG)],
        Plan(parents=(1,), operator="rewrite", data={"model": "m"}),
        model=ScriptedModel(reply(fence(VARIANT)), reply(fence(NEW))),
    )
    only(propose(Novel(Rewrite(prompter()), archive(candidate(5, LONG)), prompter()), made))
    assert made._model is not None
    chats = [Chat.of(prompt) for _, prompt in made._model.prompts]
    assert "Refused" not in chats[0].messages[1].text
    assert "# Refused as too similar\n- candidate 5 is alike to 0.99" in chats[1].messages[1].text


def test_tries_are_bounded_and_the_cause_named() -> None:
    inner = Says(VARIANT)
    reason = propose(Novel(inner, archive(candidate(5, LONG)), prompter(), tries=2), there())
    assert isinstance(reason, str)
    assert reason.startswith("too similar to a candidate: candidate 5 is alike to 0.99")
    assert reason.endswith(", the last of 2 tries")
    assert len(inner.plans) == 2


def test_only_the_plans_island_and_the_seeds_are_compared_with() -> None:
    genome = candidate(5, LONG).genome
    for island, found in ((0, "str"), (-1, "str"), (3, "list")):
        known = archive(Candidate(5, genome.digest, genome, island=island))
        assert type(propose(Novel(Says(VARIANT), known, prompter()), there())).__name__ == found


def test_a_ticket_compares_with_what_was_placed_before_it_started() -> None:
    known = archive(candidate(5, NEW))
    known.observe(Started(1, Plan(), 0.0))
    known.observe(placed(candidate(6, LONG)))
    novel = Novel(Says(VARIANT), known, prompter())
    assert only(propose(novel, there())).notes["novelty"]["nearest"] == 5
    known.observe(Closed(1, Plan(), 0.0))
    assert isinstance(propose(novel, there()), str)


def test_the_oldest_are_forgotten_and_re_evaluation_adds_nothing() -> None:
    known = archive(candidate(5, LONG), candidate(6, NEW), candidate(5, LONG), remember=1)
    assert known._count == 2
    near = known.like_text(0, 0, signature({"seed.py": LONG}))
    assert near is not None
    assert near.id == 6


def test_an_embedders_vector_is_compared_and_recorded() -> None:
    genome = candidate(5, NEW).genome
    known = archive(Candidate(5, genome.digest, genome, notes={"vector": [0.6, 0.8]}))
    context = there(vector(3.0, 4.0), vector(8.0, 6.0))
    made = only(propose(Novel(Says(LONG, SEED), known, prompter(), embedder="e"), context))
    assert made.notes["vector"] == [0.8, 0.6]
    assert made.notes["novelty"] == {"nearest": 5, "text": made.notes["novelty"]["text"], "vector": 0.96}
    assert made.notes["resampled"] == 1
    assert context._model is not None
    name, asked = context._model.prompts[0]
    assert name == "e"
    assert Embed.of(asked).texts[0].startswith("def priority(item: float")


def test_an_embedder_without_an_answer_refuses_nothing() -> None:
    context = there(Reply(finish=Finish.THROTTLED).as_json())
    made = only(propose(Novel(Says(LONG), archive(candidate(5, NEW)), prompter(), embedder="e"), context))
    assert "vector" not in made.notes


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (reply("NOVEL: another loop"), "NOVEL: another loop"),
        (reply("NOT NOVEL: only a factor"), None),
        (reply("**Not novel**"), None),
        (reply("", Finish.DROPPED), "model dropped"),
    ],
)
def test_a_judge_has_the_last_word(said: JSON, kept: str | None) -> None:
    five = candidate(5, LONG)
    context = there(said, known=[five])
    found = propose(Novel(Says(VARIANT), archive(five), prompter(), judge="j", tries=1), context)
    if kept is None:
        assert isinstance(found, str)
    else:
        assert only(found).notes["novelty"]["judged"] == kept
    assert context._model is not None
    ((name, asked),) = context._model.prompts
    assert name == "j"
    assert "Answer format: verdict" in Chat.of(asked).messages[0].text
    assert "return item - bins * 2" in Chat.of(asked).messages[1].text


def test_trigrams_see_through_comments_formatting_and_docstrings() -> None:
    one = signature({"a.py": 'def f(x):\n    """Doc."""\n    return x+1\n'})
    other = signature({"a.py": "def f( x ):\n    # why\n    return x + 1  # so\n"})
    assert one.shape == (BINS,)
    assert one @ other == pytest.approx(1.0)
    assert np.linalg.norm(one) == pytest.approx(1.0)
    assert not signature({"a.py": ""}).any() or np.linalg.norm(signature({"a.py": ""})) == pytest.approx(1.0)


def test_comments_are_those_of_the_files_language_and_none_within_a_string() -> None:
    one, other = signature({"a.cpp": "int f(); // one\n"}), signature({"a.cpp": "int f(); // other words\n"})
    assert one @ other == pytest.approx(1.0)
    one, other = signature({"a.py": 's = "# one"\n'}), signature({"a.py": 's = "# two"\n'})
    assert one @ other < 0.9


def test_trigrams_by_hand() -> None:
    """`a = 1` and `a = 2` have three trigrams each, of which one is the same: "", a, =."""
    cosine = float(signature({"a.txt": "a = 1"}) @ signature({"a.txt": "a = 2"}))
    assert cosine == pytest.approx(1 / 3)


def test_outcomes_are_told_once_and_on_to_the_inner_proposer() -> None:
    inner, known = Says(NEW), archive()
    first, second = Novel(inner, known, prompter()), Novel(Says(NEW), known, prompter())
    assert isinstance(first, Observer)
    outcome = placed(candidate(5, LONG))
    first.observe(outcome)
    second.observe(outcome)
    assert inner.seen == [outcome]
    assert known._count == 1


def test_proposing_leaves_the_archive_as_it_is() -> None:
    novel = Novel(Diff(prompter(), Asking(model="m")), archive(candidate(5, LONG)), prompter())
    before = state_digest(novel)
    propose(novel, there(reply("No.")))
    assert state_digest(novel) == before


def test_a_program_without_text_is_let_through() -> None:
    class Numbers:
        async def propose(self, context: Context) -> Sequence[Proposal | Note]:
            return [Proposal(Genome("vector", data=[1.0])), Note("lesson", "x")]

    found = propose(Novel(Numbers(), archive(candidate(5, LONG)), prompter()), there())
    assert not isinstance(found, str)
    assert len(found) == 2


def test_values_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="remember = 0"):
        Archive(0)
    with pytest.raises(ValueError, match="tries = 0"):
        Novel(Says(NEW), archive(), prompter(), tries=0)


@pytest.mark.parametrize("size", [1e-300, 1e-20, 1.0, 1e30, 1e308])
def test_a_vector_of_any_size_has_length_1(size: float) -> None:
    assert unit([3 / 5 * size, -4 / 5 * size]).tolist() == pytest.approx([0.6, -0.8])
    assert unit([0.0, 0.0]).tolist() == [0.0, 0.0]
