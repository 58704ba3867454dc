//! What happens on a day, and when.
//!
//! Invariant: the agenda is worked through in the order of its seconds; what a task adds comes after it.

use domain::{Day, ledger::PostingKind};
use uuid::Uuid;

use super::{
    calendar::{self, Hours},
    demand, mistakes, prices,
    restock::{self, Receipt},
    seasons::slot_of,
    sell, shrink,
    sites::{NORTE, SHOPS},
    suppliers::{SUPPLIERS, Unloads},
    world::{ComingBack, World},
};

/// Something to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Enter the stock a site begins with.
    Open(usize),
    /// Write new prices on the shelves.
    Reprice,
    /// A supplier unloads.
    Receive { site: usize, supplier: usize },
    /// A receipt is entered once more; it will be noticed or not.
    ReceiveAgain { receipt: Receipt, noticed: bool },
    /// A posting is undone.
    Undo { receipt: Receipt, posting: Uuid },
    /// What has expired is thrown away.
    ThrowExpired(usize),
    /// What has gone bad or broken is thrown away.
    ThrowSpoilt(usize),
    /// Shelves are filled.
    Fill(usize),
    /// A customer pays.
    Ticket { shop: usize, slot: usize },
    /// A customer brings something back.
    Return(ComingBack),
    /// The depot sends goods to a shop.
    Send(usize),
    /// What was sent to a shop arrives.
    Arrive(usize),
    /// Some products are counted.
    Count { site: usize, products: Vec<usize> },
    /// Something that should not have happened.
    Wrong(mistakes::Wrong),
}

/// An hour of the day in seconds, with minutes.
pub(crate) const fn clock(hour: i64, minute: i64) -> i64 {
    (hour * 60 + minute) * 60
}

/// Lets a day go by.
pub(crate) fn live(world: &mut World, day: Day) {
    world.turn_to(day);
    plan(world, day);
    while let Some(((second, _), task)) = world.agenda.pop_first() {
        world.second = second;
        perform(world, task);
    }
}

fn plan(world: &mut World, day: Day) {
    if day == world.first {
        (0..=NORTE).for_each(|site| world.schedule(clock(5, 0), Task::Open(site)));
    }
    prices::new_lists(world, day);
    let hours = calendar::hours_of(day);
    if hours != Hours::Closed || day == world.first {
        world.schedule(clock(6, 20), Task::Reprice);
    }
    if hours == Hours::Closed {
        return;
    }
    plan_deliveries(world, day);
    for shop in SHOPS {
        plan_shop(world, shop, hours);
    }
    plan_counts(world, day);
    plan_returns(world, day);
    mistakes::plan(world, day);
}

fn plan_deliveries(world: &mut World, day: Day) {
    let weekday = usize::from(day.weekday());
    for (index, supplier) in SUPPLIERS.iter().enumerate().filter(|(_, supplier)| supplier.comes[weekday]) {
        if day == world.first || mistakes::on_strike(world, supplier.code) {
            continue;
        }
        match supplier.unloads {
            Unloads::Shops => SHOPS.into_iter().for_each(|site| {
                let second = clock(6, 30) + world.dice.between(0, 50 * 60);
                world.schedule(second, Task::Receive { site, supplier: index });
            }),
            Unloads::Depot => {
                let second = clock(8, 0) + world.dice.between(0, 150 * 60);
                world.schedule(second, Task::Receive { site: NORTE, supplier: index });
            }
        }
    }
    for shop in SHOPS.into_iter().filter(|shop| restock::sends_on(*shop, weekday)) {
        world.schedule(clock(14, 5), Task::Send(shop));
        if !mistakes::stays_on_the_road(world, shop) {
            world.schedule(clock(15, 40), Task::Arrive(shop));
        }
    }
}

fn plan_shop(world: &mut World, shop: usize, hours: Hours) {
    world.schedule(clock(6, 25), Task::ThrowExpired(shop));
    world.schedule(clock(7, 35), Task::Fill(shop));
    let closing = if hours == Hours::Short { clock(13, 55) } else { clock(21, 50) };
    world.schedule(closing, Task::ThrowSpoilt(shop));
    for _ in 0..demand::customers(shop, world.today, &mut world.dice) {
        let hour = world.dice.weighted(hours.by_hour());
        let second = i64::try_from(hour).unwrap_or(0) * 3600 + world.dice.between(0, 3599);
        world.schedule(second, Task::Ticket { shop, slot: slot_of(hour) });
    }
}

fn plan_counts(world: &mut World, day: Day) {
    let products = world.products.len();
    let week = usize::try_from(day.number() / 7).unwrap_or(0);
    for shop in SHOPS {
        if day.weekday() == 0 {
            let some = (0..products).filter(|p| p % 8 == week % 8).collect();
            world.schedule(clock(21, 40), Task::Count { site: shop, products: some });
        }
        if matches!(day.weekday(), 3 | 5) {
            let second = if day.weekday() == 3 { clock(21, 45) } else { clock(7, 50) };
            let cabinet = (0..products).filter(|p| world.products[*p].section.prefix == "ALC").collect();
            world.schedule(second, Task::Count { site: shop, products: cabinet });
        }
    }
    if day.weekday() == 2 {
        let some = (0..products).filter(|p| p % 5 == week % 5).collect();
        world.schedule(clock(17, 0), Task::Count { site: NORTE, products: some });
    }
}

fn plan_returns(world: &mut World, day: Day) {
    let (due, later) = std::mem::take(&mut world.coming_back).into_iter().partition(|back| back.day <= day);
    world.coming_back = later;
    let due: Vec<ComingBack> = due;
    for back in due {
        let second = clock(9, 30) + world.dice.between(0, 4 * 3600);
        world.schedule(second, Task::Return(back));
    }
}

fn perform(world: &mut World, task: Task) {
    match task {
        Task::Open(site) => restock::open(world, site),
        Task::Reprice => prices::reprice(world),
        Task::Receive { site, supplier } => restock::receive(world, site, supplier),
        Task::ReceiveAgain { receipt, noticed } => mistakes::receive_again(world, receipt, noticed),
        Task::Undo { receipt, posting } => mistakes::undo(world, &receipt, posting),
        Task::ThrowExpired(shop) => shrink::throw_expired(world, shop),
        Task::ThrowSpoilt(shop) => shrink::throw_spoilt(world, shop),
        Task::Fill(shop) => restock::fill(world, shop),
        Task::Ticket { shop, slot } => sell::ticket(world, shop, slot),
        Task::Return(back) => sell::bring_back(world, &back),
        Task::Send(shop) => restock::send(world, shop),
        Task::Arrive(shop) => restock::arrive(world, shop),
        Task::Count { site, products } => shrink::count(world, site, &products),
        Task::Wrong(wrong) => mistakes::commit(world, wrong),
    }
}

/// The name that documents of a kind of posting go by.
pub(crate) const fn document_of(kind: PostingKind) -> &'static str {
    match kind {
        PostingKind::Sale | PostingKind::CustomerReturn => "ticket",
        PostingKind::Receipt => "remito",
        PostingKind::TransferOut | PostingKind::TransferIn => "transfer",
        PostingKind::Count => "count",
        PostingKind::Waste => "waste",
        _ => "internal",
    }
}
