//! The end of a connection: whoever answers something of which nothing may stay behind asks for it, and `serve` brings it about once the
//! answer is sent. The buffers of a connection keep the last that went through them for as long as it lives.

use tokio_util::sync::CancellationToken;

/// Of the connection that a request came over, in its extensions. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionEnd(CancellationToken);

impl ConnectionEnd {
    /// The connection takes no more requests, and ends with the answers under way. Of a socket, whoever converses there decides.
    pub(crate) fn end_with_answer(&self) {
        self.0.cancel();
    }

    pub(crate) fn is_asked_for(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until somebody asks for it.
    pub(crate) async fn until_asked_for(&self) {
        self.0.cancelled().await;
    }
}
