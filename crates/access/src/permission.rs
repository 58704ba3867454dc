//! Permissions: what there is to be allowed.
//!
//! Invariant: a permission is allowed to a caller when its role has it *and* its credential is not limited to others.

use domain::Role;
use platform::http::{Principal, Problem, auth::Scopes};

pub use crate::table::Permission;

/// What sort of thing a permission allows. The name of a sort, as a scope, stands for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// To read.
    Read,
    /// To move goods.
    Post,
    /// To change everything else of the shop.
    Change,
    /// To decide who may do what.
    Admin,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 4] = [Class::Read, Class::Post, Class::Change, Class::Admin];

    /// Its name as a scope.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Read => "read",
            Class::Post => "post",
            Class::Change => "change",
            Class::Admin => "admin",
        }
    }
}

/// Makes the table of permissions: variant, name, sort, the roles that have it, what it is in words.
macro_rules! permissions {
    ($($variant:ident $name:literal $class:ident $roles:expr, $words:literal;)*) => {
        /// Something there is to be allowed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Permission {$(
            #[doc = $words]
            $variant,
        )*}

        impl Permission {
            /// All of them, in the order of the table.
            pub const ALL: &[Permission] = &[$(Permission::$variant),*];

            /// Its name, as a scope too.
            pub const fn name(self) -> &'static str {
                match self {$(Permission::$variant => $name,)*}
            }

            /// What sort of thing it allows.
            pub const fn class(self) -> $crate::permission::Class {
                match self {$(Permission::$variant => $crate::permission::Class::$class,)*}
            }

            /// The roles that have it.
            pub const fn roles(self) -> &'static [domain::Role] {
                match self {$(Permission::$variant => $roles,)*}
            }

            /// What it is, in words.
            pub const fn words(self) -> &'static str {
                match self {$(Permission::$variant => $words,)*}
            }
        }
    };
}
pub(crate) use permissions;

const fn number(permission: Permission) -> u8 {
    permission as u8
}

/// What each role may do, in the order of [`Role::ALL`].
const OF_ROLES: [Scopes; Role::ALL.len()] = {
    let mut all = [Scopes::NONE; Role::ALL.len()];
    let mut index = 0;
    while index < Permission::ALL.len() {
        let permission = Permission::ALL[index];
        let roles = permission.roles();
        let mut role = 0;
        while role < roles.len() {
            all[roles[role] as usize] = all[roles[role] as usize].with(number(permission));
            role += 1;
        }
        index += 1;
    }
    all
};

// A number past this one would stand for another permission.
const _: () = assert!(Permission::ALL.len() <= 128);

impl Permission {
    /// The permission of that name.
    pub fn named(name: &str) -> Option<Permission> {
        Permission::ALL.iter().copied().find(|permission| permission.name() == name)
    }

    /// It alone.
    pub const fn scope(self) -> Scopes {
        Scopes::NONE.with(number(self))
    }
}

/// Everything a role may do.
pub const fn of_role(role: Role) -> Scopes {
    OF_ROLES[role as usize]
}

/// What a scope stands for: a permission by its name, or all of a sort by the sort's.
pub fn scopes_named(name: &str) -> Option<Scopes> {
    let sort = Class::ALL.into_iter().find(|class| class.name() == name);
    let all_of = |class: Class| {
        let of = Permission::ALL.iter().filter(|permission| permission.class() == class);
        of.fold(Scopes::NONE, |scopes, permission| scopes.with(number(*permission)))
    };
    sort.map(all_of).or_else(|| Permission::named(name).map(Permission::scope))
}

/// What scopes of these names stand for together. A name that is none stands for nothing.
pub(crate) fn scopes_of_names(names: &[String]) -> Scopes {
    names.iter().filter_map(|name| scopes_named(name)).fold(Scopes::NONE, Scopes::or)
}

/// The names of the permissions in scopes; `None` when they are no limit.
pub(crate) fn names_of(scopes: Scopes) -> Option<Vec<String>> {
    let within = Permission::ALL.iter().filter(|permission| scopes.contains(number(**permission)));
    (scopes != Scopes::ALL).then(|| within.map(|permission| permission.name().to_owned()).collect())
}

/// What somebody may do.
pub trait Permit {
    /// All of it.
    fn grants(&self) -> Scopes;

    /// Whether this is among it.
    fn may(&self, permission: Permission) -> bool {
        self.grants().contains(number(permission))
    }

    /// 403 unless this is among it.
    fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) { Ok(()) } else { Err(refusal(permission)) }
    }
}

impl Permit for Principal {
    fn grants(&self) -> Scopes {
        of_role(self.role).and(self.scopes)
    }
}

/// 403 for want of a permission.
pub(crate) fn refusal(permission: Permission) -> Problem {
    Problem::forbidden().log(format_args!("needs {}", permission.name()))
}

#[cfg(test)]
mod tests {
    use platform::http::auth::CallerKind;

    use super::*;

    #[test]
    fn a_role_may_what_its_column_says() {
        for role in Role::ALL {
            let principal = Principal::new(CallerKind::Key, "k", "k", role);
            for permission in Permission::ALL {
                let listed = permission.roles().contains(&role);
                assert_eq!(principal.may(*permission), listed, "{} {}", role.name(), permission.name());
            }
        }
        assert!(Permission::ALL.iter().all(|permission| permission.roles().contains(&Role::Owner)));
    }

    #[test]
    fn scopes_take_away_and_never_add() {
        let mut cashier = Principal::new(CallerKind::Key, "k", "k", Role::Cashier);
        cashier.scopes = scopes_named("read").unwrap();
        assert!(cashier.may(Permission::StockRead) && !cashier.may(Permission::PostingsSell));
        cashier.scopes = scopes_named("postings.correct").unwrap();
        assert!(!cashier.may(Permission::PostingsCorrect));
        assert_eq!(scopes_named("everything"), None);
    }

    #[test]
    fn every_permission_has_a_name_of_its_own() {
        let sorts = Class::ALL.map(Class::name);
        for permission in Permission::ALL {
            assert_eq!(Permission::named(permission.name()), Some(*permission));
            assert!(!sorts.contains(&permission.name()) && !permission.words().is_empty());
        }
    }
}
