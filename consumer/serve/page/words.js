// The register's words as people read them.
const WORDS = {
  delivery: {
    PROPOSED: "Proposed",
    UNDERTAKEN: "Undertaken",
    IN_PROGRESS: "In progress",
    FULFILLED: "Fulfilled",
    WITHDRAWN: "Withdrawn",
    SUPERSEDED: "Superseded",
  },
  timeliness: {
    NONE: "No running deadline",
    AHEAD: "Not yet due",
    DUE_SOON: "Due soon",
    IN_WINDOW: "Within its period",
    OVERDUE: "Overdue",
    MET: "In time",
    LATE: "Late",
    UNDETERMINED: "In time or late: not known",
  },
  clock: { NO_DEADLINE: "No deadline", NOT_STARTED: "Waits for its beginning", RUNNING: "Running" },
  instrument: {
    ANNOUNCED: "Announced",
    SIGNED: "Signed",
    ADOPTED: "Adopted",
    IN_FORCE: "In force",
    TERMINATED: "Terminated",
    SUPERSEDED: "Superseded",
  },
  summit: { PROPOSED: "Proposed", SCHEDULED: "Scheduled", HELD: "Held", CANCELLED: "Cancelled" },
  severity: { INFO: "For information", WARNING: "Warning", CRITICAL: "Critical" },
  alert: {
    UPCOMING: "Coming up",
    OPENED: "Has begun",
    OVERDUE: "Overdue",
    ENDED: "Period over",
    UNCONFIRMED: "Was it held?",
    MOVED: "Moved",
    REFINED: "More precise",
    CANCELLED: "Cancelled",
    CLOSED: "Settled",
  },
  participant: {
    SIGNED: "Signed or adopted",
    RATIFIED: "Ratified",
    JOINED: "Joined",
    WITHDRAWN: "Withdrawn",
    NAMED: "Named as a party",
  },
  change: { EVENT: "What became known", ALERT: "Alerts" },
  reason: {
    malformed: "Malformed",
    "unknown-schema": "Unknown schema",
    invalid: "Invalid",
    "too-large": "Too large",
  },
  role: { HOST: "Host", PARTICIPANT: "Takes part" },
  record: { instrument: "Instrument", summit: "Summit", commitment: "Commitment" },
};

// How urgent a word is, for its colour; each is also said.
const TONES = {
  OVERDUE: "bad",
  LATE: "bad",
  CRITICAL: "bad",
  DUE_SOON: "soon",
  WARNING: "soon",
  CANCELLED: "soon",
  UNCONFIRMED: "soon",
  FULFILLED: "good",
  MET: "good",
  HELD: "good",
  IN_FORCE: "good",
};

// "ROAD_MAP" where there is no better word: "Road map".
function plain(symbol) {
  const text = symbol.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function word(of, symbol) {
  return WORDS[of]?.[symbol] ?? plain(symbol);
}

export function choices(of) {
  return Object.entries(WORDS[of]);
}

export function tone(symbol) {
  return TONES[symbol] ?? "plain";
}

export const percent = (share) => `${Math.round(share * 100)} %`;

export const titleOf = (item) => item.title || item.id;

export const addressOf = (item) => `/${item.record}s/${encodeURIComponent(item.id)}`;
