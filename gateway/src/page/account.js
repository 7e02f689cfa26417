// The account: what it is, where it is signed in, its keys, what happened to it, and how it ends.
import { call } from "./api.js";
import { announce, byId, confirmed, make, tell } from "./dom.js";
import { blank, onSubmit } from "./form.js";
import { drawFactor, hideRecovery } from "./factor.js";
import { changed, look, signedIn } from "./session.js";
import { ago, name } from "./words.js";

const FORMS = ["email-form", "password-form", "key-form", "delete-form"];
/** Which opening of this view is shown, so that a late answer for an earlier one is dropped. */
let opened = 0;
let nextPage = null;

export function openAccount() {
  opened++;
  FORMS.forEach(blank);
  hideSecret();
  hideRecovery();
  tell(byId("settings-error"), "");
  byId("audit").replaceChildren();
  drawYou();
  attempt(() => Promise.all([loadSessions(), loadKeys()]));
  return () => {
    opened++;
    hideSecret();
    hideRecovery();
    FORMS.forEach(blank);
  };
}

/** Does it, or says why not. */
async function attempt(act) {
  const mine = opened;
  tell(byId("settings-error"), "");
  try {
    await act();
  } catch (problem) {
    if (mine === opened) tell(byId("settings-error"), problem.message);
  }
}

function drawYou() {
  const person = signedIn();
  if (!person) return;
  byId("you-email").textContent = person.email ?? "None";
  byId("you-username").textContent = person.username;
  byId("you-tier").textContent = name(person.tier);
  byId("you-since").textContent = new Date(person.created_at).toLocaleDateString([], { dateStyle: "long" });
  byId("password-username").value = person.username;
  drawFactor(person);
  // Whoever came by another provider has no password to confirm with.
  for (const id of ["email-password", "password-current", "delete-password"]) {
    byId(id).required = person.has_password;
    byId(id).parentElement.hidden = !person.has_password;
  }
}

async function loadSessions() {
  const mine = opened;
  const sessions = await call("GET", "/api/v1/sessions");
  if (mine === opened) byId("sessions").replaceChildren(...sessions.map(session));
}

function session({ id, user_agent: agent, address, last_used_at: used, current }) {
  const browser = browserName(agent);
  const revoke = make("button", { type: "button", class: "quiet", "aria-label": `Sign out ${browser}, ${address}` }, "Sign out");
  revoke.addEventListener("click", () =>
    attempt(async () => {
      await call("DELETE", `/api/v1/sessions/${id}`);
      await loadSessions();
      byId("sessions-title").focus();
      announce("That session has ended.");
    }),
  );
  const about = [address, current ? "" : `last used ${ago(used)}`].filter(Boolean).join(" · ");
  return line(browser, about, current ? make("span", { class: "badge completed" }, "this device") : revoke);
}

/** `Firefox on Linux`, or what it calls itself. */
function browserName(agent) {
  const browsers = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
  const systems = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]];
  const find = (pairs) => pairs.find(([mark]) => agent.includes(mark))?.[1];
  const [browser, system] = [find(browsers), find(systems)];
  return browser ? [browser, system].filter(Boolean).join(" on ") : agent.slice(0, 60) || "Unknown program";
}

/** A line of a list: what, about it, and what can be done with it. */
const line = (title, about, ...ends) =>
  make("li", {}, make("span", { class: "line-text" }, make("b", {}, title), make("small", {}, about)), ...ends);

async function loadKeys() {
  const mine = opened;
  attempt(() => loadAudit(null));
  const keys = (await call("GET", "/api/v1/api-keys")).filter((key) => !key.revoked_at);
  if (mine !== opened) return;
  byId("api-keys").replaceChildren(...keys.map(apiKey));
  byId("api-keys-empty").hidden = keys.length > 0;
}

function apiKey(key) {
  const regenerate = make("button", { type: "button", class: "quiet", "aria-label": `New secret for ${key.name}` }, "New secret");
  const revoke = make("button", { type: "button", class: "quiet", "aria-label": `Revoke ${key.name}` }, "Revoke");
  regenerate.addEventListener("click", async () => {
    const text = "Programs that use the old secret stop working at once.";
    if (!(await confirmed({ title: `A new secret for ${key.name}?`, text, yes: "Create a new secret" }))) return;
    await attempt(async () => showSecret(await call("POST", `/api/v1/api-keys/${key.id}/regenerate`)));
  });
  revoke.addEventListener("click", async () => {
    const text = "Programs that use this key stop working at once.";
    if (!(await confirmed({ title: `Revoke ${key.name}?`, text, yes: "Revoke" }))) return;
    await attempt(async () => {
      await call("DELETE", `/api/v1/api-keys/${key.id}`);
      hideSecret();
      await loadKeys();
      byId("keys-list-title").focus();
      announce("The key is revoked.");
    });
  });
  const used = key.last_used_at ? `last used ${ago(key.last_used_at)}` : "never used";
  const ends = key.expires_at ? `expires ${ago(key.expires_at)}` : "never expires";
  const may = key.scopes.length ? key.scopes.join(", ") : "may do everything";
  return line(key.name, `${key.prefix}… · ${may} · ${ends} · ${used}`, regenerate, revoke);
}

async function showSecret({ key }) {
  byId("secret").value = key;
  byId("secret-copy").textContent = "Copy";
  byId("secret-box").hidden = false;
  byId("secret").focus();
  byId("secret").select();
  await loadKeys();
}

function hideSecret() {
  byId("secret").value = "";
  byId("secret-box").hidden = true;
}

byId("secret-hide").addEventListener("click", () => {
  hideSecret();
  byId("keys-list-title").focus();
});
byId("secret-copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("secret").value);
    byId("secret-copy").textContent = "Copied";
    announce("The key is copied.");
  } catch {
    // Without leave to copy it is marked, for the keys that copy.
    byId("secret").focus();
    byId("secret").select();
  }
});

async function loadAudit(token) {
  const mine = opened;
  const query = token ? `?page_token=${encodeURIComponent(token)}` : "";
  const { events, next_page_token: next } = await call("GET", `/api/v1/audit${query}`);
  if (mine !== opened) return;
  if (!token) byId("audit").replaceChildren();
  byId("audit").append(...events.map(event));
  nextPage = next;
  byId("audit-more").hidden = !next;
}

/** What happened, where the server's word does not say it. */
const HAPPENED = {
  register: "Account created",
  guest_upgraded: "Stories of this browser taken over",
  login: "Signed in",
  login_failed: "Sign-in failed",
  logout: "Signed out",
  session_revoked: "Session ended",
  refresh_reuse_detected: "Session ended: its token was used twice",
  password_check_failed: "Wrong password given",
  api_key_created: "API key created",
  api_key_regenerated: "API key given a new secret",
  api_key_revoked: "API key revoked",
  oauth_linked: "Sign-in provider added",
  tier_set: "Plan changed",
  user_read: "Looked up by an operator",
};

function event({ action, at, address, user_agent: agent }) {
  const about = [address, agent ? browserName(agent) : ""].filter(Boolean).join(" · ");
  const words = HAPPENED[action] ?? action.replaceAll("_", " ");
  return line(words.charAt(0).toUpperCase() + words.slice(1), about, make("time", { dateTime: at, title: new Date(at).toLocaleString() }, ago(at)));
}

byId("audit-more").addEventListener("click", () => attempt(() => loadAudit(nextPage)));

onSubmit(
  "email-form",
  async (values) => {
    await call("POST", "/api/v1/auth/email", values);
    await look();
    drawYou();
    blank("email-form");
    tell(byId("email-form-done"), "Your email is changed.");
  },
  { wrongPassword: "password" },
);

onSubmit(
  "password-form",
  async (values) => {
    await call("POST", "/api/v1/auth/password", values);
    blank("password-form");
    await look();
    drawYou();
    tell(byId("password-form-done"), "Your password is changed.");
    attempt(loadSessions);
  },
  { wrongPassword: "current_password" },
);

onSubmit("key-form", async (values) => {
  const days = Number(byId("key-days").value);
  const expires = days ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined;
  const scopes = [...byId("key-scopes").querySelectorAll("input:checked")].map((box) => box.value);
  const made = await call("POST", "/api/v1/api-keys", { ...values, scopes, expires_at: expires });
  blank("key-form");
  await showSecret(made);
});

onSubmit(
  "delete-form",
  async (values) => {
    const text = "Your account and everything in it will be gone. This cannot be undone.";
    if (!(await confirmed({ title: "Delete your account?", text, yes: "Delete" }))) return;
    await call("DELETE", "/api/v1/auth/me", values);
    await changed("Your account is deleted.");
  },
  { wrongPassword: "password" },
);
