// Forms of accounts: sends one, and tells what is wrong at the field where it is wrong.
import { Problem } from "./api.js";
import { byId, tell } from "./dom.js";

/** Refusals that are about one field, and how they are told there. */
const ABOUT = {
  EMAIL_TAKEN: ["email", "This email already has an account."],
  USERNAME_TAKEN: ["username", "This username is taken."],
};

/**
 * Sends what the form says with `send(values)` when all required fields are filled. `wrongPassword` names the field that
 * refused credentials are told at; without it they are told for the whole form.
 */
export function onSubmit(id, send, { wrongPassword } = {}) {
  const form = byId(id);
  const button = form.querySelector("button:not([type])");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    clear(form);
    const missing = fieldsOf(form).filter((input) => input.required && !input.value.trim());
    if (missing.length) {
      showWrong(form, Object.fromEntries(missing.map((input) => [input.name, "Please fill this in."])));
      return;
    }
    button.setAttribute("aria-disabled", "true");
    try {
      await send(values(form));
    } catch (problem) {
      explain(form, problem, wrongPassword);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Nothing is wrong with the form any more, and nothing is in it. */
export function blank(id) {
  byId(id).reset();
  clear(byId(id));
}

const fieldsOf = (form) => [...form.querySelectorAll("input[name]")];

/** Passwords as they are, everything else without spaces around it; what is empty is left out. */
function values(form) {
  const read = (input) => (input.type === "password" ? input.value : input.value.trim());
  return Object.fromEntries(fieldsOf(form).map((input) => [input.name, read(input)]).filter(([, value]) => value));
}

function clear(form) {
  tell(byId(`${form.id}-problem`), "");
  const done = byId(`${form.id}-done`);
  if (done) tell(done, "");
  showWrong(form, {});
}

function explain(form, problem, wrongPassword) {
  // What is no refusal is a mistake of this page: it belongs in the console.
  if (!(problem instanceof Problem)) throw problem;
  // REST names a field, GraphQL the path of an argument to it.
  const fields = Object.fromEntries(Object.entries(problem.fields).map(([name, words]) => [name.split(".").pop(), words]));
  const about = ABOUT[problem.code];
  if (about) fields[about[0]] = about[1];
  if (problem.code === "SECOND_FACTOR_NEEDED") fields.code = "Enter a code from your authenticator app.";
  const refused = problem.code === "INVALID_CREDENTIALS";
  if (refused && wrongPassword) fields[wrongPassword] = "This is not your current password.";
  showWrong(form, fields);
  if (form.querySelector("[aria-invalid]")) return;
  tell(byId(`${form.id}-problem`), refused ? "Wrong name or password." : problem.message);
}

function showWrong(form, wrong) {
  for (const input of fieldsOf(form)) {
    tell(byId(`${input.id}-error`), wrong[input.name]);
    if (wrong[input.name]) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  form.querySelector("[aria-invalid]")?.focus();
}
