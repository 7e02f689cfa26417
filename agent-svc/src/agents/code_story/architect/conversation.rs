//! A chapter that a model wrote for two people: who says what, from the marks at the beginning of its paragraphs. The
//! marks are taken out; nobody hears them.

use proto::tasks::code_story::{Presenter, Turn};
use repo::narration::cut;

/// How the writer is asked to begin what somebody says.
const MARKS: [(&str, Presenter); 2] = [("HOST:", Presenter::Host), ("GUEST:", Presenter::Guest)];

/// The text without marks, and its turns: none when nobody is marked. A paragraph without a mark goes on with the one
/// before it.
pub(super) fn take_turns(content: &str) -> (String, Vec<Turn>) {
    let mut turns: Vec<Turn> = Vec::new();
    let mut marked = false;
    for paragraph in cut::paragraphs(content) {
        let (presenter, text) = match find_mark(paragraph) {
            Some((presenter, text)) => {
                marked = true;
                (presenter, text)
            }
            None => (
                turns.last().map_or(Presenter::Host, |turn| turn.presenter),
                paragraph,
            ),
        };
        if text.is_empty() {
            continue;
        }

        match turns.last_mut().filter(|turn| turn.presenter == presenter) {
            Some(turn) => turn.text = format!("{}\n\n{text}", turn.text),
            None => turns.push(Turn {
                presenter,
                text: text.to_owned(),
            }),
        }
    }

    if !marked {
        return (content.to_owned(), Vec::new());
    }

    let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
    (texts.join("\n\n"), turns)
}

fn find_mark(paragraph: &str) -> Option<(Presenter, &str)> {
    MARKS.iter().find_map(|(mark, presenter)| {
        let head = paragraph.get(..mark.len())?;
        head.eq_ignore_ascii_case(mark)
            .then(|| (*presenter, paragraph[mark.len()..].trim_start()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_turns_and_are_not_heard() {
        let draft = "HOST: What is it?\n\nGuest: A loom.\n\nIt weaves.\n\nHOST: Aha.\n\nGUEST:";
        let (content, turns) = take_turns(draft);
        let turn = |presenter, text: &str| Turn {
            presenter,
            text: text.to_owned(),
        };

        assert_eq!(content, "What is it?\n\nA loom.\n\nIt weaves.\n\nAha.");
        assert_eq!(
            turns,
            [
                turn(Presenter::Host, "What is it?"),
                turn(Presenter::Guest, "A loom.\n\nIt weaves."),
                turn(Presenter::Host, "Aha."),
            ]
        );
    }

    #[test]
    fn a_text_of_one_narrator_has_no_turns() {
        let text = "The host: a loom.\n\nIt weaves.";
        assert_eq!(take_turns(text), (text.to_owned(), Vec::new()));
    }
}
