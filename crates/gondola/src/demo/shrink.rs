//! What is thrown away, what disappears, and the counts that find it.
//!
//! Invariant: what a count finds is no longer hidden.

use domain::ledger::{LineDraft, PostingKind};

use super::{
    counting, mistakes,
    restock::keeper_paper,
    sites::{Place, SITES},
    stock::Slice,
    world::World,
};

/// Throws away what expired, if whoever looks sees it.
pub(crate) fn throw_expired(world: &mut World, shop: usize) {
    let today = world.today;
    let mut lines = Vec::new();
    for product in (0..world.products.len()).filter(|p| world.products[*p].tracks_lots()).collect::<Vec<_>>() {
        if mistakes::overlooked(world, shop, product) || world.dice.chance(80) {
            continue;
        }
        for place in Place::of_site(shop) {
            let slices = world.stock.take_expired(place, product, today);
            lines.extend(discard(world, place, product, slices));
        }
    }
    let number = world.numbers.document("M");
    let mut paper = keeper_paper(shop, PostingKind::Waste, number, "vencido");
    paper.actor = SITES[shop].filler;
    world.post(paper, lines);
}

/// Lines to waste for what was taken from a place.
pub(crate) fn discard(world: &mut World, place: Place, product: usize, slices: Vec<Slice>) -> Vec<LineDraft> {
    let site = place.index() / 2;
    let mut lines = Vec::with_capacity(slices.len());
    for slice in slices {
        world.stock.book_out(site, product, slice.milli);
        lines.push(world.line(product, slice, place.code(), "waste"));
    }
    lines
}

/// Throws away fruit that went bad and what broke; someone may also have helped himself.
pub(crate) fn throw_spoilt(world: &mut World, shop: usize) {
    let mut spoilt = Vec::new();
    if matches!(world.today.weekday(), 1 | 4 | 6) {
        for product in (0..world.products.len()).filter(|p| is_produce(world, *p)).collect::<Vec<_>>() {
            spoilt.extend(spoil(world, shop, product));
        }
    }
    let number = world.numbers.document("M");
    world.post(keeper_paper(shop, PostingKind::Waste, number, "en mal estado"), spoilt);
    if world.dice.chance(450) {
        break_something(world, shop);
    }
    if world.dice.chance(600) {
        steal_something(world, shop);
    }
}

fn is_produce(world: &World, product: usize) -> bool {
    matches!(world.products[product].section.prefix, "FRU" | "VER") && world.products[product].by_weight()
}

fn spoil(world: &mut World, shop: usize, product: usize) -> Vec<LineDraft> {
    let floor = Place::floor(shop);
    let there = world.stock.at(floor, product);
    let share = if world.dice.chance(350) { world.dice.between(20, 160) } else { 0 };
    let milli = there * share / 1000 / 5 * 5;
    let slices = world.stock.take_any(floor, product, milli);
    discard(world, floor, product, slices)
}

fn break_something(world: &mut World, shop: usize) {
    let (product, floor) = (any_piece(world), Place::floor(shop));
    if let Some(product) = product.filter(|product| world.stock.at(floor, *product) >= 1000) {
        let slices = world.stock.take_any(floor, product, 1000);
        let lines = discard(world, floor, product, slices);
        let number = world.numbers.document("M");
        world.post(keeper_paper(shop, PostingKind::Waste, number, "roto"), lines);
    }
}

fn steal_something(world: &mut World, shop: usize) {
    let product = any_piece(world);
    if let Some(product) = product.filter(|product| world.stock.at(Place::floor(shop), *product) >= 3000) {
        *world.hidden(shop, product) -= 1000;
    }
}

fn any_piece(world: &mut World) -> Option<usize> {
    let product = usize::try_from(world.dice.below(world.products.len() as u64)).unwrap_or(0);
    (!world.products[product].by_weight()).then_some(product)
}

/// Counts some products of a site and puts its books right.
pub(crate) fn count(world: &mut World, site: usize, products: &[usize]) {
    let before = counting::books(world, site, products);
    for product in products {
        miscount(world, site, *product);
        let hidden = std::mem::take(world.hidden(site, *product));
        if hidden < 0 {
            write_off(world, site, *product, -hidden);
        } else if hidden > 0 {
            write_up(world, site, *product, hidden);
        }
    }
    counting::close(world, site, products, before);
}

/// Scales and people are not exact, and vegetables dry.
fn miscount(world: &mut World, site: usize, product: usize) {
    let there = world.stock.at_site(site, product);
    let watched = world.products[product].section.prefix == "ALC";
    let change = if world.products[product].by_weight() {
        -(there * world.dice.between(0, 12) / 1000 / 5 * 5)
    } else if !watched && there >= 6000 && world.dice.chance(40) {
        [-1000, 1000][world.dice.weighted(&[2, 1])]
    } else {
        0
    };
    *world.hidden(site, product) += change;
}

fn write_off(world: &mut World, site: usize, product: usize, mut milli: i64) {
    for place in Place::of_site(site) {
        for slice in world.stock.take_any(place, product, milli) {
            milli -= slice.milli;
            world.stock.book_out(site, product, slice.milli);
        }
    }
    *world.hidden(site, product) -= milli;
}

fn write_up(world: &mut World, site: usize, product: usize, milli: i64) {
    let place = if site == super::sites::NORTE { Place::store_room(site) } else { Place::floor(site) };
    let lot = world.stock.newest_lot(place, product);
    if world.products[product].tracks_lots() && lot.is_none() {
        return;
    }
    let slice = Slice { lot, milli };
    let worth = world.stock.worth(site, product, milli).unwrap_or_else(|| world.cost_of(product, milli));
    world.stock.book_in(site, product, milli, worth);
    world.stock.put(place, product, slice);
}
