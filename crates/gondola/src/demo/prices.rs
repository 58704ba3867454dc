//! Suppliers' lists go up, and shelf prices after them.
//!
//! Invariant: a cost changes on its supplier's list day; a shelf price follows within a week, or is forgotten until the next list.

use domain::{Day, Money};

use super::{inflation, suppliers::SUPPLIERS, world::World};

/// New costs of the suppliers whose list changes on a day.
pub(crate) fn new_lists(world: &mut World, day: Day) {
    let (.., of_month) = day.ymd();
    let changed = (0..SUPPLIERS.len()).filter(|s| SUPPLIERS[*s].list_day == of_month);
    for supplier in changed.collect::<Vec<_>>() {
        let lag = i32::try_from(world.dice.between(0, 5)).unwrap_or(0);
        for product in world.products_of(supplier) {
            raise(world, product, day);
            if !world.dice.chance(30) {
                world.repricing.push((day.plus(lag), product));
            }
        }
    }
}

fn raise(world: &mut World, product: usize, day: Day) {
    let expected = inflation::monthly_per_mille(day);
    let rate = expected * world.dice.between(60, 140) / 100;
    let new: Money = world.costs[product].share(1000 + rate, 1000);
    world.costs[product] = inflation::cents(new);
}

/// Writes the prices that are due; on the first day, all of them.
pub(crate) fn reprice(world: &mut World) {
    if world.today == world.first {
        (0..world.products.len()).for_each(|product| world.announce_price(product, "sistema"));
    }
    let today = world.today;
    let (due, later): (Vec<_>, Vec<_>) = world.repricing.drain(..).partition(|(day, _)| *day <= today);
    world.repricing = later;
    for (_, product) in due {
        let price = world.price_from_cost(product);
        world.set_price(product, price, "graciela.vera");
    }
}
