"""Metrics of chapar as a stranger reads them: parsed by Prometheus' own client library, or scraped by a real
Prometheus."""

import contextlib
import dataclasses
import http.client
import json
import math
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.parse

from chapar_live import process
from chapar_run import _before, scratch_folder, wait_for
from prometheus_client.openmetrics.parser import text_string_to_metric_families

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
SUFFIXES = {"counter": "_total", "info": "_info"}


class Metrics:
    """The metrics of one answer; whatever the format does not allow is an error here."""

    def __init__(self, text):
        self.families = {f.name: f for f in text_string_to_metric_families(text)}
        self.samples = [s for f in self.families.values() for s in f.samples]

    def all(self, name, **labels):
        """The values of the samples of that name that have these labels; `topic="alerts"` is the end of a label."""
        return [s.value for s in self.samples
                if s.name == name and all(s.labels[k].endswith(v) for k, v in labels.items())]

    def total(self, name, **labels):
        return sum(self.all(name, **labels))

    def one(self, name, **labels):
        [value] = self.all(name, **labels)
        return value

    def by(self, name, label):
        """{value of the label: sum} of what is not 0."""
        found = {}
        for s in self.samples:
            if s.name == name and s.value:
                found[s.labels[label]] = found.get(s.labels[label], 0) + s.value
        return found

    def rows(self):
        """What the documentation says of them: {name as it is asked for: (type, unit, labels, meaning)}."""
        made = {}
        for f in self.families.values():
            labels = sorted({n for s in f.samples for n in s.labels} - {"le"})
            name = f.name + SUFFIXES.get(f.type, "")
            made[name] = (f.type, f.unit or "", ", ".join(f"`{n}`" for n in labels), f.documentation)
        return made


def documented():
    """{heading: {name: (type, unit, labels, meaning)}} of the tables in docs/metrics.md."""
    found, heading = {}, None
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        row = re.fullmatch(r"\| `(\w+)` \| (.*) \| (.*) \| (.*) \| (.*) \|", line)
        if row:
            found.setdefault(heading, {})[row[1]] = row.groups()[1:]
    return found


def write_documented(heading, rows):
    """Replaces the table below that heading."""
    text = DOCUMENT.read_text()
    at = text.index(f"\n## {heading}\n")
    begin = text.index("\n|---|---|---|---|---|\n", at) + len("\n|---|---|---|---|---|\n")
    end = text.index("\n\n", begin - 1) + 1
    table = "".join(f"| `{name}` | {' | '.join(of)} |\n" for name, of in rows.items())
    DOCUMENT.write_text(text[:begin] + table + text[end:])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(address, path, headers=None, context=None):
    """(status, headers in lower case, text) of one request to HOST:PORT."""
    host, port = address.rsplit(":", 1)
    connection = (http.client.HTTPSConnection(host, int(port), timeout=30, context=context) if context
                  else http.client.HTTPConnection(host, int(port), timeout=30))
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


@dataclasses.dataclass
class Watched:
    """A running `chapar process` with its port."""
    running: object
    address: str

    def get(self, path):
        return get(self.address, path)

    def metrics(self):
        status, _, text = self.get("/metrics")
        assert status == 200, f"{status} {text}"
        return Metrics(text)

    def ready(self):
        return self.get("/readyz")[0] == 200

    def wait_until(self, condition, deadline=60, what="the metrics"):
        """Waits until `condition(metrics)`, and returns those metrics; what they were stands in the failure."""
        last = []

        def reached():
            last[:] = [self.metrics()]
            return condition(last[0])
        try:
            self.running.wait_for(reached, deadline, what)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n" + "\n".join(str(s) for s in last[0].samples if s.value)) from None
        return last[0]


def address_of(running):
    """Where a process says that its metrics are served."""
    found = running.wait_for(lambda: re.search(r"metrics are served at=https?://(\S+)/metrics", running.err()), 30,
                             "the address of the metrics")
    return found[1]


@contextlib.contextmanager
def watched(prefix, *more, port=0, at=None):
    """Starts `chapar process` with a port for metrics and yields it as Watched."""
    with process(prefix, "--metrics-listen", f"127.0.0.1:{port}", *more, at=at) as running:
        yield Watched(running, address_of(running))


# --- A real Prometheus ---

class Prometheus:
    def __init__(self, address):
        self.address = address

    def ask(self, path, **query):
        status, _, text = get(self.address, f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        answer = json.loads(text)
        assert status == 200 and answer["status"] == "success", text
        return answer["data"]

    def query(self, expression):
        """[(labels, value)] of an instant vector."""
        return [(r["metric"], float(r["value"][1])) for r in self.ask("query", query=expression)["result"]]

    def value(self, expression):
        """The only value; NaN where there is none."""
        found = self.query(expression)
        return found[0][1] if len(found) == 1 else math.nan

    def history(self, selector):
        """[(labels, [values in the order of time])] of everything that was scraped."""
        return [(r["metric"], [float(v) for _, v in r["values"]])
                for r in self.ask("query", query=f"{selector}[1h]")["result"]]

    def firing(self):
        """Names of the alerts that fire."""
        return {a["labels"]["alertname"] for a in self.ask("alerts")["alerts"] if a["state"] == "firing"}


@contextlib.contextmanager
def prometheus(job, addresses, rules, interval="250ms"):
    """Starts a Prometheus that scrapes these addresses; `rules` is the text of a rules file."""
    folder, child = scratch_folder("prometheus"), None
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(json.dumps({  # JSON is YAML
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": job, "static_configs": [{"targets": list(addresses)}]}]}))
    address = f"127.0.0.1:{free_port()}"
    try:
        with open(folder / "log", "wb") as log:
            child = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml",
                                      f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_before(None))

        def ready():
            assert child.poll() is None, (folder / "log").read_text()[-4000:]
            with contextlib.suppress(OSError):
                return get(address, "/-/ready")[0] == 200
        wait_for(ready, 60, "Prometheus to be ready")
        yield Prometheus(address)
    finally:
        if child is not None:
            child.kill()
            child.wait()
        shutil.rmtree(folder)
