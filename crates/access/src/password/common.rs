//! Passwords that are tried first: words everybody uses, alone or in pairs, dressed up with digits and signs.
//!
//! Invariant: pure. The list holds the words without their dress; a digit or sign that stands for a letter is read as that letter.

use std::{collections::HashSet, sync::LazyLock};

/// The words, of our own gathering: what people in Argentina and elsewhere are known to choose.
const WORDS: &str = include_str!("common.txt");

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect());

/// A password of fewer different characters is one that is typed with one finger.
const LEAST_DIFFERENT: usize = 5;
/// A piece no longer than this that makes up the whole by itself is a pattern.
const LONGEST_PIECE: usize = 8;
/// Words of the list that together still make no password.
const MOST_WORDS: usize = 2;

/// Whether a password would be found by trying what is common, or what its owner is called.
pub(super) fn is_common(password: &str, own: &[String]) -> bool {
    let characters: Vec<char> = password.to_lowercase().chars().collect();
    let different: HashSet<&char> = characters.iter().collect();
    if different.len() < LEAST_DIFFERENT || repeats(&characters) {
        return true;
    }
    let plain = letters(&characters, |_| None);
    let read = letters(&characters, stands_for);
    // What hangs on at the ends may be dress and not letters: `Passw0rd!!!`.
    let bare = letters(undressed(&characters), stands_for);
    [plain, read, bare].iter().any(|letters| is_made_of(letters, own))
}

/// From its first letter to its last.
fn undressed(characters: &[char]) -> &[char] {
    let is_letter = |c: &char| c.is_alphabetic();
    let first = characters.iter().position(is_letter).unwrap_or(0);
    let last = characters.iter().rposition(is_letter).map_or(0, |last| last + 1);
    characters.get(first..last).unwrap_or_default()
}

/// Whether it is one short piece over and over.
fn repeats(characters: &[char]) -> bool {
    let longest = LONGEST_PIECE.min(characters.len() / 2);
    (1..=longest).any(|length| characters.iter().zip(&characters[length..]).all(|(a, b)| a == b))
}

/// Its letters without accents, with what stands for a letter as that letter when there is one and left out when not.
fn letters(characters: &[char], stands_for: impl Fn(char) -> Option<char>) -> String {
    let text: String = characters.iter().map(|c| stands_for(*c).unwrap_or(*c)).collect();
    domain::fold::fold(&text).chars().filter(char::is_ascii_lowercase).collect()
}

fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        _ => return None,
    })
}

/// Whether the letters are nothing, or no more than a few words everybody knows.
fn is_made_of(letters: &str, own: &[String]) -> bool {
    // `fewest[end]`: how few words make up the letters up to there.
    let mut fewest: Vec<Option<usize>> = vec![None; letters.len() + 1];
    fewest[0] = Some(0);
    for end in 1..=letters.len() {
        let word = |start: usize| {
            let piece = &letters[start..end];
            COMMON.contains(piece) || own.iter().any(|own| own == piece)
        };
        fewest[end] =
            (0..end).filter(|start| word(*start)).filter_map(|start| fewest[start]).min().map(|count| count + 1);
    }
    fewest[letters.len()].is_some_and(|words| words <= MOST_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_holds_words_as_they_are_compared() {
        assert!(COMMON.len() > 900, "{}", COMMON.len());
        for word in COMMON.iter() {
            assert!(word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
        }
        let all = WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).count();
        assert_eq!(all, COMMON.len(), "some word stands there twice");
    }

    #[test]
    fn three_common_words_are_a_phrase() {
        assert!(is_common("futbol argentina", &[]));
        assert!(!is_common("futbol amarillo argentina", &[]));
        assert!(is_common("zabaljauregui1234", &["zabaljauregui".to_owned()]));
        assert!(!is_common("zabaljauregui1234", &[]));
    }
}
