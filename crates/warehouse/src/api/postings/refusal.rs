//! A draft that was not written, as a problem.
//!
//! Invariant: the code is the ledger's own; a conflict with the books is 409, a value that breaks a rule 422.

use axum::http::StatusCode;
use domain::ledger::Rejection;
use platform::{
    http::problem::{FieldError, Problem},
    texts::Arg,
};

/// The problem of a rejected draft. `at` is where the draft stands in the request, empty when it is not part of it.
pub fn problem(rejection: &Rejection, at: &str) -> Problem {
    let status = if rejection.is_conflict() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (mut problem, mut error) =
        (Problem::new(status, rejection.code()), FieldError::new(path(rejection, at), rejection.code()));
    for (name, value) in args(rejection) {
        problem = problem.arg(name, value.clone());
        error = error.arg(name, value);
    }
    problem.with_error(error)
}

fn path(rejection: &Rejection, at: &str) -> String {
    let join = |field: String| if at.is_empty() { field } else { format!("{at}.{field}") };
    match rejection.line() {
        Some(line) => join(format!("lines[{line}].{}", field(rejection))),
        None => join(field(rejection).to_owned()),
    }
}

/// The field whose value was not taken.
const fn field(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::InsufficientStock { .. }
        | Rejection::ExceedsOriginal { .. }
        | Rejection::FractionOfPiece { .. }
        | Rejection::OutOfRange { .. } => "quantity",
        Rejection::IdempotencyConflict | Rejection::ApprovalNeeded { .. } | Rejection::ApprovalRefused => "id",
        Rejection::UnknownSite { .. } => "site",
        Rejection::UnknownProduct { .. } | Rejection::InactiveProduct { .. } => "sku",
        Rejection::UnknownLocation { .. } | Rejection::WrongLocation { .. } => "from",
        Rejection::SameLocation { .. } => "to",
        Rejection::LotRequired { .. }
        | Rejection::LotNotTracked { .. }
        | Rejection::UnknownLot { .. }
        | Rejection::LotExpired { .. } => "lot",
        Rejection::ExpiryRequired { .. } => "expires_on",
        Rejection::ClosedDay { .. } | Rejection::BackDatingForbidden | Rejection::InFuture => "effective_at",
        Rejection::CorrectedNotFound | Rejection::WrongLink { .. } | Rejection::AlreadyCorrected => "corrects",
    }
}

fn args(rejection: &Rejection) -> Vec<(&'static str, Arg)> {
    let text = |value: &dyn std::fmt::Display| Arg::from(value.to_string());
    match rejection {
        Rejection::InsufficientStock { sku, available, requested, .. }
        | Rejection::ExceedsOriginal { sku, available, requested, .. } => {
            vec![("sku", text(sku)), ("available", text(available)), ("requested", text(requested))]
        }
        Rejection::UnknownSite { site } => vec![("site", text(site))],
        Rejection::UnknownProduct { sku, .. }
        | Rejection::InactiveProduct { sku, .. }
        | Rejection::LotRequired { sku, .. }
        | Rejection::LotNotTracked { sku, .. }
        | Rejection::ExpiryRequired { sku, .. }
        | Rejection::FractionOfPiece { sku, .. } => vec![("sku", text(sku))],
        Rejection::UnknownLocation { location, .. } | Rejection::SameLocation { location, .. } => {
            vec![("location", text(location))]
        }
        Rejection::WrongLocation { kind, from, to, .. } => {
            vec![("kind", text(&kind.name())), ("from", text(from)), ("to", text(to))]
        }
        Rejection::UnknownLot { sku, lot, .. } => vec![("sku", text(sku)), ("lot", text(lot))],
        Rejection::LotExpired { sku, lot, expired_on, .. } => {
            vec![("sku", text(sku)), ("lot", text(lot)), ("expired_on", text(expired_on))]
        }
        Rejection::WrongLink { kind, original } => {
            vec![("kind", text(&kind.name())), ("original", text(&original.name()))]
        }
        Rejection::ApprovalNeeded { worth, days_back, .. } => {
            vec![("worth", text(worth)), ("days_back", text(days_back))]
        }
        Rejection::ClosedDay { closed_through } => vec![("closed_through", text(closed_through))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        Day, Money, Quantity,
        ledger::{Over, PostingKind},
    };
    use platform::texts::Locale;

    fn every() -> Vec<(Rejection, &'static str)> {
        let (line, sku, lot) = (2, "A".to_owned(), "L".to_owned());
        let (available, requested, location) = (Quantity::ZERO, Quantity::ONE, "salon".to_owned());
        let (from, to, kind) = ("salon".to_owned(), "waste".to_owned(), PostingKind::Sale);
        let (closed_through, expired_on) = (Day::from_number(0), Day::from_number(0));
        vec![
            (Rejection::InsufficientStock { line, sku: sku.clone(), available, requested }, "insufficient_stock"),
            (Rejection::IdempotencyConflict, "idempotency_conflict"),
            (Rejection::UnknownSite { site: "x".into() }, "unknown_site"),
            (Rejection::UnknownProduct { line, sku: sku.clone() }, "unknown_product"),
            (Rejection::InactiveProduct { line, sku: sku.clone() }, "inactive_product"),
            (Rejection::UnknownLocation { line, location: location.clone() }, "unknown_location"),
            (Rejection::WrongLocation { line, kind, from, to }, "wrong_location"),
            (Rejection::SameLocation { line, location }, "same_location"),
            (Rejection::LotRequired { line, sku: sku.clone() }, "lot_required"),
            (Rejection::LotNotTracked { line, sku: sku.clone() }, "lot_not_tracked"),
            (Rejection::ExpiryRequired { line, sku: sku.clone() }, "expiry_required"),
            (Rejection::UnknownLot { line, sku: sku.clone(), lot: lot.clone() }, "unknown_lot"),
            (Rejection::LotExpired { line, sku: sku.clone(), lot, expired_on }, "lot_expired"),
            (Rejection::FractionOfPiece { line, sku }, "fraction_of_piece"),
            (Rejection::ClosedDay { closed_through }, "closed_day"),
            (Rejection::BackDatingForbidden, "back_dating_forbidden"),
            (Rejection::InFuture, "in_future"),
            (Rejection::CorrectedNotFound, "corrected_not_found"),
            (Rejection::AlreadyCorrected, "already_corrected"),
            (Rejection::WrongLink { kind, original: PostingKind::Receipt }, "wrong_link"),
            (
                Rejection::ExceedsOriginal {
                    line,
                    sku: "A".into(),
                    available: Quantity::ZERO,
                    requested: Quantity::ONE,
                },
                "exceeds_original",
            ),
            (Rejection::OutOfRange { line }, "out_of_range"),
            (
                Rejection::ApprovalNeeded { worth: Money::from_cents(1), days_back: 9, over: Over::Both },
                "consent_needed",
            ),
            (Rejection::ApprovalRefused, "approval_refused"),
        ]
    }

    #[test]
    fn every_rejection_has_its_words_in_both_languages() {
        crate::api::texts::register();
        for (rejection, code) in every() {
            assert_eq!(rejection.code(), code);
            for locale in [Locale::Es, Locale::En] {
                let document = problem(&rejection, "postings[0]").document_in(locale);
                let message = &document.errors[0].message;
                assert_ne!(document.title, format!("problem-{code}"));
                assert_ne!(document.detail, document.title, "{code} has a detail");
                assert!(!message.starts_with("field-") && !message.contains('{'), "{code}: {message}");
            }
        }
    }

    #[test]
    fn a_rejection_names_its_line() {
        let problem = problem(&every()[0].0, "postings[7]");
        assert_eq!(
            (problem.status().as_u16(), problem.errors()[0].field.as_str()),
            (409, "postings[7].lines[2].quantity")
        );
    }
}
