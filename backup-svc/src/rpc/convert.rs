//! Proto to domain and back.

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use kit::{
    into_status,
    rpc::{actor_of, request_id_of},
    shutdown::Shutdown,
};
use proto::{
    Timestamp,
    v1::{self, upload_piece::Piece},
};
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use crate::{
    domain::{objects::Incoming, request_context::RequestContext},
    error::BackupError,
    store::backups::Backup,
};

/// Who asks, and what.
pub(super) fn open_request<T>(request: Request<T>) -> Result<(RequestContext, T), Status> {
    let context = RequestContext {
        actor: actor_of(&request)?,
        request_id: request_id_of(&request),
    };
    Ok((context, request.into_inner()))
}

pub(super) fn encode_answer<T, U>(
    outcome: Result<T, BackupError>,
    encode: impl FnOnce(T) -> U,
) -> Result<Response<U>, Status> {
    outcome
        .map(|value| Response::new(encode(value)))
        .map_err(into_status)
}

/// The piece that an upload begins with.
pub(super) async fn read_head(pieces: &mut Streaming<v1::UploadPiece>) -> Result<Option<Piece>, Status> {
    Ok(pieces.message().await?.and_then(|message| message.piece))
}

/// The bytes that follow the head, up to the end; without that they have broken off.
pub(super) fn read_bytes(pieces: Streaming<v1::UploadPiece>) -> Incoming {
    let bytes = stream::unfold(Some(pieces), |pieces| async move {
        let mut pieces = pieces?;
        let piece = pieces
            .message()
            .await
            .map(|message| message.and_then(|message| message.piece));

        match piece {
            Ok(Some(Piece::Data(data))) => Some((Ok(data), Some(pieces))),
            Ok(Some(Piece::End(_))) => None,
            Ok(_) | Err(_) => Some((Err(BackupError::BrokenOff), None)),
        }
    });

    bytes.boxed()
}

pub(super) fn encode_backup(backup: Backup) -> v1::Backup {
    v1::Backup {
        id: backup.id.to_string(),
        version: backup.version,
        timestamp: backup.timestamp,
        checksum: backup.checksum,
        chunk_count: backup.chunk_count,
        size_bytes: u64::try_from(backup.size_bytes).unwrap_or_default(),
        device: backup.device,
        created_at: Some(encode_time(backup.created_at)),
        s3_key: backup.s3_key,
    }
}

pub(super) fn encode_time(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// Takes an upload to its end, or undoes it, whether or not whoever asked still waits.
pub(super) async fn finish_upload<T: Send + 'static>(
    shutdown: &Shutdown,
    upload: impl Future<Output = Result<T, BackupError>> + Send + 'static,
) -> Result<T, BackupError> {
    shutdown.run_to_end(upload.in_current_span()).await
}
