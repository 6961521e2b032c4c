"""`chapar notify`, and those that it tells: Alertmanager, Prometheus and webhooks of the test's own."""

import base64
import contextlib
import dataclasses
import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import random
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import urllib.parse

from chapar_avro import Schemas
from chapar_kafka import brokers, produce
from chapar_live import plain
from chapar_proxy import free_port
from chapar_run import die_with_parent, scratch_folder, start, wait_for

UTC = datetime.timezone.utc
METRICS_AT = re.compile(r"metrics are served at=(\S+)/metrics")
SEVERITIES = {"UPCOMING": "INFO", "OPENED": "INFO", "OVERDUE": "WARNING", "UNCONFIRMED": "WARNING", "ENDED": "INFO",
              "MOVED": "WARNING", "REFINED": "INFO", "CANCELLED": "WARNING", "CLOSED": "INFO"}


# --- Alerts ---

class Alerts:
    """Writes alerts as the processor would. Nothing here knows how notify understands them."""

    def __init__(self, prefix, at=None, partitions=4):
        self.topic, self.at, self.partitions = prefix + "alerts", at, partitions
        self.schemas = Schemas()
        self.now = datetime.datetime.now(UTC).replace(microsecond=0)

    def fields(self, subject, kind, stage="", revision=1, *, ago=60, closes=30, **more):
        """What such an alert says: raised that many seconds ago, of a deadline in that many days."""
        raised = self.now - datetime.timedelta(seconds=ago)
        day = (self.now + datetime.timedelta(days=closes)).date()
        return {
            "alert_id": hashlib.sha256(f"{subject}\n{revision}\n{kind}\n{stage}".encode()).hexdigest()[:32],
            "subject": subject, "subject_kind": "COMMITMENT", "dossier": "dossier", "kind": kind, "stage": stage,
            "severity": SEVERITIES[kind], "opens": day, "closes": day, "due": day.isoformat(), "revision": revision,
            "threshold": raised, "raised_at": raised, "days_left": closes, "slip_days": None, "stale": False,
            "title": f"Title of {subject}", "parties": ["KAZ", "UZB"],
            "cause": {"topic": "milestones", "partition": 0, "offset": 0, "event_id": "e"}} | more

    def record(self, *given, **more):
        fields = self.fields(*given, **more)
        return {"key": fields["subject"], "partition": sum(fields["subject"].encode()) % self.partitions,
                "value": self.schemas.encode("Alert", fields)}

    def write(self, *records):
        return produce(self.topic, list(records), self.at)

    def say(self, *given, **more):
        """Writes one; returns it as `chapar replay` would print it."""
        self.write(self.record(*given, **more))
        return {"record": "alert"} | plain(self.fields(*given, **more))


# --- A receiver ---

@dataclasses.dataclass
class Request:
    path: str
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)


class Hook:
    """An HTTP server that keeps what it is sent. `answer(number, request)` says what happens with each: a status, a
    pair (status, headers), "reset" or "hang" (until the hook ends); None and left out: 200."""

    def __init__(self, answer=None, certificate=None, port=0):
        self.answer = answer
        self.requests = []  # that were answered with 2xx
        self.seen = []      # all
        self.let_go = threading.Event()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self):
                hook._handle(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # clients are killed here, and connections reset

        self.server = Server(("127.0.0.1", port), Handler)
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def _handle(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = Request(handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        with self.lock:
            number = len(self.seen)
            self.seen.append(request)
        what = self.answer(number, request) if self.answer else None
        if what == "hang":
            self.let_go.wait()
        if what in ("hang", "reset"):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        status, headers = what if isinstance(what, tuple) else (what or 200, {})
        if 200 <= status < 300:
            with self.lock:
                self.requests.append(request)
        text = f"that was {status}".encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def wait_for_more(self, running, requests):
        """Until it has seen so many more requests."""
        goal = len(self.seen) + requests
        running.wait_for(lambda: len(self.seen) >= goal, 60, f"{requests} more requests")

    def subjects(self):
        """Of the events that were taken, in their order."""
        return [r.json()["subject"] for r in self.requests]

    def postings(self):
        """The alerts of all requests that an Alertmanager would have taken, in their order."""
        return [alert for r in self.requests for alert in r.json()]


def is_signed(request, secret):
    """Whether one of the signatures is right, by Python's own HMAC."""
    told = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    right = "v1," + base64.b64encode(hmac.new(secret, told, hashlib.sha256).digest()).decode()
    return right in request.headers.get("webhook-signature", "").split(" ")


# --- The real ones ---

class Daemon:
    """A program with an HTTP interface, in a folder of its own."""

    def __init__(self, name, port=None):
        self.name, self.port = name, port or free_port()
        self.folder = scratch_folder(name)
        self.child = None

    def command(self):
        raise NotImplementedError

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        assert shutil.which(self.name), f"{self.name} is not installed: deploy/install-packages test"
        with open(self.folder / "log", "ab") as log:
            self.child = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=self.folder, preexec_fn=die_with_parent)
        wait_for(self.is_ready, 60, f"{self.name} to be ready; see {self.folder / 'log'}")

    def is_ready(self):
        assert self.child.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("/-/ready")[0] == 200
        return False

    def stop(self, how=signal.SIGKILL):
        if self.child and self.child.poll() is None:
            self.child.send_signal(how)
            self.child.wait(30)

    def ask(self, path, **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)


class Alertmanager(Daemon):
    """The real one. It tells `hook` what it would tell people: one group a subject, resolved ones too."""

    def __init__(self, hook=None, resolve_timeout="5m"):
        super().__init__("prometheus-alertmanager")
        receiver = f"webhook_configs: [{{url: '{hook.url}', send_resolved: true}}]" if hook else ""
        (self.folder / "alertmanager.yml").write_text(f"""
global: {{resolve_timeout: {resolve_timeout}}}
route: {{receiver: test, group_by: [subject], group_wait: 0s, group_interval: 1s, repeat_interval: 24h}}
receivers:
- name: test
  {receiver}
""")

    def command(self):
        return [self.name, "--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=",
                f"--web.listen-address=127.0.0.1:{self.port}"]

    def alerts(self):
        """What is active, by (subject, kind, stage)."""
        status, body = self.ask("/api/v2/alerts", active="true", silenced="true", inhibited="true")
        assert status == 200, body
        found = {}
        for alert in json.loads(body):
            labels = alert["labels"]
            key = labels["subject"], labels["kind"], labels.get("stage", "")
            assert key not in found, f"twice: {key}"
            found[key] = alert
        return found

    def keys(self):
        return sorted(self.alerts())

    def wait_for(self, keys, deadline=30):
        wait_for(lambda: self.keys() == sorted(keys) or None, deadline,
                 f"Alertmanager to have {sorted(keys)}, not {self.keys()}")

    def amtool(self, *arguments):
        done = subprocess.run(["amtool", f"--alertmanager.url={self.url}", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Prometheus(Daemon):
    """The real one: scrapes `target` every second, and tells `alertmanager` by these rules."""

    def __init__(self, target, alertmanager, rules):
        super().__init__("prometheus")
        (self.folder / "rules.yml").write_text(rules)
        (self.folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs: [{{job_name: chapar-notify, static_configs: [{{targets: ['{target}']}}]}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager.port}']}}]}}]}}
""")

    def command(self):
        return [self.name, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                f"--web.listen-address=127.0.0.1:{self.port}"]

    def value(self, query):
        status, body = self.ask("/api/v1/query", query=query)
        assert status == 200, body
        return [float(r["value"][1]) for r in json.loads(body)["data"]["result"]]


# --- notify ---

class Notifying:
    """A running `chapar notify`."""

    def __init__(self, running):
        self.running = running
        self.address = None

    def begun(self):
        found = self.running.wait_for(lambda: METRICS_AT.search(self.err()), 60, "the address of the metrics")
        self.address = urllib.parse.urlsplit(found[1])
        return self

    def get(self, path, **headers):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def wait_until_ready(self, deadline=60):
        self.running.wait_for(lambda: self.get("/readyz")[0] == 200, deadline, "notify to be ready")
        return self

    def metric(self, name, receiver):
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(f'{name}{{receiver="{receiver}"}} '):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no {name} of {receiver}")

    def wait_for_metric(self, name, receiver, condition, deadline=30):
        return self.running.wait_for(lambda: condition(self.metric(name, receiver)) or None, deadline,
                                     f"{name} of {receiver}")

    def err(self):
        return self.running.err()

    def stop(self, how=signal.SIGTERM, timeout=15):
        return self.running.stop(how, timeout)


def arguments(prefix, *more, at=None):
    return ("notify", "--brokers", at or brokers(), "--prefix", prefix, "--metrics-listen", "127.0.0.1:0",
            "--group", prefix + "notify", "-X", "reconnect.backoff.max.ms=200", *more)


@contextlib.contextmanager
def notify(prefix, *more, at=None, ready=True):
    """Starts `chapar notify` and yields it; at the end of the block it must stop in order."""
    with start(*arguments(prefix, *more, at=at)) as running:
        found = Notifying(running).begun()
        if ready:
            found.wait_until_ready()
        yield found
        if not running.ended():
            code = found.stop()
            assert code == 0, f"exit {code}\n{found.err()}"


def moments(seed, count, most):
    """After how many more requests to kill, that many times; repeatable from a seed."""
    draw = random.Random(seed)
    return [draw.randint(0, most) for _ in range(count)]
