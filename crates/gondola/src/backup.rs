//! Backups of a whole installation: making them, bringing one back, proving that this works.
//!
//! Invariant: a backup shows one consistent state, in which everything is that was acknowledged before its instant. Private keys are in
//! none: they are kept apart from the records that they protect. Nothing is replaced before what replaces it was proved.

pub(crate) mod afar;
mod beside;
mod drill;
mod folder;
mod listed;
mod load;
mod make;
mod manifest;
mod restore;
mod scratch;
mod state;
mod tools;
mod work;

use platform::{
    backup::{Error, Sealing},
    config::Settings,
};

use crate::cli::Failure;

pub(crate) use self::{
    drill::{Drill, drill},
    folder::{here, let_go, newest},
    make::{Made, make},
    restore::{Restored, Wish, restore},
    state::{Outcome, Tried, claim, failed, give_back, may_be_due, succeeded},
};

/// Whether nothing was begun because somebody else is at it.
pub(crate) fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Busy(_)))
}

/// How backups are closed here; an error that says what to do when nobody was named.
pub(crate) fn sealing(settings: &Settings, plain: bool) -> Result<Sealing, Failure> {
    match &settings.backups.sealing {
        _ if plain => Ok(Sealing::Plain),
        Some(sealing) => Ok(sealing.clone()),
        None => Err(Failure::new(
            "no está dicho para quién se cifra la copia: corré «gondola backup key ARCHIVO» y poné backup_recipient con lo que imprime (o --plain, para una copia que cualquiera puede leer)",
            "nobody is named to encrypt the backup for: run “gondola backup key FILE” and set backup_recipient to what it prints (or --plain, for a backup that anybody can read)",
        )),
    }
}
