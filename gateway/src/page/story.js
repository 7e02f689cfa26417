// One story: what it is, how it stands, and what can be done with it. While it is made the agents are shown; then the
// player. Which of the two is decided by the story's status alone.
import { ask, ours, sentence } from "./api.js";
import { announce, byId, confirmed, make, tell } from "./dom.js";
import { closePlayer, openPlayer } from "./player.js";
import { CANCEL, RESTART, STORY } from "./queries.js";
import { ago, facts, isOver, titleOf } from "./words.js";
import { watch } from "./live.js";

/** Milliseconds until a server that could not be reached is asked again. */
const TRY_AGAIN = 3_000;
/** What is shown now: the story's id, its last known facts and how to stop watching it. */
let current = null;

export function openStory(id) {
  const mine = { id, story: null, unwatch: null, run: null };
  current = mine;
  blank();
  refresh(mine);
  return () => {
    mine.unwatch?.();
    closePlayer();
    current = null;
  };
}

function blank() {
  byId("story-title").textContent = "One moment…";
  byId("story-meta").replaceChildren();
  for (const part of ["cover", "listen-now", "cancel", "restart", "download", "text", "listen", "live", "log-box"]) byId(part).hidden = true;
  tell(byId("story-note"), "");
  tell(byId("story-error"), "");
}

async function refresh(mine) {
  let story;
  try {
    ({ story } = await ask(STORY, { id: mine.id }));
  } catch (problem) {
    if (mine !== current) return;
    if (problem.code !== "UNREACHABLE") {
      missing(problem);
      return;
    }
    if (!mine.story) tell(byId("story-error"), "Saga can't be reached. This page keeps trying.");
    setTimeout(() => mine === current && refresh(mine), TRY_AGAIN);
    return;
  }
  if (mine !== current) return;
  if (story) show(mine, story);
  else missing();
}

function missing(problem) {
  // An address whose id is not one answers with what is wrong with the field.
  const gone = !problem || problem.code === "NOT_FOUND" || Object.keys(problem.fields).length > 0;
  byId("story-title").textContent = gone ? "There is no such story" : "This story could not be loaded";
  tell(byId("story-note"), gone ? "It may have been deleted, or it belongs to somebody else." : "");
  tell(byId("story-error"), gone ? "" : problem.message);
}

function show(mine, story) {
  const isNew = mine.run !== story.run?.id;
  mine.story = story;
  mine.run = story.run?.id;
  tell(byId("story-error"), "");
  facing(story);
  standing(story);
  if (!isOver(story.status)) {
    closePlayer();
    byId("listen").hidden = true;
    if (isNew || !mine.unwatch) follow(mine, story, true);
    return;
  }
  mine.unwatch?.();
  mine.unwatch = null;
  if (story.status === "COMPLETED") {
    byId("listen").hidden = false;
    openPlayer(story);
  }
  follow(mine, story, false);
}

/** Title, cover and facts. */
function facing(story) {
  const title = titleOf(story);
  byId("story-title").textContent = title;
  document.title = `${title} – Saga`;
  byId("story-meta").replaceChildren(
    repository(story, title),
    ...facts(story).map((fact) => ` · ${fact}`),
    " · ",
    make("time", { dateTime: story.createdAt, title: new Date(story.createdAt).toLocaleString() }, ago(story.createdAt)),
  );
  const cover = byId("cover");
  cover.hidden = !story.coverUrl;
  if (story.coverUrl) cover.src = ours(story.coverUrl);
}

function repository(story, title) {
  const address = URL.canParse(story.repoUrl ?? "") ? new URL(story.repoUrl) : null;
  if (!address || !["http:", "https:"].includes(address.protocol)) return make("span", {}, story.repoName);
  // What the title says already is not said again.
  const text = title === story.repoName ? address.host + address.pathname.replace(/\.git$/, "") : story.repoName;
  return make("a", { href: address.href, rel: "noopener noreferrer", target: "_blank" }, text);
}

function standing(story) {
  const over = isOver(story.status);
  const cancelled = story.status === "CANCELLED";
  byId("listen-now").hidden = story.status !== "COMPLETED";
  byId("cancel").hidden = over;
  byId("restart").hidden = !over;
  byId("restart").textContent = story.status === "COMPLETED" ? "Make it again" : "Try again";
  link("download", story.audioUrl);
  link("text", story.transcriptUrl);
  const note = byId("story-note");
  note.classList.toggle("bad", story.status === "FAILED");
  if (!cancelled && story.status !== "FAILED") tell(note, "");
  else if (cancelled) tell(note, "This story was stopped before it was finished.");
  else tell(note, `It could not be made. ${sentence(story.errorMessage ?? "")}`);
}

function link(id, url) {
  byId(id).hidden = !url;
  if (url) byId(id).href = ours(url);
}

/** Shows the agents: as they work, or what they did. */
function follow(mine, story, live) {
  mine.unwatch?.();
  mine.unwatch = watch(story, {
    live,
    look: () => mine === current && refresh(mine),
  });
}

async function change(mutation, field, said) {
  const mine = current;
  tell(byId("story-error"), "");
  for (const id of ["cancel", "restart"]) byId(id).disabled = true;
  try {
    const { story } = (await ask(mutation, { id: mine.id }))[field];
    if (mine !== current) return;
    announce(said);
    show(mine, story);
    byId("story-title").focus();
  } catch (problem) {
    if (mine === current) tell(byId("story-error"), problem.message);
  } finally {
    for (const id of ["cancel", "restart"]) byId(id).disabled = false;
  }
}

byId("cancel").addEventListener("click", async () => {
  const sure = await confirmed({
    title: "Stop making this story?",
    text: "What the agents have made so far will not become audio. You can start it again later.",
    yes: "Yes, stop",
  });
  if (sure) change(CANCEL, "cancelStory", "The story is being stopped.");
});

byId("restart").addEventListener("click", async () => {
  const replaces = current?.story?.status === "COMPLETED";
  const sure =
    !replaces ||
    (await confirmed({
      title: "Make this story again?",
      text: "The agents read the repository anew. What you can hear now is replaced.",
      yes: "Yes, make it again",
    }));
  if (sure) change(RESTART, "restartStory", "The story is being made again.");
});
