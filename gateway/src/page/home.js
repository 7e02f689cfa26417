// The start page: the form that asks for a story, and the stories made before.
import { ask, Problem } from "./api.js";
import { byId, make, memory, tell } from "./dom.js";
import { GENERATE, STORIES } from "./queries.js";
import { ago, facts, isOver, stateWord, titleOf } from "./words.js";

const PAGE = 20;
const FIELDS = ["repoUrl", "style", "duration", "voice", "technicalDepth", "focusAreas"];
const form = byId("compose");
let cursor = null;
let opened = 0;

export function openHome() {
  const mine = ++opened;
  load(mine, null);
  return () => {
    opened++;
  };
}

/** Shows the stories after `after`; from the start they replace what is shown. */
async function load(mine, after) {
  tell(byId("shelf-error"), "");
  byId("shelf-empty").hidden = true;
  byId("books").setAttribute("aria-busy", "true");
  byId("older").disabled = true;
  try {
    const { stories } = await ask(STORIES, { first: PAGE, after });
    if (mine !== opened) return;
    const items = stories.edges.map(({ node }) => book(node));
    if (after) {
      byId("books").append(...items);
      items[0]?.querySelector("a").focus();
    } else {
      byId("books").replaceChildren(...items);
    }
    cursor = stories.pageInfo.endCursor;
    byId("older").hidden = !stories.pageInfo.hasNextPage;
    byId("shelf-empty").hidden = byId("books").childElementCount > 0;
  } catch (problem) {
    if (mine === opened) tell(byId("shelf-error"), `Your stories could not be loaded. ${problem.message}`);
  } finally {
    byId("books").removeAttribute("aria-busy");
    byId("older").disabled = false;
  }
}

function book(story) {
  const cancelled = story.errorMessage === "cancelled";
  const state = cancelled ? "stopped" : stateWord(story.status);
  const share = isOver(story.status) ? "" : ` ${story.progress} %`;
  const title = titleOf(story);
  return make(
    "li",
    {},
    make(
      "a",
      { class: "book", href: `#/stories/${encodeURIComponent(story.id)}` },
      make("span", { class: "book-title" }, title),
      make("span", { class: `badge ${cancelled ? "stopped" : story.status.toLowerCase()}` }, state + share),
      make(
        "span",
        { class: "book-facts" },
        [story.repoName === title ? "" : story.repoName, ...facts(story).slice(0, 2)].filter(Boolean).join(" · "),
        " · ",
        make("time", { dateTime: story.updatedAt }, ago(story.updatedAt)),
      ),
    ),
  );
}

byId("older").addEventListener("click", () => load(opened, cursor));

function wish() {
  const data = new FormData(form);
  const url = data.get("repoUrl").trim();
  const topics = data.get("focusAreas").split(",").map((topic) => topic.trim());
  return {
    // An address copied without its scheme is meant as https.
    repoUrl: url && !url.includes("://") ? `https://${url}` : url,
    style: data.get("style"),
    duration: Number(data.get("duration")),
    voice: data.get("voice"),
    technicalDepth: data.get("technicalDepth"),
    focusAreas: topics.filter(Boolean),
  };
}

function showWrong(fields) {
  for (const field of FIELDS) {
    // A list's item is named like `focusAreas.3`; what is wrong with it is told at the list.
    const own = Object.keys(fields).find((name) => name.replace(/^input\./, "").split(/[.[]/)[0] === field);
    tell(byId(`${field}-error`), own ? fields[own] : "");
    for (const input of form.querySelectorAll(`[name="${field}"]`)) {
      if (own) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
  if (fields.technicalDepth || Object.keys(fields).some((name) => name.includes("focusAreas"))) byId("more").open = true;
  form.querySelector("[aria-invalid]")?.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("submit");
  if (button.getAttribute("aria-disabled") === "true") return;
  tell(byId("compose-error"), "");
  const input = wish();
  if (!input.repoUrl) {
    showWrong({ repoUrl: "Which repository? Its address is needed." });
    return;
  }
  showWrong({});
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Asking…";
  try {
    const { generateStory } = await ask(GENERATE, { input });
    for (const field of ["style", "duration", "voice", "technicalDepth"]) memory.set(`wish.${field}`, String(input[field]));
    byId("repoUrl").value = "";
    byId("focusAreas").value = "";
    location.hash = `#/stories/${generateStory.story.id}`;
  } catch (problem) {
    const fields = problem instanceof Problem ? problem.fields : {};
    showWrong(fields);
    if (!form.querySelector("[aria-invalid]")) tell(byId("compose-error"), problem.message);
  } finally {
    button.removeAttribute("aria-disabled");
    button.textContent = "Tell the story";
  }
});

// What was chosen last time is chosen again.
for (const field of ["style", "duration", "voice", "technicalDepth"]) {
  const last = memory.get(`wish.${field}`);
  for (const input of form.querySelectorAll(`[name="${field}"]`)) {
    if (input.value === last) input.checked = true;
  }
}
