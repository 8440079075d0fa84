"""The system calls that a candidate is refused, as filters for Linux's seccomp (classic BPF, made once, as bytes).

What a computation never needs and an escape does: sockets, tracing, mounts, namespaces, keys, kernel interfaces, memory
that no limit counts, clocks, labels that stay on a file when it is emptied. A refused call fails with EPERM, so that
the candidate's own error says what it tried.
"""

from __future__ import annotations

import errno
import platform
import struct
import sys
from dataclasses import dataclass

# number on x86_64, number on aarch64 (None: it has no such call)
CALLS: dict[str, tuple[int | None, int | None]] = {
    **{"socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202)},
    **{"accept4": (288, 242), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"process_madvise": (440, 440), "kcmp": (312, 272), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424)},
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51)},
    **{"move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431)},
    **{"fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "unshare": (272, 97)},
    **{"setns": (308, 268), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218)},
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425)},
    **{"io_uring_enter": (426, 426), "io_uring_register": (427, 427), "kexec_load": (246, 104)},
    **{"kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273)},
    **{"delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225)},
    **{"syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443)},
    **{"settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171)},
    **{"sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None)},
    **{"modify_ldt": (154, None), "personality": (135, 92), "name_to_handle_at": (303, 264)},
    **{"open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "vhangup": (153, 58)},
    **{"migrate_pages": (256, 238), "move_pages": (279, 239), "memfd_create": (319, 279), "memfd_secret": (447, 447)},
    **{"shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189)},
    **{"msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191)},
    **{"semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182)},
    **{"mq_timedreceive": (243, 183), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274)},
    **{"sched_setparam": (142, 118), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7)},
    **{"setxattrat": (463, 463), "fallocate": (285, 47)},  # which takes disk beyond the limit of a file's size
}
CLONE, CLONE3 = (56, 220), (435, 435)
FORKS = ((57, None), (58, None), CLONE)  # fork, vfork, clone
SIGNALS = ((62, 129), (234, 131))  # kill, tgkill: allowed to oneself
OTHER_SIGNALS = ((200, 130), (129, 138), (297, 240))  # tkill, rt_sigqueueinfo, rt_tgsigqueueinfo
# what its user may do to files that no layer lets it open: change their modes, owners and times, cut them off
OTHER_FILES = {
    **{"chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None)},
    **{"fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None)},
    **{"futimesat": (261, None), "utimensat": (280, 88), "truncate": (76, 45)},
}
# and what landlock lets pass in its first versions: to cut off a file that is opened for reading, and to open one for
# neither reading nor writing (openat2 hides its flags); by the argument of the flags, of which these bits count
OPENS, OPENAT2 = {1: (2, None), 2: (257, 56)}, (437, 437)
MODES, ODD_MODES = 0x203, (0x200, 0x003, 0x203)
# and to processes: their limits, cores and turns, and signals by way of a descriptor's owner
RANKS = {"setpriority": (141, 140), "ioprio_set": (251, 30)}
LIMITS = {"prlimit64": (302, 261), "sched_setaffinity": (203, 122)}  # allowed to oneself, of whom 0 is a name too
FCNTL, OWNERS = (72, 25), (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
IOCTL, TIOCSTI, IOCTL_OWNERS = (16, 29), 0x5412, (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP

NAMESPACES = 0x7E020000 | 0x80  # every CLONE_NEW* flag
SELF = 0x5EC0C0DE  # stands for the process's own id until that is known

_AUDIT = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _ABOVE, _BITS, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16


@dataclass(frozen=True, slots=True)
class Filters:
    """`all` is loaded once by the warm process and inherited; `own` by each candidate where neither a user of its own
    nor a namespace keeps it from starting processes, from signalling others, and from what their user may do to files
    and processes besides. `own` holds SELF where its id belongs."""

    all: bytes
    own: bytes


def known() -> bool:
    """Whether the numbers of this machine's system calls are known here."""
    return sys.platform == "linux" and platform.machine() in _AUDIT and struct.calcsize("P") == 8


def filters() -> Filters:
    """The two filters for this machine. Raises KeyError where `known` is False."""
    column, arch = _AUDIT[platform.machine()]
    denied = b"".join(_deny(numbers[column]) for numbers in CALLS.values())
    tail = (
        _deny(CLONE3[column], errno.ENOSYS)  # its flags cannot be seen; the C library then uses clone
        + _when(CLONE[column], 0, _op(_BITS, NAMESPACES, 0, 1) + _fail(errno.EPERM))
        + _when(IOCTL[column], 1, _op(_EQUAL, TIOCSTI, 0, 1) + _fail(errno.EPERM))
    )
    own = b"".join(_deny(numbers[column], errno.EAGAIN) for numbers in FORKS)
    own += b"".join(_deny(numbers[column]) for numbers in OTHER_SIGNALS)
    own += b"".join(_when(numbers[column], 0, _op(_EQUAL, SELF, 1, 0) + _fail(errno.EPERM)) for numbers in SIGNALS)
    own += b"".join(_deny(numbers[column]) for numbers in (*OTHER_FILES.values(), *RANKS.values()))
    odd = _op(_AND, MODES) + _none_of(ODD_MODES)
    own += b"".join(_when(numbers[column], at, odd) for at, numbers in OPENS.items())
    own += _deny(OPENAT2[column], errno.ENOSYS)
    itself = _op(_EQUAL, 0, 2, 0) + _op(_EQUAL, SELF, 1, 0) + _fail(errno.EPERM)
    own += b"".join(_when(numbers[column], 0, itself) for numbers in LIMITS.values())
    own += _when(FCNTL[column], 1, _none_of(OWNERS)) + _when(IOCTL[column], 1, _none_of(IOCTL_OWNERS))
    allow = _op(_RETURN, _ALLOW)
    head = _head(arch)
    return Filters(head + denied + tail + allow, head + own + allow)


def _head(arch: int) -> bytes:
    check = _op(_LOAD, _ARCH) + _op(_EQUAL, arch, 1, 0) + _op(_RETURN, _KILL) + _op(_LOAD, _NUMBER)
    return check + _op(_ABOVE, 0x40000000, 0, 1) + _fail(errno.EPERM)  # the x32 numbers, which name the same calls


def _deny(number: int | None, error: int = errno.EPERM) -> bytes:
    return b"" if number is None else _op(_EQUAL, number, 0, 1) + _fail(error)


def _when(number: int | None, argument: int, check: bytes) -> bytes:
    """For one system call: look at the low half of an argument, then allow."""
    body = _op(_LOAD, _ARGUMENT + 8 * argument) + check + _op(_RETURN, _ALLOW)
    return b"" if number is None else _op(_EQUAL, number, 0, len(body) // 8) + body


def _none_of(values: tuple[int, ...]) -> bytes:
    return b"".join(_op(_EQUAL, value, 0, 1) + _fail(errno.EPERM) for value in values)


def _fail(error: int) -> bytes:
    return _op(_RETURN, _ERRNO | error)


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)
