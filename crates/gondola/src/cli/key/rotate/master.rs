//! `gondola key rotate master`.
//!
//! Invariant: the new key is where it will be looked for, or in the operator's hands, before the old one stops serving.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use domain::SystemClock;
use platform::{
    config::{Origin, Settings},
    secret::Secret,
    vault::{MasterKey, Source, Vault},
};

use super::{
    super::super::{Failure, Words, open},
    event,
};

/// How to change it.
#[derive(Args)]
pub(crate) struct Master {
    /// A file with the new key [default: one is made, in the place of the file in use or printed alone on the last line].
    #[arg(long, value_name = "FILE", conflicts_with = "finish")]
    new_key_file: Option<PathBuf>,
    /// A file with a passphrase that takes the key's place.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["finish", "new_key_file"])]
    new_passphrase_file: Option<PathBuf>,
    /// End the change: from here on only the key in the settings will do.
    #[arg(long)]
    finish: bool,
}

/// Runs it.
pub(super) async fn run(how: Master, settings: Settings) -> anyhow::Result<()> {
    let db = open::writable(&settings).await?;
    let vault = open::vault(&db, &settings).await?;
    if how.finish {
        return finish(&vault, &settings).await;
    }
    match (given(&how)?, settings.origin("database_encryption_key")) {
        (Some(new), _) => add(&vault, &new, &settings).await,
        (None, Origin::SecretFile(path)) => replace_file(&vault, path, &settings).await,
        (None, _) => print_new(&vault, &settings).await,
    }
}

async fn finish(vault: &Vault, settings: &Settings) -> anyhow::Result<()> {
    let words = Words(settings.language);
    let ended = vault.keep_only_this_master(&SystemClock, event("master")).await?;
    let said = if ended == 0 {
        words.say("no había ningún cambio en curso", "no change was under way")
    } else {
        words.say("la clave anterior ya no sirve", "the earlier key will no longer do")
    };
    answer!("{said}");
    Ok(())
}

fn given(how: &Master) -> anyhow::Result<Option<Source>> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string()).map(Secret::new);
    let unfit = |path: &Path| {
        let path = path.display();
        Failure::new(
            format!("{path}: no es una clave de 64 dígitos hexadecimales, o la frase tiene menos de 16 caracteres"),
            format!("{path}: not a key of 64 hexadecimal digits, or a phrase of fewer than 16 characters"),
        )
    };
    Ok(match (&how.new_key_file, &how.new_passphrase_file) {
        (Some(path), _) => Some(MasterKey::parse(read(path)?.expose()).map(Source::Key).ok_or_else(|| unfit(path))?),
        (_, Some(path)) => Some(Source::passphrase(read(path)?.expose()).ok_or_else(|| unfit(path))?),
        _ => None,
    })
}

/// The key is the operator's: both will do until the settings of every process say the new one.
async fn add(vault: &Vault, new: &Source, settings: &Settings) -> anyhow::Result<()> {
    let id = vault.add_master(new, &SystemClock, event("master")).await?;
    answer!("{id}");
    say_what_follows(settings, "");
    Ok(())
}

/// The new key is written beside the old one before the database knows it, and takes its name after.
async fn replace_file(vault: &Vault, path: &Path, settings: &Settings) -> anyhow::Result<()> {
    let key = MasterKey::generate()?;
    let (new, old) = (beside(path, &format!("new-{}", key.id())), beside(path, &in_use(vault).await?));
    key.write(&new).with_context(|| new.display().to_string())?;
    let id = vault.add_master(&Source::Key(key), &SystemClock, event("master")).await?;
    fs::hard_link(path, &old).or_else(|error| if old.exists() { Ok(()) } else { Err(error) })?;
    fs::rename(&new, path).with_context(|| path.display().to_string())?;
    answer!("{id}");
    let (words, old) = (Words(settings.language), old.display());
    let es = format!("La anterior quedó en {old}: hace falta para las copias de la base hechas hasta ahora. ");
    let en = format!("The earlier one stays in {old}: copies of the database made until now need it. ");
    say_what_follows(settings, words.say(&es, &en));
    Ok(())
}

async fn print_new(vault: &Vault, settings: &Settings) -> anyhow::Result<()> {
    let key = MasterKey::generate()?;
    vault.add_master(&Source::Key(key.clone()), &SystemClock, event("master")).await?;
    say_what_follows(settings, "");
    answer!("{}", key.to_hex().expose());
    Ok(())
}

fn say_what_follows(settings: &Settings, first: &str) {
    remark!(
        "{first}{}",
        Words(settings.language).say(
            "Sirven la clave nueva y la anterior: dale la nueva a cada servidor cuando quieras, guardá una copia aparte, y al final corré «gondola key rotate master --finish» (o esperá key_overlap_days)",
            "Both the new key and the earlier one will do: give each server the new one when you like, keep a copy apart, and in the end run “gondola key rotate master --finish” (or wait for key_overlap_days)",
        )
    );
}

async fn in_use(vault: &Vault) -> anyhow::Result<String> {
    let standing = vault.standing().await?;
    Ok(standing.master.map(|(id, _)| id).unwrap_or_default())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
