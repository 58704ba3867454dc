//! The state of the invented chain while its year goes by.
//!
//! Invariant: events come out in the order of their instants; each has an identity of its own from the dice.

use std::collections::{BTreeMap, VecDeque};

use domain::{
    Day, Money, Quantity, Timestamp, Zone,
    ledger::{Draft, Limits, LineDraft, PostingKind, Reference},
};
use store::transfer;
use uuid::Uuid;

use super::{
    Event,
    day::Task,
    demand::Demand,
    dice::Dice,
    inflation,
    mistakes::Mistakes,
    product::{self, Product},
    restock::Shipment,
    sites::SITES,
    stock::{Slice, Stock},
    suppliers::SUPPLIERS,
};

/// A line that a customer will bring back.
#[derive(Debug)]
pub(crate) struct ComingBack {
    pub day: Day,
    pub shop: usize,
    pub product: usize,
    pub quantity: Quantity,
    pub unit_price: Money,
    pub ticket: String,
}

/// The papers of a posting.
#[derive(Debug)]
pub(crate) struct Paper {
    pub site: usize,
    pub kind: PostingKind,
    pub actor: &'static str,
    pub device: &'static str,
    pub document: (&'static str, String),
    pub note: &'static str,
}

/// Last numbers given to documents.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    tickets: BTreeMap<u32, u32>,
    others: BTreeMap<&'static str, u32>,
}

impl Numbers {
    /// The next ticket of a point of sale.
    pub(crate) fn ticket(&mut self, point_of_sale: u32) -> String {
        let last = self.tickets.entry(point_of_sale).or_insert(11_000 * point_of_sale);
        *last += 1;
        ticket_number(point_of_sale, *last)
    }

    /// A ticket of a point of sale, so many before the last.
    pub(crate) fn earlier_ticket(&self, point_of_sale: u32, before: u32) -> String {
        ticket_number(point_of_sale, self.tickets.get(&point_of_sale).map_or(1, |last| last.saturating_sub(before)))
    }

    /// The identity of the next transfer, which is also its number.
    pub(crate) fn transfer(&mut self) -> String {
        const SPACE: Uuid = Uuid::from_u128(0x3f1c_2a86_57d9_4b0e_9e64_c0d1_60de_d01a);
        domain::ids::named(SPACE, &self.document("T")).to_string()
    }

    /// The identity of the next count sheet.
    pub(crate) fn count(&mut self) -> Uuid {
        const SPACE: Uuid = Uuid::from_u128(0x8d0b_51c4_93e7_4f2a_a6b8_2e19_7c45_d3f6);
        domain::ids::named(SPACE, &self.document("C"))
    }

    /// The next document of a series.
    pub(crate) fn document(&mut self, series: &'static str) -> String {
        let last = self.others.entry(series).or_insert(0);
        *last += 1;
        format!("{series}-{last:06}")
    }
}

/// The transfer that a document's number names.
pub(crate) fn transfer_of(number: &str) -> Option<Uuid> {
    number.parse().ok()
}

fn ticket_number(point_of_sale: u32, number: u32) -> String {
    format!("{point_of_sale:04}-{number:08}")
}

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct World {
    pub products: Vec<Product>,
    pub dice: Dice,
    pub first: Day,
    pub last: Day,
    pub today: Day,
    pub second: i64,
    pub stock: Stock,
    pub prices: Vec<Money>,
    pub costs: Vec<Money>,
    /// What really stands at a site less what its books say, per site and product; a count brings it to light.
    pub hidden_milli: Vec<i64>,
    pub demand: Demand,
    pub numbers: Numbers,
    pub coming_back: Vec<ComingBack>,
    pub repricing: Vec<(Day, usize)>,
    pub shipments: Vec<Shipment>,
    pub mistakes: Mistakes,
    pub agenda: BTreeMap<(i64, u64), Task>,
    pub events: VecDeque<Event>,
    zone: Zone,
    midnight: Timestamp,
    agreed: u64,
}

impl World {
    /// The chain as it stands before the first day of a year that ends on `last`.
    pub(crate) fn new(last: Day, days: i32, zone: Zone, seed: u64) -> World {
        let products = product::all();
        let first = last.plus(1 - days);
        let costs: Vec<Money> = products.iter().map(|product| first_cost(product, first, last)).collect();
        let prices = products.iter().zip(&costs).map(|(product, cost)| shelf_price(product, *cost)).collect();
        World {
            dice: Dice::seeded(seed),
            first,
            last,
            today: first,
            second: 0,
            stock: Stock::empty(products.len()),
            prices,
            costs,
            hidden_milli: vec![0; products.len() * SITES.len()],
            demand: Demand::of_week(&products, first),
            numbers: Numbers::default(),
            coming_back: Vec::new(),
            repricing: Vec::new(),
            shipments: Vec::new(),
            mistakes: Mistakes::new(&products),
            agenda: BTreeMap::new(),
            events: VecDeque::new(),
            midnight: zone.start_of(first),
            zone,
            agreed: 0,
            products,
        }
    }

    /// Turns to a day.
    pub(crate) fn turn_to(&mut self, day: Day) {
        self.today = day;
        self.midnight = self.zone.start_of(day);
        self.second = 0;
        if day.weekday() == 0 {
            self.demand = Demand::of_week(&self.products, day);
        }
    }

    /// Days until the last one.
    pub(crate) const fn days_left(&self) -> i32 {
        self.last.number() - self.today.number()
    }

    /// Puts something on today's agenda, never before what is being done.
    pub(crate) fn schedule(&mut self, second: i64, task: Task) {
        self.agreed += 1;
        self.agenda.insert((second.max(self.second), self.agreed), task);
    }

    /// The instant of what is being done.
    pub(crate) const fn now(&self) -> Timestamp {
        self.midnight.plus_seconds(self.second)
    }

    /// A posting of what is being done; `None` when it would have no lines.
    pub(crate) fn post(&mut self, paper: Paper, lines: Vec<LineDraft>) -> Option<Uuid> {
        if lines.is_empty() { None } else { Some(self.emit(paper, lines, None)) }
    }

    /// A correction that undoes a posting.
    pub(crate) fn undo(&mut self, paper: Paper, posting: Uuid) -> Uuid {
        self.emit(paper, Vec::new(), Some(posting))
    }

    fn emit(&mut self, paper: Paper, lines: Vec<LineDraft>, corrects: Option<Uuid>) -> Uuid {
        let draft = self.draft(paper, lines, corrects);
        let id = draft.id;
        self.events.push_back(Event::Posting(draft));
        id
    }

    /// A posting of what is being done, with an identity from the dice.
    pub(crate) fn draft(&mut self, paper: Paper, lines: Vec<LineDraft>, corrects: Option<Uuid>) -> Draft {
        let at = self.now();
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &self.dice.tail()).into_uuid();
        let (kind, number) = paper.document;
        // Whoever looks for a transfer's goods finds their posting by the transfer's identity.
        let leaves = transfer_of(&number).map(transfer::posting_of);
        let (id, corrects) = match paper.kind {
            PostingKind::TransferOut => (leaves.unwrap_or(id), corrects),
            PostingKind::TransferIn => (id, leaves),
            _ => (id, corrects),
        };
        Draft {
            id,
            site: SITES[paper.site].code.into(),
            kind: paper.kind,
            effective_at: Some(at),
            reference: Reference { kind: kind.into(), number },
            actor: paper.actor.into(),
            device: paper.device.into(),
            note: paper.note.into(),
            corrects,
            lines,
            may_back_date: true,
            taken_at: None,
            limits: Limits::NONE,
        }
    }

    /// A line that moves a slice of a product between two locations.
    pub(crate) fn line(&self, product: usize, slice: Slice, from: &str, to: &str) -> LineDraft {
        LineDraft {
            sku: self.products[product].sku.clone(),
            quantity: Quantity::from_milli(slice.milli),
            from: Some(from.into()),
            to: Some(to.into()),
            lot: slice.lot,
            unit_price: None,
            line_cost: None,
        }
    }

    /// A new shelf price from now on, unless it is the one that stands.
    pub(crate) fn set_price(&mut self, product: usize, price: Money, actor: &'static str) {
        if self.prices[product] != price {
            self.prices[product] = price;
            self.announce_price(product, actor);
        }
    }

    /// Says what a product costs on the shelf.
    pub(crate) fn announce_price(&mut self, product: usize, actor: &'static str) {
        let sku = self.products[product].sku.clone();
        self.events.push_back(Event::Price { sku, price: self.prices[product], at: self.now(), actor });
    }

    /// The shelf price that follows from today's cost.
    pub(crate) fn price_from_cost(&self, product: usize) -> Money {
        shelf_price(&self.products[product], self.costs[product])
    }

    /// Today's cost of so much, in cents.
    pub(crate) fn cost_of(&self, product: usize, milli: i64) -> Money {
        inflation::cents(self.costs[product].times(Quantity::from_milli(milli)).unwrap_or_default())
    }

    /// What really stands at a site less what its books say.
    pub(crate) fn hidden(&mut self, site: usize, product: usize) -> &mut i64 {
        &mut self.hidden_milli[site * self.products.len() + product]
    }

    /// The products of a supplier.
    pub(crate) fn products_of(&self, supplier: usize) -> Vec<usize> {
        (0..self.products.len()).filter(|p| self.products[*p].supplier == supplier).collect()
    }
}

fn shelf_price(product: &Product, cost: Money) -> Money {
    inflation::shelf_price(cost, product.section.vat_per_mille, product.section.markup_per_mille)
}

fn first_cost(product: &Product, first: Day, last: Day) -> Money {
    let section = product.section;
    let cost = inflation::net_cost(product.price_last, section.vat_per_mille, section.markup_per_mille);
    let list_day = SUPPLIERS[product.supplier].list_day;
    inflation::cents(inflation::before_rises(cost, list_day, first, last))
}
