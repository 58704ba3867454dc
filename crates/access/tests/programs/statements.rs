//! How many questions the list of keys asks the database.

use access::Role;
use anyhow::{Result, ensure};
use serde_json::Value;

use crate::house::House;

both! {
    lists_about_programs_ask_as_often_for_many_rows_as_for_few
}

const LIST: &str = "/api/v1/api-keys";

fn asked_so_far(house: &House) -> u64 {
    house.db.statements().iter().map(store::db::StatementFigures::count).sum()
}

async fn asked(house: &House, key: &str) -> Result<(u64, usize)> {
    let (mut least, mut rows) = (u64::MAX, 0);
    for _ in 0..3 {
        let before = asked_so_far(house);
        let answer = house.send(key, "GET", LIST, Value::Null).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
        least = least.min(asked_so_far(house) - before);
        rows = answer.body["items"].as_array().map_or(0, Vec::len);
    }
    Ok((least, rows))
}

async fn grow(house: &House, times: usize) -> Result<()> {
    for _ in 0..times {
        house.key(Role::StockKeeper, |new| new.limits.sites = Some(vec!["centro".to_owned()])).await?;
    }
    Ok(())
}

async fn lists_about_programs_ask_as_often_for_many_rows_as_for_few(house: &House) -> Result<()> {
    let key = house.text(Role::Owner).await?;
    grow(house, 5).await?;
    let (few, before) = asked(house, &key).await?;
    grow(house, 60).await?;
    let (many, after) = asked(house, &key).await?;
    ensure!(after >= before + 40, "{before} rows and then {after}");
    ensure!(many <= few + 1, "{few} statements for {before} keys, {many} for {after}");
    Ok(())
}
