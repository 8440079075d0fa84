"""Which genomes there are already: as a dict of them would know."""

from __future__ import annotations

import sys
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from speciate.core.seen import Seen
from speciate.core.values import Candidate, Genome, digest_of

NAMED = Candidate(1, "", Genome("text", {"seed.py": ""}), (), "", 0)


def candidate(id: int, digest: str, species: str = "") -> Candidate:
    return replace(NAMED, id=id, digest=digest, species=species)


digests = st.one_of(
    st.integers(0, 300).map(lambda n: digest_of(str(n))),
    st.integers(0, 2**128 - 1).map("{:032x}".format),
    st.tuples(st.sampled_from([0, 64, 2**63]), st.integers(0, 40)).map(lambda pair: f"{pair[0]:016x}{pair[1]:016x}"),
)


@given(st.lists(st.tuples(digests, st.sampled_from(["", "a", "ab"])), max_size=400))
def test_it_knows_what_a_dict_knows(genomes: list[tuple[str, str]]) -> None:
    seen, known = Seen(), dict[tuple[str, str], int]()
    for id, (digest, species) in enumerate(genomes, 1):
        made = candidate(id, digest, species)
        assert seen.find(made) == known.get((digest, species))
        if (digest, species) not in known:
            known[digest, species] = id
            seen.add(made)
    for (digest, species), id in known.items():
        assert seen.find(candidate(0, digest, species)) == id


def test_twenty_thousand_take_fifty_bytes_at_most_each_and_all_are_found() -> None:
    seen, count = Seen(), 20_000
    made = [candidate(id, digest_of(str(id))) for id in range(1, count + 1)]
    for each in made:
        seen.add(each)
    assert all(seen.find(each) == each.id for each in made)
    arrays = (table for shard in seen._shards for table in (shard._high, shard._low, shard._ids))
    assert sum(map(sys.getsizeof, arrays)) < 50 * count
