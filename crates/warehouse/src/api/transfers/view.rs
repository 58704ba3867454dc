//! Transfers as clients see them.

use domain::Zone;
use serde::Serialize;
use store::transfer::{Line, Status, Transfer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::shapes::{MoneyText, QuantityText};

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferStatus {
    /// Written down; its goods have not left.
    Sending,
    /// Its goods are on their way.
    Sent,
    /// Some of its goods came.
    Partial,
    /// None of its goods is on its way any more: they came, or whoever sent them took them back.
    Received,
}

impl From<Status> for TransferStatus {
    fn from(status: Status) -> TransferStatus {
        match status {
            Status::Sending => TransferStatus::Sending,
            Status::Sent => TransferStatus::Sent,
            Status::Partial => TransferStatus::Partial,
            Status::Received => TransferStatus::Received,
        }
    }
}

/// A transfer without its goods.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferItem {
    /// Its identity.
    pub id: Uuid,
    /// Code of the site it leaves.
    pub from_site: String,
    /// Code of the site it goes to.
    pub to_site: String,
    /// Where it stands.
    pub status: TransferStatus,
    /// Free words.
    pub note: String,
    /// Who sent it.
    pub actor: String,
    /// When it was sent.
    #[schema(format = DateTime)]
    pub sent_at: String,
    /// The posting by which its goods left.
    pub posting_id: Uuid,
}

impl TransferItem {
    /// The transfer with instants in that zone.
    pub fn of(transfer: &Transfer, zone: &Zone) -> TransferItem {
        TransferItem {
            id: transfer.id,
            from_site: transfer.from_site.clone(),
            to_site: transfer.to_site.clone(),
            status: transfer.status.into(),
            note: transfer.note.clone(),
            actor: transfer.actor.clone(),
            sent_at: transfer.sent_at.in_zone(zone),
            posting_id: transfer.posting(),
        }
    }
}

/// A transfer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transfer)]
pub struct TransferDocument {
    /// The transfer.
    #[serde(flatten)]
    pub transfer: TransferItem,
    /// Currency of every value.
    pub currency: String,
    /// Its goods; none before they left.
    pub lines: Vec<TransferLine>,
}

/// Goods of a product and lot on their way.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferLine {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Code of the lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much was sent.
    pub quantity: QuantityText,
    /// What that was worth.
    pub value: MoneyText,
    /// How much came.
    pub received: QuantityText,
    /// How much the site that sent it took back.
    pub returned: QuantityText,
    /// How much is still on its way.
    pub missing: QuantityText,
}

impl From<&Line> for TransferLine {
    fn from(line: &Line) -> TransferLine {
        let lot = line.lot_name.as_ref();
        TransferLine {
            sku: line.sku.clone(),
            name: line.name.clone(),
            lot: lot.map(|lot| lot.code.clone()),
            expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
            quantity: line.quantity.into(),
            value: line.value.into(),
            received: line.received.into(),
            returned: line.returned.into(),
            missing: line.missing().into(),
        }
    }
}

impl TransferDocument {
    /// The transfer with its goods.
    pub fn of(transfer: &Transfer, zone: &Zone, currency: &str) -> TransferDocument {
        let lines = transfer.lines.iter().map(TransferLine::from).collect();
        TransferDocument { transfer: TransferItem::of(transfer, zone), currency: currency.to_owned(), lines }
    }
}
