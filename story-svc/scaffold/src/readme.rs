//! The page that says what a project is and how it is run.

use crate::ScaffoldSpec;

/// What a project does for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feature {
    pub name: String,
    pub description: String,
}

/// Text of somebody in a page or in Markdown: nothing of it is markup there.
#[must_use]
pub fn escape_markup(text: &str) -> String {
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

pub(crate) fn write_readme(spec: &ScaffoldSpec, unpinned: &[String], is_locked: bool) -> String {
    let install = if is_locked { "npm ci" } else { "npm install" };
    let mut text = format!("# {}\n", escape_markup(&spec.title));
    if !spec.description.trim().is_empty() {
        text.push_str(&format!("\n{}\n", escape_markup(spec.description.trim())));
    }
    text.push_str(&format!(
        "\n## Run it\n\n    {install}\n    npm run dev      # http://localhost:5173\n    npm test         # its own tests\n    \
         npm run build    # checks the types and writes dist/\n\nNode.js 20 or newer.\n"
    ));

    if !spec.features.is_empty() {
        text.push_str("\n## What it is to do\n\n");
    }
    for feature in &spec.features {
        text.push_str(&format!(
            "- **{}**: {}\n",
            escape_markup(&feature.name),
            escape_markup(&feature.description)
        ));
    }
    if !unpinned.is_empty() {
        text.push_str(&format!(
            "\nNamed without an exact version, and so not in `package.json`: {}.\n",
            unpinned.join(", ")
        ));
    }

    text
}
