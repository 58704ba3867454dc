//! Goods come in, move to the shelves and go from the depot to the shops.
//!
//! Invariant: a receipt ends in a store room; a shop's floor is filled only from its own store room.

use domain::{
    Money,
    ledger::{LineDraft, LotDraft, PostingKind},
};

use super::{
    day::Task,
    mistakes,
    sites::{CENTRO, NORTE, Place, SHOPS, SITES},
    stock::Slice,
    suppliers::{SUPPLIERS, Unloads},
    world::{Paper, World},
};

/// A line of a receipt.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub product: usize,
    pub slice: Slice,
    pub cost: Money,
}

/// What a supplier left, as it was written down.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub site: usize,
    pub number: String,
    pub lines: Vec<Bought>,
}

/// Goods between the depot and a shop.
#[derive(Debug)]
pub(crate) struct Shipment {
    pub to: usize,
    pub number: String,
    pub lines: Vec<Bought>,
}

/// Whether the depot sends goods to a shop on a weekday, Monday 0.
pub(crate) const fn sends_on(shop: usize, weekday: usize) -> bool {
    if shop == CENTRO { matches!(weekday, 1 | 4) } else { matches!(weekday, 0 | 3) }
}

/// The stock a site begins with, entered in pages.
pub(crate) fn open(world: &mut World, site: usize) {
    const PAGE_LINES: usize = 120;
    for place in Place::of_site(site) {
        let lines: Vec<LineDraft> =
            (0..world.products.len()).filter_map(|product| open_line(world, site, place, product)).collect();
        for page in lines.chunks(PAGE_LINES) {
            let number = world.numbers.document("I");
            let paper = keeper_paper(site, PostingKind::Opening, number, "stock inicial");
            world.post(paper, page.to_vec());
        }
    }
}

fn open_line(world: &mut World, site: usize, place: Place, product: usize) -> Option<LineDraft> {
    let target = target_milli(world, site, product)?;
    let share = if site == NORTE { 100 } else { 50 };
    if site == NORTE && place == Place::floor(site) {
        return None;
    }
    let percent = share * world.dice.between(75, 105) / 100;
    let milli = batches(world, product, target * percent / 100, 1000);
    let bought =
        buy(world, product, milli.max(1000), world.first.number() * 2 + i32::try_from(place.index()).unwrap_or(0));
    let line = LineDraft {
        line_cost: Some(bought.cost),
        ..world.line(product, bought.slice.clone(), "opening", place.code())
    };
    store(world, site, place, &bought);
    Some(line)
}

/// What a site wants to hold of a product after a delivery; `None` when it never holds it.
fn target_milli(world: &World, site: usize, product: usize) -> Option<i64> {
    let item = &world.products[product];
    let supplier = &SUPPLIERS[item.supplier];
    let direct = supplier.unloads == Unloads::Shops;
    let (rate, days) = match site {
        NORTE if direct => return None,
        NORTE => (SHOPS.into_iter().map(|shop| world.demand.rate_milli(shop, product)).sum(), supplier.covers_days + 5),
        shop if direct => (world.demand.rate_milli(shop, product), supplier.covers_days + 2),
        shop => (world.demand.rate_milli(shop, product), 9),
    };
    let target = rate * days + item.least_milli();
    let life = i64::from(item.section.life_days);
    Some(if life == 0 { target } else { target.min((rate * life * 7 / 10).max(item.least_milli())) })
}

/// So much in whole batches of a product, at least one.
fn batches(world: &World, product: usize, milli: i64, batch_milli: i64) -> i64 {
    let batch_milli = if world.products[product].by_weight() { 500 } else { batch_milli };
    ((milli + batch_milli - 1) / batch_milli).max(1) * batch_milli
}

/// A purchase of so much at today's cost, give or take, with a lot when lots are kept.
fn buy(world: &mut World, product: usize, milli: i64, serial: i32) -> Bought {
    let percent = if world.dice.chance(60) { world.dice.between(92, 97) } else { world.dice.between(99, 101) };
    let cost = super::inflation::cents(world.cost_of(product, milli).share(percent, 100));
    let life = world.products[product].section.life_days;
    let lot = (life > 0).then(|| {
        let short = i32::try_from(world.dice.below(u64::from(life.unsigned_abs() / 5 + 1))).unwrap_or(0);
        LotDraft { code: format!("L{serial:05}"), expires_on: Some(world.today.plus(life - short)) }
    });
    Bought { product, slice: Slice { lot, milli }, cost }
}

fn store(world: &mut World, site: usize, place: Place, bought: &Bought) {
    world.stock.book_in(site, bought.product, bought.slice.milli, bought.cost);
    world.stock.put(place, bought.product, bought.slice.clone());
}

/// A supplier unloads what the site lacks.
pub(crate) fn receive(world: &mut World, site: usize, supplier: usize) {
    let wanted: Vec<(usize, i64)> =
        world.products_of(supplier).into_iter().filter_map(|product| wanted(world, site, product)).collect();
    let serial = world.today.number() % 10_000 * 4 + i32::try_from(site).unwrap_or(0);
    let mut lines = Vec::with_capacity(wanted.len());
    for (product, milli) in wanted {
        // One line in thirty does not come.
        if !world.dice.chance(33) {
            lines.push(buy(world, product, milli, serial));
        }
    }
    let number = world.numbers.document(SUPPLIERS[supplier].code);
    let mut receipt = Receipt { site, number, lines };
    mistakes::tamper(world, supplier, &mut receipt);
    enter(world, &receipt);
    mistakes::enter_twice(world, supplier, receipt);
}

fn wanted(world: &World, site: usize, product: usize) -> Option<(usize, i64)> {
    let target = target_milli(world, site, product)?;
    let there: i64 =
        Place::of_site(site).into_iter().map(|place| world.stock.sellable(place, product, world.today)).sum();
    let need = target - there;
    let item = &world.products[product];
    let fresh = item.section.life_days > 0 || item.by_weight();
    let batch = if fresh { 1000 } else { item.section.case * 1000 };
    (need * 100 > target * 40).then(|| (product, batches(world, product, need, batch)))
}

/// Writes a receipt down and puts its goods in the store room.
pub(crate) fn enter(world: &mut World, receipt: &Receipt) -> Option<uuid::Uuid> {
    let room = Place::store_room(receipt.site);
    let mut lines = Vec::with_capacity(receipt.lines.len());
    for bought in &receipt.lines {
        store(world, receipt.site, room, bought);
        let line = world.line(bought.product, bought.slice.clone(), "supplier", room.code());
        lines.push(LineDraft { line_cost: Some(bought.cost), ..line });
    }
    world.post(keeper_paper(receipt.site, PostingKind::Receipt, receipt.number.clone(), ""), lines)
}

/// Papers signed by who answers for a site.
pub(crate) fn keeper_paper(site: usize, kind: PostingKind, number: String, note: &'static str) -> Paper {
    let document = (super::day::document_of(kind), number);
    Paper { site, kind, actor: SITES[site].keeper, device: "lector-1", document, note }
}

/// Fills the shelves of a shop from its store room.
pub(crate) fn fill(world: &mut World, shop: usize) {
    let (room, floor) = (Place::store_room(shop), Place::floor(shop));
    let mut lines = Vec::new();
    for product in 0..world.products.len() {
        let milli = facing_gap_milli(world, shop, product);
        for slice in world.stock.take(room, product, milli, world.today) {
            lines.push(world.line(product, slice.clone(), room.code(), floor.code()));
            world.stock.put(floor, product, slice);
        }
    }
    let number = world.numbers.document("R");
    let mut paper = keeper_paper(shop, PostingKind::Move, number, "reposición");
    paper.actor = SITES[shop].filler;
    world.post(paper, lines);
}

/// What a shelf takes: all that is baked for the day, else up to eight days of sales once two are left.
fn facing_gap_milli(world: &World, shop: usize, product: usize) -> i64 {
    let item = &world.products[product];
    if (1..=12).contains(&item.section.life_days) {
        return i64::MAX;
    }
    let rate = world.demand.rate_milli(shop, product);
    let there = world.stock.sellable(Place::floor(shop), product, world.today);
    if there > (rate * 2).max(999) {
        return 0;
    }
    batches(world, product, rate * 8 + item.least_milli() - there, 1000)
}

/// The depot sends a shop what it lacks.
pub(crate) fn send(world: &mut World, shop: usize) {
    let room = Place::store_room(NORTE);
    let mut lines = Vec::new();
    let mut drafts = Vec::new();
    for product in 0..world.products.len() {
        let Some(milli) = to_send_milli(world, shop, product) else { continue };
        for slice in world.stock.take(room, product, milli, world.today) {
            let cost = world.stock.book_out(NORTE, product, slice.milli);
            drafts.push(world.line(product, slice.clone(), room.code(), "transit"));
            lines.push(Bought { product, slice, cost });
        }
    }
    if drafts.is_empty() {
        return;
    }
    let number = world.numbers.transfer();
    let mut paper = keeper_paper(NORTE, PostingKind::TransferOut, number.clone(), SITES[shop].code);
    paper.actor = SITES[NORTE].filler;
    world.post(paper, drafts);
    world.shipments.push(Shipment { to: shop, number, lines });
}

fn to_send_milli(world: &World, shop: usize, product: usize) -> Option<i64> {
    let item = &world.products[product];
    if SUPPLIERS[item.supplier].unloads == Unloads::Shops {
        return None;
    }
    let target = target_milli(world, shop, product)?;
    let need = target - world.stock.at_site(shop, product);
    if need * 2 < target {
        return None;
    }
    let half_case = (item.section.case / 2).max(1) * 1000;
    let missing = world.hidden_milli[NORTE * world.products.len() + product].min(0);
    let there = (world.stock.at(Place::store_room(NORTE), product) + missing) / 1000 * 1000;
    let milli = batches(world, product, need, half_case).min(there);
    (milli > 0).then_some(milli)
}

/// What was sent to a shop arrives, as far as it does.
pub(crate) fn arrive(world: &mut World, shop: usize) {
    let (here, on_the_road) = std::mem::take(&mut world.shipments).into_iter().partition(|s| s.to == shop);
    world.shipments = on_the_road;
    let here: Vec<Shipment> = here;
    for mut shipment in here {
        mistakes::lose_on_the_road(world, &mut shipment);
        let room = Place::store_room(shop);
        let mut lines = Vec::with_capacity(shipment.lines.len());
        for bought in &shipment.lines {
            store(world, shop, room, bought);
            let line = world.line(bought.product, bought.slice.clone(), "transit", room.code());
            lines.push(LineDraft { line_cost: Some(bought.cost), ..line });
        }
        world.post(keeper_paper(shop, PostingKind::TransferIn, shipment.number, SITES[NORTE].code), lines);
    }
}

/// Puts a receipt that was entered twice on today's agenda.
pub(crate) fn again(world: &mut World, receipt: Receipt, noticed: bool) {
    let second = world.second + 20 * 60;
    world.schedule(second, Task::ReceiveAgain { receipt, noticed });
}
