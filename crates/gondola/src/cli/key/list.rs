//! `gondola key list`.

use clap::Args;
use domain::{Clock, SystemClock};
use platform::config::Settings;
use store::api_key::{self, ApiKey};

use super::super::{Words, open};

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) async fn run(how: &List, settings: &Settings) -> anyhow::Result<()> {
    let db = open::readable(settings).await?;
    let keys = api_key::list(&db).await?;
    let now = SystemClock.now();
    if how.json {
        let rows: Vec<_> = keys.iter().map(|key| access::api::keys::view::KeyItem::of(key, now)).collect();
        answer!("{}", serde_json::to_string(&rows)?);
        return Ok(());
    }
    let words = Words(settings.language);
    for key in &keys {
        let state = if key.is_valid(now) { "" } else { words.say(" (no sirve más)", " (ended)") };
        answer!("{:<24} {:<12} {}{}{state}", key.id, key.role, key.name, limits(words, key));
    }
    Ok(())
}

/// What a key is limited to, in few words.
fn limits(words: Words, key: &ApiKey) -> String {
    let limits = &key.limits;
    let mut parts = limits.scopes.clone();
    parts.extend(limits.sites.iter().flatten().map(|site| format!("{} {site}", words.say("en", "at"))));
    parts.extend(limits.quota_per_minute.map(|quota| format!("{quota}/min")));
    parts.extend(limits.require_signature.then(|| words.say("firma", "signs").to_owned()));
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}
