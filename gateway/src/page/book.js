// One book: read while it is written, what its author is asked, its people and promises, and where it contradicts itself.
import { ask, ours } from "./api.js";
import { showBible } from "./bible.js";
import { announce, byId, make, tell } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { ANSWER_STORY, BOOK, BOOK_EVENTS, CANCEL_BOOK, CHAPTER, NARRATE, UNDO, WAIVE } from "./queries.js";
import { subscribe } from "./socket.js";
import { isOver, stateWord } from "./words.js";

const prose = byId("book-prose");
let opened = 0;
let id = "";
let shown = null;
let stop = null;
let timer = 0;
let cursor = null;
/** The chapter that is read, and whether it follows the one that is written. */
let chapter = 1;
let following = true;
/** The scene that is being written, as far as it was heard. */
let writing = null;

export function openBook(which) {
  const mine = ++opened;
  [id, shown, cursor, chapter, following, writing] = [which, null, null, 1, true, null];
  for (const place of ["book-question", "book-prose", "book-cast", "book-promises", "book-findings", "book-chapters"]) byId(place).replaceChildren();
  load(mine);
  return () => {
    opened++;
    clearTimeout(timer);
    timer = 0;
    stop?.();
    stop = null;
  };
}

async function load(mine) {
  try {
    const { story } = await ask(BOOK, { id });
    if (mine !== opened) return;
    const found = story?.kind === "FICTION";
    byId("book-missing").hidden = found;
    byId("book-body").hidden = !found;
    if (!found) return;
    tell(byId("book-problem"), "");
    show(mine, story);
    if (!stop && !isOver(story.status)) watch(mine);
  } catch (problem) {
    if (mine === opened) tell(byId("book-problem"), `This book could not be loaded. ${problem.message}`);
  }
}

/** Text is shown as it comes; all else may have changed what is shown, which is asked for anew, once for many that come together, and
 * also while they keep coming. */
function watch(mine) {
  const again = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      load(mine);
    }, 200);
  };
  stop = subscribe(BOOK_EVENTS, () => ({ id, after: cursor }), {
    next({ storyEvents: event }) {
      if (mine !== opened) return;
      cursor = event.cursor ?? cursor;
      if (event.__typename === "StoryTextWritten") {
        hear(event.text);
        return;
      }
      if (event.name === "scene") begin(event.payload);
      again();
    },
    error() {
      stop = null;
      again();
    },
    complete() {
      stop = null;
      again();
    },
  });
}

function begin(scene) {
  if (scene.state !== "begun") return;
  writing = { chapter: scene.chapter, text: "" };
  if (following) chapter = scene.chapter;
}

function hear(text) {
  if (!writing) return;
  writing.text += text;
  if (writing.chapter === chapter) showWriting();
}

function showWriting() {
  byId("book-writing")?.remove();
  if (!writing?.text || writing.chapter !== chapter || isOver(shown.status)) return;
  const paragraphs = writing.text.split("\n\n").filter(Boolean);
  prose.append(make("div", { id: "book-writing", class: "writing" }, ...paragraphs.map((text) => make("p", {}, ...markEmphasis(text)))));
}

function show(mine, story) {
  const before = shown;
  shown = story;
  const state = stateWord(story.status);
  byId("book-title").textContent = story.title;
  document.title = `${story.title} – Saga`;
  const badge = byId("book-status");
  badge.className = `badge ${story.status.toLowerCase()}`;
  badge.textContent = isOver(story.status) ? state : `${state}, ${story.percent}%`;
  if (before && before.status !== story.status) announce(`The book is ${state}.`);
  tell(byId("book-logline"), story.outline?.logline);
  tell(byId("book-failure"), story.errorMessage);
  byId("book-cancel").hidden = isOver(story.status);
  const written = isOver(story.status) && story.scenes?.length > 0;
  byId("book-narrate").hidden = !written || Boolean(story.audioUrl);
  const [newest] = story.changes ?? [];
  byId("book-undo").hidden = !isOver(story.status) || !newest;
  byId("book-undo").title = newest?.what ?? "";
  showAudio();
  showQuestion();
  showCast();
  showPromises();
  showFindings();
  showBible(id, shown.bible, () => chapter, () => load(opened));
  showChapters(mine);
}

function showAudio() {
  const player = byId("book-audio");
  const source = shown.audioUrl ? ours(shown.audioUrl) : "";
  player.hidden = !source;
  if (source && player.getAttribute("src") !== source) player.src = source;
}

/** The form stays while its question is open, with what somebody has written in it. */
function showQuestion() {
  const place = byId("book-question");
  const [question] = shown.questions;
  if (place.firstChild?.dataset.id === question?.id) return;
  place.replaceChildren(...(question ? [formOf(question)] : []));
}

function formOf(question) {
  const fields = fieldsOf(question.response_schema, "book-answer");
  const wrong = make("p", { class: "note bad", role: "alert", hidden: true });
  const title = make("h2", { id: "book-question-title" }, question.prompt);
  const decline = make("button", { type: "button", class: "quiet" }, "Decide for me");
  const buttons = make("p", { class: "actions" }, make("button", { class: "main" }, "Answer"), decline);
  const form = make("form", { class: "card question", noValidate: true, "data-id": question.id, "aria-labelledby": title.id }, title, make("p", {}, question.reason), wrong, fields.element, buttons);
  const send = async (reply) => {
    tell(wrong, "");
    try {
      await ask(ANSWER_STORY, { input: { id, questionId: question.id, ...reply } });
      announce("Answered.");
      load(opened);
    } catch (problem) {
      const refused = Object.entries(problem.fields ?? {});
      const rest = refused.filter(([field, message]) => !fields.refuse(field.replace(/^input\.answer\.?/, ""), message));
      if (rest.length || !refused.length) tell(wrong, problem.message);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    let answer;
    try {
      answer = fields.read();
    } catch {
      return;
    }
    send({ answer });
  });
  decline.addEventListener("click", () => send({}));
  return form;
}

function showCast() {
  const people = shown.cast?.people ?? [];
  byId("book-cast-box").hidden = people.length === 0;
  byId("book-cast").replaceChildren(
    ...people.map(({ key, name, role, goal }) => make("li", { "data-key": key }, make("b", {}, name), " ", make("small", {}, role), goal ? make("span", { class: "book-goal" }, goal) : "")),
  );
}

function showPromises() {
  const open = shown.openPromises ?? [];
  byId("book-promises-box").hidden = open.length === 0;
  byId("book-promises").replaceChildren(
    ...open.map(({ key, text, dueChapter }) => make("li", { "data-key": key }, text, dueChapter ? make("small", {}, ` by chapter ${dueChapter}`) : "")),
  );
}

function showFindings() {
  const findings = shown.findings ?? [];
  byId("book-findings-box").hidden = findings.length === 0;
  byId("book-findings").replaceChildren(...findings.map(finding));
}

function finding({ key, chapter: at, message, sentence, intended }) {
  const label = intended ? "Not intended after all" : "This is intended";
  const button = make("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", async () => {
    try {
      const { waiveFinding } = await ask(WAIVE, { input: { id, finding: key, intended: !intended } });
      shown = { ...shown, findings: waiveFinding.findings };
      showFindings();
      announce(intended ? "The finding is open again." : "The finding is marked as intended.");
    } catch (problem) {
      tell(byId("book-problem"), problem.message);
    }
  });
  return make("li", { "data-key": key, class: intended ? "intended" : "" }, make("small", {}, `Chapter ${at}`), " ", message, sentence ? make("q", {}, sentence) : "", button);
}

/** The chapters that are written or being written, and the prose of the one that is read. */
function showChapters(mine) {
  const planned = shown.outline?.chapters ?? [];
  const written = new Set((shown.scenes ?? []).map((scene) => scene.chapter));
  byId("book-chapters").replaceChildren(
    ...planned.map(({ number, title }) => {
      const button = make("button", { type: "button", class: "quiet", disabled: !written.has(number) && writing?.chapter !== number, "aria-current": number === chapter ? "true" : null }, `${number}. ${title}`);
      button.addEventListener("click", () => {
        following = false;
        chapter = number;
        showChapters(opened);
      });
      return make("li", {}, button);
    }),
  );
  readChapter(mine);
}

/** `*Dear Mark*` between two stars is emphasis; a star anywhere else is a star. */
function markEmphasis(text) {
  const parts = text.split(/(?<![\p{L}\p{N}*])\*(?=\S)([^*]*[^*\s])\*(?![\p{L}\p{N}*])/u);
  return parts.map((part, at) => (at % 2 ? make("em", {}, part) : part));
}

async function readChapter(mine) {
  const wanted = chapter;
  const plan = shown.outline?.chapters.find(({ number }) => number === wanted);
  if (!plan) return;
  try {
    const { story } = await ask(CHAPTER, { id, chapter: wanted });
    if (mine !== opened || chapter !== wanted) return;
    const scenes = story?.scenes ?? [];
    const blocks = scenes.map(({ key, paragraphs }) => make("div", { class: "scene", "data-key": key }, ...paragraphs.map((text) => make("p", {}, ...markEmphasis(text)))));
    prose.replaceChildren(make("h2", {}, `${plan.number}. ${plan.title}`), ...blocks);
    if (writing && scenes.length === plan.scenes.length) writing = writing.chapter === wanted ? null : writing;
    showWriting();
  } catch (problem) {
    if (mine === opened) tell(byId("book-problem"), problem.message);
  }
}

function act(button, document, words) {
  byId(button).addEventListener("click", async () => {
    try {
      await ask(document, { id });
      announce(words);
      load(opened);
    } catch (problem) {
      tell(byId("book-problem"), problem.message);
    }
  });
}
act("book-cancel", CANCEL_BOOK, "The book is being stopped.");
act("book-narrate", NARRATE, "The book is being read aloud.");
act("book-undo", UNDO, "The last change is being taken back.");
