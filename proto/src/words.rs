//! The words in which a story is asked for, once for everybody who speaks of them: services, agents, doors and the command
//! line. Each is an enum of `saga/v1/stories.proto` without its "not given", so that whoever holds one holds a choice.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::v1;

/// How a story is told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A narrator in the third person, in the order of time.
    #[default]
    Documentary,
    /// A teacher who says "you", step by step, with checks.
    Tutorial,
    /// A host who asks, wonders and answers.
    Podcast,
    /// The code as places and characters; every fact stays true.
    Fiction,
    /// Dense and exact, numbers first.
    Technical,
}

/// Who reads it aloud. Written with a capital, as clients do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub enum Voice {
    #[default]
    Rachel,
    Drew,
    Bella,
    Antoni,
}

/// How much the listener knows already.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Depth")]
pub enum TechnicalDepth {
    Beginner,
    #[default]
    Intermediate,
    /// Also written `expert`.
    #[serde(alias = "expert")]
    Advanced,
}

/// A word that names none of those that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub found: String,
    /// `documentary, tutorial, …`.
    pub expected: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is none of {}", self.found, self.expected)
    }
}

impl std::error::Error for UnknownWord {}

impl Style {
    pub const ALL: [Self; 5] = [
        Self::Documentary,
        Self::Tutorial,
        Self::Podcast,
        Self::Fiction,
        Self::Technical,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documentary => "documentary",
            Self::Tutorial => "tutorial",
            Self::Podcast => "podcast",
            Self::Fiction => "fiction",
            Self::Technical => "technical",
        }
    }
}

impl Voice {
    pub const ALL: [Self; 4] = [Self::Rachel, Self::Drew, Self::Bella, Self::Antoni];

    /// Who answers when two people talk: the narrator that differs most from this one.
    pub const fn partner(self) -> Self {
        match self {
            Self::Rachel => Self::Antoni,
            Self::Drew => Self::Bella,
            Self::Bella => Self::Drew,
            Self::Antoni => Self::Rachel,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rachel => "Rachel",
            Self::Drew => "Drew",
            Self::Bella => "Bella",
            Self::Antoni => "Antoni",
        }
    }
}

impl TechnicalDepth {
    pub const ALL: [Self; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];
    /// An older name of the third level, which is still understood.
    const ADVANCED_ALIAS: &str = "expert";

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

impl FromStr for Style {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        find_word(word, &Self::ALL, Self::as_str)
    }
}

impl FromStr for Voice {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        find_word(word, &Self::ALL, Self::as_str)
    }
}

impl FromStr for TechnicalDepth {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            Self::ADVANCED_ALIAS => Ok(Self::Advanced),
            word => find_word(word, &Self::ALL, Self::as_str),
        }
    }
}

fn find_word<T: Copy>(word: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, UnknownWord> {
    let known = all.iter().copied().find(|value| name(*value) == word);

    known.ok_or_else(|| UnknownWord {
        found: word.to_owned(),
        expected: list_words(all, name),
    })
}

/// `documentary, tutorial, …`.
pub fn list_words<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> String {
    let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
    names.join(", ")
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for TechnicalDepth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Style> for v1::Style {
    fn from(style: Style) -> Self {
        match style {
            Style::Documentary => Self::Documentary,
            Style::Tutorial => Self::Tutorial,
            Style::Podcast => Self::Podcast,
            Style::Fiction => Self::Fiction,
            Style::Technical => Self::Technical,
        }
    }
}

impl From<Voice> for v1::Voice {
    fn from(voice: Voice) -> Self {
        match voice {
            Voice::Rachel => Self::Rachel,
            Voice::Drew => Self::Drew,
            Voice::Bella => Self::Bella,
            Voice::Antoni => Self::Antoni,
        }
    }
}

impl From<TechnicalDepth> for v1::TechnicalDepth {
    fn from(depth: TechnicalDepth) -> Self {
        match depth {
            TechnicalDepth::Beginner => Self::Beginner,
            TechnicalDepth::Intermediate => Self::Intermediate,
            TechnicalDepth::Advanced => Self::Advanced,
        }
    }
}

// In a message, "not given" is a value of the enum itself.

impl v1::Style {
    /// The number of the choice, or that of "not given".
    pub fn number(choice: Option<Style>) -> i32 {
        choice.map_or(Self::Unspecified, Self::from).into()
    }

    /// What was chosen; `None` when nothing was given.
    pub fn choice(self) -> Option<Style> {
        Style::ALL.into_iter().find(|style| Self::from(*style) == self)
    }
}

impl v1::Voice {
    /// The number of the choice, or that of "not given".
    pub fn number(choice: Option<Voice>) -> i32 {
        choice.map_or(Self::Unspecified, Self::from).into()
    }

    /// What was chosen; `None` when nothing was given.
    pub fn choice(self) -> Option<Voice> {
        Voice::ALL.into_iter().find(|voice| Self::from(*voice) == self)
    }
}

impl v1::TechnicalDepth {
    /// The number of the choice, or that of "not given".
    pub fn number(choice: Option<TechnicalDepth>) -> i32 {
        choice.map_or(Self::Unspecified, Self::from).into()
    }

    /// What was chosen; `None` when nothing was given.
    pub fn choice(self) -> Option<TechnicalDepth> {
        TechnicalDepth::ALL
            .into_iter()
            .find(|depth| Self::from(*depth) == self)
    }
}

/// Length of a story in minutes: 5, 10, 15 or 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

impl Minutes {
    pub const ALL: [Self; 4] = [Self(5), Self(10), Self(15), Self(20)];

    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Minutes {
    fn default() -> Self {
        Self(10)
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of minutes that no story has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotMinutes;

impl fmt::Display for NotMinutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected 5, 10, 15 or 20 minutes")
    }
}

impl std::error::Error for NotMinutes {}

impl TryFrom<u32> for Minutes {
    type Error = NotMinutes;

    fn try_from(minutes: u32) -> Result<Self, NotMinutes> {
        let known = Self::ALL.into_iter().find(|known| known.0 == minutes);
        known.ok_or(NotMinutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}

impl JsonSchema for Minutes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Minutes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": Self::ALL.map(Self::get) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_from_text_and_from_its_number() {
        for style in Style::ALL {
            assert_eq!(style.as_str().parse(), Ok(style));
            let number = v1::Style::number(Some(style));
            assert_eq!(v1::Style::try_from(number).unwrap().choice(), Some(style));
        }
        for voice in Voice::ALL {
            assert_eq!(voice.as_str().parse(), Ok(voice));
            let number = v1::Voice::number(Some(voice));
            assert_eq!(v1::Voice::try_from(number).unwrap().choice(), Some(voice));
        }
        for depth in TechnicalDepth::ALL {
            assert_eq!(depth.as_str().parse(), Ok(depth));
            let number = v1::TechnicalDepth::number(Some(depth));
            assert_eq!(
                v1::TechnicalDepth::try_from(number).unwrap().choice(),
                Some(depth)
            );
        }
    }

    #[test]
    fn nothing_given_is_no_choice() {
        assert_eq!(v1::Style::number(None), 0);
        assert_eq!(v1::Style::Unspecified.choice(), None);
        assert_eq!(v1::Voice::Unspecified.choice(), None);
        assert_eq!(v1::TechnicalDepth::Unspecified.choice(), None);
    }

    #[test]
    fn an_unknown_word_is_told_with_those_that_there_are() {
        let unknown = "Podcast".parse::<Style>().unwrap_err();

        let told = "\"Podcast\" is none of documentary, tutorial, podcast, fiction, technical";
        assert_eq!(unknown.to_string(), told);
        assert_eq!("expert".parse(), Ok(TechnicalDepth::Advanced));
    }

    #[test]
    fn only_four_lengths_are_minutes_of_a_story() {
        for minutes in 0..40 {
            let allowed = [5, 10, 15, 20].contains(&minutes);
            assert_eq!(Minutes::try_from(minutes).is_ok(), allowed, "{minutes}");
        }
        assert!(Minutes::ALL.contains(&Minutes::default()));
    }
}
