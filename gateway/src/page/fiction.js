// Books of fiction: the form that begins one, and those begun before.
import { ask, call } from "./api.js";
import { byId, make, tell } from "./dom.js";
import { BEGIN_BOOK, BOOKS } from "./queries.js";
import { ago, isOver, stateWord } from "./words.js";

const form = byId("fiction-form");
const list = byId("fiction-list");
const FIELDS = ["prompt", "genres", "chapters", "wordsPerChapter"];
let opened = 0;

export function openFiction() {
  const mine = ++opened;
  load(mine);
  return () => {
    opened++;
  };
}

async function load(mine) {
  tell(byId("fiction-error"), "");
  try {
    const { me, stories } = await ask(BOOKS, { first: 20 });
    if (mine !== opened) return;
    // A guest without a session keeps nothing.
    const somebody = Boolean(me?.account);
    byId("fiction-in").hidden = !somebody;
    byId("fiction-out").hidden = somebody;
    list.replaceChildren(...stories.edges.map(({ node }) => row(node)));
    byId("fiction-empty").hidden = stories.edges.length > 0;
  } catch (problem) {
    if (mine !== opened) return;
    const nobody = problem.code === "AUTHENTICATION_ERROR";
    byId("fiction-in").hidden = true;
    byId("fiction-out").hidden = !nobody;
    if (!nobody) tell(byId("fiction-error"), `Your books could not be loaded. ${problem.message}`);
  }
}

function row({ id, title, status, percent, updatedAt }) {
  const state = stateWord(status);
  return make(
    "li",
    { "data-id": id },
    make("a", { href: `#/books/${encodeURIComponent(id)}` }, title),
    make("span", { class: `badge ${status.toLowerCase()}` }, isOver(status) ? state : `${state}, ${percent}%`),
    make("time", { dateTime: updatedAt }, ago(updatedAt)),
  );
}

const ownField = (name) => name.replace(/^(variables\.)?(input\.)?/, "").split(".")[0];

function showWrong(problems) {
  const wrong = Object.fromEntries(Object.entries(problems).map(([name, message]) => [ownField(name), message]));
  for (const field of FIELDS) {
    tell(byId(`fiction-${field}-error`), wrong[field]);
    const input = byId(`fiction-${field}`);
    if (wrong[field]) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  form.querySelector("[aria-invalid]")?.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  tell(byId("fiction-form-problem"), "");
  showWrong({});
  const genres = byId("fiction-genres").value.split(",").map((genre) => genre.trim());
  const input = {
    prompt: byId("fiction-prompt").value,
    genres: genres.filter(Boolean),
    chapters: Number(byId("fiction-chapters").value),
    wordsPerChapter: Number(byId("fiction-wordsPerChapter").value),
  };
  try {
    const { beginStory } = await ask(BEGIN_BOOK, { input });
    byId("fiction-prompt").value = "";
    location.hash = `#/books/${encodeURIComponent(beginStory.story.id)}`;
  } catch (problem) {
    showWrong(problem.fields ?? {});
    if (!form.querySelector("[aria-invalid]")) tell(byId("fiction-form-problem"), problem.message);
  }
});

byId("fiction-manuscript").addEventListener("change", async (event) => {
  const input = event.target;
  const file = input.files[0];
  if (!file) return;
  tell(byId("fiction-manuscript-error"), "");
  try {
    const { story_id: id } = await call("POST", "/api/stories/import", file);
    location.hash = `#/books/${encodeURIComponent(id)}`;
  } catch (problem) {
    tell(byId("fiction-manuscript-error"), problem.fields?.manuscript ?? problem.message);
  } finally {
    input.value = "";
  }
});

byId("fiction-guest").addEventListener("click", async () => {
  try {
    await call("POST", "/api/v1/auth/guest?session=cookie");
    load(opened);
  } catch (problem) {
    tell(byId("fiction-error"), problem.message);
  }
});
