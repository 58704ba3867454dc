//! Cutting a record of delimited text into cells (RFC 4180, read leniently), and guessing what parts the cells.
//!
//! Invariant: a quote opens only at the beginning of a cell; a quote elsewhere is a character like any other.

/// What may part cells, the likeliest first.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// Whether the record went on past the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    InQuotes,
}

/// Cuts `text` into `cells`, whose buffers are reused.
pub(super) fn split(text: &str, separator: char, cells: &mut Vec<String>) -> End {
    let mut spare = std::mem::take(cells);
    let mut rest = Some(text);
    let mut end = End::Complete;
    while let Some(text) = rest {
        let mut cell = if cells.len() < spare.len() { std::mem::take(&mut spare[cells.len()]) } else { String::new() };
        cell.clear();
        rest = match text.strip_prefix('"') {
            Some(quoted) => {
                let (after, closed) = take_quoted(quoted, separator, &mut cell);
                end = if closed { End::Complete } else { End::InQuotes };
                after
            }
            None => take_plain(text, separator, &mut cell),
        };
        cells.push(cell);
    }
    end
}

fn take_plain<'a>(text: &'a str, separator: char, cell: &mut String) -> Option<&'a str> {
    match text.split_once(separator) {
        Some((before, after)) => {
            cell.push_str(before);
            Some(after)
        }
        None => {
            cell.push_str(text);
            None
        }
    }
}

/// What follows the cell, and whether its quote was closed.
fn take_quoted<'a>(text: &'a str, separator: char, cell: &mut String) -> (Option<&'a str>, bool) {
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            cell.push_str(rest);
            return (None, false);
        };
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            // Anything between the closing quote and the separator belongs to the cell too.
            None => return (take_plain(after, separator, cell), true),
        }
    }
}

/// The separator by which most of the first lines have the same number of cells, and more than one.
pub(super) fn sniff(head: &str, terminator: char) -> char {
    let lines: Vec<&str> = head
        .split(terminator)
        .map(|line| line.trim_end_matches('\r'))
        .filter(|l| !l.trim().is_empty())
        .take(30)
        .collect();
    let mut best = (0, 0, ',');
    let mut cells = Vec::new();
    for separator in SEPARATORS {
        let counts: Vec<usize> = lines
            .iter()
            .map(|line| {
                split(line, separator, &mut cells);
                cells.len()
            })
            .collect();
        let (agreeing, count) = mode(&counts);
        if count > 1 && (agreeing, count) > (best.0, best.1) {
            best = (agreeing, count, separator);
        }
    }
    best.2
}

/// The commonest number above one with how often it occurs; the larger of equals.
fn mode(counts: &[usize]) -> (usize, usize) {
    let often = |count: usize| counts.iter().filter(|other| **other == count).count();
    counts.iter().copied().filter(|count| *count > 1).map(|count| (often(count), count)).max().unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, separator: char) -> (Vec<String>, End) {
        let mut cells = vec!["left over".to_owned(); 2];
        let end = split(text, separator, &mut cells);
        (cells, end)
    }

    #[test]
    fn cuts_quoted_and_plain_cells() {
        for (text, expect) in [
            ("a,b,c", vec!["a", "b", "c"]),
            ("", vec![""]),
            (",", vec!["", ""]),
            (r#""a,b","c""d",e"#, vec!["a,b", "c\"d", "e"]),
            (r#"RETRO "TEA FOR ONE",2"#, vec!["RETRO \"TEA FOR ONE\"", "2"]),
            (r#""a"x,b"#, vec!["ax", "b"]),
            (r#""","#, vec!["", ""]),
        ] {
            assert_eq!(cut(text, ','), (expect.iter().map(ToString::to_string).collect(), End::Complete), "{text}");
        }
        assert_eq!(cut("\"a;b", ';'), (vec!["a;b".to_owned()], End::InQuotes));
    }

    #[test]
    fn guesses_the_separator() {
        for (head, expect) in [
            ("a,b,c\n1,2,3\n", ','),
            ("codigo;precio\n1;2,50\n2;3,10\n", ';'),
            ("a\tb\n1,5\t2\n", '\t'),
            ("CUIT|razon social\n30-1|Uno, S.A.\n", '|'),
            ("solo\nuno\n", ','),
            ("Lista de precios; enero\na,b,c\n1,2,3\n", ','),
        ] {
            assert_eq!(sniff(head, '\n'), expect, "{head}");
        }
    }
}
