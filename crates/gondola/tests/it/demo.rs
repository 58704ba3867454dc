//! The whole demonstration shop, made by the program.
//!
//! Invariant: what is checked is what the program itself tells of it.

use anyhow::ensure;
use testkit::{Result, binary::Installation};

#[test]
fn the_demo_is_whole_proved_and_one_file() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["demo", "--no-serve", "--data-dir", "demo", "--ends-on", "2026-03-10"])?;
    let folder = installation.folder().join("demo");
    for beside in ["gondola.db-wal", "gondola.db-shm"] {
        ensure!(!folder.join(beside).exists(), "{beside} is left: whoever copies the file would miss what is in it");
    }
    let proved = installation.ok(&["verify", "--data-dir", "demo"])?;
    ensure!(proved.ends_with("todo en orden\n"), "{proved}");
    Ok(())
}
