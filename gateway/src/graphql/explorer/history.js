// What was run before in this browser, and links that carry a query. Headers are never kept: they hold secrets.

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

export const runs = () => read().runs ?? [];

export function remember({ query, variables }) {
  const others = runs().filter((one) => one.query !== query || one.variables !== variables);
  write({ ...read(), runs: [{ query, variables, at: Date.now() }, ...others].slice(0, MOST) });
}

export const forget = () => write({ ...read(), runs: [] });

/** What was in the editors last. */
export const draft = () => read().draft ?? null;

export const keepDraft = (draft) => write({ ...read(), draft });

/** A link to this page with the query behind the `#`, which no server is told. */
export function linkTo({ query, variables }) {
  const bytes = new TextEncoder().encode(JSON.stringify({ query, variables }));
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
