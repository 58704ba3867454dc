//! What a shop asks in the course of a day, mixed.
//!
//! Invariant: the n-th request is the same in every run but for its identity, and no identity comes twice.

use std::sync::Arc;

use crate::{
    dice::Dice,
    load::open::{Call, Calls},
    post::Run,
    server::PRODUCTS,
};

/// Of a hundred requests.
const SHARES: [(&str, u64, Make); 9] = [
    ("sale", 20, |day, n, dice| day.posting("sale", n, dice)),
    ("stock of a product", 35, |_, _, dice| get(format!("/api/v1/stock/{}", sku(dice)))),
    ("search", 15, |_, _, dice| get(format!("/api/v1/products/search?q=produ%20{}&limit=20", dice.below(1_000)))),
    ("list of fifty", 10, |_, _, dice| {
        get(format!("/api/v1/stock?site=centro&location=deposito&limit=50&category=Rubro%20{}", dice.below(20)))
    }),
    ("movements of a product", 8, |_, _, dice| get(format!("/api/v1/products/{}/movements?limit=20", sku(dice)))),
    ("newest postings", 5, |_, _, _| get("/api/v1/postings?site=centro&limit=20".to_owned())),
    ("receipt", 2, |day, n, dice| day.posting("receipt", n, dice)),
    ("health", 3, |_, _, _| get("/health".to_owned())),
    ("figures", 2, |_, _, _| get("/metrics".to_owned())),
];

/// Path and body.
type Asked = (String, String);
type Make = fn(&Day, u64, &mut Dice) -> Asked;

/// One run's requests.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    run: Run,
    first: u64,
}

impl Day {
    /// Begins now. Two that run beside each other begin at different numbers.
    pub fn begin(first: u64) -> Day {
        Day { run: Run::begin(), first }
    }

    /// The requests, each by the next of these keys.
    pub fn calls(self, keys: &[Arc<str>]) -> Calls {
        let keys = keys.to_vec();
        Arc::new(move |n| {
            let key = Arc::clone(&keys[usize::try_from(n).unwrap_or(0) % keys.len()]);
            self.call(n, key)
        })
    }

    fn call(self, n: u64, key: Arc<str>) -> Call {
        let number = self.first + n;
        let mut dice = Dice::new(number);
        let (what, make) = sort(dice.below(100));
        let (path, body) = make(&self, number, &mut dice);
        Call { what, key, path, body }
    }

    /// One to six lines, as tickets have.
    fn posting(&self, kind: &str, number: u64, dice: &mut Dice) -> Asked {
        let amount = if kind == "sale" { "unit_price" } else { "unit_cost" };
        let line = |dice: &mut Dice| {
            let quantity = 1 + dice.below(3);
            format!("{{\"sku\":\"{}\",\"quantity\":\"{quantity}\",\"{amount}\":\"1850\"}}", sku(dice))
        };
        let lines: Vec<String> = (0..=dice.below(6)).map(|_| line(dice)).collect();
        let id = uuid::Uuid::from_u128(self.run.id(number));
        let posting =
            format!("{{\"id\":\"{id}\",\"kind\":\"{kind}\",\"site\":\"centro\",\"lines\":[{}]}}", lines.join(","));
        ("/api/v1/postings".to_owned(), format!("{{\"postings\":[{posting}]}}"))
    }
}

/// The one whose share of a hundred this falls into.
fn sort(fallen: u64) -> (&'static str, Make) {
    let mut end = 0;
    let found = SHARES.iter().find(|(_, share, _)| {
        end += share;
        fallen < end
    });
    found.map_or((SHARES[0].0, SHARES[0].2), |(what, _, make)| (*what, *make))
}

fn get(path: String) -> Asked {
    (path, String::new())
}

fn sku(dice: &mut Dice) -> String {
    format!("SKU-{:06}", dice.below(PRODUCTS))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn everything_comes_in_its_share_and_no_posting_twice() {
        assert_eq!(SHARES.iter().map(|(_, share, _)| share).sum::<u64>(), 100);
        let keys: [Arc<str>; 2] = ["one".into(), "other".into()];
        let calls = Day::begin(7).calls(&keys);
        let all: Vec<Call> = (0..10_000).map(|n| calls(n)).collect();
        let mut seen = BTreeMap::<&str, u64>::new();
        all.iter().for_each(|call| *seen.entry(call.what).or_default() += 1);
        for (what, share, _) in SHARES {
            let of_hundred = seen[what] as f64 / 100.0;
            assert!((of_hundred - share as f64).abs() < 1.5, "{what}: {of_hundred} of {share}");
        }
        let bodies: Vec<&String> = all.iter().map(|call| &call.body).filter(|body| !body.is_empty()).collect();
        assert_eq!(bodies.iter().collect::<BTreeSet<_>>().len(), bodies.len());
        assert!(all.iter().step_by(2).all(|call| *call.key == *keys[0]));
    }
}
