//! The events of a run in LangGraph's words, for a client that chose its modes. Each event of the engine is several of theirs, in a fixed order
//! that no choice changes: so an event's place says which of them it was, and who comes back goes on exactly behind it.

use bytes::Bytes;
use proto::v1::{RunEvent, ThreadRun};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::threads::RUN_FAILED;

/// What a client wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StreamMode {
    /// The values after each step.
    Values,
    /// What each node gave.
    Updates,
    /// What agents write, whole so far.
    Messages,
    /// What agents write, piece by piece.
    MessagesTuple,
    /// Nodes that begin and end.
    Tasks,
    /// States as they are kept.
    Checkpoints,
    /// Tasks and checkpoints, with their steps.
    Debug,
    /// Beginnings and ends, as chains.
    Events,
    /// What a definition says by itself.
    Custom,
}

impl StreamMode {
    const EVERY: [(Self, &'static str); 9] = [
        (Self::Values, "values"),
        (Self::Updates, "updates"),
        (Self::Messages, "messages"),
        (Self::MessagesTuple, "messages-tuple"),
        (Self::Tasks, "tasks"),
        (Self::Checkpoints, "checkpoints"),
        (Self::Debug, "debug"),
        (Self::Events, "events"),
        (Self::Custom, "custom"),
    ];
}

/// The modes of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamModes(u16);

impl StreamModes {
    pub(crate) const ALL: Self = Self(u16::MAX);
    pub(crate) const NONE: Self = Self(0);

    const fn has(self, mode: StreamMode) -> bool {
        self.0 & (1 << mode as u16) != 0
    }

    pub(crate) fn names(self) -> Vec<&'static str> {
        let chosen = StreamMode::EVERY.into_iter().filter(|(mode, _)| self.has(*mode));
        chosen.map(|(_, name)| name).collect()
    }
}

impl From<&[StreamMode]> for StreamModes {
    fn from(modes: &[StreamMode]) -> Self {
        Self(modes.iter().fold(0, |bits, mode| bits | 1 << *mode as u16))
    }
}

/// Where a client is in a run's events: the engine's number, and which of the events that were made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ThreadEventPlace {
    number: u64,
    index: u32,
}

impl ThreadEventPlace {
    /// The place that an `id` says, when it is one of this run. Whoever comes with another one is told everything.
    pub(crate) fn read(id: &str, run: &str) -> Option<Self> {
        let (place, of) = id.trim().split_once('@')?;
        let (number, index) = place.split_once('-')?;
        let place = Self {
            number: number.parse().ok()?,
            index: index.parse().ok()?,
        };

        (of == run).then_some(place)
    }
}

/// An event, ready to be written.
pub(crate) struct ToldEvent {
    /// None for what is only live.
    place: Option<ThreadEventPlace>,
    name: &'static str,
    data: Value,
}

impl ToldEvent {
    /// That a run is done, for who listens to all of a thread: behind everything else of it.
    pub(crate) fn run_done(run: &str) -> Self {
        Self {
            place: Some(ThreadEventPlace {
                number: u64::MAX,
                index: 0,
            }),
            name: "metadata",
            data: json!({ "status": "run_done", "run_id": run }),
        }
    }

    /// Whether it says that a run began or is done.
    pub(crate) fn is_lifecycle(&self) -> bool {
        self.name == "metadata"
    }

    pub(crate) fn is_behind(&self, place: ThreadEventPlace) -> bool {
        self.place.is_none_or(|own| own > place)
    }

    pub(crate) fn write(&self, run: &str) -> Bytes {
        let (name, data) = (self.name, &self.data);
        match self.place {
            Some(ThreadEventPlace { number, index }) => {
                format!("event: {name}\ndata: {data}\nid: {number}-{index}@{run}\n\n").into()
            }
            None => format!("event: {name}\ndata: {data}\n\n").into(),
        }
    }
}

/// A task that began and has not ended.
struct Begun {
    id: Value,
    name: String,
}

/// One run, as it is told. It is read from its beginning, whoever is told it from where.
pub(crate) struct RunProjection {
    run_id: String,
    thread_id: String,
    assistant_id: String,
    graph: String,
    values: Value,
    step: i64,
    begun: Vec<Begun>,
    /// The engine's step whose state was told.
    told_step: Option<u64>,
    /// What was streamed of the message that each node writes.
    streamed: Map<String, Value>,
    error: Option<Value>,
    interrupts: Vec<Value>,
    out: Vec<ToldEvent>,
}

impl RunProjection {
    pub(crate) fn new(run: &ThreadRun) -> Self {
        Self {
            run_id: run.id.clone(),
            thread_id: run.thread_id.clone(),
            assistant_id: run.assistant_id.clone(),
            graph: run.graph.clone(),
            values: json!({}),
            step: 0,
            begun: Vec::new(),
            told_step: None,
            streamed: Map::new(),
            error: None,
            interrupts: Vec::new(),
            out: Vec::new(),
        }
    }

    /// What the run ended with: its values, what is asked, or why it failed.
    pub(crate) fn into_values(self) -> Value {
        if let Some(error) = self.error {
            return json!({ "__error__": error });
        }
        let mut values = self.values;
        if !self.interrupts.is_empty() {
            values["__interrupt__"] = Value::Array(self.interrupts);
        }

        values
    }

    /// What an event of the engine is told as in these modes.
    pub(crate) fn project(&mut self, event: &RunEvent, modes: StreamModes) -> Vec<ToldEvent> {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let mut all: Vec<(Option<StreamMode>, &'static str, Value)> = Vec::new();
        match event.kind.as_str() {
            "begin" => self.begin(&data, &mut all),
            "update" => self.update(&data, &mut all),
            "checkpoint" => self.checkpoint(&data, &mut all),
            "interrupt" => self.interrupt(&data, &mut all),
            "custom" => all.push((Some(StreamMode::Custom), "custom", data["data"].clone())),
            "delta" => self.delta(&data, &mut all),
            "message" => self.message(&data, &mut all),
            "end" => self.end(&data, &mut all),
            _ => {}
        }

        let live = event.number == 0 && event.kind == "delta";
        for (index, (mode, name, data)) in (0_u32..).zip(all) {
            if mode.is_none_or(|mode| modes.has(mode)) {
                let place = (!live).then_some(ThreadEventPlace {
                    number: event.number,
                    index,
                });
                self.out.push(ToldEvent { place, name, data });
            }
        }
        std::mem::take(&mut self.out)
    }

    fn metadata(&self) -> Value {
        json!({
            "created_by": "system", "graph_id": self.graph, "assistant_id": self.assistant_id,
            "run_attempt": 1, "run_id": self.run_id, "thread_id": self.thread_id,
        })
    }

    fn begin(&mut self, data: &Value, all: &mut ToldEvents) {
        all.push((None, "metadata", json!({ "run_id": self.run_id, "attempt": 1 })));
        let input = data["input"].clone();
        let started = json!({
            "event": "on_chain_start", "data": { "input": input }, "name": self.graph, "tags": [],
            "run_id": self.run_id, "metadata": self.metadata(), "parent_ids": [],
        });
        all.push((Some(StreamMode::Events), "events", started));
        if data["values"].is_null() {
            return;
        }

        self.values = data["values"].clone();
        all.push((Some(StreamMode::Values), "values", self.values.clone()));
        if data["anew"] == true {
            self.tell_checkpoint(data, all);
        }
        self.begin_tasks(data, all);
    }

    fn checkpoint(&mut self, data: &Value, all: &mut ToldEvents) {
        let step = data["engine_step"].as_u64();
        if data["values"].is_null() || (step.is_some() && step == self.told_step) {
            return;
        }

        self.told_step = step;
        self.values = data["values"].clone();
        all.push((Some(StreamMode::Values), "values", self.values.clone()));
        let chunk = json!({
            "event": "on_chain_stream", "run_id": self.run_id, "name": self.graph, "tags": [],
            "metadata": self.metadata(), "data": { "chunk": ["values", self.values] }, "parent_ids": [],
        });
        all.push((Some(StreamMode::Events), "events", chunk));
        self.tell_checkpoint(data, all);
        self.begin_tasks(data, all);
    }

    fn tell_checkpoint(&mut self, data: &Value, all: &mut ToldEvents) {
        self.step = data["step"].as_i64().unwrap_or_default();
        let config = |id: &Value| match id {
            Value::Null => Value::Null,
            id => json!({ "configurable": {
                "checkpoint_ns": "", "thread_id": self.thread_id, "run_id": self.run_id, "graph_id": self.graph,
                "assistant_id": self.assistant_id, "checkpoint_id": id,
            } }),
        };
        let tasks: Vec<Value> = data["tasks"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|task| json!({ "id": task["id"], "name": task["name"], "interrupts": [], "state": null }))
            .collect();
        let told = json!({
            "config": config(&data["checkpoint_id"]),
            "parent_config": config(&data["parent_checkpoint_id"]),
            "values": data["values"],
            "metadata": { "source": "loop", "step": self.step, "parents": {} },
            "next": data["next"],
            "tasks": tasks,
        });
        all.push((Some(StreamMode::Checkpoints), "checkpoints", told.clone()));

        all.push((
            Some(StreamMode::Debug),
            "debug",
            self.debug("checkpoint", self.step, told),
        ));
    }

    fn debug(&self, kind: &str, step: i64, payload: Value) -> Value {
        json!({ "step": step, "type": kind, "payload": payload })
    }

    fn begin_tasks(&mut self, data: &Value, all: &mut ToldEvents) {
        self.step = data["step"].as_i64().unwrap_or(self.step);
        self.begun.clear();

        for task in data["tasks"].as_array().into_iter().flatten() {
            let name = task["name"].as_str().unwrap_or_default().to_owned();
            let told = json!({
                "id": task["id"], "name": name, "input": self.values, "triggers": [format!("branch:to:{name}")],
                "metadata": self.metadata(),
            });
            all.push((Some(StreamMode::Tasks), "tasks", told.clone()));
            all.push((
                Some(StreamMode::Debug),
                "debug",
                self.debug("task", self.step + 1, told),
            ));
            self.begun.push(Begun {
                id: task["id"].clone(),
                name,
            });
        }
    }

    fn update(&mut self, data: &Value, all: &mut ToldEvents) {
        let node = data["node"].as_str().unwrap_or_default();
        // One that is too large for an event is in the values.
        let update = data.get("update").cloned().unwrap_or_else(|| json!({}));
        all.push((Some(StreamMode::Updates), "updates", json!({ node: update })));
        self.end_task(node, update, Vec::new(), all);
    }

    fn end_task(&self, node: &str, result: Value, interrupts: Vec<Value>, all: &mut ToldEvents) {
        let id = self
            .begun
            .iter()
            .find(|task| task.name == node)
            .map(|task| task.id.clone());
        let told =
            json!({ "id": id, "name": node, "error": null, "result": result, "interrupts": interrupts });
        all.push((Some(StreamMode::Tasks), "tasks", told.clone()));

        all.push((
            Some(StreamMode::Debug),
            "debug",
            self.debug("task_result", self.step + 1, told),
        ));
    }

    fn interrupt(&mut self, data: &Value, all: &mut ToldEvents) {
        let asked = &data["interrupt"];
        let asked = json!({ "value": asked["value"], "id": asked["id"], "response_schema": asked["response_schema"] });
        self.values = data["values"].clone();
        self.interrupts.push(asked.clone());
        all.push((
            Some(StreamMode::Updates),
            "updates",
            json!({ "__interrupt__": [asked] }),
        ));
        let mut values = self.values.clone();
        values["__interrupt__"] = Value::Array(self.interrupts.clone());
        all.push((Some(StreamMode::Values), "values", values));

        self.end_task(
            data["task_name"].as_str().unwrap_or_default(),
            json!({}),
            vec![asked],
            all,
        );
    }

    /// The id of what a node writes in this step.
    fn message_id(&self, node: &str) -> String {
        format!("run--{}-{node}-{}", self.run_id, self.step + 1)
    }

    fn message_metadata(&self, node: &str) -> Value {
        let mut metadata = self.metadata();
        metadata["langgraph_node"] = node.into();
        metadata["langgraph_step"] = (self.step + 1).into();
        metadata["langgraph_checkpoint_ns"] = "".into();
        metadata
    }

    fn delta(&mut self, data: &Value, all: &mut ToldEvents) {
        let node = data["node"].as_str().unwrap_or_default();
        let text = data["text"].as_str().unwrap_or_default();
        let (id, metadata) = (self.message_id(node), self.message_metadata(node));
        self.write_chunk(node, text, all);

        let so_far = self
            .streamed
            .get(&id)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let is_first = so_far.is_empty();
        let so_far = so_far + text;
        if is_first {
            let told = json!({ id.as_str(): { "metadata": metadata } });
            all.push((Some(StreamMode::Messages), "messages/metadata", told));
        }
        let partial = json!([{ "type": "ai", "id": id, "content": so_far }]);
        all.push((Some(StreamMode::Messages), "messages/partial", partial));
        self.streamed.insert(id, so_far.into());
    }

    fn write_chunk(&self, node: &str, text: &str, all: &mut ToldEvents) {
        let chunk = json!({ "type": "AIMessageChunk", "id": self.message_id(node), "content": text });
        let pair = json!([chunk, self.message_metadata(node)]);
        all.push((Some(StreamMode::MessagesTuple), "messages", pair));
    }

    /// Whole, where nothing of it was streamed: pieces are added up by clients.
    fn message(&mut self, data: &Value, all: &mut ToldEvents) {
        let node = data["node"].as_str().unwrap_or_default();
        let text = data["text"].as_str().unwrap_or_default();
        let id = self.message_id(node);
        if self.streamed.remove(&id).is_none() {
            self.write_chunk(node, text, all);
        }
        let whole = json!([{ "type": "ai", "id": id, "content": text }]);
        all.push((Some(StreamMode::Messages), "messages/complete", whole));
    }

    fn end(&mut self, data: &Value, all: &mut ToldEvents) {
        // Whoever waits for the end alone has them from here.
        if let Some(values) = data.get("values") {
            self.values = values.clone();
        }
        if data["status"] == "error" {
            let error = json!({ "error": RUN_FAILED, "message": data["error"] });
            self.error = Some(error.clone());
            all.push((None, "error", error));
        }
        if data["paused"] == true {
            let nothing_asked = json!({ "__interrupt__": [] });
            all.push((Some(StreamMode::Updates), "updates", nothing_asked));
        }

        let ended = json!({
            "event": "on_chain_end", "run_id": self.run_id, "name": self.graph, "tags": [], "metadata": self.metadata(),
            "data": { "output": self.values }, "parent_ids": [],
        });
        all.push((Some(StreamMode::Events), "events", ended));
    }
}

type ToldEvents = Vec<(Option<StreamMode>, &'static str, Value)>;

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> ThreadRun {
        ThreadRun {
            id: "r".to_owned(),
            thread_id: "t".to_owned(),
            graph: "asker".to_owned(),
            ..ThreadRun::default()
        }
    }

    fn event(number: u64, kind: &str, data: &Value) -> RunEvent {
        RunEvent {
            number,
            kind: kind.to_owned(),
            data: data.to_string(),
            ..RunEvent::default()
        }
    }

    fn two_steps() -> Vec<RunEvent> {
        let asked = json!({ "id": "q", "value": { "prompt": "Good?" }, "response_schema": null });
        vec![
            event(
                3,
                "begin",
                &json!({ "anew": true, "values": { "topic": "cats" }, "next": ["write"], "step": 0,
                "tasks": [{ "id": "a", "name": "write" }] }),
            ),
            event(
                4,
                "update",
                &json!({ "node": "write", "step": 1, "update": { "draft": "About cats" } }),
            ),
            event(
                5,
                "checkpoint",
                &json!({ "engine_step": 1, "step": 1, "values": { "topic": "cats", "draft": "About cats" },
                "next": ["ask"], "tasks": [{ "id": "b", "name": "ask" }] }),
            ),
            event(
                6,
                "interrupt",
                &json!({ "interrupt": asked, "task_name": "ask",
                "values": { "topic": "cats", "draft": "About cats" } }),
            ),
            event(7, "end", &json!({ "status": "success" })),
        ]
    }

    fn told(modes: StreamModes, behind: Option<ThreadEventPlace>) -> Vec<String> {
        let mut projection = RunProjection::new(&run());
        let events = two_steps();
        let told = events.iter().flat_map(|event| projection.project(event, modes));
        told.filter(|told| behind.is_none_or(|place| told.is_behind(place)))
            .map(|told| String::from_utf8(told.write("r").to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn only_modes_that_were_chosen_are_told_and_a_question_is_in_both() {
        let modes = StreamModes::from(&[StreamMode::Values, StreamMode::Updates][..]);
        expect_test::expect![[r#"
            event: metadata
            data: {"run_id":"r","attempt":1}
            id: 3-0@r

            event: values
            data: {"topic":"cats"}
            id: 3-2@r

            event: updates
            data: {"write":{"draft":"About cats"}}
            id: 4-0@r

            event: values
            data: {"topic":"cats","draft":"About cats"}
            id: 5-0@r

            event: updates
            data: {"__interrupt__":[{"value":{"prompt":"Good?"},"id":"q","response_schema":null}]}
            id: 6-0@r

            event: values
            data: {"topic":"cats","draft":"About cats","__interrupt__":[{"value":{"prompt":"Good?"},"id":"q","response_schema":null}]}
            id: 6-1@r

        "#]]
        .assert_eq(&told(modes, None).concat());
    }

    #[test]
    fn whoever_comes_back_with_any_id_is_told_the_rest_and_nothing_twice() {
        let all = told(StreamModes::ALL, None);
        for cut in 0..all.len() {
            let id = all[cut]
                .lines()
                .find_map(|line| line.strip_prefix("id: "))
                .unwrap();
            let place = ThreadEventPlace::read(id, "r");
            assert!(place.is_some(), "{id}");
            assert_eq!(told(StreamModes::ALL, place), all[cut + 1..], "after {id}");
            assert_eq!(ThreadEventPlace::read(id, "another"), None);
        }
        for none in ["-1", "", "12", "x@r", "1@r", "a-b@r"] {
            assert_eq!(ThreadEventPlace::read(none, "r"), None, "{none}");
        }
    }

    #[test]
    fn a_run_that_stopped_where_it_was_to_says_so_without_asking() {
        let mut projection = RunProjection::new(&run());
        let end = event(7, "end", &json!({ "status": "success", "paused": true }));
        let told = projection.project(&end, StreamModes::from(&[StreamMode::Updates][..]));
        let told: Vec<_> = told.iter().map(|told| (told.name, told.data.clone())).collect();

        assert_eq!(told, [("updates", json!({ "__interrupt__": [] }))]);
        assert_eq!(projection.into_values(), json!({}));
    }

    #[test]
    fn the_values_of_a_run_that_stopped_at_a_question_hold_it() {
        let mut projection = RunProjection::new(&run());
        for event in two_steps() {
            assert!(
                projection
                    .project(&event, StreamModes::NONE)
                    .iter()
                    .all(|told| told.name == "metadata")
            );
        }
        assert_eq!(projection.into_values()["__interrupt__"][0]["id"], "q");
    }

    #[test]
    fn what_was_streamed_is_not_told_again_whole() {
        let mut projection = RunProjection::new(&run());
        let modes = StreamModes::from(&[StreamMode::MessagesTuple][..]);
        let mut chunks = Vec::new();
        for event in [
            event(0, "delta", &json!({ "node": "say", "text": "Hel" })),
            event(0, "delta", &json!({ "node": "say", "text": "lo" })),
            event(
                8,
                "message",
                &json!({ "node": "say", "agent": "x", "text": "Hello" }),
            ),
            event(
                9,
                "message",
                &json!({ "node": "other", "agent": "x", "text": "Whole" }),
            ),
        ] {
            let told = projection.project(&event, modes);
            chunks.extend(told.iter().map(|told| told.data[0]["content"].clone()));
        }
        assert_eq!(chunks, ["Hel", "lo", "Whole"]);
    }
}
