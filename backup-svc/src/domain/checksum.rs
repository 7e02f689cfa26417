//! SHA-256 as clients write it, and of bytes as they pass.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Of some bytes. Shown in small hexadecimal letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checksum([u8; 32]);

impl Checksum {
    /// 64 hexadecimal digits, alone or behind the name of the algorithm: `sha256:`, `sha256=`, `sha-256:` or `sha-256=`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = match text.split_once([':', '=']) {
            None => text,
            Some((name, digits)) => {
                let known = ["sha256", "sha-256"];
                known
                    .iter()
                    .any(|one| one.eq_ignore_ascii_case(name))
                    .then_some(digits)?
            }
        };

        let fits = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate().filter(|_| fits) {
            *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        }

        fits.then_some(Self(bytes))
    }

    /// Of everything that the hasher has seen.
    pub(crate) fn finish_hasher(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_64_hexadecimal_digits_with_or_without_its_algorithm() {
        let digits = Checksum::finish_hasher(Sha256::new()).to_string();
        assert_eq!(
            digits,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );

        let upper = digits.to_uppercase();
        for fine in [
            digits.clone(),
            upper.clone(),
            format!("sha256:{digits}"),
            format!("SHA256={upper}"),
            format!("sha-256:{digits}"),
        ] {
            let parsed = Checksum::parse(&fine).map(|sum| sum.to_string());
            assert_eq!(parsed.as_deref(), Some(digits.as_str()), "{fine}");
        }

        for wrong in [
            String::new(),
            "sha256:".to_owned(),
            digits[1..].to_owned(),
            format!("{digits}0"),
            format!("md5:{digits}"),
            format!("{}g", &digits[1..]),
            format!("+{}", &digits[1..]),
            digits.replace('e', "ｅ"),
            format!(" {digits}"),
        ] {
            assert_eq!(Checksum::parse(&wrong), None, "{wrong}");
        }
    }
}
