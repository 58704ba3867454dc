//! What happens over and over is told once.
//!
//! Invariant: of one kind of refusal from one place the first few in a minute are written one by one, those after them as one event
//! that says how often. Nothing is left out, and nobody fills the log by knocking.

use std::{collections::HashMap, time::Duration};

use domain::audit::{Action, ActorKind, Event, Outcome};
use tokio::time::Instant;

/// Events of one kind that are written one by one, before those after them are counted.
const ONE_BY_ONE: u32 = 5;
/// How long they are counted together.
pub(super) const TOGETHER: Duration = Duration::from_secs(60);
/// Kinds counted at once; past that everything is written as it comes.
const MOST_KINDS: usize = 4096;

/// What makes two events one kind.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    action: Action,
    outcome: Outcome,
    actor: ActorKind,
    id: String,
    address: String,
    resource: String,
}

#[derive(Debug)]
struct Seen {
    since: Instant,
    count: u32,
    /// The newest of those that were not written, which stands for all of them.
    held: Option<Event>,
}

/// Refusals of the last minute.
#[derive(Debug, Default)]
pub(super) struct Repeats(HashMap<Kind, Seen>);

impl Repeats {
    /// The event to write now; `None` when it is counted instead.
    pub(super) fn admit(&mut self, event: Event, now: Instant) -> Option<Event> {
        if event.outcome == Outcome::Ok {
            return Some(event);
        }
        let kind = Kind {
            action: event.action,
            outcome: event.outcome,
            actor: event.actor.kind,
            id: event.actor.id.clone(),
            address: event.origin.address.clone(),
            resource: event.resource.clone(),
        };
        if self.0.len() >= MOST_KINDS && !self.0.contains_key(&kind) {
            return Some(event);
        }
        let seen = self.0.entry(kind).or_insert(Seen { since: now, count: 0, held: None });
        seen.count = seen.count.saturating_add(1);
        if seen.count <= ONE_BY_ONE {
            return Some(event);
        }
        let before = seen.held.as_ref().map_or(0, |held| held.times);
        seen.held = Some(Event { times: before.saturating_add(event.times), ..event });
        None
    }

    /// The events whose minute is over, to be written now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Event> {
        let mut due = Vec::new();
        self.0.retain(|_, seen| {
            let over = now.duration_since(seen.since) >= TOGETHER;
            if over {
                due.extend(seen.held.take());
            }
            !over
        });
        due
    }

    /// When something will be due; `None` when nothing is counted.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(|seen| seen.since + TOGETHER).min()
    }

    /// Everything that is counted, at the end.
    pub(super) fn all(&mut self) -> Vec<Event> {
        self.0.drain().filter_map(|(_, seen)| seen.held).collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;
    use crate::audit::by_nobody;

    fn refusal(address: &str) -> Event {
        let mut event = by_nobody(Action::Authenticated).denied().at(Timestamp::default());
        event.origin.address = address.to_owned();
        event
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_few_are_told_one_by_one_and_the_rest_once_with_their_number() {
        let mut repeats = Repeats::default();
        let start = Instant::now();
        let told = (0..100).filter_map(|_| repeats.admit(refusal("192.0.2.1"), start)).count();
        assert_eq!(told, 5);
        assert!(repeats.admit(refusal("192.0.2.2"), start).is_some(), "another address is told of");
        assert!(repeats.due(start + TOGETHER - Duration::from_millis(1)).is_empty());
        assert_eq!(repeats.next(), Some(start + TOGETHER));
        let due = repeats.due(start + TOGETHER);
        assert_eq!(due.iter().map(|event| event.times).collect::<Vec<_>>(), [95]);
        assert!(repeats.0.is_empty() && repeats.next().is_none(), "then it begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn what_went_well_is_always_told_and_nothing_is_lost_at_the_end() {
        let mut repeats = Repeats::default();
        let now = Instant::now();
        let well = by_nobody(Action::Authenticated).at(Timestamp::default());
        assert!((0..100).all(|_| repeats.admit(well.clone(), now).is_some()));
        let told = (0..9).filter_map(|_| repeats.admit(refusal("a"), now)).count();
        let rest: u32 = repeats.all().iter().map(|event| event.times).sum();
        assert_eq!((told, rest), (5, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn past_so_many_kinds_everything_is_told() {
        let mut repeats = Repeats::default();
        let now = Instant::now();
        (0..MOST_KINDS).for_each(|number| drop(repeats.admit(refusal(&number.to_string()), now)));
        assert!((0..50).all(|_| repeats.admit(refusal("one more"), now).is_some()));
        assert_eq!(repeats.0.len(), MOST_KINDS);
    }
}
