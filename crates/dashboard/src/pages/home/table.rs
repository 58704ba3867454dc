//! The stock table with its filters, in words.
//!
//! Invariant: an empty table says why it is empty and what to do next.

use domain::{Level, Quantity};
use platform::texts::Args;
use store::home::{Held, StockRow};

use super::{
    load::Loaded,
    query::{Change, HomeQuery},
};
use crate::words::Words;

/// A choice of a filter.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) selected: bool,
}

/// The form above the table.
#[derive(Debug)]
pub(super) struct Filters {
    pub(super) search: String,
    /// Empty when there is nothing to choose from.
    pub(super) sites: Vec<Choice>,
    pub(super) levels: Vec<Choice>,
    /// The day shown, carried along; empty when none was asked for.
    pub(super) day: String,
    pub(super) active: bool,
}

impl Filters {
    pub(super) fn of(words: Words, query: &HomeQuery, loaded: &Loaded) -> Filters {
        let site = |site: &store::site::Site| Choice {
            value: site.code.clone(),
            label: site.name.clone(),
            selected: loaded.site_number() == Some(site.id),
        };
        let level = |level: Level| Choice {
            value: level.name().to_owned(),
            label: words.level(level),
            selected: query.level == Some(level),
        };
        let several = loaded.sites.len() > 1;
        Filters {
            search: query.search.clone(),
            sites: if several { loaded.sites.iter().map(site).collect() } else { Vec::new() },
            levels: Level::ALL.into_iter().map(level).collect(),
            day: query.day.map(|day| day.to_string()).unwrap_or_default(),
            active: query.is_filtered(),
        }
    }
}

/// What a site holds of a product.
#[derive(Debug)]
pub(super) struct SiteCell {
    /// Its name and quantity, empty when the page is about one site.
    pub(super) site: String,
    pub(super) quantity: String,
    /// Name of its level when that is not well.
    pub(super) tone: &'static str,
    /// `Salón 2 · Depósito 1`.
    pub(super) shelves: String,
}

/// A product.
#[derive(Debug)]
pub(super) struct RowView {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) level: String,
    /// Where it is at that level, when not everywhere.
    pub(super) level_at: String,
    pub(super) tone: &'static str,
    pub(super) quantity: String,
    pub(super) unit: String,
    pub(super) sites: Vec<SiteCell>,
    /// Empty when none is set.
    pub(super) minimum: String,
    pub(super) value: String,
}

/// What to do about an empty table.
#[derive(Debug)]
pub(super) struct Empty {
    pub(super) title: String,
    pub(super) text: String,
    /// Commands that help.
    pub(super) commands: Vec<&'static str>,
    /// Whether taking the filters away helps.
    pub(super) clear: bool,
}

/// The table.
#[derive(Debug)]
pub(super) struct TableView {
    pub(super) rows: Vec<RowView>,
    /// `50 de 412 productos`.
    pub(super) summary: String,
    /// Address of the first page; empty on it.
    pub(super) first: String,
    /// Address of the next page; empty on the last.
    pub(super) next: String,
    pub(super) empty: Option<Empty>,
}

impl TableView {
    pub(super) fn of(words: Words, query: &HomeQuery, loaded: &Loaded) -> TableView {
        let rows: Vec<RowView> = loaded.stock.rows.iter().map(|row| row_view(words, loaded, row)).collect();
        let first = query.after.as_ref().map(|_| query.address(Change::After(None)));
        let next = loaded.stock.next.as_deref().map(|sku| query.address(Change::After(Some(sku))));
        TableView {
            summary: summary(words, query, loaded),
            empty: rows.is_empty().then(|| empty(words, query, loaded)),
            first: first.unwrap_or_default(),
            next: next.unwrap_or_default(),
            rows,
        }
    }
}

fn summary(words: Words, query: &HomeQuery, loaded: &Loaded) -> String {
    let shown = i64::try_from(loaded.stock.rows.len()).unwrap_or(i64::MAX);
    let whole = query.level.map_or_else(|| loaded.standing.products(), |level| loaded.standing.at(level));
    let counted = query.search.is_empty().then_some(whole).filter(|whole| shown < *whole);
    match counted {
        Some(whole) => words
            .say_with("ui-shown-of", &Args::new().with("shown", words.count(shown)).with("whole", words.count(whole))),
        None if loaded.stock.next.is_some() => words.say_count("ui-shown-first", shown),
        None => words.say_count("ui-shown", shown),
    }
}

fn row_view(words: Words, loaded: &Loaded, row: &StockRow) -> RowView {
    let level = row.level();
    RowView {
        sku: row.sku.clone(),
        name: row.name.clone(),
        brand: row.brand.clone(),
        level: words.level(level),
        level_at: level_at(words, loaded, row, level),
        tone: level.name(),
        quantity: words.quantity(row.quantity()),
        unit: words.unit(row.unit),
        sites: row.held.iter().filter_map(|held| site_cell(words, loaded, row, held)).collect(),
        minimum: row
            .minimum
            .filter(|least| *least > Quantity::ZERO)
            .map_or_else(String::new, |least| words.quantity(least)),
        value: words.money(row.value()),
    }
}

/// `en Centro`, `en 2 de 3`: without it, a level beside a sum over several sites would seem wrong.
fn level_at(words: Words, loaded: &Loaded, row: &StockRow, level: Level) -> String {
    let at: Vec<&Held> = row.held.iter().filter(|held| Level::of(held.quantity, row.minimum) == level).collect();
    if at.len() == row.held.len() {
        return String::new();
    }
    if let [one] = at.as_slice() {
        let site = loaded.site_of(one.site).map_or("", |site| site.name.as_str());
        return words.say_with("ui-level-at", &Args::new().with("site", site));
    }
    words.say_with("ui-level-in", &Args::new().with("some", at.len()).with("all", row.held.len()))
}

fn site_cell(words: Words, loaded: &Loaded, row: &StockRow, held: &Held) -> Option<SiteCell> {
    let shelf = |shelf: &store::home::OnShelf| {
        let name = loaded.shelves.get(&shelf.location).map_or("", String::as_str);
        format!("{name}\u{a0}{}", words.quantity(shelf.quantity))
    };
    let level = Level::of(held.quantity, row.minimum);
    let site = if loaded.names_sites() { loaded.site_of(held.site)?.name.clone() } else { String::new() };
    let shelves: Vec<String> = match held.shelves.as_slice() {
        [] if site.is_empty() => return None,
        // In one place only: its quantity is the one that was just said.
        [one] => vec![loaded.shelves.get(&one.location).cloned().unwrap_or_default()],
        several => several.iter().map(shelf).collect(),
    };
    Some(SiteCell {
        site,
        quantity: words.quantity(held.quantity),
        tone: if level == Level::Ok { "" } else { level.name() },
        shelves: shelves.join(" · "),
    })
}

fn empty(words: Words, query: &HomeQuery, loaded: &Loaded) -> Empty {
    let (title, text, commands): (_, _, &[&str]) = if loaded.sites.is_empty() {
        ("ui-empty-sites", "ui-empty-sites-text", &["gondola site create centro --name \"Centro\"", "gondola demo"])
    } else if loaded.standing.products() == 0 {
        let commands = &["gondola import products productos.csv", "gondola import stock stock.csv", "gondola demo"];
        ("ui-empty-products", "ui-empty-products-text", commands)
    } else {
        ("ui-empty-found", "ui-empty-found-text", &[])
    };
    let commands = commands.to_vec();
    Empty {
        title: words.say(title),
        text: words.say(text),
        clear: commands.is_empty() && (query.is_filtered() || query.after.is_some()),
        commands,
    }
}
