//! What each line of a sales file is.
//!
//! Invariant: every row has exactly one class, found from its document, its sign, its price and its words. The words that name a
//! product say nothing, and which those are the whole file decides: a row may be taken for another class once others were put right.

use domain::{Money, Quantity, ledger::PostingKind};

use super::{
    names::Names,
    rows::{SaleRow, Sales, is_credit, is_internal},
    words::{Says, says},
};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Class {
    Sale,
    CustomerReturn,
    Waste,
    Loss,
    Found,
    /// A line of the shop's own books: it moves money, and goods in name only.
    AccountingAdjustment,
}

impl Class {
    pub(super) const ALL: [Class; 6] =
        [Class::Sale, Class::CustomerReturn, Class::Waste, Class::Loss, Class::Found, Class::AccountingAdjustment];

    /// The name in reports, and part of what a posting is known by.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Class::Sale => "sale",
            Class::CustomerReturn => "customer_return",
            Class::Waste => "waste",
            Class::Loss => "loss",
            Class::Found => "found",
            Class::AccountingAdjustment => "accounting_adjustment",
        }
    }

    /// What the ledger calls it.
    pub(super) const fn kind(self) -> PostingKind {
        match self {
            Class::Sale | Class::AccountingAdjustment => PostingKind::Sale,
            Class::CustomerReturn => PostingKind::CustomerReturn,
            Class::Waste => PostingKind::Waste,
            Class::Loss => PostingKind::Loss,
            Class::Found => PostingKind::Found,
        }
    }

    /// Whether goods come in by it.
    pub(super) const fn comes_in(self) -> bool {
        matches!(self, Class::CustomerReturn | Class::Found)
    }

    /// The sign its goods have in the file: what is sold is counted up, what comes back down; what is found is counted up
    /// and what is lost down.
    pub(super) fn in_file(self, moved: Quantity) -> Quantity {
        match self {
            Class::Sale | Class::Found | Class::AccountingAdjustment => moved,
            Class::CustomerReturn | Class::Waste | Class::Loss => -moved,
        }
    }
}

/// Classes of the lines of a file.
pub(super) struct Classes<'a> {
    sales: &'a Sales,
    names: &'a Names,
    /// What each text says, by its place.
    said: Vec<Says>,
}

impl<'a> Classes<'a> {
    pub(super) fn new(sales: &'a Sales, names: &'a Names) -> Classes<'a> {
        Classes { sales, names, said: sales.texts.iter().map(says).collect() }
    }

    pub(super) fn of(&self, row: &SaleRow) -> Class {
        let invoice = self.sales.invoices.get(row.invoice);
        let price = row.price.unwrap_or(Money::ZERO);
        if is_internal(invoice) || price < Money::ZERO {
            // A line of the books that takes away goods is a return of them.
            return if row.quantity > Quantity::ZERO { Class::AccountingAdjustment } else { Class::CustomerReturn };
        }
        if is_credit(invoice) {
            return Class::CustomerReturn;
        }
        let said = self.said(row);
        if row.quantity < Quantity::ZERO {
            return self.negative(said, price);
        }
        let free = row.price == Some(Money::ZERO);
        if free && said == Says::Adjusted { Class::Found } else { Class::Sale }
    }

    /// Without ticket numbers a negative line at a price can only be a return.
    fn negative(&self, said: Says, price: Money) -> Class {
        match said {
            Says::Spoilt => Class::Waste,
            Says::Adjusted => Class::Loss,
            Says::Nothing if !self.sales.has_invoices && price > Money::ZERO => Class::CustomerReturn,
            Says::Nothing => Class::Loss,
        }
    }

    /// A product may be called "rusty" or "check": its own name says nothing about what happened.
    fn said(&self, row: &SaleRow) -> Says {
        let named = self.names.place(row.code) == Some(row.text);
        if named { Says::Nothing } else { self.said.get(row.text as usize).copied().unwrap_or(Says::Nothing) }
    }
}
