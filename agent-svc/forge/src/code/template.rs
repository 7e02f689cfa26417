//! Texts of code with names in them: `__Type__` and the like are replaced, nothing else is.

use crate::{model::Entity, words};

/// A text as a string of JavaScript or an expression of JSX: whatever stands in it is only text there.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '<' => quoted.push_str("\\u003c"),
            '\u{2028}' | '\u{2029}' => quoted.push(' '),
            letter if letter.is_control() => quoted.push(' '),
            letter => quoted.push(letter),
        }
    }
    quoted.push('\'');

    quoted
}

/// Replaces the names of an entity in a text.
pub(crate) fn fill(template: &str, entity: &Entity) -> String {
    fill_names(template, &names_of(entity))
}

pub(crate) fn names_of(entity: &Entity) -> Vec<(&'static str, String)> {
    vec![
        ("__Type__", entity.type_name()),
        ("__value__", entity.value_name()),
        ("__folder__", entity.folder()),
        ("__One__", words::sentence_case(&entity.noun)),
        ("__one__", entity.noun.clone()),
        ("__Many__", entity.title()),
        ("__many__", entity.many.clone()),
    ]
}

pub(crate) fn fill_names(template: &str, names: &[(&str, String)]) -> String {
    names.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

/// Lines of code, put together.
#[derive(Default)]
pub(crate) struct Lines {
    text: String,
}

impl Lines {
    pub(crate) fn push(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}
