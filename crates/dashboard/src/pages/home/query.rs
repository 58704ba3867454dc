//! What the address of the first page asks for.
//!
//! Invariant: the address made from what was read leads to the same page.

use domain::{Day, Level};

use crate::{format, urlencoded};

/// Characters of a search that are looked at.
const MOST_SEARCHED: usize = 100;

/// What to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HomeQuery {
    /// What somebody typed into the search box.
    pub(crate) search: String,
    /// Code of a site.
    pub(crate) site: Option<String>,
    /// Only products of this level.
    pub(crate) level: Option<Level>,
    /// Begin after the product of this SKU.
    pub(crate) after: Option<String>,
    /// The business day whose movements are shown.
    pub(crate) day: Option<Day>,
    /// A day that could not be read.
    pub(crate) unreadable_day: Option<String>,
    day_text: Option<String>,
}

/// What an address changes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    Site(Option<&'a str>),
    Level(Option<Level>),
    After(Option<&'a str>),
    Day(Option<Day>),
}

impl HomeQuery {
    /// As the query string says; what makes no sense is left out.
    pub(crate) fn read(raw: &str) -> HomeQuery {
        let given = |name| urlencoded::value(raw, name).map(|value| clean(&value)).filter(|value| !value.is_empty());
        let level = given("level").and_then(|name| Level::ALL.into_iter().find(|level| level.name() == name));
        let written = given("day");
        let day = written.as_deref().and_then(format::parse_day);
        HomeQuery {
            search: given("q").map(|text| text.chars().take(MOST_SEARCHED).collect()).unwrap_or_default(),
            site: given("site"),
            level,
            after: given("after"),
            day,
            unreadable_day: written.filter(|_| day.is_none()),
            day_text: day.map(|day| day.to_string()),
        }
    }

    /// The pairs of its own address.
    pub(crate) fn pairs(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("q", Some(self.search.as_str())),
            ("site", self.site.as_deref()),
            ("level", self.level.map(Level::name)),
            ("day", self.day_text.as_deref()),
            ("after", self.after.as_deref()),
        ]
    }

    /// The address with something changed. Another list begins at its top.
    pub(crate) fn address(&self, change: Change<'_>) -> String {
        let mut to = self.clone();
        to.after = None;
        match change {
            Change::Site(site) => to.site = site.map(str::to_owned),
            Change::Level(level) => to.level = level,
            Change::After(sku) => to.after = sku.map(str::to_owned),
            Change::Day(day) => {
                to.after.clone_from(&self.after);
                to.day_text = day.map(|day| day.to_string());
            }
        }
        urlencoded::address("/", &to.pairs())
    }

    /// The same without what was typed: numbers at the top count whole levels.
    pub(crate) fn without_search(&self) -> HomeQuery {
        HomeQuery { search: String::new(), ..self.clone() }
    }

    /// Whether anything narrows the table.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.search.is_empty() || self.site.is_some() || self.level.is_some()
    }
}

/// Without control characters, which no name of ours has and a database may refuse.
fn clean(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_itself() {
        let query = HomeQuery::read("q=%C3%B1oquis+y+m%C3%A1s&site=centro&level=low&day=21%2F11%2F2026&after=A%261");
        assert_eq!(query.search, "ñoquis y más");
        assert_eq!(query.after.as_deref(), Some("A&1"));
        let again = query.address(Change::After(Some("A&1")));
        assert_eq!(HomeQuery::read(again.split_once('?').unwrap().1), query);
        assert_eq!(query.address(Change::Site(None)), "/?q=%C3%B1oquis+y+m%C3%A1s&level=low&day=2026-11-21");
        assert_eq!(HomeQuery::default().address(Change::Level(Some(Level::Out))), "/?level=out");
    }

    #[test]
    fn nonsense_is_left_out_and_a_bad_day_is_remembered() {
        let query = HomeQuery::read("level=huge&day=32/1/2026&q=+%00+&site=&x=1");
        assert_eq!(query.unreadable_day.as_deref(), Some("32/1/2026"));
        assert!(!query.is_filtered());
        assert_eq!(HomeQuery::read(&format!("q={}", "a".repeat(5000))).search.len(), MOST_SEARCHED);
    }
}
