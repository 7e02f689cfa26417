//! Parameters that many lists have: which page, how long, and yes or no.

use std::str::FromStr;

use serde::Deserialize;

/// Rows that may be passed over to reach a page.
pub(crate) const FARTHEST_ROW: u32 = 100_000;

/// 1 to 100; 20 when not given.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PageSize(pub(crate) u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<String> for PageSize {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let size = text.parse().ok().filter(|size| (1..=100).contains(size));
        size.map(Self).ok_or("expected a number from 1 to 100")
    }
}

/// 1, 2, 3…; the first when not given.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PageNumber(pub(crate) u32);

impl Default for PageNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<String> for PageNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = text.parse().ok();
        let number = number.filter(|number| (1..=FARTHEST_ROW).contains(number));
        number.map(Self).ok_or("expected the number of a page: 1, 2, 3…")
    }
}

/// Of a version or a revision: 1, 2, 3…
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct VersionNumber(pub(crate) u32);

impl TryFrom<String> for VersionNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = text.parse().ok().filter(|number| *number > 0);
        number.map(Self).ok_or("expected a number: 1, 2, 3…")
    }
}

/// 0, 1, 2…
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct WholeNumber<T>(pub(crate) T)
where
    T: FromStr;

impl<T: FromStr> TryFrom<String> for WholeNumber<T> {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(Self).ok_or("expected a whole number, 0 or more")
    }
}

/// No when not given.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Switch(pub(crate) bool);

impl TryFrom<String> for Switch {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let flag = text.parse().map(Self);
        flag.map_err(|_| "expected true or false")
    }
}
