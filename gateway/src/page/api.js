// How this page reaches the server: queries and mutations as one POST each, the routes of accounts, and the addresses of
// media. What goes wrong becomes a `Problem` with words for people.

/** Why something was refused. `fields` holds what is wrong by field; `message` is for the whole. */
export class Problem extends Error {
  constructor(message, { code = "", fields = {}, requestId = "", ticket = "" } = {}) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.fields = fields;
    this.requestId = requestId;
    this.ticket = ticket;
  }
}

const UNREACHABLE = "Saga can't be reached. Check your connection and try again.";

/** The `data` of the answer. */
export async function ask(query, variables = {}) {
  const accept = "application/graphql-response+json, application/json;q=0.9";
  const { response, answer } = await send("POST", "/graphql", { query, variables }, accept);
  if (answer?.errors?.length) throw problemOf(answer.errors, response);
  if (!response.ok || !answer?.data) throw new Problem(ofStatus(response));
  return answer.data;
}

/** A route of the accounts: its answer. */
export async function call(method, path, body) {
  const { response, answer } = await send(method, path, body);
  if (response.ok) return answer;
  if (!answer?.message || response.status === 429) throw new Problem(ofStatus(response));
  const fields = {};
  for (const { field, message } of answer.details?.errors ?? []) fields[field] ??= sentence(message);
  const { reason, ticket } = answer.details ?? {};
  throw new Problem(answer.message, { code: reason ?? answer.error, fields, requestId: answer.request_id, ticket });
}

/** One request; again, once, after a session that ran out was renewed or the token against forged requests was. */
async function send(method, path, body, accept = "application/json") {
  let { response, answer } = await once(method, path, body, accept);
  const code = answer?.error ?? answer?.errors?.[0]?.extensions?.code;
  const reason = answer?.details?.reason ?? answer?.errors?.[0]?.extensions?.reason;
  // With a reason it is a wrong password, which a new token would not make right.
  const ranOut = response.status === 401 && !reason;
  if (ranOut) await renew();
  if (ranOut || code === "CSRF_VALIDATION_FAILED") ({ response, answer } = await once(method, path, body, accept));
  return { response, answer };
}

async function once(method, path, body, accept) {
  try {
    const response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { accept, ...(body ? { "content-type": typeOf(body) } : {}), ...forgeryToken() },
      body: body && !(body instanceof Blob) ? JSON.stringify(body) : body,
    });
    return { response, answer: await response.json().catch(() => null) };
  } catch {
    throw new Problem(UNREACHABLE, { code: "UNREACHABLE" });
  }
}

/** A file is sent as it is; all else is JSON. */
const typeOf = (body) => (body instanceof Blob ? "application/octet-stream" : "application/json");

let renewing = null;

/**
 * Asks for new tokens by the cookie that only this route gets. One at a time, in all tabs, because a refresh token is good
 * for one use. When the session is over the server takes the cookies away, and what follows is a guest's.
 */
export function renew() {
  const refresh = () => once("POST", "/api/v1/auth/refresh", undefined, "application/json");
  renewing ??= (navigator.locks ? navigator.locks.request("saga.refresh", refresh) : refresh()).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** Requests that a cookie signs in repeat its twin in a header, which another site could not. */
function forgeryToken() {
  const found = /(?:^|;\s*)csrf_token=([^;]+)/.exec(document.cookie);
  return found ? { "x-csrf-token": decodeURIComponent(found[1]) } : {};
}

/** One problem out of the `errors` of an answer. */
export function problemOf(errors, response) {
  const fields = {};
  for (const { message: words, extensions } of errors) {
    const listed = extensions?.fields ?? [];
    for (const { field, message } of listed) fields[field] ??= sentence(message);
    // What the engine refuses before anything runs names its one field beside the message.
    if (!listed.length && extensions?.field) fields[extensions.field] ??= expected(words);
  }
  const { message, extensions: { code = "", requestId = "", retryAfter } = {} } = errors[0];
  const words = response?.status === 429 ? later(retryAfter ?? response.headers.get("retry-after")) : message;
  return new Problem(words, { code, fields, requestId });
}

/** `Expected URL.` out of a sentence that speaks of variables, which no person ever sees. */
const expected = (message) => sentence(/expected .+$/i.exec(message)?.[0] ?? "This value is not accepted");

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
