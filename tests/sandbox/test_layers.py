from __future__ import annotations

import platform
import struct
import sys
import time

import pytest

from speciate.sandbox import Layer, Layers, Missing, available, layers, seccomp


def test_the_line_says_what_is_on() -> None:
    everything = Layers(frozenset(Layer), 7)
    assert everything.describe() == (
        "each candidate: own process, no network, no files of yours, limited time and memory; "
        "by bubblewrap + landlock + seccomp + own user + rlimits"
    )


def test_the_line_does_not_promise_what_is_off() -> None:
    bare = Layers(frozenset({Layer.RLIMITS}))
    assert bare.describe() == (
        "each candidate: own process, limited time and memory; by rlimits; IT CAN read your files, change your files, "
        "use the network, end your processes and start its own without number, fill the disk, call all of the kernel"
    )
    assert "by a timer only; IT CAN read your files" in Layers().describe()
    assert "take all memory" in Layers().describe()


B, L, S, U = Layer.BUBBLEWRAP, Layer.LANDLOCK, Layer.SECCOMP, Layer.USER


@pytest.mark.parametrize(
    ("on", "processes", "possible"),
    [
        ({B, L, S, U}, 4, []),
        ({B, L, S}, 4, []),  # bubblewrap of a user who is not root
        ({B, S}, 0, []),
        ({B, L, U}, 0, ["call all of the kernel"]),
        ({L, S, U}, 4, ["fill the disk"]),
        ({L, S}, 0, ["fill the disk"]),  # a user who is not root, without bubblewrap
        ({L, S}, 4, ["change your files", "end your processes and start its own without number", "fill the disk"]),
        ({S, U}, 0, ["read your files", "fill the disk"]),
        ({S}, 0, ["read your files", "change your files", "fill the disk"]),
        ({L, U}, 0, ["use the network", "fill the disk", "call all of the kernel"]),
    ],
)
def test_what_is_possible_without_a_layer(on: set[Layer], processes: int, possible: list[str]) -> None:
    found = Layers(frozenset({*on, Layer.RLIMITS}), absent=tuple(Missing(each, "off", "") for each in set(Layer) - on))
    assert found.possible(processes) == possible
    assert ("IT CAN" in found.describe(processes)) == bool(possible)
    lacking = found.lacking(processes)
    assert (lacking is None) == (not possible)
    assert lacking is None or lacking.layer is (S if B in on else B)


def test_switching_off_is_told_strongest_first() -> None:
    fewer = Layers(frozenset(Layer), 7).without(Layer.SECCOMP, Layer.BUBBLEWRAP, Layer.LANDLOCK)
    assert [each.layer for each in fewer.missing()] == [Layer.BUBBLEWRAP, Layer.LANDLOCK, Layer.SECCOMP]
    assert fewer.landlock_abi == 0
    assert Layer.USER in fewer
    assert fewer.without(Layer.BUBBLEWRAP) == fewer


def test_every_layer_is_on_or_missing_with_a_reason() -> None:
    found = available()
    assert found.on | {each.layer for each in found.missing()} == set(Layer)
    assert all(each.why for each in found.missing())


def test_probing_is_cheap() -> None:
    began = time.process_time()
    for _ in range(5):
        available()
    assert (time.process_time() - began) / 5 < 0.02


def test_without_bubblewrap_doctor_learns_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "bubblewrap_path", lambda: None)
    missing = {each.layer: each for each in available().missing()}[Layer.BUBBLEWRAP]
    assert missing.why in {"bwrap is not installed"} or "does not have it" in missing.why
    assert "install" in missing.do or "Linux" in missing.do


def test_another_system_has_limits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = available()
    assert found.on == {Layer.RLIMITS}
    assert {each.layer for each in found.missing()} == set(Layer) - {Layer.RLIMITS}


def run_filter(code: bytes, arch: int, number: int, argument: int = 0) -> int:
    """What a classic BPF program answers for a system call: the few instructions that the filters use."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *[argument] * 6)
    loaded, at = 0, 0
    while True:
        op, yes, no, value = struct.unpack_from("<HBBI", code, 8 * at)
        at += 1
        if op == 0x20:
            (loaded,) = struct.unpack_from("<I", data, value)
        elif op == 0x06:
            return int(value)
        elif op == 0x54:
            loaded &= value
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[op]
            at += yes if holds else no


ALLOW, EPERM, EAGAIN, ENOSYS, KILL = 0x7FFF0000, 0x50001, 0x5000B, 0x50026, 0x80000000


@pytest.mark.parametrize(("machine", "column", "arch"), [("x86_64", 0, 0xC000003E), ("aarch64", 1, 0xC00000B7)])
def test_the_filters_deny_what_they_name(monkeypatch: pytest.MonkeyPatch, machine: str, column: int, arch: int) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    filters = seccomp.filters()
    denied = {numbers[column] for numbers in seccomp.CALLS.values()} - {None}
    special = {seccomp.CLONE3[column]: ENOSYS}
    for number in range(470):
        expected = EPERM if number in denied else special.get(number, ALLOW)
        assert run_filter(filters.all, arch, number) == expected, number
    assert run_filter(filters.all, arch ^ 1, 0) == KILL
    assert run_filter(filters.all, arch, 0x40000000) == EPERM
    assert run_filter(filters.all, arch, seccomp.CLONE[column] or 0, 0x10000000) == EPERM
    assert run_filter(filters.all, arch, seccomp.CLONE[column] or 0, 0x11) == ALLOW
    assert run_filter(filters.all, arch, seccomp.IOCTL[column] or 0, seccomp.TIOCSTI) == EPERM
    assert run_filter(filters.all, arch, seccomp.IOCTL[column] or 0, 0x5401) == ALLOW
    kill = seccomp.SIGNALS[0][column] or 0
    assert run_filter(filters.own, arch, kill, seccomp.SELF) == ALLOW
    assert run_filter(filters.own, arch, kill, 1) == EPERM
    assert run_filter(filters.own, arch, seccomp.CLONE[column] or 0) == EAGAIN
    others = {**seccomp.OTHER_FILES, **seccomp.RANKS}.values()
    assert {run_filter(filters.own, arch, numbers[column] or 0) for numbers in others if numbers[column]} == {EPERM}
    for numbers in seccomp.OPENS.values():
        asked = [
            run_filter(filters.own, arch, numbers[column] or 0, flags) for flags in (0, 0x241, 0x242, 0x200, 0x203, 3)
        ]
        assert numbers[column] is None or asked == [ALLOW, ALLOW, ALLOW, EPERM, EPERM, EPERM]
    assert run_filter(filters.own, arch, seccomp.OPENAT2[column]) == ENOSYS
    for numbers in seccomp.LIMITS.values():
        asked = [run_filter(filters.own, arch, numbers[column], whom) for whom in (0, seccomp.SELF, 1)]
        assert asked == [ALLOW, ALLOW, EPERM]
    fcntl, ioctl = seccomp.FCNTL[column], seccomp.IOCTL[column] or 0
    assert [run_filter(filters.own, arch, fcntl, asked) for asked in (4, *seccomp.OWNERS)] == [
        ALLOW,
        EPERM,
        EPERM,
        EPERM,
    ]
    assert [run_filter(filters.own, arch, ioctl, asked) for asked in (0x5401, *seccomp.IOCTL_OWNERS)] == [
        ALLOW,
        EPERM,
        EPERM,
    ]
