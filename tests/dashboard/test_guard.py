"""Who is let in, and what every answer says of itself."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from speciate.dashboard.guard import Door, host_of, loopback

from .asking import HOST, TOKEN, Client, client, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    write(folder / "made_up-1.db", 5)
    return folder


@pytest.fixture(scope="module")
def ask(folder: Path) -> Client:
    return client(folder)


def test_who_has_the_token_is_let_in(ask: Client) -> None:
    assert ask("/api/runs").status == 200
    assert ask("/api/runs", headers={"authorization": f"bearer   {TOKEN}"}).status == 200


@pytest.mark.parametrize(
    "said",
    [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN} x", "Bearer é"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/runs"),
        ("GET", "/api/runs/made_up-1/summary"),
        ("GET", "/api/runs/made_up-1/events"),
        ("GET", "/api/runs/made_up-1/candidates/1"),
        ("GET", "/api/compare?runs=made_up-1"),
        ("GET", "/api/nothing"),
        ("POST", "/api/runs/made_up-1/commands"),
        ("PATCH", "/api/runs/made_up-1/meta"),
    ],
)
def test_nobody_else_is(ask: Client, said: str | None, method: str, path: str) -> None:
    found = ask(path, method, headers={"authorization": said})
    assert found.status == 401
    assert found.headers["www-authenticate"] == "Bearer"
    assert "token" in found.what


@pytest.mark.parametrize("name", ["t", "token", "access_token", "authorization"])
def test_a_token_in_an_address_opens_nothing(ask: Client, name: str) -> None:
    assert ask(f"/api/runs?{name}={TOKEN}", headers={"authorization": None}).status == 401
    assert ask("/api/runs", headers={"authorization": None, "cookie": f"{name}={TOKEN}"}).status == 401


@pytest.mark.parametrize("name", ["127.0.0.1:8421", "localhost", "LOCALHOST:9000", "[::1]:8421"])
def test_this_machine_by_its_names_and_through_a_tunnel(ask: Client, name: str) -> None:
    assert ask("/api/runs", headers={"host": name}).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "evil.example:8421",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1:8421",
        "",
        "[x",
    ],
)
@pytest.mark.parametrize("path", ["/", "/assets/index.js", "/api/health", "/api/runs"])
def test_a_name_that_was_bound_to_this_machine_by_somebody_else(ask: Client, name: str, path: str) -> None:
    found = ask(path, headers={"host": name})
    assert found.status == 403
    assert "is not this machine" in found.what


def test_a_request_has_a_host(ask: Client) -> None:
    assert ask("/", headers={"host": None}).status == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "file://", "http://[", "x"])
@pytest.mark.parametrize("path", ["/", "/api/runs", "/api/health"])
def test_pages_of_others_may_not_ask(ask: Client, origin: str, path: str) -> None:
    found = ask(path, headers={"origin": origin})
    assert found.status == 403
    assert not [name for name in found.headers if name.startswith("access-control")]


def test_our_own_page_may_through_a_tunnel_too(ask: Client) -> None:
    assert ask("/api/runs", headers={"origin": f"http://{HOST}"}).status == 200
    assert ask("/api/runs", headers={"host": "localhost:9000", "origin": "http://localhost:9000"}).status == 200


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)])
def test_what_the_browser_says_of_where_it_comes_from(ask: Client, site: str, status: int) -> None:
    assert ask("/api/runs", headers={"sec-fetch-site": site}).status == status


def test_a_link_to_the_page_may_stand_anywhere(ask: Client) -> None:
    assert ask("/", headers={"sec-fetch-site": "cross-site"}).status in (200, 503)


def test_no_preflight_is_answered(ask: Client) -> None:
    asked = {"origin": f"http://{HOST}", "access-control-request-method": "PATCH"}
    found = ask("/api/runs/made_up-1/meta", "OPTIONS", headers=asked)
    assert found.status == 405
    assert not [name for name in found.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/r/x/tree", "/nothing", "/api/runs", "/api/health", "/api/nothing"])
def test_what_every_answer_forbids(ask: Client, path: str) -> None:
    headers = ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    if path.startswith("/api/"):
        assert policy.startswith("default-src 'none'")
        assert "sandbox" in policy
        assert headers["cache-control"] == "no-store"
    else:
        assert policy.startswith("default-src 'self'")
        assert "require-trusted-types-for 'script'" in policy
        assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", "")
        assert "unsafe-eval" not in policy


def test_without_a_token_the_other_checks_stand(folder: Path) -> None:
    ask = client(folder, token=None)
    assert ask("/api/runs").status == 200
    assert ask("/api/runs", headers={"host": "evil.example"}).status == 403
    assert ask("/api/runs", headers={"origin": "http://evil.example"}).status == 403
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("/api/runs/made_up-1/commands", "POST", b"verb=stop", form).status == 415


def test_health_says_that_it_is_us_and_proves_it(ask: Client) -> None:
    said = ask("/api/health?nonce=0123456789abcdef", headers={"authorization": None}).document
    assert said["kind"] == "health"
    assert TOKEN not in str(said)
    assert len(said["proof"]) == 64
    assert said["proof"] != ask("/api/health?nonce=1123456789abcdef").document["proof"]
    assert "proof" not in ask("/api/health?nonce=short").document


def test_where_others_reach_it_it_has_this_machines_names_and_addresses() -> None:
    door = Door.at("0.0.0.0", TOKEN)
    assert {socket.gethostname().lower(), "localhost", "0.0.0.0"} <= door.names
    assert door._ours("192.0.2.7")
    assert not door._ours("evil.example")
    assert Door.at("box.example", TOKEN)._ours("box.example")


@pytest.mark.parametrize(
    ("said", "name"),
    [("LocalHost:1", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("a.b.", "a.b"), ("", ""), ("[", "")],
)
def test_the_name_in_a_host(said: str, name: str) -> None:
    assert host_of(said) == name


@pytest.mark.parametrize(("host", "only_here"), [("127.0.0.1", True), ("localhost", True), ("::1", True)])
def test_addresses_that_only_this_machine_reaches(host: str, only_here: bool) -> None:
    assert loopback(host) is only_here
    assert not loopback("0.0.0.0")
    assert not loopback("::")
    assert not loopback("box.example")
