//! The key of encrypted values, as an operator meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use testkit::Result;
use testkit::binary::Installation;

use crate::shop::Shop;

const KEY: &str = "GONDOLA_DATABASE_ENCRYPTION_KEY";

#[test]
fn the_encryption_key_is_made_once_for_its_owner_alone() -> Result<()> {
    let shop = Installation::new()?;
    shop.ok(&["site", "create", "centro"])?;
    let made = shop.run(&["key", "init"])?;
    let path = shop.data_folder().join("keys/master.key");
    ensure!(made.code == Some(0) && made.last_line() == path.display().to_string(), "{}", made.output());
    ensure!(made.stderr.contains("copia"), "losing it is warned about: {}", made.stderr);
    ensure!(fs::metadata(&path)?.permissions().mode() & 0o777 == 0o600);
    let key = fs::read_to_string(&path)?;
    let again = shop.run(&["key", "init"])?;
    ensure!(again.code == Some(1) && fs::read_to_string(&path)? == key, "{}", again.output());
    ensure!(!shop.ok(&["config", "print"])?.contains(key.trim()));
    Ok(())
}

#[test]
fn without_its_key_or_with_another_a_shop_does_not_start_and_says_which_is_missing() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    shop.installation.ok(&["key", "init"])?;
    drop(shop.serve()?);
    let path = shop.installation.data_folder().join("keys/master.key");
    let away = shop.installation.folder().join("away");
    fs::rename(&path, &away)?;
    let missing = shop.installation.run(&["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(missing.code == Some(1) && missing.stderr.contains(KEY), "{}", missing.output());
    let again = shop.installation.run(&["key", "init"])?;
    ensure!(again.code == Some(1) && !path.exists(), "a new key would open nothing: {}", again.output());
    fs::write(&path, format!("{}\n", "0123456789abcdef".repeat(4)))?;
    let wrong = shop.installation.run(&["serve", "--listen", "127.0.0.1:0"])?;
    let name = |text: &str| text.split_whitespace().filter(|word| word.trim_matches([';', '.']).len() == 16).count();
    ensure!(wrong.code == Some(1) && name(&wrong.stderr) >= 2, "both are named: {}", wrong.output());
    fs::rename(&away, &path)?;
    shop.serve().context("with the right key it starts again")?;
    Ok(())
}

/// Whatever the shell that starts it would allow.
#[test]
fn what_is_written_is_for_nobody_else_to_read() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    drop(shop.installation.serve_after("umask 0000")?);
    let written = files(&shop.installation.data_folder())?;
    ensure!(written.iter().any(|path| path.ends_with("gondola.db")), "{written:?}");
    for path in written {
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        ensure!(mode & 0o027 == 0, "{}: {mode:o}", path.display());
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        }
        found.push(path);
    }
    Ok(found)
}
