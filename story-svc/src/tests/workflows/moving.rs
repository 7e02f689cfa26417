//! Forked, exported, imported, shared, listed and deleted.

use proto::v1::{
    DeleteWorkflowRequest, ExportWorkflowRequest, ForkWorkflowRequest, GetSharedWorkflowRequest,
    ImportWorkflowRequest, ListWorkflowSessionsRequest, ListWorkflowSharesRequest, ListWorkflowsRequest,
    RevokeWorkflowShareRequest, ShareWorkflowRequest, UpdateWorkflowRequest, WatchSharedWorkflowRequest,
    WorkflowFilter, WorkflowStatus,
};
use serde_json::json;
use tonic::Code;

use super::*;
use crate::tests::world::{fields, problem};

async fn export(user: &Person, id: &str) -> Value {
    let request = ExportWorkflowRequest { id: id.to_owned() };
    let bundle = user
        .workflows()
        .export_workflow(user.ask(request))
        .await
        .unwrap()
        .into_inner()
        .bundle;
    serde_json::from_str(&bundle).unwrap()
}

async fn import(user: &Person, bundle: &Value) -> Result<Workflow, Status> {
    let request = ImportWorkflowRequest {
        bundle: bundle.to_string(),
        name: None,
    };
    Ok(user
        .workflows()
        .import_workflow(user.ask(request))
        .await?
        .into_inner())
}

#[tokio::test]
async fn a_fork_begins_where_it_was_cut_and_leaves_its_source_alone() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;

        let request = ForkWorkflowRequest {
            source_id: made.id.clone(),
            step: Some(1),
            name: Some("A fork".to_owned()),
            ..ForkWorkflowRequest::default()
        };
        let fork = user
            .workflows()
            .fork_workflow(user.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (status(&fork), fork.next.clone()),
            (WorkflowStatus::Created, vec!["two".to_owned()])
        );
        assert_eq!(fork.fork_from_id, Some(made.id.clone()));

        let request = DeleteWorkflowRequest { id: made.id.clone() };
        user.workflows().delete_workflow(user.ask(request)).await.unwrap();
        assert_eq!(user.workflow(&made.id).await.unwrap_err().code(), Code::NotFound);

        user.execute(&fork.id, &json!({})).await.unwrap();
        let done = user.stands(&fork.id, WorkflowStatus::Completed).await;
        assert_eq!((done.output.as_deref(), done.step), (Some("49"), 3));
    })
    .await;
}

#[tokio::test]
async fn a_bundle_comes_back_as_it_was_and_one_that_was_changed_or_is_newer_is_refused() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;

        let bundle = export(&user, &made.id).await;
        assert!(
            !bundle.to_string().contains(&user.actor.user_id.to_string()),
            "it says nothing of its owner"
        );
        let moved = import(&other, &bundle).await.unwrap();
        assert_eq!(
            moved.next,
            ["three"],
            "the newest checkpoint at which something is left to do"
        );
        other.execute(&moved.id, &json!({})).await.unwrap();
        let done = other.stands(&moved.id, WorkflowStatus::Completed).await;
        assert_eq!(done.output.as_deref(), Some("49"));

        let changed = |at: &str, value: Value| {
            let mut bundle = bundle.clone();
            *bundle.pointer_mut(at).unwrap() = value;
            bundle
        };
        for (bundle, field) in [
            (changed("/workflow/name", json!("Mine")), "bundle.checksum"),
            (changed("/checksum", json!("blake3:0")), "bundle.checksum"),
            (changed("/version", json!(2)), "bundle.version"),
            (changed("/format", json!("other")), "bundle.format"),
            (json!([1, 2]), "bundle.format"),
        ] {
            assert_eq!(fields(&import(&user, &bundle).await.unwrap_err()), [field]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_is_read_by_anybody_until_it_is_revoked_or_its_time_is_over() {
    each_world(|world| async move {
        let (user, stranger) = (world.user(), world.guest());
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let share = async |expires_at: Option<i64>| {
            let request = ShareWorkflowRequest {
                workflow_id: made.id.clone(),
                expires_at: expires_at.map(|seconds| proto::Timestamp { seconds, nanos: 0 }),
            };
            user.workflows()
                .share_workflow(user.ask(request))
                .await
                .map(tonic::Response::into_inner)
        };
        let read = async |token: &str| {
            let request = GetSharedWorkflowRequest {
                token: token.to_owned(),
            };
            stranger
                .workflows()
                .get_shared_workflow(stranger.ask(request))
                .await
                .map(tonic::Response::into_inner)
        };
        let now = world.clock.shared().now().timestamp();
        assert_eq!(fields(&share(Some(now - 5)).await.unwrap_err()), ["expires_at"]);

        let (link, short) = (share(None).await.unwrap(), share(Some(now + 60)).await.unwrap());
        assert!(user.workflow(&made.id).await.unwrap().is_public);
        assert_eq!(read(&link.token).await.unwrap().id, made.id);
        assert!(
            stranger.workflow(&made.id).await.is_err(),
            "the id alone opens nothing"
        );

        let fork = |token: Option<String>| ForkWorkflowRequest {
            source_id: made.id.clone(),
            share_token: token,
            ..ForkWorkflowRequest::default()
        };
        let private = stranger
            .workflows()
            .fork_workflow(stranger.ask(fork(None)))
            .await
            .unwrap_err();
        assert_eq!(private.code(), Code::NotFound);
        let forked = stranger
            .workflows()
            .fork_workflow(stranger.ask(fork(Some(link.token.clone()))))
            .await;
        assert_eq!(forked.unwrap().into_inner().fork_from_id, Some(made.id.clone()));

        world.clock.advance(Duration::from_secs(61));
        assert_eq!(
            problem(&read(&short.token).await.unwrap_err()).1,
            "WORKFLOW_SHARE_NOT_FOUND"
        );

        let request = RevokeWorkflowShareRequest {
            workflow_id: made.id.clone(),
            share_id: link.id.clone(),
        };
        user.workflows()
            .revoke_workflow_share(user.ask(request))
            .await
            .unwrap();
        assert_eq!(read(&link.token).await.unwrap_err().code(), Code::NotFound);
        assert!(!user.workflow(&made.id).await.unwrap().is_public);

        let public = |is_public| UpdateWorkflowRequest {
            id: made.id.clone(),
            is_public: Some(is_public),
            ..UpdateWorkflowRequest::default()
        };
        assert!(
            user.workflows()
                .update_workflow(user.ask(public(true)))
                .await
                .unwrap()
                .into_inner()
                .is_public
        );
        assert!(
            !user
                .workflows()
                .update_workflow(user.ask(public(false)))
                .await
                .unwrap()
                .into_inner()
                .is_public
        );
        let request = ListWorkflowSharesRequest {
            workflow_id: made.id.clone(),
        };
        let left = user
            .workflows()
            .list_workflow_shares(user.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert!(left.shares.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_link_is_watched_with_the_numbers_of_the_owner_until_it_ends_and_tells_nothing_that_reading_does_not()
 {
    each_world(|world| async move {
        let (user, stranger) = (world.user(), world.guest());
        user.define("questions", TWO_QUESTIONS).await.unwrap();
        let made = user.make("questions").await;
        let _worker = world.worker().await;
        let now = world.clock.shared().now().timestamp();
        let share = async |seconds: Option<i64>| {
            let request = ShareWorkflowRequest {
                workflow_id: made.id.clone(),
                expires_at: seconds.map(|seconds| proto::Timestamp { seconds, nanos: 0 }),
            };
            let made = user.workflows().share_workflow(user.ask(request)).await;
            made.unwrap().into_inner()
        };
        let watch = async |token: &str, after: u64| {
            let token = token.to_owned();
            let request = stranger.ask(WatchSharedWorkflowRequest { token, after });
            let opened = stranger.workflows().watch_shared_workflow(request).await;
            opened.map(tonic::Response::into_inner)
        };
        let (link, short) = (share(None).await, share(Some(now + 30)).await);

        user.execute(&made.id, &json!({ "topic": "Tea" })).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Interrupted).await;
        let (mut lasting, mut ending) = (
            watch(&link.token, 0).await.unwrap(),
            watch(&short.token, 0).await.unwrap(),
        );
        let mut seen = Vec::new();
        while seen
            .iter()
            .filter(|event: &&RunEvent| event.kind == "question")
            .count()
            < 2
        {
            seen.push(lasting.message().await.unwrap().unwrap());
        }
        assert!(ending.message().await.unwrap().is_some());

        // A link that has run out ends its own stream, though nothing happens, and leaves the other one alone.
        world.clock.advance(Duration::from_secs(31));
        let ended = loop {
            match ending.message().await {
                Ok(event) => assert!(event.is_some(), "it ends with a refusal"),
                Err(refusal) => break refusal,
            }
        };
        assert_eq!(problem(&ended).1, "WORKFLOW_SHARE_NOT_FOUND");

        user.answer(&made.id, None, Some(&json!({ "way": "up" })))
            .await
            .unwrap();
        while seen.last().is_none_or(|event| event.kind != "answer") {
            seen.push(lasting.message().await.unwrap().unwrap());
        }
        user.answer(&made.id, None, Some(&json!("yes"))).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;
        while let Some(event) = lasting.message().await.unwrap() {
            seen.push(event);
        }

        let owners = user.events(&made.id, 0).await;
        let told: Vec<_> = owners
            .iter()
            .filter(|event| !matches!(event.kind.as_str(), "log" | "usage" | "retry"))
            .collect();
        assert_eq!(
            seen.iter().collect::<Vec<_>>(),
            told,
            "the owner's events, numbered as for the owner"
        );

        let mut rest = watch(&link.token, seen[2].number).await.unwrap();
        assert_eq!(
            rest.message().await.unwrap().unwrap(),
            seen[3],
            "it goes on where it was"
        );

        let revoke = RevokeWorkflowShareRequest {
            workflow_id: made.id.clone(),
            share_id: link.id.clone(),
        };
        user.workflows()
            .revoke_workflow_share(user.ask(revoke))
            .await
            .unwrap();
        for token in [&link.token, &short.token, &"nothing".to_owned()] {
            assert_eq!(watch(token, 0).await.unwrap_err().code(), Code::NotFound);
        }
    })
    .await;
}

#[tokio::test]
async fn an_owners_workflows_are_listed_filtered_and_counted() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        user.define("steps", THREE_STEPS).await.unwrap();
        other.define("steps", THREE_STEPS).await.unwrap();
        other.make("steps").await;
        for name in ["Alpha one", "Beta", "Alpha two"] {
            world.clock.advance(Duration::from_secs(1));
            let request = CreateWorkflowRequest {
                workflow_type: "steps".to_owned(),
                name: Some(name.to_owned()),
                ..CreateWorkflowRequest::default()
            };
            user.make_with(request).await.unwrap();
        }

        let list = async |request: ListWorkflowsRequest| {
            let listed = user
                .workflows()
                .list_workflows(user.ask(request))
                .await
                .unwrap()
                .into_inner();
            let names: Vec<_> = listed.workflows.iter().map(|one| one.name.clone()).collect();
            (names, listed.total, listed.next_page_token)
        };
        let all = ListWorkflowsRequest {
            with_total: true,
            page_size: Some(2),
            ..ListWorkflowsRequest::default()
        };
        let (names, total, next) = list(all.clone()).await;
        assert_eq!(
            (names, total),
            (vec!["Alpha two".to_owned(), "Beta".to_owned()], Some(3))
        );
        let (names, ..) = list(ListWorkflowsRequest {
            page_token: next,
            ..all.clone()
        })
        .await;
        assert_eq!(names, ["Alpha one"]);
        let (names, ..) = list(ListWorkflowsRequest {
            offset: Some(1),
            ..all.clone()
        })
        .await;
        assert_eq!(names, ["Beta", "Alpha one"]);

        let filter = WorkflowFilter {
            search: "ALPHA".to_owned(),
            statuses: vec![WorkflowStatus::Created.into()],
            ..WorkflowFilter::default()
        };
        let (names, total, _) = list(ListWorkflowsRequest {
            filter: Some(filter),
            ..all
        })
        .await;
        assert_eq!((names.len(), total), (2, Some(2)));
    })
    .await;
}

#[tokio::test]
async fn no_workflow_of_somebody_else_is_seen_or_steered() {
    each_world(|world| async move {
        let (user, stranger) = (world.user(), world.user());
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;

        assert_eq!(
            stranger.workflow(&made.id).await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(
            stranger.execute(&made.id, &json!({})).await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(
            stranger.answer(&made.id, None, None).await.unwrap_err().code(),
            Code::NotFound
        );
        let mut client = stranger.workflows();
        let id = || made.id.clone();
        let refused = [
            client
                .delete_workflow(stranger.ask(DeleteWorkflowRequest { id: id() }))
                .await
                .map(drop),
            client
                .export_workflow(stranger.ask(ExportWorkflowRequest { id: id() }))
                .await
                .map(drop),
            client
                .share_workflow(stranger.ask(ShareWorkflowRequest {
                    workflow_id: id(),
                    expires_at: None,
                }))
                .await
                .map(drop),
            client
                .fork_workflow(stranger.ask(ForkWorkflowRequest {
                    source_id: id(),
                    ..ForkWorkflowRequest::default()
                }))
                .await
                .map(drop),
            client
                .update_workflow(stranger.ask(UpdateWorkflowRequest {
                    id: id(),
                    ..UpdateWorkflowRequest::default()
                }))
                .await
                .map(drop),
            client
                .watch_workflow(stranger.ask(WatchWorkflowRequest { id: id(), after: 0 }))
                .await
                .map(drop),
        ];
        for one in refused {
            assert_eq!(one.unwrap_err().code(), Code::NotFound);
        }
        let request = ListWorkflowSessionsRequest::default();
        let sessions = client
            .list_workflow_sessions(stranger.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert!(sessions.sessions.is_empty());
        assert!(user.workflow(&made.id).await.is_ok());
    })
    .await;
}
