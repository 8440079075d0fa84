"""The token's file: one owner, one reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from speciate.dashboard.token import NAME, kept_in, proof, same


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    token = kept_in(tmp_path)
    assert len(token) == 32
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert kept_in(tmp_path) == token
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


def test_one_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    token = kept_in(tmp_path)
    (tmp_path / NAME).chmod(0o644)
    assert kept_in(tmp_path) != token
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"hunter2", b"\xff" * 40, b"0" * 200, b"' onclick='0123456789abcdef0123456789"]
)
def test_what_is_no_token_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    (tmp_path / NAME).chmod(0o600)
    token = kept_in(tmp_path)
    assert token.encode() != content
    assert kept_in(tmp_path) == token


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("0" * 32)
    elsewhere.chmod(0o600)
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / NAME).symlink_to(elsewhere)
    token = kept_in(folder)
    assert token != "0" * 32
    assert elsewhere.read_text() == "0" * 32
    assert not (folder / NAME).is_symlink()


def test_where_nothing_can_be_kept_it_is_for_this_once(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert kept_in(nowhere) != kept_in(nowhere)
    assert not nowhere.exists()
    (tmp_path / "taken" / NAME).mkdir(parents=True)
    assert kept_in(tmp_path / "taken")
    assert [each.name for each in (tmp_path / "taken").iterdir()] == [NAME]


def test_the_proof_is_of_the_port_too() -> None:
    assert proof("a" * 32, "n" * 16, 1) != proof("a" * 32, "n" * 16, 2)
    assert same("a", "a")
    assert not same("a", "é")
