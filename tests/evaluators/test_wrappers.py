"""Cascade, Repeat and Cached around an evaluator that records what it is asked."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from speciate.core.problem import Direction, Objective, Repeats, Stage, Stopping
from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Cost, Evaluation, Genome, Request, Status
from speciate.evaluators.cached import Cached
from speciate.evaluators.cascade import Cascade
from speciate.evaluators.repeat import Repeat, falls_short, student

LOSS = Objective("loss", Direction.MINIMIZE)
STAGES = (Stage("quick", -7.0), Stage("middle"), Stage("full", -1.0))


class Scripted:
    """Answers in turn, the last one again and again."""

    def __init__(self, *answers: Evaluation) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def ok(score: float, *cases: float) -> Evaluation:
    return Evaluation(Status.OK, {"loss": score}, cases, {"size": 2 * score}, feedback="fine", cost=Cost(1, 2, 3, 0.5))


def ask(evaluator: Evaluator, request: Request = Request(), text: str = "x") -> Evaluation:
    genome = Genome("text", files={"a": text})
    return anyio.run(evaluator.evaluate, Candidate(1, genome.digest, genome), request, ())


def test_a_cascade_goes_through_its_stages_and_adds_the_cost() -> None:
    inner = Scripted(ok(-7.0), ok(-5.0), ok(-0.5))
    evaluation = ask(Cascade(inner, STAGES, LOSS), Request(seed=4))
    assert inner.asked == [Request(stage=name, seed=4) for name in ("quick", "middle", "full")]
    assert evaluation.scores == {"loss": -0.5}
    assert evaluation.cost == Cost(3, 6, 9, 1.5)


def test_what_a_request_must_reach_is_of_the_last_stage() -> None:
    inner = Scripted(ok(-7.0), ok(-5.0), ok(-0.5))
    ask(Cascade(inner, STAGES, LOSS), Request(threshold=-1.0))
    assert [each.threshold for each in inner.asked] == [None, None, -1.0]


def test_a_cascade_stops_below_a_threshold_with_the_reason() -> None:
    inner = Scripted(ok(-7.25))
    evaluation = ask(Cascade(inner, STAGES, LOSS))
    assert evaluation.status is Status.FILTERED
    assert evaluation.feedback == "stage quick: loss 7.25, and 7 is needed to go on. fine"
    assert evaluation.shown == {"loss_quick": 7.25}
    assert (len(inner.asked), evaluation.scores, evaluation.measures) == (1, {}, {"size": -14.5})


def test_a_cascade_stops_at_a_failure() -> None:
    inner = Scripted(ok(-5.0), Evaluation(Status.TIMEOUT, feedback="slow"))
    assert ask(Cascade(inner, STAGES, LOSS)).status is Status.TIMEOUT
    assert len(inner.asked) == 2


@pytest.mark.parametrize("stage", ["full", "sealed"])
def test_a_request_for_one_stage_is_handed_on(stage: str) -> None:
    inner = Scripted(ok(-9.0))
    assert ask(Cascade(inner, STAGES, LOSS), Request(stage=stage)).ok
    assert inner.asked == [Request(stage=stage)]


def test_an_unknown_price_stays_unknown() -> None:
    inner = Scripted(ok(-1.0), Evaluation(Status.OK, {"loss": -1.0}, cost=Cost(usd=None)))
    assert ask(Cascade(inner, STAGES, LOSS)).cost.usd is None


def test_repetitions_are_averaged_over_seeds_of_their_own() -> None:
    inner = Scripted(ok(1.0, 0.0, 2.0), ok(2.0, 4.0, 2.0))
    evaluation = ask(Repeat(inner, Repeats(2)), Request(seed=9))
    assert evaluation.scores == {"loss": 1.5}
    assert evaluation.cases == (2.0, 2.0)
    assert evaluation.measures == {"size": 3.0}
    assert evaluation.shown["repeats"] == 2
    assert evaluation.shown["loss_spread"] == pytest.approx(0.5**0.5)
    assert evaluation.cost == Cost(2, 4, 6, 1.0)
    first = [request.seed for request in inner.asked]
    assert len(set(first)) == 2
    again = Scripted(ok(1.0))
    ask(Repeat(again, Repeats(2)), Request(seed=9))
    assert [request.seed for request in again.asked] == first


def test_a_repetition_that_fails_is_the_answer() -> None:
    inner = Scripted(ok(1.0), Evaluation(Status.CRASHED, cost=Cost(1)))
    evaluation = ask(Repeat(inner, Repeats(5)))
    assert (evaluation.status, evaluation.cost, len(inner.asked)) == (Status.CRASHED, Cost(2, 2, 3, 0.5), 2)


def test_a_quiet_score_is_repeated_less_often_than_a_loud_one() -> None:
    repeats = Repeats(3, 40, within=0.5)
    quiet, loud = Scripted(ok(1.0), ok(1.1), ok(0.9)), Scripted(*[ok(each) for each in (0.0, 4.0) * 20])
    assert ask(Repeat(quiet, repeats)).shown["repeats"] == 3
    assert ask(Repeat(loud, repeats)).shown["repeats"] == 40, "never known so well, so it stops at the most"
    settled = Scripted(*[ok(each) for each in (0.0, 1.0) * 20])
    assert 3 < ask(Repeat(settled, repeats)).shown["repeats"] < 40


def test_a_cautious_score_is_the_lower_end_of_the_interval() -> None:
    answers = [ok(each) for each in (1.0, 2.0, 3.0, 2.0)]
    mean = ask(Repeat(Scripted(*answers), Repeats(4))).scores["loss"]
    cautious = ask(Repeat(Scripted(*answers), Repeats(4, cautious=True))).scores["loss"]
    assert mean == 2.0
    assert cautious == pytest.approx(2.0 - 3.182446 * (2 / 3) ** 0.5 / 2, abs=0.01)
    sealed = ask(Repeat(Scripted(*answers), Repeats(4, cautious=True)), Request(stage="sealed"))
    assert sealed.scores["loss"] == 2.0, "the last word is a plain mean"


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.7062), (2, 4.30265), (3, 3.18245), (4, 2.77645), (9, 2.26216), (30, 2.04227)]
)
def test_students_quantiles(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, rel=0.01)


@pytest.mark.parametrize(
    ("rule", "last", "first"),
    [(Stopping.BAYESIAN, 2.9496, 2.9497), (Stopping.CI, 3.6858, 3.6859), (Stopping.HYBRID, 2.9496, 2.9497)],
)
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-9, 0.0), (1e6, -1e7)])
def test_when_a_mean_will_not_reach_a_threshold(
    rule: Stopping, last: float, first: float, scale: float, shift: float
) -> None:
    """Of 1, 2, 3 the mean is 2 and the standard error 1 / sqrt 3: 2 + 1.644854 / sqrt 3 = 2.949657 has a chance of
    0.05, and 2 + 2.919986 / sqrt 3 = 3.685854 is the end of Student's 90 % interval."""
    values = [scale * each + shift for each in (1.0, 2.0, 3.0)]
    assert not falls_short(values, scale * last + shift, rule)
    assert falls_short(values, scale * first + shift, rule)


def test_how_many_scores_a_rule_wants() -> None:
    assert [falls_short([1.0, 2.0], 99.0, rule) for rule in Stopping] == [True, False, False]
    assert not falls_short([1.0], 99.0, Stopping.BAYESIAN)


def test_scores_without_noise_are_believed() -> None:
    for rule in Stopping:
        assert falls_short([-0.3, -0.3, -0.3], -0.2, rule)
        assert not falls_short([-0.3, -0.3, -0.3], -0.3, rule)
        assert not falls_short([0.0, 0.0, 0.0], -1.0, rule)


def test_a_hopeless_candidate_is_measured_no_further() -> None:
    """Mean -6, standard error 0.577: -5.05 at best, by the rule. A good one is measured to the end."""
    answers = [ok(-7.0), ok(-6.0), ok(-5.0), ok(-6.0)]
    inner = Scripted(*answers)
    evaluation = ask(Repeat(inner, Repeats(10)), Request(threshold=-5.0))
    assert (len(inner.asked), evaluation.scores, evaluation.shown["repeats"]) == (3, {"loss": -6.0}, 3)
    assert evaluation.ok
    for threshold in (None, -7.0, -99.0):
        inner = Scripted(*answers)
        ask(Repeat(inner, Repeats(10)), Request(threshold=threshold))
        assert len(inner.asked) == 10
    inner = Scripted(*answers)
    ask(Repeat(inner, Repeats(10, stop=Stopping.BAYESIAN)), Request(threshold=99.0))
    assert len(inner.asked) == 2


def test_what_is_known_is_not_asked_again() -> None:
    inner = Scripted(ok(1.0))
    cached = Cached(inner, 2)
    first = ask(cached)
    assert ask(cached).scores == first.scores
    assert ask(cached).cost == Cost()
    assert len(inner.asked) == 1
    ask(cached, Request(seed=1))
    ask(cached, text="y")  # the third: the first is forgotten
    ask(cached)
    assert len(inner.asked) == 4


def test_a_timeout_is_not_remembered() -> None:
    inner = Scripted(Evaluation(Status.TIMEOUT), ok(1.0))
    cached = Cached(inner)
    assert [ask(cached).status for _ in range(3)] == [Status.TIMEOUT, Status.OK, Status.OK]


def test_refused_arguments() -> None:
    with pytest.raises(ValueError, match="no stages"):
        Cascade(Scripted(), (), LOSS)
