//! Records changed behind the program's back.
//!
//! Invariant: a test changes exactly one thing, and the untouched ledger verified just before.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::postgres;

use crate::shop::{Shop, add_product, id, post_ok, posting};

/// Three bytes that stand nowhere else: 1234.567 in thousandths is 0x12D687, and SQLite keeps integers big-endian.
const QUANTITY: &str = "1234.567";
const BYTES: [u8; 3] = [0x12, 0xD6, 0x87];

/// A few postings; the one with number 3 has the odd quantity, and later ones keep it out of every balance and total.
fn trade(shop: &Shop) -> Result<()> {
    let mut server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "kg")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "5000", "unit_cost": "10"}])))?;
    for (number, quantity) in [(2, "1"), (3, QUANTITY), (4, "2")] {
        let sale = posting(number, "sale", &json!([{"sku": "A", "quantity": quantity, "unit_price": "15"}]));
        post_ok(&mut client, &sale)?;
    }
    server.terminate(Duration::from_secs(30)).map(drop)
}

fn is_found(shop: &Shop) -> Result<()> {
    let ran = shop.installation.run(&["verify"])?;
    ensure!(ran.code == Some(1), "verify gave {:?}: {}", ran.code, ran.output());
    ensure!(ran.output().contains(&id(3)), "the posting is not named: {}", ran.output());
    ensure!(ran.stdout.ends_with("HAY FALLAS\n"), "the verdict ends the answer: {}", ran.stdout);
    Ok(())
}

#[test]
fn one_changed_byte_of_one_movement_is_found_and_its_posting_named() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    trade(&shop)?;
    let holds = shop.verify()?;
    ensure!(holds.ends_with("todo en orden\n"), "the verdict ends the answer: {holds}");
    ensure!(shop.verify()? == holds, "proved again, the answer is the same");
    let file = shop.installation.data_folder().join("gondola.db");
    let mut bytes = fs::read(&file).with_context(|| file.display().to_string())?;
    let places: Vec<usize> =
        bytes.windows(3).enumerate().filter(|(_, seen)| *seen == BYTES).map(|(at, _)| at).collect();
    ensure!(places.len() == 1, "the quantity stands at {places:?}");
    bytes[places[0] + 2] ^= 1;
    fs::write(&file, bytes)?;
    is_found(&shop)
}

#[test]
fn a_movement_changed_with_the_triggers_off_is_found_on_postgres() -> Result<()> {
    let database = postgres::fresh_database()?;
    let installation = testkit::binary::Installation::on_postgres(database.url())?;
    let shop = Shop::of(installation, None)?;
    trade(&shop)?;
    shop.verify()?;
    let change = "UPDATE movement SET quantity = quantity + 1 WHERE quantity = 1234567";
    assert!(database.execute(change).is_err(), "the trigger refuses it");
    database.execute(&format!(
        "ALTER TABLE movement DISABLE TRIGGER USER; {change}; ALTER TABLE movement ENABLE TRIGGER USER"
    ))?;
    is_found(&shop)
}

#[test]
fn a_posting_taken_out_of_the_middle_is_found() -> Result<()> {
    let database = postgres::fresh_database()?;
    let shop = Shop::of(testkit::binary::Installation::on_postgres(database.url())?, None)?;
    trade(&shop)?;
    database.execute(
        "ALTER TABLE movement DISABLE TRIGGER USER; ALTER TABLE posting DISABLE TRIGGER USER; \
         DELETE FROM movement WHERE seq = 2; DELETE FROM posting WHERE seq = 2",
    )?;
    let ran = shop.installation.run(&["verify"])?;
    ensure!(ran.code == Some(1), "verify gave {:?}: {}", ran.code, ran.output());
    Ok(())
}

#[test]
fn checkpoints_taken_out_of_the_database_are_missed() -> Result<()> {
    let database = postgres::fresh_database()?;
    let shop = Shop::of(testkit::binary::Installation::on_postgres(database.url())?, None)?;
    trade(&shop)?;
    let server = shop.serve()?;
    let signed = server.client(&shop.key).send("POST", "/api/v1/ledger/centro/checkpoints", &[], b"")?;
    ensure!(matches!(signed.status, 200 | 201), "{}", signed.text());
    shop.verify()?;
    database.execute(
        "ALTER TABLE checkpoint DISABLE TRIGGER USER; DELETE FROM checkpoint; ALTER TABLE checkpoint ENABLE TRIGGER USER",
    )?;
    let ran = shop.installation.run(&["verify"])?;
    ensure!(ran.code == Some(1) && ran.output().contains("lost this checkpoint"), "{:?}: {}", ran.code, ran.output());
    Ok(())
}

#[test]
fn books_opened_again_behind_our_back_are_found() -> Result<()> {
    let database = postgres::fresh_database()?;
    let shop = Shop::of(testkit::binary::Installation::on_postgres(database.url())?, None)?;
    trade(&shop)?;
    let mut server = shop.serve()?;
    let close = "/api/v1/sites/centro/periods/2020-12-31/close";
    let closed = server.client(&shop.key).send("POST", close, &[], b"")?;
    ensure!(closed.status == 200, "{}", closed.text());
    server.terminate(Duration::from_secs(30))?;
    shop.verify()?;
    let copies = shop.installation.data_folder().join("checkpoints");
    ensure!(
        copies.join("centro-000000000004-2020-12-31.txt").exists(),
        "{:?}",
        fs::read_dir(&copies)?.collect::<Vec<_>>()
    );
    database.execute("UPDATE chain SET closed_through = NULL")?;
    let ran = shop.installation.run(&["verify"])?;
    ensure!(ran.code == Some(1) && ran.output().contains("2020-12-31"), "{:?}: {}", ran.code, ran.output());
    Ok(())
}

#[test]
fn a_ledger_taken_out_is_proved_by_its_file_and_one_changed_byte_of_it_is_found() -> Result<()> {
    const ODD: &[u8] = b",1234567,";
    let shop = Shop::on_sqlite()?;
    trade(&shop)?;
    let (here, folder) = (&shop.installation, shop.installation.folder());
    let prove = |certificate| here.run(&["verify", "--file", "centro.jsonl", "--certificate", certificate]);
    here.ok(&["verify", "--certificate", "database.txt"])?;
    ensure!(here.ok(&["export", "ledger", "centro.jsonl"])?.starts_with("4 "), "four postings leave");
    let whole = prove("file.txt")?;
    ensure!(whole.code == Some(0) && whole.stdout.ends_with("todo en orden\n"), "{:?}: {}", whole.code, whole.output());
    let (_, head) = whole.stdout.split_once("cadena ").context("the head of the chain")?;
    let head = head.get(..64).context("64 digits")?;
    for certificate in ["database.txt", "file.txt"] {
        let text = fs::read_to_string(folder.join(certificate))?;
        ensure!(text.contains(head) && text.contains("Asientos: 4\n"), "{certificate}: {text}");
    }
    let path = folder.join("centro.jsonl");
    let mut bytes = fs::read(&path)?;
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(ODD)).collect();
    ensure!(places.len() == 1, "the quantity stands at {places:?}");
    bytes[places[0] + 7] ^= 1;
    fs::write(&path, bytes)?;
    let changed = prove("changed.txt")?;
    ensure!(changed.code == Some(1) && changed.stdout.ends_with("HAY FALLAS\n"), "{}", changed.output());
    ensure!(changed.output().contains(&id(3)), "the posting is not named: {}", changed.output());
    ensure!(!folder.join("changed.txt").exists(), "what does not hold has no certificate");
    Ok(())
}

#[test]
fn every_table_leaves_by_command_as_csv_and_as_a_sheet() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    trade(&shop)?;
    for (table, rows) in [("products", 1), ("stock", 1), ("valuation", 1), ("movements", 4), ("postings", 4)] {
        for form in ["csv", "xlsx"] {
            let file = format!("{table}.{form}");
            shop.installation.ok(&["export", table, &file])?;
            let bytes = fs::read(shop.installation.folder().join(&file))?;
            match form {
                "csv" => {
                    let text = String::from_utf8(bytes)?;
                    ensure!(text.lines().count() == 1 + rows, "{file}: {text}");
                }
                _ => ensure!(bytes.starts_with(b"PK\x03\x04"), "{file} is a workbook"),
            }
        }
    }
    let refused = shop.installation.run(&["export", "stock", "stock.pdf"])?;
    ensure!(refused.code == Some(1) && refused.stderr.contains(".csv o .xlsx"), "{}", refused.output());
    Ok(())
}
