// One workflow: its graph, its state step by step, what it asks, and what people do with it.
import { ask } from "./api.js";
import { announce, byId, make, tell } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { drawGraph } from "./graph.js";
import { ANSWER_QUESTION, CANCEL_WORKFLOW, CHECKPOINTS, EXECUTE_WORKFLOW, FORK_WORKFLOW, WORKFLOW, WORKFLOW_EVENTS, WORKFLOW_TYPES } from "./queries.js";
import { subscribe } from "./socket.js";

const steps = byId("workflow-step");
let opened = 0;
let id = "";
let shown = null;
let last = 0;
let stop = null;
let timer = 0;
/** Whether the newest step is shown, which then follows the workflow. */
let following = true;
/** Nodes that are done or failed, as the events of the current run say. */
let nodes = new Map();
/** The fields with which it is executed, where it never was. */
let start = null;

export function openWorkflow(which) {
  const mine = ++opened;
  [id, shown, last, following, nodes, start] = [which, null, 0, true, new Map(), null];
  byId("workflow-questions").replaceChildren();
  byId("workflow-state").textContent = "";
  load(mine);
  return () => {
    opened++;
    clearTimeout(timer);
    stop?.();
    stop = null;
  };
}

async function load(mine) {
  try {
    const { workflow } = await ask(WORKFLOW, { id });
    if (mine !== opened) return;
    byId("workflow-missing").hidden = Boolean(workflow);
    byId("workflow-body").hidden = !workflow;
    if (!workflow) return;
    tell(byId("workflow-problem"), "");
    show(workflow);
    if (!stop && !isOver(workflow.status)) watch(mine);
  } catch (problem) {
    if (mine === opened) tell(byId("workflow-problem"), `This workflow could not be loaded. ${problem.message}`);
  }
}

const isOver = (status) => ["COMPLETED", "FAILED", "CANCELLED"].includes(status);

/** Every event may have changed what is shown: it is asked for anew, once for many that come together. */
function watch(mine) {
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(mine), 150);
  };
  stop = subscribe(WORKFLOW_EVENTS, () => ({ id, after: last }), {
    next({ workflowEvents: event }) {
      if (mine !== opened) return;
      last = Math.max(last, event.number ?? 0);
      if (event.kind === "TASK") nodes.set(event.data.node, event.data.state);
      again();
    },
    error() {
      stop = null;
      again();
    },
    complete() {
      stop = null;
      again();
    },
  });
}

function show(workflow) {
  const before = shown;
  shown = workflow;
  const status = workflow.status.toLowerCase();
  byId("workflow-title").textContent = workflow.name;
  document.title = `${workflow.name}, ${status} – Saga`;
  const badge = byId("workflow-status");
  badge.className = `badge ${status}`;
  badge.textContent = status;
  if (before && before.status !== workflow.status) announce(`The workflow is ${status}.`);
  tell(byId("workflow-failure"), workflow.errorMessage);
  byId("workflow-cancel").hidden = !["RUNNING", "INTERRUPTED"].includes(workflow.status);
  showStart();
  showGraph();
  showSteps();
  showQuestions();
  const output = workflow.output === null ? "" : JSON.stringify(workflow.output, null, 2);
  byId("workflow-output").textContent = output;
  byId("workflow-result").hidden = !output;
}

/** A workflow that was never executed, such as a fork, is executed from here. */
async function showStart() {
  const form = byId("workflow-start");
  form.hidden = Boolean(shown.run);
  if (shown.run || start) return;
  const mine = opened;
  start = fieldsOf({ type: "object", properties: {} }, "start");
  const { workflowTypes } = await ask(WORKFLOW_TYPES).catch(() => ({ workflowTypes: [] }));
  if (mine !== opened) return;
  const schema = workflowTypes.find(({ name }) => name === shown.workflowType)?.inputSchema;
  start = fieldsOf(schema ?? { type: "object", properties: {} }, "start");
  byId("workflow-start-input").replaceChildren(start.element);
}

byId("workflow-start").addEventListener("submit", async (event) => {
  event.preventDefault();
  tell(byId("workflow-start-problem"), "");
  let userInput;
  try {
    userInput = start.read();
  } catch {
    return;
  }
  try {
    await ask(EXECUTE_WORKFLOW, { input: { id, userInput } });
    load(opened);
  } catch (problem) {
    tell(byId("workflow-start-problem"), problem.message);
  }
});

/** A step that is done for each item of a list is drawn once: `leg[3]/ask` belongs to `leg`. */
const drawnAs = (id) => id.split("[")[0];

function showGraph() {
  const place = byId("workflow-graph");
  const next = new Set(isOver(shown.status) ? [] : shown.next.map(drawnAs));
  const done = new Set(shown.checkpoints.flatMap(({ next: at }) => at.map(drawnAs)));
  const told = (node, state) => [...nodes].some(([id, of]) => of === state && drawnAs(id) === node);
  const begun = shown.checkpoints.some(({ step: number }) => number > 0);
  // What it starts with stands before no checkpoint.
  if (begun) for (const { source, target } of shown.graph?.edges ?? []) if (source === "start") done.add(target);
  const stateOf = (node) => {
    if (node === drawnAs(shown.failedNode ?? "") || told(node, "failed")) return "failed";
    if (next.has(node)) return "next";
    return done.has(node) || told(node, "succeeded") ? "done" : null;
  };
  place.replaceChildren(...(shown.graph ? [drawGraph(shown.graph, stateOf)] : []));
}

function showSteps() {
  const kept = [...shown.checkpoints].reverse();
  const chosen = following ? kept.at(-1)?.id : steps.value;
  steps.replaceChildren(
    ...kept.map(({ id: value, step, next }) => make("option", { value }, `Step ${step}${next.length ? `, before ${next.join(", ")}` : ", the end"}`)),
  );
  if (chosen) steps.value = chosen;
  byId("workflow-steps").hidden = kept.length === 0;
  showState();
}

async function showState() {
  const mine = opened;
  const chosen = steps.value;
  const at = steps.selectedIndex;
  byId("workflow-back").disabled = at <= 0;
  byId("workflow-forth").disabled = at < 0 || at >= steps.length - 1;
  if (!chosen) return;
  try {
    const { workflow } = await ask(CHECKPOINTS, { id });
    if (mine !== opened || steps.value !== chosen) return;
    const kept = workflow?.checkpoints.find(({ id: checkpoint }) => checkpoint === chosen);
    byId("workflow-state").textContent = JSON.stringify(kept?.state ?? null, null, 2);
  } catch (problem) {
    tell(byId("workflow-problem"), problem.message);
  }
}

function step(by) {
  steps.selectedIndex = Math.min(steps.length - 1, Math.max(0, steps.selectedIndex + by));
  following = steps.selectedIndex === steps.length - 1;
  showState();
}

steps.addEventListener("change", () => step(0));
byId("workflow-back").addEventListener("click", () => step(-1));
byId("workflow-forth").addEventListener("click", () => step(1));

/** Forms stay while their questions are open, with what somebody has written in them. */
function showQuestions() {
  const place = byId("workflow-questions");
  const open = new Set(shown.questions.map((question) => question.id));
  for (const form of [...place.children]) if (!open.has(form.dataset.id)) form.remove();
  const there = new Set([...place.children].map((form) => form.dataset.id));
  for (const question of shown.questions) if (!there.has(question.id)) place.append(formOf(question));
}

function formOf(question) {
  const fields = fieldsOf(question.responseSchema, `question-${question.id}`);
  const wrong = make("p", { class: "note bad", role: "alert", hidden: true });
  const about = question.value === null ? "" : make("pre", { class: "code" }, JSON.stringify(question.value, null, 2));
  const title = make("h2", { id: `question-${question.id}-title` }, question.prompt);
  const decline = make("button", { type: "button", class: "quiet" }, "Decline");
  const buttons = make("p", { class: "actions" }, make("button", { class: "main" }, "Answer"), decline);
  const form = make("form", { class: "card question", noValidate: true, "data-id": question.id, "aria-labelledby": title.id }, title, about, wrong, fields.element, buttons);
  const send = async (reply) => {
    tell(wrong, "");
    try {
      await ask(ANSWER_QUESTION, { input: { workflowId: id, questionId: question.id, ...reply } });
      announce("Answered.");
      load(opened);
    } catch (problem) {
      const refused = Object.entries(problem.fields ?? {});
      const rest = refused.filter(([field, message]) => !fields.refuse(field.replace(/^input\.answer\.?/, ""), message));
      if (rest.length || !refused.length) tell(wrong, problem.message);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    let answer;
    try {
      answer = fields.read();
    } catch {
      return;
    }
    send({ answer });
  });
  decline.addEventListener("click", () => send({ decline: true }));
  return form;
}

byId("workflow-fork").addEventListener("click", async () => {
  try {
    const input = { sourceId: id, checkpointId: steps.value, name: `${shown.name} (fork)`.slice(0, 200) };
    const { forkWorkflow } = await ask(FORK_WORKFLOW, { input });
    location.hash = `#/workflows/${encodeURIComponent(forkWorkflow.workflow.id)}`;
  } catch (problem) {
    tell(byId("workflow-problem"), problem.message);
  }
});

byId("workflow-cancel").addEventListener("click", async () => {
  try {
    await ask(CANCEL_WORKFLOW, { id });
    load(opened);
  } catch (problem) {
    tell(byId("workflow-problem"), problem.message);
  }
});
