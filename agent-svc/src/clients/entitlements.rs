//! Billing-svc, which knows what a tier contains: how many of the assistants, how many providers of models, and which features. Remembered for seconds; while it
//! is away the table of the contract counts.

use std::sync::Arc;
use std::time::Duration;

use assistant::Assistant;
use kit::actor::{Actor, Tier};
use kit::rpc::{Caller, Calling, RequestId, RpcChannel};
use moka::sync::Cache;
use proto::v1::billing_client::BillingClient;
use proto::v1::{Entitlements as Told, GetEntitlementsRequest, ListPlansRequest};
use tonic::Status;
use uuid::Uuid;

use crate::registry::AgentName;

const TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer counts, and how long nobody asks again after there was none.
const REMEMBERED: Duration = Duration::from_secs(5);
const MOST_REMEMBERED: u64 = 100_000;
/// The feature that the assistant for numbers is.
const ANALYTICS: &str = "analytics";
/// Assistants that Free has, where nobody says anything else.
const FREE_AGENTS: u32 = 3;
/// Providers of models that Free reaches, where nobody says anything else.
const FREE_PROVIDERS: u32 = 1;

/// What somebody's tier contains, as far as agents go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entitled {
    /// False where nothing is sold: then nobody is capped.
    sold: bool,
    tier: Tier,
    /// How many of the assistants, in their order; none: all.
    agents: Option<u32>,
    analytics: bool,
    /// How many providers of models are asked; none: all.
    pub(crate) providers: Option<u32>,
}

impl Entitled {
    /// As the contract has it.
    pub(crate) fn of_tier(tier: Tier) -> Self {
        Self {
            sold: true,
            tier,
            agents: (tier == Tier::Free).then_some(FREE_AGENTS),
            analytics: tier > Tier::Free,
            providers: (tier == Tier::Free).then_some(FREE_PROVIDERS),
        }
    }

    const fn uncapped(tier: Tier) -> Self {
        Self {
            sold: false,
            tier,
            agents: None,
            analytics: true,
            providers: None,
        }
    }

    fn read(told: &Told, tier: Tier) -> Self {
        Self {
            sold: told.sold,
            tier: told.tier.parse().unwrap_or(tier),
            agents: told.agents,
            analytics: told.features.iter().any(|feature| feature == ANALYTICS),
            providers: told.providers,
        }
    }

    /// Whether an agent is in it: an assistant by the number of them and the features, any other by the least tier that it names.
    pub(crate) fn has_agent(&self, name: &AgentName) -> bool {
        let place = Assistant::ALL
            .iter()
            .position(|assistant| assistant.name() == name.name);
        match place {
            Some(place) => {
                let is_counted = self
                    .agents
                    .is_none_or(|most| u32::try_from(place).is_ok_and(|place| place < most));
                is_counted && (self.analytics || name.name != Assistant::Analytics.name())
            }
            None => self.tier >= name.least_tier,
        }
    }

    /// Whether so many providers of models are in it.
    pub(crate) fn has_providers(&self, count: u32) -> bool {
        self.providers.is_none_or(|most| count <= most)
    }

    /// Whether what is for a tier is in it.
    pub(crate) fn has_tier(&self, least: Tier) -> bool {
        !self.sold || self.tier >= least
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Entitlements {
    /// None where no billing-svc is within reach, and nothing is bounded.
    billing: Option<(RpcChannel, Caller)>,
    known: Cache<(Uuid, Tier), Entitled>,
    away: Arc<Cache<(), ()>>,
}

impl Entitlements {
    pub(crate) fn new(billing: Option<(RpcChannel, Caller)>) -> Self {
        let cache = || Cache::builder().time_to_live(REMEMBERED);
        Self {
            billing,
            known: cache().max_capacity(MOST_REMEMBERED).build(),
            away: Arc::new(Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build()),
        }
    }

    /// What the actor's tier contains.
    pub(crate) async fn find(&self, actor: &Actor) -> Entitled {
        let Some(billing) = &self.billing else {
            return Entitled::uncapped(actor.tier);
        };

        let asker = asker_of(actor);
        let key = (asker.user_id, asker.tier);
        if let Some(known) = self.known.get(&key) {
            return known;
        }
        if self.away.contains_key(&()) {
            return Entitled::of_tier(actor.tier);
        }

        let told = client(billing, asker)
            .get_entitlements(GetEntitlementsRequest {})
            .await;
        match told {
            Ok(told) => {
                let entitled = Entitled::read(told.get_ref(), actor.tier);
                self.known.insert(key, entitled);
                entitled
            }
            Err(status) => {
                note_absence(&status);
                self.away.insert((), ());
                Entitled::of_tier(actor.tier)
            }
        }
    }

    /// The least tier that has an agent, for whoever was refused it.
    pub(crate) async fn find_least(&self, actor: &Actor, name: &AgentName) -> Tier {
        self.find_first(actor, |entitled| entitled.has_agent(name))
            .await
            .unwrap_or(name.least_tier)
    }

    /// The least tier that reaches so many providers of models, for whoever was refused one.
    pub(crate) async fn find_least_of_providers(&self, actor: &Actor, count: u32) -> Tier {
        self.find_first(actor, |entitled| entitled.has_providers(count))
            .await
            .unwrap_or(Tier::Pro)
    }

    /// The least of the tiers that are told of that fits; none where nobody tells, or none fits.
    async fn find_first(&self, actor: &Actor, fits: impl Fn(&Entitled) -> bool) -> Option<Tier> {
        let billing = self.billing.as_ref()?;

        let plans = client(billing, asker_of(actor))
            .list_plans(ListPlansRequest {})
            .await;
        let plans = match plans {
            Ok(plans) => plans.into_inner().plans,
            Err(status) => {
                note_absence(&status);
                return None;
            }
        };
        let contents = plans.iter().filter_map(|plan| plan.contains.as_ref());
        let mut entitled = contents.map(|told| Entitled::read(told, Tier::Team));

        entitled.find(fits).map(|entitled| entitled.tier)
    }
}

/// Guests are one, for all of them have the same.
fn asker_of(actor: &Actor) -> Actor {
    match actor.guest {
        true => Actor::guest(Uuid::nil()),
        false => Actor::user(actor.user_id, actor.tier),
    }
}

fn client((channel, caller): &(RpcChannel, Caller), asker: Actor) -> BillingClient<Calling> {
    BillingClient::new(Calling::new(
        channel.clone(),
        caller.clone(),
        asker,
        RequestId::random(),
        TIMEOUT,
    ))
}

fn note_absence(status: &Status) {
    tracing::debug!(%status, "what a tier contains is not known: the contract's table counts");
}
