//! Many of one kind within a short while.

use std::collections::{HashMap, VecDeque};

use domain::{Timestamp, audit::Event};

use super::{Anomaly, Rule, found};

/// Subjects remembered at once; those that were quiet longest are forgotten first.
const MOST_SUBJECTS: usize = 10_000;

/// How often each subject did it of late.
#[derive(Debug)]
pub(super) struct Bursts {
    many: u32,
    within_s: i64,
    seen: HashMap<String, VecDeque<(Timestamp, u32)>>,
}

impl Bursts {
    pub(super) fn new((many, within_s): (u32, i64)) -> Bursts {
        Bursts { many, within_s, seen: HashMap::new() }
    }

    /// The subjects for whom this event makes it too many.
    pub(super) fn see(
        &mut self,
        rule: Rule,
        event: &Event,
        subjects: impl IntoIterator<Item = String>,
    ) -> Vec<Anomaly> {
        self.make_room(event.at);
        let (many, since) = (self.many, event.at.plus_seconds(-self.within_s));
        let counted = subjects.into_iter().filter_map(|subject| {
            let times = self.seen.entry(subject.clone()).or_default();
            times.push_back((event.at, event.times));
            while times.front().is_some_and(|(at, _)| *at <= since) {
                times.pop_front();
            }
            let count: u64 = times.iter().map(|(_, count)| u64::from(*count)).sum();
            // Once told it begins anew, so that going on is told again, and each time with what was added.
            (count >= u64::from(many)).then(|| {
                times.clear();
                found(rule, event, subject, count, 0)
            })
        });
        counted.collect()
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.seen.len() < MOST_SUBJECTS {
            return;
        }
        let since = now.plus_seconds(-self.within_s);
        self.seen.retain(|_, times| times.back().is_some_and(|(at, _)| *at > since));
        if self.seen.len() >= MOST_SUBJECTS {
            let newest = |times: &VecDeque<(Timestamp, u32)>| times.back().map_or(Timestamp::default(), |last| last.0);
            let mut ages: Vec<Timestamp> = self.seen.values().map(newest).collect();
            let (_, middle, _) = ages.select_nth_unstable(MOST_SUBJECTS / 2);
            let middle = *middle;
            self.seen.retain(|_, times| newest(times) > middle);
        }
    }

    #[cfg(test)]
    pub(super) fn subjects(&self) -> usize {
        self.seen.len()
    }
}
