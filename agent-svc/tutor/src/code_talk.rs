//! Talk about the project's own code: a ladder that is made from the place that a message leads to. Each rung says all that the
//! one before it said, and one fact more: the piece, a line of it, where what it reads comes from, who uses it.

use crate::{
    catalogue::{Concept, catalogue},
    code_index::{Place, SourceFile, Symbol, SymbolKind, symbols_of},
    code_tokens::tokens_of,
    reply::{Draft, quote},
    state::{Asked, Focus, LearnerState, Topic},
    words::enumerate_words,
};

/// Rungs of every ladder about code.
pub(crate) const RUNGS: usize = 4;

/// What a line does, as far as one sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Construct {
    State,
    Effect,
    Reduce,
    Filter,
    Sort,
    Map,
    Handler,
    Storage,
    Wait,
    Condition,
    Loop,
    Check,
    Return,
    Rule,
    Value,
    Other,
}

impl Construct {
    /// Signs of a construct, the most telling first.
    const SIGNS: [(Self, &'static [&'static str]); 14] = [
        (Self::State, &["useState", "useReducer", "setState"]),
        (Self::Effect, &["useEffect"]),
        (
            Self::Storage,
            &["localStorage", "sessionStorage", "JSON.parse", "JSON.stringify"],
        ),
        (Self::Reduce, &[".reduce("]),
        (Self::Sort, &[".sort(", ".toSorted(", "localeCompare"]),
        (Self::Filter, &[".filter(", ".find(", ".some(", ".every("]),
        (Self::Wait, &["await ", "fetch(", ".then("]),
        (Self::Check, &["expect(", "assert"]),
        (
            Self::Handler,
            &[
                "onClick",
                "onSubmit",
                "onChange",
                "onKeyDown",
                "addEventListener",
                "onInput",
            ],
        ),
        (Self::Map, &[".map("]),
        (Self::Loop, &["for (", "while (", ".forEach("]),
        (
            Self::Condition,
            &["if (", "else if", "switch (", " && ", " || ", "=== ", "!== "],
        ),
        (Self::Return, &["return "]),
        (Self::Value, &["const ", "let ", " = ", "+="]),
    ];

    pub(crate) fn classify(line: &str) -> Self {
        let text = line.trim_start();
        if text.starts_with("//")
            || text.starts_with("import ")
            || text.starts_with('*')
            || text.starts_with("/*")
        {
            return Self::Other;
        }
        let found = Self::SIGNS
            .iter()
            .find(|(_, signs)| signs.iter().any(|sign| line.contains(sign)));

        match found {
            Some((construct, _)) => *construct,
            None if text.ends_with(';') && text.contains(": ") => Self::Rule,
            None => Self::Other,
        }
    }

    /// How much there is to ask about such a line.
    pub(crate) const fn weight(self) -> usize {
        match self {
            Self::Other => 0,
            Self::Value | Self::Rule => 1,
            Self::Return | Self::Handler => 2,
            _ => 3,
        }
    }

    const fn concept(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Effect => "effects",
            Self::Reduce => "accumulation",
            Self::Filter => "filtering",
            Self::Sort => "sorting",
            Self::Map => "mapping",
            Self::Handler => "events",
            Self::Storage => "storage",
            Self::Wait => "async",
            Self::Condition => "conditions",
            Self::Loop => "loops",
            Self::Check => "testing",
            Self::Rule => "layout",
            Self::Return => "functions",
            Self::Value | Self::Other => "variables",
        }
    }

    /// The question that such a line is worth.
    fn question(self, line: usize) -> String {
        match self {
            Self::State => format!(
                "After the state of line {line} is set, which parts of the page have to be drawn anew"
            ),
            Self::Effect => {
                format!("Which values does the effect in line {line} read, and what should make it run again")
            }
            Self::Reduce => format!("What does line {line} hold before the first entry, and what after it"),
            Self::Filter => format!(
                "Which entry of an example of yours does line {line} keep, and which does it leave out"
            ),
            Self::Sort => {
                format!("For two entries of your choice, which one does line {line} put first, and by what")
            }
            Self::Map => format!("What becomes of one single entry in line {line}"),
            Self::Handler => format!("Who calls the function in line {line}, and at which moment"),
            Self::Storage => format!("What does line {line} get when nothing was stored yet"),
            Self::Wait => format!("What does a person see on the page while line {line} is waiting"),
            Self::Condition => format!(
                "For which value does the condition in line {line} just hold, and for which one beside it does it not"
            ),
            Self::Loop => {
                format!("What is true before the first round of line {line} and again after each round")
            }
            Self::Check => format!("Which change in the code would make the expectation in line {line} fail"),
            Self::Return => format!("Which cases have been dealt with before line {line} is reached"),
            Self::Rule => format!("Which elements does line {line} reach, and which of them did you mean"),
            Self::Value | Self::Other => {
                format!("In an example of your own, what does line {line} hand on to the lines below it")
            }
        }
    }
}

/// Begins with the first rung at a place.
pub(crate) fn begin(
    place: &Place<'_>,
    files: &[SourceFile],
    builds: bool,
    state: &mut LearnerState,
) -> Draft {
    let mut focus = Focus::on(Topic::Code {
        path: place.file.path.clone(),
        symbol: place.symbol.name.clone(),
        line: place.line,
        about: place.met.join(" "),
    });
    focus.asked = Asked::Open;

    let mut draft = rung(place, 0, files, state);
    let name = &place.symbol.name;
    draft.encouragement = if place.is_named || place.met.is_empty() {
        format!("Let us read `{name}` in {} together.", place.file.path)
    } else {
        let met: Vec<String> = place.met.iter().map(|stem| spoken_form(place, stem)).collect();
        format!(
            "Your words ({}) lead me to `{name}` in {}. Say so if you mean another place.",
            enumerate_words(&met),
            place.file.path
        )
    };
    if builds {
        draft.question = format!(
            "For what you want to have there, which part of `{name}` could stay as it is, and which would have to differ"
        );
    }
    state.focus = Some(focus);
    draft
}

/// A stem as the place writes it.
fn spoken_form(place: &Place<'_>, stem: &str) -> String {
    let text = format!("{} {} {}", place.symbol.name, place.file.path, place.file.content);
    crate::words::split_words(&text)
        .into_iter()
        .find(|word| crate::words::stem(word) == stem)
        .unwrap_or_else(|| stem.to_owned())
}

/// The next rung; behind the last one, the next line of the same piece that is worth a question.
pub(crate) fn next_hint(focus: &mut Focus, files: &[SourceFile], state: &mut LearnerState) -> Option<Draft> {
    let mut place = place_of(focus, files)?;
    state.note_hint(Construct::classify(place.file.line(place.line)).concept());
    if focus.rung + 1 < RUNGS {
        focus.rung += 1;
        let mut draft = rung(&place, focus.rung, files, state);
        draft.encouragement = format!(
            "Then closer: look {} at `{}`.",
            ["there", "at one line", "at what it reads", "from outside"][focus.rung.min(3)],
            place.symbol.name
        );
        return Some(draft);
    }

    let next = next_line(&place)?;
    place.line = next;
    focus.rung = 1;
    if let Topic::Code { line, .. } = &mut focus.topic {
        *line = next;
    }
    let mut draft = rung(&place, 1, files, state);
    draft.encouragement = format!(
        "If it is not there, it may be in another line of `{}`.",
        place.symbol.name
    );
    Some(draft)
}

/// The same place with another question.
pub(crate) fn ask_beside(focus: &mut Focus, files: &[SourceFile], state: &LearnerState) -> Option<Draft> {
    let place = place_of(focus, files)?;
    let mut draft = rung(&place, focus.rung, files, state);
    let name = &place.symbol.name;
    draft.question = match focus.side % 3 {
        0 => format!("What did you expect of `{name}`, and what happened in its place"),
        1 => format!("What would you try first in `{name}`, and how would you see whether it was right"),
        _ => Construct::classify(place.file.line(place.line)).question(place.line),
    };
    focus.side += 1;
    Some(draft)
}

/// The place that is being talked of, if the project still has it.
pub(crate) fn place_of<'a>(focus: &Focus, files: &'a [SourceFile]) -> Option<Place<'a>> {
    let Topic::Code {
        path,
        symbol,
        line,
        about,
    } = &focus.topic
    else {
        return None;
    };
    let file = files.iter().find(|file| file.path == *path)?;
    let symbol = symbols_of(file).into_iter().find(|found| found.name == *symbol)?;

    Some(Place {
        line: (*line).clamp(symbol.first, symbol.last),
        file,
        symbol,
        met: about.split_whitespace().map(str::to_owned).collect(),
        is_named: true,
    })
}

fn next_line(place: &Place<'_>) -> Option<usize> {
    let worth = |number: &usize| Construct::classify(place.file.line(*number)).weight() >= 2;
    (place.line + 1..=place.symbol.last)
        .find(worth)
        .or_else(|| (place.symbol.first..place.line).find(worth))
}

fn rung(place: &Place<'_>, at: usize, files: &[SourceFile], state: &LearnerState) -> Draft {
    let construct = Construct::classify(place.file.line(place.line));
    let concept = catalogue().concept(construct.concept());
    let hints = hints_of(place, files);

    Draft {
        hint: hints[..=at.min(hints.len() - 1)].join(" "),
        question: question_of(place, at, construct),
        concept: concept.map(|concept| concept.name.clone()).unwrap_or_default(),
        key_concept: concept.map(|concept| concept.idea.clone()).unwrap_or_default(),
        further: further_of(concept, state),
        ..Draft::default()
    }
}

fn further_of(concept: Option<&Concept>, state: &LearnerState) -> Vec<String> {
    let exercise = concept.and_then(|concept| state.next_exercise(Some(&concept.id)));
    exercise
        .map(|exercise| format!("An exercise on this is `{}`: {}", exercise.title, exercise.prompt))
        .into_iter()
        .collect()
}

fn question_of(place: &Place<'_>, at: usize, construct: Construct) -> String {
    let name = &place.symbol.name;

    match (at, place.symbol.kind) {
        (0, SymbolKind::Component) => {
            format!("What must `{name}` be given, and what should a person see then")
        }
        (0, SymbolKind::Function) => {
            format!("For one example that you choose, what goes into `{name}` and what should come out")
        }
        (0, SymbolKind::Type) => format!("Which parts of `{name}` may be missing, and who fills them"),
        (0, SymbolKind::Value) => format!("Who reads `{name}`, and what would they do if it were different"),
        (0, SymbolKind::Rule) => format!("Which elements of the page does `{name}` reach"),
        (1, _) => construct.question(place.line),
        (2, _) => match source_of(place) {
            Some((read, _)) => format!(
                "What does `{read}` hold when line {} runs for the first time",
                place.line
            ),
            None => format!(
                "Which of the values in line {} do you not know for sure",
                place.line
            ),
        },
        _ => format!(
            "What would you have to see there to know that the trouble is before line {}, and not in it",
            place.line
        ),
    }
}

/// What each rung adds.
fn hints_of(place: &Place<'_>, files: &[SourceFile]) -> Vec<String> {
    let name = &place.symbol.name;
    let path = &place.file.path;
    let first = place.symbol.first;
    let mut hints = vec![format!(
        "`{name}` begins in {path}, line {first}: {}.",
        quote(place.file.line(first))
    )];
    if place.line == first {
        hints.push(format!(
            "It ends in line {}; all that it does lies between.",
            place.symbol.last
        ));
    } else {
        hints.push(format!(
            "Look at line {}: {}.",
            place.line,
            quote(place.file.line(place.line))
        ));
    }

    hints.push(match source_of(place) {
        Some((read, line)) => format!(
            "It reads `{read}`, which comes from line {line}: {}.",
            quote(place.file.line(line))
        ),
        None => format!("It gets all that it reads from outside of `{name}`."),
    });
    hints.push(match user_of(place, files) {
        Some((other, line)) => format!("`{name}` is used in {other}, line {line}; look at the values just before line {} there and here.", place.line),
        None => format!("I find no other place that uses `{name}`; look at its values just before line {}.", place.line),
    });
    hints
}

/// A name that the line reads, and the earlier line of the piece that gives it its value.
fn source_of(place: &Place<'_>) -> Option<(String, usize)> {
    let line = place.file.line(place.line);
    let names: Vec<&str> = tokens_of(line)
        .into_iter()
        .filter(|token| token.len() > 1 && token.starts_with(|letter: char| letter.is_lowercase()))
        .collect();
    let lines: Vec<&str> = place.file.content.lines().collect();

    names.into_iter().find_map(|name| {
        let number = (1..place.line)
            .rev()
            .find(|number| gives_value(lines.get(number - 1).copied().unwrap_or_default(), name))?;
        Some((name.to_owned(), number))
    })
}

/// Whether a line declares a name, takes it as a parameter or gives it a value.
fn gives_value(line: &str, name: &str) -> bool {
    let tokens = tokens_of(line);
    let Some(at) = tokens.iter().position(|token| *token == name) else {
        return false;
    };
    let declares = tokens[..at]
        .iter()
        .any(|token| matches!(*token, "const" | "let" | "var"))
        && tokens[at..].contains(&"=");
    let is_parameter = tokens[..at].contains(&"function") && tokens[..at].contains(&"(");
    declares || is_parameter || (at == 0 && tokens.get(1) == Some(&"="))
}

/// Another place that names the piece.
fn user_of(place: &Place<'_>, files: &[SourceFile]) -> Option<(String, usize)> {
    let name = place.symbol.name.as_str();
    let uses = |file: &SourceFile| -> Option<usize> {
        if !file.content.contains(name) {
            return None;
        }
        file.content
            .lines()
            .enumerate()
            .filter(|(at, line)| {
                let is_own = file.path == place.file.path && declares(&place.symbol, at + 1);
                !is_own && !line.trim_start().starts_with("import ")
            })
            .find(|(_, line)| tokens_of(line).contains(&name))
            .map(|(at, _)| at + 1)
    };

    let others = files
        .iter()
        .filter(|file| !file.is_test())
        .chain(files.iter().filter(|file| file.is_test()));
    others
        .into_iter()
        .find_map(|file| uses(file).map(|line| (file.path.clone(), line)))
}

const fn declares(symbol: &Symbol, line: usize) -> bool {
    line == symbol.first
}
