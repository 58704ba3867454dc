//! The three sites, their tills and the invented people who work there.
//!
//! Invariant: the shops come first, the depot last; places are numbered site by site, `deposito` before `salon`.

/// One site.
#[derive(Debug)]
pub(crate) struct Site {
    /// Stable short code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// `store` or `depot`.
    pub kind: &'static str,
    /// Customers on an average day; 0 for the depot.
    pub customers: i64,
    /// Tills, each with its point-of-sale number.
    pub tills: &'static [(&'static str, u32)],
    /// Who is at the tills before 15 hours.
    pub morning: &'static [&'static str],
    /// Who is at the tills from 15 hours on.
    pub evening: &'static [&'static str],
    /// Who receives, counts and answers for it.
    pub keeper: &'static str,
    /// Who fills the shelves.
    pub filler: &'static str,
}

/// The bigger shop.
pub(crate) const CENTRO: usize = 0;
/// The smaller shop.
pub(crate) const ALBERDI: usize = 1;
/// The depot.
pub(crate) const NORTE: usize = 2;
/// The shops.
pub(crate) const SHOPS: [usize; 2] = [CENTRO, ALBERDI];

/// Every site.
pub(crate) const SITES: [Site; 3] = [
    Site {
        code: "centro",
        name: "Centro",
        kind: "store",
        customers: 66,
        tills: &[("caja-1", 1), ("caja-2", 2)],
        morning: &["marta.ledesma", "julian.coria"],
        evening: &["sofia.ponce", "rocio.benitez"],
        keeper: "graciela.vera",
        filler: "ezequiel.roldan",
    },
    Site {
        code: "alberdi",
        name: "Alberdi",
        kind: "store",
        customers: 46,
        tills: &[("caja-1", 3)],
        morning: &["carla.medina"],
        evening: &["nahuel.sosa"],
        keeper: "omar.quiroga",
        filler: "lucia.farias",
    },
    Site {
        code: "deposito-norte",
        name: "Depósito Norte",
        kind: "depot",
        customers: 0,
        tills: &[],
        morning: &[],
        evening: &[],
        keeper: "raul.maidana",
        filler: "hugo.paz",
    },
];

/// A place inside a site that holds stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Place {
    /// How many there are.
    pub(crate) const COUNT: usize = SITES.len() * 2;

    /// Where receipts go.
    pub(crate) const fn store_room(site: usize) -> Place {
        Place(site * 2)
    }

    /// Where sales leave from.
    pub(crate) const fn floor(site: usize) -> Place {
        Place(site * 2 + 1)
    }

    /// Both places of a site, the floor first.
    pub(crate) const fn of_site(site: usize) -> [Place; 2] {
        [Place::floor(site), Place::store_room(site)]
    }

    /// Its number.
    pub(crate) const fn index(self) -> usize {
        self.0
    }

    /// The code of its location.
    pub(crate) const fn code(self) -> &'static str {
        if self.0.is_multiple_of(2) { "deposito" } else { "salon" }
    }
}
