// Alerts: why each was raised, and the feed of the latest.
import { make } from "./element.js";
import { count, dateWords, instant, stretch, words } from "./day.js";
import { tag } from "./tag.js";
import { word } from "./words.js";

const daysOfStage = (stage) => Number(stage.replace(/\D/g, ""));

// An interval begins on its first day, while of another date nobody knows on which of its days it is.
function begunWords({ due, opens }) {
  if (!due?.includes("/") || due.startsWith("R")) return `may have begun since ${words(opens)}`;
  return `began ${/[?~%]/.test(due) ? "about" : "on"} ${words(opens)}`;
}

export function reasonOf(alert) {
  const n = daysOfStage(alert.stage ?? "");
  switch (alert.kind) {
    case "UPCOMING":
      if (alert.days_left < 0) return begunWords(alert);
      return `${count(n, "day")} before its ${alert.subject_kind === "SUMMIT" ? "earliest" : "last"} day`;
    case "OPENED":
      return "its period has begun";
    case "OVERDUE":
      return `${count(n, "day")} after its last day`;
    case "ENDED":
      return "its period is over";
    case "UNCONFIRMED":
      return `nobody said that it was held, ${count(n, "day")} after it`;
    case "MOVED":
      return `by ${count(alert.slip_days ?? 0, "day")}`;
    case "REFINED":
      return "its date became more precise";
    case "CANCELLED":
      return "it was called off";
    case "CLOSED":
      return "what was raised is settled";
    default:
      return "";
  }
}

// The deadline that it is about. Of a summit the alert has only the earliest day: its date as worded says what is known.
export function deadlineWords(alert) {
  if (!alert.opens) return null;
  if (alert.subject_kind === "SUMMIT" && alert.due && !alert.due.startsWith("R")) return dateWords(alert.due);
  return alert.closes ? stretch(alert.opens, alert.closes) : `from ${words(alert.opens)} on`;
}

export function alertAddress(alert) {
  return `/${alert.subject_kind.toLowerCase()}s/${encodeURIComponent(alert.subject)}`;
}

export function alertTitle(alert) {
  return alert.title || alert.subject;
}

function entryOf(alert, fresh) {
  return make(
    "li",
    { class: fresh ? "fresh" : null, "data-alert": alert.alert_id },
    make("p", null, tag("severity", alert.severity), " ", make("a", { href: alertAddress(alert) }, alertTitle(alert))),
    make("p", { class: "small" }, `${word("alert", alert.kind)}: ${reasonOf(alert)}`),
    make("p", { class: "small" }, make("time", { datetime: alert.raised_at }, instant(alert.raised_at))),
  );
}

// The feed: the latest first, each once, never more than `most`.
export class Feed {
  constructor(alerts, most) {
    this.most = most;
    this.list = make(
      "ol",
      { class: "feed" },
      alerts.slice(0, most).map((alert) => entryOf(alert, false)),
    );
  }

  find(alert) {
    return this.list.querySelector(`[data-alert="${CSS.escape(alert.alert_id)}"]`);
  }

  // These and no others, for who has not heard of each as it came.
  keep(alerts) {
    const shown = [...this.list.children].map((entry) => entry.dataset.alert);
    if (shown.join() === alerts.map((alert) => alert.alert_id).join()) return;
    this.list.replaceChildren(...alerts.map((alert) => this.find(alert) ?? entryOf(alert, true)));
  }

  add(alert) {
    if (this.find(alert)) return false;
    this.list.prepend(entryOf(alert, true));
    while (this.list.children.length > this.most) this.list.lastChild.remove();
    return true;
  }
}
