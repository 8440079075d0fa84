"""The layers of CoEvo's tree, with answers and scores by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from speciate.core.rng import stream
from speciate.core.values import (
    JSON,
    Candidate,
    Change,
    Evaluation,
    Note,
    Outcome,
    Placed,
    Placement,
    Proposal,
    Request,
    Status,
)
from speciate.llm.chat import Embed, Finish, Reply
from speciate.proposers.llm import Asking, Reason, Tree
from speciate.testing.fakes import FixedContext

from .worlds import OTHER, SEED, asked, candidate, context, good, prompter, propose, reply

PARENT, MATE = candidate(3, SEED), candidate(4, OTHER)
CRASH = Evaluation(Status.CRASHED, feedback="division by zero")


def answer(formula: str, *ideas: str) -> str:
    listed = "\n".join(f"{number}. {each}" for number, each in enumerate(ideas or (f"Idea of {formula}",), 1))
    code = SEED.replace("item - bins", formula)
    return f"Ideas:\n{listed}\n\nThoughts: so be it.\n\n```python\n{code}```\n"


class Placing(FixedContext):
    """Places what is submitted, with the next of `scores`; `library` answers questions."""

    def __init__(self, made: FixedContext, scores: Sequence[Evaluation | None], library: Sequence[str] = ()) -> None:
        super().__init__(made.parents, made.plan, evaluations=made.evaluations, model=made._model)
        self.inspirations, self.rng = made.inspirations, stream(0)
        self.scores, self.library, self.questions = list(scores), list(library), list[JSON]()

    async def submit(self, proposal: Proposal) -> Outcome:
        score = self.scores[len(self.submitted)]
        refused = await super().submit(proposal)
        if score is None:
            return refused
        assert proposal.genome is not None
        id, parents = 10 + len(self.submitted), self.plan.parents if proposal.parents is None else proposal.parents
        operator = proposal.operator or self.plan.operator
        made = Candidate(id, proposal.genome.digest, proposal.genome, parents, operator, notes=proposal.notes)
        return Placed(1, self.plan, made, Request(), score, Placement(Change.ADDED), 0.0)

    async def look(self, question: JSON) -> JSON:
        self.questions.append(question)
        return {"ideas": self.library[: question["count"]]}

    async def call(self, model: str, prompt: JSON) -> JSON:
        if "embed" not in prompt:
            return await super().call(model, prompt)
        return Reply(vectors=tuple((float(len(each)), 1.0) for each in Embed.of(prompt).texts)).as_json()


def ticket(
    *answers: str | JSON,
    scores: Sequence[Evaluation | None] = (),
    parents: Sequence[Candidate] = (PARENT,),
    inspirations: Sequence[Candidate] = (),
    library: Sequence[str] = (),
    notes: JSON = None,
) -> Placing:
    known = {3: good(5.0), 4: good(6.0)}
    made = context(parents, *answers, inspirations=inspirations, evaluations=known, notes=notes)
    return Placing(made, scores, library)


def reason(name: str = "mutation_positive", *, layers: int = 2, recalled: int = 5, **more: object) -> Reason:
    return Reason(name, prompter(), Asking(tries=1), tree=Tree((3,) * layers, recalled), **more)  # type: ignore[arg-type]


def only(found: Sequence[Proposal | Note] | str) -> Note:
    assert not isinstance(found, str), found
    (note,) = found
    assert isinstance(note, Note)
    return note


def test_a_program_that_improves_is_followed_by_a_layer_and_what_helped_is_noted() -> None:
    made = ticket(
        answer("bins", "Full bins: best fit"),
        answer("-bins", "Slack: less of it"),
        "1. Slack: as little as possible\n2. Full bins: first",
        scores=[good(4.0), good(3.0)],
        library=["Regimes: two of them"],
    )
    assert propose(reason(), made) == [
        Note(
            "ideas",
            {"ideas": [{"text": "Slack: as little as possible"}, {"text": "Full bins: first"}], "candidate": 12},
        )
    ]
    first, second = made.submitted
    assert (first.parents, first.notes["ideas"]) == (None, ["Full bins: best fit"])
    assert (second.parents, second.operator, second.notes["ideas"]) == (
        (11,),
        "mutation_positive_derived",
        ["Slack: less of it"],
    )
    assert made.questions == [{"like": ["Full bins: best fit"], "count": 5}]
    one, two, three = asked(made)
    assert [each.purpose for each in (one, two, three)] == ["propose", "derive", "extract"]
    assert "List 3 ideas" in one.messages[0].text
    deeper = two.messages[1].text
    assert "# Ideas that have helped to solve this problem\n- Regimes: two of them" in deeper
    assert "# Program to change\nCandidate 11, excess 4.00" in deeper
    assert "# Ideas behind candidate 11\n- Full bins: best fit" in deeper
    assert "# Another program, for ideas\nCandidate 3, excess 5.00" in deeper
    last = three.messages[1].text
    places = [last.index(f"# Solution {number}\nCandidate {id}, ") for number, id in ((1, 3), (2, 11), (3, 12))]
    assert places == sorted(places)


def test_only_the_path_to_the_best_is_shown_to_who_extracts() -> None:
    made = ticket(answer("bins"), answer("-bins"), "none", scores=[good(4.0), good(9.0)])
    assert propose(reason(), made) == [Note("ideas", {"ideas": [], "candidate": 11})]
    assert "Candidate 12" not in asked(made)[-1].messages[1].text


def test_what_is_no_better_than_its_parents_teaches_nothing() -> None:
    made = ticket(answer("bins"), answer("-bins"), scores=[good(5.0), good(6.0)])
    assert propose(reason(), made) == []


def test_a_crossover_has_to_beat_the_best_of_its_parents() -> None:
    made = ticket(answer("bins"), scores=[good(5.5)], parents=(PARENT, MATE))
    assert propose(reason("crossover_negative", layers=1, parents=2), made) == []
    (chat,) = asked(made)
    assert "# Parent 1, in whole\nCandidate 3" in chat.messages[1].text
    assert "# Parent 2\nCandidate 4" in chat.messages[1].text


def test_a_crossover_of_one_program_is_none() -> None:
    made = ticket(parents=(PARENT, PARENT))
    assert propose(reason("crossover_positive", parents=2), made) == "crossover_positive: of 2 programs there are 1"


def test_a_start_has_a_frame_and_no_parent() -> None:
    made = ticket(answer("bins"), "1. Bins: as they are", scores=[good(1.0)], parents=(), inspirations=(PARENT,))
    note = only(propose(reason("start", layers=1, parents=0), made))
    assert note == Note("ideas", {"ideas": [{"text": "Bins: as they are"}], "candidate": 11})
    assert made.submitted[0].parents is None
    assert "# Program to change\nCandidate 3" in asked(made)[0].messages[1].text


@pytest.mark.parametrize(
    ("scores", "programs"),
    [
        ((4.0, 3.0, 2.0), 3),
        ((4.0, 3.0, 3.0), 3),
        ((4.0, 4.0, 2.0), 2),
        ((4.0, 6.0, 2.0), 2),
        ((9.0, 8.0, 7.0), 3),
        ((None, 8.0, 7.0), 3),
        ((None, None, 7.0), 2),
        ((4.0, None, 2.0), 2),
    ],
)
def test_a_further_layer_follows_while_the_last_was_better(scores: tuple[float | None, ...], programs: int) -> None:
    """None is a crash: a second layer mends the first, and whatever fails after that ends the chain."""
    formulas = ("bins", "-bins", "bins * 2")
    made = ticket(
        *(answer(each) for each in formulas[:programs]),
        "none",
        scores=[CRASH if each is None else good(each) for each in scores],
    )
    propose(reason(layers=3, recalled=0), made)
    assert len(made.submitted) == programs
    assert made.questions == []


def test_a_duplicate_ends_the_chain() -> None:
    made = ticket(answer("bins"), scores=[None])
    assert propose(reason(), made) == []


def test_a_first_layer_without_a_program_is_a_failed_ticket() -> None:
    made = ticket("no program", scores=[])
    assert str(propose(reason(), made)).startswith("no code in the reply")


def test_what_fails_after_the_first_layer_is_noted_and_loses_nothing() -> None:
    made = ticket(answer("bins"), reply("", Finish.THROTTLED), "1. Bins: best", scores=[good(4.0)])
    note = only(propose(reason(), made))
    assert note.data["ideas"] == [{"text": "Bins: best"}]
    assert [each.topic for each in made.notes] == ["failure"]
    assert made.notes[0].data["reason"].startswith("model throttled")


def test_a_failed_extraction_is_noted() -> None:
    made = ticket(answer("bins"), reply("", Finish.EMPTY), scores=[good(4.0)])
    note = only(propose(reason(layers=1), made))
    assert (note.topic, note.data["reason"].split(":")[0]) == ("failure", "model empty")


def test_what_the_plan_recalled_is_not_repeated_in_a_deeper_layer() -> None:
    notes = {"ideas": ["Recalled at random"], "hints": ["mind the slack"]}
    made = ticket(
        answer("bins"), answer("-bins"), scores=[good(6.0), good(7.0)], library=["Recalled by likeness"], notes=notes
    )
    propose(reason(), made)
    one, two = (each.messages[1].text for each in asked(made))
    assert "Recalled at random" in one
    assert "Recalled at random" not in two
    assert "Recalled by likeness" in two
    assert "mind the slack" in two


def test_an_embedder_gives_ideas_their_vectors() -> None:
    made = ticket(answer("bins", "Four"), answer("-bins"), "1. Seven", scores=[good(4.0), good(6.0)])
    note = only(propose(reason(embedder="small-embedding"), made))
    assert note.data["ideas"] == [{"text": "Seven", "vector": [5.0, 1.0]}]
    assert made.questions == [{"like": ["Four"], "count": 5, "vectors": [[4.0, 1.0]]}]


def test_an_embedder_is_not_asked_about_no_ideas() -> None:
    made = ticket(answer("bins", "Four"), "I cannot tell.", scores=[good(4.0)])
    assert only(propose(reason(layers=1, embedder="small-embedding"), made)).data["ideas"] == []
    assert made._model is not None
    assert {model for model, _ in made._model.prompts} == {"gpt-5-mini"}


@pytest.mark.parametrize("tree", [{"ideas": ()}, {"ideas": (3, 0)}, {"recalled": -1}, {"kept": -1}])
def test_impossible_trees_are_refused(tree: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a layer at least"):
        Tree(**tree)  # type: ignore[arg-type]
