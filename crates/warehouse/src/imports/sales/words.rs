//! What the free text of a stock row says, in English and Spanish.
//!
//! Invariant: only the text decides, by whole words or their beginnings, folded; a text that says nothing is nothing.

use domain::fold::fold;

/// What a text says happened to goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// They are known to be spoilt.
    Spoilt,
    /// They were counted, corrected, found, or nobody knows.
    Adjusted,
    /// Nothing of the kind.
    Nothing,
}

/// Beginnings of words for goods that cannot be sold any more.
const SPOILT_STEMS: &[&str] = &[
    "damag",
    "dagam",
    "broke",
    "break",
    "smash",
    "crush",
    "crack",
    "shatter",
    "thrown",
    "throw",
    "mould",
    "moldy",
    "rust",
    "expir",
    "unsale",
    "unsell",
    "unsal",
    "destroy",
    "faulty",
    "spoil",
    "rotten",
    "perish",
    "smudg",
    "dirty",
    "burnt",
    "scrap",
    "dispos",
    "discard",
    "defect",
    "danad",
    "rotur",
    "rompi",
    "vencid",
    "vencimi",
    "caduc",
    "mojad",
    "podrid",
    "mohos",
    "tirad",
    "desech",
    "descart",
    "aplast",
    "oxid",
    "defectuos",
    "fallad",
    "deterior",
    "quebrad",
    "merma",
    "pinchad",
];

/// Whole words for the same.
const SPOILT_WORDS: &[&str] = &[
    "wet", "mold", "rot", "waste", "bin", "binned", "moho", "vencio", "humedo", "humeda", "roto", "rota", "rotos",
    "rotas",
];

/// Beginnings of words for corrections.
const ADJUSTED_STEMS: &[&str] = &[
    "adjust",
    "correct",
    "incorrect",
    "revers",
    "recount",
    "stocktak",
    "ajust",
    "correc",
    "recuent",
    "encontr",
    "apareci",
    "hallad",
    "invent",
];

/// Whole words for the same.
const ADJUSTED_WORDS: &[&str] = &[
    "found", "check", "checked", "checking", "count", "counted", "counting", "returned", "aside", "missing", "lost",
    "mia", "conteo", "control", "devuelto", "faltante", "perdido",
];

/// What the text says.
pub(super) fn says(text: &str) -> Says {
    let folded = fold(text);
    let any = |stems: &[&str], words: &[&str]| {
        folded.split(' ').any(|word| words.contains(&word) || stems.iter().any(|stem| word.starts_with(stem)))
    };
    if any(SPOILT_STEMS, SPOILT_WORDS) {
        return Says::Spoilt;
    }
    let only_doubt = folded.is_empty() && text.contains('?');
    if only_doubt || any(ADJUSTED_STEMS, ADJUSTED_WORDS) { Says::Adjusted } else { Says::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_spoilt_from_adjusted_from_neither() {
        for text in [
            "damages",
            "Dagamed",
            "wet/rusty",
            "thrown away-can't sell",
            "Unsaleable, destroyed.",
            "????damages????",
            "WET/MOULDY",
            "crushed ctn",
            "Breakages",
            "printing smudges/thrown away",
            "roto en el depósito",
            "VENCIDO",
            "se mojó: mojado",
            "Merma",
        ] {
            assert_eq!(says(text), Says::Spoilt, "{text}");
        }
        for text in [
            "check",
            "CHECK",
            "?",
            "???",
            "found some more on shelf",
            "OOPS ! adjustment",
            "stock check",
            "ajuste",
            "Encontré 3",
            "had been put aside",
        ] {
            assert_eq!(says(text), Says::Adjusted, "{text}");
        }
        for text in [
            "",
            "amazon",
            "FRENCH BLUE METAL DOOR SIGN 4",
            "COUNTRY STYLE",
            "WETSUIT",
            "Manual",
            "sold as set on dotcom",
            "ROTATING CHAIR",
        ] {
            assert_eq!(says(text), Says::Nothing, "{text}");
        }
    }
}
