from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from speciate.core.values import JSON, Candidate, Evaluation, Note, Status
from speciate.llm.chat import Finish
from speciate.proposers.llm import Asking, Instruct, Reflect
from speciate.proposers.llm.reflecting import items
from speciate.testing.fakes import FixedContext

from .worlds import BETTER, OTHER, SEED, asked, candidate, context, good, prompter, propose, reply

ONE, TWO, BEST = candidate(1, SEED), candidate(2, OTHER), candidate(3, BETTER)
EVALUATIONS: Mapping[int, Evaluation] = {1: good(5.37), 2: Evaluation(Status.CRASHED), 3: good(4.1)}
ANSWERS = ("1. one is best fit\n2. two crashes", "Best fit is hard to beat.", "1. use the slack\n2. use a table")


def ticket(
    *answers: str | JSON,
    notes: JSON = None,
    new: int = 2,
    best: int | None = 3,
    shown: Sequence[Candidate] = (ONE, TWO, BEST),
) -> FixedContext:
    data = {"new": new, "best": best}
    return context([], *answers, inspirations=shown, evaluations=EVALUATIONS, notes=notes, data=data)


def test_summaries_insights_and_recommendations_follow_from_each_other_and_are_noted_one_by_one() -> None:
    made = ticket(*ANSWERS)
    assert propose(Reflect(prompter()), made) == [
        Note("scratchpad", {"recommendations": ["use the slack", "use a table"]})
    ]
    assert made.notes == [
        Note("scratchpad", {"summaries": ["one is best fit", "two crashes"]}),
        Note("scratchpad", {"insights": "Best fit is hard to beat."}),
    ]
    first, second, third = asked(made)
    assert [each.purpose for each in (first, second, third)] == ["summarise", "insights", "recommend"]
    shown = first.messages[1].text
    assert "# Program 1\nCandidate 1, excess 5.37 % (lower is better)\n" in shown
    assert "# Program 2\nCandidate 2, crashed, no score\n" in shown
    assert "Candidate 3" not in shown
    told = second.messages[1].text
    assert "# Summaries of programs\n- one is best fit\n- two crashes\n" in told
    assert "# The best program so far\nCandidate 3, excess 4.10" in told
    assert "# Insights\nBest fit is hard to beat.\n" in third.messages[1].text


def test_what_was_known_and_what_waits_goes_into_the_insights() -> None:
    made = ticket(*ANSWERS, notes={"insights": "Sorting helps.", "summaries": ["zero sorts"]})
    propose(Reflect(prompter()), made)
    told = asked(made)[1].messages[1].text
    assert "# Insights so far\nSorting helps.\n\n# Summaries of programs\n- zero sorts\n- one is best fit\n" in told


def test_a_step_that_fails_loses_none_before_it() -> None:
    made = ticket(ANSWERS[0], reply("", Finish.THROTTLED))
    assert str(propose(Reflect(prompter()), made)).startswith("model throttled")
    assert made.notes == [Note("scratchpad", {"summaries": ["one is best fit", "two crashes"]})]
    made = ticket("I would rather not.")
    assert propose(Reflect(prompter()), made) == "no list in the reply: I would rather not."
    assert made.notes == []


def test_of_many_recommendations_five_are_kept() -> None:
    many = "\n".join(f"{number}. advice {number}" for number in range(1, 9))
    found = propose(Reflect(prompter()), ticket(*ANSWERS[:2], many))
    assert found == [Note("scratchpad", {"recommendations": [f"advice {number}" for number in range(1, 6)]})]


def test_programs_that_a_person_has_banned_since_are_left_out() -> None:
    made = ticket(*ANSWERS[1:], new=2, best=9, shown=())
    propose(Reflect(prompter()), made)
    assert [each.purpose for each in asked(made)] == ["insights", "recommend"]


def test_a_model_is_asked_within_its_limits() -> None:
    made = ticket(*ANSWERS)
    propose(Reflect(prompter(), Asking(500, 0.3)), made)
    assert {(each.most, each.temperature) for each in asked(made)} == {(500, 0.3)}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("1. a\n2. b", ["a", "b"]),
        ("Here they are:\n\n1) a\n   goes on\n\n2) b", ["a goes on", "b"]),
        ("- a\n* b\n• c", ["a", "b", "c"]),
        ("10: ten", ["ten"]),
    ],
)
def test_lists_of_any_kind_are_read(said: str, found: list[str]) -> None:
    assert items(said) == found


def test_a_new_instruction_is_made_of_the_archive_and_the_best_programs() -> None:
    archive = [
        {"text": "", "tries": 12, "mean": 0.25, "chosen": True},
        {"text": "Be bold.", "tries": 3, "mean": 0.0, "chosen": False},
    ]
    made = context([], "Think of the slack.", inspirations=[BEST, ONE], notes={"instructions": archive})
    assert propose(Instruct(prompter()), made) == [Note("instruction", {"text": "Think of the slack."})]
    (chat,) = asked(made)
    told = chat.messages[1].text
    assert "# Instruction, to be replaced: tried 12 times, mean improvement 0.25\n(no words" in told
    assert "# Instruction: tried 3 times, mean improvement 0\nBe bold.\n" in told
    assert told.index("Candidate 3") < told.index("Candidate 1")


def test_an_instruction_without_words_is_none() -> None:
    made = context([], "<think>what now</think>", inspirations=[BEST])
    assert str(propose(Instruct(prompter()), made)).startswith("model empty")
