// What was run before in this browser, and links that carry a query. Headers are never kept, nor what holds a secret.

const KEY = "saga.explorer";
const MOST = 50;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function write(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage is off or full: it is forgotten, nothing else.
  }
}

/** What may lie in a browser, or stand in a link: nothing of a request that holds a password, a token or a code. */
function withoutSecrets({ query, variables }) {
  const secret = /\bmutation\b/.test(query) && /password|token|ticket|code|secret/i.test(`${query} ${variables}`);
  return secret ? null : { query, variables };
}

export const runs = () => read().runs ?? [];

export function remember(request) {
  const kept = withoutSecrets(request);
  if (!kept) return;
  const { query, variables } = kept;
  const others = runs().filter((one) => one.query !== query || one.variables !== variables);
  write({ ...read(), runs: [{ query, variables, at: Date.now() }, ...others].slice(0, MOST) });
}

export const forget = () => write({ ...read(), runs: [] });

/** What was in the editors last. */
export const draft = () => read().draft ?? null;

export const keepDraft = (draft) => write({ ...read(), draft: withoutSecrets(draft) });

/** A link to this page with the query behind the `#`, which no server is told. */
export function linkTo(request) {
  const bytes = new TextEncoder().encode(JSON.stringify(withoutSecrets(request) ?? { query: "", variables: "" }));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const url = new URL(location.href);
  url.hash = `q=${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  return url.href;
}

/** What the address of the page carries; `null` for nothing. */
export function fromLink() {
  const found = /^#q=([\w-]+)$/.exec(location.hash);
  if (!found) return null;
  try {
    const letters = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
    const { query, variables } = JSON.parse(new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0))));
    return typeof query === "string" ? { query, variables: typeof variables === "string" ? variables : "" } : null;
  } catch {
    return null;
  }
}
