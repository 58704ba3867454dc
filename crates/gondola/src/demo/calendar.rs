//! When the shops are open and how busy they are.
//!
//! Invariant: a day has one set of hours; a closed day has none and no delivery.

use domain::Day;

/// Opening hours of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hours {
    /// Monday to Friday, 8 to 22.
    Weekday,
    /// Saturday, 8 to 22.
    Saturday,
    /// Sundays and holidays, 9 to 14.
    Short,
    /// Christmas, New Year and Labour Day.
    Closed,
}

/// Holidays on a fixed date, as month and day; moved days are left where the calendar has them.
const HOLIDAYS: [(i8, i8); 9] = [(3, 24), (4, 2), (5, 25), (6, 20), (7, 9), (8, 17), (10, 12), (11, 20), (12, 8)];
const CLOSED: [(i8, i8); 3] = [(1, 1), (5, 1), (12, 25)];

/// How many of a day's customers come in each hour, from 0 to 23.
const WEEKDAY: [u64; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 5, 7, 9, 11, 9, 5, 2, 2, 4, 7, 10, 12, 11, 6, 0, 0];
const SATURDAY: [u64; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 12, 14, 13, 8, 3, 3, 4, 7, 9, 11, 10, 5, 0, 0];
const SHORT: [u64; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 10, 13, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const NONE: [u64; 24] = [0; 24];

/// The hours of a day.
pub(crate) fn hours_of(day: Day) -> Hours {
    let (year, month, of_month) = day.ymd();
    let holiday = HOLIDAYS.contains(&(month, of_month)) || movable(year).contains(&day);
    match day.weekday() {
        _ if CLOSED.contains(&(month, of_month)) => Hours::Closed,
        6 => Hours::Short,
        _ if holiday => Hours::Short,
        5 => Hours::Saturday,
        _ => Hours::Weekday,
    }
}

impl Hours {
    /// How many of a day's customers come in each hour.
    pub(crate) const fn by_hour(self) -> &'static [u64; 24] {
        match self {
            Hours::Weekday => &WEEKDAY,
            Hours::Saturday => &SATURDAY,
            Hours::Short => &SHORT,
            Hours::Closed => &NONE,
        }
    }
}

/// Customers of a day as a percentage of the average.
pub(crate) fn busyness(day: Day) -> i64 {
    let (_, month, of_month) = day.ymd();
    let base = match (hours_of(day), day.weekday()) {
        (Hours::Closed, _) => 0,
        (Hours::Saturday, _) => 152,
        (Hours::Short, 6) => 98,
        (Hours::Short, _) => 88,
        (Hours::Weekday, 4) => 112,
        (Hours::Weekday, 3) => 94,
        (Hours::Weekday, _) => 86,
    };
    let payday = if of_month <= 8 { 108 } else { 98 };
    let feast = if month == 12 && matches!(of_month, 22..=24 | 29..=31) { 145 } else { 100 };
    base * payday * feast / 10_000
}

/// Carnival (two days) and Good Friday of a year.
fn movable(year: i16) -> [Day; 3] {
    let easter = easter(i32::from(year));
    [easter.plus(-48), easter.plus(-47), easter.plus(-2)]
}

/// Easter Sunday by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i32) -> Day {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let date = (i16::try_from(year), i8::try_from(n / 31), i8::try_from(n % 31 + 1));
    let (Ok(year), Ok(month), Ok(of_month)) = date else { return Day::default() };
    Day::from_ymd(year, month, of_month).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_calendar_says() {
        for (year, expect) in [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05"), (2030, "2030-04-21")] {
            assert_eq!(easter(year).to_string(), expect);
        }
    }

    #[test]
    fn a_saturday_is_busier_than_a_tuesday_and_christmas_is_closed() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert!(busyness(day("2026-10-17")) > busyness(day("2026-10-13")));
        assert_eq!(hours_of(day("2026-12-25")), Hours::Closed);
        assert_eq!(hours_of(day("2026-04-03")), Hours::Short, "Good Friday");
        assert_eq!(hours_of(day("2026-02-16")), Hours::Short, "Carnival");
    }
}
