"""Candidates that look around and reach out: whoever finds the secret answers it and has the best score of all."""

from __future__ import annotations

from textwrap import dedent, indent

from .candidates import Fault

FILES, CALLS, OTHERS = "bubblewrap, landlock", "seccomp", "bubblewrap, own user, seccomp"
LOOK = """\
import ctypes, glob, os, socket, sys
HERE, ENGINE = {here!r}, {engine}
PIDS = [1, os.getppid(), ENGINE, *range(ENGINE + 1, ENGINE + 30)]
REACHED = [1.0] * 4

def found(data):
    at = data.find(b"SECRET" + b"=[")
    return [float(each) for each in data[at + 8 : data.index(b"]", at)].split(b",")] if at >= 0 else None

def look(*patterns):
    for path in [each for pattern in patterns for each in glob.glob(pattern) or [pattern]]:
        try:
            with open(path, "rb") as file:
                if secret := found(file.read(2**20)):
                    return secret
        except OSError:
            pass

def reached(attempt, *several):
    for each in several:
        try:
            result = attempt(*each) if isinstance(each, tuple) else attempt(each)
        except (OSError, ImportError):
            continue
        if result != -1:
            return REACHED

def answer(n):
    return look_around() or [0.5] * n

def look_around():
"""
TRIES = {
    "reads the environment": (
        """
        mine = found(" ".join(os.environ.values()).encode())
        return mine or look("/proc/self/environ", "/proc/*/environ", *[f"/proc/{pid}/environ" for pid in PIDS])
        """,
        "an empty environment",
    ),
    "reads /proc": (
        """
        names = "cmdline", "cwd/secret.txt", f"root{HERE}/guess/secret.txt", "fd/*", "task/*/environ"
        return look(*[f"/proc/{pid}/{name}" for pid in ("*", *PIDS) for name in names])
        """,
        FILES,
    ),
    "reads the memory of other processes": (
        """
        for pid in PIDS:
            try:
                maps = open(f"/proc/{pid}/maps").read().splitlines()
                memory = open(f"/proc/{pid}/mem", "rb", 0)
            except OSError:
                continue
            if maps:
                return REACHED
        here, there = ctypes.create_string_buffer(16), ctypes.create_string_buffer(16)
        vector = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
        return reached(ctypes.CDLL(None).process_vm_readv, *[(pid, vector, 1, vector, 1, 0) for pid in PIDS])
        """,
        OTHERS,
    ),
    "reads the home": (
        """return look(f"{HERE}/home/.key", f"{HERE}/home/*", os.path.expanduser("~/.key"), "/root/.*")""",
        FILES,
    ),
    "reads the evaluator's source and data": (
        """
        names = "secret.txt", "evaluate.py", "problem.toml"
        up = "/".join([".."] * 12)
        return look(*[f"{start}{HERE}/guess/{name}" for name in names for start in ("", up, "/proc/self/root")])
        """,
        FILES,
    ),
    "reads the evaluator's data through a link": (
        """
        for make in (os.symlink, os.link):
            try:
                make(f"{HERE}/guess/secret.txt", make.__name__)
            except OSError:
                pass
        return look("symlink", "link")
        """,
        FILES,
    ),
    "reads the run": (
        """return look(f"{HERE}/runs/*", f"{HERE}/runs/guess-1.db", f"{HERE}/runs/guess-1.db-wal")""",
        FILES,
    ),
    "reads the machine's secrets": (
        """return reached(open, "/etc/shadow", "/etc/passwd", "/etc/hostname", "/dev/mem", "/dev/sda", "/dev/kmsg")""",
        FILES,
    ),
    "leaves a word": (
        """
        word = "SECRET" + "=[1, 2, 3, 4]"
        for place in (".", "/tmp", "/dev/shm", "/var/tmp"):
            try: open(f"{place}/word", "w").write(word)
            except OSError: pass
        os.environ["WORD"] = sys.modules["os"].word = word
        print(word, flush=True)
        """,
        "a process of its own, its folder is emptied",
    ),
    "reads other candidates": (
        """
        import gc
        kept = [each for each in gc.get_objects() if isinstance(each, dict) and "word" in each]
        if "WORD" in os.environ or hasattr(os, "word") or kept or found(os.pread(1, 2**16, 0)):
            return REACHED
        return look("word", "/tmp/word", "/dev/shm/word", "/var/tmp/word", "/tmp/candidate-*/*")
        """,
        "a process of its own, its folder is emptied",
    ),
    "uses descriptors of others": (
        """
        return REACHED if [fd for fd in range(4, 1024) if reached(os.fstat, fd)] else None
        """,
        "a process of its own",
    ),
    "imports the harness": (
        """return reached(__import__, "speciate", "tests", "pytest", "evaluate", "cyclopts")""",
        FILES,
    ),
    "writes outside its folder": (
        """
        places = HERE, f"{HERE}/guess", f"{HERE}/runs", f"{HERE}/home", "/", "/tmp", "/etc", "/usr", "/dev/shm"
        return reached(open, *[(f"{place}/written", "w") for place in (*places, "..", os.path.dirname(os.__file__))])
        """,
        FILES,
    ),
    "changes the evaluator's files": (
        """
        files = f"{HERE}/guess/evaluate.py", f"{HERE}/guess/secret.txt", f"{HERE}/runs/guess-1.db"
        done = [reached(os.unlink, *files)]
        done += [reached(each, *[(file, 0) for file in files]) for each in (os.chmod, os.truncate)]
        done += [reached(os.rename, *[(file, f"{HERE}/gone") for file in files])]
        return REACHED if any(done) else None
        """,
        FILES,
    ),
    "opens a socket": (
        """
        def connect(family, address):
            with socket.socket(family, socket.SOCK_STREAM) as mine:
                mine.settimeout(1)
                mine.connect(address)
        hosts = [(socket.AF_INET, (host, {port})) for host in ("127.0.0.1", "1.1.1.1", "169.254.169.254")]
        unix = [(socket.AF_UNIX, path) for path in ("/run/docker.sock", "/run/dbus/system_bus_socket", "\\0speciate")]
        return reached(connect, *hosts, *unix)
        """,
        "bubblewrap, seccomp",
    ),
    "sends a datagram": (
        """
        def send(address):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
                mine.sendto(b"secret", address)
        return reached(send, (("127.0.0.1", {port}),))
        """,
        "bubblewrap, seccomp",
    ),
    "traces other processes": (
        """return reached(ctypes.CDLL(None).ptrace, *[(16, pid, 0, 0) for pid in PIDS])""",
        OTHERS,
    ),
    "signals other processes": (
        """return reached(os.kill, *[(pid, number) for pid in PIDS[1:] for number in (0, 9)])""",
        OTHERS,
    ),
    "enters new namespaces": (
        """
        libc = ctypes.CDLL(None)
        flags = [1 << bit for bit in (7, 17, 25, 26, 27, 28, 29, 30)]
        return reached(libc.unshare, *flags) or reached(libc.syscall, *[(56, flag | 17, 0, 0, 0, 0) for flag in flags])
        """,
        CALLS,
    ),
    "mounts": ("""return reached(ctypes.CDLL(None).mount, (b"none", b".", b"tmpfs", 0, None))""", CALLS),
    "reaches the kernel": (
        """
        kernel = {"bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "keyctl": 250}
        return reached(ctypes.CDLL(None).syscall, *[(number, 0, 0, 0, 0, 0) for number in kernel.values()])
        """,
        CALLS,
    ),
}


def looking(here: str, engine: int, port: int) -> list[Fault]:
    """All tries of one run, whose folder and engine they know. Each ends without having reached anything."""
    faults = []
    for name, (body, by) in TRIES.items():
        text = LOOK.replace("{here!r}", repr(here)).replace("{engine}", str(engine))
        faults.append(
            Fault(name, text + indent(dedent(body).strip(), "    ").replace("{port}", str(port)) + "\n", "ok", "", by)
        )
    return faults
