//! The movements of the older system as postings.
//!
//! Invariant: the kind of a movement decides which way goods go, never the sign of its quantity.

use domain::{
    Money, Quantity, Timestamp, Zone,
    fold::fold,
    ids,
    ledger::{Draft, LineDraft, PostingKind, Reference},
};
use store::legacy::Legacy;
use uuid::Uuid;

use super::{goods::Goods, instant};
use crate::imports::{Issue, issue::Code, number, number::DecimalMark, post::Origin};

/// A movement that can be posted.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    /// Its number in the older table.
    pub(super) row: u64,
    pub(super) kind: PostingKind,
    /// Place of the product.
    pub(super) product: usize,
    pub(super) quantity: Quantity,
    pub(super) at: Timestamp,
    price: Option<Money>,
    note: String,
    actor: String,
}

/// The most characters of a note.
const NOTE_CHARS: usize = 200;

/// What the older system called each kind.
fn kind_of(text: &str) -> Option<PostingKind> {
    Some(match fold(text).as_str() {
        "entrada" | "ingreso" | "compra" | "recepcion" => PostingKind::Receipt,
        "salida" | "egreso" | "venta" => PostingKind::Sale,
        "merma" | "rotura" | "vencimiento" | "desperdicio" => PostingKind::Waste,
        "perdida" | "faltante" => PostingKind::Loss,
        "devolucion" | "devolucion cliente" => PostingKind::CustomerReturn,
        "devolucion proveedor" => PostingKind::SupplierReturn,
        "ajuste positivo" | "hallazgo" => PostingKind::Found,
        _ => return None,
    })
}

/// An `ajuste` alone goes by its sign.
fn adjusted(text: &str, quantity: &str) -> Option<PostingKind> {
    let negative = quantity.trim_start().starts_with('-');
    let is_adjustment = matches!(fold(text).as_str(), "ajuste" | "correccion" | "calibracion");
    is_adjustment.then_some(if negative { PostingKind::Loss } else { PostingKind::Found })
}

/// The movements, in the order in which they happened.
pub(super) fn read(old: &Legacy, goods: &Goods, zone: &Zone, now: Timestamp, issues: &mut Vec<Issue>) -> Vec<Moved> {
    let mut moved: Vec<Moved> = Vec::with_capacity(old.movements.len());
    for movement in &old.movements {
        let row = u64::try_from(movement.id).unwrap_or(0);
        let mut note =
            |code: Code, value: &str| issues.push(Issue::new(row, code).at("movimientos_stock").value(value));
        let kind = kind_of(&movement.kind).or_else(|| adjusted(&movement.kind, &movement.quantity));
        let quantity = number::quantity(&movement.quantity, DecimalMark::Dot).map(Quantity::abs);
        let at = instant(&movement.at, zone).and_then(|at| if at <= now { Ok(at) } else { Err(Code::InFuture) });
        let product = goods.find(movement.product_id, &movement.product);
        let price = movement.unit_price.as_deref().map(|price| number::money(price, DecimalMark::Dot)).transpose();
        match (kind, quantity, at, product, price) {
            (_, Ok(Quantity::ZERO), ..) => note(Code::Zero, ""),
            (Some(kind), Ok(quantity), Ok(at), Some(product), Ok(price)) => moved.push(Moved {
                row,
                kind,
                product,
                quantity,
                at,
                price,
                note: movement.note.chars().filter(|c| !c.is_control()).take(NOTE_CHARS).collect(),
                actor: movement.actor.clone(),
            }),
            (None, ..) => note(Code::UnknownMovement, &movement.kind),
            (_, Err(code), ..) => note(code, &movement.quantity),
            (_, _, Err(code), ..) => note(code, &movement.at),
            (_, _, _, None, _) => note(Code::Missing, &movement.product),
            (.., Err(code)) => note(code, movement.unit_price.as_deref().unwrap_or_default()),
        }
    }
    moved.sort_by_key(|one| (one.at, one.row));
    moved
}

impl Moved {
    pub(super) fn id(&self, space: Uuid) -> Uuid {
        ids::named(space, &format!("movement\0{}", self.row))
    }

    pub(super) fn comes_in(&self) -> bool {
        matches!(self.kind, PostingKind::Receipt | PostingKind::CustomerReturn | PostingKind::Found)
    }

    /// The place of its product, and what it changes there.
    pub(super) fn change(&self) -> (usize, Quantity) {
        (self.product, self.signed(self.quantity))
    }

    /// Counted up when it comes in, down when it goes out.
    pub(super) fn signed(&self, quantity: Quantity) -> Quantity {
        if self.comes_in() { quantity } else { -quantity }
    }

    pub(super) fn draft(&self, origin: &Origin, goods: &Goods, space: Uuid) -> Draft {
        let product = &goods.all[self.product];
        let cost = self.price.or(product.cost).filter(|_| self.kind == PostingKind::Receipt);
        let line = LineDraft {
            sku: product.sku.clone(),
            quantity: self.quantity,
            unit_price: self.price.filter(|_| self.kind.takes_price()),
            line_cost: cost.and_then(|cost| cost.times(self.quantity)),
            ..LineDraft::default()
        };
        let draft = origin.draft(self.id(space), self.kind);
        let actor = if self.actor.trim().is_empty() { draft.actor.clone() } else { self.actor.clone() };
        let reference = Reference { kind: "legacy".to_owned(), number: self.row.to_string() };
        Draft { effective_at: Some(self.at), note: self.note.clone(), lines: vec![line], actor, reference, ..draft }
    }
}
