// How this page reaches the server: queries and mutations as one POST each, and the addresses of media. What goes wrong
// becomes a `Problem` with words for people.

/** Why something was refused. `fields` holds what is wrong by field; `message` is for the whole. */
export class Problem extends Error {
  constructor(message, { code = "", fields = {}, requestId = "" } = {}) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.fields = fields;
    this.requestId = requestId;
  }
}

const UNREACHABLE = "Saga can't be reached. Check your connection and try again.";

/** The `data` of the answer. */
export async function ask(query, variables = {}) {
  let response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: {
        accept: "application/graphql-response+json, application/json;q=0.9",
        "content-type": "application/json",
        ...forgeryToken(),
      },
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new Problem(UNREACHABLE, { code: "UNREACHABLE" });
  }
  const answer = await response.json().catch(() => null);
  if (answer?.errors?.length) throw problemOf(answer.errors, response);
  if (!response.ok || !answer?.data) throw new Problem(ofStatus(response));
  return answer.data;
}

/** Requests that a cookie signs in repeat its twin in a header, which another site could not. */
function forgeryToken() {
  const found = /(?:^|;\s*)csrf_token=([^;]+)/.exec(document.cookie);
  return found ? { "x-csrf-token": decodeURIComponent(found[1]) } : {};
}

/** One problem out of the `errors` of an answer. */
export function problemOf(errors, response) {
  const fields = {};
  for (const { extensions } of errors) {
    for (const { field, message } of extensions?.fields ?? []) fields[field] ??= sentence(message);
  }
  const { message, extensions: { code = "", requestId = "", retryAfter } = {} } = errors[0];
  const words = response?.status === 429 ? later(retryAfter ?? response.headers.get("retry-after")) : message;
  return new Problem(words, { code, fields, requestId });
}

/** `Expected 1 to 10 items.` */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1).replace(/([^.!?])$/, "$1.");

function ofStatus(response) {
  if (response.status === 429) return later(response.headers.get("retry-after"));
  return `Saga could not answer (${response.status}). Try again in a moment.`;
}

function later(wait) {
  const seconds = Number(wait);
  return seconds > 0
    ? `That was too much at once. Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`
    : "That was too much at once. Try again in a moment.";
}

/** Media are asked for at the address where this page is, whichever name the server gives itself. */
export function ours(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname.slice(Math.max(0, pathname.indexOf("/media/"))) + search;
}
