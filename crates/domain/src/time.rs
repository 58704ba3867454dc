//! Instants, business days and the zone between them.
//!
//! Invariant: an instant is microseconds since 1970-01-01T00:00:00Z; a day is days since 1970-01-01 in the zone of a
//! site, so the same instant may belong to different days in different shops.

use std::{fmt, str::FromStr};

use jiff::{civil, tz::TimeZone};
use thiserror::Error;

/// Microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Days since 1970-01-01 in a site's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(i32);

/// A text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Not RFC 3339 with an offset.
    #[error("not an RFC 3339 instant with an offset")]
    Instant,
    /// Not `YYYY-MM-DD`, or not a day that exists.
    #[error("not a day as YYYY-MM-DD")]
    Day,
    /// Not a zone of the IANA database.
    #[error("unknown time zone")]
    Zone,
    /// Not a local date and time, or one the zone skips.
    #[error("not a local date and time")]
    Local,
}

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// In microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by that many seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// RFC 3339 with the offset of `zone` at that instant; in UTC where the zone kept local mean time, whose offset has seconds that
    /// the form cannot write.
    pub fn in_zone(self, zone: &Zone) -> String {
        let Ok(instant) = jiff::Timestamp::from_microsecond(self.0) else { return String::new() };
        let offset = zone.0.to_offset(instant);
        if offset.seconds() % 60 == 0 { instant.display_with_offset(offset).to_string() } else { self.to_string() }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    /// Reads RFC 3339 with an offset; finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Timestamp, TimeError> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimeError::Instant)?;
        let timestamp = Timestamp(parsed.as_microsecond());
        // Outside the years 0001 to 9999 nothing else can write the date back.
        let in_range = (-62_135_596_800_000_000..253_402_300_800_000_000).contains(&timestamp.0);
        if in_range { Ok(timestamp) } else { Err(TimeError::Instant) }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Day {
    /// From days since 1970-01-01.
    pub const fn from_number(number: i32) -> Day {
        Day(number)
    }

    /// In days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// That many days later.
    pub const fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// The months since 1970-01, by which flows are rolled up.
    pub fn month(self) -> i32 {
        let date = self.date();
        (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1
    }

    /// The first day of a month counted since 1970-01.
    pub fn first_of_month(month: i32) -> Day {
        let year = i16::try_from(1970 + month.div_euclid(12)).unwrap_or(i16::MAX);
        let month = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
        civil::Date::new(year, month, 1).map_or(Day(0), Day::from_date)
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> u8 {
        u8::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// Year, month 1..12, day 1..31.
    pub fn ymd(self) -> (i16, i8, i8) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    /// The day of that year, month and day, when it exists.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Day> {
        civil::Date::new(year, month, day).ok().map(Day::from_date)
    }

    fn date(self) -> civil::Date {
        let epoch = civil::Date::constant(1970, 1, 1);
        // The first and the last day a civil date can name: beyond them a span would panic.
        epoch.saturating_add(jiff::Span::new().days(i64::from(self.0).clamp(-4_371_587, 2_932_896)))
    }

    fn from_date(date: civil::Date) -> Day {
        let days = date.since(civil::Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days());
        Day(days)
    }
}

impl FromStr for Day {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Day, TimeError> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shaped || text.starts_with("0000") {
            return Err(TimeError::Day);
        }
        text.parse().map(Day::from_date).map_err(|_| TimeError::Day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

/// A zone of the IANA database, bundled with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone named like `America/Argentina/Buenos_Aires`.
    pub fn named(name: &str) -> Result<Zone, TimeError> {
        // Only the bundled names: what a machine calls "local" is never a shop's zone.
        let known = name.contains('/') || name == "UTC";
        if !known { Err(TimeError::Zone) } else { TimeZone::get(name).map(Zone).map_err(|_| TimeError::Zone) }
    }

    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The business day of an instant.
    pub fn day_of(&self, at: Timestamp) -> Day {
        jiff::Timestamp::from_microsecond(at.0)
            .map_or(Day(0), |instant| Day::from_date(self.0.to_datetime(instant).date()))
    }

    /// Hour of the day, 0 to 23, of an instant.
    pub fn hour_of(&self, at: Timestamp) -> u8 {
        jiff::Timestamp::from_microsecond(at.0)
            .map_or(0, |instant| u8::try_from(self.0.to_datetime(instant).hour()).unwrap_or(0))
    }

    /// The instant at which a day begins.
    pub fn start_of(&self, day: Day) -> Timestamp {
        let midnight = day.date().to_datetime(civil::Time::midnight());
        self.0.to_ambiguous_timestamp(midnight).compatible().map_or(Timestamp(0), |t| Timestamp(t.as_microsecond()))
    }

    /// The instant of a local date and time such as `2010-12-01 08:26:00` or `2010-12-01T08:26`.
    pub fn local(&self, text: &str) -> Result<Timestamp, TimeError> {
        let local: civil::DateTime = text.parse().map_err(|_| TimeError::Local)?;
        let instant = self.0.to_ambiguous_timestamp(local).compatible().map_err(|_| TimeError::Local)?;
        Ok(Timestamp(instant.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buenos_aires() -> Zone {
        Zone::named("America/Argentina/Buenos_Aires").unwrap()
    }

    #[test]
    fn a_late_sale_belongs_to_the_day_of_the_shop() {
        let at: Timestamp = "2026-11-21T01:30:00Z".parse().unwrap();
        assert_eq!(buenos_aires().day_of(at).to_string(), "2026-11-20");
        assert_eq!(at.in_zone(&buenos_aires()), "2026-11-20T22:30:00-03:00");
    }

    #[test]
    fn what_is_written_in_a_zone_is_the_same_instant() {
        // Until 1894 clocks of Buenos Aires were 3 h 53 min 48 s behind.
        for text in ["1890-05-01T12:00:00Z", "1900-05-01T12:00:00Z", "2026-05-01T12:00:00.5Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(at.in_zone(&buenos_aires()).parse(), Ok(at), "{text}");
        }
    }

    #[test]
    fn days_and_months_count_from_1970() {
        let day: Day = "2026-02-28".parse().unwrap();
        assert_eq!(day.month(), 56 * 12 + 1);
        assert_eq!(Day::first_of_month(day.month()).to_string(), "2026-02-01");
        assert_eq!(Day::from_number(0).weekday(), 3);
        assert!("2026-02-29".parse::<Day>().is_err());
    }

    #[test]
    fn every_day_that_can_be_written_is_read_back_and_no_number_panics() {
        for text in ["0001-01-01", "1899-12-31", "9918-07-07", "9999-12-31"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        for number in [i32::MIN, i32::MAX] {
            assert!(!Day::from_number(number).to_string().is_empty());
        }
    }

    #[test]
    fn reads_local_times_in_the_zone() {
        assert_eq!(buenos_aires().local("2010-12-01 08:26:00").unwrap().to_string(), "2010-12-01T11:26:00Z");
    }
}
