//! What happens to workflows and stories is told to their owner's webhooks, at least once and by one process at a time.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kit::clock::Clock;
use proto::Timestamp;
use proto::v1::{
    AnnounceEventRequest, CancelWorkflowRequest, CreateWebhookRequest, DeleteWebhookRequest, EventTypes,
    GetWebhookDeliveryRequest, GetWebhookRequest, ListWebhookDeliveriesRequest, ListWebhooksRequest,
    ReplayWebhookDeliveryRequest, RotateWebhookSecretRequest, UpdateWebhookRequest, Webhook, WebhookDelivery,
    WebhookDeliveryState,
};
use sha2::Sha256;
use tonic::Code;

use super::*;
use crate::tests::receiver::{Received, Receiver};
use crate::tests::world::{each_private_world, fields, problem};

impl Person {
    async fn hook(&self, url: &str, types: &[&str]) -> Result<Webhook, Status> {
        let request = CreateWebhookRequest {
            url: url.to_owned(),
            event_types: types.iter().map(|name| (*name).to_owned()).collect(),
            active: None,
        };
        Ok(self
            .webhooks()
            .create_webhook(self.ask(request))
            .await?
            .into_inner())
    }

    async fn deliveries(&self, webhook: &Webhook) -> Vec<WebhookDelivery> {
        let request = ListWebhookDeliveriesRequest {
            webhook_id: webhook.id.clone(),
            ..ListWebhookDeliveriesRequest::default()
        };
        let list = self.webhooks().list_webhook_deliveries(self.ask(request)).await;
        list.unwrap().into_inner().deliveries
    }

    /// Waits until the newest delivery stands so after so many attempts.
    async fn delivery_in(
        &self,
        webhook: &Webhook,
        state: WebhookDeliveryState,
        attempts: u32,
    ) -> WebhookDelivery {
        loop {
            if let Some(newest) = self.deliveries(webhook).await.into_iter().next()
                && newest.state() == state
                && newest.attempts == attempts
                && (newest.response_status.is_some() || newest.error.is_some())
                && !is_under_way(&newest)
            {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// An attempt that has not ended still shows how the one before did; it is due again when its lease of a minute is over.
fn is_under_way(delivery: &WebhookDelivery) -> bool {
    let (last, next) = (delivery.last_attempt_at, delivery.next_attempt_at);
    last.zip(next)
        .is_some_and(|(last, next)| next.seconds - last.seconds == 60)
}

fn types(received: &[Received]) -> Vec<String> {
    let of = |received: &Received| {
        let body: Value = serde_json::from_str(&received.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    };
    received.iter().map(of).collect()
}

/// As a receiver would with any library.
fn is_signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let at = &received.headers["webhook-timestamp"];
    mac.update(format!("{}.{at}.{}", received.id(), received.body).as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    received.headers["webhook-signature"]
        .split(' ')
        .any(|signature| signature == wanted)
}

#[tokio::test]
async fn what_happens_to_a_workflow_is_told_signed_and_logged() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        let all = user.hook(&format!("{}/all", receiver.base), &[]).await.unwrap();
        let some = user
            .hook(&format!("{}/some", receiver.base), &["workflow.failed"])
            .await
            .unwrap();
        assert!(all.active && all.secret != some.secret);
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;

        let received = receiver.wait_for(2).await;
        let told: BTreeSet<_> = types(&received).into_iter().collect();
        assert_eq!(
            told,
            ["workflow.completed", "workflow.started"]
                .map(str::to_owned)
                .into()
        );
        for message in &received {
            assert_eq!(message.path, "/all");
            assert_eq!(message.headers["content-type"], "application/json");
            assert!(is_signed(message, all.secret.as_deref().unwrap()));
            assert!(!is_signed(message, some.secret.as_deref().unwrap()));
        }
        let completed = received
            .iter()
            .find(|message| types(std::slice::from_ref(message)) == ["workflow.completed"]);
        let body: Value = serde_json::from_str(&completed.unwrap().body).unwrap();
        let done = user.workflow(&made.id).await.unwrap();
        assert_eq!(body["data"]["workflow_id"], made.id);
        assert_eq!(body["data"]["run_id"], done.run_id.unwrap());
        assert_eq!(body["data"]["progress"], 100.0);

        let newest = user.delivery_in(&all, WebhookDeliveryState::Delivered, 1).await;
        assert_eq!((newest.payload, newest.response_status), (None, Some(200)));
        let request = GetWebhookDeliveryRequest {
            webhook_id: all.id.clone(),
            id: newest.id.clone(),
        };
        let whole = user.webhooks().get_webhook_delivery(user.ask(request)).await;
        let whole = whole.unwrap().into_inner();
        assert_eq!(whole.response_head.as_deref(), Some("taken"));
        assert!(
            received
                .iter()
                .any(|message| Some(&message.body) == whole.payload.as_ref())
        );
        assert_eq!(user.deliveries(&some).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_story_and_what_nobody_holds_are_told_too() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        let kinds = ["story.cancelled", "workflow.cancelled"];
        user.hook(&receiver.base, &kinds).await.unwrap();
        let story = user.create(crate::tests::world::request()).await.unwrap();
        user.cancel(&story.id).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        let request = CancelWorkflowRequest { id: made.id };
        user.workflows().cancel_workflow(user.ask(request)).await.unwrap();

        let _worker = world.worker().await;
        let received = receiver.wait_for(2).await;
        let told: BTreeSet<_> = types(&received).into_iter().collect();
        assert_eq!(told, kinds.map(str::to_owned).into());
        assert!(received.iter().any(|message| message.body.contains(&story.id)));
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_fails_is_sent_again_later_and_replayed_under_its_id() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        receiver.answer_with("503 Not Now", "come back");
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();

        let failed = user.delivery_in(&hook, WebhookDeliveryState::Pending, 1).await;
        assert_eq!(failed.response_status, Some(503));
        assert_eq!(failed.error.as_deref(), Some("It answered with 503."));
        let wait = failed.next_attempt_at.unwrap().seconds - world.clock.now().timestamp();
        assert!((4..=6).contains(&wait), "{wait}");

        world.clock.advance(Duration::from_secs(6));
        user.delivery_in(&hook, WebhookDeliveryState::Pending, 2).await;
        receiver.answer_with("200 OK", "");
        world.clock.advance(Duration::from_secs(331));
        let done = user.delivery_in(&hook, WebhookDeliveryState::Delivered, 3).await;
        assert_eq!((done.error, done.next_attempt_at), (None, None));

        let request = ReplayWebhookDeliveryRequest {
            webhook_id: hook.id.clone(),
            id: done.id.clone(),
        };
        let replayed = user.webhooks().replay_webhook_delivery(user.ask(request)).await;
        assert_eq!(
            replayed.unwrap().into_inner().state(),
            WebhookDeliveryState::Pending
        );
        let received = receiver.wait_for(4).await;
        let ids: BTreeSet<_> = received.iter().map(Received::id).collect();
        assert_eq!(ids.len(), 1);
        assert!(received.iter().all(|message| message.body == received[0].body));
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_gone_turns_a_webhook_off() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        let elsewhere = Receiver::start().await;
        receiver.answer_with(&format!("302 Found\r\nlocation: {}", elsewhere.base), "");
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();

        let failed = user.delivery_in(&hook, WebhookDeliveryState::Pending, 1).await;
        assert_eq!(failed.response_status, Some(302));
        receiver.answer_with("410 Gone", "no more");
        world.clock.advance(Duration::from_secs(6));
        user.delivery_in(&hook, WebhookDeliveryState::Failed, 2).await;
        assert!(
            elsewhere.received().is_empty(),
            "nobody goes where an answer points"
        );

        let request = GetWebhookRequest { id: hook.id };
        let hook = user.webhooks().get_webhook(user.ask(request)).await;
        assert!(!hook.unwrap().into_inner().active);
    })
    .await;
}

#[tokio::test]
async fn a_long_answer_is_read_no_further_than_its_head() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        receiver.answer_with("200 OK", &"\0x".repeat(5 << 20));
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();

        let done = user.delivery_in(&hook, WebhookDeliveryState::Delivered, 1).await;
        let request = GetWebhookDeliveryRequest {
            webhook_id: hook.id,
            id: done.id,
        };
        let whole = user.webhooks().get_webhook_delivery(user.ask(request)).await;
        let head = whole.unwrap().into_inner().response_head.unwrap();
        assert_eq!(head.chars().count(), 1024);
    })
    .await;
}

#[tokio::test]
async fn what_a_process_was_sending_when_it_died_is_sent_by_the_next() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        receiver.fall_silent();
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        receiver.wait_for(1).await;
        worker.crash().await;

        receiver.answer_with("204 No Content", "");
        world.clock.advance(Duration::from_secs(61));
        let _worker = world.worker().await;
        user.delivery_in(&hook, WebhookDeliveryState::Delivered, 2).await;
        let received = receiver.wait_for(2).await;
        assert_eq!(received[0].id(), received[1].id());
    })
    .await;
}

#[tokio::test]
async fn two_processes_deliver_each_event_once() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let _workers = (world.worker().await, world.worker().await);
        let mut made = Vec::new();
        for n in 0..12 {
            let workflow = user.make("steps").await;
            user.execute(&workflow.id, &json!({ "n": n })).await.unwrap();
            made.push(workflow.id);
        }
        for id in &made {
            user.stands(id, WorkflowStatus::Completed).await;
        }

        let received = receiver.wait_for(made.len()).await;
        // Whoever is told twice is told soon.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let ids: BTreeSet<_> = received.iter().map(|message| message.id().to_owned()).collect();
        assert_eq!((ids.len(), receiver.received().len()), (made.len(), made.len()));
    })
    .await;
}

#[tokio::test]
async fn both_secrets_sign_for_a_day_after_a_rotation() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        let rotate = RotateWebhookSecretRequest { id: hook.id.clone() };
        let rotated = user.webhooks().rotate_webhook_secret(user.ask(rotate)).await;
        let (old, new) = (
            hook.secret.unwrap(),
            rotated.unwrap().into_inner().secret.unwrap(),
        );
        user.define("steps", THREE_STEPS).await.unwrap();
        let _worker = world.worker().await;
        for hours in [0, 25] {
            world.clock.advance(Duration::from_secs(hours * 3600));
            let made = user.make("steps").await;
            user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
            user.stands(&made.id, WorkflowStatus::Completed).await;
            receiver.wait_for(if hours == 0 { 1 } else { 2 }).await;
        }

        let received = receiver.received();
        assert!(is_signed(&received[0], &old) && is_signed(&received[0], &new));
        assert!(!is_signed(&received[1], &old) && is_signed(&received[1], &new));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_may_not_be_called_is_refused_with_its_field() {
    each_world(|world| async move {
        let user = world.user();
        for url in [
            "",
            "hooks",
            "http://example.org/",
            "ftp://example.org/",
            "https://user:pass@example.org/",
            "https://127.0.0.1/",
            "https://0.0.0.0/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://localhost./",
            "https://db.internal/",
            "https://intranet/",
        ] {
            let refused = user.hook(url, &[]).await.unwrap_err();
            assert_eq!(fields(&refused), ["url"], "{url}");
        }
        let long = format!("https://example.org/{}", "a".repeat(10 << 20));
        let refused = user.hook(&long, &["workflow.exploded"]).await;
        assert!(refused.is_err());
        let refused = user
            .hook("https://example.org/", &["workflow.exploded", "x' OR '1'='1"])
            .await
            .unwrap_err();
        assert_eq!(fields(&refused), ["event_types"]);

        for _ in 0..20 {
            user.hook("https://example.org/hook", &[]).await.unwrap();
        }
        let refused = user.hook("https://example.org/hook", &[]).await.unwrap_err();
        assert_eq!(problem(&refused).1, "TOO_MANY_WEBHOOKS");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_called() {
    each_private_world(|world| async move {
        let (user, receiver) = (world.user(), Receiver::start().await);
        let port = receiver.base.rsplit(':').next().unwrap().to_owned();
        let hook = user
            .hook(&format!("http://localhost:{port}/"), &["workflow.completed"])
            .await
            .unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();

        // Where no private address may be called, as everywhere but in tests.
        let _worker = world.public_worker().await;
        let failed = user.delivery_in(&hook, WebhookDeliveryState::Failed, 1).await;
        assert!(failed.error.unwrap().contains("localhost"));
        assert!(receiver.received().is_empty());
    })
    .await;
}

#[tokio::test]
async fn no_webhook_of_somebody_else_is_seen_changed_or_replayed() {
    each_private_world(|world| async move {
        let (user, stranger, receiver) = (world.user(), world.user(), Receiver::start().await);
        let hook = user.hook(&receiver.base, &["workflow.completed"]).await.unwrap();
        let own = stranger.hook(&receiver.base, &["workflow.failed"]).await.unwrap();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        let delivery = user.delivery_in(&hook, WebhookDeliveryState::Delivered, 1).await;

        let mut client = stranger.webhooks();
        let id = || hook.id.clone();
        let mut refused = vec![
            client
                .get_webhook(stranger.ask(GetWebhookRequest { id: id() }))
                .await
                .map(drop),
            client
                .update_webhook(stranger.ask(UpdateWebhookRequest {
                    id: id(),
                    url: Some("http://example.org/".to_owned()),
                    event_types: Some(EventTypes::default()),
                    active: Some(false),
                }))
                .await
                .map(drop),
            client
                .delete_webhook(stranger.ask(DeleteWebhookRequest { id: id() }))
                .await
                .map(drop),
            client
                .rotate_webhook_secret(stranger.ask(RotateWebhookSecretRequest { id: id() }))
                .await
                .map(drop),
            client
                .list_webhook_deliveries(stranger.ask(ListWebhookDeliveriesRequest {
                    webhook_id: id(),
                    ..ListWebhookDeliveriesRequest::default()
                }))
                .await
                .map(drop),
        ];
        // Also by way of a webhook of one's own.
        for webhook_id in [id(), own.id] {
            refused.push(
                client
                    .get_webhook_delivery(stranger.ask(GetWebhookDeliveryRequest {
                        webhook_id: webhook_id.clone(),
                        id: delivery.id.clone(),
                    }))
                    .await
                    .map(drop),
            );
            refused.push(
                client
                    .replay_webhook_delivery(stranger.ask(ReplayWebhookDeliveryRequest {
                        webhook_id,
                        id: delivery.id.clone(),
                    }))
                    .await
                    .map(drop),
            );
        }
        for refused in refused {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }

        let list = client
            .list_webhooks(stranger.ask(ListWebhooksRequest {}))
            .await
            .unwrap();
        assert_eq!(list.into_inner().webhooks.len(), 1);
        assert_eq!(receiver.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_another_service_announces_is_told_once_and_only_a_service_says_so() {
    each_private_world(|world| async move {
        let ada = world.user();
        let receiver = Receiver::start().await;
        let all = ada.hook(&format!("{}/all", receiver.base), &[]).await.unwrap();
        ada.hook(&format!("{}/some", receiver.base), &["story.completed"])
            .await
            .unwrap();

        let _worker = world.worker().await;

        let event = AnnounceEventRequest {
            id: kit::ids::random_id().to_string(),
            user_id: ada.actor.user_id.to_string(),
            event_type: "backup.overdue".to_owned(),
            at: Some(Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            }),
            data: r#"{"device":"laptop"}"#.to_owned(),
        };
        let refused = ada.webhook_events().announce_event(ada.ask(event.clone())).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);

        let service = world.service_caller();
        for _ in 0..3 {
            let told = service
                .webhook_events()
                .announce_event(service.ask(event.clone()))
                .await;
            assert_eq!(told.unwrap().into_inner().deliveries, 1);
        }
        let delivery = ada.delivery_in(&all, WebhookDeliveryState::Delivered, 1).await;
        assert_eq!(ada.deliveries(&all).await.len(), 1);
        assert_eq!(delivery.event_type, "backup.overdue");

        let wrong = [
            AnnounceEventRequest {
                event_type: "story.completed".to_owned(),
                ..event.clone()
            },
            AnnounceEventRequest {
                data: "[]".to_owned(),
                ..event.clone()
            },
            AnnounceEventRequest { at: None, ..event },
        ];
        let mut named = Vec::new();
        for request in wrong {
            let status = service
                .webhook_events()
                .announce_event(service.ask(request))
                .await
                .unwrap_err();
            named.extend(fields(&status));
        }
        assert_eq!(named, ["event_type", "data", "at"]);
    })
    .await;
}
