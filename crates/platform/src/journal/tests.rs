//! Journals that were stopped, cut, damaged and filled.

use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::*;

const ROOM: u64 = 1 << 20;

fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8(record.payload.clone()).unwrap()).collect()
}

fn payloads(range: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    range.map(|n| format!("record {n}").into_bytes()).collect()
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_stop_in_order_and_goes_when_settled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal").join("a.log");
    let (journal, found) = Journal::open(&path, ROOM).unwrap();
    assert_eq!(found, Scanned::default());
    journal.append(payloads(0..3)).await.unwrap();
    assert!(matches!(Journal::open(&path, ROOM), Err(Error::Held(_))), "one process at a time");
    let copy = folder.path().join("copy.log");
    std::fs::copy(&path, &copy).unwrap();
    let (again, found) = Journal::open(&copy, ROOM).unwrap();
    assert_eq!(
        (texts(&found.pending), again.figures().pending),
        (vec!["record 0".into(), "record 1".into(), "record 2".into()], 3)
    );
    let first = journal.oldest(2).await.unwrap();
    assert_eq!(texts(&first), ["record 0", "record 1"]);
    journal.settle(first[1].number).await.unwrap();
    assert_eq!(texts(&scan(&std::fs::read(&path).unwrap()).pending), ["record 2"], "settled for good");
    journal.append(payloads(3..4)).await.unwrap();
    let rest = journal.oldest(10).await.unwrap();
    assert_eq!(texts(&rest), ["record 2", "record 3"]);
    journal.settle(rest[1].number).await.unwrap();
    let figures = journal.figures();
    assert_eq!((figures.pending, figures.bytes, figures.failing), (0, record::HEADER.len() as u64, false));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), figures.bytes, "an empty one takes no room");
}

#[tokio::test]
async fn it_has_an_end_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(&folder.path().join("a.log"), 1000).unwrap();
    let mut kept = 0;
    while journal.append(vec![vec![7; 100]]).await.is_ok() {
        kept += 1;
    }
    assert!((6..9).contains(&kept), "{kept}");
    assert!(matches!(journal.append(vec![vec![7; 100]]).await, Err(Error::Full)));
    let oldest = journal.oldest(100).await.unwrap();
    assert_eq!(oldest.len(), kept);
    journal.settle(oldest[kept - 1].number).await.unwrap();
    journal.append(vec![vec![7; 100]]).await.unwrap();
}

#[test]
fn a_damaged_place_costs_its_own_record_and_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut bytes = record::HEADER.to_vec();
    for n in 1..=3 {
        record::write(&mut bytes, record::Kind::Kept, n, format!("record {n}").as_bytes());
    }
    let middle = record::HEADER.len() + record::HEAD_BYTES + 8 + record::HEAD_BYTES + 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (journal, found) = Journal::open(&path, ROOM).unwrap();
    assert_eq!(texts(&found.pending), ["record 1", "record 3"]);
    assert!(found.damaged_bytes > 0 && found.torn_bytes == 0);
    assert_eq!(std::fs::read(path.with_extension("damaged-1")).unwrap(), bytes);
    drop(journal);
    // Its thread lets go of the file a moment after the last handle.
    std::fs::File::open(&path).unwrap().lock().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let clean = scan(&bytes);
    assert!(clean.is_clean() && texts(&clean.pending) == ["record 1", "record 3"]);
    // The last record, which somebody was told of: nobody can tell it from one that was half written, so it is kept aside too.
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (_journal, found) = Journal::open(&path, ROOM).unwrap();
    assert_eq!(texts(&found.pending), ["record 1"]);
    assert_eq!(std::fs::read(path.with_extension("damaged-2")).unwrap(), bytes);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    std::fs::write(&path, b"gondola journal 2\nwhatever").unwrap();
    assert!(matches!(Journal::open(&path, ROOM), Err(Error::Disk { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"gondola journal 2\nwhatever");
}

#[tokio::test]
async fn bytes_that_a_failed_write_left_are_cut_off_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let (journal, _) = Journal::open(&path, ROOM).unwrap();
    journal.append(payloads(0..1)).await.unwrap();
    drop(journal);
    let file = fs::File::options().write(true).open(&path).unwrap();
    let end = file.metadata().unwrap().len();
    file.write_all_at(&record::MARK[..3], end).unwrap();
    file.lock().unwrap();
    file.unlock().unwrap();
    let (journal, found) = Journal::open(&path, ROOM).unwrap();
    assert_eq!((found.torn_bytes, texts(&found.pending)), (3, vec!["record 0".to_owned()]));
    journal.append(payloads(1..2)).await.unwrap();
    assert!(scan(&std::fs::read(&path).unwrap()).is_clean());
    assert_eq!(texts(&journal.oldest(9).await.unwrap()), ["record 0", "record 1"]);
}

proptest! {
    /// Cut anywhere, a file gives every record that is whole before the cut and no other.
    #[test]
    fn a_cut_anywhere_loses_only_what_is_behind_it(lengths in prop::collection::vec(0_usize..60, 1..12), cut in any::<prop::sample::Index>()) {
        let (mut bytes, mut ends) = (record::HEADER.to_vec(), Vec::new());
        for (n, length) in (1..).zip(&lengths) {
            record::write(&mut bytes, record::Kind::Kept, n, &vec![0xf5; *length]);
            ends.push(bytes.len());
        }
        let cut = record::HEADER.len() + cut.index(bytes.len() - record::HEADER.len() + 1);
        let found = scan(&bytes[..cut]);
        let whole = ends.iter().filter(|end| **end <= cut).count();
        prop_assert_eq!(found.pending.len(), whole);
        prop_assert_eq!(found.damaged_bytes, 0);
        let numbers: Vec<u64> = found.pending.iter().map(|record| record.number).collect();
        prop_assert_eq!(numbers, (1..=whole as u64).collect::<Vec<_>>());
    }

    /// Whatever bytes it is given, it ends and gives no more than there is.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let found = scan(&bytes);
        prop_assert!(found.torn_bytes + found.damaged_bytes <= bytes.len());
    }
}
