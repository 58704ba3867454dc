//! Rules that find something unusual in the audit log.
//!
//! Invariant: pure. What is found depends on the events and their order alone, so that looking at the same events again, on another
//! node or after a restart, finds the same.

mod bursts;
mod escalation;
mod exports;
mod hours;

use domain::{
    Timestamp, Zone,
    audit::{Action, ActorKind, Event, Outcome},
    hours::Hours,
};

use bursts::Bursts;
pub use exports::{LEAST_EXPORTS, TIMES_THE_QUARTILE};

/// How far back the rules look: what is younger than this matters to them.
pub const MEMORY_DAYS: i64 = 30;
/// How many failures within how long are no accident.
const BURST: (u32, i64) = (5, 300);

/// What was found unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Somebody tries credentials: [`BURST`] failures from one address or for one account.
    BruteForce,
    /// Somebody tries what their role may not do: as many refusals.
    Probing,
    /// Somebody tries what would be an attack if it were understood as it is meant: as many requests with such text.
    Injection,
    /// A person enters while the shop is closed, who does not usually.
    UnusualHour,
    /// Somebody takes out far more than is usual.
    LargeExport,
    /// Somebody may do more than before.
    PrivilegeEscalation,
    /// A secret of a key that was replaced is still shown: two have the key, or had it.
    ReplacedSecret,
    /// A protected field could not be read: it was changed, or its key is not the right one.
    DecryptionFailure,
    /// What takes a second person was posted without one, there being nobody else.
    ConsentWaived,
}

impl Rule {
    /// All of them.
    pub const ALL: [Rule; 9] = [
        Rule::BruteForce,
        Rule::Probing,
        Rule::Injection,
        Rule::UnusualHour,
        Rule::LargeExport,
        Rule::PrivilegeEscalation,
        Rule::ReplacedSecret,
        Rule::DecryptionFailure,
        Rule::ConsentWaived,
    ];

    /// Its name in the log and in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::BruteForce => "brute_force",
            Rule::Probing => "probing",
            Rule::Injection => "injection",
            Rule::UnusualHour => "unusual_hour",
            Rule::LargeExport => "large_export",
            Rule::PrivilegeEscalation => "privilege_escalation",
            Rule::ReplacedSecret => "replaced_secret",
            Rule::DecryptionFailure => "decryption_failure",
            Rule::ConsentWaived => "consent_waived",
        }
    }
}

/// Something unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// By which rule.
    pub rule: Rule,
    /// When the event happened that made it so.
    pub at: Timestamp,
    /// Whom or what it is about: `address:192.0.2.7`, `user:p-3f`, `key:2Bf7…`.
    pub subject: String,
    /// Code of the site, when there is one.
    pub site: String,
    /// How many, of what the rule counts.
    pub count: u64,
    /// What would have been usual.
    pub usual: u64,
}

/// Looks at events one after the other.
#[derive(Debug)]
pub struct Watch {
    hours: hours::Habits,
    failures: Bursts,
    denials: Bursts,
    attacks: Bursts,
    exports: exports::Sizes,
}

impl Watch {
    /// For a shop in that zone that is closed at these hours.
    pub fn new(zone: Zone, closed: Hours) -> Watch {
        Watch {
            hours: hours::Habits::new(zone, closed),
            failures: Bursts::new(BURST),
            denials: Bursts::new(BURST),
            attacks: Bursts::new(BURST),
            exports: exports::Sizes::default(),
        }
    }

    /// What this event makes unusual.
    pub fn see(&mut self, event: &Event) -> Vec<Anomaly> {
        let failed = event.outcome != Outcome::Ok;
        match event.action {
            Action::AccessDenied => self.denied(event),
            Action::AttackTried => self.attacks.see(Rule::Injection, event, [actor(event)]),
            Action::ReplacedSecretShown => {
                let shown = found(Rule::ReplacedSecret, event, event.resource.clone(), u64::from(event.times), 0);
                [vec![shown], self.failed(event)].concat()
            }
            action if action.subject() == Action::Authenticated.subject() && failed => self.failed(event),
            Action::LoggedIn => self.hours.see(event).into_iter().collect(),
            Action::Exported => self.exports.see(event).into_iter().collect(),
            Action::ApprovalWaived => vec![found(Rule::ConsentWaived, event, actor(event), 1, 0)],
            Action::FieldDecrypted if failed => vec![found(Rule::DecryptionFailure, event, actor(event), 1, 0)],
            _ => escalation::see(event).into_iter().collect(),
        }
    }

    /// For the account that was tried and for the address that tried.
    fn failed(&mut self, event: &Event) -> Vec<Anomaly> {
        let address = Some(&event.origin.address).filter(|address| !address.is_empty());
        let subjects = account(event).into_iter().chain(address.map(|address| format!("address:{address}")));
        self.failures.see(Rule::BruteForce, event, subjects)
    }

    fn denied(&mut self, event: &Event) -> Vec<Anomaly> {
        self.denials.see(Rule::Probing, event, [actor(event)])
    }
}

fn found(rule: Rule, event: &Event, subject: String, count: u64, usual: u64) -> Anomaly {
    Anomaly { rule, at: event.at, subject, site: event.site.clone(), count, usual }
}

/// Who did it, by kind and number.
fn actor(event: &Event) -> String {
    match event.actor.kind {
        ActorKind::System => format!("system:{}", event.actor.name),
        ActorKind::Nobody => format!("address:{}", event.origin.address),
        kind => format!("{}:{}", kind.name(), event.actor.id),
    }
}

/// The account or key that was tried, when it is one that we know.
fn account(event: &Event) -> Option<String> {
    let known = event.resource.starts_with("user:") || event.resource.starts_with("key:");
    let named = matches!(event.actor.kind, ActorKind::User | ActorKind::Key);
    if named { Some(actor(event)) } else { known.then(|| event.resource.clone()) }
}

#[cfg(test)]
mod tests;
