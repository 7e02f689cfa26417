//! The files that the server owns, with a README that says what was understood of an idea.

use scaffold::{ScaffoldSpec, escape_markup};

use crate::{
    features::{Priority, features_of},
    model::AppModel,
};

/// Path and content of each file.
pub(crate) fn write_scaffold(app: &AppModel, idea: &str, paths: Vec<String>) -> Vec<(&'static str, String)> {
    scaffold::write_scaffold(&ScaffoldSpec {
        title: app.name.clone(),
        readme: Some(write_readme(app, idea)),
        paths,
        ..ScaffoldSpec::default()
    })
}

fn write_readme(app: &AppModel, idea: &str) -> String {
    let mut text = format!(
        "# {}\n\nMade by Saga from this idea:\n\n",
        escape_markup(&app.name)
    );
    let quoted: String = idea.chars().take(2_000).collect();
    text.push_str(&format!(
        "> {}{}\n",
        escape_markup(&quoted),
        if quoted.len() < idea.len() { " …" } else { "" }
    ));
    text.push_str("\n## Run it\n\n    npm ci\n    npm run dev      # http://localhost:5173\n    npm test         # its own tests\n    npm run build    # checks the types and writes dist/\n\nNode.js 20 or newer. Records are kept in the browser; examples are there on the first visit.\n\n## What it does\n\n");
    for feature in features_of(app) {
        let mark = match feature.priority {
            Priority::Must => "asked for",
            Priority::Should | Priority::Nice => "added",
        };
        text.push_str(&format!(
            "- **{}** ({mark}): {}\n",
            escape_markup(&feature.name),
            escape_markup(&feature.description)
        ));
    }
    if !app.roles.is_empty() {
        text.push_str("\nRoles are chosen at the top of the page. They keep nobody out: a page without a server can't.\n");
    }

    text.push_str("\n## Asked for, not built\n\n");
    if app.omissions.is_empty() {
        text.push_str("Nothing: all of the idea was understood and built.\n");
    }
    for omission in &app.omissions {
        text.push_str(&format!(
            "- **{}**: {}\n",
            escape_markup(&omission.asked),
            escape_markup(&omission.reason)
        ));
    }
    if !app.questions.is_empty() {
        text.push_str("\n## Open questions\n\n");
        for question in &app.questions {
            text.push_str(&format!(
                "- {} {}\n",
                escape_markup(&question.question),
                escape_markup(&question.why)
            ));
        }
    }
    text
}
