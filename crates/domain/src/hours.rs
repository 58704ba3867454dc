//! Hours of the day.
//!
//! Invariant: a span begins at an hour and ends before another; it may go past midnight.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A span of whole hours of the day, from the first up to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: u8,
    to: u8,
}

/// A text is no span of hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not two hours such as 23-6, nor none")]
pub struct NoHours;

impl Hours {
    /// No hour at all.
    pub const NONE: Hours = Hours { from: 0, to: 0 };
    /// Eleven at night to six in the morning.
    pub const NIGHT: Hours = Hours { from: 23, to: 6 };

    /// Whether that hour, 0 to 23, is in it.
    pub const fn include(self, hour: u8) -> bool {
        if self.from <= self.to { self.from <= hour && hour < self.to } else { hour >= self.from || hour < self.to }
    }
}

impl FromStr for Hours {
    type Err = NoHours;
    /// `23-6`, or `none`.
    fn from_str(text: &str) -> Result<Hours, NoHours> {
        if text == "none" {
            return Ok(Hours::NONE);
        }
        let (from, to) = text.split_once('-').ok_or(NoHours)?;
        let hour = |text: &str| text.parse::<u8>().ok().filter(|hour| *hour < 24).ok_or(NoHours);
        Ok(Hours { from: hour(from)?, to: hour(to)? })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Hours::NONE { f.write_str("none") } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_it_is_read_and_may_go_past_midnight() {
        for (text, hours, inside) in
            [("23-6", Hours::NIGHT, 7), ("none", Hours::NONE, 0), ("8-20", Hours { from: 8, to: 20 }, 12)]
        {
            assert_eq!(text.parse(), Ok(hours));
            assert_eq!(hours.to_string(), text);
            assert_eq!((0..24).filter(|hour| hours.include(*hour)).count(), inside, "{text}");
        }
        assert!(Hours::NIGHT.include(23) && Hours::NIGHT.include(5) && !Hours::NIGHT.include(6));
        for odd in ["", "6", "24-6", "-1-3", "a-b", "1-2-3"] {
            assert_eq!(odd.parse::<Hours>(), Err(NoHours), "{odd}");
        }
    }
}
