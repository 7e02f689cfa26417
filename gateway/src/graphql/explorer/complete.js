// What may stand at a place of a query: follows the text from its beginning through the schema to the caret.
import { tokens } from "./language.js";
import { bare, write } from "./schema.js";

const at = (type) => (type ? bare(type) : undefined);

/** `{ from, offers: [{ text, about }] }` for the caret in the text; `null` where nothing is known. */
export function complete(schema, text, caret) {
  const all = tokens(text.slice(0, caret));
  const last = all.at(-1);
  if (last && (last.kind === "comment" || last.kind === "block" || (last.kind === "string" && !/^".*"$/.test(last.text)))) return null;
  const isWord = last && ["name", "variable", "directive"].includes(last.kind);
  const word = isWord ? last.text : last?.kind === "other" ? last.text : "";
  const place = follow(schema, (word ? all.slice(0, -1) : all).filter(({ kind }) => kind !== "space" && kind !== "comment"));
  const possible = word.startsWith("$") || last?.text === "$" ? variables(text) : offersAt(schema, place, word);
  const wanted = word.toLowerCase();
  const fits = possible.filter(({ text: offer }) => offer.toLowerCase().startsWith(wanted) && offer !== word);
  const inside = word ? possible.filter(({ text: offer }) => !offer.toLowerCase().startsWith(wanted) && offer.toLowerCase().includes(wanted)) : [];
  return { from: caret - word.length, offers: [...fits, ...inside].slice(0, 40) };
}

/** Where the tokens lead: a stack of what is open. */
function follow(schema, marks) {
  const stack = [{ open: "document" }];
  let field = null;
  let pending = null;
  marks.forEach(({ kind, text }, index) => {
    const top = stack.at(-1);
    const before = marks[index - 1]?.text;
    if (text === "{") {
      if (top.open === "document") stack.push({ open: "fields", type: pending ?? schema.roots.query });
      else if (top.open === "fields") stack.push({ open: "fields", type: pending ?? at(field?.type) });
      else stack.push({ open: "object", type: top.valueOf ?? top.type });
      pending = null;
      field = null;
    } else if (text === "(") {
      stack.push(top.open === "fields" ? { open: "arguments", args: pending?.args ?? field?.args ?? [] } : { open: "definitions" });
    } else if (text === "[") stack.push({ open: "list", type: top.valueOf, valueOf: top.valueOf });
    else if (text === "}" || text === ")" || text === "]") {
      if (stack.length > 1) stack.pop();
      if (stack.at(-1).open !== "document") stack.at(-1).valueOf = undefined;
    } else if (kind === "name" && top.open === "document") {
      if (text in schema.roots) pending = schema.roots[text];
      else if (before === "on") pending = text;
    } else if (kind === "name" && top.open === "fields") {
      if (before === "on") pending = text;
      else if (before !== "..." && text !== "on") {
        field = schema.field(top.type, text);
        pending = null;
      }
    } else if (text === "..." && top.open === "fields") pending = top.type;
    else if (kind === "name" && (top.open === "arguments" || top.open === "object") && before !== ":") top.name = text;
    else if (text === ":" && top.open === "arguments") top.valueOf = at(top.args.find(({ name }) => name === top.name)?.type);
    else if (text === ":" && top.open === "object") top.valueOf = at(schema.type(top.type)?.inputFields?.find(({ name }) => name === top.name)?.type);
    else if (text === ":" && top.open === "definitions") top.wantsType = true;
    if (text !== ":" && top.valueOf && before === ":" && !["{", "["].includes(text)) top.valueOf = undefined;
    if (text !== ":" && top.open === "definitions" && kind === "name") top.wantsType = false;
  });
  return { ...stack.at(-1), before: marks.at(-1)?.text };
}

const about = ({ type, description }) => [type ? write(type) : "", description?.split("\n")[0] ?? ""].filter(Boolean).join(" – ");

function offersAt(schema, place, word) {
  const named = (list) => list.map((one) => ({ text: one.name, about: about(one), old: one.isDeprecated }));
  const type = schema.type(place.type);
  if (word.startsWith("@") || place.before === "@") return schema.directives.map((one) => ({ text: `@${one.name}`, about: about(one) }));
  switch (place.open) {
    case "document":
      return ["query", "mutation", "subscription", "fragment"].map((text) => ({ text, about: "" }));
    case "fields":
      if (place.before === "on") return named(schema.listed().filter(({ kind }) => ["OBJECT", "INTERFACE", "UNION"].includes(kind)));
      if (place.before === "...") return [{ text: "on", about: "a type" }];
      return [...named(type?.fields ?? []), { text: "__typename", about: "The name of the type." }];
    case "arguments":
      if (place.valueOf) return values(schema.type(place.valueOf));
      return named(place.args).map((offer) => ({ ...offer, text: `${offer.text}: ` }));
    case "object":
      if (place.valueOf) return values(schema.type(place.valueOf));
      return named(type?.inputFields ?? []).map((offer) => ({ ...offer, text: `${offer.text}: ` }));
    case "list":
      return values(type);
    case "definitions":
      return place.wantsType ? named(schema.listed().filter(({ kind }) => ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(kind))) : [];
    default:
      return [];
  }
}

function values(type) {
  if (type?.kind === "ENUM") return type.enumValues.map((one) => ({ text: one.name, about: about(one), old: one.isDeprecated }));
  if (type?.name === "Boolean") return ["true", "false"].map((text) => ({ text, about: "" }));
  return [];
}

/** Those that the document declares. */
function variables(text) {
  const names = new Set(tokens(text).filter(({ kind }) => kind === "variable").map((token) => token.text));
  return [...names].map((name) => ({ text: name, about: "" }));
}
