//! What commands print, and to whom.
//!
//! Invariant: with `--json` standard output is one JSON document, whatever the outcome.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Ran, run};

use crate::shop::Shop;

fn document(ran: &Ran) -> Result<Value> {
    serde_json::from_str(&ran.stdout).with_context(|| ran.output())
}

#[test]
fn what_looks_at_an_installation_answers_in_json_when_asked() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let status = document(&shop.installation.run(&["migrate", "status", "--json"])?)?;
    ensure!(status["version"] == status["known"] && status["steps"][0]["applied"] == true, "{status}");
    let settings = document(&shop.installation.run(&["config", "print", "--json"])?)?;
    ensure!(settings["language"] == json!({"value": "es", "from": "default"}), "{settings}");
    let doctor = document(&shop.installation.run(&["doctor", "--json", "--listen", server.address()])?)?;
    ensure!(doctor["ok"] == true && doctor["checks"][1]["check"] == "database", "{doctor}");
    let health = shop.installation.run(&["health", "--json", "--listen", server.address()])?;
    ensure!(document(&health)? == json!({"status": "ready"}), "{}", health.output());
    ensure!(shop.installation.ok(&["health", "--listen", server.address()])? == "listo\n");
    Ok(())
}

#[test]
fn without_a_server_or_a_database_it_is_still_json() -> Result<()> {
    let installation = Installation::new()?;
    let health = installation.run(&["health", "--json", "--listen", "127.0.0.1:1"])?;
    ensure!(health.code == Some(1) && document(&health)?["status"] == "unreachable", "{}", health.output());
    let doctor = installation.run(&["doctor", "--json"])?;
    ensure!(doctor.code == Some(1) && document(&doctor)?["ok"] == false, "{}", doctor.output());
    Ok(())
}

#[test]
fn a_folder_without_a_database_is_said_with_what_makes_one() -> Result<()> {
    let installation = Installation::new()?;
    for arguments in [&["verify"][..], &["site", "list"], &["key", "list"], &["migrate", "status"]] {
        let ran = installation.run(arguments)?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("gondola site create"), "{}", ran.output());
    }
    ensure!(!installation.data_folder().exists(), "nothing was made");
    Ok(())
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() -> Result<()> {
    let installation = Installation::new()?;
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    let ran = run(installation.command(&["config", "print"]).stdout(writer))?;
    ensure!(ran.code == Some(141) && ran.stderr.is_empty(), "{:?} {}", ran.code, ran.stderr);
    Ok(())
}

#[test]
fn mistaken_settings_are_told_in_the_language_that_is_set() -> Result<()> {
    let installation = Installation::new()?.with("GONDOLA_LANGUAGE", "en").with("GONDOLA_LISTEN", "nowhere");
    let ran = installation.run(&["config", "print"])?;
    ensure!(ran.code == Some(2) && ran.stderr.contains("will not do"), "{}", ran.output());
    Ok(())
}

#[test]
fn help_is_in_the_language_of_the_user() -> Result<()> {
    let installation = Installation::new()?;
    for arguments in [&["--help"][..], &["verify", "--help"], &["help", "site", "create"], &["site", "create", "-h"]] {
        let spanish = installation.ok(arguments)?;
        ensure!(spanish.contains("Uso:") && spanish.contains("Opciones:"), "{spanish}");
        ensure!(!spanish.contains("Usage") && !spanish.contains("Print help"), "{spanish}");
        let english = installation.ok(&[&["--language", "en"], arguments].concat())?;
        ensure!(english.contains("Usage:") && !english.contains("Opciones"), "{english}");
    }
    Ok(())
}
