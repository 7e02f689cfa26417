//! What leaves of a chat: every word through the sanitizer, while it is streamed.

use kit::ephemeral::{Ephemeral, Wipe};
use proto::tasks::adiuva::{AssistantOutput, PlanAction};
use proto::v1::ChatEvent;
use proto::v1::chat_event::Event;
use redaction::{Fingerprints, Marks, Sanitizer};
use tokio::sync::mpsc;
use tonic::Status;

use super::ORCHESTRATOR;
use crate::outgoing::{Cleaner, note_removals};

/// The way to whoever asked.
pub(crate) struct Outgoing {
    fingerprints: Fingerprints,
    sanitizer: Sanitizer,
    /// None where only the whole answer is heard.
    out: Option<mpsc::Sender<Result<ChatEvent, Status>>>,
    /// All words that left since the answer began.
    said: Ephemeral<String>,
}

impl Outgoing {
    pub(crate) fn new(
        fingerprints: Fingerprints,
        out: Option<mpsc::Sender<Result<ChatEvent, Status>>>,
    ) -> Self {
        Self {
            sanitizer: Sanitizer::new(fingerprints.clone()),
            fingerprints,
            out,
            said: Ephemeral::new(String::new()),
        }
    }

    /// The next words of an answer.
    pub(super) async fn say(&mut self, words: &str) {
        let words = self.sanitizer.push(words);
        self.tell(words).await;
    }

    /// Nothing comes at the moment: what is harmless so far goes out.
    pub(super) async fn pause(&mut self) {
        let words = self.sanitizer.pause();
        self.tell(words).await;
    }

    /// The words so far are void.
    pub(super) async fn restart(&mut self) {
        note_removals(ORCHESTRATOR, self.sanitizer.removals());
        self.sanitizer = Sanitizer::new(self.fingerprints.clone());
        if self.said.expose().is_empty() {
            return;
        }

        self.said.expose_mut().wipe();
        self.send(Event::Restart(true)).await;
    }

    /// The whole answer, when its last word was said.
    pub(super) async fn finish(mut self) -> Ephemeral<String> {
        let rest = self.sanitizer.finish();
        self.tell(rest).await;
        note_removals(ORCHESTRATOR, self.sanitizer.removals());

        self.said
    }

    /// What is proposed, without what must not leave.
    pub(super) fn clean_actions(&self, actions: &mut [PlanAction]) {
        clean_actions(&self.fingerprints, actions);
    }

    async fn tell(&mut self, words: String) {
        if words.is_empty() {
            return;
        }

        self.said.expose_mut().push_str(&words);
        self.send(Event::Token(words)).await;
    }

    async fn send(&self, event: Event) {
        let Some(out) = &self.out else { return };
        // When nobody listens any more the work is being dropped, and there is nobody to tell.
        let _ = out.send(Ok(ChatEvent { event: Some(event) })).await;
    }
}

/// A whole answer without what must not leave, for doors that stream none.
pub(crate) fn clean_output(fingerprints: &Fingerprints, output: &mut AssistantOutput) {
    cleaner(fingerprints).clean_text(&mut output.response);
    clean_actions(fingerprints, &mut output.actions);
}

fn clean_actions(fingerprints: &Fingerprints, actions: &mut [PlanAction]) {
    let cleaner = cleaner(fingerprints);
    for data in actions.iter_mut().filter_map(|action| action.data.as_mut()) {
        data.values_mut().for_each(|value| {
            cleaner.clean_value(value);
        });
    }
}

const fn cleaner(fingerprints: &Fingerprints) -> Cleaner<'_> {
    Cleaner {
        agent: ORCHESTRATOR,
        fingerprints,
        marks: Marks::All,
    }
}
