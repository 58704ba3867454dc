//! Where objects are kept, as a setting says it.
//!
//! Invariant: no credential stands in an address, so that it may be shown.

use std::{fmt, path::PathBuf};

use crate::outgoing::{Destination, Reach};

/// The region that a store has where nobody says one.
const USUAL_REGION: &str = "us-east-1";

/// A place of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `file:///path`.
    Folder(PathBuf),
    /// `s3://bucket/prefix?endpoint=https://…&region=…`.
    Bucket(Bucket),
}

/// A bucket of a store that speaks S3, or the part of it below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of objects begin with: nothing, or something that ends in `/`.
    pub prefix: String,
    /// Where the store is.
    pub endpoint: Destination,
    /// The region that requests are signed for.
    pub region: String,
}

impl Address {
    /// An address of a kind we know; an empty text is none.
    pub(crate) fn optional(text: &str) -> Option<Option<Address>> {
        if text.is_empty() {
            return Some(None);
        }
        if let Some(path) = text.strip_prefix("file://") {
            return (path.starts_with('/') && !path.contains('\0')).then(|| Some(Address::Folder(path.into())));
        }
        Bucket::parse(text).map(|bucket| Some(Address::Bucket(bucket)))
    }

    /// What may be asked over HTTP for the sake of it.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Address::Folder(_) => None,
            Address::Bucket(bucket) => Some(&bucket.endpoint),
        }
    }
}

impl Bucket {
    fn parse(text: &str) -> Option<Bucket> {
        let rest = text.strip_prefix("s3://")?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_end_matches('/');
        let (mut endpoint, mut region) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("endpoint", value) if endpoint.is_none() => endpoint = Some(Destination::parse(value, Reach::Own)?),
                ("region", value) if region.is_none() && is_word(value, "-") => region = Some(value.to_owned()),
                _ => return None,
            }
        }
        let sound = prefix.is_empty() || prefix.split('/').all(|part| is_word(part, "-_.") && !part.starts_with('.'));
        if !(is_bucket(name) && sound && prefix.len() <= 500) {
            return None;
        }
        let region = region.unwrap_or_else(|| USUAL_REGION.to_owned());
        let usual = || Destination::parse(&format!("https://s3.{region}.amazonaws.com"), Reach::Public);
        let endpoint = match endpoint {
            Some(given) => given,
            None => usual()?,
        };
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Some(Bucket { name: name.to_owned(), prefix, endpoint, region })
    }
}

fn is_word(text: &str, signs: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// As buckets are called (Amazon S3 user guide, "General purpose bucket naming rules").
fn is_bucket(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let ends =
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    (3..=63).contains(&name.len()) && ends && name.bytes().all(plain) && !name.contains("..")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Folder(path) => write!(f, "file://{}", path.display()),
            Address::Bucket(bucket) => {
                write!(f, "{bucket}?endpoint={}&region={}", bucket.endpoint, bucket.region)
            }
        }
    }
}

/// Without where the store is: `s3://bucket/prefix`.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Some(Address::optional(text)??.to_string())
    }

    #[test]
    fn an_address_is_read_whole_or_not_at_all() {
        for (text, expected) in [
            ("file:///mnt/copies", "file:///mnt/copies"),
            ("s3://shop", "s3://shop/?endpoint=https://s3.us-east-1.amazonaws.com:443&region=us-east-1"),
            (
                "s3://shop/a/b/?region=sa-east-1",
                "s3://shop/a/b/?endpoint=https://s3.sa-east-1.amazonaws.com:443&region=sa-east-1",
            ),
            (
                "s3://shop/a?endpoint=http://127.0.0.1:9000",
                "s3://shop/a/?endpoint=http://127.0.0.1:9000&region=us-east-1",
            ),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
            assert_eq!(shown(expected).as_deref(), Some(expected), "{text} again");
        }
        assert_eq!(Address::optional(""), Some(None));
        for odd in [
            "file://relative",
            "file://",
            "s3://",
            "s3://ab",
            "s3://Shop",
            "s3://key:secret@shop",
            "s3://shop/../x",
            "s3://shop/a//b",
            "s3://shop?endpoint=ftp://x",
            "s3://shop?endpoint=http://u:p@x",
            "s3://shop?region=a&region=b",
            "s3://shop?secret=x",
            "s3://shop?region=a/b",
            "http://shop",
            "shop",
        ] {
            assert_eq!(shown(odd), None, "{odd}");
        }
    }
}
