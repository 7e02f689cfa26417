//! Definitions in every language, and code that no parser should choke on.

use super::*;

fn parse(path: &str, text: &str) -> Syntax {
    let grammar = Grammar::from_path(path).expect("a known language");
    read(grammar, path, text, Duration::from_secs(10))
}

/// `kind name(parameters) public: doc` a line.
fn told(path: &str, text: &str) -> Vec<String> {
    parse(path, text)
        .definitions
        .iter()
        .map(|found| {
            let owner = found
                .parent
                .as_deref()
                .map(|owner| format!("{owner}."))
                .unwrap_or_default();

            let parameters = found
                .parameters
                .map(|count| format!("/{count}"))
                .unwrap_or_default();
            let public = if found.public { "pub " } else { "" };
            let wait = if found.is_async { "async " } else { "" };
            let doc = found
                .doc
                .as_deref()
                .map(|doc| format!(": {doc}"))
                .unwrap_or_default();

            format!(
                "{public}{wait}{} {owner}{}{parameters}{doc}",
                found.kind.label(),
                found.name
            )
        })
        .collect()
}

#[test]
fn documentation_of_rust_goes_on_over_its_lines() {
    let text = "/// Opens the gate of a mill and waits until the\n/// water is high. More of it.\n///\n/// Later.\npub fn open() {\n}\n";
    let found = read(Grammar::Rust, "src/a.rs", text, Duration::from_secs(5));
    let doc = found.definitions[0].doc.clone().unwrap_or_default();

    assert_eq!(
        doc,
        "Opens the gate of a mill and waits until the water is high. More of it."
    );
}

#[test]
fn a_function_of_cpp_goes_on_behind_what_stands_at_the_margin() {
    let text = "Mill mill(wheel,\n          gate);\n\nint main() {\n  open();\n\n// Calibrate the clock.\n#if CLOCK\n  calibrate();\n#endif\n  mill.Start();\n}\n\nvoid after() {\n  b();\n}\n";
    let found = read_plainly("src/main.cpp", Some("C++"), text, Duration::from_secs(5)).definitions;
    let told: Vec<(&str, u32, u32)> = found
        .iter()
        .map(|found| (found.name.as_str(), found.line, found.lines))
        .collect();
    assert_eq!(told, [("main", 4, 9), ("after", 14, 3)]);
}

#[test]
fn rust_definitions_are_found_with_their_documentation() {
    let text = r#"
//! Weaves numbers.
//! All of them.

use crate::{loom::{self, Card}, thread::*};
use std::fmt as f;

/// A loom of [`Card`]s.
///
/// More.
#[derive(Debug)]
pub struct Loom<T> { cards: Vec<T> }

impl<T> Loom<T> {
    /// Makes one.
    pub async fn new(cards: Vec<T>, speed: u8) -> Self { todo!() }
    fn turn(&mut self) { fn inner() {} }
}
impl f::Display for Loom<u8> { fn fmt(&self) {} }
pub trait Weave { fn weave(&self, n: u8); }
#[macro_export]
macro_rules! card { () => {} }
mod hidden { pub const LIMIT: u8 = 1; }
#[cfg(test)]
mod tests { fn helper() {} }
fn main() {}
"#;

    assert_eq!(
        told("src/loom.rs", text),
        [
            "pub struct Loom: A loom of Cards.",
            "pub async method Loom.new/2: Makes one.",
            "method Loom.turn/0",
            "pub trait Weave",
            "pub method Weave.weave/1",
            "pub macro card",
            "module hidden",
            "pub constant LIMIT",
            "function main/0",
        ]
    );

    let syntax = parse("src/loom.rs", text);
    assert_eq!(syntax.header.as_deref(), Some("Weaves numbers. All of them."));

    let mut imports = syntax.imports;
    imports.sort();

    assert_eq!(
        imports,
        [
            "crate::loom::Card",
            "crate::loom::self",
            "crate::thread",
            "std::fmt"
        ]
    );
}

#[test]
fn python_definitions_are_found_with_their_docstrings() {
    let text = "\"\"\"Weaves numbers.\"\"\"\nimport os, app.core as core\nfrom .cards import Card, read\nfrom x import *\n\nLIMIT = 3\n\n\
        class Loom(Base):\n    '''A loom.\n\n    More.\n    '''\n    def __init__(self): pass\n    @property\n    def size(self, n=1) -> int:\n        \"\"\"How big.\"\"\"\n    def _turn(self): ...\n\n\
        @app.get('/x')\nasync def weave(cards, *, fast=False):\n    return 1\n";
    assert_eq!(
        told("loom.py", text),
        [
            "pub constant LIMIT",
            "pub class Loom: A loom.",
            "pub method Loom.size/1: How big.",
            "method Loom._turn/0",
            "pub async function weave/2",
        ]
    );

    let syntax = parse("loom.py", text);
    assert_eq!(syntax.header.as_deref(), Some("Weaves numbers."));
    assert_eq!(
        syntax.imports,
        ["os", "app.core", ".cards.Card", ".cards.read", "x"]
    );
}

#[test]
fn javascript_in_modules_and_in_commonjs_is_understood() {
    let text = "import a from './a';\n/** Makes a loom. @param x */\nexport default function make(x, y) {}\n\
        /** Runs it well. */\nexport const run = async (a) => {};\nexport class Loom { /** Turns it once. */ turn() {} #secret() {} }\n\
        const LIMIT = 1;\nexport { b } from './b';\nfunction hidden() {}\n";
    assert_eq!(
        told("src/index.js", text),
        [
            "pub function make/2: Makes a loom.",
            "pub async function run/1: Runs it well.",
            "pub class Loom",
            "pub method Loom.turn/0: Turns it once.",
            "method Loom.#secret/0",
            "function hidden/0",
        ]
    );
    assert_eq!(parse("src/index.js", text).imports, ["./a", "./b"]);

    let common = "var mixin = require('merge');\n/**\n * Use the given middleware.\n */\napp.use = function use(fn) {};\nexports.json = function (a, b) {};\nView.prototype.render = function render() {};\nmodule.exports = createApplication;\n";
    assert_eq!(
        told("lib/app.js", common),
        [
            "pub method app.use/1: Use the given middleware.",
            "pub function json/2",
            "pub method View.render/0"
        ]
    );
    assert_eq!(parse("lib/app.js", common).imports, ["merge"]);
}

#[test]
fn typescript_types_are_found() {
    let text = "/** What a card holds. */\nexport interface Card { id: string }\nexport type Id = string;\nexport enum Colour { Red }\nexport abstract class Base { private hidden() {} open(): void {} }\n";
    assert_eq!(
        told("a.ts", text),
        [
            "pub interface Card: What a card holds.",
            "pub type Id",
            "pub enum Colour",
            "pub class Base",
            "method Base.hidden/0",
            "pub method Base.open/0",
        ]
    );

    assert_eq!(
        told("b.tsx", "export const Button = (props: P) => <b>{props.x}</b>;\n"),
        ["pub function Button/1"]
    );
}

#[test]
fn go_definitions_are_found() {
    let text = "// Package loom weaves numbers.\npackage loom\n\nimport (\n\t\"fmt\"\n\tx \"example.org/loom/card\"\n)\n\n// Loom is a loom of cards.\ntype Loom struct{}\n\n// Turn turns it once.\nfunc (l *Loom) Turn(n int) {}\nfunc hidden() {}\n\ntype Weaver interface{ Weave() }\n\nconst Limit = 1\n";
    assert_eq!(
        told("loom.go", text),
        [
            "pub struct Loom: Loom is a loom of cards.",
            "pub method Loom.Turn/1: Turn turns it once.",
            "function hidden/0",
            "pub interface Weaver",
            "pub constant Limit",
        ]
    );

    let syntax = parse("loom.go", text);
    assert_eq!(syntax.header.as_deref(), Some("Package loom weaves numbers."));
    assert_eq!(syntax.imports, ["example.org/loom/card", "fmt"]);
}

#[test]
fn java_definitions_are_found() {
    let text = "package org.example;\nimport org.example.cards.Card;\nimport static org.x.Y.*;\n/** A loom of cards. */\npublic class Loom {\n  /** Turns it once. */\n  public void turn(int n, Card c) {}\n  private void hide() {}\n  enum Colour { RED }\n}\ninterface Weave { void weave(); }\n";
    assert_eq!(
        told("Loom.java", text),
        [
            "pub class Loom: A loom of cards.",
            "pub method Loom.turn/2: Turns it once.",
            "method Loom.hide/0",
            "enum Loom.Colour",
            "interface Weave",
            "pub method Weave.weave/0",
        ]
    );

    assert_eq!(
        parse("Loom.java", text).imports,
        ["org.example.cards.Card", "org.x.Y"]
    );
}

#[test]
fn c_definitions_are_found() {
    let text = "/* Weaves numbers of all kinds. */\n#include \"card.h\"\n#include <stdio.h>\n\n/** A loom of cards. */\ntypedef struct loom { int n; } loom_t;\nenum colour { RED };\n\n/* Turns it once. */\nint *loom_turn(loom_t *l, int n)\n{\n  return 0;\n}\nstatic void hidden(void) {}\n";
    assert_eq!(
        told("loom.c", text),
        [
            "struct loom_t: A loom of cards.",
            "enum colour",
            "pub function loom_turn/2: Turns it once.",
            "function hidden/1",
        ]
    );

    let syntax = parse("loom.c", text);
    assert_eq!(syntax.header.as_deref(), Some("Weaves numbers of all kinds."));
    assert_eq!(syntax.imports, ["card.h"]);
    assert_eq!(
        told("loom.h", "#ifndef X\n#define X\nint loom_turn(int n);\n#endif\n"),
        ["pub function loom_turn/1"]
    );
}

#[test]
fn broken_and_deeply_nested_code_does_no_harm() {
    let deep = format!(
        "fn a() {{ let x = {}1{}; }}\npub fn b() {{}}\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );

    assert!(parse("deep.rs", &deep).definitions.len() <= 2);

    let modules = format!("{}pub fn x() {{}}{}", "mod a {".repeat(5_000), "}".repeat(5_000));
    let _ = parse("modules.rs", &modules);
    let arrays = format!(
        "export const x = {}1{};",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let _ = parse("arrays.js", &arrays);
    let lists = format!("use a::{}b{};", "{c::".repeat(3_000), "}".repeat(3_000));
    let _ = parse("lists.rs", &lists);

    for path in ["a.rs", "a.py", "a.js", "a.tsx", "a.go", "a.java", "a.c"] {
        for text in [
            "",
            "}}}} (((",
            "\u{feff}class",
            "\"unterminated",
            "🦀🦀 fn x(",
            "def f(:\n  class",
        ] {
            let _ = parse(path, text);
        }
    }
}

#[test]
fn parsing_stops_at_its_time_limit() {
    let text = "fn a() {}\n".repeat(200_000);
    let syntax = read(Grammar::Rust, "big.rs", &text, Duration::from_millis(1));
    assert!(syntax.gave_up);
    assert!(syntax.definitions.is_empty());
}
