//! A hash with everything it was made with, as one text: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (PHC string format).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use platform::secrets::same;
use sha2::{Digest, Sha256};

use super::Cost;

const PREFIX: &str = "$argon2id$v=19$";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phc {
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Phc {
    pub(super) fn parse(text: &str) -> Option<Phc> {
        let mut parts = text.strip_prefix(PREFIX)?.split('$');
        let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut costs = costs.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        let cost = Cost { memory_kib: cost("m")?, passes: cost("t")?, lanes: cost("p")? };
        let (salt, hash) = (BASE64.decode(salt).ok()?, BASE64.decode(hash).ok()?);
        (costs.next().is_none() && parts.next().is_none()).then_some(Phc { cost, salt, hash })
    }

    /// Whether the hash is that one, in a time that does not tell where they differ.
    pub(super) fn is(&self, hash: &[u8]) -> bool {
        same(&Sha256::digest(&self.hash).into(), &Sha256::digest(hash).into())
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let (salt, hash) = (BASE64.encode(&self.salt), BASE64.encode(&self.hash));
        write!(f, "{PREFIX}m={memory_kib},t={passes},p={lanes}${salt}${hash}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };
        let phc = Phc { cost, salt: vec![1, 2, 3], hash: vec![255; 32] };
        let text = phc.to_string();
        assert_eq!(text, format!("$argon2id$v=19$m=19456,t=2,p=1$AQID${}8", "/".repeat(42)));
        assert_eq!(Phc::parse(&text), Some(phc));
        for odd in [
            "",
            "$argon2i$v=19$m=8,t=1,p=1$AQID$AQID",
            "$argon2id$v=19$m=8,t=1$AQID$AQID",
            "$argon2id$v=19$m=8,t=1,p=1$AQID",
        ] {
            assert_eq!(Phc::parse(odd), None, "{odd}");
        }
    }
}
