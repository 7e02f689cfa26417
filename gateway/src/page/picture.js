// A small picture of a story, drawn here: a story's own cover is made for a large size, and its words are noise at a small one.

const SVG = "http://www.w3.org/2000/svg";
/** Colours as pairs, dark enough for white letters. */
const COLOURS = [
  ["#7c2d12", "#c2571f"],
  ["#1e3a5f", "#3f7cac"],
  ["#14532d", "#4d8b5a"],
  ["#4a1d5c", "#9b5ab8"],
  ["#5c1d3a", "#b8486f"],
  ["#3f3a14", "#94832b"],
  ["#134e4a", "#3a8f88"],
  ["#312e81", "#6d68c9"],
];

/** The same for the same repository, always. */
function numberOf(text) {
  let number = 2_166_136_261;
  for (const letter of text) number = Math.imul(number ^ letter.codePointAt(0), 16_777_619) >>> 0;
  return number;
}

function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

/** The first letters of the first words of a name: `RG` of `rip-grep`, `EX` of `express`. */
function letters(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const [first = "?", second] = words;
  return (second ? first[0] + second[0] : first.slice(0, 2)).toUpperCase();
}

/** Rings like those of a record or a tree, as many as the number says, behind the letters of the repository. */
export function draw({ repoName, title }) {
  const name = (repoName || title || "").split("/").pop();
  const number = numberOf(repoName || title || "");
  const [deep, bright] = COLOURS[number % COLOURS.length];
  const picture = shape("svg", { viewBox: "0 0 96 96", "aria-hidden": "true", focusable: "false" });
  picture.append(shape("rect", { width: 96, height: 96, fill: deep }));
  const [x, y] = [((number >>> 4) % 60) + 18, ((number >>> 10) % 30) + 66];
  for (let ring = 4; ring > 0; ring--) {
    const radius = ring * (13 + ((number >>> (ring * 3)) % 6));
    picture.append(shape("circle", { cx: x, cy: y, r: radius, fill: bright, opacity: 0.12 + 0.1 * (4 - ring) }));
  }
  picture.append(
    shape("text", { x: 48, y: 50, "text-anchor": "middle", "dominant-baseline": "central", fill: "#fff" }, letters(name)),
  );
  return picture;
}
