"use strict";

// Text from the API only ever becomes text of an element.
function cell(row, text) {
  row.insertCell().textContent = text;
}

async function show() {
  const answer = await fetch("api/v1/due?limit=100");
  const body = await answer.json();
  const status = document.getElementById("current");
  if (!answer.ok) {
    status.textContent = body.detail;
    return null;
  }
  const rows = document.createDocumentFragment();
  for (const item of body.items) {
    const row = document.createElement("tr");
    cell(row, item.deadline.days_left);
    cell(row, item.deadline.next_day);
    cell(row, item.deadline.known_as);
    cell(row, item.title || item.id);
    cell(row, (item.parties || item.hosts || []).join(" "));
    rows.append(row);
  }
  document.getElementById("due").replaceChildren(rows);
  status.textContent = `${body.total} deadlines ahead on ${body.today}`;
  return body.position;
}

async function follow() {
  const position = await show();
  const events = new EventSource("api/v1/events" + (position ? "?since=" + encodeURIComponent(position) : ""));
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 500);
  };
  for (const kind of ["instrument", "summit", "commitment", "reset"]) events.addEventListener(kind, soon);
}

follow();
