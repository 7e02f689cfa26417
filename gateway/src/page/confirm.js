// Where links of mail lead: an email is confirmed, or a password is set anew; and where who signs in with a provider gives the
// code of a second factor. What is secret stands behind the `#`, goes to the server in a body, and out of the address.
import { call } from "./api.js";
import { byId } from "./dom.js";

const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);

const ways = {
  email: { title: "Confirm your email address", send: "Confirm", act: confirmEmail },
  password: { title: "Set a new password", label: "New password", type: "password", complete: "new-password", send: "Set it", act: setPassword },
  code: { title: "One more step", label: "Code of your authenticator, or a recovery code", type: "text", complete: "one-time-code", send: "Sign in", act: signIn },
};
const name = Object.keys(ways).find((way) => given.has(way));
const secret = name ? given.get(name) : "";

function ask({ title, label, type, complete, send }) {
  byId("title").textContent = title;
  byId("label").textContent = label ?? "";
  byId("label").hidden = !label;
  const field = byId("field");
  field.hidden = !label;
  field.required = Boolean(label);
  if (label) Object.assign(field, { type, autocomplete: complete, value: "" });
  byId("send").textContent = send;
  byId("form").hidden = false;
  if (label) field.focus();
}

function say(text, done = false) {
  byId("said").textContent = text;
  if (done) byId("form").hidden = true;
}

async function confirmEmail(password) {
  try {
    await call("POST", "/api/v1/auth/email/confirm", password ? { token: secret, password } : { token: secret });
    say("Your email address is confirmed.", true);
  } catch (problem) {
    if (problem.code !== "SIGN_IN_NEEDED") throw problem;
    ask({ title: ways.email.title, label: "Password of the account", type: "password", complete: "current-password", send: "Confirm" });
    say(password ? "That is not its password." : "You are not signed in to the account of this address: give its password.");
  }
}

async function setPassword(value) {
  await call("POST", "/api/v1/auth/password/reset", { token: secret, new_password: value });
  say("Your new password is set. Sign in with it.", true);
}

async function signIn(code) {
  await call("POST", "/api/v1/auth/login/code?session=cookie", { ticket: secret, code });
  const to = given.get("return_to") ?? "/";
  location.assign(to.startsWith("/") && !to.startsWith("//") ? to : "/");
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("send").disabled = true;
  try {
    await ways[name].act(byId("field").value);
  } catch (problem) {
    const [first] = Object.values(problem.fields ?? {});
    say(first ?? problem.message);
  } finally {
    byId("send").disabled = false;
  }
});

if (name) ask(ways[name]);
else say("This link is not whole. Open it again from the mail.");
