//! One value, encrypted: AES-256-GCM (NIST SP 800-38D) with a random nonce.
//!
//! Layout: version (1 byte), number of the key (4, big-endian), nonce (12), ciphertext, tag (16). What it is and whose it is go
//! into the tag, so that a value put in another place does not open.

use std::fmt;

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit, Nonce};
use zeroize::Zeroizing;

use super::{Error, Place, Plain};

/// The only version there is.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + 4 + NONCE_BYTES;

/// A key: 256 bits, overwritten when it goes.
pub(super) type KeyBytes = Zeroizing<[u8; 32]>;

/// A key in use.
#[derive(Clone)]
pub(super) struct Key {
    id: u32,
    cipher: Aes256Gcm,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, ***)", self.id)
    }
}

/// Random bytes for a key, a nonce or a salt.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

/// The number of the key a value is under.
pub(super) fn key_of(sealed: &[u8]) -> Result<u32, Error> {
    match sealed {
        [VERSION, a, b, c, d, rest @ ..] if rest.len() >= NONCE_BYTES + TAG_BYTES => {
            Ok(u32::from_be_bytes([*a, *b, *c, *d]))
        }
        _ => Err(Error::Damaged),
    }
}

impl Key {
    /// That key under that number.
    pub(super) fn new(id: u32, bytes: &KeyBytes) -> Key {
        Key { id, cipher: Aes256Gcm::new((&**bytes).into()) }
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Encrypts with a nonce never used before.
    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_with(&*random::<NONCE_BYTES>()?, place, plain)
    }

    fn seal_with(&self, nonce: &[u8; NONCE_BYTES], place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        // Room for all of it at once: a copy left behind by growing would be a plaintext nobody overwrites.
        let mut sealed = Vec::with_capacity(HEADER_BYTES + plain.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id.to_be_bytes());
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(plain);
        let body = (&mut sealed[HEADER_BYTES..]).into();
        let tag = self.cipher.encrypt_inout_detached(&Nonce::from(*nonce), &self.bound_to(place), body);
        sealed.extend_from_slice(&tag.map_err(|_| Error::TooLarge)?);
        Ok(sealed)
    }

    /// Decrypts what was sealed for that place with this key; anything else is an error.
    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Plain, Error> {
        if key_of(sealed)? != self.id {
            return Err(Error::Damaged);
        }
        let (header, rest) = sealed.split_at(HEADER_BYTES);
        let (body, tag) = rest.split_at(rest.len() - TAG_BYTES);
        let nonce: [u8; NONCE_BYTES] = header[5..].try_into().map_err(|_| Error::Damaged)?;
        let tag: [u8; TAG_BYTES] = tag.try_into().map_err(|_| Error::Damaged)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let body = plain.as_mut_slice().into();
        self.cipher
            .decrypt_inout_detached(&Nonce::from(nonce), &self.bound_to(place), body, &tag.into())
            .map_err(|_| Error::Damaged)?;
        Ok(Plain(plain))
    }

    /// What the tag covers besides the value: version, key, purpose and subject, each with its length, so that no two places
    /// read the same.
    fn bound_to(&self, place: Place<'_>) -> Vec<u8> {
        let mut bound = vec![VERSION];
        bound.extend_from_slice(&self.id.to_be_bytes());
        for part in [place.purpose, place.subject] {
            bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bound.extend_from_slice(part.as_bytes());
        }
        bound
    }
}

#[cfg(test)]
mod tests;
