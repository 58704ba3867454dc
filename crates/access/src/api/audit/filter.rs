//! Which events are asked for.
//!
//! Invariant: the list, the file and the command line read the same filters; an unknown one is refused.

use std::sync::LazyLock;

use domain::{
    Zone,
    audit::{Action, Outcome},
};
use platform::http::fields::{Fault, Fields, FromFields, Read, Value, one_of, text};
use store::{
    audit::{Filter, Span},
    ledger::read::Moment,
};
use utoipa::IntoParams;

/// Every action, and every subject of actions.
static ACTIONS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names: Vec<&str> = Action::ALL.iter().flat_map(|action| [action.subject(), action.name()]).collect();
    names.sort_unstable();
    names.dedup();
    names
});

/// Which events.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct FilterParams {
    /// Who: what they are called, public part of a key, number of an account.
    #[param(max_length = 128)]
    pub actor: Option<String>,
    /// What happened, such as `price.set`; or everything about a subject, such as `price`.
    pub action: Option<String>,
    /// To what, such as `product:BEB-000012`; with `:` at its end, to everything of that kind.
    #[param(max_length = 200)]
    pub resource: Option<String>,
    /// How it ended: `ok`, `denied` or `failed`.
    pub outcome: Option<String>,
    /// Code of a site.
    #[param(max_length = 64)]
    pub site: Option<String>,
    /// A day, or an instant: they happened then or later.
    pub from: Option<String>,
    /// A day, included, or an instant: they happened before it.
    pub to: Option<String>,
    /// Words somewhere in it.
    #[param(max_length = 200)]
    pub text: Option<String>,
}

/// What is asked for. Its days are days of whichever zone it is asked in.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// All of it but the times.
    pub filter: Filter,
    /// From when on.
    pub from: Option<Moment>,
    /// Until when.
    pub to: Option<Moment>,
}

impl Asked {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_>) -> Asked {
        let filter = Filter {
            actor: fields.optional("actor", text(1..=128)),
            action: fields.optional("action", one_of(&ACTIONS, action)),
            resource: fields.optional("resource", text(1..=200)).map(|text| resource(&text)),
            outcome: fields.optional("outcome", one_of(&Outcome::ALL.map(Outcome::name), Outcome::named)),
            site: fields.optional("site", text(1..=64)),
            text: fields.optional("text", text(1..=200)),
            ..Filter::default()
        };
        Asked { filter, from: fields.optional("from", moment), to: fields.optional("to", moment) }
    }

    /// As the log is asked.
    pub fn in_zone(self, zone: &Zone) -> Filter {
        let begins = |moment| match moment {
            Moment::Day(day) => zone.start_of(day),
            Moment::At(at) => at,
        };
        let ends = |moment| match moment {
            Moment::Day(day) => zone.start_of(day.plus(1)),
            Moment::At(at) => at,
        };
        Filter { from: self.from.map(begins), until: self.to.map(ends), ..self.filter }
    }
}

impl FromFields for Asked {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Asked> {
        Some(Asked::read(fields))
    }
}

/// An action by its name, or all that are about a subject.
pub fn action(name: &str) -> Option<Span> {
    let about = || Action::ALL.iter().find(|action| action.subject() == name);
    Action::named(name)
        .map(|action| Span::exactly(action.name()))
        .or_else(|| about().map(|action| Span::about(*action)))
}

/// A thing by its name, or all things of a kind.
pub fn resource(text: &str) -> Span {
    if text.ends_with(':') { Span::beginning(text) } else { Span::exactly(text) }
}

/// A day, or an instant.
fn moment(value: &Value<'_>) -> Read<Moment> {
    let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    parse_moment(text).ok_or_else(|| Fault::new("invalid_instant"))
}

/// The same from a text.
pub fn parse_moment(text: &str) -> Option<Moment> {
    text.parse().map(Moment::Day).ok().or_else(|| text.parse().map(Moment::At).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_found_by_its_name_or_its_subject() {
        assert_eq!(action("price.set"), Some(Span::exactly("price.set")));
        assert_eq!(action("product"), Some(Span::beginning("product.")));
        assert_eq!(action("nothing"), None);
        assert!(ACTIONS.contains(&"auth") && ACTIONS.iter().all(|name| action(name).is_some()));
    }

    #[test]
    fn a_last_day_is_included() {
        let zone = Zone::named("America/Argentina/Buenos_Aires").unwrap();
        let asked = |query: &str| Fields::from_query(query).unwrap().read(|fields| Some(Asked::read(fields)));
        let filter = asked("from=2026-11-20&to=2026-11-20").unwrap().in_zone(&zone);
        assert_eq!(filter.from.unwrap().to_string(), "2026-11-20T03:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-11-21T03:00:00Z");
        let filter = asked("to=2026-11-20T10:00:00-03:00").unwrap().in_zone(&zone);
        assert_eq!((filter.from, filter.until.unwrap().to_string().as_str()), (None, "2026-11-20T13:00:00Z"));
        for refused in ["from=yesterday", "action=nothing", "outcome=good", "who=me", "actor="] {
            assert_eq!(asked(refused).is_err(), refused != "actor=", "{refused}");
        }
    }
}
