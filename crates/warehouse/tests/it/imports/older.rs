//! The older system's database, imported again and in parts.
//!
//! Invariant: its files are made by the interpreter that system runs on.

use std::path::PathBuf;

use testkit::older;

use super::*;

/// A file with these products (name, stock, active) and movements (product, kind, quantity), a minute after each other.
fn file(folder: &tempfile::TempDir, products: &[(&str, u32, u32)], moved: &[(&str, &str, u32)]) -> Result<PathBuf> {
    let mut statements = older::SCHEMA.to_owned();
    for (id, (name, stock, active)) in (1..).zip(products) {
        statements += &format!(
            "INSERT INTO productos VALUES ({id}, '{name}', NULL, NULL, NULL, NULL, 1, 2, {stock}, NULL, {active}, NULL);"
        );
    }
    for (id, (name, kind, quantity)) in (1..).zip(moved) {
        statements += &format!(
            "INSERT INTO movimientos_stock VALUES ({id}, NULL, '{name}', '{kind}', {quantity}, NULL, NULL, NULL, 'local', NULL, \
             '2025-09-01 10:{id:02}:00', 'ana');"
        );
    }
    let path = folder.path().join("viejo.db");
    older::make(&path, &statements)?;
    Ok(path)
}

async fn active(shop: &Shop, sku: &str) -> Result<bool> {
    Ok(product::get(&shop.db, sku).await?.context("it was added")?.active)
}

fn told(report: &Report, code: &str) -> u64 {
    report.issue_counts.get(code).map_or(0, |counted| counted.count)
}

async fn a_first_movement_that_is_refused_invents_nothing(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    shop.add_product("queso", domain::Unit::Piece, |patch| patch.active = Some(false)).await?;
    shop.add_product("leche", domain::Unit::Piece, |_| {}).await?;
    shop.move_goods(1, "receipt", serde_json::json!([{"sku": "leche", "quantity": 10, "line_cost": 10}])).await?;
    let moved = [("queso", "entrada", 5), ("leche", "salida", 6)];
    let path = file(&folder, &[("queso", 0, 0)], &moved)?;
    let mut before = None;
    for posted in [1, 0] {
        let report = real_file(shop, Kind::Legacy, path.clone(), Options::default()).await?;
        assert_eq!((report.postings.posted, report.postings.openings, report.postings.rejected), (posted, 0, 1));
        assert_eq!(told(&report, "oversold"), 0);
        assert_eq!(held(shop).await?, pairs(&[("leche", "4")]));
        assert_eq!(postings(shop).await?, *before.get_or_insert(postings(shop).await?));
    }
    Ok(())
}

async fn products_that_are_not_sold_any_more_keep_their_history(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let moved = [("manteca", "salida", 3), ("leche", "salida", 28), ("crema", "entrada", 2), ("leche", "entrada", 1)];
    let path = file(&folder, &[("leche", 1, 1), ("manteca", 0, 0), ("crema", 7, 0)], &moved)?;
    // Stopped once all is posted: nothing was made inactive yet.
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let watch = move |step: Progress| {
        let end = step.stage == Stage::Posting && step.done == step.total && step.total == 4;
        flag.fetch_or(end, Ordering::Relaxed);
    };
    let control = Control::new(Arc::new(watch), cancelled);
    let wanted =
        Request { input: Input::Path(path.clone()), ..request(shop, Kind::Legacy, "", Options::default()).await? };
    assert!(imports::run(&context(shop), wanted, control).await.is_err());
    assert!(active(shop, "manteca").await?);
    let mut changed = None;
    for duplicate in [4, 4] {
        let report = real_file(shop, Kind::Legacy, path.clone(), Options::default()).await?;
        assert_eq!((report.postings.duplicate, report.postings.openings, errors(&report)), (duplicate, 0, vec![]));
        assert_eq!((told(&report, "oversold"), told(&report, "kept_active"), told(&report, "stated_stock")), (2, 1, 0));
        assert_eq!((active(shop, "manteca").await?, active(shop, "crema").await?), (false, true));
        assert_eq!(held(shop).await?, pairs(&[("crema", "7"), ("leche", "1")]));
        let manteca = product::get(&shop.db, "manteca").await?.context("it was added")?.version;
        assert_eq!(manteca, *changed.get_or_insert(manteca));
    }
    Ok(())
}

async fn what_cannot_be_opened_is_told_and_the_rest_opened(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    shop.add_product("yogur", domain::Unit::Piece, |patch| patch.tracks_lots = Some(true)).await?;
    let moved = [("leche", "salida", 28), ("yogur", "salida", 2)];
    let path = file(&folder, &[("yogur", 4, 1), ("leche", 0, 1)], &moved)?;
    let options = Options { dry_run: true, ..Options::default() };
    let rehearsed = real_file(shop, Kind::Legacy, path.clone(), options).await?;
    let done = real_file(shop, Kind::Legacy, path, Options::default()).await?;
    for report in [rehearsed, done] {
        assert_eq!((report.postings.posted, report.postings.openings, report.postings.rejected), (1, 1, 1));
        assert_eq!((told(&report, "not_opened"), told(&report, "oversold")), (1, 1));
        let oversold = report.issues.iter().find(|issue| issue.code.name() == "oversold").context("it is told")?;
        assert_eq!((oversold.value.as_str(), oversold.detail.en.as_str()), ("leche", "28"));
    }
    Ok(())
}

async fn rows_of_different_tables_are_different_rows(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = file(&folder, &[("", 0, 1)], &[("", "salida", 1)])?;
    let report = real_file(shop, Kind::Legacy, path, Options::default()).await?;
    assert_eq!((report.rows.read, report.rows.taken, report.rows.refused), (2, 0, 2));
    Ok(())
}

both! {
    a_first_movement_that_is_refused_invents_nothing
    products_that_are_not_sold_any_more_keep_their_history
    what_cannot_be_opened_is_told_and_the_rest_opened
    rows_of_different_tables_are_different_rows
}
