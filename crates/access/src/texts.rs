//! The words about access.
//!
//! Invariant: whole in both languages, held by the test below.

/// Spanish texts.
pub const ES: &str = concat!(include_str!("../texts/es/keys.ftl"), "\n", include_str!("../texts/es/people.ftl"));
/// English texts.
pub const EN: &str = concat!(include_str!("../texts/en/keys.ftl"), "\n", include_str!("../texts/en/people.ftl"));

/// Makes them known. Any number of times.
pub fn register() {
    platform::texts::register("access", ES, EN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_languages_agree_and_every_text_is_used() {
        register();
        let sources = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        let faults = platform::texts::audit::faults(ES, EN, sources);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
