//! Decisions that wait where nobody makes them, after a backup was brought back.
//!
//! Invariant: whoever restores is told, and whoever looks later too.

use anyhow::ensure;
use platform::journal::Journal;
use serde_json::Value;
use testkit::Result;
use testkit::binary::Installation;

use crate::backups::{Elsewhere, backup, restore, with_identity};
use crate::shop::Shop;

/// A decision waits for a warehouse elsewhere, as a dashboard that ran apart left it.
fn leave_a_decision(installation: &Installation) -> Result<()> {
    let file = installation.data_folder().join("outbox/waiting.log");
    let (journal, _) = Journal::open(&file, 1 << 20)?;
    tokio::runtime::Runtime::new()?.block_on(journal.append(vec![b"a decision".to_vec()]))?;
    Ok(())
}

#[test]
fn decisions_that_come_back_with_a_backup_are_told_where_they_are_looked_for() -> Result<()> {
    let shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    let check = |installation: &Installation| -> Result<Value> {
        let told: Value = serde_json::from_str(&installation.run(&["doctor", "--json"])?.stdout)?;
        let checks = told["checks"].as_array().cloned().unwrap_or_default();
        Ok(checks.into_iter().find(|check| check["check"] == "decisions").unwrap_or_default())
    };
    ensure!(check(&shop.installation)?.is_null(), "there are none");
    leave_a_decision(&shop.installation)?;
    let (file, _) = backup(&shop.installation)?;
    for json in [false, true] {
        let elsewhere = Elsewhere::like(&shop.installation)?;
        let more: &[&str] = if json { &["--json"] } else { &[] };
        let ran = restore(&elsewhere.installation, &file, more)?;
        let folder = elsewhere.installation.data_folder().join("outbox");
        if json {
            let told: Value = serde_json::from_str(&ran.stdout)?;
            let left = &told["undecided"][0];
            ensure!(left["decisions"] == 1 && left["folder"] == folder.display().to_string(), "{told}");
        } else {
            let told = format!("1 decisión en {}", folder.display());
            ensure!(ran.stdout.contains(&told) && ran.stdout.contains("Aprobaciones"), "{}", ran.output());
        }
        let told = check(&elsewhere.installation)?;
        ensure!(told["ok"] == false && told["text"].as_str().is_some_and(|text| text.contains("1 decisión")), "{told}");
        // A dashboard that runs apart hands them on by itself.
        let apart = elsewhere
            .installation
            .with("GONDOLA_ROLES", "dashboard")
            .with("GONDOLA_PEERS", "warehouse=http://127.0.0.1:1");
        ensure!(check(&apart)?.is_null());
    }
    Ok(())
}
