//! The master key: from a setting or from a passphrase. It encrypts keys and nothing else.
//!
//! Invariant: it is in memory and wherever the operator keeps it, never in the database; its name gives nothing of it away.

use std::{
    fmt,
    fs::{DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use argon2::{Algorithm, Argon2, Params, Version};
use domain::ledger::canonical::{hex, unhex};
use sha2::{Digest, Sha256};
use store::vault::{Derivation, Wrapping};
use zeroize::Zeroizing;

use super::{
    Error, Place,
    cipher::{Key, KeyBytes, random},
};
use crate::secret::Secret;

/// What the name of a master key is made of besides the key.
const NAMING: &[u8] = b"gondola master key\0";
/// The second choice of RFC 9106, section 4: 64 MiB, three passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const SALT_BYTES: usize = 16;
/// Characters; shorter passphrases can be guessed from a copy of what they open.
pub(crate) const LEAST_PASSPHRASE: usize = 16;

/// 256 bits that wrap the keys of values.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(KeyBytes);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({}, ***)", self.id())
    }
}

impl MasterKey {
    /// 64 hexadecimal digits, which are not the same byte over and over: that is a place to be filled in, not a key.
    pub fn parse(text: &str) -> Option<MasterKey> {
        let text = text.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bytes = Zeroizing::new(unhex::<32>(text).filter(|_| digits)?);
        bytes.iter().any(|byte| *byte != bytes[0]).then_some(MasterKey(bytes))
    }

    /// A new one. Fails only when the operating system has no randomness to give.
    pub fn generate() -> Result<MasterKey, Error> {
        Ok(MasterKey(random()?))
    }

    /// As a setting takes it.
    pub fn to_hex(&self) -> Secret {
        Secret::new(hex(&*self.0))
    }

    /// Its name: the beginning of a digest.
    pub fn id(&self) -> String {
        let digest = Sha256::new().chain_update(NAMING).chain_update(self.0.as_slice()).finalize();
        hex(&digest[..8])
    }

    /// Writes it to a new file that only its owner can read. Fails when there is one.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let line = Zeroizing::new(format!("{}\n", self.to_hex().expose()));
        file.write_all(line.as_bytes())?;
        file.sync_all()
    }

    fn derived(passphrase: &Secret, how: &Derivation) -> Result<MasterKey, Error> {
        let params = Params::new(how.memory_kib, how.passes, 1, Some(32)).map_err(|_| Error::Derivation)?;
        let mut bytes = KeyBytes::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &how.salt, bytes.as_mut())
            .map_err(|_| Error::Derivation)?;
        Ok(MasterKey(bytes))
    }
}

/// Where the master key comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Source {
    /// Nothing is set: what needs encryption refuses.
    #[default]
    Nowhere,
    /// The key itself.
    Key(MasterKey),
    /// A text from which it is derived, with a random salt that the database keeps.
    Passphrase(Secret),
}

impl Source {
    /// A passphrase that is long enough.
    pub fn passphrase(text: &str) -> Option<Source> {
        let text = text.trim_end_matches(['\r', '\n']);
        (text.chars().count() >= LEAST_PASSPHRASE).then(|| Source::Passphrase(Secret::new(text)))
    }

    /// Where the key is when no setting says: made by `gondola key init`.
    pub fn usual_file(data_dir: &Path) -> PathBuf {
        data_dir.join("keys").join("master.key")
    }
}

/// A master key in use.
#[derive(Debug, Clone)]
pub(super) struct Master {
    pub(super) id: String,
    pub(super) derivation: Option<Derivation>,
    key: Key,
}

impl Master {
    fn new(key: &MasterKey, derivation: Option<Derivation>) -> Master {
        Master { id: key.id(), derivation, key: Key::new(0, &key.0) }
    }

    /// The master key of a source; a passphrase is tried with the derivations there have been, the newest first.
    pub(super) async fn of(source: &Source, known: Vec<store::vault::Master>) -> Result<Option<Master>, Error> {
        match source.clone() {
            Source::Nowhere => Ok(None),
            Source::Key(key) => Ok(Some(Master::new(&key, None))),
            // It takes a good part of a second on purpose.
            Source::Passphrase(passphrase) => {
                let derived = tokio::task::spawn_blocking(move || Master::derive(&passphrase, known));
                derived.await.map_err(|_| Error::Derivation)?.map(Some)
            }
        }
    }

    fn derive(passphrase: &Secret, known: Vec<store::vault::Master>) -> Result<Master, Error> {
        for (id, how) in known.into_iter().rev().filter_map(|known| Some((known.id, known.derivation?))) {
            let key = MasterKey::derived(passphrase, &how)?;
            if key.id() == id {
                return Ok(Master::new(&key, Some(how)));
            }
        }
        let salt = random::<SALT_BYTES>()?.to_vec();
        let how = Derivation { salt, memory_kib: MEMORY_KIB, passes: PASSES };
        let key = MasterKey::derived(passphrase, &how)?;
        Ok(Master::new(&key, Some(how)))
    }

    /// A key of values as the database keeps it.
    pub(super) fn wrap(&self, key: u32, bytes: &KeyBytes) -> Result<Vec<u8>, Error> {
        self.key.seal(Place { purpose: "vault.key", subject: &key.to_string() }, &**bytes)
    }

    /// The key that was wrapped, when this master key did it.
    pub(super) fn unwrap(&self, wrapping: &Wrapping) -> Result<KeyBytes, Error> {
        let subject = wrapping.key.to_string();
        let plain = self.key.open(Place { purpose: "vault.key", subject: &subject }, &wrapping.wrapped)?;
        let bytes: [u8; 32] = plain.bytes().try_into().map_err(|_| Error::Damaged)?;
        Ok(Zeroizing::new(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Python's `cryptography`, which calls OpenSSL.
    #[test]
    fn a_passphrase_gives_the_key_another_program_derives() {
        let how = |salt: Vec<u8>, memory_kib, passes| Derivation { salt, memory_kib, passes };
        let derived = |text: &str, how: &Derivation| {
            MasterKey::derived(&Secret::new(text), how).unwrap().to_hex().expose().to_owned()
        };
        assert_eq!(
            derived("correcto caballo pila grapa", &how((0..16).collect(), 65_536, 3)),
            "44f3a9e18823095b2cb8941715fb822bba436e192e82cc524d07af83bc9f6666"
        );
        assert_eq!(
            derived("ñandú", &how(vec![9; 16], 8192, 1)),
            "a4e1f48b3baf688146e6d13f82a00d477ea75730706e56f7fe493f22adf4a7ec"
        );
    }

    #[test]
    fn only_64_digits_that_vary_are_a_key() {
        let good = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
        let key = MasterKey::parse(&format!(" {good}\n")).unwrap();
        assert_eq!(key.to_hex().expose(), good.to_ascii_lowercase());
        assert_eq!(key.id(), "c216949aa4b4fb1c", "as sha256sum has it");
        assert_eq!(format!("{key:?}"), "MasterKey(c216949aa4b4fb1c, ***)");
        for text in ["", &good[1..], &format!("{good}0"), &good.replace('a', "g"), &"0".repeat(64), &"+f".repeat(32)] {
            assert_eq!(MasterKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_file_is_for_its_owner_alone_and_is_never_overwritten() {
        use std::{fs, os::unix::fs::PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = Source::usual_file(folder.path());
        let key = MasterKey::generate().unwrap();
        key.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::parse(&fs::read_to_string(&path).unwrap()), Some(key));
        let again = MasterKey::generate().unwrap().write(&path).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_short_passphrase_is_none() {
        assert_eq!(Source::passphrase("quince letras.."), None);
        assert_eq!(Source::passphrase("dieciséis letras\n"), Some(Source::Passphrase(Secret::new("dieciséis letras"))));
    }

    #[test]
    fn a_wrapped_key_opens_by_its_number_and_its_master_alone() {
        let master = Master::new(&MasterKey::generate().unwrap(), None);
        let bytes: KeyBytes = random().unwrap();
        let wrapping = |key| Wrapping {
            key,
            master: master.id.clone(),
            wrapped: master.wrap(7, &bytes).unwrap(),
            key_created_at: domain::Timestamp::from_micros(0),
        };
        assert_eq!(master.unwrap(&wrapping(7)).unwrap(), bytes);
        assert!(matches!(master.unwrap(&wrapping(8)), Err(Error::Damaged)));
        let other = Master::new(&MasterKey::generate().unwrap(), None);
        assert!(matches!(other.unwrap(&wrapping(7)), Err(Error::Damaged)));
    }
}
