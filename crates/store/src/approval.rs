//! Postings that wait for a second person, and what became of them.
//!
//! Invariant: a request is decided once; whoever comes later finds it decided. A posting waits at most once at a time.

mod list;
mod row;

use domain::{
    Money, Timestamp,
    ledger::{Over, PostingKind},
};
use uuid::Uuid;

pub use list::{ApprovalFilter, get, granted_by, list, of_person, of_posting};

use crate::{Result, Tx};
use row::{Row, approvals};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody decided yet.
    Pending,
    /// A second person consented, and it was posted.
    Granted,
    /// A second person refused.
    Refused,
    /// Nobody decided in time.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Pending, State::Granted, State::Refused, State::Expired];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Granted => "granted",
            State::Refused => "refused",
            State::Expired => "expired",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A posting that waits or waited for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its identity.
    pub id: Uuid,
    /// The posting it would become.
    pub posting: Uuid,
    /// What that asks for, as a digest.
    pub digest: [u8; 32],
    /// Number of the site.
    pub site: i64,
    /// Its code.
    pub site_code: String,
    /// Kind of event.
    pub kind: PostingKind,
    /// The posting as it was sent, as a document; empty in a list.
    pub draft: String,
    /// Who asked, as postings sign.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// Which limit it passes.
    pub passed: Over,
    /// What it was worth when it was asked for.
    pub worth: Money,
    /// How many days back it goes.
    pub days_back: i64,
    /// Where it stands.
    pub state: State,
    /// Since when it is decided.
    pub decided_at: Option<Timestamp>,
    /// By whom, as postings sign.
    pub decided_by: String,
    /// What they said.
    pub answer: String,
}

/// One to write down.
#[derive(Debug, Clone)]
pub struct NewApproval {
    /// Its identity.
    pub id: Uuid,
    /// The posting it would become.
    pub posting: Uuid,
    /// What that asks for, as a digest.
    pub digest: [u8; 32],
    /// Number of the site.
    pub site: i64,
    /// Kind of event.
    pub kind: PostingKind,
    /// The posting as it was sent, as a document.
    pub draft: String,
    /// Who asks, as postings sign.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// Which limit it passes.
    pub passed: Over,
    /// What it is worth.
    pub worth: Money,
    /// How many days back it goes.
    pub days_back: i64,
}

/// How one is decided.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'d> {
    /// What becomes of it.
    pub state: State,
    /// By whom, as postings sign.
    pub by: &'d str,
    /// What they say.
    pub answer: &'d str,
    /// When.
    pub at: Timestamp,
}

/// Writes one down; `false` when its posting waits already, which stays as it is.
pub async fn request(tx: &mut Tx, new: &NewApproval) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO approval (id, posting, digest, site, kind, draft, asked_by, asked_at, expires_at, passed, worth, days_back,
               state, decided_at, decided_by, answer)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', NULL, '', '') ON CONFLICT DO NOTHING",
        )
        .bind(new.id)
        .bind(new.posting)
        .bind(new.digest.to_vec())
        .bind(new.site)
        .bind(new.kind.code())
        .bind(new.draft.clone())
        .bind(new.asked_by.clone())
        .bind(new.asked_at.micros())
        .bind(new.expires_at.micros())
        .bind(new.passed.name())
        .bind(new.worth.minor())
        .bind(new.days_back)
        .run()
        .await?;
    Ok(written > 0)
}

/// Decides one that waits; `false` when it does not. One whose time is over can only expire.
pub async fn decide(tx: &mut Tx, id: Uuid, decision: Decision<'_>) -> Result<bool> {
    let decided = tx
        .query(
            "UPDATE approval SET state = $2, decided_at = $3, decided_by = $4, answer = $5
             WHERE id = $1 AND state = 'pending' AND (expires_at > $3 OR $2 = 'expired')",
        )
        .bind(id)
        .bind(decision.state.name())
        .bind(decision.at.micros())
        .bind(decision.by.to_owned())
        .bind(decision.answer.to_owned())
        .run()
        .await?;
    Ok(decided > 0)
}

/// Those that wait and whose time is over, the oldest first, at most `limit`.
pub async fn overdue(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Approval>> {
    let rows: Vec<Row> = tx
        .query(concat!(
            approvals!("a.draft"),
            " WHERE a.state = 'pending' AND a.expires_at <= $1 ORDER BY a.expires_at, a.id LIMIT $2"
        ))
        .bind(now.micros())
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::approval).collect()
}
