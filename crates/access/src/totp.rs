//! Codes that change with time (RFC 6238 over RFC 4226): six digits, SHA-1, steps of thirty seconds, which is what every
//! authenticator understands.
//!
//! Invariant: pure; a code is accepted for its own step and the one on each side, and which step it was is told, so that whoever
//! keeps the last one used can refuse it the second time.

mod base32;
mod qr;

use std::fmt;

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use platform::{http::percent, secrets::same};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Bytes of a shared secret: as many as SHA-1 gives (RFC 4226, section 4, R6).
pub const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
const DIGITS: u32 = 6;
/// Steps a clock may be off on each side.
const DRIFT: i64 = 1;

/// What the shop and an authenticator share.
#[derive(Clone, PartialEq, Eq)]
pub struct Shared([u8; SECRET_BYTES]);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(***)")
    }
}

impl Shared {
    /// A new one. Fails only when the operating system has no randomness to give.
    pub fn generate() -> Result<Shared, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Shared(bytes))
    }

    /// One that was kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Shared> {
        bytes.try_into().ok().map(Shared)
    }

    /// Its bytes, to be kept encrypted.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it where they cannot scan: base 32 in groups of four.
    pub fn spelled(&self) -> String {
        let text = base32::encode(&self.0);
        let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        groups.join(" ")
    }

    /// The address by which an authenticator takes it over (Key URI format).
    pub fn uri(&self, issuer: &str, login: &str) -> String {
        let (issuer, login) = (percent::encoded(issuer), percent::encoded(login));
        let secret = base32::encode(&self.0);
        format!(
            "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }

    /// A picture of that address to scan, as SVG.
    pub fn picture(&self, issuer: &str, login: &str) -> Option<String> {
        qr::svg(&self.uri(issuer, login))
    }

    /// The code of a step.
    pub fn code(&self, step: i64) -> String {
        let number = hotp(&self.0, step.unsigned_abs(), DIGITS);
        format!("{number:0width$}", width = DIGITS as usize)
    }

    /// The step whose code this is, when it is near enough to now. Every step is compared, whatever fits.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let given: [u8; 32] = Sha256::digest(code.as_bytes()).into();
        let present = step_at(now);
        let fits = |step: &i64| same(&given, &Sha256::digest(self.code(*step).as_bytes()).into());
        (present - DRIFT..=present + DRIFT).filter(fits).fold(None, |_, step| Some(step))
    }
}

/// Which step of time an instant is in.
pub fn step_at(at: Timestamp) -> i64 {
    at.micros().div_euclid(STEP_SECONDS * 1_000_000)
}

/// RFC 4226, section 5.3.
fn hotp(key: &[u8], counter: u64, digits: u32) -> u32 {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return 0 };
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let word = [digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    u32::from_be_bytes(word) % 10_u32.pow(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn counters_give_the_codes_of_rfc_4226() {
        let expected = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(hotp(KEY, counter, 6), code, "{counter}");
        }
    }

    #[test]
    fn instants_give_the_codes_of_rfc_6238() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_at(Timestamp::from_micros(seconds * 1_000_000));
            assert_eq!(hotp(KEY, step.unsigned_abs(), 8), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_one_on_each_side() {
        let shared = Shared::from_bytes(KEY).unwrap();
        let now = Timestamp::from_micros(1_111_111_111_000_000);
        let present = step_at(now);
        for (offset, expected) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = shared.step_of(&shared.code(present + offset), now);
            assert_eq!(found, expected.then_some(present + offset), "{offset}");
        }
        for odd in ["", "00000", "0000000", "abcdef", "050 471", "٠٥٠٤٧١"] {
            assert_eq!(shared.step_of(odd, now), None, "{odd}");
        }
        assert_eq!(shared.code(present), "050471", "leading zeros are part of it");
    }

    #[test]
    fn an_authenticator_gets_all_it_needs() {
        let shared = Shared::from_bytes(KEY).unwrap();
        assert_eq!(shared.spelled(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            shared.uri("Góndola", "ana"),
            "otpauth://totp/G%C3%B3ndola:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=G%C3%B3ndola&algorithm=SHA1&digits=6&period=30"
        );
        assert!(!format!("{shared:?}").contains("12"));
        assert_eq!(Shared::from_bytes(b"short"), None);
    }
}
