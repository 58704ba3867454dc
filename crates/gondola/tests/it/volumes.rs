//! Whether what is kept lies on encrypted disks, as an operator asks for it and is told.
//!
//! Invariant: what these tests expect does not depend on the disks of the machine they run on: a database of a server is always elsewhere.

use anyhow::ensure;
use serde_json::Value;
use testkit::Result;
use testkit::binary::Installation;

use crate::shop::Shop;

const DEMAND: &str = "GONDOLA_ENCRYPTED_VOLUME";
const ATTESTED: &str = "GONDOLA_ATTESTED_VOLUMES";
const ALL: &str = "database,data,backups";

/// One whose records are on a server, which is not there.
fn elsewhere() -> Result<Installation> {
    Installation::on_postgres("postgres://nobody@127.0.0.1:1/nothing")
}

fn checked(installation: &Installation) -> Result<Value> {
    let doctor: Value = serde_json::from_str(&installation.run(&["doctor", "--json"])?.stdout)?;
    let checks = doctor["checks"].as_array().cloned().unwrap_or_default();
    Ok(checks.into_iter().find(|check| check["check"] == "volumes").unwrap_or_default())
}

#[test]
fn where_encrypted_disks_are_required_nothing_is_served_that_is_not_known_to_lie_on_one() -> Result<()> {
    let required = elsewhere()?.with(DEMAND, "require").with(ATTESTED, "data,backups");
    for (language, words) in
        [("es", "base de datos: no se ve desde acá"), ("en", "database: whether it is encrypted cannot be seen")]
    {
        let required = required.run(&["--language", language, "serve", "--listen", "127.0.0.1:0"])?;
        let said = required.stderr.contains(words) && required.stderr.contains("attested_volumes");
        ensure!(required.code == Some(1) && said, "{}", required.output());
    }
    let check = checked(&required)?;
    ensure!(check["ok"] == false && check["text"].as_str().is_some_and(|text| text.contains("PostgreSQL")), "{check}");
    ensure!(checked(&required.with(ATTESTED, ALL))?["ok"] == true);
    Ok(())
}

#[test]
fn what_the_operator_names_is_served_and_told_as_such() -> Result<()> {
    let shop = Shop::of(Installation::new()?.with(DEMAND, "require").with(ATTESTED, ALL), None)?;
    let server = shop.serve()?;
    let health = server.client(&shop.key).get("/health/deep")?.json()?;
    let volumes = &health["checks"]["volumes"];
    ensure!(volumes["status"] == "healthy" && volumes["detail"]["demand"] == "require", "{volumes}");
    for place in ALL.split(',') {
        let told = &volumes["detail"][place];
        ensure!(told["attested"] == true && told["on"].is_string() && told["answers"] == true, "{place}: {told}");
        ensure!(["encrypted", "clear", "unknown"].iter().any(|known| told["at_rest"] == *known), "{place}: {told}");
    }
    Ok(())
}

#[test]
fn a_shop_is_told_at_its_start_unless_it_does_not_want_to_know() -> Result<()> {
    let said = "not known to lie on an encrypted disk";
    let shop = elsewhere()?.with("GONDOLA_MODE", "production");
    let shop = shop.with("GONDOLA_DATABASE_ENCRYPTION_KEY", &"0123456789abcdef".repeat(4));
    // Both write into one log.
    let shop = shop.with(DEMAND, "off");
    let silent = shop.serve_unready()?.printed();
    ensure!(silent.contains("listening") && !silent.contains(said), "{silent}");
    let shop = shop.with(DEMAND, "warn");
    let told = shop.serve_unready()?.printed();
    ensure!(told.contains(said) && told.contains("PostgreSQL"), "{told}");
    Ok(())
}
