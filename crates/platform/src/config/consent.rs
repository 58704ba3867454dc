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
    use crate::config::{Inputs, Settings};

    use super::*;

    fn set(name: &str, value: &str) -> Option<Consent> {
        let variables = vec![("HOME".into(), "/nowhere/home".into()), (name.into(), value.into())];
        Settings::load(&Inputs { variables, ..Inputs::default() }).ok().map(|settings| settings.consent)
    }

    #[test]
    fn a_limit_is_left_off_by_saying_so() {
        let usual = Consent::default();
        let above = |value: &str| set("GONDOLA_APPROVAL_ABOVE", value).map(|consent| consent.limits.most_worth);
        let back = |value: &str| set("GONDOLA_APPROVAL_BACK_DAYS", value).map(|consent| consent.limits.oldest_days);
        let wait = |value: &str| set("GONDOLA_APPROVAL_WAIT_DAYS", value).map(|consent| consent.wait_days);
        assert_eq!(set("GONDOLA_CURRENCY", "ARS"), Some(usual));
        assert_eq!((above("off"), above("0")), (Some(None), Some(Some(Money::ZERO))));
        assert_eq!(above("2500.50"), Some(Some(Money::from_cents(250_050))));
        assert_eq!((back("OFF"), back("0"), back("30")), (Some(None), Some(Some(0)), Some(Some(30))));
        assert_eq!(wait("90"), Some(90));
        for wrong in ["-1", "lots", "1,5"] {
            assert_eq!((above(wrong), back(wrong), wait(wrong)), (None, None, None), "{wrong}");
        }
        assert_eq!((back("3651"), wait("0"), wait("91"), wait("off")), (None, None, None, None));
    }
}
