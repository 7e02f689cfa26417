// The start page: the form that asks for a story, and the stories made before.
import { parseAddress } from "./address.js";
import { ask, Problem } from "./api.js";
import { byId, make, memory, tell } from "./dom.js";
import { draw } from "./picture.js";
import { GENERATE, STORIES } from "./queries.js";
import { hush, offerSample } from "./samples.js";
import { ago, facts, isOver, isStopped, stateWord, titleOf } from "./words.js";

const PAGE = 20;
/** How often stories that are being made are asked about, in milliseconds. */
const LOOK_AGAIN = 5_000;
const FIELDS = ["repoUrl", "style", "durationMinutes", "voice", "technicalDepth", "focusAreas"];
const CHOICES = ["style", "durationMinutes", "voice", "technicalDepth"];
const form = byId("compose");
const books = byId("books");
/** Names the wish: sent twice, after an answer that got lost, it makes one story. */
let key = newKey();
/** Which opening of this view is shown, so that a late answer for an earlier one is dropped. */
let opened = 0;
let cursor = null;
let timer = 0;

export function openHome() {
  const mine = ++opened;
  load(mine, null);
  return () => {
    opened++;
    clearTimeout(timer);
    hush();
  };
}

/** Shows the stories after `after`; from the start they replace what is shown. */
async function load(mine, after) {
  tell(byId("shelf-error"), "");
  byId("shelf-empty").hidden = true;
  books.setAttribute("aria-busy", "true");
  byId("older").disabled = true;
  try {
    const { stories } = await ask(STORIES, { first: PAGE, after });
    if (mine !== opened) return;
    const items = stories.edges.map(({ node }) => book(node));
    if (after) {
      books.append(...items);
      items[0]?.querySelector("a").focus();
    } else {
      books.replaceChildren(...items);
      lookAgain(mine, stories.edges);
    }
    cursor = stories.pageInfo.endCursor;
    byId("older").hidden = !stories.pageInfo.hasNextPage;
    byId("shelf-empty").hidden = books.childElementCount > 0;
    if (!after) offerSample(!stories.edges.some(({ node }) => node.status === "COMPLETED"));
  } catch (problem) {
    if (mine === opened) tell(byId("shelf-error"), `Your stories could not be loaded. ${problem.message}`);
  } finally {
    books.removeAttribute("aria-busy");
    byId("older").disabled = false;
  }
}

/** While a story is being made its line is kept up to date, without moving anything else. */
function lookAgain(mine, edges) {
  clearTimeout(timer);
  if (edges.every(({ node }) => isOver(node.status))) return;
  timer = setTimeout(async () => {
    const answer = document.hidden ? null : await ask(STORIES, { first: PAGE }).catch(() => null);
    if (mine !== opened) return;
    for (const { node } of answer?.stories.edges ?? []) {
      const link = [...books.children].find((item) => item.dataset.id === node.id)?.firstChild;
      if (link) {
        const [picture] = link.children;
        link.replaceChildren(picture, ...lines(node));
      }
    }
    lookAgain(mine, answer?.stories.edges ?? edges);
  }, LOOK_AGAIN);
}

function book(story) {
  const link = make("a", { class: "book", href: `#/stories/${encodeURIComponent(story.id)}` }, draw(story), ...lines(story));
  return make("li", { "data-id": story.id }, link);
}

function lines(story) {
  const title = titleOf(story);
  const stopped = isStopped(story);
  const state = stopped ? "stopped" : stateWord(story.status);
  const about = [story.repoName === title ? "" : story.repoName, ...facts(story).slice(0, 2)].filter(Boolean);
  return [
    make("span", { class: "book-title" }, title),
    make(
      "span",
      { class: `badge ${stopped ? "stopped" : story.status.toLowerCase()}` },
      isOver(story.status) ? state : `${state}, ${story.percent}%`,
    ),
    make(
      "span",
      { class: "book-facts" },
      `${about.join(" · ")} · `,
      make("time", { dateTime: story.updatedAt }, ago(story.updatedAt)),
    ),
  ];
}

byId("older").addEventListener("click", () => load(opened, cursor));

/** What the form says, as the mutation takes it. */
function wish() {
  const data = new FormData(form);
  const topics = data.get("focusAreas").split(",").map((topic) => topic.trim());
  return {
    repoUrl: parseAddress(data.get("repoUrl")).url,
    style: data.get("style"),
    durationMinutes: Number(data.get("durationMinutes")),
    voice: data.get("voice"),
    technicalDepth: data.get("technicalDepth"),
    focusAreas: topics.filter(Boolean),
    idempotencyKey: key,
  };
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `focusAreas` from `input.focusAreas.3`: what is wrong with one of a list is told at the list. The first word may be the
 * variable's, the argument's or neither. */
const ownField = (name) => name.replace(/^(variables\.)?(input\.)?/, "").split(".")[0];

function showWrong(problems) {
  const wrong = Object.fromEntries(Object.entries(problems).map(([name, message]) => [ownField(name), message]));
  for (const field of FIELDS) {
    tell(byId(`${field}-error`), wrong[field]);
    for (const input of form.querySelectorAll(`[name="${field}"]`)) {
      if (wrong[field]) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
  if (wrong.technicalDepth || wrong.focusAreas) byId("more").open = true;
  form.querySelector("[aria-invalid]")?.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("submit");
  if (button.getAttribute("aria-disabled") === "true") return;
  tell(byId("compose-error"), "");
  const { url, problem } = parseAddress(byId("repoUrl").value);
  if (problem) {
    showWrong({ repoUrl: problem });
    return;
  }
  // What was understood is what is shown.
  byId("repoUrl").value = url;
  const input = wish();
  showWrong({});
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Starting…";
  try {
    const { generateStory } = await ask(GENERATE, { input });
    for (const field of CHOICES) memory.set(`wish.${field}`, String(input[field]));
    key = newKey();
    byId("repoUrl").value = "";
    byId("focusAreas").value = "";
    location.hash = `#/stories/${generateStory.story.id}`;
  } catch (problem) {
    showWrong(problem instanceof Problem ? problem.fields : {});
    if (!form.querySelector("[aria-invalid]")) tell(byId("compose-error"), problem.message);
  } finally {
    button.removeAttribute("aria-disabled");
    button.textContent = "Tell the story";
  }
});

form.addEventListener("input", () => {
  key = newKey();
});

// An example fills the form; the rest may still be changed.
for (const example of form.querySelectorAll("[data-repo]")) {
  example.addEventListener("click", () => {
    byId("repoUrl").value = example.dataset.repo;
    form.querySelector(`[name="style"][value="${example.dataset.style}"]`).checked = true;
    key = newKey();
    showWrong({});
    byId("submit").focus();
  });
}

// What was chosen last time is chosen again.
for (const field of CHOICES) {
  const last = memory.get(`wish.${field}`);
  for (const input of form.querySelectorAll(`[name="${field}"]`)) {
    if (input.value === last) input.checked = true;
  }
}
