// Who is there: a guest or somebody with an account. The header shows it, and whoever needs to know is told of a change.
import { ask, call } from "./api.js";
import { announce, byId, memory, tell } from "./dom.js";
import { makeMenu } from "./menus.js";
import { ME } from "./queries.js";
import { reconnect } from "./socket.js";

/** Whom the server shows the explorer to. */
const EXPLORER = document.documentElement.dataset.explorer;
const watchers = new Set();
let person = null;

/** Ends when it is known for the first time. */
export const known = look();

/** The account, as `GET /api/v1/auth/me` tells it; `null` for a guest. */
export const signedIn = () => person;

/** Calls `watcher(person)` when somebody else is there than before. */
export function onPerson(watcher) {
  watchers.add(watcher);
}

/** Asks again who is there. A guest has no account to ask for, so that is asked first. */
export async function look() {
  try {
    const { me } = await ask(ME);
    person = me.isGuest ? null : await call("GET", "/api/v1/auth/me");
    memory.set("person", person?.id ?? null);
  } catch {
    person = null;
  }
  draw();
}

/** Somebody signed in, up or out: everything is asked for anew, as them. */
export async function changed(words) {
  await look();
  reconnect();
  announce(words);
  for (const watcher of watchers) watcher(person);
}

function draw() {
  byId("to-signin").hidden = Boolean(person);
  byId("menu").hidden = !person;
  tell(byId("menu-name"), person && (person.email ?? person.username));
  // Where guests may not open it, it is shown to people with an account only.
  byId("to-explorer").hidden = EXPLORER === "nobody" || (EXPLORER === "accounts" && !person);
}

const shut = makeMenu(byId("menu"));

byId("sign-out").addEventListener("click", async () => {
  try {
    await call("POST", "/api/v1/auth/logout");
  } catch (problem) {
    tell(byId("offline"), `You are still signed in. ${problem.message}`);
    return;
  } finally {
    shut();
  }
  tell(byId("offline"), "");
  await changed("You are signed out.");
});

// Another tab signed in or out: this one shows the same person.
window.addEventListener("storage", async ({ key, newValue }) => {
  if (key !== "saga.person" || newValue === (person?.id ?? null)) return;
  await look();
  reconnect();
  for (const watcher of watchers) watcher(person);
});
