//! How messages become bytes: as tonic's own codec does it, with smaller buffers. Most messages between services are a few hundred bytes,
//! and a call within a process makes four of these buffers, two of which a stream holds for as long as it lasts.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{BufferSettings, Codec};
use tonic_prost::{ProstDecoder, ProstEncoder};

/// Bytes that a buffer begins with, and grows by; tonic's own are 8 KiB.
const BEGINS_WITH: usize = 1024;
/// Bytes of a stream that are gathered before they are sent, as tonic has it.
const SENT_AT: usize = 32 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct LeanCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for LeanCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for LeanCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::new(BufferSettings::new(BEGINS_WITH, SENT_AT))
    }

    fn decoder(&mut self) -> ProstDecoder<U> {
        ProstDecoder::new(BufferSettings::new(BEGINS_WITH, SENT_AT))
    }
}
