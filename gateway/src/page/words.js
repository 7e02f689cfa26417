// How times, states and names are written for people.

/** `m:ss`, or `h:mm:ss`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The same for a screen reader. */
export function spokenClock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return minutes ? `${count(minutes, "minute")} ${count(rest, "second")}` : count(rest, "second");
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `3 hours ago`. */
export function ago(iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  if (!Number.isFinite(seconds)) return "";
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" ? "just now" : relative.format(Math.round(seconds / size), unit);
}

const states = {
  PENDING: "waiting",
  ANALYZING: "reading",
  GENERATING: "writing",
  SYNTHESIZING: "recording",
  COMPLETED: "ready",
  FAILED: "failed",
  CANCELLED: "stopped",
};

export const stateWord = (status) => states[status] ?? "in progress";

export const isOver = (status) => status === "COMPLETED" || status === "FAILED" || status === "CANCELLED";

/** Whether somebody stopped it. */
export const isStopped = ({ status }) => status === "CANCELLED";

/** `Documentary` from `DOCUMENTARY`. */
export const name = (word) => (word ? word.charAt(0).toUpperCase() + word.slice(1).toLowerCase() : "");

/** A story's title, or its repository while it has none. */
export const titleOf = (story) => story.title || story.repoName || "Untitled story";

/** Documentary · 5 minutes · Rachel. */
export const facts = (story) =>
  [name(story.style), story.durationMinutes ? `${story.durationMinutes} minutes` : "", name(story.voice)].filter(Boolean);

/** An agent's details, each as `files analyzed: 12`. Which tool it used says nothing to a listener. */
export function details(value) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return [];
  const text = (one) => {
    if (Array.isArray(one)) return one.map(text).join(", ");
    return one !== null && typeof one === "object" ? JSON.stringify(one) : String(one);
  };
  return Object.entries(value)
    .filter(([key]) => key !== "tool")
    .filter(([, one]) => one !== null && one !== "" && !(Array.isArray(one) && one.length === 0))
    .map(([key, one]) => `${key.replaceAll("_", " ")}: ${text(one)}`);
}
