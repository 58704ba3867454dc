use std::{fs, io::Read, path::Path};

use domain::Timestamp;

use super::*;
use crate::secret::Secret;

fn about() -> About {
    About {
        program: "1".to_owned(),
        instant: Timestamp::from_micros(1_795_000_000_000_000),
        database: "sqlite".to_owned(),
        schema: 7,
    }
}

/// Text that does not compress to nothing.
fn database() -> Vec<u8> {
    (0_u32..40_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn write(folder: &Path, sealing: &Sealing) -> Kept {
    let place = Folder::new(folder).begin().unwrap();
    let mut writer = Writer::begin(place, about(), sealing).unwrap();
    writer.add("manifest.json", b"{}").unwrap();
    writer.stream("database", &mut &database()[..], "a reader").unwrap();
    writer.finish().unwrap()
}

fn read(kept: &Kept, opening: &Opening) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut contents = Checked::all(&kept.path, &mut |_, _| true)?.open(opening)?;
    let mut entries = Vec::new();
    while let Some(entry) = contents.advance().map_err(Error::file(&kept.path))? {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes).map_err(Error::file(&kept.path))?;
        assert_eq!(bytes.len() as u64, entry.size);
        entries.push((entry.name, bytes));
    }
    Ok(entries)
}

fn sealed_for_a_new_identity() -> (Sealing, Opening) {
    let (identity, recipient) = new_identity();
    (Sealing::For(recipients(&recipient).unwrap()), Opening::Identities(identity))
}

#[test]
fn what_was_written_is_read_back_by_whoever_may() {
    let folder = tempfile::tempdir().unwrap();
    let (sealing, opening) = sealed_for_a_new_identity();
    let kept = write(folder.path(), &sealing);
    let entries = read(&kept, &opening).unwrap();
    assert_eq!(entries[0], ("manifest.json".to_owned(), b"{}".to_vec()));
    assert_eq!((entries[1].0.as_str(), &entries[1].1), ("database/000000", &database()));
    assert_eq!(entries.len(), 2);
    assert!(matches!(read(&kept, &Opening::Nothing), Err(Error::NoIdentity)));
    assert!(matches!(read(&kept, &sealed_for_a_new_identity().1), Err(Error::WrongIdentity)));
    let header = Checked::header(&kept.path).unwrap();
    assert_eq!((header.schema, header.encryption.as_str()), (7, "age"));
}

#[test]
fn a_phrase_closes_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let phrase = Secret::new("una frase que nadie adivina");
    let kept = write(folder.path(), &Sealing::Passphrase(phrase.clone()));
    assert_eq!(read(&kept, &Opening::Passphrase(phrase)).unwrap().len(), 2);
    assert!(matches!(read(&kept, &Opening::Passphrase(Secret::new("otra"))), Err(Error::WrongIdentity)));
}

#[test]
fn every_cut_and_every_changed_bit_is_found_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    for sealing in [Sealing::Plain, sealed_for_a_new_identity().0] {
        let kept = write(folder.path(), &sealing);
        let whole = fs::read(&kept.path).unwrap();
        let spoiled = folder.path().join("spoiled");
        let found = |bytes: &[u8]| {
            fs::write(&spoiled, bytes).unwrap();
            Checked::all(&spoiled, &mut |_, _| true).is_err()
        };
        assert!(!found(&whole));
        let step = whole.len() / 400;
        for place in (0..BLOCK + 300).step_by(7).chain((0..whole.len()).step_by(step)) {
            assert!(found(&whole[..place]), "cut at {place}");
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (place % 8);
            assert!(found(&bytes), "changed at {place}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(found(&longer));
        fs::remove_file(&kept.path).unwrap();
    }
}

#[test]
fn one_that_is_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Folder::new(folder.path()).begin().unwrap();
    let mut writer = Writer::begin(place, about(), &Sealing::Plain).unwrap();
    writer.add("manifest.json", b"{}").unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn names_that_lead_out_of_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = Folder::new(folder.path()).begin().unwrap();
    let mut writer = Writer::begin(place, about(), &Sealing::Plain).unwrap();
    for name in ["../a", "/a", "a//b", "", ".", "a b", "a/../b"] {
        assert!(writer.add(name, b"").is_err(), "{name}");
    }
}

#[test]
fn what_is_no_recipient_or_identity_is_refused() {
    let (identity, recipient) = new_identity();
    assert_eq!(recipients(&format!("{recipient}, {recipient}")).map(|all| all.len()), Some(2));
    for text in ["", ",", "age1", "nobody", identity.expose()] {
        assert!(recipients(text).is_none());
    }
    assert!(identities(&format!("# made today\n{}\n", identity.expose())).is_some());
    for text in ["", "AGE-SECRET-KEY-1", &recipient] {
        assert!(identities(text).is_none());
    }
}
