// The editor: a plain text area, painted from behind, that indents, closes and marks brackets, and offers what may come next.
import { complete } from "./complete.js";
import { paintOf, tokens } from "./language.js";
import { make } from "./browser.js";

const PAIRS = { "{": "}", "(": ")", "[": "]" };
const CLOSING = new Set(Object.values(PAIRS));

/** Makes the text area an editor. `schema()` may be null for a while. */
export function makeEditor({ area, paint, list, schema, onRun, onChange }) {
  let offers = [];
  let from = 0;
  let chosen = 0;
  /** After Escape the Tab key moves on, as everywhere. */
  let tabMoves = false;

  /** Types it as a person would, so that it can be undone. */
  function type(text, start = area.selectionStart, end = area.selectionEnd) {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function draw() {
    const partners = pairAt(area.value, area.selectionStart);
    let before = "";
    const parts = tokens(area.value).map((token) => {
      const span = make("span", { class: `t-${paintOf(token, before)}` }, token.text);
      if (partners.includes(token.at)) span.classList.add("t-pair");
      if (token.kind !== "space") before = token.text;
      return span;
    });
    paint.replaceChildren(...parts, "\n");
    paint.scrollTo(area.scrollLeft, area.scrollTop);
  }

  function shut() {
    list.hidden = true;
    offers = [];
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
  }

  function offer(always) {
    const known = schema();
    const found = known && area.selectionStart === area.selectionEnd ? complete(known, area.value, area.selectionStart) : null;
    if (!found?.offers.length || (!always && found.from === area.selectionStart)) return shut();
    ({ from, offers } = found);
    chosen = 0;
    list.replaceChildren(
      ...offers.map(({ text, about, old }, index) => {
        const item = make("li", { role: "option", id: `offer-${index}`, class: old ? "old" : "" }, make("b", {}, text.trim()), about ? make("small", {}, about) : null);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          chosen = index;
          take();
        });
        return item;
      }),
    );
    list.hidden = false;
    place();
    mark();
  }

  /** Under the caret: all letters are of one width. */
  function place() {
    const style = getComputedStyle(area);
    const before = area.value.slice(0, from);
    const row = before.split("\n").length - 1;
    const column = from - (before.lastIndexOf("\n") + 1);
    const line = Number.parseFloat(style.lineHeight);
    const top = area.offsetTop + Number.parseFloat(style.paddingTop) + (row + 1) * line - area.scrollTop;
    const left = area.offsetLeft + Number.parseFloat(style.paddingLeft) + column * letterWidth(style) - area.scrollLeft;
    const room = area.parentElement.clientWidth - list.offsetWidth - 8;
    list.style.setProperty("top", `${Math.max(0, top)}px`);
    list.style.setProperty("left", `${Math.max(0, Math.min(left, room))}px`);
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-activedescendant", `offer-${chosen}`);
  }

  function take() {
    const { text } = offers[chosen];
    const end = area.selectionEnd;
    shut();
    type(text, from, end);
    shut();
  }

  function onKey(event) {
    const { key } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key === "Enter") {
      event.preventDefault();
      shut();
      return onRun();
    }
    if (isCommand && key === " ") {
      event.preventDefault();
      return offer(true);
    }
    if (isCommand || event.altKey) return;
    if (!list.hidden && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(key)) {
      event.preventDefault();
      event.stopPropagation();
      if (key === "Escape") shut();
      else if (key === "Enter" || key === "Tab") take();
      else {
        chosen = (chosen + (key === "ArrowDown" ? 1 : offers.length - 1)) % offers.length;
        mark();
      }
      return;
    }
    if (key === "Escape") tabMoves = true;
    else if (key === "Tab" && !tabMoves) {
      event.preventDefault();
      indent(event.shiftKey);
    } else if (key === "Enter") {
      event.preventDefault();
      breakLine();
    } else edit(event);
    if (key !== "Escape" && key !== "Tab" && key !== "Shift") tabMoves = false;
  }

  /** Brackets come in pairs, and the second is stepped over. */
  function edit(event) {
    const { selectionStart: start, selectionEnd: end, value } = area;
    const next = value[end] ?? "";
    if (event.key in PAIRS && (start !== end || /[\s)}\]]|^$/.test(next))) {
      event.preventDefault();
      type(event.key + value.slice(start, end) + PAIRS[event.key]);
      area.setSelectionRange(start + 1, end + 1);
    } else if (CLOSING.has(event.key) && start === end && next === event.key) {
      event.preventDefault();
      area.setSelectionRange(end + 1, end + 1);
    } else if (event.key === "Backspace" && start === end && start > 0 && PAIRS[value[start - 1]] === next && next) {
      event.preventDefault();
      type("", start - 1, end + 1);
    }
  }

  function breakLine() {
    const { selectionStart: start, value } = area;
    const line = value.slice(value.lastIndexOf("\n", start - 1) + 1, start);
    const depth = /^\s*/.exec(line)[0];
    const opens = /[{([]\s*$/.test(line);
    const closes = opens && CLOSING.has(value[area.selectionEnd]);
    type(`\n${depth}${opens ? "  " : ""}${closes ? `\n${depth}` : ""}`);
    if (closes) {
      const caret = start + 1 + depth.length + 2;
      area.setSelectionRange(caret, caret);
    }
  }

  function indent(back) {
    const { selectionStart: start, selectionEnd: end, value } = area;
    if (start === end && !back) return type("  ");
    const first = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(first, end).replace(/^/gm, "  ");
    const text = back ? value.slice(first, end).replace(/^ {1,2}/gm, "") : lines;
    type(text, first, end);
    area.setSelectionRange(first, first + text.length);
    return undefined;
  }

  area.addEventListener("keydown", onKey);
  area.addEventListener("input", (event) => {
    draw();
    onChange();
    if (event.inputType?.startsWith("insertText") && /[\w@$]/.test(event.data ?? "")) offer(false);
    else if (!list.hidden) offer(false);
  });
  area.addEventListener("scroll", () => {
    paint.scrollTo(area.scrollLeft, area.scrollTop);
    shut();
  });
  area.addEventListener("blur", shut);
  area.addEventListener("click", () => {
    shut();
    draw();
  });
  document.addEventListener("selectionchange", () => document.activeElement === area && draw());
  draw();

  return {
    /** Replaces the whole text; it can be undone. */
    set(text) {
      type(text, 0, area.value.length);
      shut();
      draw();
    },
    draw,
  };
}

let width = 0;

function letterWidth(style) {
  if (width) return width;
  const context = document.createElement("canvas").getContext("2d");
  context.font = style.font;
  width = context.measureText("m").width;
  return width;
}

/** The places of the bracket at the caret and of its partner. */
function pairAt(text, caret) {
  const open = [];
  const pairs = [];
  for (const { kind, text: word, at } of tokens(text)) {
    if (kind !== "mark") continue;
    if (word in PAIRS) open.push({ word, at });
    else if (CLOSING.has(word)) {
      const partner = open.pop();
      if (partner && PAIRS[partner.word] === word) pairs.push([partner.at, at]);
    }
  }
  return pairs.find((pair) => pair.includes(caret) || pair.includes(caret - 1)) ?? [];
}
