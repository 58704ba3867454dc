//! What somebody is in the shop.
//!
//! Invariant: a role's name is stored and sent; it never changes once released.

/// What somebody is in the shop; what a role may do stands in the table of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything of the shop's day.
    Manager,
    /// Receives, moves, counts, writes off; keeps the products.
    StockKeeper,
    /// Sells and takes back from customers.
    Cashier,
    /// Reads the books and closes days.
    Accountant,
    /// Reads everything.
    Auditor,
    /// Keeps the program running.
    Operator,
    /// Another program.
    Service,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 8] = [
        Role::Owner,
        Role::Manager,
        Role::StockKeeper,
        Role::Cashier,
        Role::Accountant,
        Role::Auditor,
        Role::Operator,
        Role::Service,
    ];

    /// Its name in the database, in documents and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Manager => "manager",
            Role::StockKeeper => "stock_keeper",
            Role::Cashier => "cashier",
            Role::Accountant => "accountant",
            Role::Auditor => "auditor",
            Role::Operator => "operator",
            Role::Service => "service",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_name_and_nothing_else_is_a_role() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
        for odd in ["", "Owner", "root", "stock-keeper"] {
            assert_eq!(Role::named(odd), None, "{odd}");
        }
    }
}
