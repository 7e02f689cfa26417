//! One object as it comes in: counted and hashed piece by piece, and put into the blob store only when all of it is there
//! and is what its sender said.

use std::{
    io,
    pin::Pin,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use kit::blobs::{BlobError, BlobLock};
use sha2::{Digest as _, Sha256};

use super::{Objects, Reservation};
use crate::{domain::checksum::Checksum, error::BackupError};

const CONTENT_TYPE: &str = "application/octet-stream";
/// How often an upload that makes progress says so.
const RENEWED_EVERY: Duration = Duration::from_secs(30);

/// The bytes of an upload. It ends with an error when they break off.
pub(crate) type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, BackupError>> + Send>>;

/// What has come in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) size: u64,
    pub(crate) checksum: Checksum,
}

impl Objects {
    /// Puts the bytes under the reservation's key, when `accept` has nothing against what they are; else nothing is kept,
    /// and the room is free again.
    pub(crate) async fn receive(
        &self,
        reservation: &mut Reservation,
        incoming: Incoming,
        accept: impl FnOnce(Received) -> Result<(), BackupError> + Send,
    ) -> Result<Received, BackupError> {
        let received = self.write_object(reservation, incoming, accept).await;
        if received.is_err() {
            self.give_up(reservation).await;
        }

        received
    }

    /// The same, where room and bytes are given up by whoever asks.
    pub(crate) async fn write_object(
        &self,
        reservation: &mut Reservation,
        incoming: Incoming,
        accept: impl FnOnce(Received) -> Result<(), BackupError> + Send,
    ) -> Result<Received, BackupError> {
        let key = reservation.key.clone();
        let mut outcome = Err(BackupError::BrokenOff);

        let pieces = self.check_pieces(reservation, incoming, accept, &mut outcome);
        let lock = self.lock.map(|time| BlobLock {
            until: SystemTime::from(self.clock.now()) + time,
        });
        let written = self
            .blobs
            .put_stream_locked(&key, Box::pin(pieces), CONTENT_TYPE, lock)
            .await;
        match (written, outcome) {
            // The stream has ended it, and says why.
            (Err(BlobError::Source { .. }), Err(error)) | (Ok(_), Err(error)) => Err(error),
            (Err(error), _) => Err(error.into()),
            (Ok(_), Ok(received)) => Ok(received),
        }
    }

    fn check_pieces<'a>(
        &'a self,
        reservation: &'a mut Reservation,
        mut incoming: Incoming,
        accept: impl FnOnce(Received) -> Result<(), BackupError> + Send + 'a,
        outcome: &'a mut Result<Received, BackupError>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'a {
        async_stream::stream! {
            let (mut hasher, mut size, mut renewed) = (Sha256::new(), 0, self.clock.elapsed());

            while let Some(piece) = incoming.next().await {
                let checked = match piece {
                    Ok(piece) => {
                        size += piece.len() as u64;
                        let late = self.clock.elapsed().saturating_sub(renewed) > RENEWED_EVERY;
                        if late {
                            renewed = self.clock.elapsed();
                        }
                        self.make_way(reservation, size, late).await.map(|()| piece)
                    }
                    Err(error) => Err(error),
                };
                match checked {
                    Ok(piece) => {
                        hasher.update(&piece);
                        yield Ok(piece);
                    }
                    Err(error) => {
                        *outcome = Err(error);
                        yield Err(io::ErrorKind::InvalidData.into());
                        return;
                    }
                }
            }

            let received = Received { size, checksum: Checksum::finish_hasher(hasher) };
            let accepted = reservation.check_length(size).and_then(|()| accept(received));
            let failed = accepted.is_err();
            *outcome = accepted.map(|()| received);
            if failed {
                yield Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// There is room for so many bytes, and whoever sends them is not given up.
    async fn make_way(
        &self,
        reservation: &mut Reservation,
        size: u64,
        late: bool,
    ) -> Result<(), BackupError> {
        match reservation.declared {
            Some(declared) if size > declared => Err(BackupError::LengthDiffers {
                declared,
                received: size,
            }),
            None if size > reservation.reserved => self.grow(reservation, size).await,
            _ if late => self.renew(reservation).await,
            _ => Ok(()),
        }
    }
}

impl Reservation {
    fn check_length(&self, received: u64) -> Result<(), BackupError> {
        match self.declared {
            Some(declared) if declared != received => Err(BackupError::LengthDiffers { declared, received }),
            _ => Ok(()),
        }
    }
}
