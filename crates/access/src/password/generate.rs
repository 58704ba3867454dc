//! Passwords and codes that we make: easy to read aloud and to type, hard to guess.
//!
//! Sixteen letters and digits of an alphabet without look-alikes (Crockford's base 32): 80 bits.

use super::Typed;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Bytes of randomness in a code.
pub const ENTROPY_BYTES: usize = 10;
const GROUP: usize = 4;

/// A code of four groups: `7k2m-q9xd-04rt-hw3z`.
pub fn code_words(entropy: [u8; ENTROPY_BYTES]) -> String {
    let mut bits = [0; 16];
    bits[16 - ENTROPY_BYTES..].copy_from_slice(&entropy);
    let number = u128::from_be_bytes(bits);
    let mut text = String::with_capacity(19);
    for place in 0..16_usize {
        if place > 0 && place.is_multiple_of(GROUP) {
            text.push('-');
        }
        let digit = (number >> (75 - 5 * place)) & 31;
        text.push(char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]));
    }
    text
}

/// A password to hand to somebody, who has to replace it. Fails only when the operating system has no randomness to give.
pub fn one_time() -> Result<Typed, getrandom::Error> {
    let mut entropy = [0; ENTROPY_BYTES];
    getrandom::fill(&mut entropy)?;
    Ok(Typed::new(&code_words(entropy)))
}

/// A code as somebody typed it, in the form in which it was given: look-alikes, spaces and capitals do not matter.
pub fn typed(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric).take(64);
    let plain: String = letters
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    let groups: Vec<&str> =
        plain.as_bytes().chunks(GROUP).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_randomness_is_in_the_code_and_typing_it_is_forgiving() {
        assert_eq!(code_words([0; 10]), "0000-0000-0000-0000");
        assert_eq!(code_words([255; 10]), "zzzz-zzzz-zzzz-zzzz");
        assert_eq!(code_words([0, 0, 0, 0, 0, 0, 0, 0, 0, 33]), "0000-0000-0000-0011");
        let code = code_words([8, 200, 17, 3, 99, 41, 254, 7, 60, 129]);
        for written in [
            code.clone(),
            code.to_uppercase(),
            code.replace('-', " "),
            code.replace('-', ""),
            code.replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(typed(&written), code, "{written}");
        }
        assert_eq!(typed(&"x".repeat(10_000)).len(), 79);
        assert_ne!(one_time().unwrap(), one_time().unwrap());
    }
}
