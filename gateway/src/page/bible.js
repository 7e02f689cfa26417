// What an author lays down for a book, a chapter of it or its series: listed, added to, and taken out again.
import { ask } from "./api.js";
import { announce, byId, make, tell } from "./dom.js";
import { fieldsOf } from "./fields.js";
import { PUT_BIBLE } from "./queries.js";

const BOOK = "all of this book";
const CHAPTER = "the chapter that is open";
const SERIES = "all books of the series";

const text = (title, maxLength, description) => ({ type: "string", title, maxLength, description });
const fields = fieldsOf(
  {
    type: "object",
    required: ["subject", "property", "value", "level"],
    properties: {
      subject: text("Who or what", 100, "A person, a place or a thing, by name."),
      property: text("What of it", 64, "Of a person eyes, hair, build, mark, age and profession are checked."),
      value: text("What is so", 200),
      level: { enum: [BOOK, CHAPTER, SERIES], title: "It counts for" },
      series: text("The series", 100, "As you call it; only for what counts for its books."),
    },
  },
  "book-bible",
);
byId("book-bible-fields").append(fields.element);

let bible = null;
let book = "";
let chapter = () => 1;
let changed = () => {};

/** `laid` of the book with this id; `open()` says which chapter is open, `after()` is called when something was changed. */
export function showBible(id, laid, open, after) {
  [book, bible, chapter, changed] = [id, laid, open, after];
  byId("book-bible-box").hidden = !bible;
  byId("book-bible").replaceChildren(...(bible?.entries ?? []).map(line));
}

function line(entry, at) {
  const place = { SERIES: `books of ${bible.series}`, BOOK: "", CHAPTER: `chapter ${entry.chapter}`, SCENE: `scene ${entry.scene}` }[entry.level];
  const button = make("button", { type: "button", class: "quiet", "aria-label": `Take out: ${entry.subject}, ${entry.property}` }, "Take out");
  button.addEventListener("click", () => put(bible.series, bible.entries.toSpliced(at, 1), "It does not count any more."));
  return make("li", {}, make("b", {}, entry.subject), `: ${entry.property} ${entry.value} `, place ? make("small", {}, `in ${place} `) : "", button);
}

async function put(series, entries, words) {
  tell(byId("book-bible-problem"), "");
  try {
    const { putBible } = await ask(PUT_BIBLE, { input: { id: book, series, entries } });
    showBible(book, putBible.bible, chapter, changed);
    announce(words);
    changed();
    return true;
  } catch (problem) {
    const refused = Object.entries(problem.fields ?? {});
    const own = new RegExp(`^input\\.entries\\.${entries.length - 1}\\.`);
    const rest = refused.filter(([field, message]) => !fields.refuse(field.replace(own, "").replace(/^input\./, ""), message));
    if (rest.length || !refused.length) tell(byId("book-bible-problem"), problem.message);
    return false;
  }
}

byId("book-bible-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  let laid;
  try {
    laid = fields.read();
  } catch {
    return;
  }

  const { subject, property, value } = laid;
  const entry = { subject, property, value, level: { [BOOK]: "BOOK", [CHAPTER]: "CHAPTER", [SERIES]: "SERIES" }[laid.level] };
  if (entry.level === "CHAPTER") entry.chapter = chapter();
  // The same thing at the same place is said anew.
  const same = (other) => ["level", "chapter", "subject", "property"].every((name) => (other[name] ?? null) === (entry[name] ?? null));
  const kept = bible.entries.filter((other) => !same(other));
  if (await put(laid.series ?? bible.series, [...kept, entry], "It is laid down.")) event.target.reset();
});
