//! Numbers, amounts and dates as people of each language write them.
//!
//! Invariant: pure and exact; an amount is rounded to cents and nothing else is rounded.

use domain::{Day, Money, Quantity, Timestamp, Zone};
use platform::texts::Locale;

/// Keeps a sign and its number on one line.
const NO_BREAK: char = '\u{a0}';
/// The sign of what is below nothing, as wide as a plus (U+2212).
const MINUS: &str = "\u{2212}";
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The separators of thousands and of decimals.
const fn separators(locale: Locale) -> (char, char) {
    match locale {
        Locale::Es => ('.', ','),
        Locale::En => (',', '.'),
    }
}

/// `$ 1.234,56` in Spanish, `$1,234.56` in English.
pub(crate) fn money(locale: Locale, amount: Money) -> String {
    let cents = amount.to_cents();
    let sign = if cents < 0 { MINUS } else { "" };
    let (_, point) = separators(locale);
    let whole = grouped(locale, cents.unsigned_abs() / 100);
    let space = if locale == Locale::Es { NO_BREAK.to_string() } else { String::new() };
    format!("{sign}${space}{whole}{point}{:02}", cents.unsigned_abs() % 100)
}

/// `1.234` when whole, else three decimals: `0,845`.
pub(crate) fn quantity(locale: Locale, quantity: Quantity) -> String {
    let milli = quantity.milli();
    let sign = if milli < 0 { MINUS } else { "" };
    let whole = grouped(locale, milli.unsigned_abs() / 1000);
    if quantity.is_whole() {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}{}{:03}", separators(locale).1, milli.unsigned_abs() % 1000)
}

/// `1.234.567`.
pub(crate) fn count(locale: Locale, number: i64) -> String {
    let sign = if number < 0 { MINUS } else { "" };
    format!("{sign}{}", grouped(locale, number.unsigned_abs()))
}

fn grouped(locale: Locale, number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(separators(locale).0);
        }
        out.push(digit);
    }
    out
}

/// `21/11/2026` in Spanish, `21 Nov 2026` in English.
pub(crate) fn date(locale: Locale, day: Day) -> String {
    let (year, month, day) = day.ymd();
    match locale {
        Locale::Es => format!("{day:02}/{month:02}/{year:04}"),
        Locale::En => {
            let name = usize::try_from(month).ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))).unwrap_or(&"");
            format!("{day} {name} {year:04}")
        }
    }
}

/// Where times that belong to no site are told: in the first site, as on the first page.
pub(crate) async fn zone(db: &store::Db) -> store::Result<Zone> {
    Ok(store::site::list(db).await?.into_iter().next().map_or_else(Zone::utc, |site| site.zone))
}

/// `03/02/2026 07:30`, in the zone.
pub(crate) fn moment(locale: Locale, zone: &Zone, at: Timestamp) -> String {
    format!("{} {}", date(locale, zone.day_of(at)), time(zone, at))
}

/// `07:30`, in the zone.
pub(crate) fn time(zone: &Zone, at: Timestamp) -> String {
    at.in_zone(zone).get(11..16).unwrap_or_default().to_owned()
}

/// Reads `2026-11-21` and `21/11/2026`.
pub(crate) fn parse_day(text: &str) -> Option<Day> {
    let text = text.trim();
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Day::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_in_argentina() {
        for (text, es, en) in [
            ("1234.56", "$\u{a0}1.234,56", "$1,234.56"),
            ("0", "$\u{a0}0,00", "$0.00"),
            ("-1234567.5", "−$\u{a0}1.234.567,50", "−$1,234,567.50"),
            ("999.995", "$\u{a0}1.000,00", "$1,000.00"),
            ("-0.0049", "$\u{a0}0,00", "$0.00"),
            ("100000000000", "$\u{a0}100.000.000.000,00", "$100,000,000,000.00"),
        ] {
            let amount: Money = text.parse().unwrap();
            assert_eq!((money(Locale::Es, amount).as_str(), money(Locale::En, amount).as_str()), (es, en));
        }
    }

    #[test]
    fn quantities_are_whole_or_have_three_decimals() {
        for (milli, es, en) in [
            (2000, "2", "2"),
            (845, "0,845", "0.845"),
            (1_234_500, "1.234,500", "1,234.500"),
            (-3_000_000, "−3.000", "−3,000"),
            (-500, "−0,500", "−0.500"),
            (0, "0", "0"),
        ] {
            let amount = Quantity::from_milli(milli);
            assert_eq!((quantity(Locale::Es, amount).as_str(), quantity(Locale::En, amount).as_str()), (es, en));
        }
        assert_eq!(count(Locale::Es, 541_909), "541.909");
        assert_eq!(count(Locale::En, i64::MIN), "−9,223,372,036,854,775,808");
    }

    #[test]
    fn dates_go_there_and_back() {
        let day: Day = "2026-02-03".parse().unwrap();
        assert_eq!(date(Locale::Es, day), "03/02/2026");
        assert_eq!(date(Locale::En, day), "3 Feb 2026");
        for text in ["2026-02-03", "03/02/2026", "3/2/2026", " 03/02/2026 "] {
            assert_eq!(parse_day(text), Some(day), "{text}");
        }
        for text in ["", "31/02/2026", "2026-13-01", "3/2/26", "1/2/3/2026", "x"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
        let zone = Zone::named("America/Argentina/Buenos_Aires").unwrap();
        assert_eq!(time(&zone, "2026-11-21T01:05:59Z".parse().unwrap()), "22:05");
    }
}
