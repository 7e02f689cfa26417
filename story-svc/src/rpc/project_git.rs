//! `saga.v1.ProjectGit`.

use std::io::SeekFrom;
use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use githost::PushBody;
use kit::error::Chain;
use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::git_push_piece::Piece;
use proto::v1::project_git_server::ProjectGit;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tonic::{Request, Response, Status, Streaming};

use crate::domain::project_git::{self as domain, unwrap_failure};

/// What one message carries.
const PIECE_BYTES: usize = 256 * 1024;
/// What is read of a push that is refused for its length, so that its sender gets to read that.
const READ_MAX: u64 = 512 * 1024 * 1024;

pub(crate) struct ProjectGitRpc(pub(crate) domain::ProjectGit);

#[tonic::async_trait]
impl ProjectGit for ProjectGitRpc {
    type GetGitPackStream = Pin<Box<dyn Stream<Item = Result<v1::GitPiece, Status>> + Send>>;

    async fn get_git_refs(
        &self,
        request: Request<v1::GetGitRefsRequest>,
    ) -> Result<Response<v1::GitRefs>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let wanted = (message.service.as_str(), message.protocol.as_str());
        let listed = self.0.list_refs(owner, &message.project_id, wanted).await;

        listed
            .map(|data| Response::new(v1::GitRefs { data }))
            .map_err(into_status)
    }

    async fn get_git_pack(
        &self,
        request: Request<v1::GetGitPackRequest>,
    ) -> Result<Response<Self::GetGitPackStream>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let fetched = self
            .0
            .fetch(owner, &message.project_id, &message.protocol, &message.body)
            .await;
        let mut pack = fetched.map_err(into_status)?;

        let pieces = async_stream::try_stream! {
            while let Some(bytes) = pack.next().await {
                let mut bytes: Bytes = bytes.map_err(unwrap_failure).map_err(into_status)?;
                while !bytes.is_empty() {
                    let data = bytes.split_to(bytes.len().min(PIECE_BYTES));
                    yield v1::GitPiece { data };
                }
            }
        };

        Ok(Response::new(Box::pin(pieces)))
    }

    async fn push_git_pack(
        &self,
        request: Request<Streaming<v1::GitPushPiece>>,
    ) -> Result<Response<v1::GitReport>, Status> {
        let owner = actor_of(&request)?.user_id;
        let mut pieces = request.into_inner();
        let head = pieces.message().await?.and_then(|piece| piece.piece);
        let Some(Piece::Head(head)) = head else {
            return Err(Status::invalid_argument("the first piece is the head"));
        };
        self.0
            .check_push(owner, &head.project_id)
            .await
            .map_err(into_status)?;

        let mut spool = Spool::begin(self.0.push_bytes()).await?;
        spool.fill(&mut pieces).await?;
        let _place = self.0.wait_for_place().await;
        let body = spool.read().await?;
        let pushed = self.0.push(owner, &head.project_id, body).await;

        pushed
            .map(|data| Response::new(v1::GitReport { data }))
            .map_err(into_status)
    }
}

/// A push while it comes: in a file without a name, because many may come slowly at once.
struct Spool {
    file: File,
    left: usize,
    is_cut: bool,
}

impl Spool {
    async fn begin(most: usize) -> Result<Self, Status> {
        let made = tokio::task::spawn_blocking(tempfile::tempfile).await;
        let file = made.map_err(std::io::Error::other).and_then(|file| file);

        Ok(Self {
            file: File::from_std(file.map_err(refuse_io)?),
            left: most,
            is_cut: false,
        })
    }

    async fn fill(&mut self, pieces: &mut Streaming<v1::GitPushPiece>) -> Result<(), Status> {
        let mut read = 0;
        while let Some(piece) = pieces.message().await? {
            match piece.piece {
                Some(Piece::Data(data)) => {
                    read += data.len() as u64;
                    let kept = data.len().min(self.left);
                    self.file.write_all(&data[..kept]).await.map_err(refuse_io)?;
                    self.left -= kept;
                    self.is_cut |= kept < data.len();
                }
                Some(Piece::End(_)) => return Ok(()),
                Some(Piece::Head(_)) | None => {
                    return Err(Status::invalid_argument("expected data or the end"));
                }
            }
            if read > READ_MAX {
                return Ok(());
            }
        }

        Err(Status::cancelled("the push broke off"))
    }

    async fn read(mut self) -> Result<PushBody, Status> {
        let mut bytes = Vec::new();
        self.file.flush().await.map_err(refuse_io)?;
        self.file.seek(SeekFrom::Start(0)).await.map_err(refuse_io)?;
        self.file.read_to_end(&mut bytes).await.map_err(refuse_io)?;

        Ok(PushBody {
            bytes,
            is_cut: self.is_cut,
        })
    }
}

fn refuse_io(error: std::io::Error) -> Status {
    tracing::error!(error = %Chain(&error), "a push could not be kept while it came");

    Status::unavailable("a push could not be kept while it came")
}
