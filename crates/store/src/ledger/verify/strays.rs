//! Rows that belong to no chain: nobody who follows the chains would meet them.
//!
//! Invariant: only the ends of indices are read, so that looking costs nothing next to following the chains.

use super::Fault;
use crate::{Result, Tx};

/// For each table, the least number of a site or place past the one given: each is looked up, not counted.
const OF_SITES: [(&str, &str); 4] = [
    ("posting", "SELECT MIN(site) FROM posting WHERE site > $1"),
    ("movement", "SELECT MIN(site) FROM movement WHERE site > $1"),
    ("chain", "SELECT MIN(site) FROM chain WHERE site > $1"),
    ("valuation", "SELECT MIN(site) FROM valuation WHERE site > $1"),
];
const OF_PLACES: [(&str, &str); 3] = [
    ("balance", "SELECT MIN(location) FROM balance WHERE location > $1"),
    ("flow", "SELECT MIN(location) FROM flow WHERE location > $1"),
    ("flow_month", "SELECT MIN(location) FROM flow_month WHERE location > $1"),
];

/// Rows of sites and places that there are not.
pub(super) async fn of_no_site(tx: &mut Tx) -> Result<Vec<Fault>> {
    let sites: Vec<(i64,)> = tx.query("SELECT id FROM site").all().await?;
    let places: Vec<(i64,)> = tx.query("SELECT id FROM location").all().await?;
    let mut faults = Vec::new();
    for (tables, known, what) in [(&OF_SITES[..], sites, "site"), (&OF_PLACES[..], places, "location")] {
        for (table, next) in tables {
            let mut last = i64::MIN;
            while let Some(number) = number(tx, next, last).await? {
                if !known.contains(&(number,)) {
                    let what = format!("table {table} has rows of {what} {number}, which there is not");
                    faults.push(Fault { site: String::new(), seq: None, posting: None, what });
                    break;
                }
                last = number;
            }
        }
    }
    Ok(faults)
}

async fn number(tx: &mut Tx, next: &'static str, last: i64) -> Result<Option<i64>> {
    tx.query(next).bind(last).scalar::<Option<i64>>().await.map(Option::flatten)
}

/// Postings and movements of a site before the beginning of its chain or past its head.
pub(super) async fn outside_chain(tx: &mut Tx, site: i64, code: &str, head: i64) -> Result<Option<Fault>> {
    let ends = [
        ("posting", "SELECT MIN(seq) FROM posting WHERE site = $1"),
        ("posting", "SELECT MAX(seq) FROM posting WHERE site = $1"),
        ("movement", "SELECT MIN(seq) FROM movement WHERE site = $1"),
        ("movement", "SELECT MAX(seq) FROM movement WHERE site = $1"),
    ];
    for (table, end) in ends {
        if let Some(seq) = number(tx, end, site).await?.filter(|seq| !(1..=head).contains(seq)) {
            let what = format!("table {table} has a row outside the chain, whose head is at {head}");
            return Ok(Some(Fault { site: code.to_owned(), seq: Some(seq), posting: None, what }));
        }
    }
    Ok(None)
}
