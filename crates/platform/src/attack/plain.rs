//! Text made plain, so that a sign has one form.
//!
//! Invariant: nothing grows, and nothing is lost but what signs are hidden by: capitals, runs of spaces, comments, empty bytes, dots
//! and strokes that are encoded longer than they may be.

use super::odd::escape;

/// Escapes undone once; `None` when there are none. With `plus` a plus is a space.
pub(super) fn decoded(text: &[u8], plus: bool) -> Option<Vec<u8>> {
    let any = text.contains(&b'%') || (plus && text.contains(&b'+'));
    if !any {
        return None;
    }
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let undone = if *byte == b'%' { escape(&text[at..]) } else { None };
        at += if undone.is_some() { 3 } else { 1 };
        out.push(undone.unwrap_or(if plus && *byte == b'+' { b' ' } else { *byte }));
    }
    Some(out)
}

/// Small letters, one space where there was any room or a comment.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let (put, taken) = match &text[at..] {
            [b'/', b'*', inside @ ..] => match inside.windows(2).position(|pair| pair == b"*/") {
                Some(end) => (Some(b' '), end + 4),
                // Nothing behind it closes one either.
                None => return ended(out, &text[at..]),
            },
            [0xC0, 0xAE, ..] => (Some(b'.'), 2),
            [0xC0, 0xAF, ..] => (Some(b'/'), 2),
            [0xC1, 0x9C, ..] => (Some(b'\\'), 2),
            [0, ..] => (None, 1),
            [space, ..] if space.is_ascii_whitespace() || *space == 0x0B => (Some(b' '), 1),
            _ => (Some(byte.to_ascii_lowercase()), 1),
        };
        at += taken;
        out.extend(put.filter(|put| *put != b' ' || out.last() != Some(&b' ')));
    }
    out
}

/// The rest of a text in which a comment begins that has no end.
fn ended(mut out: Vec<u8>, rest: &[u8]) -> Vec<u8> {
    out.extend(rest.iter().map(u8::to_ascii_lowercase));
    out
}
