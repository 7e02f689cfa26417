//! Projects as git remotes: which refs there are, packs out, packs in. What the bytes say is the service's to read.

use std::time::Duration;

use futures::Stream;
use proto::v1::{
    GetGitPackRequest, GetGitRefsRequest, GitPiece, GitPushEnd, GitPushHead, GitPushPiece, GitRefs,
    GitReport, git_push_piece::Piece,
};
use tonic::{Status, Streaming};

use super::{Operation, Price, Service, caller_kind::AccountHolder};
use crate::{
    extract::UploadBody,
    identity::{ReadProjects, RequestContext, WriteProjects},
    services::Services,
};

/// The longest piece of a push.
const PIECE_BYTES: usize = 256 << 10;
/// A sender that sends nothing for this long has gone.
const SILENCE: Duration = Duration::from_secs(60);

/// What there is to be fetched.
pub(crate) struct ListFetchRefs(pub(crate) GetGitRefsRequest);

impl Operation for ListFetchRefs {
    type Caller = AccountHolder;
    type Scope = ReadProjects;
    type Output = GitRefs;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<GitRefs, Status> {
        let refs = services.project_git(context).get_git_refs(self.0).await?;
        Ok(refs.into_inner())
    }
}

/// What can be pushed to.
pub(crate) struct ListPushRefs(pub(crate) GetGitRefsRequest);

impl Operation for ListPushRefs {
    type Caller = AccountHolder;
    type Scope = WriteProjects;
    type Output = GitRefs;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<GitRefs, Status> {
        let refs = services.project_git(context).get_git_refs(self.0).await?;
        Ok(refs.into_inner())
    }
}

/// One request of a fetch.
pub(crate) struct FetchGitPack(pub(crate) GetGitPackRequest);

impl Operation for FetchGitPack {
    type Caller = AccountHolder;
    type Scope = ReadProjects;
    type Output = Streaming<GitPiece>;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Streaming<GitPiece>, Status> {
        let pack = services.git_transfers(context).get_git_pack(self.0).await?;
        Ok(pack.into_inner())
    }
}

/// One request of a push.
pub(crate) struct PushGitPack {
    pub(crate) project_id: String,
    pub(crate) body: UploadBody,
}

impl Operation for PushGitPack {
    type Caller = AccountHolder;
    type Scope = WriteProjects;
    type Output = GitReport;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<GitReport, Status> {
        let pieces = stream_push(self.project_id, self.body.clone());
        let pushed = services.git_transfers(context).push_git_pack(pieces).await;
        if pushed.is_err() {
            self.body.discard_rest().await;
        }

        Ok(pushed?.into_inner())
    }
}

/// The head, the bytes as they come, and the end; without the end where they break off.
fn stream_push(project_id: String, body: UploadBody) -> impl Stream<Item = GitPushPiece> + Send + 'static {
    let message = |piece| GitPushPiece { piece: Some(piece) };

    async_stream::stream! {
        yield message(Piece::Head(GitPushHead { project_id }));

        loop {
            match tokio::time::timeout(SILENCE, body.next()).await {
                Ok(Some(Ok(mut bytes))) => {
                    while !bytes.is_empty() {
                        let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
                        yield message(Piece::Data(piece));
                    }
                }
                Ok(None) => {
                    yield message(Piece::End(GitPushEnd {}));
                    return;
                }
                Ok(Some(Err(_))) | Err(_) => return,
            }
        }
    }
}
