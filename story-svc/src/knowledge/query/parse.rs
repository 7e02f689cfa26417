//! From text to a question.

use proto::tasks::fiction::ledger::Key;

use super::{Atom, Column, RELATIONS, Relation, StoryQuery, Term};
use crate::knowledge::answers::SceneMoment;
use crate::knowledge::error::KnowledgeError;

const CHARS_MAX: usize = 2_000;
const ATOMS_MAX: usize = 5;
const VARIABLES_MAX: usize = 10;
const ROWS_MAX: usize = 200;
const ROWS_DEFAULT: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Variable(String),
    Quoted(String),
    Open,
    Close,
    Comma,
}

pub(super) fn parse_query(text: &str) -> Result<StoryQuery, KnowledgeError> {
    if text.chars().count() > CHARS_MAX {
        return Err(fault(&format!("at most {CHARS_MAX} characters")));
    }

    let mut parser = Parser {
        tokens: read_tokens(text)?,
        at: 0,
        variables: Vec::new(),
    };
    parser.parse()
}

fn fault(expected: &str) -> KnowledgeError {
    KnowledgeError::invalid("query", expected)
}

fn read_tokens(text: &str) -> Result<Vec<Token>, KnowledgeError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();

    while let Some(char) = rest.next() {
        match char {
            char if char.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '"' => tokens.push(Token::Quoted(read_quoted(&mut rest)?)),
            '?' => {
                let name = read_word(&mut rest);
                if name.is_empty() {
                    return Err(fault("a name behind `?`"));
                }
                tokens.push(Token::Variable(name));
            }
            char if is_of_word(char) => {
                let word = format!("{char}{}", read_word(&mut rest));
                tokens.push(Token::Word(word));
            }
            char => {
                let expected = format!("words, `?variables`, \"texts\", brackets and commas, not {char:?}");
                return Err(fault(&expected));
            }
        }
    }

    Ok(tokens)
}

fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.')
}

fn read_word(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(char) = rest.next_if(|char| is_of_word(*char)) {
        word.push(char);
    }

    word
}

/// Behind the opening quotation mark; `\` keeps what follows it.
fn read_quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, KnowledgeError> {
    let mut text = String::new();
    while let Some(char) = rest.next() {
        match char {
            '"' => return Ok(text),
            '\\' => text.extend(rest.next()),
            '\0' => return Err(fault("text without NUL")),
            char => text.push(char),
        }
    }

    Err(fault("a closing quotation mark"))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<String>,
}

impl Parser {
    fn parse(&mut self) -> Result<StoryQuery, KnowledgeError> {
        let mut atoms = vec![self.parse_atom()?];
        while self.take_word("and") || self.take(&Token::Comma) {
            atoms.push(self.parse_atom()?);
        }
        if atoms.len() > ATOMS_MAX {
            return Err(fault(&format!("at most {ATOMS_MAX} atoms")));
        }
        if self.variables.is_empty() {
            return Err(fault("at least one `?variable`, which is what is asked for"));
        }

        let moment = self.parse_moment()?;
        let most = self.parse_limit()?;
        if self.at < self.tokens.len() {
            return Err(fault(
                "`and`, `before SCENE`, `after SCENE`, `limit NUMBER` or the end behind an atom",
            ));
        }

        Ok(StoryQuery {
            atoms,
            variables: std::mem::take(&mut self.variables),
            moment,
            most,
        })
    }

    fn parse_atom(&mut self) -> Result<Atom, KnowledgeError> {
        let name = match self.next() {
            Some(Token::Word(name)) => name,
            _ => return Err(unknown_relation()),
        };
        let (_, relation, columns) = RELATIONS
            .iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(unknown_relation)?;
        let wrong = || fault(&describe(&name, columns));

        let mut terms = Vec::new();
        self.take(&Token::Open).then_some(()).ok_or_else(wrong)?;
        loop {
            let (_, column) = columns.get(terms.len()).ok_or_else(wrong)?;
            terms.push((*column, self.parse_term().ok_or_else(wrong)?));
            if self.variables.len() > VARIABLES_MAX {
                return Err(fault(&format!("at most {VARIABLES_MAX} variables")));
            }
            if self.take(&Token::Close) {
                break;
            }
            self.take(&Token::Comma).then_some(()).ok_or_else(wrong)?;
        }

        Ok(Atom {
            relation: *relation,
            terms,
        })
    }

    fn parse_term(&mut self) -> Option<Term> {
        match self.next()? {
            Token::Variable(name) => {
                let known = self.variables.iter().position(|one| *one == name);
                Some(Term::Variable(known.unwrap_or_else(|| {
                    self.variables.push(name);
                    self.variables.len() - 1
                })))
            }
            Token::Word(word) if word == "_" => Some(Term::Anything),
            Token::Word(text) | Token::Quoted(text) => Some(Term::Text(text)),
            Token::Open | Token::Close | Token::Comma => None,
        }
    }

    fn parse_moment(&mut self) -> Result<Option<(Key, SceneMoment)>, KnowledgeError> {
        let moment = if self.take_word("before") {
            SceneMoment::Before
        } else if self.take_word("after") {
            SceneMoment::After
        } else {
            return Ok(None);
        };

        let scene = match self.next() {
            Some(Token::Word(key) | Token::Quoted(key)) => Key::parse(&key),
            _ => None,
        };
        let scene = scene.ok_or_else(|| fault("the key of a scene behind `before` or `after`"))?;

        Ok(Some((scene, moment)))
    }

    fn parse_limit(&mut self) -> Result<usize, KnowledgeError> {
        if !self.take_word("limit") {
            return Ok(ROWS_DEFAULT);
        }

        let number = match self.next() {
            Some(Token::Word(number)) => number.parse().ok(),
            _ => None,
        };
        let fits = number.filter(|most| (1..=ROWS_MAX).contains(most));
        fits.ok_or_else(|| fault(&format!("1 to {ROWS_MAX} behind `limit`")))
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;

        token
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let is_there = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(is_there);

        is_there
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&Token::Word(word.to_owned()))
    }
}

fn unknown_relation() -> KnowledgeError {
    let known: Vec<_> = RELATIONS
        .iter()
        .map(|(name, _, columns)| describe(name, columns))
        .collect();
    fault(&format!("one of {}", known.join(", ")))
}

fn describe(name: &str, columns: &[(&str, Column)]) -> String {
    let columns: Vec<_> = columns.iter().map(|(column, _)| *column).collect();
    format!("{name}({})", columns.join(", "))
}

impl Relation {
    /// For tests of the table: every relation is named once.
    #[cfg(test)]
    fn names() -> Vec<&'static str> {
        RELATIONS.iter().map(|(name, ..)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_what_it_asks_for_and_up_to_when() {
        let text = r#"learned(?who, ?fact) and fact(?fact, lantern, "was \"stolen\" by", _), character(?who, ?name) before s-12 limit 7"#;
        let query = parse_query(text).unwrap();

        assert_eq!(query.variables, ["who", "fact", "name"]);
        assert_eq!(query.atoms.len(), 3);
        assert_eq!(
            query.atoms[1].terms[2],
            (Column::Text, Term::Text("was \"stolen\" by".to_owned()))
        );
        assert_eq!(
            query.moment,
            Some((Key::parse("s-12").unwrap(), SceneMoment::Before))
        );
        assert_eq!(query.most, 7);
    }

    #[test]
    fn what_is_no_question_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("", "one of character(key, name)"),
            ("MATCH (n) RETURN n", "one of"),
            ("SELECT * FROM stories; --", "not '*'"),
            ("fact(?f) DETACH DELETE", "the end behind an atom"),
            ("fact(?f, a, b, c, d, e)", "fact(fact, subject"),
            ("fact ?f", "fact(fact, subject"),
            ("fact(a)", "at least one"),
            ("fact(?f) before \"a b\"", "the key of a scene"),
            ("fact(?f) limit 201", "1 to 200"),
            ("fact(?f, \"open", "a closing quotation mark"),
            ("fact(?)", "a name behind"),
            (
                "fact(?a),fact(?b),fact(?c),fact(?d),fact(?e),fact(?f)",
                "at most 5 atoms",
            ),
            (&format!("fact(?f, \"{}\")", "x".repeat(2_000)), "at most 2000"),
        ] {
            let error = parse_query(text).expect_err(text).to_string();
            assert!(
                error.starts_with("query: expected ") && error.contains(expected),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn every_relation_has_a_name_of_its_own() {
        let mut names = Relation::names();
        let all = names.len();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), all);
    }
}
