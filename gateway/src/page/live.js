// The agents at work, as the story's events tell it: from the first event on, and after a break from where it broke.
import { announce, byId, make, tell } from "./dom.js";
import { EVENTS } from "./queries.js";
import { onConnection, subscribe } from "./socket.js";
import { meaning } from "./told.js";
import { clock, details, isOver, stateWord } from "./words.js";

const AGENTS = ["Intent", "Analyzer", "Architect", "Synthesizer"];

/** Codes with which a subscription ends that is to be begun again where it was. */
const AGAIN = new Set(["GOING_AWAY", "TOO_SLOW", "UNAVAILABLE"]);
const AGAIN_AFTER = 1_000;

/**
 * Shows a story's events. `live` when it is being made now: progress and agents are shown, and `look` is called when the
 * story is to be looked at again, because it is over or because something may have been missed. Otherwise only the log is
 * shown, when somebody opens it. Returns how to stop.
 */
export function watch(story, { live, look }) {
  const state = { run: null, last: 0, cursor: null, story, live, agent: null, status: story.status, began: Date.parse(story.run?.createdAt ?? story.createdAt) };
  const box = byId("log-box");
  clearLog();
  box.hidden = false;
  byId("live").hidden = !live;
  let stop = () => {};
  let timer = 0;
  let again = 0;
  const begin = () => {
    stop = subscribe(EVENTS, () => ({ id: story.id, after: state.cursor }), {
      next: ({ storyEvents }) => take(state, storyEvents),
      error: ([{ message, extensions }]) => {
        if (AGAIN.has(extensions?.code)) again = setTimeout(begin, AGAIN_AFTER);
        else tell(byId("story-error"), `The agents' progress can't be shown. ${message}`);
      },
      complete: () => {
        if (!live) return;
        look();
        // Should the look find that it is not over, the watch goes on.
        again = setTimeout(begin, AGAIN_AFTER);
      },
    });
  };
  let lost = false;
  const unhear = onConnection((isConnected) => {
    if (!live) return;
    tell(byId("story-note"), isConnected ? "" : "The connection was lost. Reconnecting… You won't miss anything.");
    // Meanwhile the story may have been begun anew, and then the numbers are others.
    if (isConnected && lost) look();
    lost = !isConnected;
  });
  const opened = () => {
    if (box.open && state.last === 0) begin();
  };
  byId("log-title").textContent = live ? "What is happening" : "How it was made";
  if (live) {
    box.open = true;
    drawStatus(state, story.status, story.percent);
    drawAgents(state);
    const tick = () => tell(byId("elapsed"), `${clock((Date.now() - state.began) / 1000)} elapsed`);
    tick();
    timer = setInterval(tick, 1000);
    begin();
  } else {
    box.open = false;
    box.addEventListener("toggle", opened);
  }
  return () => {
    stop();
    unhear();
    clearInterval(timer);
    clearTimeout(again);
    box.removeEventListener("toggle", opened);
  };
}

/** Takes an event in; one that was seen before, around a reconnect, is left out. */
function take(state, event) {
  if (event.runId !== state.run) {
    // The story was begun anew, and its numbers with it.
    if (state.run) clearLog();
    state.run = event.runId;
    state.last = 0;
  }
  if (event.number) {
    if (event.number <= state.last) return;
    state.last = event.number;
    state.cursor = event.cursor;
  }
  const log = event.__typename === "StoryLogged" ? event : null;
  if (log) {
    if (AGENTS.includes(log.agentName)) state.agent = log.agentName;
    write(log);
  }
  if (!state.live) return;
  drawStatus(state, event.status ?? state.status, event.percent);
  drawAgents(state, log);
}

function drawStatus(state, status, progress) {
  if (typeof progress === "number") {
    byId("progress").value = progress;
    document.title = `${progress}% – ${byId("story-title").textContent} – Saga`;
  }
  if (status !== state.status || !state.told) {
    state.told = true;
    state.status = status;
    if (!isOver(status)) announce(`The story is ${stateWord(status)}.`);
  }
}

/** Those before the one that spoke last are done, those after it wait. The step is told as well as the share of the whole,
 * which may stand still while one agent works. */
function drawAgents(state, log) {
  const at = AGENTS.indexOf(state.agent);
  const finished = state.status === "COMPLETED";
  for (const item of byId("agents").children) {
    const place = AGENTS.indexOf(item.dataset.agent);
    const word = finished || place < at ? "done" : place === at ? "working" : "waiting";
    item.dataset.state = word;
    item.querySelector(".state").textContent = word;
    const words = log?.agentName === item.dataset.agent ? meaning(log.action) : "";
    if (words) item.querySelector(".task").textContent = words;
  }
  byId("percent").textContent = finished ? "Done" : `Step ${Math.max(1, at + 1)} of ${AGENTS.length} · ${byId("progress").value}%`;
}

function clearLog() {
  byId("log").replaceChildren();
  byId("raw").replaceChildren();
}

function write({ agentName, action, level, at: told, details: more }) {
  const at = new Date(told);
  const time = (options) => make("time", { dateTime: told }, at.toLocaleTimeString([], { hourCycle: "h23", ...options }));
  const facts = details(more);
  const words = meaning(action);
  const kind = { "data-level": level?.toLowerCase(), "data-agent": agentName };
  if (words) add("log", make("li", kind, make("b", {}, agentName === "System" ? "Saga" : agentName), make("span", { class: "did" }, words)));
  const did = make("span", { class: "did" }, action, facts.length ? make("small", {}, facts.join(" · ")) : null);
  add("raw", make("li", kind, time({}), make("b", {}, agentName), did));
}

/** Whoever scrolled back to read is left in peace. */
function add(id, item) {
  const list = byId(id);
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}
