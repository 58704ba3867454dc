//! Whom backups are encrypted for, and what opens them.
//!
//! Invariant: whoever only makes backups needs nothing that opens them. There is no default.

use age::{
    Decryptor, Encryptor, IdentityFile,
    secrecy::{ExposeSecret, SecretString},
    stream::{StreamReader, StreamWriter},
    x25519,
};
use std::io::{self, Read, Write};

use super::Error;
use crate::secret::Secret;

/// How a backup is closed.
#[derive(Clone)]
pub enum Sealing {
    /// Not at all: whoever has the file can read it.
    Plain,
    /// For whoever has the identity of one of these recipients.
    For(Vec<x25519::Recipient>),
    /// For whoever knows a phrase.
    Passphrase(Secret),
}

/// What opens a backup.
#[derive(Debug, Clone, Default)]
pub enum Opening {
    /// Nothing is set.
    #[default]
    Nothing,
    /// Identities, one of which should fit.
    Identities(Secret),
    /// A phrase.
    Passphrase(Secret),
}

/// Recipients (`age1…`) parted by commas or white space; `None` unless each is one.
pub fn recipients(text: &str) -> Option<Vec<x25519::Recipient>> {
    let words: Vec<&str> = text.split([',', ' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()).collect();
    let parsed: Option<Vec<x25519::Recipient>> = words.into_iter().map(|word| word.parse().ok()).collect();
    parsed.filter(|recipients| !recipients.is_empty())
}

/// A file of identities as `age-keygen` writes it, or one identity alone; `None` unless it holds one.
pub fn identities(text: &str) -> Option<Secret> {
    let file = IdentityFile::from_buffer(text.as_bytes()).ok()?;
    let found = file.into_identities().ok()?;
    (!found.is_empty()).then(|| Secret::new(text))
}

/// A new identity and its recipient.
pub fn new_identity() -> (Secret, String) {
    let identity = x25519::Identity::generate();
    (Secret::new(identity.to_string().expose_secret()), identity.to_public().to_string())
}

impl Sealing {
    /// Its name in a header.
    pub const fn name(&self) -> &'static str {
        match self {
            Sealing::Plain => "none",
            Sealing::For(_) | Sealing::Passphrase(_) => "age",
        }
    }

    /// A writer that closes what goes through it.
    pub(super) fn close<W: Write>(&self, output: W) -> io::Result<Sealed<W>> {
        let encryptor = match self {
            Sealing::Plain => return Ok(Sealed::Plain(output)),
            Sealing::Passphrase(phrase) => Encryptor::with_user_passphrase(phrase_of(phrase)),
            Sealing::For(recipients) => {
                Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))
                    .map_err(io::Error::other)?
            }
        };
        Ok(Sealed::Age(Box::new(encryptor.wrap_output(output)?)))
    }
}

fn phrase_of(phrase: &Secret) -> SecretString {
    SecretString::from(phrase.expose().to_owned())
}

/// What [`Sealing::close`] gives.
pub(super) enum Sealed<W: Write> {
    Plain(W),
    Age(Box<StreamWriter<W>>),
}

impl<W: Write> Sealed<W> {
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Sealed::Plain(output) => Ok(output),
            Sealed::Age(output) => output.finish(),
        }
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sealed::Plain(output) => output.write(bytes),
            Sealed::Age(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sealed::Plain(output) => output.flush(),
            Sealed::Age(output) => output.flush(),
        }
    }
}

/// What an opened backup is read from.
pub(super) enum Opened<R: Read> {
    Plain(R),
    Age(Box<StreamReader<R>>),
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Opened::Plain(input) => input.read(into),
            Opened::Age(input) => input.read(into),
        }
    }
}

impl Opening {
    /// A reader of what `input` holds encrypted.
    pub(super) fn open<R: Read>(&self, input: R) -> Result<Opened<R>, Error> {
        let decryptor = Decryptor::new(input).map_err(|_| Error::WrongIdentity)?;
        let found: Vec<Box<dyn age::Identity>> = match self {
            Opening::Nothing => return Err(Error::NoIdentity),
            Opening::Passphrase(phrase) => vec![Box::new(age::scrypt::Identity::new(phrase_of(phrase)))],
            Opening::Identities(text) => {
                let file = IdentityFile::from_buffer(text.expose().as_bytes()).map_err(|_| Error::WrongIdentity)?;
                file.into_identities()
                    .map_err(|_| Error::WrongIdentity)?
                    .into_iter()
                    .map(|one| one as Box<dyn age::Identity>)
                    .collect()
            }
        };
        let opened = decryptor.decrypt(found.iter().map(|one| &**one)).map_err(|_| Error::WrongIdentity)?;
        Ok(Opened::Age(Box::new(opened)))
    }
}
