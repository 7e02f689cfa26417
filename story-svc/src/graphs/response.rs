//! The graph of a kept answer: one node, which asks a model and writes down what it says while it says it. What was told can't be
//! taken back: an answer that broke off behind its first words is not begun again.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow::{END, Graph, GraphError, Limits, NodeError, NodeOptions, RetryPolicy, START, State};
use kit::actor::Actor;
use kit::rpc::RequestId;
use tokio::time::{Instant, sleep_until};

use super::node::node;
use super::node_context::{ActsFor, NodeContext, node_error};
use crate::clients::models::{ModelStream, Models};
use crate::config::StoryConfig;
use crate::domain::response::{NumberedPiece, PIECE_EVENT, RESPONSE, ResponsePiece, ResponseWork};

/// Words are gathered for so long before they are written down.
const GATHERED: Duration = Duration::from_millis(40);
/// Characters of one event.
const EVENT_CHARS: usize = 4_096;

impl State for ResponseWork {
    type Update = ();

    fn apply(&mut self, (): ()) {}
}

impl ActsFor for ResponseWork {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// What the node works with.
pub(crate) struct Tools {
    pub(crate) models: Models,
    pub(crate) story: StoryConfig,
}

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<ResponseWork>, GraphError> {
    let options = NodeOptions {
        retry: RetryPolicy::fixed(tools.story.max_retries + 1, *tools.story.retry_delay_seconds),
        ..NodeOptions::default()
    };
    let limits = Limits {
        soft: Some(*tools.story.soft_limit_seconds),
        hard: Some(*tools.story.hard_limit_seconds),
    };
    let tools = Arc::new(tools);

    Graph::new(RESPONSE)
        .limits(limits)
        .node_with("answer", node(&tools, answer), options)
        .edge(START, "answer")
        .edge("answer", END)
        .build()
}

type Node = NodeContext<ResponseWork, Tools>;

async fn answer(node: Arc<Node>) -> Result<(), NodeError> {
    let state = &node.state;
    let question = STANDARD
        .decode(&state.question)
        .map_err(|error| NodeError::fatal("The question can not be read any more.").caused_by(error))?;
    let request_id = RequestId::parse(&state.request_id).unwrap_or_else(RequestId::random);
    let asked = node
        .tools
        .models
        .answer(&state.actor, &request_id, &question)
        .await;

    let mut told = ToldPieces {
        node: &node,
        next: 0,
        gathered: String::new(),
    };
    told.listen(asked.map_err(node_error)?).await
}

/// What the node has written down.
struct ToldPieces<'a> {
    node: &'a Node,
    /// The number of the next piece.
    next: u32,
    gathered: String,
}

impl ToldPieces<'_> {
    async fn listen(&mut self, mut model: ModelStream) -> Result<(), NodeError> {
        let mut due = None::<Instant>;
        loop {
            let piece = match due {
                Some(at) => tokio::select! {
                    piece = model.next() => piece,
                    () = sleep_until(at) => {
                        self.write_gathered().await?;
                        due = None;
                        continue;
                    }
                },
                None => model.next().await,
            };

            match piece {
                Ok(Some(ResponsePiece::Delta(text))) => {
                    self.gathered.push_str(&text);
                    due = due.or_else(|| Some(Instant::now() + GATHERED));
                    if self.gathered.len() >= EVENT_CHARS {
                        self.write_gathered().await?;
                        due = None;
                    }
                }
                Ok(Some(piece)) => {
                    self.write_gathered().await?;
                    let ends = matches!(piece, ResponsePiece::End { .. });
                    self.write(piece).await?;
                    if ends {
                        return Ok(());
                    }
                    due = None;
                }
                Ok(None) => {
                    self.write_gathered().await?;
                    return Err(broke_off());
                }
                Err(error) => {
                    self.write_gathered().await?;
                    return Err(self.refuse(node_error(error)));
                }
            }
        }
    }

    async fn write_gathered(&mut self) -> Result<(), NodeError> {
        let text = std::mem::take(&mut self.gathered);
        let chars: Vec<char> = text.chars().collect();
        for part in chars.chunks(EVENT_CHARS) {
            self.write(ResponsePiece::Delta(part.iter().collect())).await?;
        }

        Ok(())
    }

    async fn write(&mut self, piece: ResponsePiece) -> Result<(), NodeError> {
        if self.next == 0 {
            // Whoever finds this in the journal has told something before.
            let mut fresh = false;
            let first: () = self
                .node
                .context
                .once("told", || {
                    fresh = true;
                    async { Ok(()) }
                })
                .await?;
            let () = first;
            if !fresh {
                return Err(broke_off());
            }
        }
        let number = self.next;
        self.next += 1;

        self.node
            .context
            .emit(PIECE_EVENT, NumberedPiece { number, piece })
            .await
    }

    /// What may pass is tried again as long as nothing was told.
    fn refuse(&self, error: NodeError) -> NodeError {
        match (self.next, error.kind()) {
            (1.., flow::NodeErrorKind::Retryable { .. }) => broke_off().caused_by(error),
            _ => error,
        }
    }
}

fn broke_off() -> NodeError {
    NodeError::fatal("The model's answer broke off. What it had said is kept.")
        .with_reason("MODEL_ANSWER_BROKE_OFF")
}
