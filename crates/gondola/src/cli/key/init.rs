//! `gondola key init`: the master key of encrypted values, in its usual file.
//!
//! Invariant: never replaces a key, and makes none for a database that has one already.

use std::path::PathBuf;

use clap::Args;
use platform::{
    config::Settings,
    vault::{MasterKey, Source, Vault},
};

use super::super::{Failure, Words, open};

/// Where to put it.
#[derive(Args)]
pub(crate) struct Init {
    /// Where to write it [default: keys/master.key in the data folder].
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Runs it.
pub(super) async fn run(init: Init, mut settings: Settings) -> anyhow::Result<()> {
    let words = Words(settings.language);
    if settings.encryption != Source::Nowhere {
        let from = settings.origin("database_encryption_key").to_string();
        return Err(Failure::new(
            format!("ya hay una clave de cifrado ({from}); «gondola key rotate master» la cambia. No se tocó nada"),
            format!("there is an encryption key already ({from}); “gondola key rotate master” changes it. Nothing was touched"),
        )
        .into());
    }
    let usual = Source::usual_file(&settings.data_dir);
    let path = init.file.unwrap_or_else(|| usual.clone());
    let db = open::writable(&settings).await?;
    // Fails when the database has values of a key that is not set: a new one would not open them.
    Vault::load(&db, &Source::Nowhere, &domain::SystemClock).await?;
    let key = MasterKey::generate()?;
    key.write(&path).map_err(|error| anyhow::Error::new(error).context(path.display().to_string()))?;
    settings.encryption = Source::Key(key.clone());
    open::vault(&db, &settings).await?;
    let (path_said, id) = (path.display(), key.id());
    answer!("{path_said}");
    remark!("{}", words.say(
        &format!("clave de cifrado {id}, legible sólo por su dueño. Guardá una copia en otro lado que las copias de la base: sin ella no se abre lo cifrado, y con las dos juntas no protege de nada"),
        &format!("encryption key {id}, readable by its owner alone. Keep a copy apart from the database's copies: without it what is encrypted stays shut, and beside them it protects from nothing"),
    ));
    if path != usual {
        let variable = "GONDOLA_DATABASE_ENCRYPTION_KEY_FILE";
        remark!(
            "{}",
            words.say(
                &format!("poné {variable}={path_said} para que se use"),
                &format!("set {variable}={path_said} for it to be used"),
            )
        );
    }
    Ok(())
}
