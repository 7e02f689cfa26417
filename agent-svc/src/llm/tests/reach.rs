//! How many providers are asked for whom, by what a tier has.

use kit::actor::{ActorKey, Tier};
use kit::clock::SystemClock;
use kit::rpc::Caller;
use kit::secrets::Key;
use uuid::Uuid;

use super::*;
use crate::llm::testing::Script;
use crate::tests::entitlements::Shop;
use crate::usage::AccountName;

/// The rig's providers behind a gateway that goes by a billing-svc.
fn selling(rig: &Rig) -> Gateway {
    let key = ActorKey::new(Key::random());
    let billing = Arc::new(Shop::default()).open(&key);
    let entitlements = Entitlements::new(Some((billing, Caller::new(key, SystemClock::shared()))));
    let deps = GatewayDeps::new(rig.clock.shared(), Arc::new(NoBooks)).with_entitlements(entitlements);
    let deps = GatewayDeps {
        sleep: Arc::new(|_| Box::pin(std::future::ready(()))),
        ..deps
    };

    Gateway::new(&config(&rig.fakes), deps).expect("a valid configuration")
}

fn call_of(tier: Tier) -> Call {
    let account = AccountName {
        user_id: Uuid::from_u128(7),
        tier,
    };
    Call {
        user: account.to_string(),
        ..call()
    }
}

#[tokio::test]
async fn who_has_one_provider_is_never_handed_over_to_another_one() {
    let rig = Rig::new(&[ProviderKind::Anthropic, ProviderKind::OpenAi]).await;
    let gateway = selling(&rig);
    rig.fakes[0].otherwise(|_| Script::status(529));
    rig.fakes[1].otherwise(|_| Script::say("Hello from the second."));

    let refused = gateway
        .complete(&call_of(Tier::Free), request(), &mut Silent)
        .await;
    assert!(
        matches!(refused, Err(LlmError::Unavailable { .. })),
        "{refused:?}"
    );
    assert!(rig.fakes[1].asked().is_empty());

    let answered = gateway
        .complete(&call_of(Tier::Pro), request(), &mut Silent)
        .await;
    assert_eq!(answered.expect("an answer").model, "p1/m");
}
