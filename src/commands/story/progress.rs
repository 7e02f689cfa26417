//! What a person sees while a story is made: one bar per phase and what the agent is doing now.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

/// The phases in order, with the progress at which each begins and ends (contract, Code Story.5).
const PHASES: [(&str, u64, u64); 3] = [
    ("analyzing", 0, 40),
    ("generating", 40, 70),
    ("synthesizing", 70, 100),
];

pub(crate) struct Progress {
    bars: Vec<ProgressBar>,
    current: usize,
}

impl Progress {
    /// Bars on standard error; hidden when it is no terminal or `quiet` is asked for.
    pub(crate) fn new(quiet: bool) -> Self {
        let group = MultiProgress::new();
        if quiet {
            group.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }

        let bars = PHASES.iter().map(|(name, _, _)| {
            let bar = group.add(ProgressBar::new(100).with_style(style()).with_prefix(*name));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });

        Self {
            bars: bars.collect(),
            current: 0,
        }
    }

    /// Takes one event of the run.
    pub(crate) fn show(&mut self, kind: &str, data: &Value) {
        match kind {
            "status" => self.advance(data["progress"].as_f64().unwrap_or_default()),
            "log" => {
                let action = data["action"].as_str().unwrap_or_default();
                let agent = data["agent_name"].as_str().unwrap_or_default();
                if data["level"] == "warning" {
                    self.bars[self.current].println(format!("warning: {agent}: {action}"));
                }
                self.bars[self.current].set_message(format!("{agent}: {action}"));
            }
            "retry" => self.bars[self.current].println("warning: System: Trying again"),
            _ => {}
        }
    }

    fn advance(&mut self, progress: f64) {
        for (index, (_, from, to)) in PHASES.iter().enumerate() {
            let share = (progress - *from as f64) / (to - from) as f64;
            let position = (share.clamp(0.0, 1.0) * 100.0).round() as u64;
            if position == 100 && !self.bars[index].is_finished() {
                self.bars[index].finish_with_message("done");
            } else if !self.bars[index].is_finished() {
                self.bars[index].set_position(position);
            }

            if (0.0..1.0).contains(&share) {
                self.current = index;
            }
        }
    }

    /// Takes the bars away, so that what follows is easy to read.
    pub(crate) fn clear(&self) {
        for bar in &self.bars {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:>13} {bar:20.cyan/dim} {percent:>3}% {elapsed:>4} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
