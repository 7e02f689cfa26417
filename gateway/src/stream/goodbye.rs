//! How the server ends a conversation over WebSocket, so that the client gets to read why.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;

/// How long a client may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(2);

/// Sends the close and waits for its answer.
pub(crate) async fn say(mut socket: WebSocket, close: CloseFrame) {
    if let Ok(Ok(())) = timeout(GOODBYE, socket.send(Message::Close(Some(close)))).await {
        drain(socket).await;
    }
}

/// Lets a close and its answer cross. A client that does not answer is left.
pub(crate) async fn drain(mut socket: WebSocket) {
    let talk = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = timeout(GOODBYE, talk).await;
}
