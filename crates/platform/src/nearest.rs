//! The name someone probably meant.
//!
//! Invariant: silent when nothing is near; a wild guess is worse than none.

/// Of `names` the one nearest to `name`, when no more than a third of it is wrong.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name: Vec<char> = name.chars().take(64).collect();
    let most = (name.len() / 3).max(1);
    let near = names
        .into_iter()
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements that turn one into the other (Levenshtein).
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_leaves_strangers_alone() {
        for (name, expected) in
            [("lisen", Some("listen")), ("databse_url", Some("database_url")), ("colour", None), ("", None)]
        {
            assert_eq!(nearest(name, ["listen", "database_url"]), expected, "{name}");
        }
    }
}
