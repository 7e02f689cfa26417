//! Where in a story's events a client is: the number of the last one it has, and of which attempt. Clients get the whole
//! place back as an event's `id`; a number alone is still taken, as one of the current attempt.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// A number, and the run that it counts in when that is known: `12` or `12@<run id>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct EventPlace {
    number: u64,
    run: Option<String>,
}

/// What is neither a number nor a number of a run.
#[derive(Debug)]
pub(crate) struct NoPlace;

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the `id` of an event, as `12@<run>`, or its number alone: 0, 1, 2…")
    }
}

impl EventPlace {
    pub(crate) fn new(number: u64, run: Option<String>) -> Self {
        Self { number, run }
    }

    /// As a cursor, which says nothing to clients.
    pub(crate) fn encode(&self) -> String {
        let run = self.run.as_deref().unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("{}@{run}", self.number))
    }

    /// The place that such a cursor is.
    pub(crate) fn decode(cursor: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let place: Self = std::str::from_utf8(&bytes).ok()?.parse().ok()?;
        place.run.is_some().then_some(place)
    }

    /// The number alone, where it counts through all runs.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The number of the last event that the client has of this run: none when it counted in another.
    pub(crate) fn number_in(&self, run: &str) -> u64 {
        match &self.run {
            Some(counted) if counted != run => 0,
            _ => self.number,
        }
    }
}

impl FromStr for EventPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (number, run) = match text.split_once('@') {
            Some((number, run)) => (number, Some(run.to_owned())),
            None => (text, None),
        };

        let number = number.parse().map_err(|_| NoPlace)?;
        Ok(Self { number, run })
    }
}

impl TryFrom<String> for EventPlace {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_in_the_run_it_names_and_alone_in_any() {
        let place = |text: &str| text.parse::<EventPlace>().unwrap();

        assert_eq!(place("12").number_in("a"), 12);
        assert_eq!(place("12@a").number_in("a"), 12);
        assert_eq!(place("12@a").number_in("b"), 0);
        assert_eq!(EventPlace::default().number_in("a"), 0);
    }

    #[test]
    fn a_cursor_leads_back_to_the_place_it_was_made_of() {
        let place = EventPlace::new(12, Some("a".to_owned()));
        assert_eq!(EventPlace::decode(&place.encode()), Some(place));

        for wrong in ["", "12@a", "MTI", "!", "QGE"] {
            assert_eq!(EventPlace::decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_has_no_number_is_no_place() {
        for text in ["", "x", "-1", "@a", "1.5", "12 "] {
            assert!(text.parse::<EventPlace>().is_err(), "{text:?}");
        }
    }
}
