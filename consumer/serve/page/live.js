// What changes, as it changes. A page that nobody looks at listens to nothing: browsers allow a server few connections.
import { isPaused, reportRefresh, reportStream } from "./current.js";

const KINDS = ["instrument", "summit", "commitment"];
const SOONEST = 700;
const LEAST_BETWEEN = 3000;

// Runs `work` soon after it was called for, never twice at once, and not too often.
function gathered(work) {
  let [timer, last] = [0, 0];
  const run = async () => {
    try {
      await work();
      reportRefresh(null);
    } catch (problem) {
      reportRefresh(problem);
    } finally {
      last = Date.now();
      timer = 0;
    }
  };
  return () => {
    if (!timer) timer = setTimeout(run, Math.max(SOONEST, last + LEAST_BETWEEN - Date.now()));
  };
}

// Follows from `position` on. `changed()` is called when what is shown may have changed, `alert(alert)` for each new one;
// `only: "alert"` leaves changes of subjects aside.
export function live(position, { changed = () => {}, alert = () => {}, only = null, query = {} }) {
  let since = position;
  let source = null;
  let missed = false;
  const soon = gathered(async () => {
    missed = isPaused();
    if (!missed) await changed();
  });
  const heard = (event) => {
    since = event.lastEventId || since;
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const open = () => {
    close();
    if (isPaused() || document.hidden) return;
    source = new EventSource(`/api/v1/events?${new URLSearchParams({ ...query, since })}`);
    source.addEventListener("open", () => reportStream(true));
    source.addEventListener("error", () => {
      reportStream(false);
      // A stream that was refused is not tried again by browsers.
      if (source?.readyState === EventSource.CLOSED) setTimeout(open, 5000);
    });
    source.addEventListener("hello", heard);
    for (const kind of only === "alert" ? ["reset"] : [...KINDS, "reset"])
      source.addEventListener(kind, (event) => {
        heard(event);
        soon();
      });
    source.addEventListener("alert", (event) => {
      heard(event);
      alert(JSON.parse(event.data));
      soon();
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("hold", () => {
    if (isPaused()) return close();
    open();
    if (missed) soon();
  });
  addEventListener("newday", soon);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  open();
}
