"""The values as plain JSON and back: each `from_x` writes, each `to_x` reads. Fields at their default are left out.

Readers raise KeyError, TypeError, ValueError or AttributeError for what is not such a value; `core.codec` turns
these into an error of the store.
"""

from __future__ import annotations

from collections.abc import Callable

from .values import (
    JSON,
    Candidate,
    Change,
    Cost,
    Digest,
    Evaluation,
    Genome,
    Placement,
    Plan,
    Request,
    Status,
    digest_of,
)

Texts = dict[Digest, str]  # a text's digest is `digest_of(text)`


def from_cost(cost: Cost) -> dict[str, JSON]:
    out: dict[str, JSON] = {}
    if cost.seconds:
        out["seconds"] = cost.seconds
    if cost.cpu:
        out["cpu"] = cost.cpu
    if cost.tokens:
        out["tokens"] = cost.tokens
    if cost.usd != 0.0:  # None included: an unknown price is written
        out["usd"] = cost.usd
    return out


def to_cost(data: JSON) -> Cost:
    return Cost(**data) if data else Cost()


def from_request(request: Request) -> dict[str, JSON]:
    out: dict[str, JSON] = {}
    if request.stage:
        out["stage"] = request.stage
    if request.cases is not None:
        out["cases"] = list(request.cases)
    if request.against:
        out["against"] = list(request.against)
    if request.seed:
        out["seed"] = request.seed
    if request.threshold is not None:
        out["threshold"] = request.threshold
    return out


def to_request(data: JSON) -> Request:
    if not data:
        return Request()
    cases = data.get("cases")
    return Request(
        data.get("stage", ""),
        None if cases is None else tuple(cases),
        tuple(data.get("against", ())),
        data.get("seed", 0),
        data.get("threshold"),
    )


def from_plan(plan: Plan) -> dict[str, JSON]:
    out: dict[str, JSON] = {"kind": plan.kind}
    if plan.parents:
        out["parents"] = list(plan.parents)
    if plan.inspirations:
        out["inspirations"] = list(plan.inspirations)
    if plan.operator:
        out["operator"] = plan.operator
    if plan.island:
        out["island"] = plan.island
    if plan.notes is not None:
        out["notes"] = plan.notes
    if plan.data is not None:
        out["data"] = plan.data
    return out


def to_plan(data: JSON) -> Plan:
    get = data.get
    return Plan(
        data["kind"],
        tuple(get("parents", ())),
        tuple(get("inspirations", ())),
        get("operator", ""),
        get("island", 0),
        get("notes"),
        get("data"),
    )


def from_genome(genome: Genome, texts: Texts) -> dict[str, JSON]:
    files: dict[str, Digest] = {}
    for name, text in genome.files.items():
        files[name] = digest = digest_of(text)
        texts[digest] = text
    out: dict[str, JSON] = {"kind": genome.kind}
    if files:
        out["files"] = files
    if genome.data is not None:
        out["data"] = genome.data
    if genome.blob is not None:
        out["blob"] = genome.blob
    if genome.key:
        out["key"] = genome.key
    return out


def to_genome(data: JSON, text: Callable[[Digest], str]) -> Genome:
    get = data.get
    files = {name: text(digest) for name, digest in get("files", {}).items()}
    return Genome(data["kind"], files, get("data"), get("blob"), get("key", ""))


def from_candidate(candidate: Candidate, texts: Texts) -> dict[str, JSON]:
    out: dict[str, JSON] = {
        "id": candidate.id,
        "digest": candidate.digest,
        "genome": from_genome(candidate.genome, texts),
    }
    if candidate.parents:
        out["parents"] = list(candidate.parents)
    if candidate.operator:
        out["operator"] = candidate.operator
    if candidate.island:
        out["island"] = candidate.island
    if candidate.species:
        out["species"] = candidate.species
    if candidate.notes is not None:
        out["notes"] = candidate.notes
    return out


def to_candidate(data: JSON, text: Callable[[Digest], str]) -> Candidate:
    get = data.get
    return Candidate(
        data["id"],
        data["digest"],
        to_genome(data["genome"], text),
        tuple(get("parents", ())),
        get("operator", ""),
        get("island", 0),
        get("species", ""),
        get("notes"),
    )


def from_evaluation(evaluation: Evaluation) -> dict[str, JSON]:
    out: dict[str, JSON] = {"status": evaluation.status.value}
    if evaluation.scores:
        out["scores"] = dict(evaluation.scores)
    if evaluation.cases:
        out["cases"] = list(evaluation.cases)
    if evaluation.measures:
        out["measures"] = dict(evaluation.measures)
    if evaluation.shown:
        out["shown"] = dict(evaluation.shown)
    if evaluation.feedback:
        out["feedback"] = evaluation.feedback
    if evaluation.artifacts:
        out["artifacts"] = dict(evaluation.artifacts)
    cost = from_cost(evaluation.cost)
    if cost:
        out["cost"] = cost
    return out


def to_evaluation(data: JSON) -> Evaluation:
    """An evaluation from the JSON inside an event. Raises ValueError, KeyError or TypeError for anything else."""
    get = data.get
    return Evaluation(
        Status(data["status"]),
        get("scores", {}),
        tuple(get("cases", ())),
        get("measures", {}),
        get("shown", {}),
        get("feedback", ""),
        get("artifacts", {}),
        to_cost(get("cost")),
    )


def from_placement(placement: Placement) -> dict[str, JSON]:
    out: dict[str, JSON] = {"change": str(placement.change)}
    if placement.evicted:
        out["evicted"] = list(placement.evicted)
    if placement.where is not None:
        out["where"] = placement.where
    if placement.changes is not None:
        out["changes"] = placement.changes
    return out


def to_placement(data: JSON) -> Placement:
    get = data.get
    return Placement(Change(data["change"]), tuple(get("evicted", ())), get("where"), get("changes"))
