//! What everything about people stands on.
//!
//! Invariant: cheap to clone; nothing in it is changed by a request but through the database and the cache of sessions.

use std::{ops::Deref, sync::Arc};

use domain::{Clock, Ids, Role};
use platform::{audit::Audit, config::Mode, vault::Vault};
use store::Db;

use crate::{password::Passwords, session::Remembered};

/// Whether whoever has that role must have a second factor: those who could do the most harm.
pub const fn demands_factor(mode: Mode, role: Role) -> bool {
    matches!((mode, role), (Mode::Production, Role::Owner | Role::Operator))
}

/// Everything about people. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<Held>);

impl Deref for Access {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

/// What it stands on.
pub struct Held {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
    /// Opens what is kept encrypted.
    pub vault: Vault,
    /// Where events outside a transaction are told.
    pub audit: Audit,
    /// Makes and checks hashes.
    pub passwords: Passwords,
    /// How strict the installation is.
    pub mode: Mode,
    pub(crate) remembered: Remembered,
}

/// What it is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
    /// Opens what is kept encrypted.
    pub vault: Vault,
    /// Where events outside a transaction are told.
    pub audit: Audit,
    /// Makes and checks hashes.
    pub passwords: Passwords,
    /// How strict the installation is.
    pub mode: Mode,
}

impl Access {
    /// Whether whoever has that role must have a second factor.
    pub fn demands_factor(&self, role: Role) -> bool {
        demands_factor(self.mode, role)
    }

    /// Also makes its texts known.
    pub fn new(parts: Parts) -> Access {
        crate::texts::register();
        let Parts { db, clock, ids, vault, audit, passwords, mode } = parts;
        Access(Arc::new(Held { db, clock, ids, vault, audit, passwords, mode, remembered: Remembered::new() }))
    }
}
