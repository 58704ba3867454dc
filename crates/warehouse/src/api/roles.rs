//! Who may do what.
//!
//! Invariant: whoever is not named may only read.

use domain::ledger::PostingKind;

/// May make postings; which ones is told by [`posters`].
pub const POSTERS: &[&str] = &["owner", "manager", "stock_keeper", "cashier", "service"];

/// Who may post a kind by itself. Nobody posts what belongs to a document: that comes of the document.
pub const fn posters(kind: PostingKind) -> &'static [&'static str] {
    use PostingKind as Kind;
    match kind {
        Kind::Sale | Kind::CustomerReturn => &["owner", "manager", "cashier", "service"],
        Kind::Receipt
        | Kind::SupplierReturn
        | Kind::Move
        | Kind::Waste
        | Kind::Loss
        | Kind::Found
        | Kind::Production
        | Kind::Consumption => &["owner", "manager", "stock_keeper", "service"],
        Kind::Opening | Kind::Correction => &["owner", "manager"],
        Kind::Count | Kind::TransferOut | Kind::TransferIn => &[],
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

/// May post into past business days.
pub const BACK_DATERS: &[&str] = &["owner", "manager"];
/// May count and move goods between sites.
pub const KEEPERS: &[&str] = &["owner", "manager", "stock_keeper", "service"];
/// May close counts whose differences are worth a lot.
pub const APPROVERS: &[&str] = &["owner", "manager"];
/// May close days, sign and verify.
pub const CLOSERS: &[&str] = &["owner", "manager", "accountant", "operator"];
/// May make and change products and categories.
pub const CATALOGUERS: &[&str] = &["owner", "manager", "stock_keeper", "service"];
/// May set prices.
pub const PRICERS: &[&str] = &["owner", "manager", "service"];
/// May make sites and change what they do.
pub const PLANNERS: &[&str] = &["owner", "manager", "operator"];
/// May bring files in.
pub const IMPORTERS: &[&str] = &["owner", "manager", "service"];
