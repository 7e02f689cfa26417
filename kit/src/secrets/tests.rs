//! Keys on disk and what their MACs prove.

use super::*;

fn none() -> SecretString {
    SecretString::from("")
}

#[test]
fn a_key_is_generated_once_and_read_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = Key::load("media", &none(), dir.path()).expect("a key");
    let again = Key::load("media", &none(), dir.path()).expect("a key");
    let other = Key::load("actor", &none(), dir.path()).expect("a key");

    assert_eq!(first.mac("x", b"data"), again.mac("x", b"data"));
    assert_ne!(first.mac("x", b"data"), other.mac("x", b"data"));

    let left: Vec<_> = std::fs::read_dir(dir.path().join("keys"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 2, "nothing but the two keys is left");
}

#[test]
#[cfg(unix)]
fn a_generated_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().expect("a folder");
    Key::load("media", &none(), dir.path()).expect("a key");

    let mode = |path: &str| {
        std::fs::metadata(dir.path().join(path))
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };

    assert_eq!((mode("keys"), mode("keys/media")), (0o700, 0o600));
}

#[test]
fn many_starters_end_up_with_one_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let start = || {
        Key::load("actor", &none(), dir.path())
            .expect("a key")
            .mac("x", b"data")
    };

    let macs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect()
    });

    assert!(macs.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_configured_key_wins_and_must_be_long_enough() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = SecretString::from("0123456789abcdef0123456789abcdef");
    Key::load("actor", &text, dir.path()).expect("a key");

    assert!(!dir.path().join("keys").exists());

    let err = Key::load("actor", &SecretString::from("short"), dir.path()).expect_err("too short");
    assert_eq!(
        err.to_string(),
        "the key `actor` has 5 bytes; at least 32 are needed"
    );
}

#[test]
fn a_configured_key_of_a_few_characters_over_and_over_is_refused() {
    for guessable in ["a".repeat(40), "0123456".repeat(20)] {
        let err = Key::from_text("actor", &SecretString::from(guessable)).expect_err("anybody's guess");
        assert!(
            err.to_string().starts_with("the key `actor` can be guessed"),
            "{err}"
        );
    }
}

#[test]
fn a_truncated_key_file_is_refused_not_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("keys")).expect("a folder");
    std::fs::write(dir.path().join("keys/actor"), b"abc").expect("a file");
    assert!(matches!(
        Key::load("actor", &none(), dir.path()),
        Err(SecretError::TooShort { len: 3, .. })
    ));
}

#[test]
fn a_mac_for_one_purpose_is_none_for_another() {
    let key = Key::random();
    let mac = key.mac("media", b"data");
    assert!(key.verify("media", b"data", &mac));
    assert!(!key.verify("actor", b"data", &mac));
    assert!(!key.verify("media", b"datb", &mac));
    assert!(!key.verify("media", b"data", &mac[..31]));
    assert!(!key.verify("media", b"data", b""));
}

#[test]
fn debug_hides_the_key() {
    assert_eq!(format!("{:?}", Key::random()), "Key(…)");
}
