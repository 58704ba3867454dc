//! Dates and times as files write them.
//!
//! Invariant: a local time becomes an instant in the shop's zone; whether `01/02/2011` is in January or February is decided
//! once for a file, by a date that can only be read one way, else as in Argentina (day first).

use domain::{Day, Timestamp, Zone};
use serde::{Deserialize, Serialize};

use super::issue::Code;

/// Which of two small numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Found out from the file; day first when it does not tell.
    #[default]
    Auto,
    /// `31/12/2026`. Profiles may have it with an underscore.
    #[serde(alias = "day_first")]
    DayFirst,
    /// `12/31/2026`.
    #[serde(alias = "month_first")]
    MonthFirst,
}

/// What the dates of a file say about their order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence {
    month_first: bool,
    day_first: bool,
}

impl Evidence {
    /// Looks at one cell of a column of dates.
    pub fn see(&mut self, cell: &str) {
        if let Some((first, second, _)) = three(date_part(cell)).filter(|(first, ..)| first.len() <= 2) {
            let above_twelve = |part: &str| part.parse::<u8>().is_ok_and(|number| number > 12);
            self.day_first |= above_twelve(first);
            self.month_first |= above_twelve(second);
        }
    }

    /// The order of the file.
    pub fn order(self) -> DateOrder {
        if self.month_first && !self.day_first { DateOrder::MonthFirst } else { DateOrder::DayFirst }
    }
}

fn date_part(cell: &str) -> &str {
    cell.trim().split([' ', 'T', '\u{a0}']).next().unwrap_or_default()
}

fn three(date: &str) -> Option<(&str, &str, &str)> {
    let mut parts = date.split(['/', '-', '.']);
    let three = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(three)
}

/// A day.
pub fn day(cell: &str, order: DateOrder) -> Result<Day, Code> {
    let date = date_part(cell);
    if date.is_empty() {
        return Err(Code::Missing);
    }
    let (first, second, third) = three(date).ok_or(Code::NotADate)?;
    let (year, month, day) = match order {
        _ if first.len() == 4 => (first, second, third),
        DateOrder::MonthFirst => (third, first, second),
        _ => (third, second, first),
    };
    let number = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if fits { part.parse::<i16>().map_err(|_| Code::NotADate) } else { Err(Code::NotADate) }
    };
    let full = match year.len() {
        4 => number(year, 4)?,
        2 => 2000 + number(year, 2)?,
        _ => return Err(Code::NotADate),
    };
    let small = |part: &str| number(part, 2).and_then(|n| i8::try_from(n).map_err(|_| Code::NotADate));
    Day::from_ymd(full, small(month)?, small(day)?).filter(|_| full >= 1900).ok_or(Code::NotADate)
}

/// An instant: RFC 3339 with its offset, or local date and time in `zone`. A date alone is at noon, so that no zone moves it to
/// another day.
pub fn instant(cell: &str, time: &str, order: DateOrder, zone: &Zone) -> Result<Timestamp, Code> {
    let cell = cell.trim();
    if let Ok(instant) = cell.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day = day(cell, order)?;
    let rest = cell[date_part(cell).len()..].trim_start_matches([' ', 'T', '\u{a0}']);
    let clock = if rest.is_empty() { time.trim() } else { rest };
    let (hour, minute, second) = if clock.is_empty() { (12, 0, 0) } else { time_of_day(clock)? };
    zone.local(&format!("{day}T{hour:02}:{minute:02}:{second:02}")).map_err(|_| Code::NotADate)
}

/// `8:26`, `08:26:00`, `8:26:00.5`, `8:26 PM`.
fn time_of_day(text: &str) -> Result<(u8, u8, u8), Code> {
    let folded = domain::fold::fold(text);
    let mut words = folded.split(' ').filter(|word| !word.is_empty());
    let number = |word: Option<&str>| word.map_or(Ok(0), |word| word.parse::<u8>().map_err(|_| Code::NotADate));
    let first = words.next();
    let hour = number(first)?;
    let rest: Vec<&str> = words.collect();
    let (afternoon, numbers) = match rest.as_slice() {
        [numbers @ .., "pm"] | [numbers @ .., "p", "m"] => (Some(true), numbers),
        [numbers @ .., "am"] | [numbers @ .., "a", "m"] => (Some(false), numbers),
        numbers => (None, numbers),
    };
    if numbers.is_empty() && afternoon.is_none() {
        return Err(Code::NotADate);
    }
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    let (minute, second) = (number(numbers.first().copied())?, number(numbers.get(1).copied())?);
    if hour > 23 || minute > 59 || second > 59 { Err(Code::NotADate) } else { Ok((hour, minute, second)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> Zone {
        Zone::named("America/Argentina/Buenos_Aires").unwrap()
    }

    #[test]
    fn reads_the_usual_ways() {
        for (cell, time, order, expect) in [
            ("2010-12-01 08:26:00", "", DateOrder::Auto, "2010-12-01T11:26:00Z"),
            ("2010-12-01T08:26", "", DateOrder::Auto, "2010-12-01T11:26:00Z"),
            ("1/12/2010 8:26", "", DateOrder::DayFirst, "2010-12-01T11:26:00Z"),
            ("12/1/10 8:26 PM", "", DateOrder::MonthFirst, "2010-12-01T23:26:00Z"),
            ("01-12-2010", "08:26:30", DateOrder::Auto, "2010-12-01T11:26:30Z"),
            ("01.12.2010", "", DateOrder::Auto, "2010-12-01T15:00:00Z"),
            ("2010-12-01T08:26:00-05:00", "", DateOrder::Auto, "2010-12-01T13:26:00Z"),
            ("1/12/2010 12:05 a. m.", "", DateOrder::Auto, "2010-12-01T03:05:00Z"),
        ] {
            let read = instant(cell, time, order, &zone()).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Ok(expect), "{cell} {time}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for cell in
            ["31/02/2011", "2010-13-01", "hoy", "12", "1/2/3/4", "2010-12-01 25:00", "2010-12-01 x", "1/1/0001", "\0"]
        {
            assert_eq!(instant(cell, "", DateOrder::Auto, &zone()), Err(Code::NotADate), "{cell}");
        }
        assert_eq!(instant(" ", "", DateOrder::Auto, &zone()), Err(Code::Missing));
    }

    #[test]
    fn one_certain_date_decides_for_the_file() {
        for (cells, expect) in [
            (&["1/2/2011", "13/2/2011"][..], DateOrder::DayFirst),
            (&["1/2/2011", "2/13/2011 8:00"], DateOrder::MonthFirst),
            (&["1/2/2011"], DateOrder::DayFirst),
            (&["2011-02-13"], DateOrder::DayFirst),
        ] {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.see(cell));
            assert_eq!(evidence.order(), expect, "{cells:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_is_a_moment_or_an_issue(cell in ".{0,30}", time in ".{0,10}") {
            let _ = instant(&cell, &time, DateOrder::Auto, &zone());
        }
    }
}
