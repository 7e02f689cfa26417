// The page's frame: which view an address shows, the colours, and the word when the network is gone.
import { openAccount } from "./account.js";
import { openBook } from "./book.js";
import { openChat } from "./chat.js";
import { openFiction } from "./fiction.js";
import { openHome } from "./home.js";
import { known, onPerson, signedIn } from "./session.js";
import { openForgotten, openSignIn, openSignUp } from "./signin.js";
import { openShared, openStory } from "./story.js";
import { byId, memory, tell } from "./dom.js";
import { openWorkflow } from "./workflow.js";
import { openWorkflows } from "./workflows.js";

const VIEWS = ["home", "story", "signin", "signup", "forgotten", "settings", "fiction", "book", "chat", "workflows", "workflow", "missing"];
let close = null;
let first = true;

/** `#/` and `#/stories/<id>`; the address alone says what is shown, so a reload shows the same. */
function route() {
  const path = location.hash.replace(/^#/, "") || "/";
  if (!path.startsWith("/")) return;
  close?.();
  const story = /^\/stories\/([^/]+)$/.exec(path);
  const workflow = /^\/workflows\/([^/]+)$/.exec(path);
  const book = /^\/books\/([^/]+)$/.exec(path);
  const shared = /^\/shared\/([^/]+)$/.exec(path);
  if (shared) show("story", () => openShared(decodeURIComponent(shared[1])));
  else if (story) show("story", () => openStory(decodeURIComponent(story[1])));
  else if (workflow) show("workflow", () => openWorkflow(decodeURIComponent(workflow[1])));
  else if (book) show("book", () => openBook(decodeURIComponent(book[1])));
  else if (path === "/fiction") show("fiction", openFiction);
  else if (path === "/chat") show("chat", openChat);
  else if (path === "/workflows") show("workflows", openWorkflows);
  else if (path === "/") show("home", openHome);
  else if (path === "/sign-in") show("signin", openSignIn);
  else if (path === "/sign-up") show("signup", openSignUp);
  else if (path === "/forgotten") show("forgotten", openForgotten);
  else if (path === "/account") account();
  else show("missing", () => null);
}

/** Only once it is known who is there: the account, or the way in. */
async function account() {
  close = null;
  await known;
  if (location.hash !== "#/account") return;
  if (signedIn()) show("settings", openAccount);
  else location.replace("#/sign-in");
}

function show(view, open) {
  for (const one of VIEWS) byId(one).hidden = one !== view;
  document.title = "Saga";
  close = open();
  if (first) {
    first = false;
    return;
  }
  window.scrollTo(0, 0);
  // A view may have put the focus where one begins.
  if (!byId(view).contains(document.activeElement)) byId(`${view}-title`).focus({ preventScroll: true });
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function showTheme() {
  byId("theme").setAttribute("aria-pressed", String(isDark()));
}

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  memory.set("theme", theme);
  showTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
showTheme();

function showNetwork() {
  tell(byId("offline"), navigator.onLine ? "" : "You are offline. This page will catch up when you are back.");
}
window.addEventListener("online", showNetwork);
window.addEventListener("offline", showNetwork);
showNetwork();

// The address holds the view, so this link must not change it.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});

window.addEventListener("hashchange", route);
// Somebody else is there now: everything shown was for the one before.
onPerson(() => {
  if (location.hash === "" || location.hash === "#/") route();
  else location.hash = "#/";
});
route();
