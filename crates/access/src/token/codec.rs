//! A token as text: three parts in base64url, of which the last signs the others (RFC 7515, compact form).
//!
//! Invariant: what reads is stricter than the standard asks: no header but `alg`, `typ` and `kid`, none twice, no padding, no blanks.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longer than any token of ours.
pub(super) const MOST_BYTES: usize = 8 * 1024;
const ALGORITHM: &str = "EdDSA";

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
pub(super) struct Parts<'t> {
    /// Name of the key that is said to have signed it.
    pub(super) key: String,
    signed: &'t str,
    claims: &'t str,
    signature: Signature,
}

/// Writes and signs a token.
pub(super) fn write(claims: &impl Serialize, key_id: &str, key: &SigningKey) -> Result<String, serde_json::Error> {
    let header = Header { alg: ALGORITHM.to_owned(), typ: Some("JWT".to_owned()), kid: key_id.to_owned() };
    let part = |bytes: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", part(serde_json::to_vec(&header)?), part(serde_json::to_vec(claims)?));
    let signature = part(key.sign(signed.as_bytes()).to_bytes().to_vec());
    Ok(format!("{signed}.{signature}"))
}

/// Takes a token apart.
pub(super) fn read(token: &str) -> Result<Parts<'_>, &'static str> {
    if token.len() > MOST_BYTES {
        return Err("a token that is too long");
    }
    let (signed, signature) = token.rsplit_once('.').ok_or("a malformed token")?;
    let (header, claims) = signed.split_once('.').ok_or("a malformed token")?;
    let header: Header = json(header).ok_or("a token with a malformed header")?;
    if header.alg != ALGORITHM || header.typ.is_some_and(|typ| typ != "JWT") {
        return Err("a token of another algorithm");
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    Ok(Parts { key: header.kid, signed, claims, signature: signature.ok_or("a token with a malformed signature")? })
}

impl Parts<'_> {
    /// What it says, when that key signed it.
    pub(super) fn claims<T: DeserializeOwned>(&self, key: &VerifyingKey) -> Result<T, &'static str> {
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
