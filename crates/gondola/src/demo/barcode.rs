//! Barcodes for the demo's products.
//!
//! Invariant: every code carries the right check digit (GS1 General Specifications, section 7.9) and begins with 7799,
//! a part of Argentina's range that this program numbers for itself: they are not the makers' own codes.

use domain::gtin;

/// The EAN-13 of the `item`-th product of the `maker`-th brand.
pub(crate) fn ean13(maker: usize, item: usize) -> String {
    with_check_digit(format!("7799{:04}{:04}", maker % 10_000, item % 10_000))
}

/// The GTIN-14 of a case of what an EAN-13 names.
pub(crate) fn case_of(ean13: &str) -> String {
    with_check_digit(format!("1{}", ean13.get(..12).unwrap_or_default()))
}

fn with_check_digit(mut digits: String) -> String {
    let check = gtin::check_digit(&digits).map(|digit| digit.to_string());
    digits.extend(check);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_match_published_examples() {
        assert_eq!(with_check_digit("629104150021".into()), "6291041500213");
        assert_eq!(with_check_digit("1061414100041".into()), "10614141000415");
    }
}
