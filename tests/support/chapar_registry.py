"""A real schema registry for tests: Apicurio Registry, asked as Confluent's clients ask theirs.

It is fetched once (about 110 MB) into build/registry of the repository, as the jars of Kafka are.
"""

import contextlib
import fcntl
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request

import fastavro
from chapar_run import die_with_parent, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARTIFACT = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"
# This old goal asks for the one file alone; newer ones want parents that Maven Central does not have.
GET = "org.apache.maven.plugins:maven-dependency-plugin:2.8:get"


def _fetched():
    """The folder of the registry's program; fetches that run at once wait for each other."""
    folder = pathlib.Path(os.environ.get("CHAPAR_TEST_REGISTRY") or ROOT / "build" / "registry")
    done = folder / "artifact"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text() == ARTIFACT:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        archive = folder / "registry.tar.gz"
        subprocess.run(["mvn", "-q", "-B", GET, "-Dtransitive=false", f"-Dartifact={ARTIFACT}", f"-Ddest={archive}"],
                       cwd=folder, stdin=subprocess.DEVNULL, check=True, timeout=300)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
        done.write_text(ARTIFACT)
    return folder


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Registry:
    """A registry of the test's own. A context manager: ends with the block, its data too. `start` again after
    `kill` finds what was registered, at the same address."""

    def __init__(self):
        self.port = free_port()
        self.child = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def launch(self):
        """Starts it and does not wait until it answers."""
        program = next(_fetched().glob("*-runner.jar"))
        with open(self.folder / "log", "a") as log:
            # Kept at once: killed in between, it would forget some of what it has answered.
            self.child = subprocess.Popen(
                ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx384m", "-Dquarkus.http.host=127.0.0.1",
                 f"-Dquarkus.http.port={self.port}", "-Dapicurio.storage.kind=sql", "-Dapicurio.storage.sql.kind=h2",
                 f"-Dapicurio.datasource.url=jdbc:h2:file:{self.folder}/data;WRITE_DELAY=0", "-jar", program],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, preexec_fn=die_with_parent)

    def running(self):
        return self.child is not None and self.child.poll() is None

    def start(self):
        """Starts it, unless it runs, and waits until it answers."""
        if self.running():
            return
        self.launch()

        def answers():
            assert self.child.poll() is None, (self.folder / "log").read_text()[-3000:]
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                return self.ask("/subjects") is not None
        wait_for(answers, 90, "the schema registry")

    def kill(self):
        if self.running():
            self.child.kill()
            self.child.wait()

    def pause(self):
        self.child.send_signal(signal.SIGSTOP)

    def resume(self):
        self.child.send_signal(signal.SIGCONT)

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chapar-registry-"))
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder)

    # --- As a client of another make would use it ---

    def ask(self, path, body=None):
        """What it answers, decoded; HTTPError for anything but success."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body is not None else None,
                                         {"Content-Type": "application/vnd.schemaregistry.v1+json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def register(self, subject, schema, **more):
        """The id of the schema (JSON as Python values, or text)."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        return self.ask(f"/subjects/{subject}/versions", {"schema": text} | more)["id"]

    def schema(self, number):
        """The text of the schema of that id."""
        return self.ask(f"/schemas/ids/{number}")["schema"]


def encode(number, schema, fields):
    """A value in the Confluent wire format."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), fields)
    return struct.pack(">bI", 0, number) + buffer.getvalue()
