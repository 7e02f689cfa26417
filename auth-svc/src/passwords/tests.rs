//! Which passwords are accepted, and how stored ones are checked.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::time::Duration;

use super::*;
use kit::error::ServiceError;

fn passwords(parallel: usize) -> Passwords {
    // Far below what is safe: tests hash often.
    let config = PasswordsConfig {
        memory_kib: 64,
        iterations: 1,
        lanes: 1,
        parallel,
    };
    Passwords::new(&config).unwrap()
}

async fn accept(text: &str) -> Result<String, AuthError> {
    let password = Password::parse("password", text)?;
    let about = ["ada@example.org", "ada", "ada.lovelace", "saga"].map(str::to_owned);
    passwords(2).accept("password", password, about.to_vec()).await
}

async fn check(text: &str, stored: &str) -> PasswordCheck {
    let stored = Some(stored.to_owned());
    passwords(2).verify(text.into(), stored).await.unwrap()
}

#[tokio::test]
async fn only_length_counts_and_any_character_does() {
    for fine in [
        "ungewöhnlich früh",
        "        x",
        "正しい馬の電池とホチキス",
        "all lower case and long",
        "🐎🔋📎✅🐎🔋📎🧲",
        &"nine words that nobody else has put together yet".repeat(2),
        &"aB".repeat(64),
    ] {
        let outcome = accept(fine).await;
        assert!(outcome.is_ok(), "{fine}: {outcome:?}");
    }

    for wrong in [
        "",
        "seven77",
        "\u{65}\u{301}\u{65}\u{301}\u{65}\u{301}\u{65}\u{301}",
        &"x1".repeat(65),
    ] {
        let error = accept(wrong).await.unwrap_err();
        assert_eq!(error.fields()[0].field, "password", "{wrong}");
        assert!(error.to_string().contains("8 to 128"), "{error}");
    }
}

#[tokio::test]
async fn what_attackers_try_first_is_refused() {
    for known in [
        "password",
        "Password1",
        "p@ssw0rd",
        "12345678",
        "123456789",
        "qwertyuiop",
        "iloveyou",
        "sunshine",
        "aaaaaaaa",
        "abcdefgh",
        "football",
        "drowssap",
        "abcabcabc",
        "ADA@EXAMPLE.ORG",
        "ada.lovelace",
        "Ada.Lovelace",
        "ｐａｓｓｗｏｒｄ",
        &"z".repeat(100),
    ] {
        let error = accept(known).await.expect_err(known);
        assert!(
            error.to_string().contains("common and leaked"),
            "{known}: {error}"
        );
    }
}

#[tokio::test]
async fn a_password_is_right_in_every_unicode_form_and_wrong_in_any_other_case() {
    let stored = accept("Café Zürich ﬁne").await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");

    for right in ["Café Zürich ﬁne", "Cafe\u{301} Zu\u{308}rich fine"] {
        assert_eq!(check(right, &stored).await, PasswordCheck::Right, "{right}");
    }

    for wrong in ["café zürich fine", "Café Zürich ﬁne ", "", &"x".repeat(100_000)] {
        assert_eq!(check(wrong, &stored).await, PasswordCheck::Wrong);
    }

    assert_ne!(
        stored,
        accept("Café Zürich ﬁne").await.unwrap(),
        "each hash has a salt of its own"
    );
}

#[tokio::test]
async fn bcrypt_hashes_of_older_products_are_verified_and_replaced() {
    // Made by other libraries: test vectors of the bcrypt crate.
    for (password, stored) in [
        (
            "password",
            "$2a$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96",
        ),
        (
            "correctbatteryhorsestapler",
            "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie",
        ),
    ] {
        let PasswordCheck::Outdated(new) = check(password, stored).await else {
            panic!("{stored}");
        };
        assert_eq!(check(password, &new).await, PasswordCheck::Right);
        assert_eq!(check("Password", stored).await, PasswordCheck::Wrong);

        for name in ["$2a$", "$2b$", "$2y$"] {
            let renamed = stored.replacen(&stored[..4], name, 1);
            assert!(matches!(
                check(password, &renamed).await,
                PasswordCheck::Outdated(_)
            ));
        }
    }
}

#[tokio::test]
async fn a_hash_with_other_costs_is_replaced_too() {
    let cheap = PasswordsConfig {
        memory_kib: 32,
        iterations: 1,
        lanes: 1,
        parallel: 1,
    };

    let password = Password::parse("password", "an unusual sentence").unwrap();
    let stored = Passwords::new(&cheap)
        .unwrap()
        .accept("password", password, Vec::new())
        .await
        .unwrap();

    assert!(matches!(
        check("an unusual sentence", &stored).await,
        PasswordCheck::Outdated(_)
    ));
}

#[tokio::test]
async fn nothing_stored_is_a_wrong_password_and_garbage_is_our_own_fault() {
    let nothing = passwords(1)
        .verify("an unusual sentence".into(), None)
        .await
        .unwrap();

    assert_eq!(nothing, PasswordCheck::Wrong);

    let garbage = passwords(1)
        .verify("x".into(), Some("garbage".to_owned()))
        .await
        .unwrap_err();

    assert!(
        !garbage.public_message().contains("hash"),
        "{}",
        garbage.public_message()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_hundred_hashes_at_once_leave_the_async_thread_free() {
    let passwords = passwords(1);
    let hashing: Vec<_> = (0..200)
        .map(|_| {
            tokio::spawn({
                let passwords = passwords.clone();
                async move { passwords.verify("an unusual sentence".into(), None).await }
            })
        })
        .collect();
    // The one thread that serves everything else still turns while they wait.
    for _ in 0..50 {
        tokio::time::timeout(Duration::from_secs(30), tokio::task::yield_now())
            .await
            .unwrap();
    }

    assert!(passwords.turns.available_permits() <= 1);

    for done in hashing {
        assert_eq!(done.await.unwrap().unwrap(), PasswordCheck::Wrong);
    }

    assert_eq!(passwords.turns.available_permits(), 1);
}
