//! Idempotency keys: one rule for both doors and every service.

/// Most characters of a key.
const LENGTH_MAX: usize = 255;

/// What a key has to be, in words for whoever sent one.
pub const EXPECTED_IDEMPOTENCY_KEY: &str = "1 to 255 visible ASCII characters";

/// True for 1 to 255 characters from the space to the tilde.
pub fn is_idempotency_key(key: &str) -> bool {
    (1..=LENGTH_MAX).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_1_to_255_visible_characters() {
        for fits in ["k", "a key", &"k".repeat(LENGTH_MAX)] {
            assert!(is_idempotency_key(fits), "{fits:?}");
        }
        for wrong in [
            "",
            "é",
            "a\nb",
            "a\tb",
            "a\0",
            "\u{7f}",
            &"k".repeat(LENGTH_MAX + 1),
        ] {
            assert!(!is_idempotency_key(wrong), "{wrong:?}");
        }
    }
}
