//! A private authority, and the certificates it gives out.
//!
//! Invariant: a key file is made for its owner's eyes (0600) and never written over an older one unless a renewal was asked for, and then
//! whole or not at all; an authority signs only what it was made for (servers and clients of one installation, one level deep).

mod files;

use domain::{Timestamp, Zone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
};
use rsa::{
    PrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
};

use super::Facts;

pub use files::{Folder, FolderError, is_readable_by_others};

/// Bits of an RSA key.
const RSA_BITS: usize = 4096;
/// Days an authority lasts: ten years, so that it outlives what it gives out.
const AUTHORITY_DAYS: i32 = 3_652;
/// Days before today from which a certificate holds, for clocks that are behind.
const CLOCKS_BEHIND_DAYS: i32 = 1;
/// How the name of an authority of ours begins.
const AUTHORITY_NAME: &str = "CN=gondola authority ";

/// What keys are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// ECDSA over P-256.
    #[default]
    EcdsaP256,
    /// RSA with 4096 bits, for clients that read nothing else. Making one takes seconds.
    Rsa4096,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To ask with.
    Client,
    /// To answer with, and to ask other servers of the same authority.
    Server,
}

/// A certificate to give out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whom it is for; also the name of its files.
    pub name: String,
    /// Names and addresses it holds for.
    pub names: Vec<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// What its key is made of.
    pub algorithm: Algorithm,
    /// Days it lasts.
    pub days: i32,
}

/// A certificate and its key, as files hold them (PEM).
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A name that is neither a host's nor an address, or a key that cannot be used.
    #[error("cannot make the certificate")]
    Unfit(#[from] rcgen::Error),
    /// The key could not be made.
    #[error("cannot make an RSA key: {0}")]
    Rsa(String),
    /// Not one that this program made.
    #[error("not an authority that gondola made")]
    Foreign,
    /// A day that no calendar has.
    #[error("the days it should last lead out of the calendar")]
    Calendar,
}

/// An authority, able to sign.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    pub fn create(algorithm: Algorithm, now: Timestamp) -> Result<(Authority, Pair), AuthorityError> {
        let key = key(algorithm)?;
        // Two authorities of one day must not have one name: what they signed would be looked for with the wrong one.
        let distinct: String = key.public_key_raw().iter().rev().take(4).map(|byte| format!("{byte:02x}")).collect();
        let day = Zone::utc().day_of(now);
        let name = format!("{AUTHORITY_NAME}{day} {distinct}");
        let mut params = authority_params(&name);
        last(&mut params, now, AUTHORITY_DAYS)?;
        let certificate = params.self_signed(&key)?;
        let pair = Pair { certificate: certificate.pem(), key: key.serialize_pem() };
        Ok((Authority { issuer: Issuer::new(params, key) }, pair))
    }

    /// One that was made before.
    pub fn open(pair: &Pair) -> Result<Authority, AuthorityError> {
        let certificates = super::material::certificates(pair.certificate.as_bytes()).ok_or(AuthorityError::Foreign)?;
        let facts = Facts::of(&certificates[0]).ok_or(AuthorityError::Foreign)?;
        if !facts.subject.starts_with(AUTHORITY_NAME) {
            return Err(AuthorityError::Foreign);
        }
        let key = KeyPair::from_pem(&pair.key)?;
        Ok(Authority { issuer: Issuer::new(authority_params(&facts.subject), key) })
    }

    /// Gives out a certificate with a new key.
    pub fn issue(&self, order: &Order, now: Timestamp) -> Result<Pair, AuthorityError> {
        let key = key(order.algorithm)?;
        let mut params = CertificateParams::new(order.names.clone())?;
        params.distinguished_name = named(&order.name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match order.purpose {
            Purpose::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Purpose::Server => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
        };
        params.use_authority_key_identifier_extension = true;
        last(&mut params, now, order.days)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

fn authority_params(subject: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(subject.trim_start_matches("CN="));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn key(algorithm: Algorithm) -> Result<KeyPair, AuthorityError> {
    match algorithm {
        Algorithm::EcdsaP256 => Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?),
        Algorithm::Rsa4096 => {
            // Only made here; signing with it is ring's business.
            let rsa = |error: &dyn std::fmt::Display| AuthorityError::Rsa(error.to_string());
            let key = PrivateKey::new(&mut getrandom::SysRng, RSA_BITS).map_err(|error| rsa(&error))?;
            let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| rsa(&error))?;
            Ok(KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_RSA_SHA256)?)
        }
    }
}

/// Sets from when and until when it holds, by whole days.
fn last(params: &mut CertificateParams, now: Timestamp, days: i32) -> Result<(), AuthorityError> {
    let today = Zone::utc().day_of(now);
    let date = |days: i32| {
        let (year, month, day) = today.plus(days).ymd();
        let (month, day) = (u8::try_from(month).ok(), u8::try_from(day).ok());
        let year = Some(i32::from(year)).filter(|year| (1970..=9999).contains(year));
        Some(rcgen::date_time_ymd(year?, month?, day?))
    };
    params.not_before = date(-CLOCKS_BEHIND_DAYS).ok_or(AuthorityError::Calendar)?;
    params.not_after = date(days).ok_or(AuthorityError::Calendar)?;
    Ok(())
}
