//! What is kept beside the entries against what follows from them.
//!
//! Invariant: the first difference has a name.

use domain::Quantity;
use domain::ledger::{audit::Auditor, canonical};

use super::kept::Site;

/// Says the first difference.
pub(super) fn compare(site: &Site, auditor: &Auditor) -> Option<String> {
    let chain = auditor.chain();
    if chain.seq != site.seq || chain.hash.as_slice() != site.hash {
        return Some(format!(
            "the head says {} {}, the chain ends at {} {}",
            site.seq,
            canonical::hex(&site.hash),
            chain.seq,
            canonical::hex(&chain.hash)
        ));
    }
    let kept = |key: &(i64, i64, i64)| site.balances.get(key).copied().unwrap_or_default();
    if let Some((key, sum)) = auditor.balances().iter().find(|(key, sum)| kept(key) != **sum) {
        return Some(format!(
            "balance of product {} at location {} is {}, its movements sum to {sum}",
            key.1,
            key.0,
            kept(key)
        ));
    }
    if let Some((key, kept)) =
        site.balances.iter().find(|(key, kept)| **kept != Quantity::ZERO && !auditor.balances().contains_key(key))
    {
        return Some(format!("balance of product {} at location {} is {kept} without any movement", key.1, key.0));
    }
    let book = |product: &i64| site.books.get(product).copied().unwrap_or_default();
    if let Some((product, expected)) = auditor.books().iter().find(|(product, expected)| book(product) != **expected) {
        let found = book(product);
        return Some(format!(
            "valuation of product {product} is {} for {}, its movements give {} for {}",
            found.quantity, found.value, expected.quantity, expected.value
        ));
    }
    if site.books.len() != auditor.books().len() {
        return Some("a product has a valuation without any movement".to_owned());
    }
    if site.flows != auditor.flows() {
        return Some("the daily flows do not follow from the movements".to_owned());
    }
    (site.months != auditor.months()).then(|| "the monthly flows do not follow from the movements".to_owned())
}
