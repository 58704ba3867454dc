//! `gondola key status`: the program's secrets, how old each is, and whose turn it is.

use std::sync::Arc;

use clap::Args;
use domain::SystemClock;
use platform::{
    config::Settings,
    rotation::{Rotation, Seen},
    vault::{Source, Vault},
};

use super::super::{Words, open};
use crate::wiring::{SecretParts, rotation};

/// How to tell.
#[derive(Args)]
pub(crate) struct Status {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) async fn run(how: Status, settings: Settings) -> anyhow::Result<()> {
    let seen = secrets(&settings).await?.look().await;
    if how.json {
        let rows: Vec<_> = seen.iter().map(as_json).collect();
        answer!("{}", serde_json::Value::from(rows));
        return Ok(());
    }
    let words = Words(settings.language);
    for secret in &seen {
        answer!("{:<12} {}", secret.name, told(secret, words));
    }
    Ok(())
}

/// The secrets of this installation.
pub(crate) async fn secrets(settings: &Settings) -> anyhow::Result<Rotation> {
    let db = open::readable(settings).await?;
    // Looking makes nothing, not even a first key.
    let made = !store::vault::wrappings(&db).await?.is_empty();
    let source = if made { settings.encryption.clone() } else { Source::Nowhere };
    let vault = Vault::load(&db, &source, &SystemClock).await?;
    Ok(rotation(&SecretParts { db, vault, clock: Arc::new(SystemClock), jobs: None }, settings))
}

fn as_json(seen: &Seen) -> serde_json::Value {
    let time = |at: Option<domain::Timestamp>| at.map(|at| at.to_string());
    serde_json::json!({
        "secret": seen.name, "made_at": time(seen.standing.made_at), "ends_at": time(seen.standing.ends_at),
        "age_s": seen.age_s, "due": seen.is_due, "under_way": seen.standing.under_way, "fault": seen.fault,
    })
}

/// Its age, and what there is to say of it.
pub(crate) fn told(seen: &Seen, words: Words) -> String {
    let age = match (seen.age_s, &seen.fault) {
        (_, Some(fault)) => fault.clone(),
        (None, _) => words.say("no hay", "none").to_owned(),
        (Some(age), _) => words.counted(age / 86_400, ["día", "días"], ["day", "days"]),
    };
    let due = if seen.is_due { words.say("; ya toca cambiarla", "; it is time to replace it") } else { "" };
    let under_way = seen.standing.under_way.as_ref().map(|what| format!("; {what}")).unwrap_or_default();
    format!("{age}{due}{under_way}")
}
