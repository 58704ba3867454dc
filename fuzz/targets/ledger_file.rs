//! Ledger files: any bytes, and a sound file with some of its bytes changed.
//!
//! The first byte of the input chooses: even, the rest is the file; odd, the rest are changes (two bytes of place, one of what
//! stands there) of a sound file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warehouse::archive;

const SOUND: &[u8] = include_bytes!("../seeds/ledger_file/sound.jsonl");

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    if choice % 2 == 0 {
        let _ = archive::prove(rest, &mut |_, _| {});
        return;
    }
    let mut file = SOUND.to_vec();
    for change in rest.chunks_exact(3) {
        let place = usize::from(change[0]) << 8 | usize::from(change[1]);
        let length = file.len();
        file[place % length] = change[2];
    }
    let Ok(report) = archive::prove(&*file, &mut |_, _| {}) else { return };
    let sound = archive::prove(SOUND, &mut |_, _| {}).expect("the sound file is read");
    let [before] = sound.sites.as_slice() else { panic!("the sound file does not prove: {:?}", sound.faults) };
    // What still proves, to the same length, is the same ledger.
    for after in report.sites.iter().filter(|site| report.faults.is_empty() && site.postings == before.postings) {
        assert_eq!((after.hash, after.value, after.movements), (before.hash, before.value, before.movements));
    }
});
