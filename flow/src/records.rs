//! Between the codec and storage: when a checkpoint is written whole and when as a difference, and where large bodies go.

use crate::codec;
use crate::plan::Frontier;
use crate::spill::Spill;
use crate::store::{SavedCheckpoint, StoreError};

/// Larger records are moved out of the database.
pub(crate) const SPILL_ABOVE: usize = 256 * 1024;
/// A checkpoint is read through at most so many differences.
const LONGEST_CHAIN: u64 = 32;

/// The chain that the next checkpoint continues, and what it is a difference to.
pub(crate) struct Chain {
    state: Vec<u8>,
    /// Step of the last full record.
    base: u64,
    /// Bytes of the differences since then.
    since: usize,
    /// Steps of the full records that are still kept, oldest first.
    segments: Vec<u64>,
}

/// A checkpoint to be committed.
pub(crate) struct Encoded {
    pub(crate) record: Vec<u8>,
    pub(crate) base: u64,
}

impl Chain {
    /// Continues at a run's newest checkpoint. `records` start with the full one.
    pub(crate) fn resume(records: &[SavedCheckpoint], state: Vec<u8>) -> Self {
        let base = records.first().map_or(0, |first| first.step);
        Self {
            state,
            base,
            since: records.iter().skip(1).map(|r| r.record.len()).sum(),
            segments: vec![base],
        }
    }

    /// Encodes the checkpoint of `step`: as a difference while the chain is short and costs less than the state itself.
    pub(crate) fn encode(&self, step: u64, frontier: &Frontier, state: &[u8]) -> Encoded {
        if step - self.base <= LONGEST_CHAIN {
            let record = codec::encode_delta(frontier, &self.state, state);
            if self.since + record.len() <= state.len().max(256) {
                return Encoded {
                    record,
                    base: self.base,
                };
            }
        }

        Encoded {
            record: codec::encode_full(frontier, state),
            base: step,
        }
    }

    /// The checkpoint was committed.
    pub(crate) fn committed(&mut self, step: u64, base: u64, len: usize, state: Vec<u8>) {
        if base == step {
            self.since = 0;
            self.base = step;
            self.segments.push(step);
        } else {
            self.since += len;
        }
        self.state = state;
    }

    /// Steps below this may go with the commit of `step`: whole segments, so that the newest `keep_last` checkpoints can
    /// still be read.
    pub(crate) fn prune_below(&mut self, step: u64, keep_last: u64) -> Option<u64> {
        let enough = (step + 1).checked_sub(keep_last)?;
        let first_kept = self.segments.iter().rposition(|&start| start <= enough)?;
        if first_kept == 0 {
            return None;
        }
        self.segments.drain(..first_kept);
        self.segments.first().copied()
    }
}

/// Moves the body of a large record out. Answers the record to store, and the key when it was moved.
pub(crate) async fn put_away(
    record: Vec<u8>,
    spill: Option<&dyn Spill>,
    key: impl FnOnce() -> String,
) -> Result<(Vec<u8>, Option<String>), StoreError> {
    let Some(spill) = spill.filter(|_| record.len() > SPILL_ABOVE) else {
        return Ok((record, None));
    };
    let key = key();
    let (small, body) = codec::split(&record, &key).map_err(StoreError::unreadable)?;
    spill.put(&key, body).await.map_err(StoreError::Unavailable)?;
    Ok((small, Some(key)))
}

/// Frontier and state at the end of a chain.
///
/// # Errors
/// `NoCheckpoint` for an empty chain; `Unreadable`; `Unavailable` when a body that was moved out can not be got.
pub(crate) async fn read_chain(
    chain: &[SavedCheckpoint],
    spill: Option<&dyn Spill>,
) -> Result<(Frontier, Vec<u8>), StoreError> {
    let mut read = None;
    for saved in chain {
        let whole = fetch(&saved.record, spill).await?;
        let record = whole.as_deref().unwrap_or(&saved.record);
        let old = read
            .as_ref()
            .map_or(&[][..], |(_, state): &(Frontier, Vec<u8>)| state);
        read = Some(codec::decode(record, old).map_err(StoreError::unreadable)?);
    }

    read.ok_or(StoreError::NoCheckpoint)
}

/// The whole record, when its body lies elsewhere.
async fn fetch(record: &[u8], spill: Option<&dyn Spill>) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(key) = codec::read_spill_key(record).map_err(StoreError::unreadable)? else {
        return Ok(None);
    };
    let spill = spill.ok_or_else(|| {
        StoreError::unreadable("its body was moved out, and nothing is configured to get it")
    })?;
    let body = spill.get(&key).await.map_err(StoreError::Unavailable)?;

    codec::unite(record, &body)
        .map(Some)
        .map_err(StoreError::unreadable)
}

#[cfg(test)]
mod tests;
