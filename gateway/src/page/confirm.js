// Where links of mail lead: an email is confirmed, or a password is set anew; and where who signs in with a provider gives the
// code of a second factor. What is secret stands behind the `#`, goes to the server in a body, and out of the address.
import { call, Problem } from "./api.js";
import { byId, tell } from "./dom.js";

const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);

const PASSWORD_OF_ACCOUNT = { label: "Password of the account", type: "password", complete: "current-password" };
const WAYS = {
  email: { title: "Confirm your email", send: "Confirm", act: confirmEmail },
  password: {
    title: "Set a new password",
    label: "New password",
    hint: "At least 8 characters, and not a common one.",
    type: "password",
    complete: "new-password",
    send: "Set the password",
    act: setPassword,
  },
  code: {
    title: "Two-step sign-in",
    label: "Code",
    hint: "From your authenticator app, or a recovery code.",
    type: "text",
    complete: "one-time-code",
    send: "Sign in",
    act: signIn,
  },
};
const name = Object.keys(WAYS).find((way) => given.has(way));
const secret = name ? given.get(name) : "";

function ask({ title, label, hint, type, complete, send }) {
  byId("title").textContent = title;
  document.title = `${title} – Saga`;
  const field = byId("field");
  field.parentElement.hidden = !label;
  field.required = Boolean(label);
  byId("label").textContent = label ?? "";
  tell(byId("hint"), hint);
  if (label) Object.assign(field, { type, autocomplete: complete, value: "" });
  byId("send").textContent = send;
  byId("form").hidden = false;
  if (label) field.focus();
}

/** It is over, well or not. */
function end(text, to) {
  tell(byId("said"), text);
  byId("form").hidden = true;
  if (to) Object.assign(byId("back"), { href: to.href, textContent: to.text });
  byId("title").focus();
}

function showWrong(text) {
  tell(byId("problem"), text);
  const field = byId("field");
  if (!text) field.removeAttribute("aria-invalid");
  else {
    field.parentElement.hidden = false;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

async function confirmEmail(password) {
  try {
    await call("POST", "/api/v1/auth/email/confirm", password ? { token: secret, password } : { token: secret });
    end("Your email is confirmed.");
  } catch (problem) {
    if (problem.code !== "SIGN_IN_NEEDED") throw problem;
    ask({ ...WAYS.email, ...PASSWORD_OF_ACCOUNT });
    if (password) showWrong("This is not its password.");
    else tell(byId("said"), "You are not signed in to the account of this address, so enter its password.");
  }
}

async function setPassword(value) {
  await call("POST", "/api/v1/auth/password/reset", { token: secret, new_password: value });
  end("Your new password is set. Sign in with it.", { href: "/#/sign-in", text: "Sign in" });
}

async function signIn(code) {
  await call("POST", "/api/v1/auth/login/code?session=cookie", { ticket: secret, code: code.trim() });
  const to = given.get("return_to") ?? "/";
  // Only a path of this server, whichever way a browser reads it.
  const url = URL.canParse(to, location.origin) ? new URL(to, location.origin) : null;
  location.replace(url?.origin === location.origin ? url.pathname + url.search + url.hash : "/");
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [field, send] = [byId("field"), byId("send")];
  if (send.getAttribute("aria-disabled") === "true") return;
  showWrong("");
  if (field.required && !field.value.trim()) {
    showWrong("Please fill this in.");
    return;
  }
  send.setAttribute("aria-disabled", "true");
  try {
    await WAYS[name].act(field.value);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.code === "LINK_NOT_VALID") end("This link is used up or too old. Ask for a new one.", { href: "/#/forgotten", text: "Ask for a new link" });
    else if (field.required) showWrong(Object.values(problem.fields)[0] ?? problem.message);
    else tell(byId("said"), problem.message);
  } finally {
    send.removeAttribute("aria-disabled");
  }
});

if (name) ask(WAYS[name]);
else end("This link is not complete. Open it again from the mail.");
