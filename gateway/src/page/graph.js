// A workflow's graph, drawn: nodes in rows by how far they are from the start, what runs next and what is done marked.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [148, 44, 28, 38];

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Rows of nodes: each below all that lead to it, but for ways back. */
function rowsOf({ nodes, edges }) {
  const row = new Map();
  const next = new Map(nodes.map(({ id }) => [id, []]));
  const known = new Set(next.keys());
  const starts = edges.filter(({ source }) => !known.has(source)).map(({ target }) => target);
  for (const { source, target } of edges) if (known.has(source) && known.has(target)) next.get(source).push(target);
  const visit = (id, depth, above) => {
    if (above.has(id) || !known.has(id) || (row.get(id) ?? -1) >= depth) return;
    row.set(id, depth);
    for (const target of next.get(id)) visit(target, depth + 1, new Set([...above, id]));
  };
  for (const id of starts.length ? starts : nodes.slice(0, 1).map(({ id }) => id)) visit(id, 0, new Set());
  for (const { id } of nodes) if (!row.has(id)) row.set(id, 0);
  const rows = [];
  for (const node of nodes) (rows[row.get(node.id)] ??= []).push(node);
  return rows.filter(Boolean);
}

/** The drawing. `stateOf(id)` says `next`, `done`, `failed` or nothing. */
export function drawGraph(graph, stateOf) {
  const rows = rowsOf(graph);
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const [width, height] = [columns * (WIDTH + GAP_X) + GAP_X, rows.length * (HEIGHT + GAP_Y) + GAP_Y];
  const place = new Map();
  rows.forEach((row, y) => {
    const left = (width - row.length * (WIDTH + GAP_X) + GAP_X) / 2;
    row.forEach(({ id }, x) => place.set(id, { x: left + x * (WIDTH + GAP_X), y: GAP_Y / 2 + y * (HEIGHT + GAP_Y) }));
  });

  const lines = graph.edges.filter(({ source, target }) => place.has(source) && place.has(target));
  const names = graph.nodes.map(({ id, label }) => `${label ?? id}${words(stateOf(id))}`);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Steps: ${names.join(", ")}`, class: "graph" });
  svg.append(...lines.map((edge) => line(place, edge)), ...graph.nodes.map((node) => box(place.get(node.id), node, stateOf(node.id))));
  return svg;
}

const words = (state) => (state === "next" ? " (next)" : state === "done" ? " (done)" : state === "failed" ? " (failed)" : "");

function line(place, { source, target, conditional }) {
  const [from, to] = [place.get(source), place.get(target)];
  const [x1, x2] = [from.x + WIDTH / 2, to.x + WIDTH / 2];
  const back = to.y <= from.y;
  const side = Math.max(from.x, to.x) + WIDTH + GAP_X / 2;
  const path = back
    ? `M${from.x + WIDTH} ${from.y + HEIGHT / 2} C${side} ${from.y + HEIGHT / 2} ${side} ${to.y + HEIGHT / 2} ${to.x + WIDTH} ${to.y + HEIGHT / 2}`
    : `M${x1} ${from.y + HEIGHT} C${x1} ${from.y + HEIGHT + GAP_Y / 2} ${x2} ${to.y - GAP_Y / 2} ${x2} ${to.y}`;
  return shape("path", { d: path, class: conditional ? "edge sometimes" : "edge" });
}

function box({ x, y }, { id, label, type }, state) {
  const name = label ?? id;
  const text = shape("text", { x: x + WIDTH / 2, y: y + 19 }, name.length > 19 ? `${name.slice(0, 18)}…` : name);
  const kind = shape("text", { x: x + WIDTH / 2, y: y + 34, class: "kind" }, type ?? "");
  const frame = shape("rect", { x, y, width: WIDTH, height: HEIGHT, rx: 8 });
  return shape("g", { class: `node ${state ?? ""}`, "data-node": id }, shape("title", {}, `${name}${words(state)}`), frame, text, kind);
}
