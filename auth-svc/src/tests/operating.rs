//! What whoever operates the platform does.

use std::sync::Arc;

use futures::TryStreamExt;
use kit::db::is_transient;
use kit::error::ErrorKind;
use kit::on_write;
use proto::v1::{
    AuditEvent, ExportAuditRequest, FindUserRequest, ListUsersRequest, LogoutRequest, LogoutScope,
    MintTokenRequest, SetDisabledRequest, SetTierRequest,
};

use super::managing::change_password;
use super::world::{PASSWORD, World, each_world, inner, is_refused, kind};

/// Acts that concern a user, oldest first, and where they came from.
pub(super) async fn exported(world: &Arc<World>, user: &str) -> (Vec<String>, Vec<String>) {
    let events = export(world, "")
        .await
        .into_iter()
        .filter(|event| event.user_id == user);
    events.map(|event| (event.action, event.address)).unzip()
}

/// All events but those of exports.
async fn export(world: &Arc<World>, since: &str) -> Vec<AuditEvent> {
    let mut events = export_all(world, since).await;
    events.retain(|event| event.action != "audit_exported");
    events
}

async fn export_all(world: &Arc<World>, since: &str) -> Vec<AuditEvent> {
    let operator = world.operator();
    let message = ExportAuditRequest {
        since: since.to_owned(),
        client: operator.client(),
    };
    let stream = operator
        .operators()
        .export_audit(operator.ask(message))
        .await
        .unwrap()
        .into_inner();

    stream.try_collect().await.unwrap()
}

#[tokio::test]
async fn users_are_found_listed_and_given_a_tier() {
    each_world(|world| async move {
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            world.clock.advance(std::time::Duration::from_secs(1));
            ids.push(world.account(&format!("{name}@example.org")).await.0.id());
        }

        let operator = world.operator();
        let (mut listed, mut token) = (Vec::new(), String::new());
        for _ in 0..2 {
            let message = ListUsersRequest {
                page_size: 2,
                page_token: token,
                client: None,
            };

            let page = operator
                .operators()
                .list_users(operator.ask(message))
                .await
                .unwrap()
                .into_inner();

            listed.extend(page.users);
            token = page.next_page_token;
        }

        let found: Vec<_> = listed.iter().rev().map(|user| user.id.clone()).collect();
        assert_eq!((found, token.as_str()), (ids.clone(), ""));

        for name in [ids[0].as_str(), "A@example.org", &listed[2].username] {
            let message = FindUserRequest {
                identifier: name.to_owned(),
                client: None,
            };
            let user = operator
                .operators()
                .find_user(operator.ask(message))
                .await
                .unwrap()
                .into_inner();

            assert_eq!(user.id, ids[0], "{name}");
        }

        let nobody = FindUserRequest {
            identifier: "nobody".to_owned(),
            client: None,
        };
        assert_eq!(
            kind(inner(operator.operators().find_user(operator.ask(nobody)).await)).0,
            ErrorKind::NotFound
        );

        let set = |id: &str, tier: &str| SetTierRequest {
            user_id: id.to_owned(),
            tier: tier.to_owned(),
            client: None,
        };

        let user = operator
            .operators()
            .set_tier(operator.ask(set(&ids[1], "team")))
            .await
            .unwrap()
            .into_inner();

        assert_eq!(user.tier, "team");

        let wrong = inner(
            operator
                .operators()
                .set_tier(operator.ask(set(&ids[1], "root")))
                .await,
        )
        .unwrap_err();

        assert_eq!(wrong.fields[0].field, "tier");

        let event = export(&world, "")
            .await
            .into_iter()
            .find(|event| event.action == "tier_set")
            .unwrap();

        assert_eq!(
            (
                event.actor.as_str(),
                event.user_id.as_str(),
                event.target.as_str()
            ),
            ("operator", ids[1].as_str(), "team")
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_may_read_everything_is_read_of_too() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let operator = world.operator();
        let listing = ListUsersRequest {
            client: operator.client(),
            ..Default::default()
        };
        operator
            .operators()
            .list_users(operator.ask(listing))
            .await
            .unwrap();
        let finding = FindUserRequest {
            identifier: "ada@example.org".to_owned(),
            client: operator.client(),
        };
        operator
            .operators()
            .find_user(operator.ask(finding))
            .await
            .unwrap();

        let events = export_all(&world, "").await;

        for (action, user) in [
            ("users_listed", String::new()),
            ("user_read", ada.id()),
            ("audit_exported", String::new()),
        ] {
            let event = events.iter().find(|event| event.action == action).expect(action);
            assert_eq!(
                (&event.user_id, event.actor.as_str(), event.user_agent.as_str()),
                (&user, "operator", "a test")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_disabled_user_fails_everywhere_until_enabled_again() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let operator = world.operator();
        let set = |disabled| SetDisabledRequest {
            user_id: ada.id(),
            disabled,
            client: None,
        };

        let user = operator
            .operators()
            .set_disabled(operator.ask(set(true)))
            .await
            .unwrap()
            .into_inner();

        assert!(user.disabled && !ada.stands().await);

        is_refused(ada.refresh(&grant.refresh_token).await);
        is_refused(world.guest().login("ada@example.org", PASSWORD).await);

        assert_eq!(kind(ada.me().await).0, ErrorKind::Unauthenticated);

        let mint = |seconds| MintTokenRequest {
            user_id: ada.id(),
            lifetime_seconds: seconds,
            client: None,
        };
        let refused = inner(operator.operators().mint_token(operator.ask(mint(0))).await);

        assert_eq!(kind(refused).0, ErrorKind::InvalidArgument);

        operator
            .operators()
            .set_disabled(operator.ask(set(false)))
            .await
            .unwrap();

        assert!(!ada.stands().await, "old sessions do not come back");

        ada.login("ada@example.org", PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_development_token_is_good_for_as_long_as_asked_or_until_its_user_signs_out_everywhere() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let operator = world.operator();
        let mint = |seconds| MintTokenRequest {
            user_id: ada.id(),
            lifetime_seconds: seconds,
            client: None,
        };

        let grant = operator
            .operators()
            .mint_token(operator.ask(mint(86_400)))
            .await
            .unwrap()
            .into_inner();

        assert_eq!((grant.expires_in, grant.refresh_token.as_str()), (86_400, ""));

        let bearer = world.bearer(&grant).await;
        assert!(bearer.stands().await);
        assert_eq!(bearer.me().await.unwrap().id, ada.id());

        // Nobody signed in for it, so it shows nobody to be the owner.
        let changed = change_password(&bearer, PASSWORD, "another unusual sentence").await;
        assert_eq!(kind(changed).1, "RECENT_SIGN_IN_NEEDED");

        let message = LogoutRequest {
            scope: LogoutScope::Global.into(),
            ..Default::default()
        };
        ada.auth().logout(ada.ask(message)).await.unwrap();
        assert!(!bearer.stands().await);

        let long = inner(
            operator
                .operators()
                .mint_token(operator.ask(mint(32 * 86_400)))
                .await,
        )
        .unwrap_err();

        assert_eq!(long.fields[0].field, "lifetime_seconds");
        let ada = world
            .bearer(&ada.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        assert!(ada.acts().await.contains(&"token_minted".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn nobody_but_an_operator_operates() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        for person in [&ada, &world.guest()] {
            let mut operators = person.operators();
            let id = ada.id();
            let kinds = [
                kind(inner(
                    operators
                        .list_users(person.ask(ListUsersRequest::default()))
                        .await,
                ))
                .0,
                kind(inner(
                    operators
                        .find_user(person.ask(FindUserRequest {
                            identifier: id.clone(),
                            client: None,
                        }))
                        .await,
                ))
                .0,
                kind(inner(
                    operators
                        .set_tier(person.ask(SetTierRequest {
                            user_id: id.clone(),
                            tier: "team".into(),
                            client: None,
                        }))
                        .await,
                ))
                .0,
                kind(inner(
                    operators
                        .set_disabled(person.ask(SetDisabledRequest {
                            user_id: id.clone(),
                            disabled: true,
                            client: None,
                        }))
                        .await,
                ))
                .0,
                kind(inner(
                    operators
                        .mint_token(person.ask(MintTokenRequest {
                            user_id: id,
                            lifetime_seconds: 0,
                            client: None,
                        }))
                        .await,
                ))
                .0,
                operators
                    .export_audit(person.ask(ExportAuditRequest::default()))
                    .await
                    .err()
                    .map(|status| kit::ErrorKind::from_code(status.code()))
                    .unwrap(),
            ];

            assert_eq!(kinds, [ErrorKind::PermissionDenied; 6]);
        }

        assert_eq!(ada.me().await.unwrap().tier, "free");
    })
    .await;
}

#[tokio::test]
async fn the_log_can_be_added_to_and_nothing_else() {
    each_world(|world| async move {
        world.account("ada@example.org").await;

        let before = export(&world, "").await;

        for sql in [
            "DELETE FROM audit_events",
            "UPDATE audit_events SET action = 'nothing'",
            "UPDATE audit_events SET address = '', user_agent = '', actor = 'somebody'",
            "UPDATE audit_events SET address = '192.0.2.99'",
        ] {
            let refused =
                on_write!(world.db.system(), c => sqlx::query(sql).execute(c).await.map(drop)).unwrap_err();
            assert!(
                !is_transient(&refused) && refused.to_string().contains("never changed"),
                "{sql}: {refused}"
            );
        }

        assert_eq!(export(&world, "").await, before);
        assert!(export(&world, "2027-01-01T00:00:00Z").await.is_empty());

        let operator = world.operator();
        let wrong = operator
            .operators()
            .export_audit(operator.ask(ExportAuditRequest {
                since: "x".into(),
                client: None,
            }))
            .await;

        assert_eq!(
            wrong.err().map(|status| status.code()),
            Some(tonic::Code::InvalidArgument)
        );
    })
    .await;
}

#[tokio::test]
async fn an_export_of_many_events_is_whole_and_in_order() {
    each_world(|world| async move {
        let guest = world.guest();
        for number in 0..620 {
            let at = guest
                .clone()
                .at(&format!("10.{}.{}.1", number / 200, number % 200));
            assert!(at.login(&format!("u{number}"), PASSWORD).await.is_err());
        }

        let events = export(&world, "").await;
        assert_eq!(events.len(), 620);
        assert!(
            events
                .windows(2)
                .all(|pair| (&pair[0].at, &pair[0].id) < (&pair[1].at, &pair[1].id))
        );
    })
    .await;
}
