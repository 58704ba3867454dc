//! `gondola key rotate WHAT`: a new secret in the place of an old one, while everything runs.
//!
//! Invariant: after any of these, also one that was interrupted, running servers go on, and so do those that start again with the
//! settings they had.

mod master;

use clap::Subcommand;
use domain::SystemClock;
use platform::{config::Settings, vault::Vault};
use warehouse::checkpoints;

use super::super::{Words, open, progress::Progress};

/// What to replace.
#[derive(Subcommand)]
pub(crate) enum Rotate {
    /// The master key of what is kept encrypted. Both will do until --finish, or until key_overlap_days have passed.
    Master(master::Master),
    /// The key of encrypted values: a new one serves at once, and the values there are move to it.
    Fields,
    /// The key that signs checkpoints. What was signed goes on proving itself.
    Checkpoint,
}

/// Runs it.
pub(super) async fn run(what: Rotate, settings: Settings) -> anyhow::Result<()> {
    match what {
        Rotate::Master(how) => master::run(how, settings).await,
        Rotate::Fields => fields(&settings).await,
        Rotate::Checkpoint => checkpoint(&settings),
    }
}

async fn fields(settings: &Settings) -> anyhow::Result<()> {
    let words = Words(settings.language);
    let db = open::writable(settings).await?;
    let vault = open::vault(&db, settings).await?;
    let number = vault.rotate(&SystemClock).await?;
    let moved = reseal(&vault, words).await?;
    answer!("{} {number}", words.say("clave", "key"));
    answer!("{} {moved}", words.say("valores pasados", "values moved"));
    Ok(())
}

/// Puts every value under the newest key. How many there were.
async fn reseal(vault: &Vault, words: Words) -> anyhow::Result<u64> {
    let mut reseal = vault.reseal().await?;
    let mut progress = Progress::new(words.say("valores", "values"));
    while reseal.step().await? {
        progress.set(reseal.done, Some(reseal.total));
    }
    progress.finish();
    if reseal.left > 0 {
        let (es, en) = ("valores no se abren y quedaron como estaban", "values do not open and stayed as they were");
        remark!("{} {}", reseal.left, words.say(es, en));
    }
    Ok(reseal.done - reseal.left)
}

fn checkpoint(settings: &Settings) -> anyhow::Result<()> {
    let name = checkpoints::rotate_key(&settings.data_dir)?;
    answer!("{} {name}", Words(settings.language).say("clave", "key"));
    Ok(())
}
