//! A gallery of made-up repositories, one of each kind and of many languages, each small and with the traps of its kind.

use super::MadeUp;

/// All of them. Every story of every one must be true.
pub fn gallery() -> Vec<MadeUp> {
    vec![
        server(),
        dotfiles(),
        search_tool(),
        web_framework(),
        game(),
        infrastructure(),
        window_manager(),
        gem(),
        elixir(),
        dotnet(),
        notebooks(),
        shell_tool(),
        list(),
        one_file(),
    ]
}

fn lines(count: usize, line: &str) -> String {
    (0..count)
        .map(|at| line.replace("{}", &at.to_string()) + "\n")
        .collect()
}

fn server() -> MadeUp {
    MadeUp::new("cardis")
        .file("README.md", "# Cardis\n\nCardis is an in-memory data structure server, used as a cache and a queue. It keeps every card in `RAM` and writes a log.\n\n## Building\n\nSee `src/Makefile` for the flags, e.g. `make V=1`.\n\n- Cards that expire\n- A log of every change\n")
        .file("LICENSE.txt", "Cardis is available under a choice of the Redis Source Available License or the Server Side Public License v1.\n\nServer Side Public License\nVERSION 1, OCTOBER 16, 2018\n")
        .file("src/Makefile", "SERVER=cardis-server\nOBJ=crc.o server.o store.o\nall: $(SERVER)\n$(SERVER): $(OBJ)\n\t$(CC) -o $@ $^\n")
        .file("src/crc.c", "/* crc.c - Checksums of cards.\n *\n * Copyright (c) 2014, Ada\n */\n\n#include \"crc.h\"\n\n/* Compute the checksum of a card. */\nint crc(const char *card) {\n    return card[0];\n}\n\n#ifdef CRC_TEST_MAIN\nint main(void) {\n    return crc(\"a\");\n}\n#endif\n")
        .file("src/crc.h", "#ifndef CRC_H\n#define CRC_H\nint crc(const char *card);\n#endif\n")
        .file("src/server.c", &format!("/*\n * Copyright (c) 2009, Ada\n * All rights reserved.\n *\n * Redistribution and use in source and binary forms are permitted.\n */\n\n#include \"crc.h\"\n#include \"store.h\"\n\n/* Called if the client is gone. */\nvoid forget(int client) {{\n    store(client);\n}}\n\n/* HELLO <delay> <timeout> -- Block for <delay> seconds, then reply with a random number. */\nint hello_block(int client) {{\n    return client;\n}}\n\n/* The number of clients that are waiting. */\nint waiting(void) {{\n    return 1;\n}}\n\n{}int main(int argc, char **argv) {{\n    return crc(argv[0]);\n}}\n", lines(60, "int table{} = {};")))
        .file("src/store.c", &format!("#include \"store.h\"\n\n/* Stores one card and tells nobody. */\nvoid store(int card) {{\n}}\n{}", lines(50, "static int cell{} = 1;")))
        .file("src/store.h", "void store(int card);\n")
        .file("src/modules/hello.c", &format!("#include \"../store.h\"\n{}", lines(45, "int hello{} = 1;")))
        .file("tests/unit/dump.tcl", "start_server {} {\n    test {DUMP keeps the expire of a card} {\n        assert 1\n    }\n    test {RESTORE refuses a broken card} {\n        assert 1\n    }\n}\n")
        .file("tests/modules/basic.c", &lines(50, "int basic{} = 1;"))
        .file("runtest", "#!/bin/sh\ntclsh tests/helper.tcl\n")
        .file("deps/lua/lua.c", &lines(80, "int lua{};"))
        .file(".codespell/requirements.txt", "codespell==2.2.5\njsonschema\n")
        .file(".github/workflows/ci.yml", "name: CI\non: push\njobs:\n  a:\n    runs-on: x\n")
        .at("2019-03-01T10:00:00Z")
        .commit("First cards")
        .author("ada", "ada@home.example")
        .at("2020-10-12T10:00:00Z")
        .commit("Refuse a broken card when it is restored")
        .author("Ada Lovelace", "ada@example.org")
        .at("2021-03-30T10:00:00Z")
        .commit("Keep the expire of a card when it is dumped")
}

fn dotfiles() -> MadeUp {
    MadeUp::new("dotfiles")
        .file("README.md", "# Ada's dotfiles\n\n**Warning:** If you want to give these dotfiles a try, you should first fork this repository.\n\nI like to keep it in `~/projects/dotfiles`, with `~/.dotfiles` as a link. Put your own settings into `~/.extra`, which is not part of this repository.\n")
        .file("bootstrap.sh", "#!/usr/bin/env bash\n\ncd \"$(dirname \"$0\")\"\n\nfunction doIt() {\n\trsync . ~\n}\n\ndoIt\n")
        .file("brew.sh", &format!("#!/usr/bin/env bash\n\n# Install command-line tools using Homebrew.\n\n{}", lines(50, "brew install tool{}")))
        .file(".functions", "# Create a new directory and enter it\nfunction mkd() {\n\tmkdir -p \"$@\" && cd \"$_\"\n}\n")
        .file(".aliases", "alias g=\"git\"\n")
        .file(".bashrc", "[ -n \"$PS1\" ] && source ~/.bash_profile\n")
        .file(".vim/colors/dusk.vim", &lines(120, "hi Group{} ctermfg={}"))
        .file("init/settings.json", "{\n  \"a\": 1\n}\n")
        .file("bin/subl", "#!/bin/sh\necho subl\n")
        .commit("Begin with aliases")
        .at("2020-10-12T10:00:00Z")
        .commit("Add a function that enters a new directory")
        .at("2021-03-30T10:00:00Z")
        .commit("Install more tools")
}

fn search_tool() -> MadeUp {
    MadeUp::new("cardgrep")
        .file("README.md", "# cardgrep (cg)\n\ncardgrep is a line-oriented search tool that recursively searches the current directory for a card pattern. By default, cardgrep will respect `.gitignore` rules.\n\n### Why should I use cardgrep?\n\n* It is faster than walking by hand.\n* It knows which files are cards.\n")
        .file("LICENSE-MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy\nThe above copyright notice and this permission notice shall be included\n")
        .file("UNLICENSE", "This is free and unencumbered software released into the public domain.\n")
        .file("Cargo.toml", "[package]\nname = \"cardgrep\"\nversion = \"1.0.0\"\nlicense = \"Unlicense OR MIT\"\ndescription = \"cardgrep is a line-oriented search tool.\"\n[[bin]]\nname = \"cg\"\npath = \"crates/core/main.rs\"\n[workspace]\nmembers = [\"crates/glob\"]\n[dependencies]\ncardglob = { path = \"crates/glob\" }\n[dev-dependencies]\nserde = \"1\"\n")
        .file("crates/core/main.rs", "/*!\nThe main entry point into cardgrep.\n*/\n\nmod flags;\n\nfn main() {\n    flags::parse();\n}\n")
        .file("crates/core/flags.rs", &format!("/*!\nDefines all of the flags available in cardgrep.\n*/\n\n/// A high level representation of the arguments.\npub(crate) struct HiArgs;\n\n/// Parse the flags, or say what is wrong with them.\npub(crate) fn parse() {{}}\n{}", lines(60, "const A{}: u8 = 1;")))
        .file("crates/glob/Cargo.toml", "[package]\nname = \"cardglob\"\nversion = \"0.1.0\"\n")
        .file("crates/glob/src/lib.rs", &format!("/*!\nThe cardglob crate provides cross platform matching of card patterns.\n*/\n\npub use set::GlobSet;\nmod set;\n/// Glob represents a successfully parsed pattern.\npub struct Glob;\n/// WalkBuilder builds a recursive directory iterator.\npub struct WalkBuilder;\n{}", lines(40, "const B{}: u8 = 1;")))
        .file("crates/glob/src/set.rs", &format!("/// A set of patterns that is matched at once.\npub struct GlobSet;\n{}", lines(40, "const C{}: u8 = 1;")))
        .file("tests/misc.rs", "rgtest!(single_file, |dir: Dir, mut cmd: TestCommand| {\n});\nrgtest!(keeps_the_order_of_files, |dir: Dir, mut cmd: TestCommand| {\n});\n")
        .file("scripts/release.sh", "#!/bin/sh\ncargo build\n")
        .commit("Search for cards")
}

fn web_framework() -> MadeUp {
    MadeUp::new("cardpress")
        .file("Readme.md", "# Cardpress\n\nFast, minimalist web framework for [Node.js](https://nodejs.org).\n\n```js\nconst cardpress = require('cardpress')\nconst app = cardpress()\n```\n\n## Features\n\n  * Robust routing\n  * Focus on high performance\n")
        .file("package.json", "{\"name\":\"cardpress\",\"description\":\"Fast, minimalist web framework\",\"version\":\"5.2.1\",\"license\":\"MIT\",\"dependencies\":{\"router\":\"^2.0.0\",\"debug\":\"^4\"},\"devDependencies\":{\"mocha\":\"^10\"}}")
        .file("index.js", "'use strict';\n\nmodule.exports = require('./lib/cardpress');\n")
        .file("lib/cardpress.js", &format!("'use strict';\n\n/**\n * Module dependencies.\n */\n\nvar proto = require('./application');\n\n/**\n * Expose `createApplication()`.\n */\n\nexports = module.exports = createApplication;\n\n/**\n * Create a cardpress application.\n *\n * @return {{Function}}\n * @api public\n */\n\nfunction createApplication() {{\n  return proto;\n}}\n\nexports.application = proto;\nexports.Router = require('router');\n{}", lines(45, "var a{} = 1;")))
        .file("lib/application.js", &format!("'use strict';\n\nvar app = exports = module.exports = {{}};\nvar utils = require('./utils');\n\n/**\n * Dispatch a req, res pair into the application. Starts pipeline processing.\n *\n * @private\n */\n\napp.handle = function handle(req, res, callback) {{\n  return utils.one(req);\n}};\n{}", lines(60, "app.m{} = 1;")))
        .file("lib/utils.js", &format!("'use strict';\n\n/**\n * Compile \"query parser\" value to function.\n *\n * @api private\n */\n\nexports.compileQueryParser = function compileQueryParser(val) {{\n  return val;\n}};\n\n/**\n * Normalize the given `type`, for example \"html\" becomes \"text/html\".\n */\n\nexports.normalizeType = function (type) {{\n  return type;\n}};\n{}", lines(45, "var u{} = 1;")))
        .file("lib/view.js", &lines(50, "var v{} = 1;"))
        .file("test/app.routing.js", "describe('app', function () {\n  it('should not stack overflow with a large sync stack', function () {})\n  it('should decode params', function () {})\n})\n")
        .file("examples/hello/index.js", "var app = require('../../')();\napp.get('/', function (req, res) { res.send('x') });\n")
        .file(".github/workflows/ci.yml", "name: ci\n")
        .commit("Begin")
}

fn game() -> MadeUp {
    MadeUp::new("2049")
        .file("README.md", "# 2049\n\nA small clone of a well-known game. Made just for fun. [Play it here!](https://example.org/2049)\n\n### Contributions\n\nChanges and improvements are more than welcome! I never reached 2049.\n\n## Maintainers\n\nTwo people are maintainers for this repository.\n")
        .file("index.html", "<!DOCTYPE html>\n<html>\n<body>\n<script src=\"js/tile.js\"></script>\n<script src=\"js/game_manager.js\"></script>\n<script src=\"js/application.js\"></script>\n</body>\n</html>\n")
        .file("style/main.css", &lines(200, ".tile-{} { color: red }"))
        .file("js/tile.js", &format!("function Tile(position, value) {{\n  this.x = position.x;\n}}\n{}", lines(45, "Tile.prototype.p{} = 1;")))
        .file("js/game_manager.js", &format!("function GameManager(size) {{\n  this.size = size;\n}}\n\n// Move tiles on the grid in the specified direction\nGameManager.prototype.move = function (direction) {{\n  // 0: up, 1: right\n  return direction;\n}};\n{}", lines(45, "GameManager.prototype.q{} = 1;")))
        .file("js/application.js", "// Wait till the browser is ready to render the game (avoids glitches)\nwindow.requestAnimationFrame(function () {\n  new GameManager(4);\n});\n")
        .file("meta/icon.txt", "icon\n")
        .commit("first commit")
        .commit("add the moving of tiles")
}

fn infrastructure() -> MadeUp {
    MadeUp::new("terraform-cloud-vpc")
        .file("README.md", "# Cloud VPC Terraform module\n\nTerraform module which creates VPC resources in the cloud.\n\n## Usage\n\n```hcl\nmodule \"vpc\" {\n  source = \"x\"\n}\n```\n\n| Name | Description |\n|------|-------------|\n| cidr | The range of addresses |\n")
        .file("main.tf", &format!("locals {{\n  a = 1\n}}\n\nresource \"cloud_vpc\" \"this\" {{\n  cidr_block = var.cidr\n}}\n{}", lines(50, "# {}")))
        .file("variables.tf", "variable \"cidr\" {\n  description = \"The range of addresses of the VPC\"\n  type        = string\n}\n\nvariable \"name\" {\n  description = \"Name to be used on all the resources as identifier\"\n  type        = string\n}\n")
        .file("outputs.tf", "output \"vpc_id\" {\n  description = \"The ID of the VPC\"\n  value       = cloud_vpc.this.id\n}\n")
        .file("modules/endpoints/main.tf", &format!("resource \"cloud_endpoint\" \"this\" {{\n  a = 1\n}}\n{}", (0..45).map(|at| format!("output \"o{at}\" {{\n  value = 1\n}}\n")).collect::<String>()))
        .file("examples/simple/main.tf", "module \"vpc\" {\n  source = \"../../\"\n}\n")
        .commit("Create a VPC")
}

fn window_manager() -> MadeUp {
    MadeUp::new("xcard")
        .file("README.md", "# xcard\n\nA tiling window manager for X. Window manager features are accessible from the keyboard: a mouse is optional.\n")
        .file("xcard.cabal", "name: xcard\nversion: 0.18\nlicense: BSD-3-Clause\nlibrary\n  exposed-modules: XCard\n                   XCard.Core\n  hs-source-dirs: src\nexecutable xcard\n  main-is: Main.hs\ntest-suite properties\n  type: exitcode-stdio-1.0\n  main-is: Properties.hs\n  hs-source-dirs: tests\n")
        .file("Main.hs", "-- |\n-- Module      :  Main\n-- Copyright   :  (c) Ada\n-- License     :  BSD3-style\n--\n-- xcard, a minimalist, tiling window manager for X11\n--\n\nmodule Main (main) where\n\nimport XCard\n\nmain :: IO ()\nmain = run\n")
        .file("src/XCard.hs", &format!("module XCard (run, Layout(..)) where\n\nimport XCard.Core\n\n-- | Run the window manager until the last window is closed.\nrun :: IO ()\nrun = pure ()\n\n-- | How windows are laid out.\ndata Layout = Tall | Full\n{}", lines(45, "x{} = {}")))
        .file("src/XCard/Core.hs", &format!("-- |\n-- Module      :  XCard.Core\n-- License     :  BSD3-style\n--\n-- The 'X' monad, a state monad transformer over 'IO', for the window\n-- manager state, and support routines.\n--\n\nmodule XCard.Core where\n\n-- | The X monad holds the state of all windows.\ndata X = X\n{}", lines(45, "y{} = {}")))
        .file("tests/Properties.hs", "prop_focus_is_kept :: Int -> Bool\nprop_focus_is_kept = (> 0)\n\nprop_swap_is_local :: Int -> Bool\nprop_swap_is_local = (> 0)\n")
        .commit("Tile windows")
}

fn gem() -> MadeUp {
    MadeUp::new("cardatra")
        .file("README.md", "# Cardatra\n\nCardatra is a DSL for quickly creating card games in Ruby with minimal effort.\n")
        .file("cardatra.gemspec", "Gem::Specification.new 'cardatra', '1.0' do |s|\n  s.description = 'Cardatra is a DSL for creating card games.'\n  s.license = 'MIT'\n  s.add_dependency 'rack', '~> 3.0'\nend\n")
        .file("lib/cardatra.rb", "require 'cardatra/base'\n\n# Deals cards to everybody at the table.\nmodule Cardatra\n  # Deals one card.\n  def self.deal(card)\n    card\n  end\nend\n")
        .file("lib/cardatra/base.rb", &format!("module Cardatra\n  # Base class for all games of cards.\n  class Base\n    # Sets called helpers.\n    def helpers\n    end\n\n    private\n\n    # Hidden from everybody.\n    def secret\n    end\n  end\nend\n{}", lines(45, "A{} = {}")))
        .file("spec/base_spec.rb", "describe 'base' do\n  it 'deals one card to each player' do\n  end\nend\n")
        .commit("Deal cards")
}

fn elixir() -> MadeUp {
    MadeUp::new("cardex")
        .file("README.md", "# Cardex\n\nCardex is a library of composable decks for Elixir.\n")
        .file("mix.exs", "defmodule Cardex.MixProject do\n  use Mix.Project\n\n  def project do\n    [app: :cardex, version: \"0.1.0\"]\n  end\nend\n")
        .file("lib/cardex.ex", &format!("defmodule Cardex do\n  @moduledoc \"\"\"\n  Composable decks of cards.\n  \"\"\"\n\n  @doc \"Shuffles a deck.\"\n  def shuffle(deck), do: deck\nend\n{}", lines(45, "# {}")))
        .file("lib/cardex/deck.ex", &(0..50).map(|at| format!("defmodule Cardex.D{at} do\nend\n")).collect::<String>())
        .file("test/cardex_test.exs", "defmodule CardexTest do\n  use ExUnit.Case\n  test \"a shuffled deck has the same cards\" do\n    assert true\n  end\nend\n")
        .commit("Shuffle")
}

fn dotnet() -> MadeUp {
    MadeUp::new("Cardly")
        .file("README.md", "# Cardly\n\nCardly is a .NET resilience library that helps cards to be dealt twice.\n")
        .file("src/Cardly/Cardly.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n")
        .file("src/Cardly/Policy.cs", &format!("namespace Cardly;\n\n/// <summary>\n/// Represents a policy that deals a card again, see <see cref=\"Cardly.Policy\"/>.\n/// </summary>\npublic class Policy\n{{\n    /// <summary>Deals one card.</summary>\n    public int Deal(int card)\n    {{\n        return card;\n    }}\n{}}}\n", lines(60, "    private int a{};")))
        .file("test/Cardly.Specs/PolicySpecs.cs", "public class PolicySpecs\n{\n    [Fact]\n    public void Should_deal_a_card_again()\n    {\n    }\n}\n")
        .commit("Deal again")
}

fn notebooks() -> MadeUp {
    let cell = |kind: &str, text: &str| {
        format!("{{\"cell_type\": \"{kind}\", \"metadata\": {{}}, \"source\": [\"{text}\\n\"]}}")
    };
    let notebook = |title: &str| {
        let mut cells = vec![cell("markdown", title)];
        cells.extend((0..30).map(|at| cell("code", &format!("x{at} = {at}"))));
        format!(
            "{{\"cells\": [{}], \"metadata\": {{\"kernelspec\": {{\"language\": \"python\"}}}}, \"nbformat\": 4, \"nbformat_minor\": 5}}\n",
            cells.join(", ")
        )
    };

    MadeUp::new("card-science")
        .file(
            "README.md",
            "# Card Science\n\nThis repository contains the notebooks of a book on cards.\n",
        )
        .file(
            "notebooks/01-deck.ipynb",
            &notebook("What a deck of cards can tell about chance."),
        )
        .file(
            "notebooks/02-hand.ipynb",
            &notebook("How a hand of cards is judged by its rank."),
        )
        .file("data/cards.csv", &lines(50, "card{},{}"))
        .commit("Two chapters")
}

fn shell_tool() -> MadeUp {
    MadeUp::new("cvm")
        .file("README.md", "# Card Version Manager\n\n`cvm` allows you to quickly install and use different versions of cards via the command line.\n\nIn order to use `cvm`, source it from `~/.bashrc`.\n")
        .file("cvm.sh", &format!("# Card Version Manager\n# Implemented as a POSIX-compliant function\n# To use, source this file from your bash profile\n\n# Print the path of a version.\ncvm_version_path() {{\n  echo \"$1\"\n}}\n{}", lines(60, "CVM_{}=1")))
        .file("install.sh", "#!/usr/bin/env bash\n\n{ # this ensures the entire script is downloaded #\ncvm_install_dir() {\n  :\n}\n}\n")
        .file("test/fast/Aliases/creates one", "#!/bin/sh\ncvm alias a b\n")
        .file("test/fast/Aliases/lists all", "#!/bin/sh\ncvm alias\n")
        .file("Dockerfile", "FROM ubuntu\nCOPY . /root\nENTRYPOINT [\"bash\"]\n")
        .commit("Manage versions")
}

fn list() -> MadeUp {
    MadeUp::new("awesome-cards")
        .file(
            "README.md",
            &format!(
                "# Awesome Cards\n\nA curated list of awesome things about cards.\n\n## Decks\n\n{}",
                lines(30, "- [Deck {}](https://example.org/{}) - A deck.")
            ),
        )
        .file(
            "contributing.md",
            "# Contributing\n\nPlease make one pull request for each deck.\n",
        )
        .commit("List decks")
}

fn one_file() -> MadeUp {
    MadeUp::new("hello")
        .file("hello.py", "print('hello')\n")
        .commit("Say hello")
}
