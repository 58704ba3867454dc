//! Frauds and mistakes planted in the year, for whoever looks to find.
//!
//! Invariant: each leaves only traces that the real thing would leave: postings that the ledger accepts, and differences that
//! counts bring to light. `PLANTED` lists them all.

mod papers;
mod people;

use domain::{Day, ledger::LotDraft};

pub(crate) use papers::{enter_twice, lose_on_the_road, receive_again, tamper, undo};
pub(crate) use people::{commit, plan};

use super::{
    calendar,
    product::Product,
    restock,
    sites::{ALBERDI, CENTRO},
    world::World,
};

/// What was planted: a short name, and where to look. Days count back from the last.
#[cfg(test)]
pub(crate) const PLANTED: [(&str, &str); 13] = [
    (
        "voids_at_closing",
        "centro, rocio.benitez: returns of dear goods without a customer after 21:30, the last 150 days; counts find them missing",
    ),
    (
        "friday_fernet",
        "alberdi: one or two bottles of Fernet Branca 750 ml are gone every Friday; Saturday's count of the cabinet finds it",
    ),
    (
        "receipt_twice_undone",
        "deposito-norte: a MAX receipt entered twice about 96 days back, undone by a correction the same morning",
    ),
    (
        "receipt_twice_kept",
        "deposito-norte: an LV receipt entered twice about 41 days back and never undone; counts find the second missing",
    ),
    (
        "cases_as_units",
        "centro: cases of Coca-Cola Original 2,25 L entered as units about 60 days back; a unit cost six times too high, then found by a count",
    ),
    ("tenfold_cost", "deposito-norte: Galletitas Oreo 118 g at ten times its cost about 75 days back"),
    ("creeping_cost", "centro: Manteca La Serenísima 200 g at 45 % above the list about 20 days back"),
    (
        "lot_of_next_year",
        "alberdi: a lot of Yogurísimo Firme Frutilla 190 g entered about 130 days back with an expiry a year late, sold and brought back after its true day",
    ),
    (
        "expired_on_the_shelf",
        "centro: Queso Finlandia Light 180 g came short-dated about 40 days back; what expired is still in the books",
    ),
    ("price_a_tenth", "Yerba Mate Playadito 1 kg at a tenth of its price for a day about 33 days back"),
    ("half_price_for_a_friend", "alberdi, nahuel.sosa: tickets at half price on Tuesday evenings, the last 120 days"),
    (
        "lost_on_the_road",
        "deposito-norte to alberdi: cigarettes or spirits sent and not received; the last shipment has not arrived at all",
    ),
    (
        "broken_sweets",
        "centro, ezequiel.roldan: alfajores and chocolate by the dozen thrown away as broken on Monday nights",
    ),
];

/// Something that should not have happened, with its moment on the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A return that no customer made.
    Void,
    /// Bottles that leave by the back door.
    FridayGap,
    /// A ticket at half price.
    FriendTicket,
    /// Sound goods written off.
    BrokenSweets,
    /// A price without its last digit.
    PriceTypo,
    /// Someone sees it and fills a bag.
    Bargain,
    /// The price put right.
    PriceMended,
    /// A lot sold after its true day.
    SellStale,
    /// The same lot brought back.
    BringStale,
}

/// Mistakes that happen once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once {
    TwiceUndone,
    TwiceKept,
    CasesAsUnits,
    TenfoldCost,
    CreepingCost,
    LotOfNextYear,
    ShortDated,
    PriceTypo,
}

impl Once {
    /// From how many days before the last it may happen.
    const fn days_back(self) -> i32 {
        match self {
            Once::TwiceUndone => 96,
            Once::TwiceKept => 41,
            Once::CasesAsUnits => 60,
            Once::TenfoldCost => 75,
            Once::CreepingCost => 20,
            Once::LotOfNextYear => 130,
            Once::ShortDated => 40,
            Once::PriceTypo => 33,
        }
    }
}

/// A lot whose expiry was entered wrongly.
#[derive(Debug, Clone)]
pub(crate) struct Mislabelled {
    pub lot: LotDraft,
    /// What still happens with it: days after it truly expired, and what.
    pub ahead: Vec<(Day, Wrong)>,
}

/// What the planted mistakes are about, and which have happened.
#[derive(Debug)]
pub(crate) struct Mistakes {
    done: Vec<Once>,
    fernet: usize,
    coke: usize,
    oreo: usize,
    butter: usize,
    yoghurt: usize,
    cheese: usize,
    yerba: usize,
    dear: Vec<usize>,
    sweets: Vec<usize>,
    mislabelled: Option<Mislabelled>,
}

impl Mistakes {
    /// Nothing has happened yet.
    pub(crate) fn new(products: &[Product]) -> Mistakes {
        let find = |name: &str| products.iter().position(|product| product.name == name).unwrap_or(0);
        let dear = [
            "Fernet Branca 450 ml",
            "Whisky Blenders Pride 1 L",
            "Jabón Líquido Skip 3 L",
            "Café La Virginia Molido 500 g",
            "Pañales Huggies M x 34",
        ];
        let sweets = ["Alfajor Milka Dulce de Leche 70 g", "Chocolate Milka Leche 100 g", "Alfajor Oreo Triple 56 g"];
        Mistakes {
            done: Vec::new(),
            fernet: find("Fernet Branca 750 ml"),
            coke: find("Coca-Cola Original 2,25 L"),
            oreo: find("Galletitas Oreo 118 g"),
            butter: find("Manteca La Serenísima 200 g"),
            yoghurt: find("Yogurísimo Firme Frutilla 190 g"),
            cheese: find("Queso Finlandia Light 180 g"),
            yerba: find("Yerba Mate Playadito 1 kg"),
            dear: dear.map(find).to_vec(),
            sweets: sweets.map(find).to_vec(),
            mislabelled: None,
        }
    }
}

/// Whether a mistake may happen now; it is then taken as done.
fn once(world: &mut World, which: Once) -> bool {
    let due = world.days_left() <= which.days_back() && !world.mistakes.done.contains(&which);
    if due {
        world.mistakes.done.push(which);
    }
    due
}

/// Whether expired goods stay where they are because nobody looks.
pub(crate) fn overlooked(world: &World, shop: usize, product: usize) -> bool {
    shop == CENTRO && product == world.mistakes.cheese && world.days_left() <= 60
}

/// Whether a supplier does not come: the brewery's drivers stopped work in the last days, and in the week before the winter holidays.
pub(crate) fn on_strike(world: &World, supplier: &str) -> bool {
    supplier == "Q" && matches!(world.days_left(), 0..=4 | 139..=145)
}

/// Whether a shipment is still on the road when the year ends: the last one to the smaller shop.
pub(crate) fn stays_on_the_road(world: &World, shop: usize) -> bool {
    let sends = |day: Day| {
        restock::sends_on(ALBERDI, usize::from(day.weekday())) && calendar::hours_of(day) != calendar::Hours::Closed
    };
    shop == ALBERDI && !(1..=world.days_left()).any(|ahead| sends(world.today.plus(ahead)))
}
