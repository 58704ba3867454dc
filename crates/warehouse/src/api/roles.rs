//! Who may do what.
//!
//! Invariant: whoever is not named may only read.

/// May make postings.
pub const POSTERS: &[&str] = &["owner", "manager", "stock_keeper", "cashier", "service"];
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
