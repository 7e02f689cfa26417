//! One bar for what takes long in a backup or a restore.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What a bar counts.
#[derive(Clone, Copy)]
pub(in crate::commands) enum Counted {
    Things,
    Bytes,
}

/// On standard error; hidden when it is no terminal or `quiet` is asked for.
pub(in crate::commands) fn start(
    name: &'static str,
    total: u64,
    counted: Counted,
    quiet: bool,
) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    let template = match counted {
        Counted::Things => "{prefix:>13} {bar:20.cyan/dim} {pos} of {len} {elapsed:>4}",
        Counted::Bytes => "{prefix:>13} {bar:20.cyan/dim} {bytes} of {total_bytes} {elapsed:>4}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("━━─")).with_prefix(name)
}
