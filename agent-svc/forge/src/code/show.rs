//! How a value is shown, and the buttons that change one: the same on a list and on a record's page.

use super::{entity::name_call, template::quote};
use crate::model::{ActionKind, Entity, Field, FieldKind};

/// A field of `item` as JSX.
pub(crate) fn show_value(field: &Field) -> String {
    let key = field.key();
    match &field.kind {
        FieldKind::Date(_) => format!("{{showDay(item.{key})}}"),
        FieldKind::Money => format!("{{showMoney(item.{key})}}"),
        FieldKind::YesNo => format!("{{item.{key} ? 'Yes' : 'No'}}"),
        FieldKind::Choice(_) => format!("<span className=\"chip\">{{item.{key}}}</span>"),
        FieldKind::Reference(_) => format!("{{names.nameOf(item.{key})}}"),
        _ => format!("{{item.{key}}}"),
    }
}

/// The buttons of one record that turn, count or stamp something.
pub(crate) fn write_buttons(entity: &Entity, class: &str) -> Vec<String> {
    let name = name_call(entity, "item", "names.nameOf");
    let mut buttons = Vec::new();
    for action in &entity.actions {
        let (shown, label, changes) = match &action.kind {
            ActionKind::Mark(key) => {
                let Some(field) = entity.field(key) else { continue };
                let shown = format!(
                    "{{item.{key} ? {} : {}}}",
                    quote(&format!("Mark not {}", field.label)),
                    quote(&format!("Mark {}", field.label))
                );
                let label = format!(
                    "{{`Mark ${{{name}}} as ${{item.{key} ? 'not ' : ''}}{}`}}",
                    field.label
                );
                (shown, label, format!("{key}: !item.{key}"))
            }
            ActionKind::Count(key, day) => {
                let word = count_word(key);
                let stamp = day
                    .as_ref()
                    .map(|day| format!(", {day}: today()"))
                    .unwrap_or_default();
                (
                    word.to_owned(),
                    format!("{{`{word}: ${{{name}}}`}}"),
                    format!("{key}: (item.{key} ?? 0) + 1{stamp}"),
                )
            }
            ActionKind::Stamp(key, word) => (
                word.clone(),
                format!("{{`{word}: ${{{name}}}`}}"),
                format!("{key}: today()"),
            ),
            _ => continue,
        };

        buttons.push(format!(
            "<button\n  type=\"button\"\n  className=\"{class}\"\n  aria-label={label}\n  onClick={{() => void {}Store.update(item.id, {{ {changes} }})}}\n>\n  {shown}\n</button>",
            entity.value_name()
        ));
    }

    buttons
}

/// What the button says that counts something up.
pub(crate) fn count_word(key: &str) -> &'static str {
    match key {
        "votes" => "Vote",
        _ => "Count one more",
    }
}

/// Moves code to the right.
pub(crate) fn indent(code: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    code.lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{margin}{line}")
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}
