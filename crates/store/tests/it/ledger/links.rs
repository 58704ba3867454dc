//! What links to an earlier posting: returns, corrections, what arrives of a transfer.

use anyhow::{Result, bail};
use domain::ledger::{Draft, Outcome, PostingKind};
use store::Db;
use uuid::Uuid;

use super::shop::{add_product, costing, draft, faults, line, open_site, post};

async fn what_links_to_a_posting_takes_no_more_than_it_moved(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| ()).await?;
    let linked = |id, kind, to: u128, units| Draft {
        corrects: Some(Uuid::from_u128(to)),
        ..draft(id, kind, vec![line("A", units)])
    };
    posted(&db, draft(1, PostingKind::Receipt, vec![costing("A", 10, 10)])).await?;
    posted(&db, draft(2, PostingKind::Receipt, vec![costing("A", 2, 14)])).await?;
    posted(&db, draft(3, PostingKind::Sale, vec![line("A", 2)])).await?;
    for (id, kind, to, units, code) in [
        (4, PostingKind::SupplierReturn, 2, 5, "exceeds_original"),
        (5, PostingKind::CustomerReturn, 3, 3, "exceeds_original"),
        (6, PostingKind::CustomerReturn, 1, 1, "wrong_link"),
        (7, PostingKind::Correction, 3, 3, "exceeds_original"),
        (8, PostingKind::TransferIn, 1, 1, "wrong_link"),
    ] {
        assert_eq!(rejected(&db, linked(id, kind, to, units)).await?, code, "{} {to}", kind.name());
    }
    assert_eq!(rejected(&db, draft(9, PostingKind::TransferIn, vec![line("A", 1)])).await?, "corrected_not_found");
    posted(&db, linked(10, PostingKind::CustomerReturn, 3, 1)).await?;
    posted(&db, linked(11, PostingKind::CustomerReturn, 3, 1)).await?;
    assert_eq!(rejected(&db, linked(12, PostingKind::CustomerReturn, 3, 1)).await?, "exceeds_original");
    // A return taken back may be made again; the sale may be undone only when no return of it stands.
    assert_eq!(rejected(&db, linked(13, PostingKind::Correction, 3, 1)).await?, "exceeds_original");
    posted(&db, linked(14, PostingKind::Correction, 11, 1)).await?;
    assert_eq!(
        rejected(&db, Draft { lines: Vec::new(), ..linked(15, PostingKind::Correction, 11, 1) }).await?,
        "already_corrected"
    );
    posted(&db, linked(16, PostingKind::CustomerReturn, 3, 1)).await?;
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

async fn posted(db: &Db, draft: Draft) -> Result<()> {
    match post(db, &draft).await? {
        Outcome::Posted(_) => Ok(()),
        other => bail!("{other:?}"),
    }
}

async fn rejected(db: &Db, draft: Draft) -> Result<&'static str> {
    match post(db, &draft).await? {
        Outcome::Rejected(rejection) => Ok(rejection.code()),
        other => bail!("{other:?}"),
    }
}

both! { what_links_to_a_posting_takes_no_more_than_it_moved }
