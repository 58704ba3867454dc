//! Mistakes of people: what a cashier, a shelf filler and a tired eye do.
//!
//! Invariant: goods that are said to come back and do not are hidden until a count.

use domain::{
    Quantity,
    ledger::{LineDraft, PostingKind},
};

use super::{Once, Wrong, once};
use crate::demo::{
    calendar::{self, Hours},
    day::{Task, clock},
    restock::keeper_paper,
    sell, shrink,
    sites::{ALBERDI, CENTRO, Place, SITES},
    stock::Slice,
    world::{ComingBack, Paper, World},
};

const CASHIER: &str = "rocio.benitez";

/// Puts the day's wrongs on the agenda.
pub(crate) fn plan(world: &mut World, day: domain::Day) {
    plan_stale(world, day);
    let left = world.days_left();
    if calendar::hours_of(day) == Hours::Short {
        return;
    }
    if left <= 150 && matches!(day.weekday(), 1..=5) && world.dice.chance(450) {
        for _ in 0..world.dice.between(1, 2) {
            let second = clock(21, 31) + world.dice.between(0, 27 * 60);
            world.schedule(second, Task::Wrong(Wrong::Void));
        }
    }
    match day.weekday() {
        0 => world.schedule(clock(21, 44), Task::Wrong(Wrong::BrokenSweets)),
        1 if left <= 120 => world.schedule(clock(19, 12), Task::Wrong(Wrong::FriendTicket)),
        4 => world.schedule(clock(21, 55), Task::Wrong(Wrong::FridayGap)),
        _ => {}
    }
    if once(world, Once::PriceTypo) {
        world.schedule(clock(10, 2), Task::Wrong(Wrong::PriceTypo));
        world.schedule(clock(11, 24), Task::Wrong(Wrong::Bargain));
        world.schedule(clock(20, 40), Task::Wrong(Wrong::PriceMended));
    }
}

fn plan_stale(world: &mut World, day: domain::Day) {
    let Some(mislabelled) = &mut world.mistakes.mislabelled else { return };
    let (due, ahead) = std::mem::take(&mut mislabelled.ahead).into_iter().partition(|(when, _)| *when <= day);
    mislabelled.ahead = ahead;
    let due: Vec<(domain::Day, Wrong)> = due;
    for (_, wrong) in due {
        world.schedule(clock(11, 20), Task::Wrong(wrong));
    }
}

/// Does what should not be done.
pub(crate) fn commit(world: &mut World, wrong: Wrong) {
    match wrong {
        Wrong::Void => void(world),
        Wrong::FridayGap => take_bottles(world),
        Wrong::FriendTicket => {
            let products = usize::try_from(world.dice.between(4, 7)).unwrap_or(4);
            sell::ticket_of(world, (ALBERDI, 3), products, 50);
        }
        Wrong::BrokenSweets => break_sweets(world),
        Wrong::PriceTypo => {
            let yerba = world.mistakes.yerba;
            let tenth = world.prices[yerba].share(1, 10);
            world.set_price(yerba, tenth, "graciela.vera");
        }
        Wrong::Bargain => {
            let yerba = world.mistakes.yerba;
            let until = world.dice.between(4, 6) * 1000;
            sell::ticket_of_one(world, CENTRO, yerba, until);
        }
        Wrong::PriceMended => {
            let yerba = world.mistakes.yerba;
            let price = world.price_from_cost(yerba);
            world.set_price(yerba, price, "graciela.vera");
        }
        Wrong::SellStale => sell_stale(world),
        Wrong::BringStale => bring_stale(world),
    }
}

fn take_bottles(world: &mut World) {
    let (fernet, bottles) = (world.mistakes.fernet, world.dice.between(1, 2));
    let there = world.stock.at_site(ALBERDI, fernet);
    *world.hidden(ALBERDI, fernet) -= (bottles * 1000).min(there);
}

fn void(world: &mut World) {
    let choice = world.dice.below(world.mistakes.dear.len() as u64);
    let product = world.mistakes.dear[usize::try_from(choice).unwrap_or(0)];
    let before = u32::try_from(world.dice.between(3, 40)).unwrap_or(3);
    let (till, point_of_sale) = SITES[CENTRO].tills[1];
    let back = ComingBack {
        day: world.today,
        shop: CENTRO,
        product,
        quantity: Quantity::ONE,
        unit_price: world.prices[product],
        ticket: world.numbers.earlier_ticket(point_of_sale, before),
    };
    let document = ("ticket", back.ticket.clone());
    let kind = PostingKind::CustomerReturn;
    let paper = Paper { site: CENTRO, kind, actor: CASHIER, device: till, document, note: "anulación" };
    sell::take_back(world, paper, &back);
    *world.hidden(CENTRO, product) -= 1000;
}

fn break_sweets(world: &mut World) {
    let floor = Place::floor(CENTRO);
    let mut lines = Vec::new();
    for product in world.mistakes.sweets.clone() {
        let milli = world.dice.between(3, 8) * 1000;
        let slices = world.stock.take_any(floor, product, milli.min(world.stock.at(floor, product)));
        lines.extend(shrink::discard(world, floor, product, slices));
    }
    let number = world.numbers.document("M");
    let mut paper = keeper_paper(CENTRO, PostingKind::Waste, number, "roto");
    paper.actor = SITES[CENTRO].filler;
    world.post(paper, lines);
}

fn stale_paper(world: &World, kind: PostingKind, number: String, note: &'static str) -> Paper {
    let till = SITES[ALBERDI].tills[0].0;
    let actor = if world.second < clock(15, 0) { SITES[ALBERDI].morning[0] } else { SITES[ALBERDI].evening[0] };
    Paper { site: ALBERDI, kind, actor, device: till, document: ("ticket", number), note }
}

fn sell_stale(world: &mut World) {
    let (product, floor) = (world.mistakes.yoghurt, Place::floor(ALBERDI));
    let Some(mislabelled) = world.mistakes.mislabelled.clone() else { return };
    let slices = world.stock.take_lot(floor, product, &mislabelled.lot, 2000);
    let mut lines = Vec::with_capacity(slices.len());
    for slice in slices {
        world.stock.book_out(ALBERDI, product, slice.milli);
        let line = world.line(product, slice, floor.code(), "customer");
        lines.push(LineDraft { unit_price: Some(world.prices[product]), ..line });
    }
    if lines.is_empty() {
        return;
    }
    let number = world.numbers.ticket(SITES[ALBERDI].tills[0].1);
    let paper = stale_paper(world, PostingKind::Sale, number, "");
    world.post(paper, lines);
}

fn bring_stale(world: &mut World) {
    let (product, floor) = (world.mistakes.yoghurt, Place::floor(ALBERDI));
    let Some(mislabelled) = world.mistakes.mislabelled.clone() else { return };
    let slice = Slice { lot: Some(mislabelled.lot), milli: 1000 };
    let worth = world.stock.worth(ALBERDI, product, 1000).unwrap_or_else(|| world.cost_of(product, 1000));
    world.stock.book_in(ALBERDI, product, 1000, worth);
    world.stock.put(floor, product, slice.clone());
    let line = world.line(product, slice, "customer", floor.code());
    let number = world.numbers.earlier_ticket(SITES[ALBERDI].tills[0].1, 30);
    let paper = stale_paper(world, PostingKind::CustomerReturn, number, "vencido según el envase");
    world.post(paper, vec![LineDraft { unit_price: Some(world.prices[product]), ..line }]);
}
