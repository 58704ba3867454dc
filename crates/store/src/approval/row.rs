//! Rows of requests for consent.
//!
//! Invariant: a row that our own rules forbid is [`Error::Broken`], never a default.

use domain::{
    Money, Timestamp,
    ledger::{Over, PostingKind},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Approval, State};
use crate::{Error, Result, ledger::rows::hash};

/// Every column of a request, but for the posting, which may be of thousands of lines: lists leave it empty.
macro_rules! approvals {
    ($draft:literal) => {
        concat!(
            "SELECT a.id, a.posting, a.digest, a.site, s.code AS site_code, a.kind, ",
            $draft,
            " AS draft, a.asked_by, a.asked_at, a.expires_at, a.passed, a.worth, a.days_back, a.state, a.decided_at,
               a.decided_by, a.answer
             FROM approval a JOIN site s ON s.id = a.site"
        )
    };
}
pub(super) use approvals;

#[derive(Debug, FromRow)]
pub(super) struct Row {
    id: Uuid,
    posting: Uuid,
    digest: Vec<u8>,
    site: i64,
    site_code: String,
    kind: i64,
    draft: String,
    asked_by: String,
    asked_at: i64,
    expires_at: i64,
    passed: String,
    worth: i64,
    days_back: i64,
    state: String,
    decided_at: Option<i64>,
    decided_by: String,
    answer: String,
}

impl Row {
    pub(super) fn approval(self) -> Result<Approval> {
        let broken = || Error::Broken { table: "approval", detail: self.id.to_string() };
        Ok(Approval {
            id: self.id,
            posting: self.posting,
            digest: hash(&self.digest)?,
            site: self.site,
            kind: PostingKind::from_code(self.kind).ok_or_else(broken)?,
            passed: Over::named(&self.passed).ok_or_else(broken)?,
            state: State::from_name(&self.state).ok_or_else(broken)?,
            site_code: self.site_code,
            draft: self.draft,
            asked_by: self.asked_by,
            asked_at: Timestamp::from_micros(self.asked_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            worth: Money::from_minor(self.worth),
            days_back: self.days_back,
            decided_at: self.decided_at.map(Timestamp::from_micros),
            decided_by: self.decided_by,
            answer: self.answer,
        })
    }
}
