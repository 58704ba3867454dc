//! From outcomes to answers.
//!
//! Invariant: the answer to a repetition is the answer to the first, but for its status.

use domain::ledger::{Outcome, Posted, PostedLine, canonical};
use platform::http::problem::ProblemDocument;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{elsewhere::Became, impact::Impact, refusal};
use crate::api::shapes::{MoneyText, QuantityText};

/// What became of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingStatus {
    /// Written now.
    Posted,
    /// Written before, by the same request.
    Duplicate,
    /// Not written.
    Rejected,
    /// Kept on this server's disk while the database is down; the ledger decides when it is back.
    Accepted,
    /// It waits for a second person, or would when it was only previewed.
    PendingApproval,
}

/// What became of each posting, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingResults {
    /// Whether nothing was written because only a preview was asked for.
    pub dry_run: bool,
    /// One for each posting of the request.
    pub results: Vec<PostingResult>,
}

/// What became of one posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingResult {
    /// Its identity.
    pub id: Uuid,
    /// What became of it.
    pub status: PostingStatus,
    /// Its place in the site's chain.
    #[schema(required)]
    pub seq: Option<i64>,
    /// Its link in the chain, 64 hexadecimal digits.
    #[schema(required)]
    pub hash: Option<String>,
    /// What it moved.
    pub lines: Vec<PostingLine>,
    /// Why it was not written.
    #[schema(required)]
    pub problem: Option<ProblemDocument>,
    /// What a preview of a back-dated posting would change between its day and today.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub impact: Vec<Impact>,
    /// The request that waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub approval_id: Option<Uuid>,
}

/// What one line moved. A line that took from several places or lots stands as several.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingLine {
    /// Code of the product.
    pub sku: String,
    /// Location it left.
    pub from: String,
    /// Location it entered.
    pub to: String,
    /// Code of the lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much.
    pub quantity: QuantityText,
    /// What the site has of the product afterwards.
    pub on_hand_after: QuantityText,
    /// Book value moved.
    pub value: MoneyText,
}

impl From<&PostedLine> for PostingLine {
    fn from(line: &PostedLine) -> PostingLine {
        let lot = line.lot.as_ref();
        PostingLine {
            sku: line.sku.to_string(),
            from: line.from.to_string(),
            to: line.to.to_string(),
            lot: lot.map(|lot| lot.code.clone()),
            expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
            quantity: line.quantity.into(),
            on_hand_after: line.on_hand_after.into(),
            value: line.value.into(),
        }
    }
}

/// What became of the posting that stands at `index` of the request.
pub(super) fn of(index: usize, id: Uuid, became: &Became) -> PostingResult {
    match became {
        Became::Decided(outcome) => result(index, id, outcome),
        Became::Kept => unwritten(id, PostingStatus::Accepted),
        Became::Waits(approval) => {
            PostingResult { approval_id: Some(*approval), ..unwritten(id, PostingStatus::PendingApproval) }
        }
    }
}

fn unwritten(id: Uuid, status: PostingStatus) -> PostingResult {
    let (lines, impact) = (Vec::new(), Vec::new());
    PostingResult { id, status, seq: None, hash: None, lines, problem: None, impact, approval_id: None }
}

/// The result of the posting that stands at `index` of the request.
pub fn result(index: usize, id: Uuid, outcome: &Outcome) -> PostingResult {
    match outcome {
        Outcome::Posted(posted) => written(PostingStatus::Posted, posted),
        Outcome::Duplicate(posted) => written(PostingStatus::Duplicate, posted),
        Outcome::Rejected(rejection) => PostingResult {
            problem: Some(refusal::problem(rejection, &format!("postings[{index}]")).document()),
            ..unwritten(id, PostingStatus::Rejected)
        },
    }
}

fn written(status: PostingStatus, posted: &Posted) -> PostingResult {
    PostingResult {
        id: posted.id,
        status,
        seq: Some(posted.seq),
        hash: Some(canonical::hex(&posted.hash)),
        lines: posted.lines.iter().map(PostingLine::from).collect(),
        problem: None,
        impact: Vec::new(),
        approval_id: None,
    }
}
