//! What it costs to keep a value encrypted, beside keeping the same bytes as they are.
//!
//! Invariant: both go through the same table of the same database, one transaction or one read each; only the cipher is more, and that
//! each opening is told to the audit log.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use domain::SystemClock;
use platform::{
    audit::Audit,
    vault::{MasterKey, Place, Source, Vault},
};
use store::{
    Db, Options,
    sealed::{self, Sealed},
};

use crate::{table::Table, times::Times};

/// Values of one measurement: no more openings than wait to be told.
const VALUES: u64 = 2_000;
/// As long as how to reach a supplier is.
const TEXT: [u8; 160] = [b'x'; 160];
const AS_IT_IS: &str = "bench.plain";
const ENCRYPTED: &str = "bench.sealed";

/// Measures writing, reading and the cipher alone.
pub async fn run() -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let db = Db::open(&Options::new(format!("sqlite://{}", folder.path().join("sealed.db").display()))).await?;
    store::migrate::up(&db).await?;
    let vault = Vault::load(&db, &Source::Key(MasterKey::generate()?), &SystemClock).await?;
    let (audit, mut told) = Audit::watched();
    vault.tell_to(audit, Arc::new(SystemClock));
    let mut table = Table::default();
    let plain = Times::measure(VALUES, |number| write_plain(&db, number)).await?;
    let written = Times::measure(VALUES, |number| write(&db, &vault, number)).await?;
    row(&mut table, "a value written as it is (reference)", &plain, None);
    row(&mut table, "the same, encrypted", &written, Some(&plain));
    let plain = Times::measure(VALUES, |number| read_plain(&db, number)).await?;
    let opened = Times::measure(VALUES, |number| read(&vault, number)).await?;
    row(&mut table, "a value read as it is (reference)", &plain, None);
    row(&mut table, "the same, opened and told", &opened, Some(&plain));
    ensure!(told.take().len() as u64 == VALUES, "each opening is told");
    db.close().await;
    Ok(table)
}

fn subject(number: u64) -> String {
    number.to_string()
}

async fn write_plain(db: &Db, number: u64) -> Result<()> {
    let mut tx = db.write().await?;
    let value = Sealed { purpose: AS_IT_IS.to_owned(), subject: subject(number), value: TEXT.to_vec() };
    sealed::put(&mut tx, &value, 1).await?;
    Ok(tx.commit().await?)
}

async fn write(db: &Db, vault: &Vault, number: u64) -> Result<()> {
    let mut tx = db.write().await?;
    vault.put(&mut tx, Place { purpose: ENCRYPTED, subject: &subject(number) }, &TEXT).await?;
    Ok(tx.commit().await?)
}

async fn read_plain(db: &Db, number: u64) -> Result<()> {
    let kept = sealed::get(db, AS_IT_IS, &subject(number)).await?;
    ensure!(kept.as_deref() == Some(&TEXT[..]), "it is not what was written");
    Ok(())
}

async fn read(vault: &Vault, number: u64) -> Result<()> {
    let place = Place { purpose: ENCRYPTED, subject: &subject(number) };
    let kept = vault.get(place, "bench").await?.context("it was written")?;
    ensure!(kept.bytes() == TEXT, "it is not what was written");
    Ok(())
}

fn row(table: &mut Table, what: &str, times: &Times, beside: Option<&Times>) {
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let beside = beside.map_or(String::new(), |plain| {
        let more = us(times.at(50)) - us(plain.at(50));
        format!("{more:+.1} µs, {:+.0} %", more / us(plain.at(50)) * 100.0)
    });
    table.row(what, format!("median {:.1} µs, p99 {:.1} µs", us(times.at(50)), us(times.at(99))), "", beside);
}
