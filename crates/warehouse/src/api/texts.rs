//! The words of the API.
//!
//! Invariant: whole in both languages, held by the test below.

/// Spanish texts.
pub const ES: &str = include_str!("../../texts/es/ledger.ftl");
/// English texts.
pub const EN: &str = include_str!("../../texts/en/ledger.ftl");

/// Spanish texts of the catalogue and the places.
pub const CATALOG_ES: &str = include_str!("../../texts/es/catalog.ftl");
/// English texts of the catalogue and the places.
pub const CATALOG_EN: &str = include_str!("../../texts/en/catalog.ftl");

/// Makes them known. Any number of times.
pub fn register() {
    // Which sites there are is asked there too, in the same words.
    access::texts::register();
    // What the contract says is said over the API too.
    contracts::register_texts();
    platform::texts::register("warehouse-ledger", ES, EN);
    platform::texts::register("warehouse-catalog", CATALOG_ES, CATALOG_EN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_languages_agree_and_every_text_is_used() {
        register();
        let sources = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        for (es, en) in [(ES, EN), (CATALOG_ES, CATALOG_EN)] {
            let faults = platform::texts::audit::faults(es, en, sources);
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}
