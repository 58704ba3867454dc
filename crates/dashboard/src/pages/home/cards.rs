//! The numbers at the top, each leading to what it counts.
//!
//! Invariant: a card's number and the list behind it are of the same site.

use domain::{Level, Money};
use platform::texts::Args;
use store::site::Site;

use super::{
    load::Loaded,
    query::{Change, HomeQuery},
};
use crate::words::Words;

/// A number with what it means.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) note: String,
    /// Where it leads; empty when it leads nowhere.
    pub(super) href: String,
    /// Name of the level it is coloured as; empty when it has none.
    pub(super) tone: &'static str,
    /// Whether the table shows just this.
    pub(super) current: bool,
}

/// What a site's stock is worth.
#[derive(Debug)]
pub(super) struct SiteValue {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) href: String,
    pub(super) current: bool,
}

/// Every card, in order.
pub(super) fn cards(words: Words, query: &HomeQuery, loaded: &Loaded) -> Vec<Card> {
    let mut cards: Vec<Card> =
        [Level::Out, Level::Critical, Level::Low].map(|level| level_card(words, query, loaded, level)).into();
    cards.push(value_card(words, loaded));
    cards.push(sales_card(words, loaded));
    cards
}

fn level_card(words: Words, query: &HomeQuery, loaded: &Loaded, level: Level) -> Card {
    let (label, note) = match level {
        Level::Out => ("ui-card-out", "ui-card-out-note"),
        Level::Critical => ("ui-card-critical", "ui-card-critical-note"),
        Level::Low => ("ui-card-low", "ui-card-low-note"),
        Level::Ok => ("ui-level-ok", "ui-level-ok"),
    };
    let products = loaded.standing.at(level);
    let of_site = query.without_search();
    let current = query.level == Some(level);
    // A second touch takes the filter away.
    let to = if current { None } else { Some(level) };
    Card {
        label: words.say(label),
        value: words.count(products),
        note: words.say(note),
        href: format!("{}#stock", of_site.address(Change::Level(to))),
        tone: if products > 0 { level.name() } else { "" },
        current,
    }
}

fn value_card(words: Words, loaded: &Loaded) -> Card {
    let products = words.say_count("ui-card-value-note", loaded.standing.products());
    Card {
        label: words.say("ui-card-value"),
        value: words.money(loaded.standing.value(&loaded.shown)),
        note: products,
        href: String::new(),
        tone: "",
        current: false,
    }
}

fn sales_card(words: Words, loaded: &Loaded) -> Card {
    let day = &loaded.day;
    let revenue: Money = day.moved.iter().map(|kind| kind.revenue).sum();
    let note = if day.shown == day.today {
        words.say("ui-today")
    } else {
        words.say_with("ui-on-day", &Args::new().with("day", words.date(day.shown)))
    };
    Card {
        label: words.say("ui-card-sales"),
        value: words.money(revenue),
        note,
        href: "#day".to_owned(),
        tone: "",
        current: false,
    }
}

/// What all sites' stock and each one's is worth, when there is more than one.
pub(super) fn site_values(words: Words, query: &HomeQuery, loaded: &Loaded) -> Vec<SiteValue> {
    if loaded.sites.len() < 2 {
        return Vec::new();
    }
    let one = |site: Option<&Site>| SiteValue {
        name: site.map_or_else(|| words.say("ui-every-site"), |site| site.name.clone()),
        value: words.money(loaded.standing.value(&site.map_or_else(|| loaded.every_site(), |site| site.id.into()))),
        href: query.address(Change::Site(site.map(|site| site.code.as_str()))),
        current: loaded.site_number() == site.map(|site| site.id),
    };
    std::iter::once(None).chain(loaded.sites.iter().map(Some)).map(one).collect()
}
