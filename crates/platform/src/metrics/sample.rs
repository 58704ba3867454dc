//! The page of figures, read back.
//!
//! Invariant: reads what [`text`](super::text) writes and nothing else; a line of another form is an error that shows it.

/// Figures of one name.
#[derive(Debug)]
pub(super) struct Family<'p> {
    pub(super) name: &'p str,
    /// `counter`, `gauge`, `histogram`.
    pub(super) kind: &'p str,
    pub(super) help: &'p str,
    pub(super) samples: Vec<Sample<'p>>,
}

/// One line of figures.
#[derive(Debug)]
pub(super) struct Sample<'p> {
    pub(super) name: &'p str,
    pub(super) labels: Vec<(&'p str, String)>,
    pub(super) value: &'p str,
}

impl Sample<'_> {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self) -> Result<f64, String> {
        self.value.parse().map_err(|_| format!("{} is {:?}", self.name, self.value))
    }

    pub(super) fn whole(&self) -> Result<u64, String> {
        self.value.parse().map_err(|_| format!("{} is {:?}", self.name, self.value))
    }
}

/// Everything on the page, in its order.
pub(super) fn families(page: &str) -> Result<Vec<Family<'_>>, String> {
    let mut families: Vec<Family<'_>> = Vec::new();
    let mut described = ("", "");
    for line in page.lines() {
        let odd = || format!("the line {line:?}");
        if let Some(help) = line.strip_prefix("# HELP ") {
            described = help.split_once(' ').unwrap_or((help, ""));
        } else if let Some(typed) = line.strip_prefix("# TYPE ") {
            let (name, kind) = typed.split_once(' ').ok_or_else(odd)?;
            let help = if described.0 == name { described.1 } else { "" };
            families.push(Family { name, kind, help, samples: Vec::new() });
        } else {
            families.last_mut().ok_or_else(odd)?.samples.push(sample(line).ok_or_else(odd)?);
        }
    }
    Ok(families)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value = rest.strip_prefix(' ').filter(|value| !value.is_empty() && !value.contains(' '))?;
    Some(Sample { name, labels, value })
}

type Labels<'p> = Vec<(&'p str, String)>;

/// The labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.trim_start_matches(',').split_once("=\"")?;
        let (value, after) = unquoted(quoted)?;
        labels.push((name, value));
        rest = after;
    }
}

/// A text up to its closing quote, its escapes undone, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c => c,
            }),
            c => value.push(c),
        }
    }
    None
}
