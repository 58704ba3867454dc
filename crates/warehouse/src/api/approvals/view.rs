//! A request as a document.
//!
//! Invariant: people stand under their codes, as in postings.

use contracts::approval::draft_of;
use domain::{Zone, ledger::LineDraft};
use platform::http::Problem;
use serde::Serialize;
use store::approval::{Approval, State};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::{
    postings::{answer::PostingResult, get::ReferenceDocument},
    shapes::{KindName, MoneyText, QuantityText},
};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody decided yet.
    Pending,
    /// A second person let it through, and it is posted.
    Granted,
    /// A second person refused it.
    Refused,
    /// Nobody decided in time.
    Expired,
}

impl From<State> for ApprovalState {
    fn from(state: State) -> ApprovalState {
        match state {
            State::Pending => ApprovalState::Pending,
            State::Granted => ApprovalState::Granted,
            State::Refused => ApprovalState::Refused,
            State::Expired => ApprovalState::Expired,
        }
    }
}

/// A request in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalItem {
    /// Its identity.
    pub id: Uuid,
    /// Where it stands.
    pub state: ApprovalState,
    /// Code of the site.
    pub site: String,
    /// Kind of the posting.
    pub kind: KindName,
    /// The posting it becomes when it is let through.
    pub posting_id: Uuid,
    /// Which limit it passes: `worth`, `age` or `both`.
    pub passed: String,
    /// What its goods were worth, at cost, when it was asked for.
    pub worth: MoneyText,
    /// How many days back it goes.
    pub days_back: i64,
    /// Who asked, as postings name them.
    pub asked_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub asked_at: String,
    /// Until when it can be decided.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Who decided.
    #[schema(required)]
    pub decided_by: Option<String>,
    /// When.
    #[schema(required, format = DateTime)]
    pub decided_at: Option<String>,
    /// What they said.
    pub answer: String,
}

/// A request with its posting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
pub struct ApprovalDocument {
    /// The request.
    #[serde(flatten)]
    pub item: ApprovalItem,
    /// When it happened, when that was said.
    #[schema(required, format = DateTime)]
    pub effective_at: Option<String>,
    /// The document it comes from.
    #[schema(required)]
    pub reference: Option<ReferenceDocument>,
    /// On which device.
    pub device: String,
    /// The reason that was given.
    pub note: String,
    /// The posting it corrects or takes back from.
    #[schema(required)]
    pub corrects: Option<Uuid>,
    /// What was asked for.
    pub lines: Vec<AskedLine>,
    /// What it would do if it were let through now, or why the ledger would not take it; while it waits.
    #[schema(required)]
    pub preview: Option<PostingResult>,
}

/// A line as it was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedLine {
    /// Code of the product.
    pub sku: String,
    /// How much.
    pub quantity: QuantityText,
    /// Location it leaves, when that was said.
    #[schema(required)]
    pub from: Option<String>,
    /// Location it enters, when that was said.
    #[schema(required)]
    pub to: Option<String>,
    /// Code of the lot, when that was said.
    #[schema(required)]
    pub lot: Option<String>,
}

impl ApprovalItem {
    /// Of a request at a site of that zone.
    pub fn of(approval: &Approval, zone: &Zone) -> ApprovalItem {
        ApprovalItem {
            id: approval.id,
            state: approval.state.into(),
            site: approval.site_code.clone(),
            kind: KindName(approval.kind),
            posting_id: approval.posting,
            passed: approval.passed.name().to_owned(),
            worth: approval.worth.into(),
            days_back: approval.days_back,
            asked_by: approval.asked_by.clone(),
            asked_at: approval.asked_at.in_zone(zone),
            expires_at: approval.expires_at.in_zone(zone),
            decided_by: Some(approval.decided_by.clone()).filter(|by| !by.is_empty()),
            decided_at: approval.decided_at.map(|at| at.in_zone(zone)),
            answer: approval.answer.clone(),
        }
    }
}

impl ApprovalDocument {
    /// Of a request at a site of that zone.
    pub fn of(approval: &Approval, zone: &Zone, preview: Option<PostingResult>) -> Result<ApprovalDocument, Problem> {
        let draft = draft_of(approval)?;
        let line = |line: &LineDraft| AskedLine {
            sku: line.sku.clone(),
            quantity: line.quantity.into(),
            from: line.from.clone(),
            to: line.to.clone(),
            lot: line.lot.as_ref().map(|lot| lot.code.clone()),
        };
        Ok(ApprovalDocument {
            item: ApprovalItem::of(approval, zone),
            effective_at: draft.effective_at.map(|at| at.in_zone(zone)),
            reference: ReferenceDocument::of(&draft.reference),
            device: draft.device.clone(),
            note: draft.note.clone(),
            corrects: draft.corrects,
            lines: draft.lines.iter().map(line).collect(),
            preview,
        })
    }
}
