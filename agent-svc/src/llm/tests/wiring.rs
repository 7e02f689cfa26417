//! Answers that go well: what is sent, what is heard, what it costs.

use serde_json::json;

use super::*;
use crate::llm::testing::{Answer, Script};

#[tokio::test]
async fn every_provider_answers_whole_and_streamed() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([Script::say("Hello, dear listener.")]);

        let (reply, events) = rig.ask().await;
        let reply = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!(reply.text(), "Hello, dear listener.", "{name}");
        assert_eq!(reply.finish, Finish::Stop, "{name}");
        assert_eq!(reply.model, "p0/m", "{name}");
        assert_eq!(shown(&events), reply.text(), "{name}");

        let pieces = if name.ends_with("false") { 1 } else { 3 };
        assert_eq!(deltas(&events).len(), pieces, "{name}");
    }
}

#[tokio::test]
async fn every_call_is_booked_with_its_tokens_and_cost() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([Script::say("Hello.")]);

        let (reply, events) = rig.ask().await;
        let usage = reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).usage;
        let [booked] = &rig.booked()[..] else {
            panic!("{name}: {:?}", rig.booked())
        };

        assert_eq!(
            (booked.user.as_str(), booked.agent.as_str()),
            ("u1", "test.agent"),
            "{name}"
        );
        assert_eq!(booked.run.as_deref(), Some("r1"), "{name}");
        assert!(!booked.offline, "{name}");
        assert_eq!(usage, std::slice::from_ref(&booked.usage), "{name}");
        assert_eq!(events.last(), Some(&Event::Usage(booked.usage.clone())), "{name}");

        let Usage {
            provider,
            model,
            input_tokens,
            output_tokens,
            cost_micro_usd,
            outcome,
            ..
        } = booked.usage.clone();

        assert_eq!((provider.as_str(), model.as_str()), ("p0", "m"), "{name}");
        assert_eq!((input_tokens, output_tokens), (100, 20), "{name}");
        assert_eq!(cost_micro_usd, 100 * 5 + 20 * 25, "{name}");
        assert_eq!(outcome, Outcome::Ok, "{name}");
    }
}

#[tokio::test]
async fn each_provider_gets_the_request_in_its_own_form() {
    for (name, rig) in Rig::each_streaming().await {
        rig.fake().will([Script::say("Hello.")]);
        rig.ask()
            .await
            .0
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));

        let asked = rig.fake().asked().remove(0);
        let body = &asked.body;

        match rig.fake().kind() {
            ProviderKind::OpenAi | ProviderKind::Compatible => {
                assert_eq!(body["model"], "m", "{name}");
                assert_eq!(body["max_tokens"], 1_000, "{name}");
                assert_eq!(body["temperature"], 0.5, "{name}");
                assert_eq!(body["stream_options"], json!({"include_usage": true}), "{name}");
                assert_eq!(
                    body["messages"][0],
                    json!({"role": "system", "content": "Speak plainly."}),
                    "{name}"
                );
                assert_eq!(
                    body["messages"][1],
                    json!({"role": "user", "content": "Say hello."}),
                    "{name}"
                );
            }
            ProviderKind::Anthropic => {
                assert_eq!(body["model"], "m");
                assert_eq!(body["max_tokens"], 1_000);
                assert_eq!(body["system"], "Speak plainly.");
                assert_eq!(body["messages"][0]["content"], "Say hello.");
                assert_eq!(body.get("thinking"), None);
            }
            ProviderKind::Gemini => {
                assert_eq!(asked.path, "/v1beta/models/m:streamGenerateContent?alt=sse");
                assert_eq!(body["generationConfig"]["maxOutputTokens"], 1_000);
                assert_eq!(body["systemInstruction"]["parts"][0]["text"], "Speak plainly.");
                assert_eq!(body["contents"][0]["parts"][0]["text"], "Say hello.");
            }
        }
    }
}

#[tokio::test]
async fn a_server_without_a_key_is_asked_without_one() {
    let rig = Rig::new(&[ProviderKind::Compatible]).await;
    rig.fake().will([Script::say("Hello.")]);
    rig.ask().await.0.expect("an answer");
    assert_eq!(rig.fake().asked()[0].headers.get("authorization"), None);
}

/// The contract's model call: model, output tokens, thinking budget and beta flag.
#[tokio::test]
async fn the_contracts_model_call_goes_over_the_wire_as_written() {
    let fake = FakeProvider::start(ProviderKind::Anthropic).await;
    fake.will([Answer::new("Once upon a time.").thinking("How to begin?").into()]);

    let mut config = embedded();
    let anthropic = config.providers.get_mut("anthropic").expect("a provider");
    anthropic.api_key = KEY.into();
    anthropic.base_url = fake.base_url();

    let gateway = Gateway::new(
        &config,
        GatewayDeps::new(ManualClock::default().shared(), Arc::new(NoBooks)),
    )
    .expect("a gateway");

    let request = Request {
        class: "codestory.architect".to_owned(),
        ..request()
    };

    let reply = gateway
        .complete(&call(), request, &mut Silent)
        .await
        .expect("an answer");

    assert_eq!(reply.text(), "Once upon a time.");
    assert_eq!(reply.model, "anthropic/claude-opus-4-5-20251101");

    let asked = fake.asked().remove(0);
    assert_eq!(asked.body["model"], "claude-opus-4-5-20251101");
    assert_eq!(asked.body["max_tokens"], 16_000);
    assert_eq!(
        asked.body["thinking"],
        json!({"type": "enabled", "budget_tokens": 10_000})
    );
    assert_eq!(asked.headers["anthropic-beta"], "interleaved-thinking-2025-05-14");
    assert_eq!(
        asked.body.get("temperature"),
        None,
        "thinking takes no temperature"
    );
}

#[tokio::test]
async fn calls_tokens_cost_and_retries_are_counted() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().will([Script::status(503), Script::say("Hello.")]);
    rig.ask().await.0.expect("an answer");

    let page = recorder.handle().render();
    for line in [
        r#"saga_llm_calls_total{provider="p0",model="m",outcome="failed"} 1"#,
        r#"saga_llm_calls_total{provider="p0",model="m",outcome="ok"} 1"#,
        r#"saga_llm_input_tokens_total{provider="p0",model="m"} 100"#,
        r#"saga_llm_output_tokens_total{provider="p0",model="m"} 20"#,
        r#"saga_llm_cost_micro_usd_total{provider="p0",model="m"} 1000"#,
        r#"saga_llm_retries_total{provider="p0"} 1"#,
    ] {
        assert!(page.contains(line), "{line} in {page}");
    }
}

#[tokio::test]
async fn no_key_and_no_text_of_a_call_is_ever_logged() {
    let rig = Rig::new(&[
        ProviderKind::Anthropic,
        ProviderKind::OpenAi,
        ProviderKind::Gemini,
    ])
    .await;

    rig.fakes[0].will([
        Script::status(500),
        Script::WebPage,
        Answer::new("canary-answer").end(testing::End::Garbage).into(),
    ]);
    rig.fakes[1].will([Script::status(404)]);
    rig.fakes[2].will([Script::status(400)]);

    let lines = Lines::default();
    let _guards = lines.collect(tracing::Level::TRACE);
    let request = Request {
        system: "canary-system".to_owned(),
        messages: vec![Message::User("canary-user".to_owned())],
        ..request()
    };

    let mut deps = GatewayDeps::new(rig.clock.shared(), Arc::new(NoBooks));
    deps.sleep = Arc::new(|_| Box::pin(std::future::ready(())));

    let gateway = Gateway::new(&config(&rig.fakes), deps).expect("a gateway");
    let error = gateway
        .complete(&call(), request, &mut Silent)
        .await
        .expect_err("a failure");
    let log = lines.text();

    assert!(log.contains("model failed: Malformed"), "{log}");

    let said = format!("{error:?} {error}");
    for secret in [
        KEY,
        "canary-system",
        "canary-user",
        "canary-answer",
        "What the provider says",
        "Please sign in",
    ] {
        assert!(!log.contains(secret), "{secret} in the log");
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

/// The section as every installation gets it.
pub(super) fn embedded() -> ModelsConfig {
    let file: toml::Table = include_str!("../../../../deploy/config/saga.toml")
        .parse()
        .expect("a TOML file");
    file["models"].clone().try_into().expect("the [models] section")
}

#[tokio::test]
async fn a_call_is_a_span_that_names_and_counts_and_says_nothing_of_what_was_said() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().will([Script::say("Hello, dear listener.")]);
    let lines = Lines::default();
    let writer = lines.clone();
    let spans = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false);
    let spans = spans
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    // With one collector in the process, a span first made by the thread of another test is off for good.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let guard = tracing::subscriber::set_default(spans);

    let (reply, _) = rig.ask().await;
    drop(guard);

    let text = lines.text();
    let span = text.lines().find(|line| line.contains("chat{")).expect("a span");
    for told in [
        "gen_ai.operation.name=\"chat\"",
        "gen_ai.request.model=",
        "gen_ai.provider.name=",
        "gen_ai.usage.output_tokens=",
    ] {
        assert!(span.contains(told), "{told}: {span}");
    }
    assert_eq!(reply.expect("an answer").text(), "Hello, dear listener.");
    assert!(!text.contains("dear listener"), "{text}");
}
