//! The roles of the program, and what each needs.
//!
//! Invariant: one table. Wiring asks it what to start; nothing else decides by a role's name.

use platform::config::{KnownRole, Roles};

/// A part of the program that may run by itself, in as many copies as there is need of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The only writer of stock.
    Warehouse,
    /// Pages for people.
    Dashboard,
}

/// What a role needs, besides the database, the audit log and the accounts that all of them need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The writer of the ledger, and the journal before it.
    pub(crate) writer: bool,
    /// To ask the warehouse, here or elsewhere.
    pub(crate) stock: bool,
    /// That somebody of each installation looks after what all share: signing, letting go of what is old, looking for what is unusual.
    pub(crate) upkeep: bool,
    /// Pages, and where people sign in.
    pub(crate) pages: bool,
}

/// Role, name, port where it runs by itself, needs.
const TABLE: [(Role, &str, u16, Needs); 2] = [
    (Role::Warehouse, contracts::WAREHOUSE, 8002, Needs { writer: true, stock: false, upkeep: true, pages: false }),
    (Role::Dashboard, "dashboard", 8080, Needs { writer: false, stock: true, upkeep: false, pages: true }),
];

/// The roles as the settings know them.
pub(crate) const KNOWN: &[KnownRole] = &{
    let mut known = [("", 0); TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        known[index] = (TABLE[index].1, TABLE[index].2);
        index += 1;
    }
    known
};

impl Role {
    fn row(self) -> &'static (Role, &'static str, u16, Needs) {
        TABLE.iter().find(|(role, ..)| *role == self).unwrap_or(&TABLE[0])
    }

    /// Its name in settings, addresses and figures.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    fn runs(self, settings: &Roles) -> bool {
        settings.runs(self.name())
    }
}

/// What a node of those settings needs: whatever one of its roles does.
pub(crate) fn needs(settings: &Roles) -> Needs {
    let own = TABLE.iter().filter(|(role, ..)| role.runs(settings)).map(|row| row.3);
    own.fold(Needs { writer: false, stock: false, upkeep: false, pages: false }, |all, one| Needs {
        writer: all.writer || one.writer,
        stock: all.stock || one.stock,
        upkeep: all.upkeep || one.upkeep,
        pages: all.pages || one.pages,
    })
}

/// Whether a node of those settings asks a role that runs elsewhere.
pub(crate) fn asks_elsewhere(settings: &Roles) -> bool {
    needs(settings).stock && !Role::Warehouse.runs(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_stands_there_once() {
        for role in [Role::Warehouse, Role::Dashboard] {
            assert_eq!(TABLE.iter().filter(|(known, ..)| *known == role).count(), 1);
            assert_eq!(KNOWN.iter().filter(|(name, _)| *name == role.name()).count(), 1);
        }
    }
}
