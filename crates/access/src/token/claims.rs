//! What a token says.
//!
//! Invariant: claims that were read hold at the instant they were read for: of us, for us, begun, not over, not too long.

use domain::{Role, Timestamp};
use platform::http::{
    Principal,
    auth::{CallerKind, SiteScope},
};
use serde::{Deserialize, Serialize};

use crate::permission::{names_of, scopes_of_names};

/// The greatest life of a token.
pub const MOST_SECONDS: i64 = 8 * 3600;
/// Who makes tokens and whom they are for.
pub(super) const US: &str = "gondola";
/// How far the clocks of two nodes may be apart.
const SKEW_SECONDS: i64 = 30;

/// The claims of a token of ours. Others are refused, as are repeated ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// Public part of the key it was made for.
    pub sub: String,
    /// What that key is called.
    pub name: String,
    /// What it is in the shop.
    pub role: String,
    /// Permissions it is limited to; all of the role when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Sites it is limited to; every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<String>>,
    /// Requests a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// Its own name.
    pub jti: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when on it opens.
    pub nbf: i64,
    /// From when on it opens nothing.
    pub exp: i64,
}

impl Claims {
    /// A token of that name for a caller, from now on for so long.
    pub fn of(principal: &Principal, jti: String, now: Timestamp, seconds: i64) -> Claims {
        let now = now.micros() / 1_000_000;
        let sites = principal.sites.codes();
        Claims {
            iss: US.to_owned(),
            aud: US.to_owned(),
            sub: principal.key_id.to_string(),
            name: principal.name.to_string(),
            role: principal.role.name().to_owned(),
            scopes: names_of(principal.scopes),
            sites,
            quota: principal.quota_per_minute,
            jti,
            iat: now,
            nbf: now,
            exp: now + seconds,
        }
    }

    /// When it ends by itself.
    pub fn ends_at(&self) -> Timestamp {
        Timestamp::from_micros(self.exp.saturating_mul(1_000_000))
    }

    /// Why it opens nothing at that instant, if so.
    pub fn fault(&self, now: Timestamp) -> Option<&'static str> {
        let now = now.micros() / 1_000_000;
        let faults = [
            (self.iss != US, "a token of somebody else"),
            (self.aud != US, "a token for somebody else"),
            (self.jti.is_empty() || self.sub.is_empty(), "a token without a name"),
        ];
        let fault = faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, fault)| fault);
        fault.or_else(|| out_of_time((self.iat, self.nbf, self.exp), now))
    }

    /// Who comes with it; `None` when it has no role of ours.
    pub fn principal(&self) -> Option<Principal> {
        let mut principal = Principal::new(CallerKind::Token, &self.sub, &self.name, Role::named(&self.role)?);
        principal.scopes = self.scopes.as_deref().map_or(platform::http::auth::Scopes::ALL, scopes_of_names);
        principal.sites = self.sites.as_ref().map_or(SiteScope::All, SiteScope::only);
        principal.quota_per_minute = self.quota;
        principal.ends_at = Some(self.ends_at());
        principal.token = Some(self.jti.as_str().into());
        Some(principal)
    }
}

/// Why a token made, opening and ending at those seconds opens nothing now, if so.
pub(super) fn out_of_time((iat, nbf, exp): (i64, i64, i64), now: i64) -> Option<&'static str> {
    let faults = [
        (exp <= now, "a token that has expired"),
        (nbf > now + SKEW_SECONDS, "a token that does not open yet"),
        (iat > now + SKEW_SECONDS, "a token of the future"),
        (exp.saturating_sub(iat) > MOST_SECONDS, "a token that lives too long"),
    ];
    faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, fault)| fault)
}
