"""What this machine can put between a candidate and the rest: probed cheaply, never by running a candidate."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from . import seccomp

TMPFS_SIZE = (0, 8)  # the first bubblewrap that limits a scratch folder and its own namespaces


class Layer(StrEnum):
    """One protection. The order is that of their strength."""

    BUBBLEWRAP = "bubblewrap"  # its own view of files, processes, network
    LANDLOCK = "landlock"  # which files may be opened, TCP, signals
    SECCOMP = "seccomp"  # which system calls may be made
    USER = "own user"  # a user id of its own
    RLIMITS = "rlimits"  # memory, processor time, processes, file sizes


@dataclass(frozen=True, slots=True)
class Missing:
    """A layer that is not to be had here, why, and the command or step that adds it ("" where nothing does)."""

    layer: Layer
    why: str
    do: str


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers that are on. `landlock_abi` is the kernel's version of landlock, 0 without it. `namespaces` is how
    bubblewrap isolates: by a user namespace (True), or as root without one."""

    on: frozenset[Layer] = frozenset()
    landlock_abi: int = 0
    user_namespace: bool = False
    absent: tuple[Missing, ...] = ()

    def __contains__(self, layer: Layer) -> bool:
        return layer in self.on

    def without(self, *layers: Layer) -> Layers:
        """The same with some switched off."""
        off = tuple(Missing(layer, "switched off", "") for layer in layers if layer in self.on)
        abi = 0 if Layer.LANDLOCK in layers else self.landlock_abi
        return replace(self, on=self.on.difference(layers), landlock_abi=abi, absent=(*self.absent, *off))

    def missing(self) -> Sequence[Missing]:
        """What is not on, strongest first."""
        order = list(Layer)
        return sorted(self.absent, key=lambda each: order.index(each.layer))

    def possible(self, processes: int = 0) -> Sequence[str]:
        """What nothing here keeps a candidate from, which may start so many processes; each completes "it can"."""
        inside, filtered = Layer.BUBBLEWRAP in self, Layer.SECCOMP in self
        apart = inside or Layer.USER in self or (filtered and processes == 0)  # from its user's other processes
        found = {
            "read your files": not inside and Layer.LANDLOCK not in self,
            "change your files": not inside and not (apart and (Layer.LANDLOCK in self or Layer.USER in self)),
            "use the network": not inside and not filtered,
            "end your processes and start its own without number": not apart,
            "take all memory": Layer.RLIMITS not in self,
            "fill the disk": not inside,
            "call all of the kernel": not filtered,
        }
        return [words for words, holds in found.items() if holds]

    def describe(self, processes: int = 0) -> str:
        """One line: what holds for every candidate, by which layers, and what none of them prevents."""
        possible = self.possible(processes)
        held = ["own process"]
        held += [] if "use the network" in possible else ["no network"]
        held += [] if "read your files" in possible else ["no files of yours"]
        held.append("limited time" + (" and memory" if Layer.RLIMITS in self else ""))
        by = [layer.value for layer in Layer if layer in self]
        line = f"each candidate: {', '.join(held)}; by {' + '.join(by) or 'a timer only'}"
        return f"{line}; IT CAN {', '.join(possible)}" if possible else line

    def lacking(self, processes: int = 0) -> Missing | None:
        """The strongest missing layer that would keep a candidate from what is possible; None where nothing is."""
        if not self.possible(processes):
            return None
        needed = (Layer.BUBBLEWRAP, Layer.SECCOMP, Layer.RLIMITS)
        return next((each for each in self.missing() if each.layer in needed), None)


def available() -> Layers:
    """The layers of this machine, in some 10 ms."""
    if sys.platform != "linux":
        why, do = f"{platform.system()} does not have it", "run on Linux, or in a Linux container"
        missing = tuple(Missing(layer, why, do) for layer in Layer if layer is not Layer.RLIMITS)
        return Layers(frozenset({Layer.RLIMITS}), absent=missing)
    on, absent = {Layer.RLIMITS}, []
    user, why_user = _user()
    bwrap, why_bwrap, do_bwrap = _bubblewrap()
    abi = landlock_abi()
    do_kernel = "a kernel of 5.13 or newer with landlock in its list of security modules (lsm=landlock,...)"
    do_root = "nothing to do: your files are protected by the other layers"
    for layer, there, why, do in (
        (Layer.BUBBLEWRAP, bwrap, why_bwrap, do_bwrap),
        (Layer.LANDLOCK, abi > 0, "the kernel does not offer it", do_kernel),
        (Layer.SECCOMP, *_seccomp()),
        (Layer.USER, user, why_user, do_root),
    ):
        if there:
            on.add(layer)
        else:
            absent.append(Missing(layer, why, do))
    return Layers(frozenset(on), abi, os.geteuid() != 0, tuple(absent))


def landlock_abi() -> int:
    """0 where the kernel has no landlock. The call's number is the same on every architecture."""
    return max(0, int(_libc().syscall(444, None, ctypes.c_size_t(0), 1)))


def bubblewrap_path() -> str | None:
    return shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin:" + os.environ.get("PATH", ""))


def namespaces(user: bool) -> list[str]:
    """bubblewrap's flags for the namespaces. As root without a user namespace: with one, the real user stays root and
    the limit on processes is not enforced."""
    flags = "--unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent"
    flags += " --new-session --as-pid-1 --clearenv"
    if user:
        return [*flags.split(), "--unshare-user", "--disable-userns"]
    kept = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE")
    return [*flags.split(), "--cap-drop", "ALL", *(part for name in kept for part in ("--cap-add", f"CAP_{name}"))]


def own_user(salt: int) -> int | None:
    """A user id that nobody else on this machine has, for the slot of this salt; None where there is none to take.
    Limits count per user, so two slots must not share one."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    if any(first <= 700_000_000 and first + size > 710_000_000 for first, _, size in ranges):
        return 700_000_000 + salt % 10_000_000
    if any(first <= 60_100 and first + size > 65_500 for first, _, size in ranges):
        return 60_100 + salt % 5_400
    return None


def _user() -> tuple[bool, str]:
    if os.geteuid() != 0:
        return False, "only root can give a candidate a user id of its own"
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        match = re.search(r"^CapEff:\s*([0-9a-f]+)", file.read(), re.M)
    if match is None or int(match[1], 16) & 0xC0 != 0xC0:
        return False, "this root may not change its user (no CAP_SETUID and CAP_SETGID)"
    if own_user(0) is None:
        return False, "this container maps no user ids to take"
    return True, ""


def _seccomp() -> tuple[bool, str, str]:
    if not seccomp.known():
        return False, f"the system calls of {platform.machine()} are not known here", ""
    filter_mode, efault = 2, 14
    answer = _libc().prctl(22, filter_mode, None, 0, 0)
    there = answer == -1 and ctypes.get_errno() == efault
    return there, "the kernel does not offer it", "a kernel with CONFIG_SECCOMP_FILTER"


def _bubblewrap() -> tuple[bool, str, str]:
    path = bubblewrap_path()
    install = "apt install bubblewrap   (or dnf, pacman, apk; 0.8 or newer)"
    if path is None:
        return False, "bwrap is not installed", install
    flags = [*namespaces(os.geteuid() != 0), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    command = [path, *flags, "--size", "4096", "--tmpfs", "/tmp", "--", "/bin/true"]
    try:
        tried = subprocess.run(command, capture_output=True, timeout=5, check=False, text=True, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"bwrap does not run: {error}", install
    if tried.returncode == 0:
        return True, "", ""
    why = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
    if "Unknown option" in why:
        return False, f"bwrap is older than {'.'.join(map(str, TMPFS_SIZE))}", install
    return False, f"bwrap cannot make namespaces here ({why})", "allow user namespaces to this user or container"


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
