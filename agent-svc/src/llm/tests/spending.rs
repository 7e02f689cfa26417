//! Every provider call is reserved before it is made and settled after it, however it ends.

use kit::actor::{ActorKey, Tier};
use kit::error::{ErrorKind, Problem, Quota, ServiceError};
use kit::ids::SystemIds;
use kit::rpc::{Caller, RpcChannel, actor_of, guard};
use kit::secrets::Key;
use proto::v1;
use proto::v1::spending_server::{Spending, SpendingServer};
use proto::v1::{
    CreateBudgetRequest, DeleteBudgetRequest, DeleteBudgetResponse, GetUsageRequest, ListBudgetsRequest,
    ListBudgetsResponse, ReleaseSpendRequest, ReleaseSpendResponse, ReserveSpendRequest,
    ReserveSpendResponse, SettleSpendRequest, SettleSpendResponse, SpendCall, UpdateBudgetRequest,
    WatchUsageRequest,
};
use serde_json::json;
use tokio_stream::Empty;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use uuid::Uuid;

use super::*;
use crate::llm::frames::Observed;
use crate::llm::testing::{Answer, End, Script};

const USER: Uuid = Uuid::from_u128(7);
const KEY_ID: Uuid = Uuid::from_u128(8);

/// What billing-svc heard.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Reserved(SpendCall, Quantities),
    Settled(String, Quantities),
    Released(String),
}

/// Billing-svc as far as agents know it.
#[derive(Clone, Default)]
struct FakeBooks {
    heard: Arc<Mutex<Vec<Heard>>>,
    refuses: bool,
    /// Output tokens that a call may have at most.
    room: Option<u64>,
    /// Nothing binds the calls.
    is_free: bool,
    /// No settlement is taken before it.
    opens: Option<CancellationToken>,
}

impl FakeBooks {
    fn note(&self, heard: Heard) {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(heard);
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("agents don't ask this"))
}

#[tonic::async_trait]
impl Spending for FakeBooks {
    type WatchUsageStream = Empty<Result<v1::Usage, Status>>;

    async fn reserve_spend(
        &self,
        request: tonic::Request<ReserveSpendRequest>,
    ) -> Result<Response<ReserveSpendResponse>, Status> {
        let actor = actor_of(&request)?;
        assert!(actor.has_scope("service"));
        assert_eq!((actor.user_id, actor.tier), (USER, Tier::Pro));
        let output = request.get_ref().quantities.unwrap_or_default().output_tokens;
        if self.refuses || self.room.is_some_and(|room| output > room) {
            let quota = Quota {
                limit: 10,
                used: 7,
                resets_at: Some(99),
            };
            let problem = Problem::new(ErrorKind::ResourceExhausted, "BUDGET_EXHAUSTED", "No room.");
            return Err(Problem {
                quota: Some(Box::new(quota)),
                retry_after: Some(Duration::from_secs(60)),
                ..problem
            }
            .into_status());
        }

        let message = request.into_inner();
        let heard = Heard::Reserved(message.call.unwrap(), message.quantities.unwrap());
        self.note(heard);
        Ok(Response::new(ReserveSpendResponse {
            held: !self.is_free,
            reserved_micro_usd: 0,
        }))
    }

    async fn settle_spend(
        &self,
        request: tonic::Request<SettleSpendRequest>,
    ) -> Result<Response<SettleSpendResponse>, Status> {
        if let Some(opens) = &self.opens {
            opens.cancelled().await;
        }
        let message = request.into_inner();
        self.note(Heard::Settled(
            message.call.unwrap().id,
            message.quantities.unwrap(),
        ));
        Ok(Response::new(SettleSpendResponse { cost_micro_usd: 0 }))
    }

    async fn release_spend(
        &self,
        request: tonic::Request<ReleaseSpendRequest>,
    ) -> Result<Response<ReleaseSpendResponse>, Status> {
        self.note(Heard::Released(request.into_inner().id));
        Ok(Response::new(ReleaseSpendResponse {}))
    }

    async fn list_budgets(
        &self,
        _: tonic::Request<ListBudgetsRequest>,
    ) -> Result<Response<ListBudgetsResponse>, Status> {
        unasked()
    }

    async fn create_budget(
        &self,
        _: tonic::Request<CreateBudgetRequest>,
    ) -> Result<Response<v1::Budget>, Status> {
        unasked()
    }

    async fn update_budget(
        &self,
        _: tonic::Request<UpdateBudgetRequest>,
    ) -> Result<Response<v1::Budget>, Status> {
        unasked()
    }

    async fn delete_budget(
        &self,
        _: tonic::Request<DeleteBudgetRequest>,
    ) -> Result<Response<DeleteBudgetResponse>, Status> {
        unasked()
    }

    async fn get_usage(&self, _: tonic::Request<GetUsageRequest>) -> Result<Response<v1::Usage>, Status> {
        unasked()
    }

    async fn watch_usage(
        &self,
        _: tonic::Request<WatchUsageRequest>,
    ) -> Result<Response<Self::WatchUsageStream>, Status> {
        unasked()
    }
}

/// The rig's providers behind a gateway that keeps these books.
fn keeping(rig: &Rig, books: &FakeBooks) -> (Gateway, Spender) {
    let (key, clock) = (ActorKey::new(Key::random()), rig.clock.shared());
    let routes = tonic::service::Routes::new(SpendingServer::new(books.clone()));
    let channel = RpcChannel::local(guard(routes, key.clone(), clock.clone()));
    let spender = Spender::new(channel, Caller::new(key, clock.clone()), SystemIds::shared());

    let deps = GatewayDeps::new(clock, Arc::clone(&rig.books) as Arc<dyn UsageSink>);
    let deps = deps.with_spender(Some(spender.clone()));
    let gateway = Gateway::new(&config(&rig.fakes), deps).expect("a valid configuration");
    (gateway, spender)
}

fn paid_call() -> Call {
    let account = AccountName {
        user_id: USER,
        tier: Tier::Pro,
    };
    Call {
        user: account.to_string(),
        key: Some(KEY_ID),
        ..call()
    }
}

#[tokio::test]
async fn a_chat_that_nothing_binds_waits_for_no_settlement_and_is_settled_all_the_same() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    let opens = CancellationToken::new();
    let books = FakeBooks {
        is_free: true,
        opens: Some(opens.clone()),
        ..FakeBooks::default()
    };
    let (gateway, spender) = keeping(&rig, &books);
    rig.fake().will([Script::say("Hello.")]);

    let call = Call {
        own_connections: Some(OwnConnections::default()),
        ..paid_call()
    };
    gateway.complete(&call, request(), &mut Silent).await.unwrap();
    assert!(matches!(books.heard()[..], [Heard::Reserved(..)]));

    opens.cancel();
    spender.flush().await;
    assert!(matches!(
        books.heard()[..],
        [Heard::Reserved(..), Heard::Settled(..)]
    ));
}

#[tokio::test]
async fn a_call_is_reserved_at_most_and_settled_with_what_the_provider_counted() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    let books = FakeBooks::default();
    let (gateway, _) = keeping(&rig, &books);
    rig.fake().will([Script::say("Hello.")]);

    gateway
        .complete(&paid_call(), request(), &mut Silent)
        .await
        .unwrap();

    let heard = books.heard();
    let [Heard::Reserved(call, most), Heard::Settled(id, used)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(id, &call.id);
    assert_eq!(
        (
            call.provider.as_str(),
            call.model.as_str(),
            call.model_class.as_str()
        ),
        ("p0", "m", "test.agent")
    );
    assert_eq!(call.key_id, KEY_ID.to_string());
    assert_eq!(most.output_tokens, 1_000);
    assert!(most.input_tokens > 64, "{most:?}");
    assert_eq!((used.input_tokens, used.output_tokens), (100, 20));
}

#[tokio::test]
async fn without_room_no_provider_is_asked_and_it_is_said_how_much_there_is() {
    let rig = Rig::new(&[ProviderKind::Anthropic, ProviderKind::OpenAi]).await;
    let books = FakeBooks {
        refuses: true,
        ..FakeBooks::default()
    };
    let (gateway, _) = keeping(&rig, &books);

    let refused = gateway.complete(&paid_call(), request(), &mut Silent).await;
    let refused = refused.expect_err("no room");

    assert_eq!(
        (
            refused.kind(),
            refused.reason(),
            refused.public_message().as_str()
        ),
        (ErrorKind::ResourceExhausted, "BUDGET_EXHAUSTED", "No room.")
    );
    let quota = refused.quota().expect("how much there is");
    assert_eq!((quota.limit, quota.used, quota.resets_at), (10, 7, Some(99)));
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(60)));
    assert!(rig.fakes.iter().all(|fake| fake.asked().is_empty()));
    assert!(books.heard().is_empty());
}

/// Of a caller who takes half an answer, too.
fn patient_request() -> Request {
    let mut request = request();
    request.sampling.keeps_truncated = true;
    request
}

/// About 3 tokens a word, as words are reckoned here.
fn many_words() -> Script {
    Script::say(&"word ".repeat(300))
}

#[tokio::test]
async fn an_answer_takes_more_room_as_it_grows_and_is_settled_with_what_the_provider_counted() {
    for kind in KINDS {
        let rig = Rig::new(&[kind]).await;
        let books = FakeBooks::default();
        let (gateway, _) = keeping(&rig, &books);
        rig.fake().will([many_words()]);

        let reply = gateway
            .complete(&paid_call(), patient_request(), &mut Silent)
            .await;
        let reply = reply.unwrap();
        assert_eq!((reply.finish, &reply.cut), (Finish::Stop, &None), "{kind:?}");

        let heard = books.heard();
        let [reserved @ .., Heard::Settled(id, used)] = heard.as_slice() else {
            panic!("{kind:?}: {heard:?}")
        };
        let held: Vec<u64> = reserved
            .iter()
            .map(|heard| match heard {
                Heard::Reserved(call, most) if call.id == *id => most.output_tokens,
                other => panic!("{kind:?}: {other:?}"),
            })
            .collect();
        assert_eq!(held, [256, 512, 1_000], "{kind:?}");
        assert_eq!((used.input_tokens, used.output_tokens), (100, 20), "{kind:?}");
    }
}

#[tokio::test]
async fn where_the_room_ends_the_answer_ends_and_what_was_written_is_kept_and_settled() {
    for kind in KINDS {
        let rig = Rig::new(&[kind]).await;
        let books = FakeBooks {
            room: Some(600),
            ..FakeBooks::default()
        };
        let (gateway, _) = keeping(&rig, &books);
        rig.fake().will([many_words()]);

        let mut events = Vec::new();
        let reply = gateway
            .complete(&paid_call(), patient_request(), &mut events)
            .await;
        let reply = reply.unwrap();
        assert_eq!(reply.finish, Finish::Length, "{kind:?}");
        let cut = reply.cut.as_ref().expect("why it ended");
        assert_eq!(
            (cut.reason(), cut.public_message().as_str()),
            ("BUDGET_EXHAUSTED", "No room."),
            "{kind:?}"
        );
        assert!(reply.text().starts_with("word word "), "{kind:?}");
        let told: String = events
            .iter()
            .filter_map(|event| match event {
                Event::Delta(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(told, reply.text(), "{kind:?}");

        let heard = books.heard();
        let Some(Heard::Settled(_, used)) = heard.last() else {
            panic!("{kind:?}: {heard:?}")
        };
        assert!((150..=512).contains(&used.output_tokens), "{kind:?}: {used:?}");
        assert!(used.input_tokens > 0, "{kind:?}: {used:?}");
        assert_eq!(rig.outcomes().len(), 1, "{kind:?}: nobody else is asked");
    }
}

#[tokio::test]
async fn a_call_that_failed_is_given_back_and_the_next_one_reserved_anew() {
    let rig = Rig::new(&[ProviderKind::Anthropic, ProviderKind::OpenAi]).await;
    let books = FakeBooks::default();
    let (gateway, _) = keeping(&rig, &books);
    rig.fake().will([Script::status(404)]);
    rig.fakes[1].will([Script::say("Hello.")]);

    gateway
        .complete(&paid_call(), request(), &mut Silent)
        .await
        .unwrap();

    let heard = books.heard();
    let [
        Heard::Reserved(first, _),
        Heard::Released(given_back),
        Heard::Reserved(second, _),
        Heard::Settled(settled, _),
    ] = heard.as_slice()
    else {
        panic!("{heard:?}")
    };
    assert_eq!((given_back, settled), (&first.id, &second.id));
}

#[tokio::test]
async fn a_call_that_is_dropped_is_settled_with_what_was_seen_of_it() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    let books = FakeBooks::default();
    let (gateway, spender) = keeping(&rig, &books);
    rig.fake()
        .will([Answer::new("Once upon").end(End::Stalls).into()]);

    let (sender, mut events) = tokio::sync::mpsc::channel(8);
    let task = tokio::spawn(async move {
        let mut sink = sender;
        gateway.complete(&paid_call(), request(), &mut sink).await
    });
    assert!(matches!(events.recv().await, Some(Event::Delta(_))));
    task.abort();
    rig.fake().until_closed(1).await;
    spender.flush().await;

    let heard = books.heard();
    let [Heard::Reserved(..), Heard::Settled(_, used)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    // One word was heard at least.
    assert!(
        used.input_tokens == 100 && (2..=4).contains(&used.output_tokens),
        "{used:?}"
    );
}

#[test]
fn what_providers_count_is_told_apart_by_kind() {
    let told = |usage: Value| {
        let observed = Observed::default();
        observed.read(&usage);
        observed.tokens().quantities()
    };

    assert_eq!(
        told(json!({"usage": {"input_tokens": 10, "cache_read_input_tokens": 30, "output_tokens": 5}})),
        Quantities {
            input_tokens: 10,
            cached_input_tokens: 30,
            output_tokens: 5,
            ..Quantities::default()
        }
    );
    assert_eq!(
        told(json!({"usage": {
            "prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 10},
            "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 5}
        }})),
        Quantities {
            input_tokens: 30,
            cached_input_tokens: 60,
            output_tokens: 25,
            reasoning_tokens: 20,
            audio_tokens: 15,
            ..Quantities::default()
        }
    );
    assert_eq!(
        told(json!({"usageMetadata": {
            "promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 7, "thoughtsTokenCount": 9
        }})),
        Quantities {
            input_tokens: 60,
            cached_input_tokens: 40,
            output_tokens: 7,
            reasoning_tokens: 9,
            ..Quantities::default()
        }
    );
}
