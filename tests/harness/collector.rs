//! An OpenTelemetry collector that takes spans over gRPC and keeps them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::span::SpanKind,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A span as a process sent it.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) trace: Vec<u8>,
    pub(crate) id: Vec<u8>,
    /// Empty for the first of its trace.
    pub(crate) parent: Vec<u8>,
    pub(crate) attributes: BTreeMap<String, String>,
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Span>>>, Arc<Mutex<String>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        self.1
            .lock()
            .expect("no panic")
            .push_str(&format!("{resources:?}"));
        let spans = resources
            .into_iter()
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans);
        let read = spans.map(|span| Span {
            kind: span.kind(),
            attributes: span
                .attributes
                .iter()
                .map(|pair| {
                    (
                        pair.key.clone(),
                        text(pair.value.as_ref().and_then(|value| value.value.as_ref())),
                    )
                })
                .collect(),
            name: span.name,
            trace: span.trace_id,
            id: span.span_id,
            parent: span.parent_span_id,
        });
        self.0.lock().expect("no panic").extend(read);

        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

pub(crate) struct Collector {
    endpoint: String,
    kept: Kept,
    task: JoinHandle<()>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Kept::default();
        let server = Server::builder().add_service(TraceServiceServer::new(kept.clone()));
        let task = tokio::spawn(async {
            server
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .expect("it serves");
        });

        Self { endpoint, kept, task }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Every word that came up to now: names, attributes, events and all.
    pub(crate) fn words(&self) -> String {
        self.kept.1.lock().expect("no panic").clone()
    }

    /// All that came up to now.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.kept.0.lock().expect("no panic").clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}
