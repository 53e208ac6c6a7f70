//! A progress bar on standard error: only on a terminal, and only after half a second.

use std::{
    io::{self, IsTerminal as _},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trueup_core::engine::Watch;

/// Silence while it is fast.
const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(50);

/// Runs `work` and shows how far `watch` says it is.
pub(crate) fn watched<T>(watch: &Watch, quiet: bool, work: impl FnOnce() -> T) -> T {
    if quiet || !io::stderr().is_terminal() {
        return work();
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| show(watch, &over));
        let outcome = work();
        over.store(true, Ordering::Relaxed);
        outcome
    })
}

fn show(watch: &Watch, over: &AtomicBool) {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if over.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(TICK);
        waited += TICK;
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} files") {
        bar.set_style(style);
    }
    while !over.load(Ordering::Relaxed) {
        bar.set_length(watch.total.load(Ordering::Relaxed));
        bar.set_position(watch.done.load(Ordering::Relaxed));
        thread::sleep(TICK);
    }
    bar.finish_and_clear();
}
