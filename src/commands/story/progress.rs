//! What a person sees while a story is made: one bar for each stage, with a clock of its own, how much of it is done, and
//! what is being done now.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

/// The stages in order, as events name them; and the tools of agents of which a stage is made, when it can be counted.
const STAGES: [(&str, Option<&str>); 3] = [
    ("analyzing", None),
    ("generating", Some("write_chapter")),
    ("synthesizing", Some("synthesize_chunk")),
];

const WAITING: &str = "{prefix:>13}";
const WORKING: &str = "{prefix:>13} {spinner:.cyan} {elapsed:>4} {wide_msg}";
const COUNTED: &str = "{prefix:>13} {bar:20.cyan/dim} {pos} of {len} {elapsed:>4} {wide_msg}";
const DONE: &str = "{prefix:>13} {elapsed:>4} {wide_msg}";

pub(crate) struct Progress {
    group: MultiProgress,
    stages: Vec<Stage>,
    /// The stage that is being worked on.
    current: Option<usize>,
}

struct Stage {
    bar: ProgressBar,
    done: u64,
}

impl Progress {
    /// Bars on standard error; hidden when it is no terminal or `quiet` is asked for.
    pub(crate) fn new(quiet: bool) -> Self {
        let group = MultiProgress::new();
        if quiet {
            group.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }

        let stages = STAGES.iter().map(|(name, _)| {
            let bar = ProgressBar::no_length()
                .with_style(style(WAITING))
                .with_prefix(*name);
            Stage {
                bar: group.add(bar),
                done: 0,
            }
        });

        Self {
            stages: stages.collect(),
            group,
            current: None,
        }
    }

    /// A line above the bars.
    fn say(&self, line: &str) {
        // A terminal that takes no line takes no bars either; the work goes on without it.
        let _ = self.group.println(line);
    }

    /// Takes one event of the run.
    pub(crate) fn show(&mut self, kind: &str, data: &Value) {
        match kind {
            "status" => self.enter(data),
            "log" => self.tell(data),
            "retry" => self.say("warning: System: Trying again"),
            _ => {}
        }
    }

    fn enter(&mut self, data: &Value) {
        let phase = ["phase", "status"]
            .iter()
            .filter_map(|key| data[*key].as_str())
            .find_map(|phase| STAGES.iter().position(|(name, _)| *name == phase));
        let Some(stage) = phase.filter(|stage| self.current.is_none_or(|current| *stage > current)) else {
            return;
        };

        for earlier in 0..stage {
            self.finish(earlier);
        }

        let bar = &self.stages[stage].bar;
        bar.reset_elapsed();
        bar.set_style(style(WORKING));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.current = Some(stage);
    }

    fn finish(&self, stage: usize) {
        let Stage { bar, done } = &self.stages[stage];
        if bar.is_finished() {
            return;
        }

        let count = match (*done, STAGES[stage].1) {
            (0, _) | (_, None) => "done".to_owned(),
            (done, Some(_)) => format!("done, {done}"),
        };
        bar.set_style(style(DONE));
        bar.finish_with_message(count);
    }

    fn tell(&mut self, data: &Value) {
        let action = data["action"].as_str().unwrap_or_default();
        let agent = data["agent_name"].as_str().unwrap_or_default();
        if data["level"] == "warning" {
            self.say(&format!("warning: {agent}: {action}"));
        }

        let tool = data["details"]["tool"].as_str();
        let counted = STAGES
            .iter()
            .position(|(_, counted)| counted.is_some() && *counted == tool);
        if let (Some(stage), Some(of)) = (counted, data["details"]["of"].as_u64()) {
            self.count(stage, of);
        }

        if let Some(current) = self.current {
            self.stages[current].bar.set_message(format!("{agent}: {action}"));
        }
    }

    fn count(&mut self, stage: usize, of: u64) {
        let Stage { bar, done } = &mut self.stages[stage];
        *done = (*done + 1).min(of);
        bar.set_length(of);
        bar.set_position(*done);
        if !bar.is_finished() {
            bar.set_style(style(COUNTED));
        }
    }

    /// Takes the bars away, so that what follows is easy to read.
    pub(crate) fn clear(&self) {
        for stage in &self.stages {
            stage.bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stages_begin_one_after_the_other_and_count_what_is_done_of_how_much() {
        let mut progress = Progress::new(true);
        progress.show("status", &json!({ "phase": "analyzing", "progress": 0 }));
        progress.show(
            "log",
            &json!({ "agent_name": "Analyzer", "action": "Read", "details": {} }),
        );
        assert_eq!(progress.current, Some(0));

        progress.show("status", &json!({ "phase": "synthesizing", "progress": 70 }));
        assert!(progress.stages[0].bar.is_finished() && progress.stages[1].bar.is_finished());

        for part in 1..=7 {
            let details = json!({ "tool": "synthesize_chunk", "part": part, "of": 31 });
            progress.show(
                "log",
                &json!({ "agent_name": "Synthesizer", "action": "Spoke", "details": details }),
            );
        }

        let bar = &progress.stages[2].bar;
        assert_eq!((bar.position(), bar.length()), (7, Some(31)));

        progress.show("status", &json!({ "phase": "generating", "progress": 50 }));
        assert_eq!(progress.current, Some(2), "an older event takes nothing back");
    }
}
