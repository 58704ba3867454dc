//! What is set of a second person's consent.
//!
//! Invariant: what is not set asks for consent; it is only left off by saying so.

use domain::{Money, ledger::Limits};

use super::{read, sources::Sources};

/// What says that a limit is left off.
const OFF: &str = "off";

/// When postings need a second person, and how long they wait for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// What one person may post alone.
    pub limits: Limits,
    /// Days that a request waits.
    pub wait_days: i64,
}

impl Default for Consent {
    fn default() -> Consent {
        let limits = Limits { most_worth: Some(Money::from_cents(10_000_000)), oldest_days: Some(7) };
        Consent { limits, wait_days: 7 }
    }
}

impl Consent {
    pub(super) fn from_sources(s: &mut Sources) -> Consent {
        let usual = Consent::default();
        let amount = |text: &str| text.parse().ok().filter(|amount: &Money| *amount >= Money::ZERO);
        let limits = Limits {
            most_worth: s.get("approval_above", or_off(amount)).unwrap_or(usual.limits.most_worth),
            oldest_days: s
                .get("approval_back_days", or_off(read::count(0..=3650_i64)))
                .unwrap_or(usual.limits.oldest_days),
        };
        Consent { limits, wait_days: s.get("approval_wait_days", read::count(1..=90)).unwrap_or(usual.wait_days) }
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        let off = || toml::Value::from(OFF);
        Some(match key {
            "approval_above" => self.limits.most_worth.map_or_else(off, |most| most.to_string().into()),
            "approval_back_days" => self.limits.oldest_days.map_or_else(off, toml::Value::Integer),
            "approval_wait_days" => self.wait_days.into(),
            _ => return None,
        })
    }
}

/// What `read` takes, or `off` for none.
fn or_off<T>(read: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> Option<Option<T>> {
    move |text| if text.eq_ignore_ascii_case(OFF) { Some(None) } else { read(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_left_off_by_saying_so() {
        let days = or_off(read::count(0..=3650_i64));
        for (text, expected) in
            [("off", Some(None)), ("OFF", Some(None)), ("0", Some(Some(0))), ("-1", None), ("", None), ("3651", None)]
        {
            assert_eq!(days(text), expected, "{text}");
        }
    }
}
