// The explorer: a query, its variables and headers, the answer, and the schema beside it.
import { make, openBrowser } from "./browser.js";
import { makeEditor } from "./editor.js";
import { draft, forget, fromLink, keepDraft, linkTo, remember, runs } from "./history.js";
import { operations, prettify } from "./language.js";
import { ask, listen, talk } from "./run.js";
import { bare, loadSchema, write } from "./schema.js";

const byId = (id) => document.getElementById(id);
/** Most answers of one subscription that are kept on the screen. */
const MOST_EVENTS = 200;
const FIRST = `# Control and Enter run the operation at the caret; Control and Space say what may come next.
query Stories {
  stories(first: 5) {
    nodes {
      id
      title
      status
      updatedAt
    }
  }
}
`;

const [query, variables, headers] = [byId("query"), byId("variables"), byId("headers")];
const wide = matchMedia("(width >= 64rem)");
let schema = null;
let running = null;

const editor = makeEditor({
  area: query,
  paint: byId("query-paint"),
  list: byId("offers"),
  schema: () => schema,
  onRun: () => run(),
  onChange: changed,
});

function changed() {
  const named = operations(query.value).filter(({ name }) => name);
  const chosen = byId("operation").value;
  byId("operation-label").hidden = named.length < 2;
  byId("operation").replaceChildren(...named.map(({ name }) => make("option", { value: name }, name)));
  if (named.some(({ name }) => name === chosen)) byId("operation").value = chosen;
  keepDraft({ query: query.value, variables: variables.value });
}

/** The object of a field of JSON; its problem is told beside it. */
function readObject(area) {
  const problem = byId(`${area.id}-problem`);
  problem.hidden = true;
  area.removeAttribute("aria-invalid");
  const text = area.value.trim();
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("Expected an object: { … }");
    return value;
  } catch (reason) {
    problem.textContent = reason.message;
    problem.hidden = false;
    area.setAttribute("aria-invalid", "true");
    area.focus();
    return null;
  }
}

/** The operation at the caret, or the one that is chosen. */
function chosenOperation() {
  const all = operations(query.value);
  if (all.length < 2) return all[0];
  const here = document.activeElement === query ? all.findLast(({ at }) => at <= query.selectionStart) : null;
  return here ?? all.find(({ name }) => name === byId("operation").value) ?? all[0];
}

async function run() {
  if (running) {
    running.abort();
    return;
  }
  const [given, sent] = [readObject(variables), readObject(headers)];
  if (!given || !sent) return;
  const operation = chosenOperation();
  if (operation?.name) byId("operation").value = operation.name;
  const request = { query: query.value, variables: given, ...(operation?.name ? { operationName: operation.name } : {}) };
  remember({ query: query.value, variables: variables.value });
  running = new AbortController();
  drawRunning();
  show("result");
  const began = performance.now();
  const took = () => `${Math.round(performance.now() - began)} ms`;
  try {
    if (operation?.kind === "subscription") await watch(request, sent, took);
    else {
      tell("Running…");
      const { status, bytes, answer } = await ask(request, sent, running.signal);
      showAnswer(answer);
      const problems = answer?.errors?.length;
      tell([`Status ${status}`, took(), `${bytes.toLocaleString("en")} bytes`, problems ? `${problems} ${problems === 1 ? "error" : "errors"}` : ""].filter(Boolean).join(" · "));
    }
  } catch (reason) {
    if (running.signal.aborted) tell(`Stopped after ${took()}`);
    else tell(reason instanceof TypeError ? "The server can't be reached." : reason.message);
  } finally {
    running = null;
    drawRunning();
  }
}

async function watch(request, sent, took) {
  let count = 0;
  const { signal } = running;
  byId("answer").replaceChildren();
  tell("Waiting for the first event…");
  const next = (answer) => {
    count++;
    showAnswer(answer, `Event ${count} · ${took()}`);
    tell(`${count} ${count === 1 ? "event" : "events"}, still open`);
  };
  await (byId("transport").value === "events" ? listen : talk)(request, sent, signal, next);
  tell(`${signal.aborted ? "Stopped" : "Complete"} after ${count} ${count === 1 ? "event" : "events"} · ${took()}`);
}

function drawRunning() {
  byId("run").textContent = running ? "Stop" : "Run";
  byId("run").classList.toggle("stop", Boolean(running));
}

const tell = (text) => {
  byId("status").textContent = text;
};

/** The whole answer; with a title it is one of several and stands after the others. */
function showAnswer(answer, title) {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer, null, 2);
  const place = byId("answer");
  const parts = text.length > 400_000 ? [text] : paintJson(text);
  if (!title) {
    place.replaceChildren(...parts);
    return;
  }
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
  place.append(make("div", { class: "event" }, make("span", { class: "event-title" }, title), "\n", ...parts, "\n"));
  while (place.childElementCount > MOST_EVENTS) place.firstElementChild.remove();
  if (atEnd) place.scrollTop = place.scrollHeight;
}

function paintJson(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    parts.push(text.slice(at, found.index));
    const kind = found[2] ? "name" : found[1] ? "text" : "number";
    parts.push(make("span", { class: `t-${kind}` }, found[1] ?? found[0]), found[2] ?? "");
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}

/** On a small screen one pane is shown at a time. */
function show(pane) {
  byId("desk").dataset.shown = pane;
  for (const tab of byId("panes").children) {
    const isShown = tab.getAttribute("aria-controls") === pane;
    tab.setAttribute("aria-selected", String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
  }
}

for (const tab of byId("panes").children) {
  tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
}
byId("panes").addEventListener("keydown", (event) => {
  const tabs = [...byId("panes").children];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  next.focus();
  next.click();
});

/** The smallest query that asks for this field: its required arguments as variables, and its plain fields. */
function useField(root, field) {
  const needed = field.args.filter(({ type, defaultValue }) => type.kind === "NON_NULL" && defaultValue === null);
  const declared = needed.map(({ name, type }) => `$${name}: ${write(type)}`).join(", ");
  const passed = needed.map(({ name }) => `${name}: $${name}`).join(", ");
  const title = field.name.charAt(0).toUpperCase() + field.name.slice(1);
  const text = `${root} ${title}${declared ? `(${declared})` : ""} {
  ${field.name}${passed ? `(${passed})` : ""}${selection(bare(field.type), 1)}
}
`;
  editor.set(text);
  const example = Object.fromEntries(needed.map(({ name, type }) => [name, exampleOf(type, 0)]));
  variables.value = needed.length ? JSON.stringify(example, null, 2) : "";
  changed();
  show("work");
  query.focus();
}

/** Plain fields; where there are none, one level of what is inside. */
function selection(typeName, depth) {
  const type = schema.type(typeName);
  if (!type?.fields) return type?.possibleTypes?.length ? " { __typename }" : "";
  const plain = type.fields.filter((one) => !one.isDeprecated && !one.args.some(({ type: wanted }) => wanted.kind === "NON_NULL"));
  const leaves = plain.filter((one) => !schema.type(bare(one.type))?.fields && !schema.type(bare(one.type))?.possibleTypes?.length);
  const space = "  ".repeat(depth + 1);
  const lines = leaves.slice(0, 12).map(({ name }) => space + name);
  if (depth < 3) {
    const inner = plain.filter((one) => ["nodes", "pageInfo"].includes(one.name) || (!leaves.length && !leaves.includes(one)));
    for (const one of inner.slice(0, 3)) lines.push(`${space}${one.name}${selection(bare(one.type), depth + 1)}`);
  }
  return ` {\n${(lines.length ? lines : [`${space}__typename`]).join("\n")}\n${"  ".repeat(depth)}}`;
}

function exampleOf(type, depth) {
  if (type.kind === "NON_NULL") return exampleOf(type.ofType, depth);
  if (type.kind === "LIST") return [];
  const named = schema.type(type.name);
  if (named?.kind === "ENUM") return named.enumValues[0].name;
  if (named?.kind === "INPUT_OBJECT" && depth < 3) {
    const needed = named.inputFields.filter((one) => one.type.kind === "NON_NULL" && one.defaultValue === null);
    return Object.fromEntries(needed.map((one) => [one.name, exampleOf(one.type, depth + 1)]));
  }
  return { Int: 0, Float: 0, Boolean: false }[type.name] ?? "";
}

function drawHistory() {
  const all = runs();
  byId("history-empty").hidden = all.length > 0;
  byId("history-clear").hidden = all.length === 0;
  byId("runs").replaceChildren(
    ...all.map((one) => {
      const names = operations(one.query).map(({ kind, name }) => `${kind} ${name}`.trim());
      const first = one.query.split("\n").find((line) => line.trim() && !line.trim().startsWith("#")) ?? "";
      const take = make("button", { type: "button" }, make("b", {}, names.join(", ") || "query"), make("code", {}, first.trim()), make("small", {}, new Date(one.at).toLocaleString()));
      take.addEventListener("click", () => {
        editor.set(one.query);
        variables.value = one.variables ?? "";
        changed();
        byId("history").close();
        query.focus();
      });
      return make("li", {}, take);
    }),
  );
}

byId("run").addEventListener("click", run);
byId("prettify").addEventListener("click", () => {
  editor.set(prettify(query.value));
  try {
    if (variables.value.trim()) variables.value = JSON.stringify(JSON.parse(variables.value), null, 2);
  } catch {
    // It is told when it is run.
  }
  tell("Laid out.");
});
byId("copy-link").addEventListener("click", async () => {
  const link = linkTo({ query: query.value, variables: variables.value });
  history.replaceState(null, "", link);
  const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
  tell(copied ? "The link is copied. Headers are not in it." : "The link is in the address bar. Headers are not in it.");
});
byId("show-history").addEventListener("click", () => {
  drawHistory();
  byId("history").showModal();
});
byId("history-close").addEventListener("click", () => byId("history").close());
byId("history-clear").addEventListener("click", () => {
  forget();
  drawHistory();
});
for (const area of [variables, headers]) {
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") return;
    event.preventDefault();
    run();
  });
}
variables.addEventListener("input", changed);

const start = fromLink() ?? draft() ?? { query: FIRST, variables: "" };
query.value = start.query;
variables.value = start.variables ?? "";
editor.draw();
changed();
show(wide.matches ? "work" : byId("desk").dataset.shown);

loadSchema(async (request) => (await ask(request)).answer).then(
  (found) => {
    schema = found;
    openBrowser(schema, useField);
  },
  (reason) => {
    byId("browse").replaceChildren(
      make("p", { class: "words" }, "The schema can't be shown: ", reason.message),
      make("p", { class: "words" }, "In production it is for people with an account. Sign in at the start page first, or give a token in the headers and reload."),
    );
  },
);
