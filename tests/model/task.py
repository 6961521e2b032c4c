"""A task (section 7): the merge of the three topics, the clock, the timers, and what they raise (section 6)."""
import heapq

import civil
import deadlines
import instant
from events import TOPICS
from register import KEPT, Register

TOPIC_ORDER = {topic: order for order, topic in enumerate(TOPICS.values())}


def merged(events):
    """Section 7: by (timestamp, topic, offset) of the heads of the topics, never overtaking within one."""
    queues = {topic: [] for topic in TOPICS.values()}
    for event in events:
        queues[event.topic].append(event)
    positions = dict.fromkeys(queues, 0)
    while True:
        heads = [queues[topic][at] for topic, at in positions.items() if at < len(queues[topic])]
        if not heads:
            return
        head = min(heads, key=lambda event: (event.recorded_at, TOPIC_ORDER[event.topic]))
        positions[head.topic] += 1
        yield head


class Task:
    def __init__(self, zone, policy=deadlines.BUILT_IN):
        self.zone = zone
        self.policy = policy
        self.register = Register(zone, policy)
        self.register.succeeded = self.succeeded
        self.clock = None
        self.alerts = []
        self.refused = []
        self.timers = []  # heap of (threshold, rank, id, version)

    # The clock.

    def apply(self, event):
        reason = self.register.refusal(event)
        if reason:
            self.refused.append((event, reason))
            return
        subject = self.register.subjects.get(event.subject)
        if subject and event.event_id in subject.seen:
            subject.duplicates += 1
            return
        self.advance(event.recorded_at)
        if subject is None:
            subject = self.register.add(event)
        self.change(subject, event)
        self.advance(self.clock)  # what an event put into the past is due now

    def advance(self, until):
        """Every timer up to and including this time fires in order, with the clock at its threshold."""
        if self.clock is None:
            self.clock = until
        while self.timers and self.timers[0][0] <= until:
            threshold, _, name, version = heapq.heappop(self.timers)
            subject = self.register.subjects[name]
            if version == subject.version:
                self.clock = max(self.clock, threshold)
                self.fire(subject, threshold)
        self.clock = max(self.clock, until)

    def step(self, until):
        """Section 7, a step to an INSTANT: what a later stage of its subject has overtaken by its end is stale."""
        before = len(self.alerts)
        self.advance(until)
        later = set()
        for alert in reversed(self.alerts[before:]):
            if alert["stage"]:
                alert["stale"] = alert["subject"] in later
                later.add(alert["subject"])

    # Timers.

    def fire(self, subject, threshold):
        stage = subject.pending[0] if subject.pending else None
        if stage and stage[0] == threshold and not (self.moves_before(subject, stage)):
            self.raise_stage(subject, *stage)
        else:
            self.move_on(subject, threshold)
        self.arm_timer(subject)

    def moves_before(self, subject, stage):
        """Whether the move comes before this stage: at its threshold, unless it is the stage the move waits for."""
        if subject.move_at is None or subject.move_at > stage[0]:
            return False
        return subject.move_at < stage[0] or stage[1].day != self.awaited_day(subject)

    def awaited_day(self, subject):
        return self.policy.first_after(subject.kind, subject.deadline[1], subject.latest_end())

    def arm_timer(self, subject):
        subject.version += 1
        stage = subject.pending[0] if subject.pending else None
        if stage is None and subject.move_at is None:
            return
        if stage is None or self.moves_before(subject, stage):
            entry = (subject.move_at, 0)
        else:
            # A stage that a move waits for at this very threshold goes with the move, ahead of other subjects.
            entry = (stage[0], 0 if subject.move_at == stage[0] else 1)
        heapq.heappush(self.timers, (*entry, subject.id, subject.version))

    def moving_time(self, subject):
        """When the next occurrence takes over (section 4); None where none follows or it never does."""
        following = subject.next_bounds(self.register)
        bounds = subject.bounds(self.register)
        if following is None or not isinstance(bounds, tuple):
            return None
        opens, closes = subject.deadline_of(following)
        latest_end = following[1]
        first = self.policy.stages(subject.kind, opens, closes, latest_end)[0].day
        after = self.policy.first_after(subject.kind, bounds[1], bounds[1])
        return None if after is None else max(self.zone.begins(first), self.zone.begins(after))

    def succeeded(self, subject):
        time = self.moving_time(subject)
        return time is not None and time <= self.clock

    def move_on(self, subject, threshold):
        """The next occurrence takes over, the current one being missed."""
        old = self.state(subject)
        subject.missed += 1
        subject.occurrence += 1
        if subject.raised:
            self.alert(subject, "CLOSED", old, threshold, subject.cause)
        subject.revision += 1
        self.resolve(subject)
        self.arm(subject)

    # Deadlines.

    def state(self, subject):
        return {"open": subject.is_open(), "deadline": subject.deadline, "days": subject.days,
                "wording": subject.wording(), "revision": subject.revision, "raised": subject.raised}

    def resolve(self, subject):
        """Brings the deadline of the record up to date with its text."""
        bounds = subject.bounds(self.register) if subject.has_deadline() else None
        if isinstance(bounds, tuple):
            subject.days = bounds
            subject.deadline = subject.deadline_of(bounds)
        else:
            subject.days = subject.deadline = None

    def stage_times(self, subject):
        """[(threshold, stage)] of the deadline, in order."""
        return [(self.zone.begins(stage.day), stage)
                for stage in self.policy.stages(subject.kind, *subject.deadline, subject.latest_end())]

    def arm(self, subject):
        """Section 6: a deadline was set or its revision rose: of the stages begun only the latest is raised, at once."""
        subject.raised = None
        subject.done = set()
        if subject.is_open() and subject.deadline:
            begun = [entry for entry in self.stage_times(subject) if entry[0] <= self.clock]
            subject.done = {stage.name for _, stage in begun}
            if begun:
                self.raise_stage(subject, *begun[-1])
        self.follow(subject)

    def follow(self, subject):
        """What is still to be raised, and when the next occurrence takes over."""
        subject.pending, subject.move_at = [], None
        if subject.is_open() and subject.deadline:
            subject.pending = [entry for entry in self.stage_times(subject) if entry[1].name not in subject.done]
            subject.move_at = self.moving_time(subject)

    def raise_stage(self, subject, threshold, stage):
        subject.done.add(stage.name)
        subject.raised = stage.name
        subject.pending = [entry for entry in subject.pending if entry[1].name != stage.name]
        self.alert(subject, stage.kind, self.state(subject), threshold, subject.cause, stage=stage.name,
                   severity=stage.severity)

    def change(self, subject, event):
        """Applies an event to its subject, and its consequences to whatever counts from it."""
        affected = [subject]
        if event.kind != "COMMITMENT":
            affected += sorted((c for c in self.register.of_kind(subject.dossier, "COMMITMENT")
                                if c.due() and c.due().relative and self.register.anchor_of(c) is subject),
                               key=lambda c: c.id)
        before = [self.state(each) for each in affected]
        did = subject.apply(event, self.register) or set()
        subject.applied(event)
        for each, old in zip(affected, before):
            if each is not subject:
                self.register.pass_over(each, False)
            self.settle(each, old, event, did if each is subject else set())

    def settle(self, subject, old, event, did):
        """Revision, slippage and alerts that follow from the state before and after an event."""
        self.resolve(subject)
        new, was = subject.deadline, old["deadline"]
        cause = {"topic": event.topic, "partition": 0, "offset": event.offset, "event_id": event.event_id}
        first = new is not None and not subject.had_deadline
        rises = bool(did) or subject.had_deadline and new != was
        closed = old["open"] and not subject.is_open()
        lost = old["open"] and was is not None and new is None
        if closed and event.type == "CANCELLED":
            self.alert(subject, "CANCELLED", old, self.clock, cause)
        elif (closed or lost or "moved" in did) and old["raised"]:
            self.alert(subject, "CLOSED", old, self.clock, cause)
        if rises:
            subject.revision += 1
        if first or rises:
            subject.cause = cause
        if old["open"] and subject.is_open() and was and new and new != was and "moved" not in did:
            self.replaced(subject, old, event, cause)
        if first or rises:
            self.arm(subject)
        else:
            self.follow(subject)
        subject.had_deadline |= new is not None
        subject.text_had_deadline |= new is not None
        self.arm_timer(subject)

    def replaced(self, subject, old, event, cause):
        was, new = old["deadline"], subject.deadline
        days = deadlines.slip(was, new)
        kind = "REFINED" if deadlines.within(subject.days, old["days"]) else "MOVED"
        self.alert(subject, kind, self.state(subject), self.clock, cause, slip_days=days)
        if kind == "MOVED":
            entry = {"from_opens": civil.text_of(was[0]), "from_closes": civil.text_of(was[1]),
                     "to_opens": civil.text_of(new[0]), "to_closes": civil.text_of(new[1]), "days": days,
                     "reason": event.get("reason"), "recorded_at": instant.text_of(event.recorded_at)}
            subject.slippage = [*subject.slippage, entry][-KEPT:]
            subject.slip_days += days

    def alert(self, subject, kind, state, threshold, cause, stage="", severity=None, slip_days=None):
        opens, closes = state["deadline"] or (None, None)
        towards = opens if closes is None else closes
        self.alerts.append({
            "record": "alert", "alert_id": deadlines.alert_id(subject.id, state["revision"], kind, stage),
            "subject": subject.id, "subject_kind": subject.kind, "dossier": subject.dossier, "kind": kind,
            "stage": stage, "severity": severity or self.policy.severity(kind), "opens": civil.text_of(opens),
            "closes": civil.text_of(closes), "due": state["wording"], "revision": state["revision"],
            "threshold": instant.text_of(threshold), "raised_at": instant.text_of(self.clock),
            "days_left": None if towards is None else towards - self.zone.day(self.clock),
            "slip_days": slip_days, "stale": False, "title": subject.fields.get("title"),
            "parties": subject.parties(), "cause": cause,
        })


def replay(events, zone, as_of=None, until=None, clock=None, policy=deadlines.BUILT_IN):
    """Section 7: the whole of a replay of event files. `clock` is an INSTANT, or None for stream."""
    task = Task(zone, policy)
    known = [event for event in events if as_of is None or event.recorded_at <= as_of]
    for event in merged(known):
        task.apply(event)
    if as_of is not None:
        task.advance(as_of)
    if clock is not None:
        task.step(clock)
    elif as_of is None and events:
        task.advance(max(event.recorded_at for event in events))
    if until is not None:
        task.advance(until)
    return task
