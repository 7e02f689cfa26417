//! A span of time that a configuration gives as a whole number of seconds; the key says so by its name (`*_seconds`).

use std::{fmt, ops::Deref, time::Duration};

use serde::{Deserialize, Deserializer};

/// Written as a number, used as a [`Duration`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seconds(Duration);

impl Seconds {
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Deref for Seconds {
    type Target = Duration;

    fn deref(&self) -> &Duration {
        &self.0
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As a plain number, so that a mistake is told in the words of a plain number.
        u64::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Section {
        wait_seconds: Seconds,
    }

    #[derive(Debug, Deserialize)]
    struct Plain {
        #[expect(dead_code, reason = "only its mistakes are read")]
        wait_seconds: u64,
    }

    #[test]
    fn a_number_is_a_span_of_time() {
        let section: Section = toml::from_str("wait_seconds = 90").unwrap();
        assert_eq!(*section.wait_seconds, Duration::from_secs(90));
        assert_eq!(section.wait_seconds.as_millis(), 90_000);
    }

    #[test]
    fn a_mistake_is_told_in_the_words_of_a_plain_number() {
        for text in [
            "wait_seconds = -1",
            "wait_seconds = 1.5",
            "wait_seconds = \"1\"",
            "",
        ] {
            let ours = toml::from_str::<Section>(text).unwrap_err().to_string();
            let plain = toml::from_str::<Plain>(text).unwrap_err().to_string();
            assert_eq!(ours, plain, "{text:?}");
        }
    }
}
