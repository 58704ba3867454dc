//! The vectors were computed by another program: Python's `cryptography`, which calls OpenSSL.

use domain::ledger::canonical::hex;
use sha2::{Digest, Sha256};

use super::*;

fn place<'p>(purpose: &'p str, subject: &'p str) -> Place<'p> {
    Place { purpose, subject }
}

fn counted() -> KeyBytes {
    Zeroizing::new(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

#[test]
fn it_encrypts_as_another_program_does() {
    let nonce = std::array::from_fn(|i| u8::try_from(100 + i).unwrap());
    let email = Key::new(1, &counted()).seal_with(&nonce, place("user.email", "0193"), b"ana@example.com").unwrap();
    assert_eq!(
        hex(&email),
        "01000000016465666768696a6b6c6d6e6f2975bf261c9137f34e0e3ac6b90a071ebcd88b4464b8532dc49500314195fb"
    );
    let nothing = Key::new(0x0102_0304, &counted()).seal_with(&[255; 12], place("", ""), b"").unwrap();
    assert_eq!(hex(&nothing), "0101020304ffffffffffffffffffffffff8bd367cd2df6b16e7f1c3ec68fb4e7a4");
    let bytes: Vec<u8> = (0..=255).chain(0..=255).collect();
    let subject = "x".repeat(300);
    let key = Key::new(u32::MAX, &Zeroizing::new([7; 32]));
    let long = key.seal_with(&[0; 12], place("teléfono", &subject), &bytes).unwrap();
    assert_eq!(hex(&Sha256::digest(&long)), LONG_DIGEST);
}

#[test]
fn what_was_sealed_opens_and_never_looks_the_same() {
    let key = Key::new(7, &counted());
    for plain in [&b""[..], b"x", "ñandú".as_bytes(), &[0; 5000]] {
        let sealed = key.seal(place("a", "b"), plain).unwrap();
        assert_eq!(key.open(place("a", "b"), &sealed).unwrap().bytes(), plain);
        assert_eq!(key_of(&sealed).unwrap(), 7);
        assert_ne!(sealed, key.seal(place("a", "b"), plain).unwrap());
    }
}

#[test]
fn a_flipped_bit_anywhere_is_an_error() {
    let key = Key::new(7, &counted());
    let sealed = key.seal(place("a", "b"), b"plain").unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut broken = sealed.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(key.open(place("a", "b"), &broken), Err(Error::Damaged)), "bit {bit}");
    }
}

#[test]
fn cut_or_lengthened_anywhere_is_an_error() {
    let key = Key::new(7, &counted());
    let sealed = key.seal(place("a", "b"), b"plain").unwrap();
    for length in 0..sealed.len() {
        assert!(key.open(place("a", "b"), &sealed[..length]).is_err(), "{length}");
    }
    assert!(key.open(place("a", "b"), &[&sealed[..], b"x"].concat()).is_err());
}

#[test]
fn a_value_opens_only_in_its_place_and_with_its_key() {
    let key = Key::new(7, &counted());
    let sealed = key.seal(place("user.email", "ana"), b"plain").unwrap();
    for (purpose, subject) in
        [("user.email", "beto"), ("user.phone", "ana"), ("user.emaila", "na"), ("", "user.emailana")]
    {
        assert!(key.open(place(purpose, subject), &sealed).is_err(), "{purpose} {subject}");
    }
    let mut other = counted();
    other[31] ^= 1;
    assert!(Key::new(7, &other).open(place("user.email", "ana"), &sealed).is_err(), "another key of the same number");
    assert!(
        Key::new(8, &counted()).open(place("user.email", "ana"), &sealed).is_err(),
        "the same key by another number"
    );
}

#[test]
fn no_debug_shows_a_key_or_a_plaintext() {
    let key = Key::new(7, &counted());
    let plain = key.open(place("a", "b"), &key.seal(place("a", "b"), b"hunter2").unwrap()).unwrap();
    assert_eq!(format!("{key:?} {plain:?}"), "Key(7, ***) ***");
}

const LONG_DIGEST: &str = "7dcc151e41512d49cc410268a5990afb0c6e0d24e04608dda4e43ddd42c4094d";
