//! How demand goes through the year and through the day.
//!
//! Invariant: 100 is the average; the tables are for the southern hemisphere, January first.

use domain::Day;

/// How a product's demand goes through the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Season {
    /// The same all year.
    Flat,
    /// Soft drinks, summer fruit, repellents.
    Summer,
    /// Beer.
    Beer,
    /// Ice cream and ice.
    IceCream,
    /// Yerba, soup, chocolate, red wine, citrus.
    Winter,
    /// Spirits and what goes with a gathering.
    Party,
    /// Biscuits and sweets, less in the holidays.
    School,
    /// Pan dulce, cider, nougat.
    Festive,
}

/// How a product's demand goes through the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// No preference.
    Even,
    /// Bread, milk, fruit.
    Morning,
    /// Biscuits and sweets, after school.
    Afternoon,
    /// Beer, snacks, dinner.
    Evening,
}

/// Parts of the day that differ in what is bought: from 8, from 12, from 17 and from 19 hours.
pub(crate) const SLOTS: usize = 4;

/// The part of the day of an hour.
pub(crate) const fn slot_of(hour: usize) -> usize {
    match hour {
        ..12 => 0,
        12..17 => 1,
        17..19 => 2,
        _ => 3,
    }
}

impl Season {
    const fn months(self) -> [i64; 12] {
        match self {
            Season::Flat => [100; 12],
            Season::Summer => [150, 145, 115, 95, 80, 72, 72, 80, 92, 108, 125, 150],
            Season::Beer => [160, 150, 115, 90, 72, 65, 65, 75, 92, 112, 132, 170],
            Season::IceCream => [210, 190, 120, 60, 30, 20, 22, 40, 80, 120, 165, 215],
            Season::Winter => [70, 72, 90, 105, 125, 140, 140, 128, 108, 92, 80, 72],
            Season::Party => [105, 100, 95, 92, 92, 95, 108, 95, 100, 105, 110, 175],
            Season::School => [70, 78, 110, 112, 112, 110, 88, 110, 112, 112, 108, 85],
            Season::Festive => [25, 8, 6, 12, 5, 5, 6, 6, 8, 12, 45, 330],
        }
    }

    /// Demand on a day as a percentage of the average, going evenly from each month's middle to the next's.
    pub(crate) fn percent(self, day: Day) -> i64 {
        let (_, month, of_month) = day.ymd();
        let months = self.months();
        let month = usize::from(month.unsigned_abs()) - 1;
        let past_middle = i64::from(of_month) - 15;
        let neighbour = if past_middle < 0 { months[(month + 11) % 12] } else { months[(month + 1) % 12] };
        let weight = past_middle.abs().min(15);
        (months[month] * (30 - weight) + neighbour * weight) / 30
    }
}

impl Rhythm {
    /// Demand in a part of the day as a percentage of the average.
    pub(crate) const fn percent(self, slot: usize) -> i64 {
        let slots: [i64; SLOTS] = match self {
            Rhythm::Even => [100, 100, 100, 100],
            Rhythm::Morning => [165, 90, 85, 55],
            Rhythm::Afternoon => [80, 115, 160, 90],
            Rhythm::Evening => [50, 80, 110, 170],
        };
        slots[slot]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beer_is_for_summer_and_pan_dulce_for_christmas() {
        let january = Day::from_ymd(2026, 1, 15).unwrap();
        let july = Day::from_ymd(2026, 7, 15).unwrap();
        let christmas = Day::from_ymd(2026, 12, 20).unwrap();
        assert!(Season::Beer.percent(january) > 2 * Season::Beer.percent(july));
        assert!(Season::Festive.percent(christmas) > 20 * Season::Festive.percent(july));
        assert_eq!(Season::Flat.percent(july), 100);
    }
}
