//! Whether a text holds anything by which it is worth a look.
//!
//! Invariant: one pass, no allocation. Whatever the signs need stands here too: a text without it has none of them.

/// What stands in hardly any usual address, and in all that is tried.
const ODD: &[u8] = b"'\"`<>;${(\\|\0";
/// What is odd only with what stands around it.
const PERHAPS: &[u8] = b".-/:@=_uUwWoOdD";
/// Behind a low line the names of tables and functions of databases.
const NAMED: [&[u8]; 6] = [b"pg", b"xp", b"dbms", b"utl", b"sqlite", b"information"];

/// What a byte is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worth {
    Nothing,
    Perhaps,
    Escape,
    Odd,
}

/// Most bytes of most addresses are worth nothing, which is seen by one look at this.
const WORTH: [Worth; 256] = worth();

const fn worth() -> [Worth; 256] {
    let mut table = [Worth::Nothing; 256];
    let mut at = 0;
    while at < ODD.len() {
        table[ODD[at] as usize] = Worth::Odd;
        at += 1;
    }
    at = 0;
    while at < PERHAPS.len() {
        table[PERHAPS[at] as usize] = Worth::Perhaps;
        at += 1;
    }
    table[b'%' as usize] = Worth::Escape;
    table
}

/// Whether a text without escapes does.
pub(super) fn in_text(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| match WORTH[usize::from(*byte)] {
        Worth::Nothing | Worth::Escape => false,
        Worth::Perhaps => is_odd_there(text, at),
        Worth::Odd => true,
    })
}

/// Whether a part of an address does, escaped or not.
pub(super) fn in_address(part: &[u8]) -> bool {
    part.iter().enumerate().any(|(at, byte)| match WORTH[usize::from(*byte)] {
        Worth::Nothing => false,
        Worth::Perhaps => is_odd_there(part, at),
        Worth::Escape => escape(&part[at..]).is_none_or(is_odd_escaped),
        Worth::Odd => true,
    })
}

/// Programs escape spaces, letters that are not ASCII, and some signs. Whoever escapes a letter hides it.
fn is_odd_escaped(byte: u8) -> bool {
    !matches!(byte, b' ' | b',' | b':' | b'&' | b'+' | b'!' | b'?' | b'#' | 0x80..=0xBF | 0xC2..)
}

fn is_odd_there(text: &[u8], at: usize) -> bool {
    let (before, from) = text.split_at(at);
    let with = |start: &[u8]| from.get(..start.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(start));
    let behind = |end: &[u8]| {
        let there = before.len().checked_sub(end.len()).map(|begin| &before[begin..]);
        there.is_some_and(|there| there.eq_ignore_ascii_case(end))
    };
    match from {
        [b'.', next, ..] => *next == b'.' || with(b".ini"),
        [b'-', next, ..] => *next == b'-' || with(b"-inf"),
        [b'/', next, ..] => *next == b'*' || with(b"/etc/") || with(b"/proc/"),
        [b':', next, ..] => *next == b'/',
        [b'@', next, ..] => *next == b'@',
        [b'=', ..] => compares(before, from),
        [b'_', ..] => NAMED.iter().any(|name| behind(name)),
        [b'u' | b'U', ..] => with(b"union"),
        [b'w' | b'W', ..] => with(b"waitfor"),
        [b'o' | b'O', ..] => with(b"outfile"),
        [b'd' | b'D', ..] => with(b"dumpfile"),
        _ => false,
    }
}

/// Whether numbers or nothing stand on both sides of the sign, as they do not in a parameter's name.
fn compares(before: &[u8], from: &[u8]) -> bool {
    let digits = before.last().is_some_and(u8::is_ascii_digit) && from.get(1).is_some_and(u8::is_ascii_digit);
    let spaced = matches!(before.last(), Some(b' ' | b'+')) || matches!(from, [b'=', b' ' | b'+', ..]);
    digits || spaced || from.starts_with(b"=%20") || before.ends_with(b"%20")
}

/// The byte that an escape at the beginning stands for; `None` when it is none.
pub(super) fn escape(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(1)? * 16 + digit(2)?).ok()
}
