//! `gondola key rotate WHAT`: a new secret in the place of an old one, while everything runs.
//!
//! Invariant: after any of these, also one that was interrupted, running servers go on, and so do those that start again with the
//! settings they had. Each is written into the audit log.

mod master;

use std::sync::Arc;

use access::{Doer, keys::MOST_OVERLAP_SECONDS};
use clap::{Args, Subcommand};
use domain::{SystemClock, audit::Action};
use platform::{audit::Draft, config::Settings, vault::Vault};
use warehouse::checkpoints::replace_key;

use super::{
    super::{Words, audited, open, progress::Progress},
    desk, show, told,
};

const HOUR_SECONDS: i64 = 3_600;

/// Which secret to replace.
#[derive(Subcommand)]
pub(crate) enum Rotate {
    /// That of a key; the new one is printed alone on the last line, once.
    ApiKey(ApiKey),
    /// What signs tokens; those given out before are taken until they end.
    Tokens,
    /// The master key of what is kept encrypted. Both will do until --finish, or until key_overlap_days have passed.
    Master(master::Master),
    /// The key of encrypted values: a new one serves at once, and the values there are move to it.
    Fields,
    /// The key that signs checkpoints. What was signed goes on proving itself.
    Checkpoint,
}

/// Which key gets another secret.
#[derive(Args)]
pub(crate) struct ApiKey {
    /// Its public part, as listed.
    id: String,
    /// Hours that the secret it has now goes on serving; 0 ends it at once.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=MOST_OVERLAP_SECONDS / HOUR_SECONDS))]
    overlap: i64,
}

/// Runs it.
pub(super) async fn run(what: Rotate, settings: Settings) -> anyhow::Result<()> {
    match what {
        Rotate::ApiKey(which) => api_key(&which, &settings).await,
        Rotate::Tokens => tokens(&settings).await,
        Rotate::Master(how) => master::run(how, settings).await,
        Rotate::Fields => fields(&settings).await,
        Rotate::Checkpoint => checkpoint(&settings).await,
    }
}

/// What such a change is in the audit log.
fn event(secret: &str) -> Draft {
    audited::by_cli(Action::SecretRotated).on("secret", secret)
}

async fn api_key(which: &ApiKey, settings: &Settings) -> anyhow::Result<()> {
    let made = desk(settings).await?.rotate(Doer::CommandLine, &which.id, which.overlap * HOUR_SECONDS).await;
    show(Words(settings.language), &made.map_err(|problem| told(&problem))?);
    Ok(())
}

async fn tokens(settings: &Settings) -> anyhow::Result<()> {
    let db = open::writable(settings).await?;
    let vault = open::vault(&db, settings).await?;
    let keys = access::TokenKeys::new(db, Arc::new(SystemClock), vault);
    let (id, _) = keys.rotate(event("tokens")).await.map_err(|problem| told(&problem))?;
    answer!("{id}");
    Ok(())
}

async fn fields(settings: &Settings) -> anyhow::Result<()> {
    let words = Words(settings.language);
    let db = open::writable(settings).await?;
    let vault = open::vault(&db, settings).await?;
    let number = vault.rotate(&SystemClock, event("fields")).await?;
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
        let es = ["valor no se abre y quedó como estaba", "valores no se abren y quedaron como estaban"];
        let en = ["value does not open and stayed as it was", "values do not open and stayed as they were"];
        remark!("{}", words.counted(reseal.left, es, en));
    }
    Ok(reseal.done - reseal.left)
}

async fn checkpoint(settings: &Settings) -> anyhow::Result<()> {
    let db = open::writable(settings).await?;
    let name = replace_key(&db, &settings.data_dir, &SystemClock, event("checkpoint")).await?;
    answer!("{} {name}", Words(settings.language).say("clave", "key"));
    Ok(())
}
