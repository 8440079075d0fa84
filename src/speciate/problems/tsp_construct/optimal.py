"""Finds the shortest tours that scores are measured against, and writes them to optimal.json:

    python optimal.py

An integer program chooses edges so that each city has two; where these form more than one cycle, each cycle is
forbidden to close and the program is solved again (Dantzig, Fulkerson, Johnson 1954). First over the edges to near
neighbours, then over all edges. So a tour is proven to be shortest, up to the solver's (HiGHS) gap of 1e-9. Evaluation
does not run this: it reads the tours, and adds up their lengths itself.
"""

from __future__ import annotations

import json

import numpy as np
from instances import SEEDS, TOURS, between, points  # type: ignore[import-not-found]  # it lies beside this file
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from scipy.sparse import csr_array  # type: ignore[import-untyped]

NEAR = 8  # neighbours whose edges are tried first


def shortest(distances: np.ndarray) -> list[int]:
    """The shortest closed tour of one instance, from city 0 on."""
    near = np.argsort(distances, axis=1)[:, 1 : NEAR + 1]
    some = {(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row}
    cycles: list[list[int]] = []
    for edges in (sorted(some), [(i, j) for j in range(len(distances)) for i in range(j)]):
        while len(found := _cycles(_chosen(distances, edges, cycles))) > 1:
            cycles += found
    return found[0]


def _chosen(distances: np.ndarray, edges: list[tuple[int, int]], cycles: list[list[int]]) -> list[tuple[int, int]]:
    """The cheapest edges with two at each city and too few within each of these sets to be a cycle."""
    ends = np.array(edges)
    cities = np.arange(len(distances))
    degree = LinearConstraint(csr_array((ends[:, :1] == cities) | (ends[:, 1:] == cities)).T.astype(float), 2, 2)
    constraints = [degree]
    if cycles:
        inside = np.array([np.isin(ends, cycle).all(axis=1) for cycle in cycles], dtype=float)
        constraints.append(LinearConstraint(csr_array(inside), -np.inf, [len(cycle) - 1 for cycle in cycles]))
    cost = distances[ends[:, 0], ends[:, 1]]
    solved = milp(cost, integrality=1, bounds=Bounds(0, 1), constraints=constraints, options={"mip_rel_gap": 1e-9})
    if solved.status != 0:
        raise RuntimeError(f"no tour: {solved.message}; raise NEAR if it is over the near neighbours")
    return [edge for edge, taken in zip(edges, solved.x, strict=True) if taken > 0.5]


def _cycles(edges: list[tuple[int, int]]) -> list[list[int]]:
    beside: dict[int, list[int]] = {}
    for i, j in edges:
        beside.setdefault(i, []).append(j)
        beside.setdefault(j, []).append(i)
    found: list[list[int]] = []
    left = set(beside)
    while left:
        cycle = [min(left)]
        while True:
            left.discard(cycle[-1])
            ahead = [city for city in beside[cycle[-1]] if city in left]
            if not ahead:
                break
            cycle.append(min(ahead))
        found.append(cycle)
    return found


if __name__ == "__main__":
    tours = {name: [shortest(each) for each in between(points(name))] for name in SEEDS}
    lines = [f'"{name}": [\n' + ",\n".join(map(json.dumps, each)) + "\n]" for name, each in tours.items()]
    TOURS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
