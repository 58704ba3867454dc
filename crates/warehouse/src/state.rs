//! What every handler of the role is given.
//!
//! Invariant: cheap to clone; nothing in it is changed by a request but through the database and the ledger's writer.

use std::{ops::Deref, path::PathBuf, sync::Arc};

use contracts::approval::{self, Desk};
use domain::{Clock, Ids, scale::ScaleProfile};
use platform::{audit::Audit, events::Events, jobs::Jobs, vault::Vault};
use store::{Db, ledger::Writer};

use crate::{
    api::{imports::room::Room, stock::inventory::LastKnown},
    journal::Intake,
    search::Search,
    shelf::Shelf,
};

/// The topics this role tells changes on, besides those of jobs.
pub const TOPICS: &[&str] = &["stock", "alerts", approval::TOPIC];

/// The warehouse's state. The router clones it several times a request, so all of it is behind one pointer.
#[derive(Clone)]
pub struct Warehouse(Arc<Held>);

impl Deref for Warehouse {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

/// What it is made of, and what it finds out by itself.
pub struct Held {
    parts: Parts,
    /// Finds products by their words.
    pub search: Search,
    /// What products had when they were last read.
    pub last_known: LastKnown,
    /// Room for files that wait to be imported.
    pub uploads: Room,
}

impl Deref for Held {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// What a warehouse is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The only way to add postings. Imports wait their turn; requests do not.
    pub writer: Writer,
    /// What takes postings while the ledger cannot be asked; `None` where nothing does.
    pub journal: Option<Intake>,
    /// The stock as it was last known.
    pub shelf: Shelf,
    /// Where postings wait for a second person.
    pub approvals: Desk,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
    /// The currency of every amount (ISO 4217).
    pub currency: String,
    /// What the labels of the shop's scales look like.
    pub scale_labels: ScaleProfile,
    /// Where keys, checkpoints and uploads are kept.
    pub data_dir: PathBuf,
    /// Long work.
    pub jobs: Jobs,
    /// Where changes are told; knows at least the topics of [`TOPICS`].
    pub events: Events,
    /// Where what happens outside a transaction is written down.
    pub audit: Audit,
    /// What keeps how suppliers are reached.
    pub vault: Vault,
}

impl Warehouse {
    /// To be called when something new is in the catalogue, before anybody is answered.
    pub fn catalogue_changed(&self) {
        if let Some(journal) = &self.journal {
            journal.changed();
        }
    }

    /// Where files that imports read lie meanwhile.
    pub fn scratch(&self) -> PathBuf {
        self.data_dir.join("imports")
    }

    /// The role's state; also makes its texts known.
    pub fn new(parts: Parts) -> Warehouse {
        crate::api::texts::register();
        Warehouse(Arc::new(Held {
            parts,
            search: Search::default(),
            last_known: LastKnown::default(),
            uploads: Room::default(),
        }))
    }
}
