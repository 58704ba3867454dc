//! Who enters when the shop is closed.

use std::collections::HashMap;

use domain::{
    Day, Timestamp, Zone,
    audit::{ActorKind, Event, Outcome},
    hours::Hours,
};

use super::{Anomaly, MEMORY_DAYS, Rule, actor, found};

/// Entering in an hour on so many days makes it a habit.
const HABIT_DAYS: usize = 3;
/// Persons remembered at once.
const MOST_PERSONS: usize = 10_000;

/// At which hours each person entered of late.
#[derive(Debug)]
pub(super) struct Habits {
    zone: Zone,
    closed: Hours,
    /// The days on which somebody entered while the shop was closed, by hour.
    entered: HashMap<(String, u8), Vec<Day>>,
}

impl Habits {
    pub(super) fn new(zone: Zone, closed: Hours) -> Habits {
        Habits { zone, closed, entered: HashMap::new() }
    }

    pub(super) fn see(&mut self, event: &Event) -> Option<Anomaly> {
        let hour = self.zone.hour_of(event.at);
        let person = event.actor.kind == ActorKind::User && event.outcome == Outcome::Ok;
        if !person || !self.closed.include(hour) {
            return None;
        }
        let habitual = self.note(actor(event), hour, event.at) > HABIT_DAYS;
        (!habitual).then(|| found(Rule::UnusualHour, event, actor(event), u64::from(hour), 0))
    }

    /// On how many days of late they entered at that hour, this one included.
    fn note(&mut self, person: String, hour: u8, at: Timestamp) -> usize {
        let today = self.zone.day_of(at);
        let since = today.plus(-i32::try_from(MEMORY_DAYS).unwrap_or(i32::MAX));
        if self.entered.len() >= MOST_PERSONS {
            self.entered.retain(|_, days| days.last().is_some_and(|day| *day >= since));
        }
        let days = self.entered.entry((person, hour)).or_default();
        days.retain(|day| *day >= since && *day != today);
        days.push(today);
        days.len()
    }
}
