//! `gondola backup`.

mod key;
mod list;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use domain::{Clock, SystemClock};
use platform::{backup::Checked, config::Settings};
use store::{Db, migrate};

use super::{Outcome, Words, by_cli, open, progress::Progress};
use crate::backup::{self, Made, Tried, afar};

/// How often it is looked whether somebody else is done.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What to do; without a command, a backup is made.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct How {
    /// Leave it unencrypted, for whoever has the file to read.
    #[arg(long)]
    plain: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// The backups there are, the newest first.
    List(list::Arguments),
    /// Read all of a backup and say whether it is whole.
    Verify(Verify),
    /// Make an identity that opens backups, and print whom to encrypt them for.
    Key(key::Arguments),
}

/// Which one.
#[derive(Args)]
struct Verify {
    /// The backup: a file, or its address in the object store.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    match arguments.command {
        None => make(&arguments.how, &settings).await,
        Some(Command::List(how)) => list::run(&how, &settings).await,
        Some(Command::Verify(which)) => verify(&which, &settings).await,
        Some(Command::Key(where_to)) => key::run(&where_to, &settings),
    }
}

async fn make(how: &How, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let sealing = backup::sealing(settings, how.plain)?;
    // Of an older version too: before it is brought up is when a backup is wanted most.
    let db = open::as_it_is(settings).await?;
    let (found, known) = (migrate::current(&db).await?, migrate::newest());
    if found > known {
        return Err(store::Error::TooNew { found, known }.into());
    }
    let made = match backup::make(settings, sealing, &SystemClock).await {
        Ok(made) => made,
        Err(error) => {
            let now = SystemClock.now();
            // An older database has nowhere to write it down, and whoever is at it already has not failed.
            if found < known || backup::is_busy(&error) {
                return Err(error);
            }
            if let Err(unwritten) = backup::failed(&db, Tried::Backup, &format!("{error:#}"), by_cli, now).await {
                tracing::warn!(error = &unwritten as &dyn std::error::Error, "the failure could not be written down");
            }
            return Err(error);
        }
    };
    if found == known {
        write_down(&db, &made, words).await;
    }
    let gone = let_go(settings, words).await;
    db.close().await;
    let delivered = deliver(settings, words).await;
    let code = if delivered == Some(false) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if how.json {
        answer!("{}", as_json(&made, gone, delivered));
        return Ok(code);
    }
    answer!("{}", made.kept.path.display());
    remark!(
        "{} bytes, {}, {:.2} s",
        made.kept.bytes,
        words.movements(made.manifest.movements()),
        made.took.as_secs_f64()
    );
    Ok(code)
}

/// Brings it to the object store, where there is one; whether it is there.
async fn deliver(settings: &Settings, words: Words) -> Option<bool> {
    let place = afar::of(settings)?;
    let delivered = loop {
        match afar::deliver(settings, &*place).await {
            // A server has found it, and is at it.
            Err(error) if backup::is_busy(&error) => tokio::time::sleep(LOOK_EVERY).await,
            done => break done,
        }
    };
    if let Err(error) = &delivered {
        let what = words.say(
            "la copia está hecha y queda en su carpeta, pero no se entregó en el almacén de objetos",
            "the backup is made and stays in its folder, but was not delivered to the object store",
        );
        remark!("{what}: {}", words.failure(error));
    }
    Some(delivered.is_ok())
}

/// A backup that cannot be written down is a backup all the same.
async fn write_down(db: &Db, made: &Made, words: Words) {
    if let Err(error) = backup::succeeded(db, &backup::Outcome::Made(made), by_cli, SystemClock.now()).await {
        let what = words
            .say("la copia está hecha, pero no pudo anotarse", "the backup is made, but could not be written down");
        remark!("{what}: {error}");
    }
}

/// Removes those whose time is over. How many, unless one of them stays: the backup is made all the same.
async fn let_go(settings: &Settings, words: Words) -> Option<usize> {
    match backup::let_go(settings).await {
        Ok(gone) => Some(gone),
        Err(error) => {
            let what = words.say(
                "la copia está hecha, pero una anterior no pudo borrarse",
                "the backup is made, but an earlier one could not be removed",
            );
            remark!("{what}: {}", words.failure(&error));
            None
        }
    }
}

fn as_json(made: &Made, removed: Option<usize>, delivered: Option<bool>) -> serde_json::Value {
    serde_json::json!({
        "file": made.kept.path.display().to_string(),
        "bytes": made.kept.bytes,
        "took_ms": u64::try_from(made.took.as_millis()).unwrap_or(u64::MAX),
        "removed": removed,
        "delivered": delivered,
        "manifest": made.manifest,
    })
}

async fn verify(which: &Verify, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    let file = afar::at_hand(&afar::of(settings), &which.file, &settings.data_dir).await?;
    let mut bar = Progress::new(words.say("leyendo", "reading"));
    let checked = Checked::all(file.path(), &mut |done, total| {
        bar.set(done, Some(total));
        true
    })?;
    bar.finish();
    let header = &checked.header;
    if which.json {
        answer!("{}", serde_json::json!({"ok": true, "bytes": checked.bytes, "header": header}));
        return Ok(ExitCode::SUCCESS);
    }
    answer!("{}: {}, {}", header.instant, header.database, header.encryption);
    answer!("{}", words.say("la copia está entera", "the backup is whole"));
    Ok(ExitCode::SUCCESS)
}
