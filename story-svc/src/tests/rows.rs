//! Rows for tests of the store and of what is written together.

use chrono::{DateTime, Utc};
use flow::store::{NewRun, Share};
use kit::sources::SourcePolicy;
use uuid::Uuid;

use crate::domain::code_request::{CodeRequest, RawCodeRequest};
use crate::domain::story::{NewStory, StoryRequest};

pub(crate) fn new_story(id: Uuid, owner: Uuid, at: DateTime<Utc>) -> NewStory {
    let policy = SourcePolicy {
        allow_hosts: vec!["github.com".to_owned()],
        allow_private: false,
        allow_local: false,
    };
    let raw = RawCodeRequest {
        repo_url: "https://github.com/a/b".to_owned(),
        ..RawCodeRequest::default()
    };

    NewStory {
        id,
        owner_id: owner,
        guest_owned: false,
        request: StoryRequest::Code(CodeRequest::parse(raw, &policy).unwrap()),
        created_at: at,
    }
}

pub(crate) fn new_run(id: Uuid, owner: Uuid, at: DateTime<Utc>) -> NewRun {
    NewRun {
        id,
        owner,
        share: Share::of_owner(owner),
        graph: "code_story".to_owned(),
        phase: String::new(),
        input: Vec::new(),
        first_step: 0,
        forked_from: None,
        options: flow::RunOptions::default(),
        idempotency: None,
        created_at: at,
        due_at: at,
        trace: None,
        events: Vec::new(),
    }
}
