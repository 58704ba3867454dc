//! How long backups are kept.
//!
//! Invariant: the newest is never let go of.

use std::collections::BTreeSet;

use domain::Zone;

use super::Kept;

/// How many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest so many.
    pub hourly: usize,
    /// The newest of each of so many days that have one, in UTC.
    pub daily: usize,
}

/// Those whose time is over, of all there are, the newest first.
pub fn outlived(all: &[Kept], keep: Keep) -> Vec<Kept> {
    let utc = Zone::utc();
    let mut days = BTreeSet::new();
    let mut gone = Vec::new();
    for (place, kept) in all.iter().enumerate() {
        let newest_of_its_day = days.insert(utc.day_of(kept.instant));
        let stays = place < keep.hourly.max(1) || (newest_of_its_day && days.len() <= keep.daily);
        if !stays {
            gone.push(kept.clone());
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn every(minutes: i64, count: i64) -> Vec<Kept> {
        let at = |place: i64| Timestamp::from_micros(1_795_000_000_000_000).plus_seconds(-place * minutes * 60);
        (0..count).map(|place| Kept { instant: at(place), path: format!("{place}").into(), bytes: 1 }).collect()
    }

    fn hourly(hours: i64) -> Vec<Kept> {
        every(60, hours)
    }

    /// What stays of so many, one every three quarters of an hour, let go of after each.
    fn after(count: i64, keep: Keep) -> Vec<Kept> {
        let mut kept: Vec<Kept> = Vec::new();
        for one in every(45, count).into_iter().rev() {
            kept.insert(0, one);
            let gone = outlived(&kept, keep);
            kept.retain(|one| !gone.contains(one));
        }
        kept
    }

    #[test]
    fn two_days_of_hours_and_a_month_of_days_stay() {
        let kept = after(32 * 60, Keep { hourly: 64, daily: 30 });
        let utc = Zone::utc();
        let days: BTreeSet<_> = kept.iter().map(|kept| utc.day_of(kept.instant)).collect();
        assert_eq!(days.len(), 30);
        let newest = every(45, 64);
        assert!(newest.iter().all(|one| kept.contains(one)));
        // Two or three days of all of them, and one of each other day.
        assert!((64 + 27..=64 + 28).contains(&kept.len()), "{}", kept.len());
    }

    #[test]
    fn a_shop_that_was_closed_for_long_loses_none_of_its_days() {
        let mut all = hourly(3);
        let newest = all[0].instant;
        all.extend((1..=5).map(|week| {
            let instant = newest.plus_seconds(-week * 7 * 86_400);
            Kept { instant, path: format!("week {week}").into(), bytes: 1 }
        }));
        assert!(outlived(&all, Keep { hourly: 3, daily: 6 }).is_empty());
        assert_eq!(outlived(&all, Keep { hourly: 3, daily: 4 }).len(), 2);
    }

    #[test]
    fn the_newest_stays_whatever_is_set() {
        assert_eq!(outlived(&hourly(2), Keep { hourly: 0, daily: 0 }).len(), 1);
    }
}
