//! The words people read, in Spanish and English, from fluent files that are part of the program.
//!
//! Invariant: a missing text never fails a request; the other language is used, and past that the key itself.

mod args;
pub mod audit;
mod locale;

use std::sync::{LazyLock, PoisonError, RwLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

pub use args::{Arg, Args};
pub use locale::Locale;

/// Spanish texts of this crate.
pub const ES: &str = include_str!("../texts/es/platform.ftl");
/// English texts of this crate.
pub const EN: &str = include_str!("../texts/en/platform.ftl");

static CATALOG: LazyLock<RwLock<Catalog>> = LazyLock::new(|| RwLock::new(Catalog::with_own()));

struct Catalog {
    es: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
    /// Who has registered, so that registering twice (every test builds its own router) does nothing.
    names: Vec<&'static str>,
}

impl Catalog {
    fn with_own() -> Catalog {
        let mut catalog = Catalog { es: bundle("es-AR"), en: bundle("en"), names: Vec::new() };
        catalog.add("platform", ES, EN);
        catalog
    }

    fn add(&mut self, name: &'static str, es: &str, en: &str) {
        if self.names.contains(&name) {
            return;
        }
        self.names.push(name);
        for (bundle, source) in [(&mut self.es, es), (&mut self.en, en)] {
            // A file that does not parse is found by `audit`; what did parse is still of use here.
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
            if bundle.add_resource(resource).is_err() {
                tracing::error!(texts = name, "a text is defined twice; the first one stands");
            }
        }
    }

    fn bundle(&self, locale: Locale) -> &FluentBundle<FluentResource> {
        match locale {
            Locale::Es => &self.es,
            Locale::En => &self.en,
        }
    }
}

fn bundle(language: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.parse().unwrap_or_default()]);
    // The marks that isolate left-to-right from right-to-left text would show up in logs and CSV files.
    bundle.set_use_isolating(false);
    bundle
}

/// Adds the texts of a crate. `name` is the crate's; a name already registered changes nothing.
pub fn register(name: &'static str, es: &str, en: &str) {
    CATALOG.write().unwrap_or_else(PoisonError::into_inner).add(name, es, en);
}

/// The text `key` (or `key.attribute`) in `locale`, else in the other language, else the key itself.
pub fn text(locale: Locale, key: &str, args: &Args) -> String {
    find(locale, key, args).unwrap_or_else(|| key.to_owned())
}

/// The text `key` (or `key.attribute`) in `locale`, else in the other language, if there is one.
pub fn find(locale: Locale, key: &str, args: &Args) -> Option<String> {
    let catalog = CATALOG.read().unwrap_or_else(PoisonError::into_inner);
    let found = format(catalog.bundle(locale), key, args);
    found.or_else(|| format(catalog.bundle(locale.other()), key, args))
}

fn format(bundle: &FluentBundle<FluentResource>, key: &str, args: &Args) -> Option<String> {
    let (id, attribute) = key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    let mut values = FluentArgs::with_capacity(args.len());
    for (name, value) in args.iter() {
        match value {
            Arg::Text(text) => values.set(name, text.as_str()),
            Arg::Number(number) => values.set(name, *number),
        }
    }
    let mut missing = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&values), &mut missing).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_arguments_in_both_languages() {
        let args = Args::new().with("limit", 10_485_760);
        assert!(text(Locale::Es, "problem-too_large.detail", &args).contains("10485760"));
        assert_ne!(
            text(Locale::Es, "problem-too_large.detail", &args),
            text(Locale::En, "problem-too_large.detail", &args)
        );
    }

    #[test]
    fn a_text_of_a_role_is_found_after_registering_it_any_number_of_times() {
        for _ in 0..2 {
            register("texts-test", "saludo = Hola { $who }", "saludo = Hello { $who }");
        }
        assert_eq!(text(Locale::En, "saludo", &Args::new().with("who", "Ana")), "Hello Ana");
        assert_eq!(text(Locale::Es, "no-such-text", &Args::new()), "no-such-text");
    }

    #[test]
    fn the_two_languages_agree_and_every_text_is_used() {
        let faults = audit::faults(ES, EN, std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
