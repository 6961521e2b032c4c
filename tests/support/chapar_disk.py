"""Disks of a test's own: small ones, and those that cannot be written to."""

import contextlib
import shutil
import subprocess

from chapar_run import scratch_folder

# Root without what lets it pass by the permissions of files; for run() and start().
UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


@contextlib.contextmanager
def small_disk(megabytes, *options):
    """A folder on a file system of its own with so much room; None where that is not allowed. `options` of mount."""
    folder = scratch_folder("disk")
    try:
        options = ",".join((f"size={megabytes}m", *options))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chapar-test", folder],
                              capture_output=True, text=True)
        if done.returncode:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
