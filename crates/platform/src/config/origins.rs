//! Origins of pages: a scheme, a name and a port, as browsers write them.
//!
//! Invariant: kept as a browser would send them (RFC 6454: lower case, no port where it is the scheme's own), so that comparing bytes is
//! enough.

/// The origins whose pages may call the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Parted by commas; an empty text is none. `*` and `null` are no origins.
    pub(super) fn parse(text: &str) -> Option<Origins> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(origin).collect::<Option<_>>().map(Origins)
    }

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request's `Origin` is listed.
    pub fn contain(&self, origin: &[u8]) -> bool {
        self.0.iter().any(|listed| listed.as_bytes() == origin)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = text.split_once("://")?;
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let rest = rest.strip_suffix(own_port).unwrap_or(rest);
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (rest, None),
    };
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let numbered = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let numbered = numbered.is_some_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok());
    let ported = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    ((named || numbered) && ported).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_a_browser_sends_it() {
        let origins =
            Origins::parse("https://Shop.example, http://10.0.0.7:3000,https://a.example:443,http://[::1]:8080")
                .unwrap();
        let all: Vec<&str> = origins.iter().collect();
        assert_eq!(all, ["https://shop.example", "http://10.0.0.7:3000", "https://a.example", "http://[::1]:8080"]);
        assert!(origins.contain(b"https://shop.example"));
        for other in ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null", "*", ""]
        {
            assert!(!origins.contain(other.as_bytes()), "{other}");
        }
        assert_eq!(Origins::parse("").unwrap(), Origins::default());
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for odd in [
            "*",
            "null",
            "shop.example",
            "https://",
            "https://a/",
            "ftp://a",
            "https://a:x",
            "https://a:080",
            "https://*.a",
            "https://a b",
        ] {
            assert_eq!(Origins::parse(odd), None, "{odd}");
        }
    }
}
