//! The address of the cache that nodes share, whose password nobody gets to see.
//!
//! Invariant: printing it in any way hides the password; only [`CacheUrl::expose`] gives it.

use std::fmt;

use redis::IntoConnectionInfo;

/// `redis://user:password@host:6379/0`, or `rediss://` over TLS.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheUrl(String);

impl CacheUrl {
    /// An address of a kind we know; an empty text is none.
    pub(super) fn optional(text: &str) -> Option<Option<CacheUrl>> {
        if text.is_empty() {
            return Some(None);
        }
        let known = ["redis://", "rediss://"].iter().any(|scheme| text.starts_with(scheme));
        // `#insecure` would switch off the check of the server's certificate.
        let good = known && !text.contains(['#', ' ']) && text.into_connection_info().is_ok();
        good.then(|| Some(CacheUrl(text.to_owned())))
    }

    /// The whole address, password included.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        match rest.rsplit_once('@') {
            Some((account, host)) => {
                let user = account.split_once(':').map_or(account, |(user, _)| user);
                write!(f, "{scheme}://{user}:***@{host}")
            }
            None => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for CacheUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<CacheUrl> {
        CacheUrl::optional(text).flatten()
    }

    #[test]
    fn hides_the_password_wherever_it_stands() {
        for (url, shown) in [
            ("redis://:s3cr@t@cache:6379/0", "redis://:***@cache:6379/0"),
            ("rediss://ana:s3cr%40t@cache", "rediss://ana:***@cache"),
            ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ] {
            let url = parse(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("s3cr"));
        }
    }

    #[test]
    fn refuses_other_kinds() {
        for url in ["http://cache", "unix:///run/redis.sock", "redis://", "cache:6379", "rediss://cache/#insecure"] {
            assert_eq!(parse(url), None, "{url}");
        }
        assert_eq!(CacheUrl::optional(""), Some(None));
    }
}
