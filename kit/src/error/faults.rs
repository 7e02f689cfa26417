//! The fields of one input that were refused: all of them at once, so that nobody mends a form one field at a time.

use std::fmt;

use super::FieldViolation;

/// In the order in which they were found. Shown as one line: `title: expected some text; pages: expected 1 to 100`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<FieldViolation>);

impl Faults {
    /// A single field at fault.
    pub fn one(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self(vec![FieldViolation::new(field, expected)])
    }

    pub fn add(&mut self, field: impl Into<String>, expected: impl Into<String>) {
        self.0.push(FieldViolation::new(field, expected));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<FieldViolation>> for Faults {
    fn from(fields: Vec<FieldViolation>) -> Self {
        Self(fields)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let joint = if at == 0 { "" } else { "; " };
            write!(f, "{joint}{}: expected {}", fault.field, fault.expected)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_stand_on_one_line_in_the_order_they_were_found() {
        let mut faults = Faults::default();
        assert!(faults.is_empty());
        assert_eq!(faults.to_string(), "");

        faults.add("title", "some text");
        assert_eq!(faults, Faults::one("title", "some text"));
        assert_eq!(faults.to_string(), "title: expected some text");

        faults.add("pages", "1 to 100");
        assert_eq!(
            faults.to_string(),
            "title: expected some text; pages: expected 1 to 100"
        );
    }
}
