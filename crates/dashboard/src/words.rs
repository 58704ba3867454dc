//! The texts of the pages, with numbers and dates as the language writes them.
//!
//! Invariant: templates hold no words of their own but the product's name.

use domain::{Day, Level, Money, Quantity, Role, Unit, ledger::PostingKind};
use platform::texts::{self, Args, Locale};

use crate::format;

/// Says things in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Locale);

const WEEKDAYS: [&str; 7] =
    ["ui-monday", "ui-tuesday", "ui-wednesday", "ui-thursday", "ui-friday", "ui-saturday", "ui-sunday"];

impl Words {
    /// A text that takes no values.
    pub(crate) fn say(self, key: &str) -> String {
        texts::text(self.0, key, &Args::new())
    }

    /// A text with values.
    pub(crate) fn say_with(self, key: &str, args: &Args) -> String {
        texts::text(self.0, key, args)
    }

    /// A text that counts: `$count` chooses the plural, `$shown` is what is read.
    pub(crate) fn say_count(self, key: &str, count: i64) -> String {
        self.say_with(key, &Args::new().with("count", count).with("shown", self.count(count)))
    }

    pub(crate) fn money(self, amount: Money) -> String {
        format::money(self.0, amount)
    }

    pub(crate) fn quantity(self, quantity: Quantity) -> String {
        format::quantity(self.0, quantity)
    }

    pub(crate) fn count(self, number: i64) -> String {
        format::count(self.0, number)
    }

    pub(crate) fn date(self, day: Day) -> String {
        format::date(self.0, day)
    }

    /// `sábado 21/11/2026`.
    pub(crate) fn weekday_and_date(self, day: Day) -> String {
        let name = WEEKDAYS.get(usize::from(day.weekday())).map_or_else(String::new, |key| self.say(key));
        format!("{name} {}", self.date(day))
    }

    pub(crate) fn level(self, level: Level) -> String {
        self.say(match level {
            Level::Out => "ui-level-out",
            Level::Critical => "ui-level-critical",
            Level::Low => "ui-level-low",
            Level::Ok => "ui-level-ok",
        })
    }

    /// What somebody is in the shop.
    pub(crate) fn role(self, name: &str) -> String {
        self.say(match Role::named(name) {
            Some(Role::Owner) => "ui-role-owner",
            Some(Role::Manager) => "ui-role-manager",
            Some(Role::StockKeeper) => "ui-role-stock-keeper",
            Some(Role::Cashier) => "ui-role-cashier",
            Some(Role::Accountant) => "ui-role-accountant",
            Some(Role::Auditor) => "ui-role-auditor",
            Some(Role::Operator) => "ui-role-operator",
            Some(Role::Service) | None => "ui-role-service",
        })
    }

    pub(crate) fn unit(self, unit: Unit) -> String {
        self.say(match unit {
            Unit::Piece => "ui-unit-piece",
            Unit::Kilogram => "ui-unit-kilogram",
            Unit::Litre => "ui-unit-litre",
            Unit::Metre => "ui-unit-metre",
        })
    }

    pub(crate) fn kind(self, kind: PostingKind) -> String {
        self.say(match kind {
            PostingKind::Opening => "ui-kind-opening",
            PostingKind::Receipt => "ui-kind-receipt",
            PostingKind::Sale => "ui-kind-sale",
            PostingKind::CustomerReturn => "ui-kind-customer-return",
            PostingKind::SupplierReturn => "ui-kind-supplier-return",
            PostingKind::Move => "ui-kind-move",
            PostingKind::TransferOut => "ui-kind-transfer-out",
            PostingKind::TransferIn => "ui-kind-transfer-in",
            PostingKind::Waste => "ui-kind-waste",
            PostingKind::Loss => "ui-kind-loss",
            PostingKind::Found => "ui-kind-found",
            PostingKind::Count => "ui-kind-count",
            PostingKind::Production => "ui-kind-production",
            PostingKind::Consumption => "ui-kind-consumption",
            PostingKind::Correction => "ui-kind-correction",
        })
    }
}
