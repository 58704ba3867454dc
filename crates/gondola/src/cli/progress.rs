//! Progress of long work: a bar on a terminal, plain lines otherwise.
//!
//! Invariant: written to standard error, so that standard output holds only the answer.

use std::io::IsTerminal;

use domain::Stopwatch;
use indicatif::{ProgressBar, ProgressStyle};

/// Seconds between two plain lines.
const LINE_EVERY_SECONDS: u64 = 2;

/// Progress of one piece of work.
pub(crate) struct Progress {
    label: String,
    bar: Option<ProgressBar>,
    since: Stopwatch,
    said: u64,
}

impl Progress {
    /// Nothing done yet.
    pub(crate) fn new(label: &str) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {per_sec} {eta}");
            let bar = ProgressBar::new(0).with_prefix(label.to_owned());
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        Progress { label: label.to_owned(), bar, since: Stopwatch::start(), said: 0 }
    }

    /// So much is done, of so much in all when that is known.
    pub(crate) fn set(&mut self, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
            return;
        }
        let now = self.since.elapsed().as_secs() / LINE_EVERY_SECONDS;
        if now > self.said {
            self.said = now;
            let of = total.map_or_else(String::new, |total| format!("/{total}"));
            remark!("{}: {done}{of}", self.label);
        }
    }

    /// Done.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
