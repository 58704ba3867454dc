//! The address of the database, whose password nobody gets to see.
//!
//! Invariant: printing it in any way hides the password; only [`DatabaseUrl::expose`] gives it.

use std::{fmt, path::Path};

/// `sqlite:///path` or `postgres://user:password@host/name`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// An address of a kind we know.
    pub fn parse(text: &str) -> Option<DatabaseUrl> {
        let sqlite = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        let postgres = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let good = match (sqlite, postgres) {
            // A database in memory would lose the books at the end of the process.
            (Some(path), _) => !path.is_empty() && !path.starts_with('?') && !path.contains(":memory:"),
            (_, Some(rest)) => !rest.is_empty(),
            _ => false,
        };
        (good && !text.contains(char::is_whitespace)).then(|| DatabaseUrl(text.to_owned()))
    }

    /// The file `gondola.db` in a folder.
    pub fn in_folder(folder: &Path) -> DatabaseUrl {
        DatabaseUrl::of_file(&folder.join("gondola.db"))
    }

    /// A database file.
    pub fn of_file(path: &Path) -> DatabaseUrl {
        let mut url = String::from("sqlite://");
        for c in path.to_string_lossy().chars() {
            match c {
                // These would end the path or be read as escapes.
                '%' | '?' | '#' | ' ' => url.push_str(&format!("%{:02X}", u32::from(c))),
                c => url.push(c),
            }
        }
        DatabaseUrl(url)
    }

    /// The whole address, password included.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is a file of ours rather than a server.
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sqlite() {
            return f.write_str(&self.0);
        }
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("postgres", ""));
        // The parameters may hold a password too.
        let (rest, parameters) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?***"));
        match rest.rsplit_once('@') {
            Some((account, host)) => {
                let (user, password) = account.split_once(':').map_or((account, ""), |(user, _)| (user, ":***"));
                write!(f, "{scheme}://{user}{password}@{host}{parameters}")
            }
            None => write!(f, "{scheme}://{rest}{parameters}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_the_password_wherever_it_stands() {
        for (url, shown) in [
            ("postgres://ana:s3cr@t@db:5432/shop", "postgres://ana:***@db:5432/shop"),
            ("postgresql://db/shop?user=ana&password=s3cr", "postgresql://db/shop?***"),
            ("postgres://ana@db/shop", "postgres://ana@db/shop"),
            ("sqlite:///srv/shop.db", "sqlite:///srv/shop.db"),
        ] {
            let url = DatabaseUrl::parse(url).unwrap();
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("s3cr"));
        }
    }

    #[test]
    fn refuses_other_kinds() {
        for url in ["mysql://x", "sqlite:", "sqlite://", "sqlite::memory:", "postgres://", "/srv/shop.db", ""] {
            assert_eq!(DatabaseUrl::parse(url), None, "{url}");
        }
    }

    #[test]
    fn a_path_with_odd_characters_survives() {
        assert_eq!(DatabaseUrl::in_folder(Path::new("/a b/50%?")).expose(), "sqlite:///a%20b/50%25%3F/gondola.db");
    }
}
