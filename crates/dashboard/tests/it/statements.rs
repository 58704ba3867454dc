//! How many questions a page asks the database.
//!
//! Invariant: as many in a chain of thirty shops with their people and what waits there as in a shop with a few of each.

use access::Role;
use anyhow::{Result, ensure};
use domain::{
    Money, Unit,
    ledger::{Over, PostingKind},
};
use store::approval::{self, NewApproval};
use uuid::Uuid;

use crate::shop::{NOW, Shop, bought, sold};

both! {
    a_page_asks_as_often_for_many_rows_as_for_few
}

const PAGES: [&str; 5] = ["/", "/?sede=centro", "/personas", "/personas/nueva", "/aprobaciones"];

async fn one_more(shop: &Shop, n: u128) -> Result<()> {
    let (sku, site, login) = (format!("P-{n}"), format!("sede{n}"), format!("persona{n}"));
    shop.open(&site, &format!("Sede {n}")).await?;
    shop.add(&sku, &format!("Producto {n}"), Unit::Piece, 5).await?;
    shop.post(1_000 + n, &site, PostingKind::Receipt, vec![bought(&sku, 3_000, 90)]).await?;
    shop.post(2_000 + n, &site, PostingKind::Sale, vec![sold(&sku, 1_000, 50)]).await?;
    shop.add_person(&login, Role::StockKeeper, &["centro", &site]).await?;
    let code = store::person::by_login(&shop.db, &login).await?.map(|person| person.code).unwrap_or_default();
    let number = store::site::get(&shop.db, &site).await?.map_or(0, |site| site.id);
    let new = NewApproval {
        id: Uuid::from_u128(n),
        posting: Uuid::from_u128(3_000 + n),
        digest: [7; 32],
        site: number,
        kind: PostingKind::Waste,
        draft: "{}".to_owned(),
        asked_by: code,
        asked_at: NOW,
        expires_at: NOW.plus_seconds(3_600),
        passed: Over::Worth,
        worth: Money::from_cents(1),
        days_back: 0,
    };
    let mut tx = shop.db.write().await?;
    ensure!(approval::request(&mut tx, &new).await?);
    Ok(tx.commit().await?)
}

fn asked_so_far(shop: &Shop) -> u64 {
    shop.db.statements().iter().map(store::db::StatementFigures::count).sum()
}

/// The least of a few times: the first one fills what is remembered of the session and the stock.
async fn asked(shop: &Shop, path: &str) -> Result<(u64, usize)> {
    let (mut least, mut long) = (u64::MAX, 0);
    for _ in 0..3 {
        let before = asked_so_far(shop);
        let answer = shop.page(path).await?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.words());
        least = least.min(asked_so_far(shop) - before);
        long = answer.text.len();
    }
    Ok((least, long))
}

async fn a_page_asks_as_often_for_many_rows_as_for_few(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    for n in 0..5 {
        one_more(&shop, n).await?;
    }
    let mut few = Vec::new();
    for page in PAGES {
        few.push(asked(&shop, page).await?);
    }
    for n in 5..30 {
        one_more(&shop, n).await?;
    }
    let mut grown = Vec::new();
    for (page, (few, short)) in PAGES.iter().zip(few) {
        let (many, long) = asked(&shop, page).await?;
        ensure!(long > short, "{page} says no more than before");
        if many > few + 1 {
            grown.push(format!("{page}: {few} statements and then {many}"));
        }
    }
    ensure!(grown.is_empty(), "{grown:#?}");
    Ok(())
}
