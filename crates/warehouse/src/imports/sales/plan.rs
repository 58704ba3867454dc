//! From ticket lines to postings.
//!
//! Invariant: a posting is made of the lines of one document at one instant and of one class, in the order of the file; what
//! it is known by depends on nothing else, so the same file always makes the same postings.

use std::collections::HashMap;

use domain::{
    Quantity, Timestamp, ids,
    ledger::{Draft, LineDraft, Reference},
};
use uuid::Uuid;

use super::{
    class::{Class, Classes},
    names::Names,
    rows::{SaleRow, Sales},
};
use crate::imports::{
    Code, Issue, Options,
    known::{Known, in_units},
    post::{MAX_LINES, Origin},
};

/// The most characters of a note.
const NOTE_CHARS: usize = 200;

/// A line that can be posted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Place among the rows read.
    pub(super) row: u32,
    /// Place among the SKUs.
    pub(super) product: u32,
    /// How much moves, in the product's unit, above zero.
    pub(super) moved: Quantity,
}

/// Lines that are posted together.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) class: Class,
    pub(super) at: Timestamp,
    invoice: u32,
    part: u32,
    pub(super) lines: Vec<Line>,
}

impl Group {
    /// The document it is of: all that one ticket says of one instant, of whatever class.
    pub(super) const fn document(&self) -> (u32, Timestamp) {
        (self.invoice, self.at)
    }

    /// Where the posting would begin that stands for the same document as of another class.
    pub(super) fn as_of_class(&self, class: Class) -> Group {
        Group { class, at: self.at, invoice: self.invoice, part: 0, lines: Vec::new() }
    }

    /// The lines that are wanted as a group, and the others.
    pub(super) fn divided(self, wanted: impl Fn(&Line) -> bool) -> (Group, Group) {
        let (inside, outside) = self.lines.iter().copied().partition(wanted);
        (Group { lines: inside, ..self }, Group { lines: outside, ..self })
    }
}

/// Everything that is to be posted, in the order in which it happened.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) groups: Vec<Group>,
    /// SKU of each product.
    pub(super) skus: Vec<String>,
    /// Rows of each class.
    pub(super) classes: HashMap<Class, u64>,
    pub(super) sales_at_zero: u64,
    /// What each code of the file comes to, by its place.
    resolved: Vec<Resolved>,
}

/// What a code of the file comes to.
#[derive(Debug, Clone, Copy)]
enum Resolved {
    Product { product: u32, pack: Quantity, divisible: bool },
    Wrong(Code),
}

impl Plan {
    /// Plans the rows whose products are there, or will be.
    pub(super) fn make(
        sales: &Sales,
        names: &Names,
        known: &Known,
        options: &Options,
        issues: &mut Vec<Issue>,
    ) -> Plan {
        let mut plan = Plan::default();
        plan.resolved = plan.resolve(sales, known, options);
        let classes = Classes::new(sales, names);
        let mut places: HashMap<(u32, Timestamp, Class), usize> = HashMap::new();
        for (place, row) in sales.rows.iter().enumerate() {
            let line = match line(place, row, plan.resolved[row.code as usize]) {
                Ok(line) => line,
                Err(code) => {
                    let issue = Issue::new(u64::from(row.row), code).at("sku").value(sales.codes.get(row.code));
                    issues.push(issue);
                    continue;
                }
            };
            let class = classes.of(row);
            *plan.classes.entry(class).or_default() += 1;
            plan.sales_at_zero += u64::from(class == Class::Sale && row.price.is_none_or(|price| price.minor() == 0));
            let group = *places.entry((row.invoice, row.at, class)).or_insert(plan.groups.len());
            if group == plan.groups.len() {
                plan.groups.push(Group { class, at: row.at, invoice: row.invoice, part: 0, lines: Vec::new() });
            }
            plan.groups[group].lines.push(line);
        }
        plan.divide();
        // Lines are in the order of the file, so the first line of a group is its first row.
        plan.groups.sort_by_key(|group| (group.at, group.lines.first().map_or(0, |line| line.row)));
        plan
    }

    fn resolve(&mut self, sales: &Sales, known: &Known, options: &Options) -> Vec<Resolved> {
        let mut places: HashMap<String, u32> = HashMap::new();
        let mut place = |skus: &mut Vec<String>, sku: &str| match places.get(sku) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(skus.len()).unwrap_or(u32::MAX);
                places.insert(sku.to_owned(), place);
                skus.push(sku.to_owned());
                place
            }
        };
        let resolve = |code: &str| match known.find(code) {
            Some(found) if !found.card.active => Resolved::Wrong(Code::InactiveProduct),
            Some(found) => {
                let product = place(&mut self.skus, &found.card.sku);
                Resolved::Product { product, pack: found.pack, divisible: found.card.unit.divisible() }
            }
            None if options.create_missing => {
                Resolved::Product { product: place(&mut self.skus, code), pack: Quantity::ONE, divisible: true }
            }
            None => Resolved::Wrong(Code::UnknownProduct),
        };
        sales.codes.iter().map(resolve).collect()
    }

    /// Cuts groups that are larger than a posting may be.
    fn divide(&mut self) {
        let whole = std::mem::take(&mut self.groups);
        for mut group in whole {
            let mut part = 0;
            while group.lines.len() > MAX_LINES {
                let rest = group.lines.split_off(MAX_LINES);
                let lines = std::mem::replace(&mut group.lines, rest);
                self.groups.push(Group { lines, part, ..group });
                part += 1;
            }
            self.groups.push(Group { part, ..group });
        }
    }

    /// A quantity of a code in units of its product, with the product's SKU when there is one.
    pub(super) fn in_units(&self, sales: &Sales, code: &str, quantity: Quantity) -> (Option<&str>, Quantity) {
        let place = sales.codes.find(code).and_then(|place| self.resolved.get(place as usize));
        match place {
            Some(Resolved::Product { product, pack, .. }) => {
                (self.skus.get(*product as usize).map(String::as_str), in_units(quantity, *pack).unwrap_or(quantity))
            }
            _ => (None, quantity),
        }
    }

    /// Lines in all.
    pub(super) fn lines(&self) -> u64 {
        self.groups.iter().map(|group| group.lines.len() as u64).sum()
    }
}

fn line(place: usize, row: &SaleRow, resolved: Resolved) -> Result<Line, Code> {
    let (product, pack, divisible) = match resolved {
        Resolved::Product { product, pack, divisible } => (product, pack, divisible),
        Resolved::Wrong(code) => return Err(code),
    };
    let moved = in_units(row.quantity.abs(), pack).ok_or(Code::OutOfRange)?;
    if !divisible && !moved.is_whole() {
        return Err(Code::FractionOfPiece);
    }
    Ok(Line { row: u32::try_from(place).unwrap_or(u32::MAX), product, moved })
}

/// Makes drafts of the groups of a plan.
pub(super) struct Drafter<'a> {
    pub(super) sales: &'a Sales,
    pub(super) plan: &'a Plan,
    pub(super) origin: &'a Origin,
    pub(super) space: Uuid,
    pub(super) location: Option<&'a str>,
}

impl Drafter<'_> {
    /// What the posting of a group is known by.
    pub(super) fn id(&self, group: &Group) -> Uuid {
        let invoice = self.sales.invoices.get(group.invoice);
        ids::named(self.space, &format!("{}\0{invoice}\0{}\0{}", group.class.name(), group.at.micros(), group.part))
    }

    /// The draft of a group.
    pub(super) fn draft(&self, group: &Group) -> Draft {
        let kind = group.class.kind();
        let mut draft = self.origin.draft(self.id(group), kind);
        let invoice = self.sales.invoices.get(group.invoice);
        if !invoice.is_empty() {
            draft.reference = Reference { kind: "invoice".to_owned(), number: invoice.to_owned() };
        }
        draft.effective_at = Some(group.at);
        draft.note = self.note(group);
        draft.lines = group.lines.iter().map(|line| self.line(group, line)).collect();
        draft
    }

    fn line(&self, group: &Group, line: &Line) -> LineDraft {
        let row = &self.sales.rows[line.row as usize];
        let place = self.location.map(str::to_owned);
        let (from, to) = if group.class.comes_in() { (None, place) } else { (place, None) };
        // The price of a case is not the price of what is in it: the line's amount divided again.
        let per_unit = |price: domain::Money| match line.moved == row.quantity.abs() {
            true => Some(price),
            false => price.times(row.quantity.abs()).and_then(|amount| amount.per(line.moved)),
        };
        let unit_price = row.price.filter(|_| group.class.kind().takes_price()).and_then(per_unit);
        let sku = self.plan.skus[line.product as usize].clone();
        LineDraft { sku, quantity: line.moved, from, to, unit_price, ..LineDraft::default() }
    }

    /// What people wrote about stock that was not traded.
    fn note(&self, group: &Group) -> String {
        if group.class.kind().takes_price() {
            return String::new();
        }
        let mut words: Vec<&str> = Vec::new();
        for line in &group.lines {
            let text = self.sales.texts.get(self.sales.rows[line.row as usize].text);
            if !text.is_empty() && !words.contains(&text) && words.len() < 10 {
                words.push(text);
            }
        }
        words.join("; ").chars().take(NOTE_CHARS).collect()
    }
}
