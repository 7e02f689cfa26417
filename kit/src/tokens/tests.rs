//! The attacks on tokens that are known, each refused with the same answer; and what is accepted beside them.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use jsonwebtoken::EncodingKey;
use serde_json::json;

use super::*;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "authenticated";
const SECRET: &str = "a secret that issuer and verifier share, long enough";
const USER: &str = "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11";

/// 1 January 2026, noon.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_268_800, 0).unwrap()
}

/// An issuer with an elliptic and an RSA key, and somebody else's key under the same name.
struct World {
    ec: Vec<u8>,
    ec_public: Vec<u8>,
    stranger: Vec<u8>,
    rsa: Vec<u8>,
    jwks: String,
}

fn ec_key() -> (Vec<u8>, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    (pair.to_pkcs8v1().unwrap().as_ref().to_vec(), public)
}

/// RSA keys take long to make: one world serves all tests.
fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(World::new);
    &WORLD
}

impl World {
    fn new() -> Self {
        let (ec, ec_public) = ec_key();
        let rsa = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let components = aws_lc_rs::rsa::PublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
        let rsa = AsDer::<Pkcs8V1Der<'_>>::as_der(&rsa).unwrap().as_ref().to_vec();
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwks = json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256", "use": "sig",
              "x": b64(&ec_public[1..33]), "y": b64(&ec_public[33..]) },
            { "kty": "RSA", "kid": "rsa", "n": b64(&components.n), "e": b64(&components.e) },
            { "kty": "oct", "kid": "oct", "k": b64(SECRET.as_bytes()) },
            { "kty": "EC", "crv": "P-256", "kid": "enc", "use": "enc",
              "x": b64(&ec_public[1..33]), "y": b64(&ec_public[33..]) },
            { "kty": "a kind that nobody knows" },
        ]});

        Self {
            ec,
            ec_public,
            stranger: ec_key().0,
            rsa,
            jwks: jwks.to_string(),
        }
    }

    fn keys(&self) -> KeySet {
        KeySet::from_jwks(&self.jwks, &[Algorithm::ES256, Algorithm::RS256]).unwrap()
    }

    /// A token of the issuer, right in every way.
    fn good(&self) -> String {
        signed(&json!({ "alg": "ES256", "kid": "ec" }), &claims(&[]), &self.ec())
    }

    fn rsa_key(&self) -> EncodingKey {
        let body = base64::engine::general_purpose::STANDARD.encode(&self.rsa);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        );
        EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
    }

    fn ec(&self) -> Signer {
        Signer::Key(Algorithm::ES256, EncodingKey::from_ec_der(&self.ec))
    }

    /// The good token with other claims.
    fn saying(&self, changes: &[(&str, Value)]) -> String {
        signed(
            &json!({ "alg": "ES256", "kid": "ec" }),
            &claims(changes),
            &self.ec(),
        )
    }

    /// The good token with another header.
    fn headed(&self, header: &Value) -> String {
        signed(header, &claims(&[]), &self.ec())
    }

    fn check(&self, token: &str) -> Result<Claims, Invalid> {
        verify(token, &self.keys(), &rules(), now())
    }
}

fn rules() -> Rules {
    Rules {
        issuer: Issuer::Is(ISSUER.to_owned()),
        audience: AUDIENCE.to_owned(),
        subject: Subject::Uuid,
        token_type: None,
        leeway: TimeDelta::seconds(30),
        longest: TimeDelta::days(7),
    }
}

/// The claims of a good token; a change to null takes a claim away.
fn claims(changes: &[(&str, Value)]) -> Value {
    let at = now().timestamp();
    let good = json!({
        "iss": ISSUER, "sub": USER, "aud": AUDIENCE, "exp": at + 900, "iat": at, "nbf": at, "role": "authenticated",
    });
    let mut map: Map<String, Value> = serde_json::from_value(good).unwrap();
    for (name, value) in changes {
        if value.is_null() {
            map.remove(*name);
        } else {
            map.insert((*name).to_owned(), value.clone());
        }
    }

    Value::Object(map)
}

enum Signer {
    Key(Algorithm, EncodingKey),
    Bytes(Vec<u8>),
}

fn signed(header: &Value, claims: &Value, signer: &Signer) -> String {
    raw(&header.to_string(), &claims.to_string(), signer)
}

fn raw(header: &str, claims: &str, signer: &Signer) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );

    let signature = match signer {
        Signer::Key(algorithm, key) => {
            jsonwebtoken::crypto::sign(message.as_bytes(), key, *algorithm).unwrap()
        }
        Signer::Bytes(bytes) => URL_SAFE_NO_PAD.encode(bytes),
    };

    format!("{message}.{signature}")
}

fn hmac(secret: &[u8]) -> Signer {
    Signer::Key(Algorithm::HS256, EncodingKey::from_secret(secret))
}

fn refused(world: &World, tokens: Vec<(&str, String)>) {
    for (attack, token) in tokens {
        assert_eq!(world.check(&token), Err(Invalid), "{attack}");
    }
}

#[test]
fn a_token_of_the_issuer_is_accepted_under_each_of_its_keys() {
    let world = world();
    let claims = world.check(&world.good()).unwrap();

    assert_eq!((claims.subject.as_str(), claims.issuer.as_str()), (USER, ISSUER));
    assert_eq!(claims.expires_at, now() + TimeDelta::seconds(900));

    let rsa = Signer::Key(Algorithm::RS256, world.rsa_key());
    let header = json!({ "alg": "RS256", "kid": "rsa" });
    world.check(&signed(&header, &self::claims(&[]), &rsa)).unwrap();
    world
        .check(&world.saying(&[
            ("aud", json!(["other", AUDIENCE])),
            ("exp", json!(1_767_269_000.5)),
        ]))
        .unwrap();

    let shared = KeySet::shared_secret(&SecretString::from(SECRET));
    let header = json!({ "alg": "HS256", "kid": "any" });
    verify(
        &signed(&header, &self::claims(&[]), &hmac(SECRET.as_bytes())),
        &shared,
        &rules(),
        now(),
    )
    .unwrap();
}

#[test]
fn no_spelling_of_none_and_no_missing_algorithm_is_accepted() {
    let world = world();
    for name in [
        "none", "None", "NONE", "nOnE", "none ", "", "es256", "ES256 ", "null",
    ] {
        for signer in [Signer::Bytes(Vec::new()), world.ec()] {
            let token = signed(&json!({ "alg": name, "kid": "ec" }), &claims(&[]), &signer);
            assert_eq!(world.check(&token), Err(Invalid), "{name:?}");
        }
    }

    refused(
        world,
        vec![
            ("no alg", world.headed(&json!({ "kid": "ec" }))),
            ("alg null", world.headed(&json!({ "alg": null, "kid": "ec" }))),
            ("alg number", world.headed(&json!({ "alg": 0, "kid": "ec" }))),
            (
                "alg list",
                world.headed(&json!({ "alg": ["ES256"], "kid": "ec" })),
            ),
            (
                "two algs",
                raw(
                    r#"{"alg":"ES256","alg":"none","kid":"ec"}"#,
                    &claims(&[]).to_string(),
                    &world.ec(),
                ),
            ),
            (
                "no signature",
                world.good().rsplit_once('.').unwrap().0.to_owned() + ".",
            ),
        ],
    );
}

#[test]
fn a_public_key_is_never_taken_for_a_shared_secret() {
    let world = world();
    let jwk = serde_json::from_str::<Value>(&world.jwks).unwrap()["keys"][0].to_string();
    let header = json!({ "alg": "HS256", "kid": "ec" });
    for secret in [
        world.ec_public.clone(),
        world.ec_public[1..].to_vec(),
        jwk.into_bytes(),
        world.jwks.clone().into_bytes(),
        Vec::new(),
    ] {
        let token = signed(&header, &claims(&[]), &hmac(&secret));
        assert_eq!(world.check(&token), Err(Invalid));
        // Nor by an issuer that also has a secret, another one.
        let both = world.keys().with_secret(&SecretString::from(SECRET));
        assert_eq!(verify(&token, &both, &rules(), now()), Err(Invalid));
    }

    let other = |alg: &str, kid: &str| world.headed(&json!({ "alg": alg, "kid": kid }));
    refused(
        world,
        vec![
            (
                "a published secret",
                signed(
                    &json!({ "alg": "HS256", "kid": "oct" }),
                    &claims(&[]),
                    &hmac(SECRET.as_bytes()),
                ),
            ),
            ("RS256 over an elliptic key", other("RS256", "ec")),
            ("ES256 over an RSA key", other("ES256", "rsa")),
            ("an algorithm of the key that is not allowed", {
                let rsa = Signer::Key(Algorithm::PS256, world.rsa_key());
                signed(&json!({ "alg": "PS256", "kid": "rsa" }), &claims(&[]), &rsa)
            }),
            ("a key for encryption", other("ES256", "enc")),
        ],
    );

    // And an asymmetric token is not accepted where only a secret is configured.
    let shared = KeySet::shared_secret(&SecretString::from(SECRET));
    assert_eq!(verify(&world.good(), &shared, &rules(), now()), Err(Invalid));
}

#[test]
fn only_the_named_key_of_the_set_verifies_wherever_the_token_points() {
    let world = world();
    let stranger = Signer::Key(Algorithm::ES256, EncodingKey::from_ec_der(&world.stranger));
    let by = |header: Value| signed(&header, &claims(&[]), &stranger);
    let own = &world.jwks;
    refused(
        world,
        vec![
            (
                "another key, same kid",
                by(json!({ "alg": "ES256", "kid": "ec" })),
            ),
            (
                "unknown kid",
                world.headed(&json!({ "alg": "ES256", "kid": "new" })),
            ),
            ("no kid, several keys", world.headed(&json!({ "alg": "ES256" }))),
            (
                "kid traversal",
                world.headed(&json!({ "alg": "ES256", "kid": "../../../../dev/null" })),
            ),
            (
                "kid with SQL",
                world.headed(&json!({ "alg": "ES256", "kid": "ec' OR '1'='1" })),
            ),
            (
                "kid with NUL",
                world.headed(&json!({ "alg": "ES256", "kid": "ec\0" })),
            ),
            ("kid number", world.headed(&json!({ "alg": "ES256", "kid": 1 }))),
            (
                "long kid",
                world.headed(&json!({ "alg": "ES256", "kid": "k".repeat(300) })),
            ),
            (
                "jku",
                by(json!({ "alg": "ES256", "kid": "x", "jku": "https://evil.example/jwks.json" })),
            ),
            (
                "x5u",
                by(json!({ "alg": "ES256", "kid": "x", "x5u": "https://evil.example/cert.pem" })),
            ),
            (
                "jwk",
                by(json!({ "alg": "ES256", "jwk": serde_json::from_str::<Value>(own).unwrap()["keys"][0] })),
            ),
            (
                "crit",
                world.headed(&json!({ "alg": "ES256", "kid": "ec", "crit": ["exp"] })),
            ),
            (
                "unencoded payload",
                world.headed(&json!({ "alg": "ES256", "kid": "ec", "b64": false, "crit": ["b64"] })),
            ),
            (
                "zip",
                world.headed(&json!({ "alg": "ES256", "kid": "ec", "zip": "DEF" })),
            ),
        ],
    );

    // They are ignored, not refused, on a token that is otherwise good.
    let token = world
        .headed(&json!({ "alg": "ES256", "kid": "ec", "jku": "https://evil.example/jwks.json", "x5u": "x" }));
    world.check(&token).unwrap();
}

#[test]
fn only_a_fixed_size_signature_over_these_very_bytes_fits() {
    let world = world();
    let good = world.good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &world.ec).unwrap();
    let der = pair
        .sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes())
        .unwrap();
    let with = |bytes: &[u8]| format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes));
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut flipped = bytes.clone();
    flipped[10] ^= 1;

    let elevated = URL_SAFE_NO_PAD.encode(claims(&[("sub", json!(Uuid::from_u128(9)))]).to_string());
    let header = message.split_once('.').unwrap().0;
    refused(
        world,
        vec![
            ("DER", with(der.as_ref())),
            ("zeros", with(&[0; 64])),
            ("r is zero", with(&[&[0; 32], &bytes[32..]].concat())),
            ("one bit", with(&flipped)),
            ("cut short", with(&bytes[..63])),
            ("too long", with(&[bytes.as_slice(), &[0]].concat())),
            ("padded base64", format!("{good}==")),
            ("standard base64", format!("{message}.+/{}", &signature[2..])),
            ("other claims", format!("{header}.{elevated}.{signature}")),
            ("four parts", format!("{good}.x")),
            ("five parts", format!("{good}.x.y")),
            ("two parts", message.to_owned()),
            ("nothing", String::new()),
            ("dots", "..".to_owned()),
            ("not base64", "é.é.é".to_owned()),
        ],
    );
}

#[test]
fn times_are_numbers_and_the_token_is_good_now() {
    let world = world();
    let at = now().timestamp();
    let exp = |value: Value| world.saying(&[("exp", value)]);
    refused(
        world,
        vec![
            ("expired", exp(json!(at - 1))),
            ("expires now", exp(json!(at))),
            ("no exp", exp(Value::Null)),
            ("exp in the far future", exp(json!(at + 8 * 86_400))),
            ("exp beyond all times", exp(json!(i64::MAX))),
            ("exp beyond all numbers", exp(json!(1e300))),
            ("exp as a text", exp(json!((at + 900).to_string()))),
            ("exp as a list", exp(json!([at + 900]))),
            ("exp true", exp(json!(true))),
            ("negative exp", exp(json!(-1))),
            ("not yet valid", world.saying(&[("nbf", json!(at + 31))])),
            ("nbf as a text", world.saying(&[("nbf", json!("0"))])),
            (
                "issued in the far future",
                world.saying(&[("iat", json!(at + 86_400))]),
            ),
            ("iat as a text", world.saying(&[("iat", json!("0"))])),
        ],
    );

    let twice = format!(r#"{{"exp":{},{}"#, at + 900, &claims(&[]).to_string()[1..]);
    refused(
        world,
        vec![(
            "exp twice",
            raw(r#"{"alg":"ES256","kid":"ec"}"#, &twice, &world.ec()),
        )],
    );
    world
        .check(&world.saying(&[("nbf", json!(at + 29)), ("iat", json!(at + 29))]))
        .unwrap();
    world
        .check(&world.saying(&[("nbf", Value::Null), ("iat", Value::Null)]))
        .unwrap();
}

#[test]
fn audience_issuer_subject_and_role_are_the_expected_ones() {
    let world = world();
    let say = |name: &str, value: Value| world.saying(&[(name, value)]);
    refused(
        world,
        vec![
            ("other aud", say("aud", json!("other"))),
            ("no aud", say("aud", Value::Null)),
            ("aud list without ours", say("aud", json!(["a", "b"]))),
            ("empty aud list", say("aud", json!([]))),
            ("aud object", say("aud", json!({ "authenticated": true }))),
            ("aud prefix", say("aud", json!("authenticated-not"))),
            ("other iss", say("iss", json!("https://evil.example"))),
            ("iss with a slash more", say("iss", json!(format!("{ISSUER}/")))),
            ("no iss", say("iss", Value::Null)),
            ("iss list", say("iss", json!([ISSUER]))),
            ("role anon", say("role", json!("anon"))),
            ("role service_role", say("role", json!("service_role"))),
            ("no sub", say("sub", Value::Null)),
            ("empty sub", say("sub", json!(""))),
            ("sub not a UUID", say("sub", json!("admin"))),
            ("sub with NUL", say("sub", json!(format!("{USER}\0")))),
            ("sub in braces", say("sub", json!(format!("{{{USER}}}")))),
            ("sub without hyphens", say("sub", json!(USER.replace('-', "")))),
            ("nil sub", say("sub", json!(Uuid::nil()))),
            ("sub number", say("sub", json!(1))),
            (
                "claims are a list",
                raw(r#"{"alg":"ES256","kid":"ec"}"#, "[]", &world.ec()),
            ),
        ],
    );

    let anywhere = Rules {
        issuer: Issuer::EndsWith(".example".to_owned()),
        ..rules()
    };
    verify(&world.good(), &world.keys(), &anywhere, now()).unwrap();

    assert_eq!(
        verify(&say("iss", json!("x.example/")), &world.keys(), &anywhere, now()),
        Err(Invalid)
    );

    let text = Rules {
        subject: Subject::Text,
        ..rules()
    };
    verify(&say("sub", json!("auth0|5f7c8ec7")), &world.keys(), &text, now()).unwrap();

    for sub in [json!(""), json!("a\0b"), json!("a\nb"), json!("s".repeat(256))] {
        assert_eq!(
            verify(&say("sub", sub), &world.keys(), &text, now()),
            Err(Invalid)
        );
    }
}

#[test]
fn a_huge_token_is_refused_unread() {
    let world = world();
    let huge = world.saying(&[("padding", json!("x".repeat(1_000_000)))]);
    let deep = raw(
        r#"{"alg":"ES256","kid":"ec"}"#,
        &format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
        &world.ec(),
    );
    refused(
        world,
        vec![
            ("a megabyte", huge),
            ("dots", ".".repeat(1_000_000)),
            ("deep", deep),
        ],
    );

    assert_eq!(Unverified::parse(&"a".repeat(MAX_BYTES + 1)).err(), Some(Invalid));
}

#[test]
fn an_access_token_of_ours_is_read_and_no_other_token_passes_for_one() {
    let world = world();
    let access = AccessRules::new(ISSUER, AUDIENCE);
    let own = [
        ("tier", json!("pro")),
        ("is_anonymous", json!(false)),
        ("scopes", json!(["stories:read"])),
        ("sid", json!(Uuid::from_u128(7))),
        ("jti", json!(Uuid::from_u128(8))),
    ];

    let token = |typ: Value, changes: &[(&str, Value)]| {
        let all: Vec<_> = own.iter().chain(changes).cloned().collect();
        signed(
            &json!({ "alg": "ES256", "kid": "ec", "typ": typ }),
            &claims(&all),
            &world.ec(),
        )
    };
    let read = |token: &str| access.verify(token, &world.keys(), now());
    let claims = read(&token(json!(ACCESS_TYPE), &[])).unwrap();
    let actor = claims.actor();

    assert_eq!(actor.user_id.to_string(), USER);
    assert_eq!(
        (actor.tier.as_str(), actor.guest, actor.session_id),
        ("pro", false, Some(Uuid::from_u128(7)))
    );
    assert!(actor.has_scope("stories:read"));

    let wire = serde_json::to_value(&claims).unwrap();
    assert_eq!(wire["exp"], json!(now().timestamp() + 900));

    for (what, token) in [
        ("an identity token", token(json!("JWT"), &[])),
        ("no type", token(Value::Null, &[])),
        (
            "a tier that nobody has",
            token(json!(ACCESS_TYPE), &[("tier", json!("root"))]),
        ),
        ("no token id", token(json!(ACCESS_TYPE), &[("jti", Value::Null)])),
        (
            "sub is not a UUID",
            token(json!(ACCESS_TYPE), &[("sub", json!("root"))]),
        ),
        (
            "a refresh token",
            "srt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        ),
    ] {
        assert_eq!(read(&token).err(), Some(Invalid), "{what}");
    }
}

#[test]
fn a_key_set_keeps_what_it_can_use_and_refuses_what_is_none() {
    let world = world();
    let keys = world.keys();

    assert!(keys.knows("ec") && keys.knows("rsa"));
    assert!(!keys.knows("oct") && !keys.knows("enc") && !keys.knows(""));

    for text in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
        assert!(KeySet::from_jwks(text, &[Algorithm::ES256]).is_err(), "{text}");
    }

    assert!(
        KeySet::from_jwks(r#"{"keys":[]}"#, &[Algorithm::ES256])
            .unwrap()
            .is_empty()
    );
}
