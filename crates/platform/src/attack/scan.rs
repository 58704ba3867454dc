//! Walking through a plain text.
//!
//! Invariant: nothing is looked at further than [`FAR`] ahead, so that a text made of beginnings costs no more than its length.

/// Bytes looked at behind a beginning.
pub(super) const FAR: usize = 200;

/// What is left of a plain text, and the byte before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'t> {
    whole: &'t [u8],
    at: usize,
}

impl<'t> Text<'t> {
    /// All of it.
    pub(super) fn of(whole: &'t [u8]) -> Text<'t> {
        Text { whole, at: 0 }
    }

    pub(super) fn rest(self) -> &'t [u8] {
        self.whole.get(self.at..).unwrap_or_default()
    }

    /// The text from each place on.
    pub(super) fn places(self) -> impl Iterator<Item = Text<'t>> {
        (self.at..self.whole.len()).map(move |at| Text { at, ..self })
    }

    pub(super) fn first(self) -> Option<u8> {
        self.whole.get(self.at).copied()
    }

    pub(super) fn before(self) -> Option<u8> {
        self.at.checked_sub(1).and_then(|at| self.whole.get(at)).copied()
    }

    pub(super) fn is_over(self) -> bool {
        self.at >= self.whole.len()
    }

    /// Whether a word can begin here.
    pub(super) fn begins_word(self) -> bool {
        !self.before().is_some_and(is_of_word)
    }

    pub(super) fn skip(self, count: usize) -> Text<'t> {
        Text { at: self.at + count, ..self }
    }

    /// Behind all of these.
    pub(super) fn past(self, these: &[u8]) -> Text<'t> {
        self.skip(self.rest().iter().take(FAR).take_while(|byte| these.contains(byte)).count())
    }

    pub(super) fn past_while(self, is: impl Fn(u8) -> bool) -> Text<'t> {
        self.skip(self.rest().iter().take(FAR).take_while(|byte| is(**byte)).count())
    }

    /// Behind this byte, if it stands here.
    pub(super) fn past_one(self, this: u8) -> Text<'t> {
        self.skip(usize::from(self.first() == Some(this)))
    }

    /// Whether what stands here is behind a number, as the sign of feet or inches is.
    pub(super) fn measures(self) -> bool {
        self.before().is_some_and(|before| before.is_ascii_digit())
    }

    /// Whether a bracket was closed here.
    pub(super) fn follows_bracket(self) -> bool {
        let before = self.whole.get(..self.at).unwrap_or_default();
        before.strip_suffix(b" ").unwrap_or(before).ends_with(b")")
    }

    /// Behind `literal`, if it stands here.
    pub(super) fn then(self, literal: &str) -> Option<Text<'t>> {
        self.rest().starts_with(literal.as_bytes()).then(|| self.skip(literal.len()))
    }

    /// Behind the word, if that whole word stands here.
    pub(super) fn word(self, word: &str) -> Option<Text<'t>> {
        self.then(word).filter(|rest| !rest.first().is_some_and(is_of_word))
    }

    /// Behind one of the words.
    pub(super) fn any_word(self, words: &[&str]) -> Option<Text<'t>> {
        words.iter().find_map(|word| self.word(word))
    }

    /// The whole number here, and what is behind it.
    pub(super) fn number(self) -> Option<(&'t [u8], Text<'t>)> {
        let end = self.past_while(|byte| byte.is_ascii_digit());
        let digits = self.whole.get(self.at..end.at)?;
        (!digits.is_empty() && !end.first().is_some_and(is_of_word)).then_some((digits, end))
    }

    /// The inside of a text in quotes here, and what is behind it.
    pub(super) fn quoted(self) -> Option<(&'t [u8], Text<'t>)> {
        let quote = self.first().filter(|byte| matches!(byte, b'\'' | b'"'))?;
        let inside = self.skip(1).past_while(|byte| byte != quote);
        let text = self.whole.get(self.at + 1..inside.at)?;
        (inside.first() == Some(quote)).then(|| (text, inside.skip(1)))
    }

    /// Whether it stands somewhere not far ahead.
    pub(super) fn holds(self, literal: &str) -> bool {
        let ahead = self.rest().get(..FAR).unwrap_or(self.rest());
        let begins = literal.as_bytes().first();
        let is_there = |(at, byte): (usize, &u8)| Some(byte) == begins && ahead[at..].starts_with(literal.as_bytes());
        ahead.iter().enumerate().any(is_there)
    }
}

/// Letters, also those that are not ASCII, digits and the low line.
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
