"""Runs a program confined as a systemd unit says, where no systemd is in charge: its SystemCallFilter=,
RestrictAddressFamilies=, MemoryDenyWriteExecute=, NoNewPrivileges=, LimitCORE= and UMask=.

Usage: confined.py [--strict] UNIT PROGRAM [ARGUMENT...]

With --strict, a system call that the unit does not allow ends the program (SIGSYS) where it would merely fail.
Needs systemd-analyze, which knows what the groups of system calls hold, and libseccomp, which it needs itself.
"""

import ctypes
import functools
import os
import pathlib
import resource
import socket
import subprocess
import sys

ALLOW, KILL = 0x7fff0000, 0x80000000
EPERM, EAFNOSUPPORT = 1, 97
LESS, EQUAL, GREATER, MASKED = 2, 4, 6, 7
PROT_WRITE, PROT_EXEC = 2, 4
PR_SET_NO_NEW_PRIVS = 38


def refuse(errno):
    return 0x00050000 | errno


def settings(unit):
    """[(name, value)] of a unit file, in order."""
    lines = [line for line in pathlib.Path(unit).read_text().splitlines() if not line.startswith(("#", ";", "["))]
    return [tuple(line.split("=", 1)) for line in lines if "=" in line]


@functools.lru_cache(maxsize=None)
def calls(name):
    """The system calls of a group, @default, or the one of that name."""
    if not name.startswith("@"):
        return frozenset([name])
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True,
                          timeout=60).stdout
    members = [line.strip() for line in told.splitlines()[1:]]
    return frozenset().union(*(calls(m) for m in members if m and not m.startswith("#")))


def allowed_calls(unit):
    """What the unit's lines leave, read one after the other as systemd does."""
    allowed = set(calls("@default"))
    for name, value in settings(unit):
        if name == "SystemCallFilter":
            words = value.lstrip("~").split()
            named = frozenset().union(*(calls(word) for word in words))
            allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """A seccomp filter: what to do with calls that no rule is about, and rules."""

    lib = None

    def __init__(self, otherwise):
        if Filter.lib is None:
            Filter.lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
            Filter.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def rule(self, action, call, *comparisons):
        number = self.lib.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return  # of another architecture
        array = (Comparison * max(1, len(comparisons)))(*comparisons)
        done = self.lib.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), array)
        if done != 0:
            sys.exit(f"confined: {call}: {os.strerror(-done)}")

    def load(self):
        done = self.lib.seccomp_load(self.context)
        if done != 0:
            sys.exit(f"confined: seccomp_load: {os.strerror(-done)}")


def confine(unit, strict):
    told = dict(settings(unit))
    allowed = allowed_calls(unit)
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit("confined: no_new_privs")
    if told.get("LimitCORE") == "0":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(int(told.get("UMask", "0022"), 8))
    if told.get("MemoryDenyWriteExecute") == "yes":
        memory, both = Filter(ALLOW), PROT_WRITE | PROT_EXEC
        memory.rule(refuse(EPERM), "mmap", Comparison(2, MASKED, both, both))
        memory.rule(refuse(EPERM), "mprotect", Comparison(2, MASKED, PROT_EXEC, PROT_EXEC))
        memory.load()
    if "RestrictAddressFamilies" in told:
        families, most = Filter(ALLOW), 64
        kept = {int(getattr(socket, name)) for name in told["RestrictAddressFamilies"].split()}
        for number in set(range(most)) - kept:
            families.rule(refuse(EAFNOSUPPORT), "socket", Comparison(0, EQUAL, number))
        families.rule(refuse(EAFNOSUPPORT), "socket", Comparison(0, GREATER, most - 1))
        families.load()
    system_calls = Filter(KILL if strict else refuse(EPERM))
    for call in sorted(allowed):
        system_calls.rule(ALLOW, call)
    system_calls.load()


def main():
    arguments = sys.argv[1:]
    strict = arguments[:1] == ["--strict"]
    unit, program, *_ = arguments = arguments[strict:]
    confine(unit, strict)
    os.execv(program, arguments[1:])


if __name__ == "__main__":
    main()
