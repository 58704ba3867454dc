//! A certificate that replaces itself: by one of the authority that lies beside it, before it ends.
//!
//! Invariant: only a certificate that this very authority gave out is replaced, for the same names, of the same kind; the files are written
//! as `gondola tls renew` writes them, so that whoever follows them goes on without losing a connection. A key and a certificate that do
//! not fit, as a replacement leaves them that broke off between the two, are replaced whenever they are found.

use domain::Timestamp;

use super::{
    Facts, Files,
    authority::{Algorithm, Authority, Folder, FolderError, Order, Pair, Purpose},
};

/// Days a new one lasts, unless its authority ends before.
const DAYS: i64 = 365;
/// Days that one has to last longer than: until then it ends soon ([`Facts::ends_soon`]).
const LEAST_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;

/// Why a certificate is not replaced by the server itself.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The two files are not called alike, as `gondola tls init` calls them.
    #[error("the key is not the file of the same name beside the certificate")]
    Apart,
    /// Somebody else gave it out.
    #[error("the certificate is not one of the authority beside it")]
    Foreign,
    /// What it would give out would end soon as well.
    #[error("the authority itself ends soon")]
    AuthorityEnds,
    /// The authority is not there, or a file cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// What is needed to replace one.
struct Renewal {
    authority: Authority,
    days: i32,
    facts: Facts,
}

/// What would keep us from replacing one that is to be replaced by itself.
pub fn hindrance(files: &Files, now: Timestamp) -> Option<RenewalError> {
    files.renews.then(|| Renewal::prepared(files, now).err())?
}

/// Replaces it when it ends soon, or when its key is not there; whether it did.
pub fn renew_when_due(files: &Files, now: Timestamp) -> Result<bool, RenewalError> {
    let (folder, name) = place(files)?;
    // Whoever else was at it has replaced it by then.
    let held = folder.hold()?;
    let renewal = Renewal::prepared(files, now)?;
    if !renewal.facts.ends_soon(now) && folder.fits(name)? {
        return Ok(false);
    }
    held.replace(name, &renewal.issue(now)?)?;
    Ok(true)
}

/// Ends what broke off between the two files of a pair that is to be replaced by itself, so that they can be used; whether it did.
pub fn mend(files: &Files, now: Timestamp) -> Result<bool, RenewalError> {
    if !files.renews {
        return Ok(false);
    }
    let (folder, name) = place(files)?;
    if folder.fits(name)? { Ok(false) } else { renew_when_due(files, now) }
}

/// The folder in which the pair lies, and by which name.
fn place(files: &Files) -> Result<(Folder, &str), RenewalError> {
    let parts = files.certificate.parent().zip(files.certificate.file_stem().and_then(|stem| stem.to_str()));
    let (parent, name) = parts.ok_or(RenewalError::Apart)?;
    let folder = Folder::at(parent);
    let is_pair = folder.certificate(name) == files.certificate && folder.key(name) == files.key;
    if is_pair { Ok((folder, name)) } else { Err(RenewalError::Apart) }
}

impl Renewal {
    fn prepared(files: &Files, now: Timestamp) -> Result<Renewal, RenewalError> {
        let (folder, name) = place(files)?;
        let (facts, own) = (folder.facts(name)?, folder.facts(Folder::authority_name())?);
        if facts.issuer != own.subject {
            return Err(RenewalError::Foreign);
        }
        let days = DAYS.min(own.seconds_left(now).div_euclid(DAY_S));
        // One that would be due as soon as it is made would be made over and over.
        if days <= LEAST_DAYS {
            return Err(RenewalError::AuthorityEnds);
        }
        let days = i32::try_from(days).unwrap_or(0);
        Ok(Renewal { authority: folder.authority()?, days, facts })
    }

    fn issue(self, now: Timestamp) -> Result<Pair, FolderError> {
        let Facts { subject, names, is_rsa, .. } = self.facts;
        let order = Order {
            name: subject.trim_start_matches("CN=").to_owned(),
            names,
            purpose: Purpose::Server,
            algorithm: if is_rsa { Algorithm::Rsa4096 } else { Algorithm::EcdsaP256 },
            days: self.days,
        };
        Ok(self.authority.issue(&order, now)?)
    }
}
