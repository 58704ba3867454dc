//! What customers want this week.
//!
//! Invariant: what is planned for (rates) and what is bought (picks) come from the same weights.

use domain::Day;

use super::{
    calendar::{self, Hours},
    dice::Dice,
    product::{LINES_PER_TICKET_MILLI, Product},
    seasons::{SLOTS, slot_of},
    sites::{SHOPS, SITES},
};

/// Weights of a week, per shop.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    cumulative: [[Vec<u64>; SLOTS]; 2],
    rates_milli: [Vec<i64>; 2],
}

/// Lines on a ticket, from one up, each as likely as its weight; the average is [`LINES_PER_TICKET_MILLI`].
pub(crate) const TICKET_LINES: [u64; 10] = [30, 24, 17, 11, 7, 4, 3, 2, 1, 1];

impl Demand {
    /// The weights of the week that begins on a day.
    pub(crate) fn of_week(products: &[Product], day: Day) -> Demand {
        let mut demand = Demand::default();
        for shop in SHOPS {
            let weights: Vec<i64> = (0..products.len()).map(|p| weight(products, shop, p, day)).collect();
            demand.rates_milli[shop] = vec![0; products.len()];
            for slot in 0..SLOTS {
                demand.fill_slot(products, &weights, shop, slot);
            }
        }
        demand
    }

    fn fill_slot(&mut self, products: &[Product], weights: &[i64], shop: usize, slot: usize) {
        let here: Vec<i64> =
            weights.iter().zip(products).map(|(w, p)| w * p.section.rhythm.percent(slot) / 100).collect();
        let total: i64 = here.iter().sum::<i64>().max(1);
        let lines_milli = SITES[shop].customers * LINES_PER_TICKET_MILLI * slot_share_percent(slot) / 100;
        for (index, product) in products.iter().enumerate() {
            let bought = lines_milli * product.section.basket.average_milli() / 1000;
            self.rates_milli[shop][index] += bought * here[index] / total;
        }
        let mut sum = 0;
        self.cumulative[shop][slot] = here
            .iter()
            .map(|weight| {
                sum += weight.unsigned_abs();
                sum
            })
            .collect();
    }

    /// What a shop sells of a product on an average day of the week, in thousandths.
    pub(crate) fn rate_milli(&self, shop: usize, product: usize) -> i64 {
        self.rates_milli[shop][product]
    }

    /// A product that a customer of a shop wants in a part of the day.
    pub(crate) fn pick(&self, shop: usize, slot: usize, dice: &mut Dice) -> usize {
        let cumulative = &self.cumulative[shop][slot];
        let roll = dice.below(cumulative.last().copied().unwrap_or(0));
        cumulative.partition_point(|sum| *sum <= roll)
    }
}

/// How much a shop's customers want a product, a hundred times its popularity on average.
fn weight(products: &[Product], shop: usize, product: usize, day: Day) -> i64 {
    // Each shop has its own favourites: a fixed lean of up to a quarter either way.
    let lean = 75 + i64::try_from((product * 37 + shop * 61) % 51).unwrap_or(25);
    products[product].weight * products[product].section.season.percent(day) * lean / 100
}

fn slot_share_percent(slot: usize) -> i64 {
    let hours = Hours::Weekday.by_hour();
    let total: u64 = hours.iter().sum();
    let here: u64 = hours.iter().enumerate().filter(|(hour, _)| slot_of(*hour) == slot).map(|(_, n)| n).sum();
    i64::try_from(here * 100 / total).unwrap_or(0)
}

/// Customers of a shop on a day.
pub(crate) fn customers(shop: usize, day: Day, dice: &mut Dice) -> i64 {
    dice.around(SITES[shop].customers * calendar::busyness(day) / 100)
}
