//! Mistakes on paper: receipts entered twice, in the wrong unit, at the wrong cost, with the wrong day.
//!
//! Invariant: what a wrong paper says and what really arrived differ by what is hidden until a count.

use domain::{Day, ledger::PostingKind};
use uuid::Uuid;

use super::{Mislabelled, Once, Wrong, once};
use crate::demo::{
    day::Task,
    restock::{self, Receipt, Shipment, keeper_paper},
    sites::{ALBERDI, CENTRO, NORTE, Place},
    suppliers::SUPPLIERS,
    world::World,
};

/// Spoils a receipt before it is written down, when its turn has come.
pub(crate) fn tamper(world: &mut World, supplier: usize, receipt: &mut Receipt) {
    match (receipt.site, SUPPLIERS[supplier].code) {
        (CENTRO, "CO") => cases_as_units(world, receipt),
        (CENTRO, "LS") => {
            let butter = world.mistakes.butter;
            dearer(world, receipt, (Once::CreepingCost, butter, 145));
            short_dated(world, receipt);
        }
        (NORTE, "TER") => {
            let oreo = world.mistakes.oreo;
            dearer(world, receipt, (Once::TenfoldCost, oreo, 1000));
        }
        (ALBERDI, "LS") => lot_of_next_year(world, receipt),
        _ => {}
    }
}

fn line_of(receipt: &Receipt, product: usize) -> Option<usize> {
    receipt.lines.iter().position(|bought| bought.product == product)
}

fn cases_as_units(world: &mut World, receipt: &mut Receipt) {
    let coke = world.mistakes.coke;
    let Some(at) = line_of(receipt, coke) else { return };
    let arrived = receipt.lines[at].slice.milli;
    let cases = arrived / world.products[coke].section.case;
    if once(world, Once::CasesAsUnits) {
        receipt.lines[at].slice.milli = cases;
        *world.hidden(receipt.site, coke) += arrived - cases;
    }
}

fn dearer(world: &mut World, receipt: &mut Receipt, (which, product, percent): (Once, usize, i64)) {
    if let Some(at) = line_of(receipt, product).filter(|_| once(world, which)) {
        receipt.lines[at].cost = receipt.lines[at].cost.share(percent, 100);
    }
}

fn lot_of_next_year(world: &mut World, receipt: &mut Receipt) {
    const YEAR_DAYS: i32 = 365;
    let Some(at) = line_of(receipt, world.mistakes.yoghurt) else { return };
    if !once(world, Once::LotOfNextYear) {
        return;
    }
    let Some(lot) = receipt.lines[at].slice.lot.as_mut() else { return };
    let truly_expires_on: Day = lot.expires_on.unwrap_or(world.today);
    lot.expires_on = Some(truly_expires_on.plus(YEAR_DAYS));
    let ahead = [
        (1, Wrong::SellStale),
        (2, Wrong::SellStale),
        (3, Wrong::BringStale),
        (4, Wrong::SellStale),
        (7, Wrong::BringStale),
    ];
    let ahead = ahead.into_iter().map(|(days, wrong)| (truly_expires_on.plus(days), wrong)).collect();
    world.mistakes.mislabelled = Some(Mislabelled { lot: lot.clone(), ahead });
}

fn short_dated(world: &mut World, receipt: &mut Receipt) {
    const LEFT_DAYS: i32 = 3;
    const EXTRA_MILLI: i64 = 12_000;
    let Some(at) = line_of(receipt, world.mistakes.cheese).filter(|_| once(world, Once::ShortDated)) else { return };
    let bought = &mut receipt.lines[at];
    bought.cost = bought.cost.share(bought.slice.milli + EXTRA_MILLI, bought.slice.milli);
    bought.slice.milli += EXTRA_MILLI;
    if let Some(lot) = bought.slice.lot.as_mut() {
        lot.expires_on = Some(world.today.plus(LEFT_DAYS));
    }
}

/// Has a receipt entered a second time, when its turn has come.
pub(crate) fn enter_twice(world: &mut World, supplier: usize, receipt: Receipt) {
    let which = match (receipt.site, SUPPLIERS[supplier].code) {
        (NORTE, "MAX") => Once::TwiceUndone,
        (NORTE, "LV") => Once::TwiceKept,
        _ => return,
    };
    if !receipt.lines.is_empty() && once(world, which) {
        restock::again(world, receipt, which == Once::TwiceUndone);
    }
}

/// The second entry of a receipt.
pub(crate) fn receive_again(world: &mut World, receipt: Receipt, noticed: bool) {
    let Some(posting) = restock::enter(world, &receipt) else { return };
    if noticed {
        let second = world.second + 80 * 60;
        world.schedule(second, Task::Undo { receipt, posting });
        return;
    }
    for bought in &receipt.lines {
        *world.hidden(receipt.site, bought.product) -= bought.slice.milli;
    }
}

/// Undoes a receipt that was entered twice, while its goods are still where it put them.
pub(crate) fn undo(world: &mut World, receipt: &Receipt, posting: Uuid) {
    for bought in &receipt.lines {
        world.stock.take_any(Place::store_room(receipt.site), bought.product, bought.slice.milli);
        world.stock.book_out(receipt.site, bought.product, bought.slice.milli);
    }
    let paper = keeper_paper(receipt.site, PostingKind::Correction, receipt.number.clone(), "remito cargado dos veces");
    world.undo(paper, posting);
}

/// Takes one unit of something dear off a shipment now and then.
pub(crate) fn lose_on_the_road(world: &mut World, shipment: &mut Shipment) {
    if shipment.to != ALBERDI || !world.dice.chance(300) {
        return;
    }
    let dear = |world: &World, product: usize| matches!(world.products[product].section.prefix, "KIO" | "ALC");
    let line = shipment.lines.iter_mut().find(|line| dear(world, line.product) && line.slice.milli > 1000);
    if let Some(line) = line {
        let left = line.slice.milli - 1000;
        line.cost = line.cost.share(left, line.slice.milli);
        line.slice.milli = left;
    }
}
