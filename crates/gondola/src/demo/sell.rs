//! Customers buy, and bring back.
//!
//! Invariant: nothing is sold that the floor does not hold or that has expired.

use domain::{
    Quantity,
    ledger::{LineDraft, PostingKind},
};

use super::{
    catalog::Basket,
    day::clock,
    demand::TICKET_LINES,
    sites::{Place, SITES},
    world::{ComingBack, Paper, World},
};

/// A ticket of what customers want in a part of the day.
pub(crate) fn ticket(world: &mut World, shop: usize, slot: usize) {
    let wanted = 1 + world.dice.weighted(&TICKET_LINES);
    ticket_of(world, (shop, slot), wanted, 100);
}

/// A ticket of so many products at a percentage of their price.
pub(crate) fn ticket_of(world: &mut World, (shop, slot): (usize, usize), wanted: usize, percent: i64) {
    let mut picked = Vec::with_capacity(wanted);
    let mut lines = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let product = world.demand.pick(shop, slot, &mut world.dice);
        if !picked.contains(&product) {
            picked.push(product);
            let milli = basket_milli(world, product);
            lines.extend(sell(world, shop, product, (milli, percent)));
        }
    }
    let paid = pay(world, shop, lines);
    if let (Some((line, number)), true) = (paid, world.dice.chance(7)) {
        let back = coming_back(world, (shop, picked[0]), &line, &number);
        world.coming_back.extend(back);
    }
}

/// A ticket of so much of one product, as far as the floor holds it.
pub(crate) fn ticket_of_one(world: &mut World, shop: usize, product: usize, milli: i64) {
    let lines = sell(world, shop, product, (milli, 100));
    pay(world, shop, lines);
}

/// Posts a ticket; gives its first line and its number, if it has lines.
fn pay(world: &mut World, shop: usize, lines: Vec<LineDraft>) -> Option<(LineDraft, String)> {
    let (till, point_of_sale) = till(world, shop);
    let first = lines.first()?.clone();
    let number = world.numbers.ticket(point_of_sale);
    let paper = Paper {
        site: shop,
        kind: PostingKind::Sale,
        actor: cashier(world, shop, till),
        device: SITES[shop].tills[till].0,
        document: ("ticket", number.clone()),
        note: "",
    };
    world.post(paper, lines);
    Some((first, number))
}

fn till(world: &mut World, shop: usize) -> (usize, u32) {
    let tills = SITES[shop].tills;
    let till = usize::try_from(world.dice.below(tills.len() as u64)).unwrap_or(0);
    (till, tills[till].1)
}

fn cashier(world: &World, shop: usize, till: usize) -> &'static str {
    let site = &SITES[shop];
    let shift = if world.second < clock(15, 0) { site.morning } else { site.evening };
    shift[till % shift.len()]
}

/// Takes so much of a product off the floor, as far as there is any, to be sold at a percentage of its price.
fn sell(world: &mut World, shop: usize, product: usize, (wanted, percent): (i64, i64)) -> Vec<LineDraft> {
    let floor = Place::floor(shop);
    let missing = (*world.hidden(shop, product)).min(0);
    let there = world.stock.sellable(floor, product, world.today) + missing;
    let milli = if there >= wanted { wanted } else { rest(world, product, there) };
    if milli <= 0 {
        return Vec::new();
    }
    let price = world.prices[product].share(percent, 100);
    let slices = world.stock.take(floor, product, milli, world.today);
    world.stock.book_out(shop, product, milli);
    slices
        .into_iter()
        .map(|slice| LineDraft { unit_price: Some(price), ..world.line(product, slice, floor.code(), "customer") })
        .collect()
}

/// What a customer takes when there is less than wanted: whole pieces; by weight, only more than a taste.
fn rest(world: &World, product: usize, there: i64) -> i64 {
    if world.products[product].by_weight() { if there >= 100 { there } else { 0 } } else { there / 1000 * 1000 }
}

fn basket_milli(world: &mut World, product: usize) -> i64 {
    let dice = &mut world.dice;
    match world.products[product].section.basket {
        Basket::Single => [1000, 2000][dice.weighted(&[9, 1])],
        Basket::Few => [1000, 2000, 3000][dice.weighted(&[65, 25, 10])],
        Basket::Many => [1000, 2000, 3000, 4000, 6000][dice.weighted(&[32, 28, 16, 10, 14])],
        Basket::Produce => dice.between(60, 300) * 5,
        Basket::Sliced => dice.between(20, 68) * 5,
    }
}

fn coming_back(
    world: &mut World,
    (shop, product): (usize, usize),
    line: &LineDraft,
    ticket: &str,
) -> Option<ComingBack> {
    let first_line_is_it = world.products[product].sku == line.sku;
    let sealed = !world.products[product].tracks_lots() && !world.products[product].by_weight();
    if !first_line_is_it || !sealed {
        return None;
    }
    let days = i32::try_from(world.dice.between(1, 4)).unwrap_or(1);
    Some(ComingBack {
        day: world.today.plus(days),
        shop,
        product,
        quantity: Quantity::ONE.min(line.quantity),
        unit_price: line.unit_price.unwrap_or_default(),
        ticket: ticket.into(),
    })
}

/// A customer returns something sound.
pub(crate) fn bring_back(world: &mut World, back: &ComingBack) {
    let paper = Paper {
        site: back.shop,
        kind: PostingKind::CustomerReturn,
        actor: cashier(world, back.shop, 0),
        device: SITES[back.shop].tills[0].0,
        document: ("ticket", back.ticket.clone()),
        note: "cambio de opinión",
    };
    take_back(world, paper, back);
}

/// Puts what a customer brings back on the floor.
pub(crate) fn take_back(world: &mut World, paper: Paper, back: &ComingBack) {
    let milli = back.quantity.milli();
    let floor = Place::floor(back.shop);
    let slice = super::stock::Slice { lot: None, milli };
    let worth = world.stock.worth(back.shop, back.product, milli);
    let worth = worth.unwrap_or_else(|| world.cost_of(back.product, milli));
    world.stock.book_in(back.shop, back.product, milli, worth);
    world.stock.put(floor, back.product, slice.clone());
    let line = world.line(back.product, slice, "customer", floor.code());
    world.post(paper, vec![LineDraft { unit_price: Some(back.unit_price), ..line }]);
}
