// The page's frame: which view an address shows, the colours, and the word when the network is gone.
import { openHome } from "./home.js";
import { openStory } from "./story.js";
import { byId, memory, tell } from "./dom.js";

const VIEWS = ["home", "story", "missing"];
let close = null;
let first = true;

/** `#/` and `#/stories/<id>`; the address alone says what is shown, so a reload shows the same. */
function route() {
  const path = location.hash.replace(/^#/, "") || "/";
  if (!path.startsWith("/")) return;
  close?.();
  const story = /^\/stories\/([^/]+)$/.exec(path);
  if (story) show("story", () => openStory(decodeURIComponent(story[1])));
  else if (path === "/") show("home", openHome);
  else show("missing", () => null);
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
  byId(`${view}-title`).focus({ preventScroll: true });
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
  tell(byId("offline"), navigator.onLine ? "" : "You are offline. What is on this page stays; new things will come when you are back.");
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
route();
