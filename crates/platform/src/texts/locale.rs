//! The language of an answer.
//!
//! Invariant: always one of the two we write; what a client asks for is a wish, never an error.

/// A language we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// Spanish of Argentina.
    #[default]
    Es,
    /// English.
    En,
}

impl Locale {
    /// Every language, the default one first.
    pub const ALL: [Locale; 2] = [Locale::Es, Locale::En];

    /// Its tag in `Content-Language` and in settings.
    pub const fn tag(self) -> &'static str {
        match self {
            Locale::Es => "es",
            Locale::En => "en",
        }
    }

    /// The language of a tag such as `es`, `en-GB`.
    pub fn from_tag(tag: &str) -> Option<Locale> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Locale::ALL.into_iter().find(|locale| primary.eq_ignore_ascii_case(locale.tag()))
    }

    /// The other one.
    pub const fn other(self) -> Locale {
        match self {
            Locale::Es => Locale::En,
            Locale::En => Locale::Es,
        }
    }

    /// The language an `Accept-Language` header likes best, if it is one of ours (RFC 9110, section 12.5.4).
    pub fn accepted(header: &str) -> Option<Locale> {
        let mut best: Option<(u16, Locale)> = None;
        for part in header.split(',').take(20) {
            let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = quality_milli(parameters);
            let Some(locale) = Locale::from_tag(tag.trim()) else { continue };
            if quality > best.map_or(0, |(quality, _)| quality) {
                best = Some((quality, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

/// `q=0.8` as 800; 1000 when it is not given or makes no sense.
fn quality_milli(parameters: &str) -> u16 {
    let value = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    let milli = value.and_then(|value| domain::decimal::parse_scaled(value.trim(), 3).ok()).unwrap_or(1000);
    u16::try_from(milli.clamp(0, 1000)).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_liked_best_wins() {
        for (header, expected) in [
            ("en", Some(Locale::En)),
            ("es-AR,es;q=0.9,en;q=0.8", Some(Locale::Es)),
            ("fr, en;q=0.5, es;q=0.4", Some(Locale::En)),
            ("en;q=0.1, es;q=0.9", Some(Locale::Es)),
            ("en;q=0", None),
            ("de", None),
            ("*", None),
            ("", None),
            (";;;,,,q=é", None),
        ] {
            assert_eq!(Locale::accepted(header), expected, "{header}");
        }
    }
}
