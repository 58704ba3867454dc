//! What a certificate says of itself.
//!
//! Invariant: read from the signed bytes themselves (RFC 5280), never from a file's name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::Timestamp;
use x509_cert::{
    Certificate,
    der::{Decode, asn1::ObjectIdentifier},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// How near the end of a certificate is worth a warning: thirty days.
const ENDS_SOON_S: i64 = 30 * 86_400;

/// The algorithm of RSA keys (RFC 8017, appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A certificate's subject, names and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whom it is for, as `CN=…`.
    pub subject: String,
    /// Who gave it out, in the same form.
    pub issuer: String,
    /// The names and addresses it holds for.
    pub names: Vec<String>,
    /// Whether its key is an RSA key.
    pub is_rsa: bool,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Facts {
    /// Of a certificate in DER; `None` when it is none.
    pub fn of(der: &[u8]) -> Option<Facts> {
        let certificate = Certificate::from_der(der).ok()?;
        let body = certificate.tbs_certificate();
        let end = body.validity().not_after.to_unix_duration().as_secs();
        let names = body.get_extension::<SubjectAltName>().ok().flatten().map(|(_, names)| names.0).unwrap_or_default();
        Some(Facts {
            subject: body.subject().to_string(),
            issuer: body.issuer().to_string(),
            is_rsa: body.subject_public_key_info().algorithm.oid == RSA,
            names: names.iter().filter_map(name).collect(),
            expires_at: Timestamp::from_micros(i64::try_from(end).ok()?.checked_mul(1_000_000)?),
        })
    }

    /// Whether it ends within thirty days, or has ended.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.seconds_left(now) < ENDS_SOON_S
    }

    /// Seconds until it ends; negative once it has.
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        (self.expires_at.micros() - now.micros()).div_euclid(1_000_000)
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes.as_bytes()).map(|bytes| IpAddr::from(Ipv4Addr::from(bytes)));
            let v6 = || <[u8; 16]>::try_from(bytes.as_bytes()).map(|bytes| IpAddr::from(Ipv6Addr::from(bytes)));
            v4.or_else(|_| v6()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
