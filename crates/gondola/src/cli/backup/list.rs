//! `gondola backup list`.

use std::process::ExitCode;

use clap::Args;
use platform::{
    backup::{Checked, Folder, Kept},
    config::Settings,
};
use serde_json::{Value, json};

use crate::{
    backup::afar,
    cli::{Outcome, Words},
};

/// How to show them.
#[derive(Args)]
pub(super) struct Arguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) async fn run(how: &Arguments, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let all = Folder::new(&settings.backups.folder).list()?;
    let delivered = match afar::of(settings) {
        Some(place) => afar::kept(&*place).await?,
        None => Vec::new(),
    };
    if how.json {
        answer!("{}", all.iter().map(as_json).chain(delivered.iter().map(afar_as_json)).collect::<Value>());
        return Ok(ExitCode::SUCCESS);
    }
    for kept in &all {
        let told = match Checked::header(&kept.path) {
            Ok(header) => format!("{} {}", header.database, header.encryption),
            Err(error) => words.failure(&error.into()).replace('\n', ""),
        };
        answer!("{}  {:>14}  {told}  {}", kept.instant, kept.bytes, kept.path.display());
    }
    for kept in &delivered {
        let told = words.say("en el almacén de objetos", "in the object store");
        answer!("{}  {:>14}  {told}  {}", kept.instant, kept.bytes, kept.path.display());
    }
    if all.is_empty() && delivered.is_empty() {
        remark!("{}: {}", settings.backups.folder.display(), words.say("no hay copias", "there are no backups"));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(kept: &Kept) -> Value {
    let (header, error) = match Checked::header(&kept.path) {
        Ok(header) => (Some(header), None),
        Err(error) => (None, Some(format!("{:#}", anyhow::Error::from(error)))),
    };
    json!({
        "file": kept.path.display().to_string(),
        "instant": kept.instant.to_string(),
        "bytes": kept.bytes,
        "header": header,
        "error": error,
    })
}

/// What such a one says of itself is known once it is brought here.
fn afar_as_json(kept: &Kept) -> Value {
    json!({
        "file": kept.path.display().to_string(),
        "instant": kept.instant.to_string(),
        "bytes": kept.bytes,
        "header": null,
        "error": null,
    })
}
