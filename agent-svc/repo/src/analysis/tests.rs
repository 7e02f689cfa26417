//! What is concluded of repositories that are made up: where they start, what they are, how they are tested and what
//! their files say of themselves. One test a kind of conclusion, many inputs each.

use super::model::{Definition, EntryPointKind as Entry, ProjectKind as Kind};
use crate::analysis::Analysis;
use crate::testing::MadeUp;

fn entry(analysis: &Analysis) -> Option<(&str, Entry)> {
    let first = analysis.entry_points.first()?;
    Some((first.path.as_str(), first.kind))
}

fn definition<'a>(analysis: &'a Analysis, name: &str) -> &'a Definition {
    let found = analysis.definitions.iter().find(|found| found.name == name);
    found.unwrap_or_else(|| panic!("{name} is defined in none of {:?}", names(analysis)))
}

fn names(analysis: &Analysis) -> Vec<&str> {
    analysis
        .definitions
        .iter()
        .map(|found| found.name.as_str())
        .collect()
}

#[test]
fn tests_are_found_in_every_language_and_by_their_folders() {
    for (path, text, count) in [
        (
            "tests/unit/dump.tcl",
            "test {RESTORE keeps the expire} {\n  r set a b\n}\ntest \"other\" {\n}\n",
            2,
        ),
        (
            "tests/misc.rs",
            "rgtest!(keeps_order, |dir: Dir, mut cmd: TestCommand| {\n});\nrgtest!(x, |d, c| {});\n",
            2,
        ),
        (
            "test/run.bats",
            "@test \"it prints the version\" {\n  run x\n}\n",
            1,
        ),
        (
            "tests/run.sh",
            "test_prints_version() {\n  :\n}\ntestOther() {\n  :\n}\n",
            2,
        ),
        (
            "tests/Main.hs",
            "main = hspec $ do\n  it \"keeps the order\" $ do\n    pure ()\nprop_same :: Int -> Bool\nprop_same = (> 0)\n",
            2,
        ),
        (
            "spec/loom_spec.lua",
            "describe('x', function()\n  it('keeps the order', function() end)\nend)\n",
            1,
        ),
        (
            "test/loom_test.exs",
            "defmodule LoomTest do\n  test \"keeps the order\" do\n  end\nend\n",
            1,
        ),
        (
            "LoomTests/LoomTests.swift",
            "class LoomTests: XCTestCase {\n  func testKeepsTheOrder() {}\n}\n",
            1,
        ),
        (
            "src/test/scala/LoomSpec.scala",
            "class LoomSpec extends AnyFlatSpec {\n  it should \"keep the order\" in {\n  }\n}\n",
            1,
        ),
        ("tests/loom.tftest.hcl", "run \"keeps_the_order\" {\n}\n", 1),
        (
            "db/loom_test.cc",
            "TEST(Loom, KeepsOrder) {\n}\nTEST_F(Loom, Other) {\n}\n",
            2,
        ),
        ("t/basic.t", "subtest 'keeps the order' => sub {\n};\n", 1),
    ] {
        let analysis = MadeUp::new("loom")
            .file("README.md", "# Loom\n")
            .file(path, text)
            .analysis();
        assert_eq!(analysis.tests.count, count, "{path}");
    }

    // Where single tests are not understood, their folder is still there.
    let analysis = MadeUp::new("loom")
        .file("test/fast/one", "#!/bin/sh\necho one\n")
        .file("test/fast/two", "#!/bin/sh\necho two\n")
        .analysis();
    let place = analysis.tests.places.first().expect("a folder of tests");
    assert_eq!(
        (
            place.path.as_str(),
            place.files,
            place.language.as_deref(),
            analysis.tests.count
        ),
        ("test", 2, Some("Shell"), 0)
    );
}

#[test]
fn the_entry_is_what_build_files_name_or_the_language_starts() {
    let c_main = "int main(int argc, char **argv) { return 0; }\n";
    let hidden = "int half(int a) { return a / 2; }\n#ifdef CRC_TEST_MAIN\nint main(void) { return half(2); }\n#endif\n";
    let cases: Vec<(MadeUp, &str, Entry)> = vec![
        (
            MadeUp::new("loom")
                .file("src/Makefile", "SERVER=loom-server\nSERVER_OBJ=crc.o server.o\nCLI_OBJ=cli.o\nall: $(SERVER) loom-cli\n$(SERVER): $(SERVER_OBJ)\n\t$(CC) -o $@ $^\nloom-cli: $(CLI_OBJ)\n\t$(CC) -o $@ $^\n")
                .file("src/crc.c", hidden)
                .file("src/server.c", c_main)
                .file("src/cli.c", c_main),
            "src/server.c",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("CMakeLists.txt", "project(loom)\nadd_library(core util.cc)\nadd_executable(loom tool/start.cc util.cc)\n")
                .file("tool/start.cc", "int main() {\n  return 0;\n}\n")
                .file("util.cc", "int twice(int a) {\n  return a * 2;\n}\n"),
            "tool/start.cc",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("loom.cabal", "name: loom\nlibrary\n  exposed-modules: Loom\n                   Loom.Core\n  hs-source-dirs: src\nexecutable loom\n  main-is: Start.hs\n  hs-source-dirs: app\n")
                .file("app/Start.hs", "module Main where\nmain :: IO ()\nmain = pure ()\n")
                .file("src/Loom.hs", "module Loom (weave) where\nweave :: Int -> Int\nweave = id\n"),
            "app/Start.hs",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("index.html", "<html><script src=\"js/tile.js\"></script><script src=\"js/application.js\"></script></html>\n")
                .file("js/tile.js", "function Tile() { return 1; }\n")
                .file("js/application.js", "window.requestAnimationFrame(function () { new Tile(); });\n"),
            "js/application.js",
            Entry::Page,
        ),
        (
            MadeUp::new("dotfiles").file("bootstrap.sh", "#!/bin/bash\nrsync . ~\n").file(".aliases", "alias g=git\n"),
            "bootstrap.sh",
            Entry::Script,
        ),
        (
            MadeUp::new("terraform-loom")
                .file("main.tf", "resource \"aws_vpc\" \"this\" {\n  cidr_block = var.cidr\n}\n")
                .file("modules/x/main.tf", "resource \"a\" \"b\" {\n}\n"),
            "main.tf",
            Entry::Module,
        ),
        (
            MadeUp::new("loom").file("package.json", "{\"name\":\"loom\",\"scripts\":{\"start\":\"node ./bin/www\"}}").file(
                "bin/www",
                "#!/usr/bin/env node\nrequire('../app')\n",
            ),
            "bin/www",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("go.mod", "module github.com/ada/loom\n")
                .file("cmd/loomd/main.go", "package main\n\nfunc main() {}\n")
                .file("loom.go", "package loom\n\n// Weave weaves.\nfunc Weave() {}\n"),
            "cmd/loomd/main.go",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("pyproject.toml", "[project]\nname = \"loom\"\n[project.scripts]\nloom = \"loom.cli:main\"\n")
                .file("loom/__init__.py", "from .core import weave\n")
                .file("loom/cli.py", "def main():\n    pass\n"),
            "loom/cli.py",
            Entry::Program,
        ),
        (
            MadeUp::new("loom")
                .file("Dockerfile", "FROM python\nCOPY . /srv\nCMD [\"python\", \"/srv/serve/run.py\"]\n")
                .file("serve/run.py", "print(1)\n"),
            "serve/run.py",
            Entry::Program,
        ),
        (
            MadeUp::new("loom.sh").file("loom.sh", "#!/bin/sh\nweave() {\n  :\n}\n").file("install.sh", "#!/bin/sh\ncp loom.sh ~\n"),
            "loom.sh",
            Entry::Script,
        ),
    ];

    for (made_up, path, kind) in cases {
        let analysis = made_up.analysis();
        assert_eq!(
            entry(&analysis),
            Some((path, kind)),
            "{:#?}",
            analysis.entry_points
        );
    }

    // A main that is built for a test only is no way in.
    let analysis = MadeUp::new("loom").file("crc.c", hidden).analysis();
    assert_eq!(analysis.entry_points, []);
}

#[test]
fn outsiders_meet_only_what_the_entry_exports() {
    let exported = |made_up: MadeUp| -> Vec<String> {
        let analysis = made_up.analysis();
        analysis.public_names.into_iter().map(|name| name.name).collect()
    };

    let rust = MadeUp::new("loom")
        .file("Cargo.toml", "[package]\nname = \"loom\"\n")
        .file("src/lib.rs", "//! Weaves.\nmod inner;\npub use inner::{Loom, Card as Pattern};\npub fn weave() {}\npub(crate) fn hidden() {}\n")
        .file("src/inner.rs", "/// A loom.\npub struct Loom;\npub struct Card;\n/// Internal only, and very well documented indeed.\npub struct Args;\n");
    assert_eq!(exported(rust), ["Loom", "Pattern", "weave"]);

    let express = MadeUp::new("loom")
        .file("package.json", "{\"name\":\"loom\",\"main\":\"index.js\"}")
        .file("index.js", "'use strict';\n\nmodule.exports = require('./lib/loom');\n")
        .file("lib/loom.js", "exports = module.exports = create;\n\n/** Create a loom. */\nfunction create() {}\nexports.Router = Router;\nexports.json = json;\n")
        .file("lib/utils.js", "/** Normalize it, private but documented. */\nexports.normalizeType = function (type) {};\nexports.other = function () {};\n");
    assert_eq!(exported(express), ["Router", "json"]);

    let haskell = MadeUp::new("loom")
        .file("loom.cabal", "library\n  exposed-modules: Loom\n  hs-source-dirs: src\n")
        .file("src/Loom.hs", "module Loom\n  ( -- * Weaving\n    weave\n  , Card(..)\n  ) where\n\n-- | Weaves one card.\nweave :: Card -> Int\nweave = const 1\n\ndata Card = Card\n\nhelper :: Int\nhelper = 1\n");
    assert_eq!(exported(haskell), ["weave", "Card"]);

    let program = MadeUp::new("loom")
        .file("Cargo.toml", "[package]\nname = \"loom\"\n")
        .file("src/main.rs", "mod args;\nfn main() {}\n")
        .file(
            "src/args.rs",
            "/// All arguments of the command line.\npub(crate) struct HiArgs;\n/// More.\npub struct Low;\n",
        );
    assert_eq!(exported(program), Vec::<String>::new());
}

#[test]
fn the_kind_is_what_the_project_calls_itself_or_what_its_files_are() {
    let readme =
        |name: &str, text: &str| MadeUp::new(name).file("README.md", &format!("# {name}\n\n{text}\n"));
    let c_main = "int main(void) { return 0; }\n";

    for (made_up, kind) in [
        (readme("loom", "Loom is a fast in-memory data structure server, used as a cache.").file("src/loom.c", c_main), Kind::Service),
        (readme("loom", "Loom is a line-oriented search tool that walks folders.").file("src/main.rs", "fn main() {}\n"), Kind::CommandLineTool),
        (readme("loom", "Loom is a tiling window manager for X.").file("Main.hs", "main = pure ()\n"), Kind::Application),
        (readme("loom", "A tiny web framework for cards.").file("index.js", "exports.a = 1;\n"), Kind::Library),
        (readme("2049", "A small clone of a game. Play it here!").file("index.html", "<script src=\"a.js\"></script>\n").file("a.js", "var a = 1;\n"), Kind::Game),
        (readme("tf-loom", "Looms in the cloud.").file("main.tf", "resource \"a\" \"b\" {\n  c = 1\n}\n"), Kind::Infrastructure),
        (readme("awesome-looms", "A curated list of looms.").file("a.py", "x = 1\n"), Kind::Documentation),
        (readme("dotfiles", "My settings.").file(".vim/colors/x.vim", "hi Normal\nhi X\nhi Y\n").file(".bashrc", "x=1\n"), Kind::Configuration),
        (readme("learn-loom", "Small exercises to get you used to weaving.").file("src/main.rs", "fn main() {}\n"), Kind::Teaching),
        (readme("loom", "Loom is an open-source firmware for weaving machines.").file("src/main.c", c_main), Kind::Firmware),
        (readme("blink", "It blinks.").file("blink/blink.ino", "void setup() {\n}\nvoid loop() {\n}\n"), Kind::Firmware),
        (readme("loom", "Plays with cards of the weather of a year.").file("a.ipynb", "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"x = 1\\n\",\"y = 2\\n\"]}],\"metadata\":{},\"nbformat\":4}"), Kind::Data),
        (readme("loom", "Does things.").file("main.c", c_main), Kind::Code),
    ] {
        let analysis = made_up.analysis();
        assert_eq!(analysis.kind, kind, "{:?} {:?}", analysis.readme.map(|readme| readme.paragraphs), analysis.kind_evidence);
    }
}

#[test]
fn the_language_is_that_of_the_entry_and_dress_never_names_a_project() {
    let long = |line: &str| line.repeat(60);
    for (made_up, language) in [
        (
            MadeUp::new("dotfiles")
                .file("colors/x.vim", &long("hi Normal\n"))
                .file("bootstrap.sh", "#!/bin/sh\necho 1\n"),
            "Shell",
        ),
        (
            MadeUp::new("loom")
                .file("style.css", &long("a { b: c }\n"))
                .file("index.html", "<script src=\"a.js\"></script>\n")
                .file("a.js", "var a = 1;\n"),
            "JavaScript",
        ),
        (
            MadeUp::new("loom")
                .file("a.cc", &long("int a;\n"))
                .file("include/a.h", &long("class A;\n")),
            "C++",
        ),
        (
            MadeUp::new("loom")
                .file("tests/a.tcl", &long("set a b\n"))
                .file("a.c", "int main(void) { return 0; }\n"),
            "C",
        ),
        (MadeUp::new("page").file("style.css", "a { b: c }\n"), "CSS"),
        (
            MadeUp::new("loom").file("main.tf", "resource \"a\" \"b\" {\n}\n"),
            "Terraform",
        ),
    ] {
        assert_eq!(made_up.analysis().main_language.as_deref(), Some(language));
    }
}

#[test]
fn definitions_and_their_comments_are_read_in_every_language() {
    for (path, text, name, doc) in [
        (
            "a.cc",
            "// Weaves one card.\nint Weave(const Card& card) {\n  return 1;\n}\n",
            "Weave",
            "Weaves one card.",
        ),
        (
            "include/a.hpp",
            "/// A loom with two arms.\nclass LOOM_API Loom : public Thing {\n public:\n  // Weaves one card.\n  virtual int Weave(int card) = 0;\n};\n",
            "Loom",
            "A loom with two arms.",
        ),
        (
            "A.cs",
            "namespace X\n{\n    /// <summary>\n    /// Weaves one <see cref=\"X.Card\"/> at a time.\n    /// </summary>\n    public class Loom\n    {\n    }\n}\n",
            "Loom",
            "Weaves one Card at a time.",
        ),
        (
            "lib/a.rb",
            "module Loom\n  # Weaves one card.\n  def self.weave(card)\n  end\nend\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "src/A.php",
            "<?php\n/**\n * A loom with two arms.\n */\nfinal class Loom\n{\n}\n",
            "Loom",
            "A loom with two arms.",
        ),
        (
            "A.kt",
            "/** Weaves one card. */\nfun weave(card: Card): Int = 1\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "A.swift",
            "/// Weaves one card.\npublic func weave(_ card: Card) -> Int {\n  1\n}\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "A.scala",
            "/** A loom with two arms. */\ncase class Loom(arms: Int)\n",
            "Loom",
            "A loom with two arms.",
        ),
        (
            "A.hs",
            "module A where\n-- | Weaves one card.\nweave :: Card -> Int\nweave _ = 1\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "lib/a.ex",
            "defmodule Loom do\n  @moduledoc \"\"\"\n  A loom with two arms.\n  \"\"\"\n\n  @doc \"Weaves one card.\"\n  def weave(card), do: card\nend\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "a.sh",
            "#!/bin/sh\n\n# Weaves one card.\nweave() {\n  :\n}\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "a.lua",
            "--- Weaves one card.\nfunction M.weave(card)\nend\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "main.tf",
            "variable \"cidr\" {\n  description = \"The range of addresses.\"\n  type = string\n}\n",
            "cidr",
            "The range of addresses.",
        ),
        (
            "a.sql",
            "-- One row for each loom.\nCREATE TABLE looms (\n  id int\n);\n",
            "looms",
            "One row for each loom.",
        ),
        (
            "a.pl",
            "# Weaves one card.\nsub weave {\n}\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "a.tcl",
            "# Weaves one card.\nproc weave {card} {\n}\n",
            "weave",
            "Weaves one card.",
        ),
        (
            "a.jl",
            "# Weaves one card.\nfunction weave(card)\nend\n",
            "weave",
            "Weaves one card.",
        ),
    ] {
        let analysis = MadeUp::new("x").file(path, text).analysis();
        assert!(names(&analysis).contains(&name), "{path}: {:?}", names(&analysis));
        assert_eq!(definition(&analysis, name).doc.as_deref(), Some(doc), "{path}");
    }

    let docs = MadeUp::new("x")
        .file(
            "lib/a.ex",
            "defmodule Loom do\n  @moduledoc \"\"\"\n  A loom with two arms.\n  \"\"\"\nend\n",
        )
        .analysis();
    assert_eq!(
        definition(&docs, "Loom").doc.as_deref(),
        Some("A loom with two arms.")
    );
}

#[test]
fn what_a_file_says_of_itself_is_heard_in_every_kind_of_comment() {
    let code = "\n\nfn a() {\n}\n".to_owned() + &"fn b() {\n}\n".repeat(30);
    let haskell = "weave :: Int\nweave = 1\n".repeat(30);
    let shell = "a=1\n".repeat(60);
    let c = "int a;\n".repeat(60);

    for (path, text) in [
        (
            "loom/src/lib.rs",
            format!("/*!\nThe loom weaves cards.\n*/{code}"),
        ),
        ("loom/src/lib.rs", format!("//! The loom weaves cards.{code}")),
        (
            "loom/loom.hs",
            format!(
                "-- |\n-- Module      : Loom\n-- Copyright   : (c) Ada\n-- License     : BSD3\n--\n-- The loom weaves cards.\n\nmodule Loom where\n{haskell}"
            ),
        ),
        (
            "loom/loom.sh",
            format!("#!/bin/sh\n# The loom weaves cards.\n\n{shell}"),
        ),
        (
            "loom/loom.c",
            format!(
                "/* loom.c - The loom weaves cards.\n *\n * Copyright (c) 2009 Ada\n * All rights reserved.\n */\n\n{c}"
            ),
        ),
        (
            "loom/loom.py",
            format!("# The loom weaves cards.\n\nimport os\n{shell}"),
        ),
        (
            "loom/loom.lua",
            format!("--- The loom weaves cards.\n\nlocal a = 1\n{shell}"),
        ),
    ] {
        let analysis = MadeUp::new("x")
            .file("Cargo.toml", "[workspace]\nmembers = [\"loom\"]\n")
            .file(path, &text)
            .file("other/b.js", &"var b = 1;\n".repeat(60))
            .analysis();
        let module = analysis
            .modules
            .iter()
            .find(|module| module.path.contains("loom"));
        let purpose = module.and_then(|module| module.purpose.as_deref());
        assert_eq!(
            purpose,
            Some("The loom weaves cards."),
            "{path}: {text:.90} {:?}",
            analysis.modules
        );
    }
}
