"""Candidates that take what there is: time, memory, processes, disk, the evaluator's patience."""

from __future__ import annotations

from .candidates import EVALUATE, Fault, program

CLOCK, MEMORY, MESSAGE = "limits.seconds", "limits.memory", "limits.message"
LATE, HEAVY = "used up its 0.6 s", "used more than 256 MB"

SLOW = [
    Fault("infinite loop", program("while True: pass"), "timeout", LATE, CLOCK),
    Fault("infinite loop when it is loaded", "while True: pass", "timeout", LATE, CLOCK),
    Fault("sleeps", program("import time; time.sleep(10**6)"), "timeout", LATE, CLOCK),
    Fault("a loop in C that no signal ends", program("return sum(range(10**18))"), "timeout", LATE, CLOCK),
    Fault(
        "ignores signals",
        program("""
            import signal
            for number in range(1, 65):
                if number not in (9, 19, 32, 33):
                    signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True: pass
        """),
        "timeout",
        LATE,
        CLOCK,
    ),
    Fault(
        "a reply that never ends",
        program("import os, time; os.write(3, b'V' + bytes(3) + bytes([9]) + bytes(11) + b'1'); time.sleep(10**6)"),
        "timeout",
        LATE,
        CLOCK,
    ),
]

LARGE = [
    Fault("memory in one piece", program("return len(bytearray(2**40))"), "crashed", HEAVY, MEMORY),
    Fault("memory piece by piece", program("x = []\nwhile True: x.append(bytes(2**20))"), "crashed", HEAVY, MEMORY),
    Fault("memory mapped", program("import mmap; mmap.mmap(-1, 2**33)"), "crashed", "Cannot allocate memory", MEMORY),
    Fault(
        "disk beyond the size of a file",
        program("""
            import ctypes
            call = ctypes.CDLL(None).fallocate
            call.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
            if call(1, 1, 0, 2**28) == 0 or call(open("f", "w").fileno(), 1, 0, 2**28) == 0:
                return [1.0] * n
        """),
        "ok",
        "",
        "seccomp",
    ),
    Fault("a billion items", program("return [0.0] * 10**9"), "crashed", HEAVY, MEMORY),
    Fault("a huge result", program("return 'x' * 2**23"), "invalid", "more than may cross", MESSAGE),
    Fault(
        "lists without number",
        program("""
            import os, struct
            data = struct.pack("<cxxxIQ", b"V", 3 * 10**6 + 5, 0) + b"[" + b"[]," * (10**6 + 1) + b"0]"
            while data: data = data[os.write(3, data):]
        """),
        "invalid",
        "more than 1,000,000 lists and dicts",
        MESSAGE,
    ),
    Fault("a huge number", program("return [10**5000] * n"), "invalid", "more than 4300 digits", MESSAGE),
    Fault(
        "nested a million deep",
        program("x = []\nfor _ in range(10**6): x = [x]\nreturn x"),
        "invalid",
        "nested more than 100 deep",
        MESSAGE,
    ),
    Fault("endless output", program("while True: print('x' * 10**5)"), "crashed", "File too large", "limits.files"),
    Fault(
        "a huge file",
        program("f = open('f', 'wb')\nwhile True: f.write(bytes(2**16))"),
        "crashed",
        "Errno",
        "limits.files",
    ),
    Fault("a file of a terabyte", program("open('f', 'wb').truncate(2**40)"), "crashed", "Errno", "limits.files"),
    Fault(
        "all descriptors",
        program("x = []\nwhile True: x.append(open('/dev/null'))"),
        "crashed",
        "Too many open files",
        "rlimits",
    ),
    Fault(
        "a maze of folders",
        program("import os\nfor _ in range(300): os.mkdir('d'); os.chdir('d')"),
        "ok",
        "",
        "its folder is emptied",
    ),
    Fault(
        "files that nobody may open",
        program("""
            import os
            for name in "abc":
                os.mkdir(name); open(name + "/f", "w")
                try: os.chmod(name, 0)
                except OSError: pass
        """),
        "ok",
        "",
        "its folder is emptied",
    ),
    Fault(
        "processes without leave",
        program("import os\nif os.fork() == 0: os._exit(0)\nreturn [1.0] * n"),
        "crashed",
        "temporarily unavailable",
        "limits.processes",
    ),
    Fault(
        "threads without leave",
        program("import threading\nt = threading.Thread(target=print); t.start()\nreturn [1.0] * n"),
        "crashed",
        "can't start new thread",
        "limits.processes",
    ),
]

DISK = [
    Fault(
        "fills the disk",
        program("""
            import itertools, os
            for at in itertools.count():
                if at % 100 == 0: os.mkdir(f"d{at}"); os.chdir(f"d{at}")
                open(str(at), "wb").write(bytes(2**17))
        """),
        "crashed",
        "",
        "bubblewrap; without it a look at its folder, 20 times a second",
    ),
    Fault(
        "fills the disk with names",
        program("import itertools\nfor at in itertools.count(): open(str(at), 'w')"),
        "timeout",
        LATE,
        "limits.seconds",
    ),
]


CROWDS = [
    Fault(
        "fork bomb",
        program("""
            import os
            while True:
                try: os.fork()
                except OSError: pass
        """),
        "timeout",
        LATE,
        "limits.processes",
    ),
    Fault(
        "thread bomb",
        program("""
            import threading, time
            while True: threading.Thread(target=time.sleep, args=(10**6,), daemon=True).start()
        """),
        "crashed",
        "can't start new thread",
        "limits.processes",
    ),
    Fault(
        "a daemon that outlives it",
        program("""
            import ctypes, os, signal
            reader, writer = os.pipe()
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    ctypes.CDLL(None).prctl(15, b"outlives")
                    for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
                    os.write(writer, b"alive")
                    while True: pass
                os._exit(0)
            os.read(reader, 5)
        """),
        "ok",
        "",
        "its processes are swept",
    ),
    Fault(
        "a child that has stopped",
        program("""
            import ctypes, os, signal
            if (pid := os.fork()) == 0:
                ctypes.CDLL(None).prctl(15, b"outlives")
                os.kill(os.getpid(), signal.SIGSTOP)
            os.waitpid(pid, os.WUNTRACED)
        """),
        "ok",
        "",
        "its processes are swept",
    ),
    Fault(
        "a child that hangs on to the answer",
        program("""
            import os
            if os.fork():
                os._exit(0)
            while True: pass
        """),
        "crashed",
        "",
        "its processes are swept",
    ),
]
WATCHFUL = EVALUATE.replace(
    "    found = candidate.call",
    """\
    names = [each.read_text() for each in Path("/proc").glob("[0-9]*/comm") if each.exists()]
    if "outlives\\n" in names:
        raise Invalid("a process outlives its candidate")
    found = candidate.call""",
)
