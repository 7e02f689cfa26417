//! Which models are asked, in which order, and when the next one is.

use std::collections::BTreeMap;

use super::wiring::embedded;
use super::*;
use crate::llm::testing::{Answer, End, Script};

async fn two() -> Rig {
    Rig::new(&[ProviderKind::Anthropic, ProviderKind::OpenAi]).await
}

#[tokio::test]
async fn a_provider_that_stays_away_hands_over_to_the_next() {
    let rig = two().await;
    rig.fakes[0].otherwise(|_| Script::status(529));
    rig.fakes[1].will([Script::say("Hello from the second.")]);

    let (reply, _) = rig.ask().await;
    let reply = reply.expect("an answer");

    assert_eq!(
        (reply.model.as_str(), reply.text()),
        ("p1/m", "Hello from the second.")
    );
    assert_eq!(rig.fakes[0].asked().len(), 3);
    assert_eq!(reply.usage.len(), 4, "the failed calls are counted too");
}

#[tokio::test]
async fn a_missing_model_hands_over_at_once() {
    let rig = two().await;
    rig.fakes[0].will([Script::status(404)]);
    rig.fakes[1].will([Script::say("Hello.")]);
    assert_eq!(rig.ask().await.0.expect("an answer").model, "p1/m");
    assert!(rig.slept().is_empty());
}

#[tokio::test]
async fn a_long_wait_hands_over_while_another_model_stands_ready() {
    let rig = Rig::with(&[ProviderKind::Anthropic, ProviderKind::OpenAi], |config| {
        config.call_timeout_ms = 3_600_000
    })
    .await;
    rig.fakes[0].will([Script::retry_after(429, "300")]);
    rig.fakes[1].will([Script::say("Hello.")]);
    assert_eq!(rig.ask().await.0.expect("an answer").model, "p1/m");
    assert!(rig.slept().is_empty());
}

#[tokio::test]
async fn a_wrong_request_and_a_refused_key_stay_where_they_are() {
    for (status, kind) in [
        (400, FailureKind::Rejected),
        (401, FailureKind::Credentials),
        (403, FailureKind::Credentials),
    ] {
        for first in KINDS {
            let rig = Rig::new(&[first, ProviderKind::OpenAi]).await;
            rig.fakes[0].will([Script::status(status)]);

            let (reply, _) = rig.ask().await;
            match reply {
                Err(LlmError::Rejected { cause, .. } | LlmError::Account { cause, .. }) => {
                    assert_eq!(cause.kind, kind)
                }
                other => panic!("{first:?}, {status}: {other:?}"),
            }

            assert_eq!(rig.fakes[0].asked().len(), 1, "{first:?}, {status}");
            assert!(rig.fakes[1].asked().is_empty(), "{first:?}, {status}");
        }
    }
}

#[tokio::test]
async fn a_fallback_in_the_middle_of_an_answer_begins_it_anew() {
    let rig = two().await;
    rig.fakes[0].otherwise(|_| Answer::new("Once upon").end(End::Breaks).into());
    rig.fakes[1].will([Script::say("Another story.")]);
    let (reply, events) = rig.ask().await;
    assert_eq!(reply.expect("an answer").text(), "Another story.");
    assert_eq!(shown(&events), "Another story.");
}

#[tokio::test]
async fn when_all_fail_the_error_tells_of_the_one_that_may_come_back() {
    let rig = two().await;
    rig.fakes[0].will([Script::retry_after(503, "3000")]);
    rig.fakes[1].will([Script::status(404)]);
    let failure = cause(rig.ask().await.0, "all failed");
    assert_eq!(failure.retry_after, Some(Duration::from_secs(3_000)));
}

#[tokio::test]
async fn a_class_uses_its_own_route_its_prefix_or_the_default() {
    let rig = Rig::with(&[ProviderKind::OpenAi], |config| {
        config.routes = BTreeMap::from([
            ("a".to_owned(), vec!["p0/of-a".to_owned()]),
            ("a.b".to_owned(), vec!["short".to_owned()]),
            (
                "default".to_owned(),
                vec!["p0/of-all".to_owned(), "p0/of-all".to_owned()],
            ),
        ]);
        config.aliases = BTreeMap::from([("short".to_owned(), "p0/of-ab".to_owned())]);
    })
    .await;
    let models = |class| rig.gateway.models(class).join(",");

    assert_eq!(models("a"), "p0/of-a");
    assert_eq!(models("a.x.y"), "p0/of-a");
    assert_eq!(models("a.b"), "p0/of-ab");
    assert_eq!(models("b"), "p0/of-all");
}

#[tokio::test]
async fn without_a_configured_provider_a_class_is_not_available() {
    let rig = Rig::with(&[ProviderKind::OpenAi, ProviderKind::Gemini], |config| {
        config
            .providers
            .values_mut()
            .for_each(|provider| provider.api_key = "".into());
    })
    .await;

    assert!(!rig.gateway.available("test"));

    let (reply, _) = rig.ask().await;
    assert!(matches!(reply, Err(LlmError::NotConfigured { .. })), "{reply:?}");
}

#[tokio::test]
async fn a_model_named_at_the_provider_stands_in_for_every_model_of_it() {
    let rig = Rig::with(&[ProviderKind::Compatible], |config| {
        config
            .providers
            .values_mut()
            .for_each(|provider| provider.model = "llama3.3:70b".to_owned());
    })
    .await;

    rig.fake().will([Script::say("Hello.")]);
    assert_eq!(rig.ask().await.0.expect("an answer").model, "p0/llama3.3:70b");
    assert_eq!(body(&rig.fake().asked()[0])["model"], "llama3.3:70b");
}

/// The library would read `-high` as an effort and cut it off.
#[tokio::test]
async fn the_end_of_a_models_name_is_not_taken_for_an_option() {
    for kind in KINDS {
        let rig = Rig::with(&[kind], |config| {
            config.routes = BTreeMap::from([("test".to_owned(), vec!["p0/storyteller-high".to_owned()])]);
        })
        .await;
        rig.fake().will([Script::say("Hello.")]);
        rig.ask().await.0.expect("an answer");

        let asked = &rig.fake().asked()[0];
        let named = asked.path.contains("storyteller-high:") || body(asked)["model"] == "storyteller-high";

        assert!(named, "{kind:?}: {asked:?}");
    }
}

#[test]
fn every_mistake_in_the_configuration_is_reported_at_once() {
    let mut config = embedded();
    config.retry.attempts = 0;
    config
        .routes
        .insert("x".to_owned(), vec!["nowhere".to_owned(), "unknown/m".to_owned()]);
    config.catalog.remove("*");

    let openai = config.providers.get_mut("openai").expect("a provider");
    openai.api_key = KEY.into();
    openai.base_url = "ftp://example.org".to_owned();

    let problems = config.routes().expect_err("mistakes").problems;
    for part in [
        "retry.attempts",
        "\"nowhere\"",
        "\"unknown\"",
        "\"*\"",
        "openai.base_url",
    ] {
        assert!(
            problems.iter().any(|problem| problem.contains(part)),
            "{part}: {problems:?}"
        );
    }
}

#[test]
fn the_embedded_routes_are_whole_once_every_provider_has_a_key() {
    let mut config = embedded();
    assert!(
        config
            .routes()
            .expect("valid without keys")
            .models_of("codestory")
            .is_empty()
    );

    config
        .providers
        .values_mut()
        .for_each(|provider| provider.api_key = KEY.into());

    let routes = config.routes().expect("valid with keys");
    let models: Vec<&str> = routes
        .models_of("codestory.intent")
        .iter()
        .map(|model| model.id.as_str())
        .collect();

    assert_eq!(models[0], "anthropic/claude-opus-4-5-20251101");
    assert!(
        models[1].starts_with("openai/") && models[2].starts_with("gemini/"),
        "{models:?}"
    );

    for model in routes.models_of("codestory") {
        assert!(
            model.config.input_micro_usd_per_mtok > 0,
            "{} has a price",
            model.id
        );
    }
}
