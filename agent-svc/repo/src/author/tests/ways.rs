//! Where the telling of a call begins and what it leads through, on small made-up repositories.

use super::*;
use crate::analysis::model::Analysis;
use crate::testing::Fixture;

fn steps(analysis: &Analysis) -> Vec<String> {
    let called = |step: &crate::analysis::model::CallStep| match &step.parent {
        Some(parent) => format!("{parent}.{}", step.name),
        None => step.name.clone(),
    };

    analysis.explained.call.iter().map(called).collect()
}

#[test]
fn a_page_begins_with_what_its_script_calls_and_sets_up_its_parts() {
    let part = |name: &str| {
        format!(
            "/**\n * Module that keeps the {name} of the island in order\n */\nvar {name} = {{\n\n\tinit: function() {{\n\t\t// Create the panel of it\n\t\tthis.panel = 1;\n\t\t// Subscribe to the tides\n\t\tthis.tides = 2;\n\t}},\n\n\tturn: function() {{\n\t\tthis.panel = 2;\n\t\tthis.tides = 3;\n\t}}\n}};\n"
        )
    };
    let engine = "(function() {\n  var Engine = window.Engine = {\n\n    init: function(options) {\n      Harbour.init();\n      Boats.init();\n      Cranes.init();\n      this.loud = true;\n    },\n\n    louder: function() {\n      this.loud = false;\n      return this;\n    }\n  };\n})();\n\n$(function() {\n  Engine.init();\n});\n";
    let analysis = Fixture::new()
        .file("README.md", "# Island\n\nIsland is a small game for the browser about boats.\n")
        .file(
            "index.html",
            "<html><head><script src=\"script/engine.js\"></script><script src=\"script/Boats.js\"></script></head></html>\n",
        )
        .file("script/engine.js", engine)
        .file("script/Harbour.js", &part("Harbour"))
        .file("script/Boats.js", &part("Boats"))
        .file("script/Cranes.js", &part("Cranes"))
        .commit("Begin")
        .analysed();
    let steps = steps(&analysis);
    assert_eq!(
        steps.first().map(String::as_str),
        Some("Engine.init"),
        "{steps:?}"
    );

    let told = text(&story(
        &analysis,
        &wish(Style::Documentary, Depth::Intermediate, 5),
    ));
    assert!(told.contains("sets up Harbour, Boats and Cranes"), "{told}");
    assert!(told.contains("keeps the Boats of the island in order"), "{told}");
}

#[test]
fn of_several_programs_the_daemon_that_is_called_after_the_project_is_followed() {
    let handle = "package milld\n\ntype wheelServer struct {\n\tcount int\n}\n\nfunc (w *wheelServer) Handle(conn int) {\n\t// The client names the version of the protocol that it speaks\n\tvar prot Protocol\n\tprot = &protocolV2{mill: 1}\n\n\terr := prot.IOLoop(conn)\n\tif err != nil {\n\t\treturn\n\t}\n\tw.count++\n\tw.count--\n\tw.count++\n\tw.count--\n}\n";
    let protocol = "package milld\n\ntype protocolV2 struct {\n\tmill int\n}\n\n// IOLoop reads one command after the other and answers each.\nfunc (p *protocolV2) IOLoop(conn int) error {\n\tfor {\n\t\tif conn == 0 {\n\t\t\treturn nil\n\t\t}\n\t}\n}\n";
    let tool = |name: &str| {
        format!(
            "package main\n\nimport \"flag\"\n\nvar speed = flag.Int(\"{name}-speed\", 1, \"how fast the {name} turns at night\")\n\nfunc main() {{\n\tflag.Parse()\n\tHandleMessage(*speed)\n}}\n\nfunc HandleMessage(speed int) {{\n\tprintln(speed)\n\tprintln(speed + 1)\n\tprintln(speed + 2)\n\tprintln(speed + 3)\n}}\n"
        )
    };
    let analysis = Fixture::new()
        .file(
            "README.md",
            "# mill\n\nMill is a distributed messaging platform that is easy to run.\n",
        )
        .file("go.mod", "module example.org/mill\n\ngo 1.20\n")
        .file("apps/mill_stat/main.go", &tool("stat"))
        .file("apps/mill_tail/main.go", &tool("tail"))
        .file("apps/mill_copy/main.go", &tool("copy"))
        .file("milld/tcp.go", handle)
        .file("milld/protocol_v2.go", protocol)
        .commit("Begin");
    let analysis = analysis.analysed_as("mill");
    assert_eq!(
        analysis.explained.material,
        crate::analysis::model::Material::Server
    );
    let steps = steps(&analysis);
    assert_eq!(
        steps[..2],
        ["wheelServer.Handle", "protocolV2.IOLoop"],
        "{steps:?}"
    );

    let told = text(&story(
        &analysis,
        &wish(Style::Documentary, Depth::Intermediate, 5),
    ));
    assert!(!told.contains("turns at night"), "{told}");
}

#[test]
fn a_value_is_followed_to_the_type_that_made_it() {
    let views = "from boats.forms import BoatForm\n\n\ndef new(request):\n    form = BoatForm(request)\n    if request.method == \"POST\" and form.is_valid():\n        form.save()\n    return form\n\n\ndef index(request):\n    boats = request.boats\n    return boats\n";
    let forms = "from boats.services import create_boat\n\n\nclass BoatForm:\n    def save(self):\n        boat = self.boat\n        name = self.name\n        return create_boat(boat, name)\n";
    let services = "def create_boat(boat, name):\n    # Set the harbour master as owner\n    boat.owner = name\n    boat.save()\n    # Load the picture of the boat\n    boat.picture = 1\n    # Update list of boats\n    boat.listed = True\n    return boat\n";
    let analysis = Fixture::new()
        .file(
            "README.md",
            "# harbour\n\nHarbour is a server that keeps a list of boats.\n",
        )
        .file(
            "boats/urls.py",
            "from django.urls import path\nfrom boats import views\n\nurlpatterns = [\n    path(\"boats\", views.index),\n    path(\"boats/new\", views.new),\n]\n",
        )
        .file("boats/views.py", views)
        .file("boats/forms.py", forms)
        .file("boats/services.py", services)
        .commit("Begin")
        .analysed();
    let steps = steps(&analysis);
    assert_eq!(steps, ["new", "BoatForm.save", "create_boat"]);
}

#[test]
fn questions_of_a_page_are_asked_word_for_word() {
    let page = "# Tides\n\n* What is a spring tide and how does it come about?\n* Which of the two tides of a day is higher?\n* Why does the water of a bay rise so high?\n* When was the first table of tides printed?\n";
    let analysis = Fixture::new()
        .file(
            "README.md",
            "# Questions\n\nThis is a collection of questions about water.\n",
        )
        .file("src/questions/tides.md", page)
        .commit("Begin")
        .analysed();
    let told = text(&story(
        &analysis,
        &wish(Style::Documentary, Depth::Intermediate, 5),
    ));
    assert!(
        told.contains("Tides, among others: “What is a spring tide and how does it come about?”"),
        "{told}"
    );
}

#[test]
fn what_stands_below_the_picture_of_a_table_is_no_feature() {
    let readme = "# kiln\n\nKiln is a library that bakes bread.\n\n## Features\n\n- Fast baking of all kinds of bread\n- Slow baking over night\n\n<table><tr><td><img src=\"a.png\"></td><td><img src=\"b.png\"></td></tr><tr><td>Dark oven</td><td>Light oven theme</td></tr></table>\n";
    let analysis = Fixture::new()
        .file("README.md", readme)
        .file(
            "kiln.py",
            "def bake():\n    \"\"\"Bake a loaf.\"\"\"\n    return 1\n",
        )
        .commit("Begin")
        .analysed();
    let items = analysis
        .explained
        .passages
        .iter()
        .flat_map(|passage| &passage.items);
    assert!(items.clone().all(|item| !item.text.contains("oven")));
    assert_eq!(items.count(), 2);
}
