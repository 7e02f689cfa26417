//! What manuscripts look like in the wild.

use crate::import;

#[test]
fn nothing_has_no_words() {
    assert_eq!(import(b"", None), Err(crate::ImportError::NoWords));
}
