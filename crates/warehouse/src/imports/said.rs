//! Why something was refused, in both languages.
//!
//! Invariant: a reason says what the domain's own error says, no more.

use domain::{code::CodeError, gtin::GtinError, ledger::Rejection};

use super::issue::Message;

impl From<String> for Message {
    /// The same in every language: a name, a number.
    fn from(text: String) -> Message {
        Message { es: text.clone(), en: text }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        text.to_owned().into()
    }
}

impl From<GtinError> for Message {
    fn from(error: GtinError) -> Message {
        let es = match error {
            GtinError::NotDigits => "un GTIN sólo tiene cifras".to_owned(),
            GtinError::Length { found } => format!("un GTIN tiene 8, 12, 13 o 14 cifras, no {found}"),
            GtinError::CheckDigit { expected } => format!("el dígito verificador tendría que ser {expected}"),
            GtinError::Zero => "un GTIN no es cero".to_owned(),
        };
        Message { es, en: error.to_string() }
    }
}

impl From<CodeError> for Message {
    fn from(error: CodeError) -> Message {
        let es = match error {
            CodeError::Blank => "está en blanco".to_owned(),
            CodeError::TooLong { max } => format!("tiene más de {max} caracteres"),
            CodeError::Control => "tiene caracteres de control".to_owned(),
            CodeError::OuterSpace => "tiene espacios alrededor".to_owned(),
            CodeError::NotASlug => "sólo puede tener minúsculas, cifras, «-» y «_»".to_owned(),
            CodeError::Reserved => "está reservado: significa otra cosa en las direcciones".to_owned(),
        };
        Message { es, en: error.to_string() }
    }
}

impl From<&Rejection> for Message {
    fn from(rejection: &Rejection) -> Message {
        Message { es: in_spanish(rejection), en: rejection.to_string() }
    }
}

fn in_spanish(rejection: &Rejection) -> String {
    match rejection {
        Rejection::InsufficientStock { sku, available, requested, .. } => {
            format!("de {sku} hay {available} y se piden {requested}")
        }
        Rejection::IdempotencyConflict => "ya se importó con otro contenido".to_owned(),
        Rejection::UnknownSite { site } => format!("no existe la sucursal {site}"),
        Rejection::UnknownProduct { sku, .. } => format!("no existe el producto {sku}"),
        Rejection::InactiveProduct { sku, .. } => format!("el producto {sku} no está activo"),
        Rejection::UnknownLocation { location, .. } => format!("no existe la ubicación {location}"),
        Rejection::WrongLocation { from, to, .. } => format!("no puede ir de {from} a {to}"),
        Rejection::SameLocation { location, .. } => format!("sale y entra en {location}"),
        Rejection::LotRequired { sku, .. } => format!("{sku} lleva lotes y falta cuál"),
        Rejection::LotNotTracked { sku, .. } => format!("{sku} no lleva lotes"),
        Rejection::ExpiryRequired { sku, .. } => format!("{sku} lleva vencimiento y falta cuándo vence"),
        Rejection::UnknownLot { sku, lot, .. } => format!("de {sku} no hay un lote {lot}"),
        Rejection::LotExpired { sku, lot, expired_on, .. } => format!("el lote {lot} de {sku} venció el {expired_on}"),
        Rejection::FractionOfPiece { sku, .. } => format!("{sku} se cuenta por unidades enteras"),
        Rejection::ClosedDay { closed_through } => format!("los libros están cerrados hasta el {closed_through}"),
        Rejection::BackDatingForbidden => "es de un día pasado".to_owned(),
        Rejection::InFuture => "todavía no ocurrió".to_owned(),
        Rejection::CorrectedNotFound => "no está el asiento que corrige".to_owned(),
        Rejection::WrongLink { kind, original } => {
            format!("un asiento {} no puede referirse a uno {}", kind.name(), original.name())
        }
        Rejection::ExceedsOriginal { sku, available, requested, .. } => {
            format!("de {sku} quedan {available} de ese asiento y se piden {requested}")
        }
        Rejection::ApprovalNeeded { worth, days_back, .. } => {
            format!("vale {worth}, va {days_back} días para atrás y lo tiene que aprobar otra persona")
        }
        Rejection::ApprovalRefused => "otra persona lo rechazó".to_owned(),
        Rejection::AlreadyCorrected => "ya se corrigió".to_owned(),
        Rejection::OutOfRange { .. } => "los importes están fuera de rango".to_owned(),
    }
}
