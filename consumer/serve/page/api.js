// Asking the server. An answer that cannot be had yet is asked for again until it is there.
const BASE = "/api/v1/";
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.parameter = body.parameter;
  }
}

async function problemOf(answer) {
  const isProblem = (answer.headers.get("content-type") ?? "").includes("json");
  return new Problem(answer.status, isProblem ? await answer.json().catch(() => ({})) : {});
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The JSON of the resource. `waiting` is told, once and again, why there is none yet; what is wrong with the question
// is thrown as a Problem.
export async function ask(resource, query, waiting = () => {}) {
  const search = new URLSearchParams(query).toString();
  const address = (resource.startsWith("/") ? resource : BASE + resource) + (search ? `?${search}` : "");
  for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
    let answer = null;
    try {
      answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) return await answer.json();
    } catch {
      waiting("The server cannot be reached. Trying again…");
      await pause(wait);
      continue;
    }
    const problem = await problemOf(answer);
    if (answer.status === 503) {
      waiting(
        resource.startsWith("records/") || resource.startsWith("dead-letters")
          ? `${problem.message} Trying again…`
          : "The register is being read from Kafka for the first time. This page goes on by itself.",
      );
      await pause(1000 * (Number(answer.headers.get("retry-after")) || wait / 1000));
    } else if (answer.status >= 500) {
      waiting(`${problem.message} Trying again…`);
      await pause(wait);
    } else {
      throw problem;
    }
  }
}
