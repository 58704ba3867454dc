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
/// Habits (a person and an hour) remembered at once.
const MOST_HABITS: usize = 10_000;
/// Of those, how many are forgotten when there is no room for one more.
const FORGOTTEN: usize = MOST_HABITS / 10;

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
        let whose = (person, hour);
        if self.entered.len() >= MOST_HABITS && !self.entered.contains_key(&whose) {
            self.make_room(since);
        }
        let days = self.entered.entry(whose).or_default();
        days.retain(|day| *day >= since && *day != today);
        days.push(today);
        days.len()
    }

    /// Forgets what is too old to matter, and when that is not enough what was seen longest ago, always the same ones.
    fn make_room(&mut self, since: Day) {
        self.entered.retain(|_, days| days.last().is_some_and(|day| *day >= since));
        if self.entered.len() < MOST_HABITS {
            return;
        }
        let mut oldest: Vec<_> =
            self.entered.iter().map(|(whose, days)| (days.last().copied(), whose.clone())).collect();
        oldest.sort_unstable();
        for (_, whose) in oldest.into_iter().take(FORGOTTEN) {
            self.entered.remove(&whose);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_at_night_is_not_remembered_without_end_and_the_newest_are() {
        let mut habits = Habits::new(Zone::named("America/Argentina/Buenos_Aires").unwrap(), Hours::NIGHT);
        let night = |day: i64| Timestamp::from_micros((day * 86_400 + 6 * 3_600) * 1_000_000);
        let who = |number: usize| format!("user:p-{number:06}");
        for day in 0..2 {
            for number in 0..MOST_HABITS {
                habits.note(who(number), 3, night(20_000 + day));
            }
        }
        for number in MOST_HABITS..MOST_HABITS + 3 * FORGOTTEN {
            assert_eq!(habits.note(who(number), 3, night(20_002)), 1);
            assert!(habits.entered.len() <= MOST_HABITS, "{}", habits.entered.len());
        }
        assert_eq!(habits.note(who(MOST_HABITS - 1), 3, night(20_002)), 3, "seen a day ago");
        assert_eq!(habits.note(who(0), 3, night(20_002)), 1, "forgotten first");
    }
}
