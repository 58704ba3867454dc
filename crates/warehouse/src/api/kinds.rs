//! The permission that each kind of posting needs.
//!
//! Invariant: nobody posts by itself what belongs to a document: that comes of the document.

use access::Permission;
use domain::ledger::PostingKind;

/// What posting a kind by itself needs; `None` for what belongs to a document.
pub const fn permission_for(kind: PostingKind) -> Option<Permission> {
    use PostingKind as Kind;
    match kind {
        Kind::Sale | Kind::CustomerReturn => Some(Permission::PostingsSell),
        Kind::Receipt
        | Kind::SupplierReturn
        | Kind::Move
        | Kind::Waste
        | Kind::Loss
        | Kind::Found
        | Kind::Production
        | Kind::Consumption => Some(Permission::PostingsHandle),
        Kind::Opening | Kind::Correction => Some(Permission::PostingsCorrect),
        Kind::Count | Kind::TransferOut | Kind::TransferIn => None,
    }
}

/// Where a kind comes from that belongs to a document.
pub const fn document_of(kind: PostingKind) -> Option<&'static str> {
    match kind {
        PostingKind::Count => Some("/api/v1/counts"),
        PostingKind::TransferOut => Some("/api/v1/transfers"),
        PostingKind::TransferIn => Some("/api/v1/transfers/{id}/receive"),
        _ => None,
    }
}
