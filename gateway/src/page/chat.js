// The assistants: a conversation that only this page knows. It is sent along with each message and is gone with the page.
import { call, renew } from "./api.js";
import { announce, byId, make, tell } from "./dom.js";
import { signedIn } from "./session.js";

const form = byId("chat-form");
const log = byId("chat-log");
/** What was said, as the next message brings it. */
let history = [];
let socket = null;

export function openChat() {
  look();
  return () => {
    socket?.close(1000);
    forget();
  };
}

/** Nothing that was said outlives the view. */
function forget() {
  history = [];
  log.replaceChildren();
}

/** Whoever is signed in, as a guest too, may chat. */
async function look() {
  let may = Boolean(signedIn());
  if (!may) may = await call("GET", "/api/v1/plans/playbook").then(() => true, () => false);
  byId("chat-in").hidden = !may;
  byId("chat-out").hidden = may;
}

function context() {
  return {
    user_profile: { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: navigator.language },
    conversation_history: history,
  };
}

function add(who, text) {
  const words = make("p", { class: "chat-words" }, text);
  log.append(make("li", { class: `chat-turn ${who}` }, make("span", { class: "chat-who" }, who === "user" ? "You" : "Saga"), words));
  words.scrollIntoView({ block: "nearest" });
  return words;
}

/** What is proposed, in plain words: the page itself keeps no records that it could change. */
function showActions(words, actions) {
  if (!actions?.length) return;
  const rows = actions.map(({ type, table, data }) =>
    make("li", {}, make("strong", {}, `${type.replaceAll("_", " ")}${table ? ` in ${table}` : ""}`), make("pre", { class: "code" }, JSON.stringify(data, null, 2))),
  );
  words.after(make("div", { class: "chat-actions" }, make("p", {}, "Proposed:"), make("ul", {}, ...rows)));
}

function done() {
  socket = null;
  byId("chat-stop").hidden = true;
  byId("chat-send").removeAttribute("aria-disabled");
  byId("chat-message").focus();
}

/** One message, one socket: words as they come, and the answer at the end. Again, once, when the session had run out. */
function send(message, mayRenew = true) {
  const url = new URL("/api/v1/chat/stream", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(url);
  const words = add("assistant", "…");
  let said = "";
  let end = null;
  socket = mine;

  mine.addEventListener("open", () => mine.send(JSON.stringify({ message, context: context() })));
  mine.addEventListener("message", ({ data }) => {
    const frame = read(data);
    if (frame?.restart) said = "";
    else if (frame) end = frame;
    else said += data;
    words.textContent = end?.response ?? (said || "…");
  });
  mine.addEventListener("close", async ({ code }) => {
    if (code === 4401 && !end && mayRenew) {
      words.closest("li").remove();
      await renew().catch(() => null);
      send(message, false);
      return;
    }
    if (end?.done) {
      history.push({ role: "user", content: message }, { role: "assistant", content: end.response });
      showActions(words, end.actions);
      announce("The answer is there.");
    } else {
      words.textContent = end?.error?.message ?? (socket === mine ? "The answer broke off. Try again." : "Stopped.");
      words.classList.add("bad");
    }
    if (socket === mine || !socket) done();
  });
}

/** A frame of ours; words are none. */
function read(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame === "object" && (frame?.restart || "done" in (frame ?? {})) ? frame : null;
  } catch {
    return null;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const message = byId("chat-message").value.trim();
  if (socket) return;
  tell(byId("chat-error"), message ? "" : "Write what you want to know or to have done.");
  if (!message) return;
  add("user", message);
  byId("chat-message").value = "";
  byId("chat-send").setAttribute("aria-disabled", "true");
  byId("chat-stop").hidden = false;
  send(message);
});

// Going away stops the work, down to the model.
byId("chat-stop").addEventListener("click", () => {
  const mine = socket;
  socket = null;
  mine?.close(1000);
});

byId("chat-guest").addEventListener("click", async () => {
  try {
    await call("POST", "/api/v1/auth/guest?session=cookie");
    await look();
  } catch (problem) {
    tell(byId("chat-error"), problem.message);
  }
});
