// One story: what it is, how it stands, and what can be done with it. While it is made the agents are shown; then the
// player. Which of the two is decided by the story's status alone.
import { ask, ours, sentence } from "./api.js";
import { announce, byId, confirmed, make, tell } from "./dom.js";
import { offer, onGone, onRenamed } from "./keeping.js";
import { watch } from "./live.js";
import { makeMenu } from "./menus.js";
import { draw } from "./picture.js";
import { closePlayer, openPlayer } from "./player.js";
import { CANCEL, RESTART, SHARED, STORY } from "./queries.js";
import { ago, facts, isOver, isStopped, titleOf } from "./words.js";

/** Milliseconds until a server that could not be reached is asked again. */
const TRY_AGAIN = 3_000;
/** What is shown now: the story's id, its last known facts and how to stop watching it. */
let current = null;

export const openStory = (id) => open({ id });

/** A story of somebody else, by the token of its link: to hear and to read, and nothing more. */
export const openShared = (token) => open({ token });

function open(which) {
  const mine = { ...which, story: null, unwatch: null, run: null };
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
  byId("story-title").textContent = "Loading…";
  byId("story-meta").replaceChildren();
  closePlayer();
  for (const part of ["picture", "retry", "cancel", "story-menu", "live", "log-box"]) byId(part).hidden = true;
  tell(byId("story-note"), "");
  tell(byId("story-error"), "");
}

async function refresh(mine) {
  let story;
  try {
    story = mine.token ? (await ask(SHARED, { token: mine.token })).sharedStory : (await ask(STORY, { id: mine.id })).story;
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
  const why = current?.token ? "Its owner may have stopped sharing it." : "It may have been deleted, or it belongs to somebody else.";
  tell(byId("story-note"), gone ? why : "");
  tell(byId("story-error"), gone ? "" : problem.message);
}

function show(mine, story) {
  const isNew = mine.run !== story.run?.id;
  mine.story = story;
  mine.run = story.run?.id;
  tell(byId("story-error"), "");
  facing(story);
  standing(story, Boolean(mine.token));
  byId("stage").classList.toggle("listens", story.status === "COMPLETED");
  if (!isOver(story.status)) {
    closePlayer();
    if (!mine.token && (isNew || !mine.unwatch)) follow(mine, story, true);
    return;
  }
  mine.unwatch?.();
  mine.unwatch = null;
  if (story.status === "COMPLETED") openPlayer(story);
  else closePlayer();
  if (!mine.token) follow(mine, story, false);
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
  const picture = byId("picture");
  picture.hidden = story.status !== "COMPLETED";
  const cover = story.coverUrl && make("img", { alt: "", width: 600, height: 600, src: ours(story.coverUrl) });
  // Large enough for the drawing with words; where there is none, a plain one.
  if (picture.dataset.of !== (story.coverUrl ?? story.id)) picture.replaceChildren(cover || draw(story));
  picture.dataset.of = story.coverUrl ?? story.id;
}

function repository(story, title) {
  const address = URL.canParse(story.repoUrl ?? "") ? new URL(story.repoUrl) : null;
  if (!address || !["http:", "https:"].includes(address.protocol)) return make("span", {}, story.repoName);
  // What the title says already is not said again.
  const text = title === story.repoName ? address.host + address.pathname.replace(/\.git$/, "") : story.repoName;
  return make("a", { href: address.href, rel: "noopener noreferrer", target: "_blank" }, text);
}

function standing(story, isShared) {
  const over = isOver(story.status);
  const stopped = isStopped(story);
  byId("cancel").hidden = over || isShared;
  byId("retry").hidden = !over || isShared || story.status === "COMPLETED";
  byId("story-menu").hidden = !over;
  for (const id of ["share", "rename", "remove"]) byId(id).parentElement.hidden = isShared;
  byId("restart").parentElement.hidden = isShared || story.status !== "COMPLETED";
  byId("help").parentElement.hidden = story.status !== "COMPLETED";
  link("download", story.audioUrl);
  link("text", story.transcriptUrl);
  offer(story);
  const note = byId("story-note");
  note.classList.toggle("bad", story.status === "FAILED" && !stopped);
  if (!over || story.status === "COMPLETED") tell(note, "");
  else if (stopped) tell(note, "This story was stopped before it was finished.");
  else tell(note, `This story could not be made. ${sentence(story.errorMessage ?? "")}`);
}

function link(id, url) {
  byId(id).parentElement.hidden = !url;
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
  for (const id of ["cancel", "retry", "restart"]) byId(id).disabled = true;
  try {
    const { story } = (await ask(mutation, { id: mine.id }))[field];
    if (mine !== current) return;
    announce(said);
    show(mine, story);
    byId("story-title").focus();
  } catch (problem) {
    if (mine === current) tell(byId("story-error"), problem.message);
  } finally {
    for (const id of ["cancel", "retry", "restart"]) byId(id).disabled = false;
  }
}

byId("cancel").addEventListener("click", async () => {
  const sure = await confirmed({
    title: "Stop making this story?",
    text: "What is made so far will not become audio. You can start over later.",
    yes: "Stop",
  });
  if (sure) change(CANCEL, "cancelStory", "Stopping.");
});

byId("retry").addEventListener("click", () => change(RESTART, "restartStory", "The story is being made again."));

byId("restart").addEventListener("click", async () => {
  const sure = await confirmed({
    title: "Make this story again?",
    text: "The repository is read afresh, and the new story replaces this one.",
    yes: "Make it again",
  });
  if (sure) change(RESTART, "restartStory", "The story is being made again.");
});

makeMenu(byId("story-menu"));
onRenamed((story) => current?.id === story.id && refresh(current));
onGone(() => {
  location.hash = "#/";
});
