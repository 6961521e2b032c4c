"""What `chapar notify` tells of itself, to a real Prometheus and by it to a real Alertmanager."""

import unittest

from chapar_kafka import delete_topics, unique_prefix
from chapar_live import make_topics
from chapar_notify import Alertmanager, Alerts, Hook, Prometheus, notify
from chapar_run import wait_for

RULES = """
groups:
- name: chapar
  rules:
  - {alert: NobodyIsTold, expr: chapar_notify_up == 0}
"""


class Scraped(unittest.TestCase):
    def test_a_receiver_that_is_away_raises_an_alert(self):
        prefix = unique_prefix("scraped")
        make_topics(prefix)
        self.addCleanup(delete_topics, prefix)
        away = self.enterContext(Hook(lambda *_: 500))
        manager = self.enterContext(Alertmanager())
        told = self.enterContext(notify(prefix, "--webhook", f"away={away.url}", "--alertmanager", f"am={manager.url}"))
        Alerts(prefix).say("road", "UPCOMING", "-P7D")
        prometheus = self.enterContext(Prometheus(told.address.netloc, manager, RULES))

        def seen(query, value):
            wait_for(lambda: prometheus.value(query) == [value] or None, 30, f"{query} to be {value}")
        seen('chapar_notify_up{receiver="away"}', 0)
        seen('chapar_notify_up{receiver="am"}', 1)
        seen('chapar_notify_standing{receiver="am"}', 1)
        seen('chapar_notify_lag_records{receiver="am"}', 0)
        seen('chapar_notify_lag_records{receiver="away"}', 1)
        seen('sum(chapar_notify_request_seconds_bucket{receiver="away",le="+Inf"}) > bool 0', 1)
        names = wait_for(lambda: "NobodyIsTold" in manager.amtool("alert", "query") and
                         manager.amtool("alert", "query"), 30, "the alert of Prometheus")
        self.assertIn("ChaparUpcoming", names)
        away.answer = None
        seen('chapar_notify_up{receiver="away"}', 1)
        wait_for(lambda: "NobodyIsTold" not in manager.amtool("alert", "query"), 30, "its end")


if __name__ == "__main__":
    unittest.main()
