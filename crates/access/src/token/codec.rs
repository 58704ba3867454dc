//! A token as text: three parts in base64url, of which the last signs the others (RFC 7515, compact form).
//!
//! Invariant: what reads is stricter than the standard asks: no header but `alg`, `typ` and `kid`, none twice, no padding, no blanks.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longer than any token of ours.
pub(super) const MOST_BYTES: usize = 8 * 1024;
const ALGORITHM: &str = "EdDSA";

/// What sort of token it is, written into its header so that none can pass for another (RFC 8725, section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Of somebody who has a key.
    Caller,
    /// Of a role of ours, for one request to another.
    Service,
}

impl Sort {
    const fn name(self) -> &'static str {
        match self {
            Sort::Caller => "JWT",
            Sort::Service => "gondola-service+jwt",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    kid: String,
}

/// A token taken apart, not verified yet.
#[derive(Debug)]
pub(crate) struct Parts<'t> {
    /// Name of the key that is said to have signed it.
    pub(crate) key: String,
    signed: &'t str,
    claims: &'t str,
    signature: Signature,
}

/// Writes and signs a token.
pub(crate) fn write(
    sort: Sort,
    claims: &impl Serialize,
    (key_id, key): (&str, &SigningKey),
) -> Result<String, serde_json::Error> {
    let header = Header { alg: ALGORITHM.to_owned(), typ: Some(sort.name().to_owned()), kid: key_id.to_owned() };
    let part = |bytes: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", part(serde_json::to_vec(&header)?), part(serde_json::to_vec(claims)?));
    let signature = part(key.sign(signed.as_bytes()).to_bytes().to_vec());
    Ok(format!("{signed}.{signature}"))
}

/// Whether a token says that it is of that sort, proved or not.
pub(crate) fn says(sort: Sort, token: &str) -> bool {
    let header = token.split('.').next().filter(|part| part.len() <= MOST_BYTES).and_then(json::<Header>);
    header.is_some_and(|header| header.typ.as_deref() == Some(sort.name()))
}

/// Takes a token of that sort apart. That a caller's says so is not asked.
pub(crate) fn read(sort: Sort, token: &str) -> Result<Parts<'_>, &'static str> {
    if token.len() > MOST_BYTES {
        return Err("a token that is too long");
    }
    let (signed, signature) = token.rsplit_once('.').ok_or("a malformed token")?;
    let (header, claims) = signed.split_once('.').ok_or("a malformed token")?;
    let header: Header = json(header).ok_or("a token with a malformed header")?;
    if header.alg != ALGORITHM {
        return Err("a token of another algorithm");
    }
    if header.typ.map_or(sort != Sort::Caller, |typ| typ != sort.name()) {
        return Err("a token of another sort");
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    Ok(Parts { key: header.kid, signed, claims, signature: signature.ok_or("a token with a malformed signature")? })
}

impl Parts<'_> {
    /// What it says, when that key signed it.
    pub(crate) fn claims<T: DeserializeOwned>(&self, key: &VerifyingKey) -> Result<T, &'static str> {
        key.verify_strict(self.signed.as_bytes(), &self.signature).map_err(|_| "a token with a wrong signature")?;
        json(self.claims).ok_or("a token with malformed claims")
    }
}

/// The bytes of a part of a token.
pub(super) fn bytes(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

/// What a part of a token holds.
pub(super) fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&bytes(part)?).ok()
}
