//! What a role's token says.
//!
//! Invariant: it names the one request that it is for, by a digest of all that decides what the request does.

use domain::{Role, Timestamp, ledger::canonical::hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who makes them.
const ISSUER: &str = "gondola";
/// How long one opens.
pub(super) const LIFE_SECONDS: i64 = 60;
/// How far the clocks of two nodes may be apart.
const SKEW_SECONDS: i64 = 30;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    iss: String,
    /// The role that is asked.
    aud: String,
    /// The role that asks.
    pub(super) sub: String,
    role: String,
    pub(super) jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    /// SHA-256 of the request, in hexadecimal digits.
    req: String,
}

/// Whom a token to that role is for. No caller's token has it.
fn audience(role: &str) -> String {
    format!("gondola:{role}")
}

impl Claims {
    /// For one request of `from` to `to`.
    pub(super) fn new((from, to): (&str, &str), jti: String, now: Timestamp, request: String) -> Claims {
        let now = now.micros() / 1_000_000;
        let (iss, role) = (ISSUER.to_owned(), Role::Service.name().to_owned());
        let (aud, sub) = (audience(to), from.to_owned());
        Claims { iss, aud, sub, role, jti, iat: now, nbf: now, exp: now + LIFE_SECONDS, req: request }
    }

    /// Why it does not open this request to one of these roles, if so.
    pub(super) fn fault(&self, roles: &[&str], now: Timestamp, request: &str) -> Option<&'static str> {
        self.fault_of_any(roles, now).or_else(|| (self.req != request).then_some("a role's token for another request"))
    }

    /// Why it opens no request to one of these roles, if so.
    pub(super) fn fault_of_any(&self, roles: &[&str], now: Timestamp) -> Option<&'static str> {
        let now = now.micros() / 1_000_000;
        let faults = [
            (self.iss != ISSUER, "a role's token of somebody else"),
            (!roles.iter().any(|role| audience(role) == self.aud), "a role's token for another role"),
            (self.role != Role::Service.name(), "a role's token that is no role's"),
            (self.sub.is_empty() || self.jti.is_empty(), "a role's token without a name"),
            (self.exp <= now, "a role's token that has expired"),
            (self.nbf > now + SKEW_SECONDS || self.iat > now + SKEW_SECONDS, "a role's token of the future"),
            (self.exp.saturating_sub(self.iat) > LIFE_SECONDS, "a role's token that lives too long"),
        ];
        faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, fault)| fault)
    }
}

/// Stands for a request: its method, path with query, and body.
pub(super) fn digest(method: &str, path: &str, body: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

    #[test]
    fn it_opens_its_own_request_for_a_minute() {
        let request = digest("POST", "/internal/v1/stock/post", b"{}");
        let claims = Claims::new(("dashboard", "warehouse"), "j".to_owned(), NOW, request.clone());
        let fault = |seconds: i64| claims.fault(&["warehouse"], NOW.plus_seconds(seconds), &request);
        assert_eq!((fault(0), fault(59), fault(-30)), (None, None, None));
        assert!(fault(60).unwrap().contains("expired") && fault(-31).unwrap().contains("future"));
        assert!(claims.fault(&["dashboard"], NOW, &request).unwrap().contains("another role"));
        for other in [
            digest("GET", "/internal/v1/stock/post", b"{}"),
            digest("POST", "/internal/v1/stock/preview", b"{}"),
            digest("POST", "/internal/v1/stock/post", b"{ }"),
        ] {
            assert!(claims.fault(&["warehouse"], NOW, &other).unwrap().contains("another request"));
        }
    }

    #[test]
    fn nothing_of_it_may_be_otherwise() {
        let good = Claims::new(("dashboard", "warehouse"), "j".to_owned(), NOW, "r".to_owned());
        let wrong: [fn(&mut Claims); 7] = [
            |claims| claims.iss = "x".to_owned(),
            |claims| claims.aud = "gondola".to_owned(),
            |claims| claims.role = "owner".to_owned(),
            |claims| claims.sub.clear(),
            |claims| claims.jti.clear(),
            |claims| claims.exp += 1,
            |claims| claims.nbf += 31,
        ];
        assert_eq!(good.fault(&["warehouse"], NOW, "r"), None);
        for change in wrong {
            let mut claims = good.clone();
            change(&mut claims);
            assert!(claims.fault(&["warehouse"], NOW, "r").is_some(), "{claims:?}");
        }
    }
}
