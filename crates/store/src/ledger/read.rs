//! Reading the ledger back: one posting, lists of them, the movements of a product, the chain.
//!
//! Invariant: pages follow keys and never skip rows by counting; what a page costs does not depend on how deep it is.

mod bounds;
mod chain;
mod digests;
mod movements;
mod places;
mod posting;
mod postings;

pub use bounds::{Moment, Span};
pub use chain::{Head, checkpoints, head, head_in};
pub use digests::{any_between, digests};
pub use movements::{MovementFilter, ProductMovement, movements};
#[cfg(test)]
pub(crate) use places::POSTINGS;
pub(crate) use posting::lot_name;
pub use posting::{NamedMovement, NamedPosting, posting};
pub use postings::{PostingFilter, PostingSummary, postings};

/// Where the next page begins in the chain of one site: before this movement of this posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Before {
    /// Number of the site.
    pub site: i64,
    /// Place in its chain.
    pub seq: i64,
    /// Movement within the posting.
    pub line: i64,
}

impl Before {
    /// Before nothing yet: the first page of a site.
    pub const fn newest(site: i64) -> Before {
        Before { site, seq: i64::MAX, line: i64::MAX }
    }
}

/// A page of rows from several sites, and where each site goes on; empty when there is no more.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next: Vec<Before>,
}

/// What a row of a site's chain is ordered by.
pub(crate) trait Placed {
    /// When it was recorded (microseconds), and its place.
    fn placed(&self) -> (i64, Before);
}

/// Merges what each site gave (up to `limit + 1` rows, newest first) into one page, newest first. Within a site only its own order
/// counts: a clock that was set back must not turn its chain around.
pub(crate) fn merge<T: Placed>(starts: &[Before], found: Vec<Vec<T>>, limit: usize) -> Page<T> {
    let mut next = starts.to_vec();
    let mut sites: Vec<_> = found.into_iter().map(|rows| rows.into_iter().peekable()).collect();
    let mut items = Vec::with_capacity(limit);
    while items.len() <= limit {
        let heads = sites.iter_mut().enumerate().filter_map(|(i, rows)| Some((rows.peek()?.placed().0, i)));
        let Some((_, newest)) = heads.max_by_key(|(recorded_at, i)| (*recorded_at, std::cmp::Reverse(*i))) else {
            break;
        };
        if items.len() == limit {
            return Page { items, next };
        }
        let Some(row) = sites[newest].next() else { break };
        next[newest] = row.placed().1;
        items.push(row);
    }
    Page { items, next: Vec::new() }
}
