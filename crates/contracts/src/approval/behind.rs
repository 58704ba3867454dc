//! Who is behind a signature.
//!
//! Invariant: whoever made a key, or was told a secret of it later, is behind what it signs, and so is whoever is behind that one, to the
//! end.

use store::{Db, Result, api_key};

/// The signature itself, and those of everybody behind it. Of keys that share a name all are taken, and keys that are over too.
pub(super) async fn of(db: &Db, signature: &str) -> Result<Vec<String>> {
    let keys = api_key::list(db).await?;
    let rotated = api_key::rotators(db).await?;
    let made = keys.iter().map(|key| (key.name.as_str(), key.created_by.as_str()));
    let held: Vec<(&str, &str)> = made.chain(rotated.iter().map(|(name, by)| (name.as_str(), by.as_str()))).collect();
    Ok(walk(signature, &held))
}

/// `held` says what a key is called and who made it or replaced its secret.
fn walk(signature: &str, held: &[(&str, &str)]) -> Vec<String> {
    let mut known = vec![signature];
    let mut next = 0;
    while let Some(one) = known.get(next).copied() {
        for (_, holder) in held.iter().filter(|(name, _)| *name == one) {
            if !known.contains(holder) {
                known.push(holder);
            }
        }
        next += 1;
    }
    known.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makers_of_keys_are_followed_to_the_end() {
        let made = [("till", "robot"), ("robot", "p-ana"), ("other", "p-beto"), ("loop", "loop"), ("till", "cli")];
        assert_eq!(walk("till", &made), ["till", "robot", "cli", "p-ana"]);
        assert_eq!(walk("p-beto", &made), ["p-beto"]);
        assert_eq!(walk("loop", &made), ["loop"]);
    }
}
