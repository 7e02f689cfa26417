// GraphQL as text: its tokens, how a document is laid out, and where in the schema a place of it is. Never refuses anything;
// the server says what is wrong.

const TOKEN =
  /(?<comment>#[^\n\r]*)|(?<block>"""(?:\\"""|[^])*?(?:"""|$))|(?<string>"(?:\\.|[^"\\\n\r])*"?)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<variable>\$[_A-Za-z]\w*)|(?<directive>@[_A-Za-z]\w*)|(?<name>[_A-Za-z]\w*)|(?<mark>\.\.\.|[!$&()*:=@[\]{|}])|(?<space>[\s,\uFEFF]+)|(?<other>[^])/g;

/** `{ kind, text, at }` for everything in it, spaces and comments too. */
export function tokens(text) {
  return Array.from(text.matchAll(TOKEN), ({ groups, index }) => {
    const [kind, value] = Object.entries(groups).find(([, found]) => found !== undefined);
    return { kind, text: value, at: index };
  });
}

const KEYWORDS = new Set(["query", "mutation", "subscription", "fragment", "on"]);

/** What a token is to the eye. */
export function paintOf({ kind, text }, before) {
  if (kind === "string" || kind === "block") return "text";
  if (kind === "name" && KEYWORDS.has(text) && before !== ":") return "keyword";
  if (kind === "name" && (text === "true" || text === "false" || text === "null")) return "number";
  return kind;
}

/** The operations of a document: `{ kind, name, at }`. */
export function operations(text) {
  const found = [];
  let depth = 0;
  const marks = tokens(text).filter(({ kind }) => kind !== "space" && kind !== "comment");
  marks.forEach((token, index) => {
    if (token.text === "{" || token.text === "(") {
      const before = marks[index - 1];
      if (depth === 0 && token.text === "{" && (!before || before.text === "}")) found.push({ kind: "query", name: "", at: token.at });
      depth++;
    } else if (token.text === "}" || token.text === ")") depth--;
    else if (depth === 0 && token.kind === "name" && ["query", "mutation", "subscription"].includes(token.text)) {
      const before = marks[index - 1];
      if (before && before.text !== "}" && before.kind !== "block" && before.kind !== "string") return;
      const next = marks[index + 1];
      found.push({ kind: token.text, name: next?.kind === "name" ? next.text : "", at: token.at });
    }
  });
  return found;
}

const DEFINITIONS = new Set(["query", "mutation", "subscription", "fragment"]);

/** The document in the usual layout: two spaces, one field a line, comments where they were. */
export function prettify(text) {
  const all = tokens(text);
  /** What is open: `{` of fields, `o` of an object value, `(`, `[`. */
  const open = [];
  let out = "";
  let last = null;
  const indent = () => "  ".repeat(open.filter((mark) => mark === "{").length);
  const newLine = () => `\n${indent()}`;

  all.forEach((token, index) => {
    if (token.kind === "space") return;
    const inside = open.at(-1);
    if (token.text === "}" || token.text === ")" || token.text === "]") open.pop();
    if (token.kind === "comment") {
      const before = all[index - 1];
      const isAlone = !before || (before.kind === "space" && /[\n\r]/.test(before.text));
      out += !out ? "" : isAlone ? (open.length ? newLine() : "\n\n") : " ";
    } else if (last?.kind === "comment") out += newLine();
    else if (last) out += between(last, token, inside, newLine);
    out += token.text;
    if (token.text === "{") open.push(inside === "(" || inside === "[" || inside === "o" || last?.text === "=" ? "o" : "{");
    else if (token.text === "(" || token.text === "[") open.push(token.text);
    last = token;
  });
  return out ? `${out.replace(/[ \t]+$/gm, "")}\n` : "";
}

/** What stands between two tokens; `inside` is what was open before the second. */
function between(last, { kind, text }, inside, newLine) {
  if (text === ")" || text === "]") return "";
  if (text === "}") return inside === "o" ? (last.text === "{" ? "" : " ") : newLine();
  if (last.text === "(" || last.text === "[") return "";
  if (last.text === "{") return inside === "o" ? " " : newLine();
  if (text === ":" || text === "!") return "";
  if (last.text === ":" || text === "=" || last.text === "=" || kind === "directive") return " ";
  if (inside === "(" || inside === "[" || inside === "o") return ", ";
  if (text === "{") return " ";
  if (text === "(") return DEFINITIONS.has(last.text) && inside === undefined ? " " : "";
  if (inside === undefined) return DEFINITIONS.has(text) && last.text === "}" ? "\n\n" : " ";
  if (last.text === "...") return text === "on" ? " " : "";
  if (last.text === "on") return " ";
  return newLine();
}
