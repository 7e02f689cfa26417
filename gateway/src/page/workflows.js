// The list of workflows, and the form that creates and executes one.
import { ask, call } from "./api.js";
import { byId, make, tell } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { CREATE_WORKFLOW, EXECUTE_WORKFLOW, WORKFLOW_TYPES, WORKFLOWS } from "./queries.js";
import { ago } from "./words.js";

const list = byId("workflow-list");
const form = byId("workflow-form");
const choice = byId("workflow-type");
let opened = 0;
let types = [];
let input = null;

export function openWorkflows() {
  const mine = ++opened;
  load(mine);
  return () => {
    opened++;
  };
}

async function load(mine) {
  tell(byId("workflows-error"), "");
  try {
    const [found, made] = await Promise.all([ask(WORKFLOW_TYPES), ask(WORKFLOWS, { first: 20 })]);
    if (mine !== opened) return;
    byId("workflows-in").hidden = false;
    byId("workflows-out").hidden = true;
    types = found.workflowTypes;
    choice.replaceChildren(...types.map(({ name, title }) => make("option", { value: name }, title || name)));
    showInput();
    list.replaceChildren(...made.workflows.nodes.map(row));
    byId("workflows-empty").hidden = made.workflows.nodes.length > 0;
  } catch (problem) {
    if (mine !== opened) return;
    const nobody = problem.code === "AUTHENTICATION_ERROR";
    byId("workflows-in").hidden = true;
    byId("workflows-out").hidden = !nobody;
    if (!nobody) tell(byId("workflows-error"), `Your workflows could not be loaded. ${problem.message}`);
  }
}

function row({ id, name, status, percent, updatedAt }) {
  const state = status.toLowerCase();
  return make(
    "li",
    { "data-id": id },
    make("a", { href: `#/workflows/${encodeURIComponent(id)}` }, name),
    make("span", { class: `badge ${state}` }, state === "running" ? `${state}, ${percent}%` : state),
    make("time", { dateTime: updatedAt }, ago(updatedAt)),
  );
}

function showInput() {
  const type = types.find(({ name }) => name === choice.value);
  tell(byId("workflow-about"), type?.description);
  input = fieldsOf(type?.inputSchema ?? { type: "object", properties: {} }, "input");
  byId("workflow-input").replaceChildren(input.element);
}

choice.addEventListener("change", showInput);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  tell(byId("workflow-form-problem"), "");
  let userInput;
  try {
    userInput = input.read();
  } catch {
    return;
  }
  try {
    const { createWorkflow } = await ask(CREATE_WORKFLOW, { input: { workflowType: choice.value } });
    const { id } = createWorkflow.workflow;
    await ask(EXECUTE_WORKFLOW, { input: { id, userInput } });
    location.hash = `#/workflows/${encodeURIComponent(id)}`;
  } catch (problem) {
    const rest = Object.entries(problem.fields ?? {}).filter(([field, message]) => !input.refuse(field.replace(/^input\.userInput\./, ""), message));
    if (rest.length || !Object.keys(problem.fields ?? {}).length) tell(byId("workflow-form-problem"), problem.message);
  }
});

byId("workflows-guest").addEventListener("click", async () => {
  try {
    await call("POST", "/api/v1/auth/guest?session=cookie");
    load(opened);
  } catch (problem) {
    tell(byId("workflows-error"), problem.message);
  }
});
