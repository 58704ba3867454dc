//! Drafts that wait for a second person, or that one refused.
//!
//! Invariant: costs nothing where no draft could have been asked for before.

use domain::{
    Money, Timestamp,
    ledger::{Books, Draft, Over, Rejection, limits::may_have_waited},
};
use uuid::Uuid;

use crate::{Bulk, Error, Result, Rows, Tx, dialect::Kind::Uuid as Id, ledger::rows::hash};

static ASKED: Bulk = Bulk::new(
    &[("id", Id)],
    "SELECT a.posting, a.digest, a.state, a.passed, a.worth, a.days_back FROM input i JOIN approval a ON a.posting = i.id
     WHERE a.state IN ('pending', 'refused') ORDER BY a.posting, a.asked_at, a.id",
);

#[derive(sqlx::FromRow)]
struct Row {
    posting: Uuid,
    digest: Vec<u8>,
    state: String,
    passed: String,
    worth: i64,
    days_back: i64,
}

/// Loads what was asked for under the identities of the drafts and is not let through.
pub(in crate::ledger) async fn load(tx: &mut Tx, drafts: &[&Draft], now: Timestamp, books: &mut Books) -> Result<()> {
    let mut input = Rows::new(&ASKED, tx.backend());
    let mut any = false;
    for draft in drafts.iter().filter(|draft| may_have_waited(draft, now)) {
        input.uuid(draft.id);
        any = true;
    }
    if !any {
        return Ok(());
    }
    for row in input.all::<Row>(tx).await? {
        let (posting, digest) = (row.posting, hash(&row.digest)?);
        books.asked.insert(posting, (digest, row.since()?));
    }
    Ok(())
}

impl Row {
    fn since(self) -> Result<Rejection> {
        if self.state == "refused" {
            return Ok(Rejection::ApprovalRefused);
        }
        let broken = || Error::Broken { table: "approval", detail: self.posting.to_string() };
        let over = Over::named(&self.passed).ok_or_else(broken)?;
        Ok(Rejection::ApprovalNeeded { worth: Money::from_minor(self.worth), days_back: self.days_back, over })
    }
}
