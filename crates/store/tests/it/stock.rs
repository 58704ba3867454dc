//! Reading stock, values and the chain back, on both databases.

mod as_of;
mod lists;
mod reads;

use anyhow::{Result, bail};
use domain::{
    Quantity,
    ledger::{LineDraft, Outcome, Posted, PostingKind},
};
use store::Db;

use crate::ledger::shop::{add_product, costing, draft, line, open_site, post};

/// What was posted, or an error that says what became of it.
pub fn posted(outcome: Outcome) -> Result<Posted> {
    match outcome {
        Outcome::Posted(posted) => Ok(posted),
        other => bail!("{other:?}"),
    }
}

/// Two sites; product A: 10 at centro for 100, of which 4 were moved to the floor and 3 sold; B has a minimum and never came; C 2 at norte.
pub async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    open_site(db, "norte").await?;
    add_product(db, "A", |patch| patch.category = Some(Some("Bebidas/Gaseosas".to_owned()))).await?;
    add_product(db, "B", |patch| patch.minimum = Some(Some(units(4)))).await?;
    add_product(db, "C", |_| {}).await?;
    posted(post(db, &draft(1, PostingKind::Receipt, vec![costing("A", 10, 100)])).await?)?;
    posted(post(db, &draft(2, PostingKind::Move, vec![line("A", 4)])).await?)?;
    posted(post(db, &draft(3, PostingKind::Sale, vec![priced("A", 3)])).await?)?;
    let mut north = draft(4, PostingKind::Receipt, vec![costing("C", 2, 50)]);
    north.site = "norte".to_owned();
    posted(post(db, &north).await?)?;
    Ok(())
}

fn priced(sku: &str, units: i64) -> LineDraft {
    LineDraft { unit_price: Some(domain::Money::from_cents(25_00)), ..line(sku, units) }
}

fn units(n: i64) -> Quantity {
    Quantity::units(n)
}
