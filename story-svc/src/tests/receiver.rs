//! Somebody's server that webhooks are sent to: keeps what it is sent, and answers as the test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Received {
    pub(super) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }
}

/// What it answers with; empty hangs up.
type AnswerText = Arc<Mutex<String>>;

pub(super) struct Receiver {
    pub(super) base: String,
    received: Arc<Mutex<Vec<Received>>>,
    answer: AnswerText,
    serving: JoinHandle<()>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (received, answer) = (Arc::default(), AnswerText::default());
        let serving = tokio::spawn(serve(listener, Arc::clone(&received), Arc::clone(&answer)));
        let receiver = Self {
            base,
            received,
            answer,
            serving,
        };
        receiver.answer_with("200 OK", "taken");

        receiver
    }

    pub(super) fn answer_with(&self, status: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    }

    /// Takes what comes and never answers.
    pub(super) fn fall_silent(&self) {
        self.answer.lock().unwrap().clear();
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until it has that many.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<Received> {
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, received: Arc<Mutex<Vec<Received>>>, answer: AnswerText) {
    while let Ok((stream, _)) = listener.accept().await {
        let (received, answer) = (Arc::clone(&received), Arc::clone(&answer));
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let Some(message) = read(&mut stream).await else {
                return;
            };
            received.lock().unwrap().push(message);

            let text = answer.lock().unwrap().clone();
            match text.is_empty() {
                true => std::future::pending::<()>().await,
                false => drop(stream.get_mut().write_all(text.as_bytes()).await),
            }
        });
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }

    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<_, _> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;

    Some(Received {
        path,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
