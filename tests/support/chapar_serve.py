"""Running `chapar serve`, and asking it as any HTTP client would."""

import base64
import contextlib
import dataclasses
import http.client
import json
import socket
import ssl
import urllib.parse

from chapar_kafka import brokers
from chapar_run import start, wait_for


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode()


class Server:
    """A running `chapar serve`."""

    def __init__(self, running, address, context=None):
        self.running = running
        self.host, self.port = address
        self.context = context

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://{self.host}:{self.port}"

    def connection(self, timeout=30):
        if self.context:
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.context)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def get(self, path, method="GET", body=None, **headers):
        """One request; `headers` with underscores for hyphens."""
        connection = self.connection()
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def ask(self, path, **query):
        """The JSON of an answer that must be good."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        answer = self.get(path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def pages(self, path, **query):
        """All items of a list, page by page."""
        items = []
        while True:
            page = self.ask(path, **query)
            items += page["items"]
            if "next" not in page:
                return items
            query["cursor"] = page["next"]

    def raw(self, data, timeout=10):
        """What comes back when exactly these bytes are sent, until the server closes or goes quiet."""
        with socket.create_connection((self.host, self.port), timeout=timeout) as s:
            with contextlib.suppress(OSError):
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            got = b""
            with contextlib.suppress(OSError):
                while piece := s.recv(65536):
                    got += piece
        return got

    def wait_until_ready(self, deadline=60):
        self.running.wait_for(lambda: self.get("/readyz").status == 200, deadline, "serve to be ready")

    def wait_for(self, condition, deadline=60, what="the view to change"):
        return self.running.wait_for(condition, deadline, what)

    @contextlib.contextmanager
    def listen(self, query="", timeout=30, **headers):
        """The event stream, as Events."""
        connection = self.connection(timeout)
        try:
            connection.request("GET", "/api/v1/events" + query,
                               headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            assert answer.status == 200, f"{answer.status} {answer.read()}"
            yield Events(answer)
        finally:
            connection.close()


@dataclasses.dataclass
class Event:
    kind: str
    data: dict


class Events:
    """Server-sent events as a browser would understand them."""

    def __init__(self, answer):
        self.answer = answer
        self.last_id = None

    def blocks(self):
        """The lines of each block, without the empty line behind it."""
        lines = []
        while line := self.answer.readline():
            line = line.decode().rstrip("\n")
            if line:
                lines.append(line)
            else:
                yield lines
                lines = []

    def __iter__(self):
        for lines in self.blocks():
            fields = {}
            for line in lines:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                yield Event(fields.get("event", "message"), json.loads(fields["data"]))

    def until(self, wanted):
        """All events up to the first for which `wanted` is true."""
        seen = []
        for event in self:
            seen.append(event)
            if wanted(event):
                return seen
        raise AssertionError(f"the stream ended after {[e.kind for e in seen]}")


def basic(token):
    return "Basic " + base64.b64encode(b"anybody:" + token.encode()).decode()


@contextlib.contextmanager
def serve(prefix, *more, at=None, trust=None, ready=True, env=None):
    """Starts `chapar serve` on a free port and yields a Server once it is ready; at the end of the block it must
    stop in order. `trust` is the certificate to trust where it serves TLS."""
    with start("serve", "--brokers", at or brokers(), "--prefix", prefix, "--listen", "127.0.0.1:0",
               "-X", "reconnect.backoff.max.ms=200", *more, env=env) as running:
        url = running.wait_for(lambda: running.out().strip(), 30, "the address")
        parts = urllib.parse.urlsplit(url)
        context = ssl.create_default_context(cafile=trust) if trust else None
        server = Server(running, (parts.hostname, parts.port), context)
        if ready:
            server.wait_until_ready()
        yield server
        if not running.ended():
            code = running.stop()
            assert code == 0, f"stopping ended with {code}\n{running.err()}"


__all__ = ["Answer", "Event", "Events", "Server", "basic", "serve", "wait_for"]
