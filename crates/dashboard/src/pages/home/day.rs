//! What moved on the day, in words.
//!
//! Invariant: the day is named, so that numbers of another day are never taken for today's.

use domain::{Money, Quantity};
use platform::texts::Args;
use store::home::{DayKind, Latest, POSTINGS_COUNTED};

use super::{
    load::{Loaded, LoadedDay},
    query::{Change, HomeQuery},
};
use crate::{format, words::Words};

/// What a kind of posting moved.
#[derive(Debug)]
pub(super) struct KindRow {
    pub(super) kind: String,
    pub(super) postings: String,
    /// `+12 u.`, `−3,500 kg`.
    pub(super) quantities: Vec<String>,
    pub(super) value: String,
    pub(super) revenue: String,
}

/// A posting in one line.
#[derive(Debug)]
pub(super) struct LatestRow {
    pub(super) when: String,
    /// For programs: RFC 3339.
    pub(super) instant: String,
    pub(super) kind: String,
    pub(super) what: String,
    /// Site, document, who.
    pub(super) details: String,
    pub(super) amount: String,
}

/// A link to another day.
#[derive(Debug, Default)]
pub(super) struct DayLink {
    pub(super) href: String,
    pub(super) label: String,
}

/// The day.
#[derive(Debug)]
pub(super) struct DayView {
    /// `sábado 21/11/2026`.
    pub(super) title: String,
    /// For the date field.
    pub(super) iso: String,
    /// Pairs the date field's form carries along.
    pub(super) carried: Vec<(&'static str, String)>,
    /// Whether no day has any.
    pub(super) never: bool,
    pub(super) note: String,
    pub(super) kinds: Vec<KindRow>,
    pub(super) sales: String,
    pub(super) before: Option<DayLink>,
    pub(super) after: Option<DayLink>,
    pub(super) latest: Vec<LatestRow>,
}

impl DayView {
    pub(super) fn of(words: Words, query: &HomeQuery, loaded: &Loaded) -> DayView {
        let day = &loaded.day;
        let link = |to: domain::Day| DayLink {
            href: format!("{}#day", query.address(Change::Day(Some(to)))),
            label: words.date(to),
        };
        let carried = query.pairs().into_iter().filter(|(name, _)| *name != "day");
        DayView {
            title: words.weekday_and_date(day.shown),
            iso: day.shown.to_string(),
            carried: carried
                .filter_map(|(name, value)| Some((name, value?.to_owned())))
                .filter(|(_, value)| !value.is_empty())
                .collect(),
            never: day.moved.is_empty() && day.before.is_none() && day.after.is_none(),
            note: note(words, query, day),
            kinds: day.moved.iter().map(|kind| kind_row(words, day, kind)).collect(),
            sales: words.money(day.moved.iter().map(|kind| kind.revenue).sum()),
            before: day.before.map(link),
            after: day.after.map(link),
            latest: loaded.latest.iter().map(|posting| latest_row(words, loaded, posting)).collect(),
        }
    }
}

fn note(words: Words, query: &HomeQuery, day: &LoadedDay) -> String {
    if day.moved.is_empty() {
        return words.say("ui-day-nothing");
    }
    if query.day.is_none() && day.shown != day.today {
        return words.say_with("ui-day-last", &Args::new().with("today", words.date(day.today)));
    }
    String::new()
}

fn kind_row(words: Words, day: &LoadedDay, kind: &DayKind) -> KindRow {
    let postings = day.postings.iter().find(|counted| counted.kind == kind.kind);
    let postings = postings.map_or_else(String::new, |counted| {
        let key = if counted.at_least { "ui-postings-at-least" } else { "ui-postings" };
        words.say_count(key, counted.count.min(POSTINGS_COUNTED))
    });
    let mut quantities = Vec::new();
    for moved in &kind.moved {
        let unit = words.unit(moved.unit);
        for (sign, quantity) in [("+", moved.came_in), ("\u{2212}", moved.went_out)] {
            if quantity > Quantity::ZERO {
                quantities.push(format!("{sign}{}\u{a0}{unit}", words.quantity(quantity)));
            }
        }
    }
    let or_dash = |amount: Money| if amount == Money::ZERO { "–".to_owned() } else { words.money(amount) };
    KindRow {
        kind: words.kind(kind.kind),
        postings,
        quantities,
        value: or_dash(kind.value),
        revenue: or_dash(kind.revenue),
    }
}

fn latest_row(words: Words, loaded: &Loaded, posting: &Latest) -> LatestRow {
    let site = loaded.site_of(posting.site);
    let zone = site.map_or_else(|| loaded.zone(), |site| site.zone.clone());
    let day = zone.day_of(posting.effective_at);
    let time = format::time(&zone, posting.effective_at);
    let mut details = Vec::new();
    details.extend(site.filter(|_| loaded.names_sites()).map(|site| site.name.clone()));
    details.extend(Some(posting.document.clone()).filter(|document| !document.is_empty()));
    let actor = loaded.logins.get(&posting.actor).unwrap_or(&posting.actor);
    details.extend(Some(actor.clone()).filter(|actor| !actor.is_empty()));
    let amount = if posting.revenue == Money::ZERO { posting.value } else { posting.revenue };
    LatestRow {
        when: if day == loaded.day.today { time } else { format!("{} {time}", words.date(day)) },
        instant: posting.effective_at.in_zone(&zone),
        kind: words.kind(posting.kind),
        what: what(words, posting),
        details: details.join(" · "),
        amount: words.money(amount),
    }
}

/// The first product, and how many lines more.
fn what(words: Words, posting: &Latest) -> String {
    let more = posting.lines - 1;
    if more < 1 {
        return posting.first_product.clone();
    }
    let args = Args::new().with("first", &posting.first_product).with("count", more).with("shown", words.count(more));
    words.say_with("ui-and-more", &args)
}
