//! When a dependency is asked and when not, without a clock.
//!
//! Invariant: while it is open nobody is let through, and half open one at a time; what a call found that began before the last change of
//! state changes nothing.

use std::time::Duration;

use super::window::{Counts, Window};

/// How long to wait while somebody else is trying it.
const WHILE_TRIED: Duration = Duration::from_secs(1);

/// Thresholds and times of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before it is tried.
    pub open_for: Duration,
    /// What is counted as recent.
    pub window: Duration,
    /// Recent calls from which on their share of failures counts, …
    pub least_calls: u32,
    /// … and the share in percent that opens it, though calls in between were answered.
    pub failed_percent: u32,
    /// Probes that may fail in a row before it stays open until its checks pass.
    pub most_probes: u32,
    /// Checks in a row that let a fully open one be tried.
    pub passes: u32,
}

impl Policy {
    /// With those failures in a row and that time; half of at least twenty calls in a minute opens it too.
    pub const fn new(failures: u32, open_for: Duration) -> Policy {
        let window = Duration::from_secs(60);
        Policy { failures, open_for, window, least_calls: 20, failed_percent: 50, most_probes: 10, passes: 2 }
    }
}

/// Whether a dependency is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is.
    Closed = 0,
    /// By one call at a time, to try it.
    HalfOpen = 1,
    /// Not for a while.
    Open = 2,
    /// Not until its checks pass.
    FullOpen = 3,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Closed, State::HalfOpen, State::Open, State::FullOpen];

    /// Its name in documents and figures.
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "closed",
            State::HalfOpen => "half_open",
            State::Open => "open",
            State::FullOpen => "full_open",
        }
    }
}

/// What a check by other means found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers and can be used.
    Well,
    /// It answers that it cannot be used.
    Ill,
    /// It does not answer at all: whoever asks would wait.
    Silent,
}

/// What a call found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Worked,
    Failed,
    Nothing,
}

/// Stands for a call that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Ticket {
    /// It as a number, for who keeps it elsewhere.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one of that number.
    pub const fn numbered(number: u64) -> Ticket {
        Ticket(number)
    }
}

/// Instants are time since any moment.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    policy: Policy,
    state: State,
    /// Grows with each change and each probe; tickets of earlier eras are void.
    era: u64,
    since: Duration,
    probing_since: Option<Duration>,
    in_a_row: u32,
    reopened: u32,
    /// Closed by the first answer of a call that went on; none that ended has been answered since.
    half_answered: bool,
    passed: u32,
    window: Window,
}

impl Machine {
    pub(super) fn new(policy: Policy) -> Machine {
        Machine {
            policy,
            state: State::Closed,
            era: 0,
            since: Duration::ZERO,
            probing_since: None,
            in_a_row: 0,
            reopened: 0,
            half_answered: false,
            passed: 0,
            window: Window::new(policy.window),
        }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    pub(super) const fn policy(&self) -> Policy {
        self.policy
    }

    pub(super) const fn reopened(&self) -> u32 {
        self.reopened
    }

    pub(super) fn recent(&self, now: Duration) -> Counts {
        self.window.counts(now)
    }

    /// How long until a call would be let through; `None` when one is at once.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let left =
            |since: Duration| self.policy.open_for.checked_sub(now.saturating_sub(since)).filter(|d| !d.is_zero());
        match self.state {
            State::Closed => None,
            State::Open => left(self.since),
            // A probe that never ends must not keep everybody out for ever.
            State::HalfOpen => self.probing_since.and_then(left).map(|left| left.min(WHILE_TRIED)),
            State::FullOpen => Some(self.policy.open_for),
        }
    }

    pub(super) fn ask(&mut self, now: Duration) -> Result<Ticket, Duration> {
        if let Some(wait) = self.wait(now) {
            return Err(wait);
        }
        if self.state != State::Closed {
            self.enter(State::HalfOpen, now);
            self.probing_since = Some(now);
        }
        Ok(Ticket(self.era))
    }

    pub(super) fn settle(&mut self, ticket: Ticket, found: Found, now: Duration) {
        if ticket.0 != self.era {
            return;
        }
        match (self.state, found) {
            (State::HalfOpen, Found::Worked) => self.reset(now),
            (State::HalfOpen, Found::Failed) => self.reopen(now),
            (State::HalfOpen, Found::Nothing) => self.probing_since = None,
            (State::Closed, Found::Worked) => {
                (self.in_a_row, self.reopened, self.half_answered) = (0, 0, false);
                self.window.note(false, now);
            }
            (State::Closed, Found::Failed) => self.fail(now),
            _ => {}
        }
    }

    pub(super) fn answers(&mut self, ticket: Ticket, now: Duration) {
        if ticket.0 == self.era && self.state == State::HalfOpen {
            let reopened = self.reopened;
            self.reset(now);
            // A first answer lets others in. That the dependency is well is shown by a call that ends: one that begins every call and
            // finishes none would else be tried without end.
            (self.reopened, self.half_answered) = (reopened, true);
        }
    }

    pub(super) fn checked(&mut self, health: Health, now: Duration) {
        match (health, self.state) {
            (Health::Well, State::Open) => self.enter(State::HalfOpen, now),
            (Health::Well, State::FullOpen) => {
                self.passed += 1;
                if self.passed >= self.policy.passes {
                    self.enter(State::HalfOpen, now);
                }
            }
            (Health::Ill, State::Closed) => self.fail(now),
            (Health::Silent, State::Closed) => self.open(now),
            (Health::Ill | Health::Silent, State::HalfOpen) => self.reopen(now),
            // Whoever tries what is silent would have to wait for it.
            (Health::Silent, State::Open) => self.since = now,
            (Health::Ill | Health::Silent, State::FullOpen) => self.passed = 0,
            (Health::Well, State::Closed | State::HalfOpen) | (Health::Ill, State::Open) => {}
        }
    }

    pub(super) fn reset(&mut self, now: Duration) {
        self.enter(State::Closed, now);
        (self.in_a_row, self.reopened, self.half_answered) = (0, 0, false);
        self.window.forget();
    }

    fn fail(&mut self, now: Duration) {
        self.in_a_row += 1;
        self.window.note(true, now);
        let recent = self.window.counts(now);
        let many = recent.calls >= self.policy.least_calls.max(1)
            && u64::from(recent.failures) * 100 >= u64::from(recent.calls) * u64::from(self.policy.failed_percent);
        if self.in_a_row >= self.policy.failures.max(1) || many {
            self.open(now);
        }
    }

    /// Whatever closed on a first answer and opens again was not well: its probe failed after all.
    fn open(&mut self, now: Duration) {
        if self.half_answered { self.reopen(now) } else { self.enter(State::Open, now) }
    }

    fn reopen(&mut self, now: Duration) {
        self.half_answered = false;
        self.reopened = self.reopened.saturating_add(1);
        let for_good = self.reopened >= self.policy.most_probes.max(1);
        self.enter(if for_good { State::FullOpen } else { State::Open }, now);
    }

    fn enter(&mut self, state: State, now: Duration) {
        self.era += 1;
        (self.state, self.since, self.probing_since, self.passed) = (state, now, None, 0);
    }
}
