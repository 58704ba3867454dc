//! Rust text to tokens, as far as finding statements needs it.

/// A token. Comments, lifetimes, characters and numbers are left out: no statement is made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword.
    Name(String),
    /// A string literal, unescaped.
    Text(String),
    /// A bracket, operator or other mark.
    Mark(char),
}

impl Token {
    /// Whether it is that mark.
    pub fn is(&self, mark: char) -> bool {
        *self == Token::Mark(mark)
    }

    /// Whether it is that name.
    pub fn named(&self, name: &str) -> bool {
        matches!(self, Token::Name(found) if found == name)
    }
}

/// The tokens of a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        rest = if let Some(comment) = rest.strip_prefix("//") {
            comment.find('\n').map_or("", |end| &comment[end..])
        } else if let Some(text) = rest.strip_prefix('"') {
            let (text, after) = literal(text);
            found.push(Token::Text(text));
            after
        } else if c == '\'' {
            after_quote(rest)
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token::Name(rest[..end].to_owned()));
            &rest[end..]
        } else {
            if !c.is_whitespace() {
                found.push(Token::Mark(c));
            }
            &rest[c.len_utf8()..]
        };
    }
    found
}

/// What follows a character literal or a lifetime.
fn after_quote(rest: &str) -> &str {
    let inside = &rest[1..];
    let length = match inside.strip_prefix('\\') {
        Some(escaped) => escaped.get(1..).and_then(|tail| tail.find('\'')).map(|end| end + 3),
        None => inside.chars().next().filter(|c| inside[c.len_utf8()..].starts_with('\'')).map(|c| c.len_utf8() + 1),
    };
    &inside[length.unwrap_or(0)..]
}

/// A literal whose opening quote was read, and what follows its closing one.
fn literal(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = source.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &source[at + 1..]),
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                // At the end of a line it joins the next, without the spaces at its beginning.
                Some((_, '\n')) => while chars.as_str().starts_with(' ') && chars.next().is_some() {},
                Some((_, other)) => text.push(other),
                None => break,
            },
            _ => text.push(c),
        }
    }
    (text, "")
}

/// The tokens inside the bracket that opens at `open`, and the place after it closes.
pub fn inside(tokens: &[Token], open: usize) -> (&[Token], usize) {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if ['(', '[', '{'].iter().any(|mark| token.is(*mark)) {
            depth += 1;
        } else if [')', ']', '}'].iter().any(|mark| token.is(*mark)) {
            depth -= 1;
            if depth == 0 {
                return (&tokens[open + 1..at], at + 1);
            }
        }
    }
    (&tokens[open + 1..], tokens.len())
}

/// The parts between top-level commas.
pub fn arguments(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        if ['(', '[', '{'].iter().any(|mark| tokens[at].is(*mark)) {
            at = inside(tokens, at).1;
        } else {
            if tokens[at].is(',') {
                found.push(&tokens[start..at]);
                start = at + 1;
            }
            at += 1;
        }
    }
    if start < tokens.len() {
        found.push(&tokens[start..]);
    }
    found
}
