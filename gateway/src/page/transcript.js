// The words as they are spoken: the captions as prose under their chapters, the sentence being said marked and in view.
import { ours } from "./api.js";
import { byId, make, memory, tell } from "./dom.js";
import { spokenClock } from "./words.js";

const box = byId("cues");
const follow = byId("follow");
let track = null;
let sentences = [];
let current = -1;

export function openTranscript(audio, story) {
  clearTranscript();
  if (!story.captionsUrl) {
    tell(byId("transcript-note"), "This story has no transcript.");
    return;
  }
  const mine = make("track", { kind: "captions", srclang: "en", label: "English", default: true, src: ours(story.captionsUrl) });
  track = mine;
  mine.addEventListener("load", () => mine === track && write(audio, story, [...mine.track.cues]));
  mine.addEventListener("error", () => mine === track && tell(byId("transcript-note"), "The transcript could not be loaded."));
  audio.append(mine);
  // The browser keeps the time; what is shown is ours.
  mine.track.mode = "hidden";
}

export function clearTranscript() {
  track?.remove();
  track = null;
  sentences = [];
  current = -1;
  box.replaceChildren();
  tell(byId("transcript-note"), "");
}

function write(audio, story, cues) {
  const starts = story.chapters.map(({ startSeconds }) => startSeconds);
  const parts = new Map();
  sentences = cues.map((cue, index) => {
    // A cue's times are a little off the chapter's, which are rounded.
    const place = Math.max(0, starts.findLastIndex((start) => start <= cue.startTime + 1));
    if (!parts.has(place)) parts.set(place, make("p"));
    const sentence = make("span", { class: "cue", role: "button", tabIndex: index ? -1 : 0 }, words(cue));
    sentence.title = spokenClock(cue.startTime);
    sentence.dataset.index = String(index);
    parts.get(place).append(sentence, " ");
    return { cue, sentence };
  });
  for (const [place, text] of parts) {
    const title = story.chapters[place]?.title;
    box.append(...(title ? [make("h3", {}, title)] : []), text);
  }
  track.track.addEventListener("cuechange", () => mark());
  mark();

  const go = (index) => {
    audio.currentTime = sentences[index].cue.startTime + 0.01;
  };
  box.onclick = ({ target }) => {
    const sentence = target.closest(".cue");
    // Selecting words to copy them is not a jump.
    if (sentence && getSelection().isCollapsed) go(Number(sentence.dataset.index));
  };
  box.onkeydown = (event) => {
    const at = event.target.closest(".cue");
    if (!at) return;
    const index = Number(at.dataset.index);
    if (event.key === "Enter" || event.key === " ") go(index);
    else if (event.key === "ArrowDown") focusOn(index + 1);
    else if (event.key === "ArrowUp") focusOn(index - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** The text of a cue without its markup. */
function words(cue) {
  return cue.getCueAsHTML().textContent.replace(/\s+/g, " ");
}

/** Only one sentence is in the order of the Tab key; the arrows go from it to the others. */
function focusOn(index) {
  const wanted = sentences[index]?.sentence;
  if (!wanted) return;
  for (const { sentence } of sentences) sentence.tabIndex = sentence === wanted ? 0 : -1;
  wanted.focus();
}

function mark() {
  const active = track?.track.activeCues?.[0];
  const index = active ? sentences.findIndex(({ cue }) => cue === active) : -1;
  if (index === current || index < 0) return;
  sentences[current]?.sentence.removeAttribute("aria-current");
  current = index;
  const { sentence } = sentences[index];
  sentence.setAttribute("aria-current", "true");
  if (follow.checked) intoView(sentence);
}

/**
 * Scrolls the transcript where it has its own scroll. Where its words are part of the page, as on a phone, the page follows
 * only while somebody is reading them.
 */
function intoView(sentence) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const behavior = calm ? "auto" : "smooth";
  const [outer, inner] = [box.getBoundingClientRect(), sentence.getBoundingClientRect()];
  if (getComputedStyle(box).overflowY !== "visible") {
    box.scrollTo({ top: box.scrollTop + inner.top - outer.top - outer.height / 3, behavior });
    return;
  }
  const isRead = outer.top < window.innerHeight / 3;
  if (isRead) window.scrollTo({ top: window.scrollY + inner.top - window.innerHeight / 3, behavior });
}

const keepInView = () => {
  if (follow.checked && sentences[current]) intoView(sentences[current].sentence);
};

new ResizeObserver(keepInView).observe(box);
follow.checked = memory.get("follow") !== "off";
follow.addEventListener("change", () => {
  memory.set("follow", follow.checked ? null : "off");
  keepInView();
});
