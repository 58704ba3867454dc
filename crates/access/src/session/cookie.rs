//! How a browser keeps a session.
//!
//! Invariant: scripts cannot read the cookie and other sites' pages cannot send it with a change. Over TLS its name begins with
//! `__Host-`, which no other host and no plain connection can set (RFC 6265bis, section 4.1.3). On this machine without TLS not every
//! browser keeps such a cookie (WebKit does not), so there, and only there, it has a plain name; that name counts for
//! nothing anywhere else.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};
use platform::http::{Problem, context};

use super::Token;

/// Over TLS.
pub const SECURE: &str = "__Host-gondola";
/// On this machine, without TLS.
pub const LOOPBACK: &str = "gondola-loopback";

/// How a browser reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over TLS, to us or to a proxy before us; also what is no browser and says nothing.
    Secure,
    /// On this machine, where nobody listens in.
    Loopback,
    /// In the clear over a network.
    Clear,
}

impl Transport {
    /// How this request came.
    pub fn of(headers: &HeaderMap) -> Transport {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = text(header::ORIGIN);
        // A proxy that we were not told of does not make its browser's pages less secure.
        if context::current().secure || origin.is_some_and(|origin| origin.starts_with("https://")) {
            Transport::Secure
        } else if text(header::HOST).is_some_and(is_loopback) {
            Transport::Loopback
        } else if origin.is_some() {
            Transport::Clear
        } else {
            Transport::Secure
        }
    }

    /// Fails when a password or a session would go over a network in the clear.
    pub fn guarded(self) -> Result<Transport, Problem> {
        if self == Transport::Clear {
            Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "insecure_connection"))
        } else {
            Ok(self)
        }
    }
}

/// Whether a `Host` header names this machine to itself.
fn is_loopback(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let name = bracketed.unwrap_or_else(|| host.rsplit_once(':').map_or(host, |(name, _)| name));
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a request carries either cookie.
pub fn is_there(headers: &HeaderMap) -> bool {
    value(headers, SECURE).or_else(|| value(headers, LOOPBACK)).is_some()
}

/// The token a request carries. Two cookies of one name are none.
pub fn token(headers: &HeaderMap) -> Option<Token> {
    let name = if value(headers, SECURE).is_none() && Transport::of(headers) == Transport::Loopback {
        LOOPBACK
    } else {
        SECURE
    };
    Token::parse(value(headers, name)?)
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut found =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    match (found.next(), found.next()) {
        (found, None) => found,
        _ => None,
    }
}

/// The cookie that lets somebody in, until the browser is closed or the session is over.
pub fn set(token: &Token, transport: Transport) -> Option<HeaderValue> {
    let token = token.expose();
    HeaderValue::from_str(&match transport {
        Transport::Loopback => format!("{LOOPBACK}={token}; Path=/; HttpOnly; SameSite=Lax"),
        Transport::Secure | Transport::Clear => format!("{SECURE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"),
    })
    .ok()
}

/// The cookies that forget who was in.
pub fn clear() -> [HeaderValue; 2] {
    [
        HeaderValue::from_static("__Host-gondola=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
        HeaderValue::from_static("gondola-loopback=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
    ]
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, String)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_is_told_apart_is_tls_this_machine_and_a_network() {
        for (host, origin, expected) in [
            ("localhost:8080", "http://localhost:8080", Transport::Loopback),
            ("127.0.0.1:8080", "", Transport::Loopback),
            ("[::1]:8080", "http://[::1]:8080", Transport::Loopback),
            ("127.0.0.1:8080", "https://shop.example", Transport::Secure),
            ("shop.example", "https://shop.example", Transport::Secure),
            ("shop.example", "", Transport::Secure),
            ("shop.example", "http://shop.example", Transport::Clear),
            ("localhost.example", "http://localhost.example", Transport::Clear),
            ("192.0.2.7:8080", "http://192.0.2.7:8080", Transport::Clear),
        ] {
            let mut pairs = vec![("host", host.to_owned())];
            if !origin.is_empty() {
                pairs.push(("origin", origin.to_owned()));
            }
            assert_eq!(Transport::of(&headers(&pairs)), expected, "{host} {origin}");
        }
        assert!(Transport::Clear.guarded().is_err() && Transport::Loopback.guarded().is_ok());
    }

    #[test]
    fn the_plain_name_counts_only_on_this_machine() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        let (secure, plain) = (format!("{SECURE}={}", one.expose()), format!("{LOOPBACK}={}", other.expose()));
        for (host, cookies, expected) in [
            ("shop.example", secure.clone(), Some(&one)),
            ("shop.example", plain.clone(), None),
            ("localhost:8080", plain.clone(), Some(&other)),
            ("localhost:8080", secure.clone(), Some(&one)),
            ("localhost:8080", format!("{plain}; {secure}"), Some(&one)),
            ("shop.example", format!("a=b; {secure}; c=d"), Some(&one)),
            ("shop.example", format!("{secure}; {secure}"), None),
            ("shop.example", format!("{SECURE}x={}", one.expose()), None),
            ("shop.example", format!("{SECURE}=short"), None),
        ] {
            let headers = headers(&[("host", host.to_owned()), ("cookie", cookies.clone())]);
            assert_eq!(token(&headers).as_ref(), expected, "{host} {cookies}");
        }
    }

    #[test]
    fn a_cookie_is_hidden_from_scripts_and_from_other_sites() {
        let token = Token::generate().unwrap();
        for (transport, name, secure) in [(Transport::Secure, SECURE, true), (Transport::Loopback, LOOPBACK, false)] {
            let cookie = set(&token, transport).unwrap().to_str().unwrap().to_owned();
            assert!(cookie.starts_with(&format!("{name}={}; Path=/;", token.expose())), "{cookie}");
            assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Domain"), "{cookie}");
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        }
        for cookie in clear() {
            assert!(cookie.to_str().unwrap().contains("=; Path=/; Max-Age=0"));
        }
    }
}
