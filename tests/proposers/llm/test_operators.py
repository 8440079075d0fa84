from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
import pytest

from speciate.core.errors import BudgetSpent, UsageError
from speciate.core.protocols import Context, Proposer
from speciate.core.values import FAILURE, JSON, Candidate, Evaluation, Genome, Plan, Status
from speciate.genomes.text import KIND, key_of, python
from speciate.llm.chat import Chat, Finish, Speaker
from speciate.proposers.llm import Answer, Asking, Complete, Crossover, Diff, Fix, Operator, Rewrite, Start
from speciate.testing import ProposerSuite
from speciate.testing.fakes import FixedContext

from .worlds import BETTER, OTHER, SEED, asked, candidate, child, context, fence, good, prompter, propose, reply, shown

EDIT = "Slack.\n<<<<<<< SEARCH\n    return item - bins\n=======\n    return {}\n>>>>>>> REPLACE\n"
GOOD = EDIT.format("-np.abs(bins - item - 3)")
WRONG = EDIT.format("0").replace("item - bins", "while nothing like it")
CRASHED = Evaluation(Status.CRASHED, feedback="NameError: name 'x' is not defined")


def test_a_diff_gives_a_child_with_notes_of_who_made_it() -> None:
    made = child(Diff(prompter()), context([candidate(1)], GOOD))
    assert made.genome is not None
    assert made.genome.text == BETTER
    assert made.genome.digest == key_of(BETTER)
    assert made.notes == {
        "operator": "arm",
        "model": "m-1",
        "attempts": 1,
        "why": "Slack.",
        "edits": ["seed.py line 6, exact"],
    }


@pytest.mark.parametrize("answer", [Answer.DIFF, Answer.UNIFIED])
def test_a_unified_diff_or_a_marked_program_is_read_whatever_was_asked(answer: Answer) -> None:
    unified = "```diff\n@@ -5,2 +5,2 @@\n-    return item - bins\n+    return -np.abs(bins - item - 3)\n```"
    for text in (unified, GOOD, fence(BETTER)):
        made = child(Diff(prompter(), answer=answer), context([candidate(1)], text))
        assert made.genome is not None
        assert made.genome.text == BETTER


def test_a_rewrite_and_an_edit_where_a_rewrite_was_asked() -> None:
    for text in (fence(BETTER), GOOD):
        made = child(Rewrite(prompter()), context([candidate(1)], text))
        assert made.genome is not None
        assert made.genome.text == BETTER


def test_a_crossover_shows_all_parents_and_takes_the_place_of_the_first() -> None:
    parents = [candidate(1), candidate(2, BETTER)]
    there = context(parents, fence(OTHER))
    made = child(Crossover(prompter()), there)
    assert made.genome is not None
    assert made.genome.text == OTHER
    (chat,) = asked(there)
    assert "# Parent 2\nCandidate 2" in chat.messages[1].text


def test_a_crossover_of_one_program_takes_an_inspiration_or_fails() -> None:
    one = candidate(1)
    there = context([one, one], fence(OTHER), inspirations=[candidate(2, BETTER)])
    child(Crossover(prompter()), there)
    assert "# Parent 2\nCandidate 2" in asked(there)[0].messages[1].text
    assert propose(Crossover(prompter()), context([one, one])) == "crossover: the plan has one parent only"


def test_a_completion_continues_the_parents_from_worse_to_better() -> None:
    parents = [candidate(2, BETTER), candidate(1)]
    there = context(parents, "    return np.sqrt(bins)\n", evaluations={1: good(5.37), 2: good(4.1)})
    made = child(Complete(prompter()), there)
    assert made.genome is not None
    assert made.genome.text == SEED.replace("item - bins", "np.sqrt(bins)").replace('    """Best fit."""\n', "")
    text = asked(there)[0].messages[1].text
    assert text.index("item - bins") < text.index("bins - item - 3") < text.index("def priority_v2")


def test_a_completion_is_of_the_file_that_may_change() -> None:
    def whole(id: int, lib: str) -> Candidate:
        genome = python(Genome(KIND, files={"main.py": "def f(x):\n    return x\n", "lib.py": lib}))
        return Candidate(id, genome.digest, genome)

    there = context([whole(1, SEED), whole(2, BETTER)], "    return np.sqrt(bins)\n", evaluations={2: good(4.1)})
    made = child(Complete(prompter()), there)
    assert made.genome is not None
    assert made.genome.files["main.py"] == "def f(x):\n    return x\n"
    assert made.genome.files["lib.py"] == SEED.replace("item - bins", "np.sqrt(bins)").replace(
        '    """Best fit."""\n', ""
    )
    assert "def f_v0" not in asked(there)[0].messages[1].text
    fixed = {"main.c": "// EVOLVE-BLOCK-START\nint f;\n// EVOLVE-BLOCK-END\n", "lib.py": "def f(x):\n    return x\n"}
    none = Genome(KIND, files=fixed)
    reason = propose(Complete(prompter()), context([Candidate(1, none.digest, none)]))
    assert reason == "no code in the reply: the parent's block has no function to complete"


def test_a_completion_brings_no_markers() -> None:
    answer = "    x = 1\n    # EVOLVE-BLOCK-END\n    # EVOLVE-BLOCK-START\n    return x\n"
    reason = propose(Complete(prompter(), Asking(tries=1)), context([candidate(1)], answer))
    assert isinstance(reason, str)
    assert reason.startswith("edit outside the markers: ")


def test_a_fix_shows_the_error_and_wants_one() -> None:
    there = context([candidate(1)], GOOD, evaluations={1: CRASHED})
    child(Fix(prompter()), there)
    (chat,) = asked(there)
    assert "NameError: name 'x' is not defined" in chat.messages[1].text
    assert chat.purpose == "fix"
    assert (
        propose(Fix(prompter()), context([candidate(1)], evaluations={1: good(3.0)})) == "fix: candidate 1 did not fail"
    )


def test_a_start_needs_no_parent() -> None:
    made = child(Start(prompter()), context([], fence("def f():\n    return 1\n")))
    assert made.genome is not None
    assert dict(made.genome.files) == {"seed.py": "def f():\n    return 1\n"}
    skeleton = candidate(1, "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\nX = 1\n")
    made = child(Start(prompter()), context([skeleton], fence("def f():\n    return 1\n")))
    assert made.genome is not None
    assert made.genome.text == "# EVOLVE-BLOCK-START\ndef f():\n    return 1\n# EVOLVE-BLOCK-END\nX = 1\n"


def test_an_answer_that_cannot_be_used_goes_back_with_the_reason_and_the_nearest_lines() -> None:
    there = context([candidate(1)], WRONG, GOOD)
    made = child(Diff(prompter()), there)
    first, second = asked(there)
    assert second.messages[:2] == first.messages
    assert [each.speaker for each in second.messages[2:]] == [Speaker.ASSISTANT, Speaker.USER]
    assert second.messages[2].text == WRONG
    assert "That answer could not be used: edit matched nothing" in second.messages[3].text
    assert "6 |     return item - bins" in second.messages[3].text
    assert second.purpose == "retry"
    assert made.notes["attempts"] == 2
    assert made.notes["refused"][0].startswith("edit matched nothing: ")


def test_the_number_of_answers_is_bounded() -> None:
    there = context([candidate(1)], WRONG)
    reason = propose(Diff(prompter(), Asking(tries=2)), there)
    assert isinstance(reason, str)
    assert reason.startswith("edit matched nothing: ")
    assert len(asked(there)) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply("cut", Finish.LENGTH), "model truncated: gpt-5-mini, after 20 tokens"),
        (reply("", Finish.REFUSAL, detail="safety"), "model refused: safety, after 20 tokens"),
        (reply("", Finish.EMPTY), "model empty: gpt-5-mini, after 20 tokens"),
        (reply(" \n"), "model empty: gpt-5-mini"),
        (reply("", Finish.THROTTLED), "model throttled: gpt-5-mini, after 20 tokens"),
    ],
)
def test_a_reply_that_is_no_answer_fails_at_once_by_its_cause(answer: JSON, reason: str) -> None:
    there = context([candidate(1)], answer)
    assert propose(Diff(prompter()), there) == reason
    assert len(asked(there)) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I would rather not.", "no code in the reply: the reply has no edit in the format diff"),
        (EDIT.format("item - bins"), "edit changed nothing: the program would be the same as before"),
        (EDIT.format("(item - bins)  # better"), "edit changed nothing: the program means the same as candidate 1"),
        (GOOD, "repeats a candidate: the program means the same as candidate 2"),
        (EDIT.format("item - (bins"), "child does not parse: seed.py line 6: '(' was never closed"),
        (
            GOOD.replace("    return item - bins", "import numpy as np"),
            "edit outside the markers: the edit changes seed.py",
        ),
    ],
)
def test_what_is_no_new_program_never_reaches_evaluation(answer: str, reason: str) -> None:
    there = context([candidate(1)], answer, inspirations=[candidate(2, BETTER)])
    found = propose(Diff(prompter()), there)
    assert isinstance(found, str)
    assert found.startswith(reason)
    assert len(asked(there)) == 3


def test_the_plans_model_is_asked_with_the_limits_given() -> None:
    there = context([candidate(1)], GOOD)
    child(Diff(prompter(), Asking(most=500, temperature=0.7, model="other")), there)
    (chat,) = asked(there)
    assert (chat.most, chat.temperature, chat.purpose) == (500, 0.7, "propose")
    assert there._model is not None
    assert there._model.prompts[0][0] == "gpt-5-mini"


def test_without_any_model_the_run_is_told_what_to_do() -> None:
    there = FixedContext([candidate(1)], Plan(parents=(1,), operator="diff"))
    with pytest.raises(UsageError, match="the plan of operator `diff` names no model"):
        anyio.run(Diff(prompter()).propose, there)


def test_programs_of_other_languages_are_not_parsed_as_python() -> None:
    genome = Genome("text", {"a.cpp": "// EVOLVE-BLOCK-START\nint f();\n// EVOLVE-BLOCK-END\n"})
    answer = "<<<<<<< SEARCH\nint f();\n=======\nint f() { return (1; }\n>>>>>>> REPLACE\n"
    made = child(Diff(prompter()), context([Candidate(1, genome.digest, genome)], answer))
    assert made.genome is not None
    assert made.genome.key == ""
    assert "return (1;" in made.genome.text


def test_a_format_that_an_operator_cannot_read_is_refused() -> None:
    with pytest.raises(ValueError, match="rewrite cannot ask for diff: it may be rewrite"):
        Rewrite(prompter(), answer=Answer.DIFF)


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="8192 tokens, 0 tries and 1 samples"):
        Asking(tries=0)


def test_what_is_no_text_is_nobodys_to_edit() -> None:
    genome = Genome("vector", data=[1.0])
    assert propose(Diff(prompter()), context([Candidate(1, genome.digest, genome)])) == "diff: candidate 1 is no text"


class Conforms(ProposerSuite):
    """The rules of every proposer."""

    operator: Callable[[], Operator]
    answer: str

    def make(self) -> Proposer:
        return type(self).operator()

    def contexts(self) -> list[Context]:
        parents = [candidate(1), candidate(2, BETTER)]
        evaluations = {1: CRASHED, 2: good(4.1)}
        return [context(parents, text, evaluations=evaluations) for text in (self.answer, "No.", "")]


class TestDiff(Conforms):
    operator = staticmethod(lambda: Diff(prompter()))
    answer = EDIT.format("bins")


class TestRewrite(Conforms):
    operator = staticmethod(lambda: Rewrite(prompter()))
    answer = fence(OTHER)


class TestCrossover(Conforms):
    operator = staticmethod(lambda: Crossover(prompter()))
    answer = fence(OTHER)


class TestComplete(Conforms):
    operator = staticmethod(lambda: Complete(prompter()))
    answer = "return bins\n"


class TestFix(Conforms):
    operator = staticmethod(lambda: Fix(prompter()))
    answer = EDIT.format("bins")


def test_conversations_survive_the_record() -> None:
    there = context([candidate(1)], WRONG, GOOD)
    child(Diff(prompter()), there)
    assert there._model is not None
    assert [Chat.of(chat.as_json()) for chat in asked(there)] == asked(there)


class TestSamples:
    """Several children of one prompt."""

    SAMPLES = Asking(tries=1, samples=4)

    def test_each_is_asked_for_by_a_call_of_its_own(self) -> None:
        made = context([candidate(1)], *[fence(_returning(number)) for number in range(4)])
        found = propose(Rewrite(prompter(), self.SAMPLES), made)
        assert [each.genome.text for each in found] == [_returning(number) for number in range(4)]  # type: ignore
        assert len({shown(chat) for chat in asked(made)}) == 1
        assert len(asked(made)) == 4

    def test_one_that_fails_does_not_lose_the_others(self) -> None:
        answers = ["I cannot.", fence(_returning(1)), reply("", Finish.REFUSAL), fence(_returning(3))]
        made = context([candidate(1)], *answers)
        found = propose(Rewrite(prompter(), self.SAMPLES), made)
        assert [each.genome.text for each in found] == [_returning(1), _returning(3)]  # type: ignore
        assert [note.topic for note in made.notes] == [FAILURE, FAILURE]
        reasons = [note.data["reason"].partition(":")[0] for note in made.notes]
        assert reasons == ["no code in the reply", "model refused"]

    def test_where_all_fail_the_last_is_the_tickets_reason(self) -> None:
        made = context([candidate(1)], "I cannot.", "No.", "No!", reply("", Finish.EMPTY))
        assert str(propose(Rewrite(prompter(), self.SAMPLES), made)).startswith("model empty")
        assert len(made.notes) == 3

    def test_what_is_not_afforded_is_left_out(self) -> None:
        made = Poor([candidate(1)], Plan(parents=(1,), operator="rewrite", data={"model": "m"}), 2)
        assert len(propose(Rewrite(prompter(), self.SAMPLES), made)) == 2
        assert not made.notes
        none = Poor([candidate(1)], made.plan, 0)
        assert propose(Rewrite(prompter(), self.SAMPLES), none) == "budget: cost"


class Poor(FixedContext):
    """A ticket that can pay so many calls."""

    def __init__(self, parents: Sequence[Candidate], plan: Plan, calls: int) -> None:
        super().__init__(parents, plan)
        self.calls = calls

    async def call(self, model: str, prompt: JSON) -> JSON:
        if not self.calls:
            raise BudgetSpent("budget: cost")
        self.calls -= 1
        return reply(fence(_returning(self.calls)))


def _returning(number: int) -> str:
    return SEED.replace("item - bins", f"item - {number + 2} * bins")
