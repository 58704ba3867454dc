//! The demo's own idea of what stands where, so that it never asks the ledger for what is not there.
//!
//! Invariant: no quantity is ever below zero; slices leave in order of expiry.

use domain::{Day, Money, Quantity, ledger::LotDraft};

use super::sites::{Place, SITES};

/// Some of one product, of one lot when lots are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Its lot.
    pub lot: Option<LotDraft>,
    /// Thousandths.
    pub milli: i64,
}

impl Slice {
    fn sellable(&self, day: Day) -> bool {
        self.expires_on().is_none_or(|last| last >= day)
    }

    fn expires_on(&self) -> Option<Day> {
        self.lot.as_ref().and_then(|lot| lot.expires_on)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Book {
    milli: i64,
    value: Money,
}

/// What stands where, and what it cost.
#[derive(Debug)]
pub(crate) struct Stock {
    products: usize,
    held: Vec<Vec<Slice>>,
    books: Vec<Book>,
}

impl Stock {
    /// Nothing of so many products.
    pub(crate) fn empty(products: usize) -> Stock {
        Stock {
            products,
            held: vec![Vec::new(); products * Place::COUNT],
            books: vec![Book::default(); products * SITES.len()],
        }
    }

    fn shelf(&self, place: Place, product: usize) -> usize {
        place.index() * self.products + product
    }

    /// How much stands there.
    pub(crate) fn at(&self, place: Place, product: usize) -> i64 {
        self.held[self.shelf(place, product)].iter().map(|slice| slice.milli).sum()
    }

    /// What stands there, lot by lot.
    pub(crate) fn slices(&self, place: Place, product: usize) -> Vec<Slice> {
        self.held[self.shelf(place, product)].clone()
    }

    /// How much of it may be sold on a day.
    pub(crate) fn sellable(&self, place: Place, product: usize, day: Day) -> i64 {
        self.held[self.shelf(place, product)].iter().filter(|s| s.sellable(day)).map(|s| s.milli).sum()
    }

    /// How much a site holds.
    pub(crate) fn at_site(&self, site: usize, product: usize) -> i64 {
        Place::of_site(site).into_iter().map(|place| self.at(place, product)).sum()
    }

    /// Puts a slice there.
    pub(crate) fn put(&mut self, place: Place, product: usize, slice: Slice) {
        let shelf = self.shelf(place, product);
        let held = &mut self.held[shelf];
        if let Some(same) = held.iter_mut().find(|other| other.lot == slice.lot) {
            same.milli += slice.milli;
            return;
        }
        held.push(slice);
        held.sort_by(|a, b| a.lot.as_ref().map(lot_order).cmp(&b.lot.as_ref().map(lot_order)));
    }

    /// Takes up to so much, first expired first, what has expired by `day` left where it is.
    pub(crate) fn take(&mut self, place: Place, product: usize, milli: i64, day: Day) -> Vec<Slice> {
        self.take_where(place, product, milli, |slice| slice.sellable(day))
    }

    /// Takes all that expired before a day.
    pub(crate) fn take_expired(&mut self, place: Place, product: usize, day: Day) -> Vec<Slice> {
        self.take_where(place, product, i64::MAX, |slice| !slice.sellable(day))
    }

    /// Takes up to so much, whatever its day.
    pub(crate) fn take_any(&mut self, place: Place, product: usize, milli: i64) -> Vec<Slice> {
        self.take_where(place, product, milli, |_| true)
    }

    /// Takes up to so much of one lot.
    pub(crate) fn take_lot(&mut self, place: Place, product: usize, lot: &LotDraft, milli: i64) -> Vec<Slice> {
        self.take_where(place, product, milli, |slice| slice.lot.as_ref() == Some(lot))
    }

    fn take_where(&mut self, place: Place, product: usize, milli: i64, wanted: impl Fn(&Slice) -> bool) -> Vec<Slice> {
        let shelf = self.shelf(place, product);
        let held = &mut self.held[shelf];
        let mut left = milli;
        let mut taken = Vec::new();
        for slice in held.iter_mut().filter(|slice| wanted(slice)) {
            let milli = slice.milli.min(left);
            if milli > 0 {
                slice.milli -= milli;
                left -= milli;
                taken.push(Slice { lot: slice.lot.clone(), milli });
            }
        }
        held.retain(|slice| slice.milli > 0);
        taken
    }

    /// A lot that stands there, the last to expire.
    pub(crate) fn newest_lot(&self, place: Place, product: usize) -> Option<LotDraft> {
        self.held[self.shelf(place, product)].last().and_then(|slice| slice.lot.clone())
    }

    /// Enters goods into a site's books at what they cost.
    pub(crate) fn book_in(&mut self, site: usize, product: usize, milli: i64, cost: Money) {
        let book = &mut self.books[site * self.products + product];
        book.milli += milli;
        book.value += cost;
    }

    /// Takes goods out of a site's books at their average cost, and says how much that was.
    pub(crate) fn book_out(&mut self, site: usize, product: usize, milli: i64) -> Money {
        let book = &mut self.books[site * self.products + product];
        let value = if milli >= book.milli { book.value } else { book.value.share(milli, book.milli) };
        book.milli -= milli;
        book.value -= value;
        value
    }

    /// What so much would cost at a site's average; `None` when its books hold none.
    pub(crate) fn worth(&self, site: usize, product: usize, milli: i64) -> Option<Money> {
        let book = self.books[site * self.products + product];
        book.value.per(Quantity::from_milli(book.milli)).and_then(|unit| unit.times(Quantity::from_milli(milli)))
    }
}

fn lot_order(lot: &LotDraft) -> (Option<Day>, &str) {
    (lot.expires_on, &lot.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(code: &str, expires_on: i32, milli: i64) -> Slice {
        Slice { lot: Some(LotDraft { code: code.into(), expires_on: Some(Day::from_number(expires_on)) }), milli }
    }

    #[test]
    fn what_expires_first_leaves_first_and_what_has_expired_stays() {
        let place = Place::floor(0);
        let mut stock = Stock::empty(1);
        for (code, expires_on) in [("c", 30), ("a", 5), ("b", 20)] {
            stock.put(place, 0, slice(code, expires_on, 2000));
        }
        assert_eq!(stock.take(place, 0, 3000, Day::from_number(10)), [slice("b", 20, 2000), slice("c", 30, 1000)]);
        assert_eq!(stock.sellable(place, 0, Day::from_number(10)), 1000);
        assert_eq!(stock.take_expired(place, 0, Day::from_number(10)), [slice("a", 5, 2000)]);
        assert_eq!(stock.at(place, 0), 1000);
    }

    #[test]
    fn the_last_unit_takes_the_rest_of_the_value() {
        let mut stock = Stock::empty(1);
        stock.book_in(0, 0, 3000, Money::from_cents(1000));
        let parts = [1000, 1000, 1000].map(|milli| stock.book_out(0, 0, milli));
        assert_eq!(parts.into_iter().sum::<Money>(), Money::from_cents(1000));
        assert_eq!(stock.worth(0, 0, 1000), None);
    }
}
