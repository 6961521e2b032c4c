"""Programs on a terminal, as people see them."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import unittest


def on_terminal(command, env, columns=80, given=None, errors=True):
    """What stands on a terminal of that width when the command has ended, with its escape sequences, and its exit code.
    `given` is its standard input; `errors`: whether its standard error stands there too. Where there are no
    pseudo-terminals the test is left out."""
    try:
        ours, theirs = pty.openpty()
    except OSError as why:
        raise unittest.SkipTest(f"there are no pseudo-terminals here; is /dev/pts mounted? ({why})") from why
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                          stdout=theirs, stderr=theirs if errors else None, env=env) as running:
        os.close(theirs)
        if given is not None:
            running.stdin.write(given)
            running.stdin.close()
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            said += piece
        os.close(ours)
    return said.decode().replace("\r\n", "\n"), running.returncode
