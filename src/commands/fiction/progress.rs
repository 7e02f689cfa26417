//! What a person sees while a book is written: one bar with what is being done, how much of it is done, and what was done last.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

const BAR: &str = "{prefix:>11} {bar:24.cyan/dim} {pos:>3}% {elapsed:>4} {wide_msg}";

pub(super) struct BookProgress {
    bar: ProgressBar,
}

impl BookProgress {
    /// On standard error; hidden when it is no terminal or `quiet` is asked for.
    pub(super) fn new(quiet: bool) -> Self {
        let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(100).with_style(style).with_prefix("waiting");
        match quiet {
            true => bar.set_draw_target(ProgressDrawTarget::hidden()),
            false => bar.enable_steady_tick(Duration::from_millis(200)),
        }

        Self { bar }
    }

    /// Takes one event of the run.
    pub(super) fn show(&self, kind: &str, data: &Value) {
        match kind {
            "status" => {
                let phase = data["phase"].as_str().filter(|phase| !phase.is_empty());
                self.bar.set_prefix(phase.unwrap_or("waiting").to_owned());
                self.bar.set_position(percent(&data["progress"]));
            }
            "scene" => {
                let (chapter, title) = (&data["chapter"], data["title"].as_str().unwrap_or_default());
                self.bar.set_message(format!("chapter {chapter}: {title}"));
            }
            "log" => self.tell(data),
            "retry" => self.bar.println("warning: Editor: Trying again"),
            _ => {}
        }
    }

    fn tell(&self, data: &Value) {
        let action = data["action"].as_str().unwrap_or_default();
        let agent = data["agent_name"].as_str().unwrap_or_default();
        match data["level"] == "warning" {
            true => self.bar.println(format!("warning: {agent}: {action}")),
            false => self.bar.set_message(format!("{agent}: {action}")),
        }
    }

    /// Says something below which the bar goes on.
    pub(super) fn suspend(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }

    /// Takes the bar away, so that what follows is easy to read.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=100"
)]
fn percent(progress: &Value) -> u64 {
    progress.as_f64().unwrap_or_default().clamp(0.0, 100.0) as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bar_says_what_is_done_and_how_much() {
        let progress = BookProgress::new(true);
        progress.show(
            "status",
            &json!({ "status": "running", "phase": "writing", "progress": 41.5 }),
        );
        progress.show("scene", &json!({ "chapter": 2, "title": "The Tide" }));

        assert_eq!(
            (progress.bar.position(), progress.bar.prefix()),
            (41, "writing".to_owned())
        );
        assert_eq!(progress.bar.message(), "chapter 2: The Tide");
    }
}
