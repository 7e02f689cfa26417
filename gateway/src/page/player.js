// Listening: one audio element with the whole story, chapters that jump, a timer for falling asleep, and the keys.
import { ours } from "./api.js";
import { announce, byId, make, memory, tell } from "./dom.js";
import { clearTranscript, openTranscript } from "./transcript.js";
import { clock, spokenClock, titleOf } from "./words.js";

const BACK = 15;
const AHEAD = 30;
/** A story is begun anew when less than this was left. */
const NEARLY_OVER = 10;
const audio = byId("audio");
const seek = byId("seek");
const sleep = byId("sleep");
let story = null;
let chapter = -1;
let asleep = 0;

export function openPlayer(next) {
  if (story && story.audioUrl === next.audioUrl) {
    story = next;
    return;
  }
  closePlayer();
  story = next;
  for (const part of ["player", "listen", "chapters-box"]) byId(part).hidden = false;
  // On a phone the words come first; the list of chapters opens when it is asked for.
  byId("chapters-box").open = matchMedia("(width >= 56rem)").matches;
  audio.src = ours(story.audioUrl);
  audio.playbackRate = Number(byId("speed").value);
  setLength(story.durationSeconds);
  byId("chapters").replaceChildren(...story.chapters.map(chapterItem));
  resume();
  draw();
  openTranscript(audio, story);
  describe();
}

export function closePlayer() {
  for (const part of ["player", "listen", "chapters-box", "mini"]) byId(part).hidden = true;
  if (!story) return;
  remember();
  wake();
  story = null;
  chapter = -1;
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  clearTranscript();
  tell(byId("audio-error"), "");
}

function chapterItem({ title, startSeconds, durationSeconds }, index) {
  const button = make(
    "button",
    { type: "button", class: "chapter" },
    make("span", { class: "chapter-title" }, title),
    make("span", { class: "chapter-time" }, clock(startSeconds)),
  );
  button.title = `${clock(durationSeconds)} long`;
  button.addEventListener("click", () => {
    jump(story.chapters[index].startSeconds);
    play();
  });
  return make("li", {}, button);
}

/** Where it was left off last time on this machine. */
function resume() {
  const left = Number(memory.get(`at.${story.id}`));
  if (left > 0 && left < story.durationSeconds - NEARLY_OVER) jump(left);
}

function remember() {
  if (!story) return;
  const at = audio.currentTime;
  const keep = at > NEARLY_OVER && at < length() - NEARLY_OVER;
  memory.set(`at.${story.id}`, keep ? String(Math.floor(at)) : null);
}

const length = () => (Number.isFinite(audio.duration) ? audio.duration : (story?.durationSeconds ?? 0));

export function jump(seconds) {
  audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, length()));
  draw();
}

async function play() {
  try {
    await audio.play();
  } catch (reason) {
    // Interrupted by a pause or a new source: nothing is wrong then.
    if (reason.name === "NotAllowedError") tell(byId("audio-error"), "Your browser did not start the sound. Press Play.");
  }
}

const toggle = () => (audio.paused ? play() : audio.pause());

function chapterAt(seconds) {
  return story.chapters.findLastIndex(({ startSeconds }) => startSeconds <= seconds + 0.25);
}

function step(by) {
  const here = chapterAt(audio.currentTime);
  // Like every player: "previous" first goes to the start of what is playing.
  const began = story.chapters[here]?.startSeconds ?? 0;
  const target = by < 0 && audio.currentTime - began > 3 ? here : here + by;
  const wanted = story.chapters[Math.min(Math.max(target, 0), story.chapters.length - 1)];
  if (wanted) jump(wanted.startSeconds);
}

function setLength(seconds) {
  seek.max = String(Math.max(1, Math.floor(seconds)));
  byId("total").textContent = clock(seconds);
  const marks = story.chapters.slice(1).map(({ startSeconds }) => {
    const mark = make("i");
    mark.style.setProperty("--at", String(startSeconds / Math.max(1, seconds)));
    return mark;
  });
  byId("marks").replaceChildren(...marks);
}

function draw() {
  if (!story) return;
  const at = audio.currentTime;
  seek.value = String(Math.floor(at));
  seek.setAttribute("aria-valuetext", `${spokenClock(at)} of ${spokenClock(length())}`);
  seek.style.setProperty("--share", `${(100 * at) / Math.max(1, length())}%`);
  byId("now").textContent = clock(at);
  byId("mini-time").textContent = clock(at);
  const here = chapterAt(at);
  if (here === chapter) return;
  if (sleep.value === "chapter" && here === chapter + 1 && !audio.paused && !audio.seeking) {
    audio.pause();
    wake();
  }
  chapter = here;
  const title = story.chapters[here]?.title ?? titleOf(story);
  byId("now-chapter").textContent = title;
  byId("mini-text").textContent = title;
  [...byId("chapters").children].forEach((item, index) => {
    if (index === here) item.firstChild.setAttribute("aria-current", "true");
    else item.firstChild.removeAttribute("aria-current");
  });
}

function drawPlaying() {
  const playing = !audio.paused;
  for (const id of ["play", "mini-play"]) {
    byId(id).setAttribute("aria-label", playing ? "Pause" : "Play");
    byId(id).classList.toggle("playing", playing);
  }
}

/** After a time or with the chapter the sound stops by itself. */
function fallAsleep() {
  clearTimeout(asleep);
  const minutes = Number(sleep.value);
  if (!sleep.value) return;
  announce(minutes ? `The sound stops in ${minutes} minutes.` : "The sound stops at the end of this chapter.");
  if (!minutes) return;
  asleep = setTimeout(() => {
    audio.pause();
    wake();
  }, minutes * 60_000);
}

function wake() {
  clearTimeout(asleep);
  sleep.value = "";
}

/** What the system shows on a locked screen, and its buttons. */
function describe() {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: titleOf(story),
    artist: story.repoName,
    artwork: story.coverUrl ? [{ src: ours(story.coverUrl), type: "image/svg+xml" }] : [],
  });
  const handlers = {
    play,
    pause: () => audio.pause(),
    seekbackward: () => jump(audio.currentTime - BACK),
    seekforward: () => jump(audio.currentTime + AHEAD),
    previoustrack: () => step(-1),
    nexttrack: () => step(1),
  };
  for (const [action, handler] of Object.entries(handlers)) navigator.mediaSession.setActionHandler(action, handler);
}

function setVolume(percent) {
  audio.volume = percent / 100;
  byId("volume").value = String(percent);
  byId("volume").style.setProperty("--share", `${percent}%`);
}

audio.addEventListener("timeupdate", draw);
audio.addEventListener("seeked", draw);
audio.addEventListener("play", drawPlaying);
audio.addEventListener("pause", () => {
  drawPlaying();
  remember();
});
audio.addEventListener("ended", () => {
  remember();
  wake();
});
audio.addEventListener("durationchange", () => {
  if (story && Number.isFinite(audio.duration)) setLength(audio.duration);
});
audio.addEventListener("error", () => {
  if (story) tell(byId("audio-error"), "The audio could not be loaded. Reload the page to try again.");
});
audio.addEventListener("loadedmetadata", () => tell(byId("audio-error"), ""));
window.addEventListener("pagehide", remember);

seek.addEventListener("input", () => jump(Number(seek.value)));
byId("play").addEventListener("click", toggle);
byId("mini-play").addEventListener("click", toggle);
byId("rewind").addEventListener("click", () => jump(audio.currentTime - BACK));
byId("forward").addEventListener("click", () => jump(audio.currentTime + AHEAD));
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("help").addEventListener("click", () => byId("keys").showModal());
byId("speed").addEventListener("change", () => {
  audio.playbackRate = Number(byId("speed").value);
  memory.set("speed", byId("speed").value);
});
sleep.addEventListener("change", fallAsleep);
byId("volume").addEventListener("input", () => {
  setVolume(Number(byId("volume").value));
  audio.muted = false;
  memory.set("volume", byId("volume").value);
});
byId("keys-on").addEventListener("change", () => memory.set("keys", byId("keys-on").checked ? null : "off"));

// Whoever reads on below the player keeps a small one in reach.
new IntersectionObserver(([{ isIntersecting, boundingClientRect }]) => {
  byId("mini").hidden = !story || isIntersecting || boundingClientRect.top > 0;
}).observe(byId("play"));

const KEYS = {
  " ": toggle,
  k: toggle,
  j: () => jump(audio.currentTime - BACK),
  arrowleft: () => jump(audio.currentTime - BACK),
  l: () => jump(audio.currentTime + AHEAD),
  arrowright: () => jump(audio.currentTime + AHEAD),
  p: () => step(-1),
  n: () => step(1),
  m: () => {
    audio.muted = !audio.muted;
    announce(audio.muted ? "Muted." : "Unmuted.");
  },
  f: () => byId("follow").click(),
  "?": () => byId("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  const key = KEYS[event.key.toLowerCase()];
  if (!key || !story || !byId("keys-on").checked) return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  // Keys keep their meaning where the focus has a use for them.
  const own = event.target.closest("input, select, textarea, button, a, summary, [role=button]");
  if (own && !(own.matches("button, a, summary, [role=button]") && event.key !== " ")) return;
  event.preventDefault();
  key();
});

if (memory.get("speed")) byId("speed").value = memory.get("speed");
const volume = Number(memory.get("volume") ?? 100);
setVolume(volume >= 0 && volume <= 100 ? volume : 100);
byId("keys-on").checked = memory.get("keys") !== "off";
