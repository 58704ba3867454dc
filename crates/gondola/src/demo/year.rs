//! A year of trading, day by day.
//!
//! Invariant: the same last day and seed give the same events, one by one, on every machine.

use domain::{Day, Zone};

use super::{Event, day, world::World};

/// How long the simulated time is.
pub(crate) const DAYS: i32 = 365;

/// The events of a year, in the order of their instants.
#[derive(Debug)]
pub(crate) struct Year {
    world: World,
    next: Day,
}

impl Year {
    /// The year that ends on `last`, by the shops' own zone.
    pub(crate) fn ending(last: Day, zone: Zone) -> Year {
        const SEED: u64 = 0x60_4e_d0_1a;
        Year::of(last, DAYS, zone, SEED)
    }

    /// So many days that end on `last`, from a seed.
    pub(crate) fn of(last: Day, days: i32, zone: Zone, seed: u64) -> Year {
        let world = World::new(last, days, zone, seed);
        Year { next: world.first, world }
    }

    /// The chain as it stands after the events taken so far.
    #[cfg(test)]
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }
}

impl Iterator for Year {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        while self.world.events.is_empty() && self.next <= self.world.last {
            day::live(&mut self.world, self.next);
            self.next = self.next.plus(1);
        }
        self.world.events.pop_front()
    }
}
