//! Roles on the command line.
//!
//! Invariant: which there are and what they are called comes from the type; a role that has no words here does not compile.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use domain::Role;

/// Reads any of these roles by its name.
pub(crate) fn among(roles: &'static [Role]) -> impl TypedValueParser<Value = Role> {
    let values = roles.iter().map(|role| PossibleValue::new(role.name()).help(words(*role)));
    PossibleValuesParser::new(values).try_map(|name| Role::named(&name).ok_or("there is no such role"))
}

/// What a role is for.
const fn words(role: Role) -> &'static str {
    match role {
        Role::Owner => "Everything, also openings, corrections and past days",
        Role::Manager => "Everything of the shop's day, also openings, corrections and past days",
        Role::StockKeeper => "Receives, returns to suppliers, moves, counts, writes off; keeps the products",
        Role::Cashier => "Sells and takes back from customers; nothing else",
        Role::Accountant => "Reads the books and closes days",
        Role::Auditor => "Reads everything",
        Role::Operator => "Keeps it running",
        Role::Service => "Another program: what a cashier and a stock keeper do, prices and imports",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[arg(long, value_parser = among(&Role::ALL), default_value = Role::Cashier.name())]
        role: Role,
    }

    #[test]
    fn every_role_is_read_by_its_name_and_no_other_is() {
        for role in Role::ALL {
            assert_eq!(Line::try_parse_from(["x", "--role", role.name()]).unwrap().role, role);
        }
        assert_eq!(Line::try_parse_from(["x"]).unwrap().role, Role::Cashier);
        for odd in ["boss", "Owner", "stock-keeper", ""] {
            assert!(Line::try_parse_from(["x", "--role", odd]).is_err(), "{odd}");
        }
    }
}
