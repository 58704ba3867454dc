//! What a container may have (control groups, version 2).
//!
//! Invariant: without a limit there is no answer, so that the machine's own figures stand.

use std::{fs, path::Path};

use super::Memory;

/// Memory of the control group at `folder`.
pub(super) fn memory(folder: &Path) -> Option<Memory> {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let (size_bytes, used) = (number("memory.max")?, number("memory.current")?);
    // Files that were read are counted as used until somebody needs the room.
    let stat = fs::read_to_string(folder.join("memory.stat")).ok()?;
    let files = stat.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse::<u64>().ok()).unwrap_or(0);
    let available_bytes = size_bytes.saturating_sub(used.saturating_sub(files));
    Some(Memory { available_bytes, size_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_can_be_let_go_of_are_not_taken_and_no_limit_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(memory(folder.path()), None, "no control group");
        write("memory.current", "700\n");
        write("memory.stat", "anon 400\ninactive_file 200\nactive_file 100\n");
        write("memory.max", "max\n");
        assert_eq!(memory(folder.path()), None, "no limit");
        write("memory.max", "1000\n");
        assert_eq!(memory(folder.path()), Some(Memory { available_bytes: 500, size_bytes: 1000 }));
    }
}
