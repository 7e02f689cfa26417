//! `git-upload-pack`: what a client asks for, and the answer as a stream.

mod answer;
mod pack;
mod request;
mod selection;

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::Stream;

use crate::{
    graph::CommitGraph,
    limits::Limits,
    lines::{Lines, Protocol},
    repository::{Failure, GitError, Repository},
};
use answer::Negotiation;
use request::{FetchRequest, UploadRequest};
use selection::Selection;

/// An answer, piece by piece.
pub type PackStream = Pin<Box<dyn Stream<Item = Result<Bytes, Failure>> + Send>>;

/// Answers one request of `git clone`, `git fetch` or `git ls-remote`.
///
/// What the protocol has words for is said in them, so that it is shown to whoever runs git.
///
/// # Errors
///
/// When the request is none of the protocol, or the repository fails.
pub async fn upload_pack(
    repository: Arc<dyn Repository>,
    protocol: Protocol,
    body: &[u8],
    limits: &Limits,
) -> Result<PackStream, GitError> {
    let request = match protocol {
        Protocol::V2 => UploadRequest::parse_commands(body, limits)?,
        Protocol::V0 | Protocol::V1 => UploadRequest::parse_lines(body, limits)?,
    };

    match request {
        UploadRequest::Nothing => Ok(send_bytes(Vec::new())),
        UploadRequest::ListRefs(list) => {
            let main = repository.main().await?;
            Ok(send_bytes(list.answer(main)))
        }
        UploadRequest::Fetch(fetch) => answer_fetch(repository, fetch).await,
    }
}

async fn answer_fetch(repository: Arc<dyn Repository>, fetch: FetchRequest) -> Result<PackStream, GitError> {
    if let Some(refusal) = fetch.refusal {
        return Ok(send_error(refusal));
    }
    let graph = CommitGraph::new(repository.commits().await?);
    if let Some(unknown) = fetch.wants.iter().find(|want| !graph.contains(want)) {
        return Ok(send_error(&format!("upload-pack: not our ref {unknown}")));
    }

    let negotiation = Negotiation::judge(&fetch, &graph);
    let selection = Selection::select(&fetch, &negotiation.common, &graph);
    let head = negotiation.write_head(&fetch, &selection);
    match negotiation.sends_pack {
        true => {
            let objects = selection.list_objects(repository.as_ref()).await?;
            Ok(pack::stream_pack(repository, head, objects, fetch.has_side_band))
        }
        false => Ok(send_bytes(head)),
    }
}

fn send_bytes(bytes: Vec<u8>) -> PackStream {
    Box::pin(futures::stream::iter([Ok(Bytes::from(bytes))]))
}

/// What git shows as `fatal: remote error: …`.
fn send_error(message: &str) -> PackStream {
    let mut lines = Lines::default();
    lines.error(message);

    send_bytes(lines.into_bytes())
}
