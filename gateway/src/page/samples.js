// What can be heard before a story is made: the beginning of one that is finished, and each voice.
import { byId, tell } from "./dom.js";
import { clock, name } from "./words.js";

/** How long the sample is, in seconds, before it is loaded. It is the first chapter of what `saga story` made of this very
 * repository, offline and with the local voice, in 32 kbit/s. */
const SAMPLE_SECONDS = 75;
const sample = byId("sample-audio");
const voice = new Audio();
voice.preload = "none";

/** Shows the finished story to whoever has none yet. */
export function offerSample(wanted) {
  byId("sample").hidden = !wanted;
}

/** Nothing goes on sounding where it can't be seen. */
export function hush() {
  sample.pause();
  voice.pause();
}

const isPlaying = (audio) => !audio.paused && !audio.ended;

function drawSample() {
  byId("sample-play").classList.toggle("playing", isPlaying(sample));
  byId("sample-play").setAttribute("aria-label", isPlaying(sample) ? "Pause the sample" : "Play the sample");
  byId("sample-time").textContent =
    sample.currentTime > 0 ? `${clock(sample.currentTime)} of ${clock(sample.duration || SAMPLE_SECONDS)}` : clock(sample.duration || SAMPLE_SECONDS);
}

function chosen() {
  return document.querySelector('[name="voice"]:checked').value;
}

function drawVoice() {
  byId("hear").classList.toggle("playing", isPlaying(voice));
  byId("hear-words").textContent = isPlaying(voice) ? "Stop" : `Hear ${name(chosen())}`;
}

async function begin(audio, redraw) {
  for (const other of [sample, voice]) if (other !== audio) other.pause();
  try {
    await audio.play();
  } catch (reason) {
    if (reason.name !== "AbortError") tell(byId("compose-error"), "This could not be played.");
  }
  redraw();
}

byId("sample-play").addEventListener("click", () => (isPlaying(sample) ? sample.pause() : begin(sample, drawSample)));
for (const event of ["play", "pause", "ended", "timeupdate", "durationchange"]) sample.addEventListener(event, drawSample);

byId("hear").addEventListener("click", () => {
  if (isPlaying(voice)) {
    voice.pause();
    return;
  }
  voice.src = `/api/v1/voices/${chosen().toLowerCase()}/sample`;
  begin(voice, drawVoice);
});
for (const event of ["play", "pause", "ended"]) voice.addEventListener(event, drawVoice);
for (const choice of document.querySelectorAll('[name="voice"]')) {
  choice.addEventListener("change", () => {
    voice.pause();
    drawVoice();
  });
}
drawSample();
drawVoice();
