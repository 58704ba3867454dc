//! What is set of the language model that may be asked: where it is, which one, and what it may cost.
//!
//! Invariant: without an address nothing is asked; there is no default that costs somebody money without a bound.

use std::{path::PathBuf, time::Duration};

use super::{print, read, sources::Sources};
use crate::{
    model::{Cost, Limits, Prices, millionths, shown},
    outgoing::{Destination, Reach},
    secret::Secret,
    tls::Trust,
};

/// What switches a limit off.
const OFF: &str = "off";

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPlace {
    /// The server.
    pub destination: Destination,
    /// What its paths begin with.
    pub base: String,
}

/// Which model is asked, and how.
#[derive(Debug, Clone)]
pub struct Model {
    /// Where it is; without that none is asked.
    pub place: Option<ModelPlace>,
    /// Shows who pays.
    pub key: Option<Secret>,
    /// Which one.
    pub name: String,
    /// Time for a question with all its tries.
    pub patience: Duration,
    /// Tokens an answer may have.
    pub answer_tokens: u64,
    /// What may be spent.
    pub limits: Limits,
    authority: Option<PathBuf>,
}

impl Model {
    /// Whose certificates it may have: those of the authority that is named, else of the internet's.
    pub fn trust(&self) -> Trust {
        Trust::of(self.authority.clone())
    }

    pub(super) fn from_sources(s: &mut Sources) -> Model {
        let place = s.get("model_url", read::optional(place)).flatten();
        let name = s.get("model_name", name).unwrap_or_default();
        let key = s.get("model_key", key);
        match (&place, name.is_empty()) {
            (Some(_), true) => s.needs("model_url", "model_name"),
            (None, _) => s.needs("model_key", "model_url"),
            _ => {}
        }
        Model {
            place,
            key,
            name,
            patience: s.get("model_timeout_s", read::seconds(1..=600)).unwrap_or(Duration::from_secs(120)),
            answer_tokens: s.get("model_answer_tokens", read::count(1..=100_000)).unwrap_or(1_024),
            limits: limits(s),
            authority: s.get("model_ca", read::optional(read::path)).flatten(),
        }
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        let Model { limits, .. } = self;
        let whole = |number: u64| toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let cost = |cost: Option<Cost>| cost.map_or_else(|| OFF.to_owned(), |cost| cost.to_string()).into();
        Some(match key {
            "model_url" => self.place.as_ref().map(ModelPlace::shown).unwrap_or_default().into(),
            "model_name" => self.name.clone().into(),
            "model_ca" => print::path(self.authority.as_ref()),
            "model_timeout_s" => print::seconds(self.patience),
            "model_answer_tokens" => whole(self.answer_tokens),
            "model_request_tokens" => whole(limits.request_tokens),
            "model_day_tokens" => whole(limits.day_tokens.unwrap_or(0)),
            "model_question_price" => shown(limits.prices.question).into(),
            "model_answer_price" => shown(limits.prices.answer).into(),
            "model_request_cost" => cost(limits.request_cost),
            "model_day_cost" => cost(limits.day_cost),
            _ => return None,
        })
    }
}

impl ModelPlace {
    fn shown(&self) -> String {
        format!("{}{}", self.destination, self.base)
    }
}

fn limits(s: &mut Sources) -> Limits {
    let mut price = |key| s.get(key, millionths).unwrap_or(0);
    let prices = Prices::of_millionths(price("model_question_price"), price("model_answer_price"));
    let request_cost = s.get("model_request_cost", cost).flatten();
    let day_cost = s.get("model_day_cost", cost).flatten();
    // A bound on what costs nothing would never hold anything back.
    if prices == Prices::default() {
        for (key, limit) in [("model_request_cost", request_cost), ("model_day_cost", day_cost)] {
            if limit.is_some() {
                s.needs(key, "model_answer_price");
            }
        }
    }
    let day_tokens = s.get("model_day_tokens", read::count(0..=1_000_000_000_000)).unwrap_or(1_000_000);
    Limits {
        prices,
        request_tokens: s.get("model_request_tokens", read::count(1..=10_000_000)).unwrap_or(32_768),
        request_cost,
        day_tokens: (day_tokens > 0).then_some(day_tokens),
        day_cost,
    }
}

/// `https://host/v1`: to the internet, or to networks that `outgoing_networks` names.
fn place(text: &str) -> Option<ModelPlace> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_'));
    let destination = Destination::parse(&format!("{scheme}://{authority}"), Reach::Public)?;
    (plain && !path.contains("//")).then(|| ModelPlace { destination, base: path.trim_end_matches('/').to_owned() })
}

fn name(text: &str) -> Option<String> {
    (text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic())).then(|| text.to_owned())
}

fn key(text: &str) -> Option<Secret> {
    let fits = (1..=1_024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| Secret::new(text))
}

fn cost(text: &str) -> Option<Option<Cost>> {
    if text == OFF { Some(None) } else { Cost::parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::config::{Inputs, Mistakes, Settings};

    fn load(flags: &[(&'static str, &str)]) -> Result<Settings, Mistakes> {
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Settings::load(&Inputs { flags, ..Inputs::default() })
    }

    #[test]
    fn without_an_address_none_is_asked_and_with_one_its_bounds_are_set() {
        let unset = load(&[]).unwrap();
        assert!(unset.model.place.is_none());
        let (breaker, seconds) = (unset.resilience.model, Duration::from_secs);
        assert_eq!((breaker.failures, breaker.open_for, unset.model.patience), (5, seconds(60), seconds(120)));
        let set = [
            ("model_url", "https://api.example/v1/"),
            ("model_name", "small"),
            ("model_key", "sk-secret"),
            ("model_answer_price", "0.6"),
            ("model_day_cost", "2.50"),
        ];
        let settings = load(&set).unwrap();
        let text = settings.to_toml();
        for line in [
            "model_url = \"https://api.example:443/v1\"",
            "model_timeout_s = 120",
            "model_answer_price = \"0.60\"",
            "model_day_cost = \"2.5\"",
            "model_request_cost = \"off\"",
            "model_day_tokens = 1000000",
            "# model_key = \"***\"",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("sk-secret") && !format!("{settings:?}").contains("sk-secret"));
    }

    #[test]
    fn what_cannot_be_meant_is_a_mistake() {
        let url = ("model_url", "https://api.example/v1");
        for set in [
            &[url][..],
            &[("model_key", "sk")],
            &[url, ("model_name", "two words")],
            &[("model_url", "https://user@api.example/v1"), ("model_name", "x")],
            &[("model_url", "https://api.example/v1?a=b"), ("model_name", "x")],
            &[("model_url", "api.example"), ("model_name", "x")],
            &[url, ("model_name", "x"), ("model_day_cost", "1")],
            &[("model_answer_price", "-1")],
            &[("model_answer_price", "0,15")],
            &[("model_day_cost", "mucho"), ("model_answer_price", "1")],
        ] {
            assert!(load(set).is_err(), "{set:?}");
        }
    }
}
