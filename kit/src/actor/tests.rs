//! Every way to fake an actor.

use super::*;
use crate::clock::{Clock, ManualClock};

const METHOD: &str = "/saga.v1.Runs/GetRun";

fn actor() -> Actor {
    let session_id = Some(Uuid::from_u128(2));
    Actor {
        scopes: vec!["stories:write".into()],
        session_id,
        ..Actor::user(Uuid::from_u128(1), Tier::Power)
    }
}

fn setup() -> (ActorKey, ManualClock, Vec<u8>) {
    let (key, clock) = (ActorKey::new(Key::random()), ManualClock::default());
    let signed = key.sign(&actor(), METHOD, clock.now()).as_bytes().to_vec();
    (key, clock, signed)
}

#[test]
fn a_signed_actor_arrives_whole() {
    let (key, clock, signed) = setup();
    assert_eq!(key.verify(&signed, METHOD, clock.now()), Ok(actor()));
    let guest = Actor::guest(Uuid::from_u128(9));
    let signed = key.sign(&guest, METHOD, clock.now());
    assert_eq!(key.verify(signed.as_bytes(), METHOD, clock.now()), Ok(guest));
}

#[test]
fn an_actor_is_good_for_the_method_that_it_was_signed_for_alone() {
    let (key, clock, signed) = setup();
    for other in ["/saga.v1.Runs/CancelRun", "/saga.v1.Auth/Login", ""] {
        assert_eq!(
            key.verify(&signed, other, clock.now()),
            Err(ActorError::Forged),
            "{other}"
        );
    }
}

#[test]
fn another_key_is_refused() {
    let (_, clock, signed) = setup();
    let other = ActorKey::new(Key::random());
    assert_eq!(
        other.verify(&signed, METHOD, clock.now()),
        Err(ActorError::Forged)
    );
}

#[test]
fn claims_changed_under_an_old_signature_are_refused() {
    let (key, clock, signed) = setup();
    let text = String::from_utf8(signed).expect("ASCII");
    let (claims, mac) = text.split_once('.').expect("two parts");
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON");

    assert!(json.contains("power"));

    let forged = format!("{}.{mac}", URL_SAFE_NO_PAD.encode(json.replace("power", "team")));
    assert_eq!(
        key.verify(forged.as_bytes(), METHOD, clock.now()),
        Err(ActorError::Forged)
    );
}

#[test]
fn an_actor_expires_after_a_minute_and_the_skew() {
    let (key, clock, signed) = setup();
    clock.advance(LIFETIME + SKEW - Duration::from_millis(1));
    assert!(key.verify(&signed, METHOD, clock.now()).is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(key.verify(&signed, METHOD, clock.now()), Err(ActorError::Expired));
}

#[test]
fn an_actor_from_the_future_is_refused_beyond_the_skew() {
    let (key, clock, _) = setup();
    let soon = key.sign(&actor(), METHOD, clock.now() + SKEW);
    assert!(key.verify(soon.as_bytes(), METHOD, clock.now()).is_ok());
    let later = key.sign(&actor(), METHOD, clock.now() + SKEW + Duration::from_millis(1));
    assert_eq!(
        key.verify(later.as_bytes(), METHOD, clock.now()),
        Err(ActorError::FromTheFuture)
    );
}

#[test]
fn every_truncation_and_every_flipped_byte_is_refused() {
    let (key, clock, signed) = setup();
    for len in 0..signed.len() {
        assert!(
            key.verify(&signed[..len], METHOD, clock.now()).is_err(),
            "the first {len} bytes passed"
        );
    }

    for at in 0..signed.len() {
        let mut bent = signed.clone();
        bent[at] ^= 1;
        assert!(
            key.verify(&bent, METHOD, clock.now()).is_err(),
            "byte {at} could be changed"
        );
    }
}

#[test]
fn tiers_are_ordered_and_read_back() {
    assert!(Tier::Free < Tier::Pro && Tier::Pro < Tier::Power && Tier::Power < Tier::Team);
    for tier in [Tier::Free, Tier::Pro, Tier::Power, Tier::Team] {
        assert_eq!(tier.as_str().parse::<Tier>().expect("a tier"), tier);
    }
    assert!("gold".parse::<Tier>().is_err());
}
