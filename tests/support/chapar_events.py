"""Events to publish, as chapar's files have them."""

import json

RECORDED = "2026-05-22T10:00:00Z"
RECORDED_MS = 1779444000000


def signing(instrument="silk-road-pact", **more):
    return {"event": "signing", "instrument": instrument, "type": "SIGNED", "recorded_at": RECORDED} | more


def summit(name="samarkand-2027", **more):
    return {"event": "summit", "summit": name, "type": "SCHEDULED", "date": "2027-05-22",
            "recorded_at": RECORDED} | more


def milestone(commitment="open-the-bridge", **more):
    return {"event": "milestone", "commitment": commitment, "type": "UNDERTAKEN", "due": "2028",
            "instrument": "silk-road-pact", "recorded_at": RECORDED} | more


def without(event, *names):
    return {name: value for name, value in event.items() if name not in names}


def jsonl(*events):
    """One line for each; texts stand as they are."""
    return "".join((e if isinstance(e, str) else json.dumps(e, ensure_ascii=False)) + "\n" for e in events)
