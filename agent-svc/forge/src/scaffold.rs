//! The files that the server owns: the same for every project but for a title and a README, with one lock file for all.

use crate::{
    features::{Priority, features_of},
    model::AppModel,
};

/// The lock file; made once by npm for `package.json` beside it.
const LOCK: &str = include_str!("../data/scaffold/package-lock.json");
const PACKAGE: &str = include_str!("../data/scaffold/package.json");

/// Path and content of each file.
pub(crate) fn write_scaffold(app: &AppModel, idea: &str) -> Vec<(&'static str, String)> {
    vec![
        ("package.json", PACKAGE.to_owned()),
        ("package-lock.json", LOCK.to_owned()),
        (
            "index.html",
            include_str!("../data/scaffold/index.html").replace("__TITLE__", &escape_markup(&app.name)),
        ),
        (
            "tsconfig.json",
            include_str!("../data/scaffold/tsconfig.json").to_owned(),
        ),
        (
            "vite.config.ts",
            include_str!("../data/scaffold/vite.config.ts").to_owned(),
        ),
        (
            ".gitignore",
            include_str!("../data/scaffold/gitignore").to_owned(),
        ),
        ("README.md", write_readme(app, idea)),
    ]
}

/// The packages of a project, as `name@version`.
pub(crate) fn dependencies() -> Vec<String> {
    let package: serde_json::Value = serde_json::from_str(PACKAGE).unwrap_or_default();
    let listed = ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|part| package[part].as_object());

    listed
        .flatten()
        .map(|(name, version)| format!("{name}@{}", version.as_str().unwrap_or_default()))
        .collect()
}

/// Text of an idea in a page or in Markdown: nothing of it is markup there.
fn escape_markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '{' | '}' | '[' | ']' | '(' | ')' | '`' | '*' | '_' | '#' | '!' | '|' | '\\' | '$' => {
                escaped.push_str(&format!("&#{};", u32::from(letter)))
            }
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }

    escaped
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
