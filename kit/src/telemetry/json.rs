//! One JSON object per log line. The fields of all spans around an event (request id, run id, method) are at the top
//! level, so that a log store finds everything of one request by one key. A field is written as JSON once, when it is
//! recorded; a line is put together from such pieces, for there is one for each request.

use std::{cell::RefCell, fmt, io::Write as _, ops::Range};

use serde::Serialize;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};

pub(super) fn layer<S, W>(writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    Lines { writer }.boxed()
}

/// Names and their values as JSON; a name that comes again has its last value.
#[derive(Default)]
struct Fields {
    json: Vec<u8>,
    values: Vec<(&'static str, Range<usize>)>,
}

impl Fields {
    fn clear(&mut self) {
        self.json.clear();
        self.values.clear();
    }

    fn set(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let from = self.json.len();
        // Writing to memory can not fail, and what is written has no map with odd keys.
        if serde_json::to_writer(&mut self.json, value).is_ok() {
            self.place(name, from..self.json.len());
        }
    }

    fn record(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        if !field.name().starts_with("otel.") {
            self.set(field.name(), value);
        }
    }

    /// Adds those of a span, which are closer to the event than what is there.
    fn extend(&mut self, others: &Self) {
        let offset = self.json.len();
        self.json.extend_from_slice(&others.json);
        for (name, at) in &others.values {
            self.place(name, at.start + offset..at.end + offset);
        }
    }

    fn place(&mut self, name: &'static str, at: Range<usize>) {
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = at,
            None => self.values.push((name, at)),
        }
    }

    /// The object, on a line of its own.
    fn write_line(&self, line: &mut Vec<u8>) {
        line.push(b'{');
        for (index, (name, at)) in self.values.iter().enumerate() {
            if index > 0 {
                line.push(b',');
            }
            if serde_json::to_writer(&mut *line, name).is_ok() {
                line.push(b':');
                line.extend_from_slice(&self.json[at.clone()]);
            }
        }
        line.extend_from_slice(b"}\n");
    }
}

struct Lines<W> {
    writer: W,
}

/// What a thread puts its lines together in.
#[derive(Default)]
struct Scratch {
    fields: Fields,
    line: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl<W> Lines<W>
where
    W: for<'a> MakeWriter<'a>,
{
    fn write<S>(&self, event: &Event<'_>, ctx: &Context<'_, S>, scratch: &mut Scratch)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Scratch { fields, line } = scratch;
        fields.clear();
        line.clear();

        // Outermost span first: what is said closer to the event wins.
        let spans = ctx.event_scope(event).into_iter();
        for span in spans.flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.extend(known);
            }
            fields.set("span", span.name());
        }
        event.record(fields);

        let metadata = event.metadata();
        fields.set("level", metadata.level().as_str());
        fields.set("target", metadata.target());
        fields.set("timestamp", &now());
        fields.write_line(line);

        // There is nobody to tell that the log can't be written.
        let _ = self.writer.make_writer_for(metadata).write_all(line);
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, ctx: Context<'_, S>) {
        if let Some(span) = ctx.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.write(event, &ctx, &mut scratch),
            // Another subscriber of this thread is in the middle of its own.
            Err(_) => self.write(event, &ctx, &mut Scratch::default()),
        });
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a log line is stamped by the machine's clock, whatever the domain's says"
)]
fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Every field but what only traces are told.
impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record(field, &format!("{value:?}"));
    }
}
