//! Which calls led to where something went wrong.
//!
//! Invariant: what is told is bounded, in frames, in bytes and in how often: finding the names of a stack costs milliseconds, and a fault
//! that happens with every request must not become the reason that there is no time for the others.

use std::{
    backtrace::Backtrace,
    fmt::Write as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::Stopwatch;

const MOST_FRAMES: usize = 32;
const MOST_BYTES: usize = 4_096;
const MOST_A_SECOND: u64 = 8;
/// The runtime, the server and the language: what is between them is what was called.
const NOT_OURS: [&str; 12] = [
    "std",
    "core",
    "alloc",
    "tokio",
    "futures_util",
    "futures_core",
    "tower",
    "tower_http",
    "axum",
    "axum_core",
    "hyper",
    "tracing",
];

/// A stack as it was taken: taking one is cheap, its names are found when it is told.
#[derive(Debug, Clone)]
pub(crate) struct Stack(Arc<Backtrace>);

impl Stack {
    /// That of whoever calls.
    pub(crate) fn here() -> Stack {
        Stack(Arc::new(Backtrace::force_capture()))
    }

    /// The calls of it, the innermost first; nothing when too many were told in this second.
    pub(crate) fn told(&self) -> String {
        static BEGAN: OnceLock<Stopwatch> = OnceLock::new();
        static TURNS: Turns = Turns::new();
        let second = BEGAN.get_or_init(Stopwatch::start).elapsed().as_secs();
        if TURNS.take(second) { calls(&self.0.to_string()) } else { String::new() }
    }
}

/// So many in a second. Two threads that begin one together may make it a few more.
struct Turns {
    second: AtomicU64,
    taken: AtomicU64,
}

impl Turns {
    const fn new() -> Turns {
        Turns { second: AtomicU64::new(0), taken: AtomicU64::new(0) }
    }

    fn take(&self, second: u64) -> bool {
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.taken.store(0, Ordering::Relaxed);
        }
        self.taken.fetch_add(1, Ordering::Relaxed) < MOST_A_SECOND
    }
}

/// A backtrace as the language writes it (a name after its number, then where it is), in one line without what is not ours.
fn calls(text: &str) -> String {
    let (mut told, mut frames) = (String::new(), 0);
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let place = lines.next_if(|next| next.starts_with("at "));
        let numbered = line.split_once(": ").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
        let Some((_, name)) = numbered.filter(|(_, name)| is_ours(name)) else { continue };
        if frames == MOST_FRAMES || told.len() + name.len() > MOST_BYTES {
            return told + " < …";
        }
        let separator = if frames == 0 { "" } else { " < " };
        // Where the sources of libraries lay says something of the machine that compiled them, and nothing of the fault.
        let _ = match place.and_then(|place| place.strip_prefix("at ./")) {
            Some(place) => write!(told, "{separator}{name} ({place})"),
            None => write!(told, "{separator}{name}"),
        };
        frames += 1;
    }
    told
}

/// Whether a name has a path, which begins in nothing that is not ours. What a program without symbols gives has no name at all.
fn is_ours(name: &str) -> bool {
    let path = name.trim_start_matches(['<', '&', '(', '[']);
    let root = path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let head = if path.len() < name.len() { path } else { path.split('<').next().unwrap_or_default() };
    head.contains("::") && !NOT_OURS.contains(&root) && !name.contains("telemetry::stack::Stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_those_of_ours_with_their_place() {
        let text = "   0: std::backtrace::Backtrace::force_capture\n             at /rustc/5/library/std/src/backtrace.rs:1:2
   1: platform::telemetry::stack::Stack::here\n   2: store::ledger::writer::run::{{closure}}
             at ./crates/store/src/ledger/writer.rs:10:5\n   3: <warehouse::state::Warehouse as core::clone::Clone>::clone
   4: <core::pin::Pin<P> as core::future::future::Future>::poll\n   5: rust_begin_unwind\n   6: __libc_start_main\n   7: <unknown>";
        let expected = "store::ledger::writer::run::{{closure}} (crates/store/src/ledger/writer.rs:10:5) < \
                        <warehouse::state::Warehouse as core::clone::Clone>::clone";
        assert_eq!(calls(text), expected);
        let deep: String =
            (0..2_000).map(|n| format!("  {n}: store::a_rather_long_name_of_a_function_{n}\n")).collect();
        assert!(calls(&deep).len() < MOST_BYTES + 64 && calls(&deep).ends_with('…'));
        assert_eq!(calls(""), "");
    }

    #[test]
    fn a_stack_names_who_took_it_and_not_too_often() {
        let calls = calls(&Stack::here().0.to_string());
        assert!(calls.contains("a_stack_names_who_took_it"), "{calls}");
        let turns = Turns::new();
        let told = |second: u64| (0..100).filter(|_| turns.take(second)).count() as u64;
        assert_eq!([told(0), told(0), told(1), told(7)], [MOST_A_SECOND, 0, MOST_A_SECOND, MOST_A_SECOND]);
    }
}
