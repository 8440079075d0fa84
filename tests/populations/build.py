"""Candidates by hand."""

from speciate.core.protocols import Population
from speciate.core.rng import stream
from speciate.core.values import Candidate, Evaluation, Genome, Placement, Request, Status


def candidate(id: int, length: int = 10, island: int = 0) -> Candidate:
    genome = Genome("text", {"p.py": "x " * length}, key=f"{id}")
    return Candidate(id, genome.digest, genome, island=island)


def scored(fitness: float, *cases: float, **measures: float) -> Evaluation:
    return Evaluation(Status.OK, {"score": fitness}, cases, measures)


def add(population: Population[object], which: Candidate, evaluation: Evaluation) -> Placement:
    return population.add(which, Request(), evaluation, 0.0, stream(0, "add", which.id))


def put(population: Population[object], id: int, fitness: float, *cases: float, length: int = 10) -> Placement:
    return add(population, candidate(id, length), scored(fitness, *cases))
