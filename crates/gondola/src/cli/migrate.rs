//! `gondola migrate up|down|status`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{Clock, SystemClock};
use platform::config::Settings;
use store::{Db, Options, migrate};

use super::{Failure, Outcome, Words, open};

/// What to do with the database's version.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Bring it to this program's version.
    Up,
    /// Take it back to an earlier version; what the later ones held is lost.
    Down(Down),
    /// Show which steps it has; fails when it is of a newer program.
    Status(Status),
}

/// How to show them.
#[derive(Args)]
pub(crate) struct Status {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// How far down.
#[derive(Args)]
pub(crate) struct Down {
    /// The version to go back to; 0 empties the database.
    #[arg(long, value_name = "VERSION")]
    to: i64,
    /// Yes, lose what the later versions hold.
    #[arg(long)]
    yes: bool,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    match command {
        Command::Up => {
            let db = open::writable(&settings).await?;
            answer!("{} {}", words.say("versión", "version"), migrate::current(&db).await?);
        }
        Command::Down(down) => take_down(&down, &settings).await?,
        Command::Status(how) => status(how.json, &settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(json: bool, settings: &Settings) -> anyhow::Result<()> {
    let db = open::as_it_is(settings).await?;
    let (found, known) = (migrate::current(&db).await?, migrate::newest());
    let steps = migrate::status(&db).await?;
    if json {
        let step =
            |s: &migrate::Status| serde_json::json!({"version": s.version, "name": s.name, "applied": s.applied});
        let steps: Vec<_> = steps.iter().map(step).collect();
        answer!("{}", serde_json::json!({"version": found, "known": known, "steps": steps}));
    } else {
        let words = Words(settings.language);
        for step in steps {
            let state = if step.applied { words.say("aplicada", "applied") } else { words.say("pendiente", "pending") };
            answer!("{} {}: {state}", step.version, step.name);
        }
    }
    if found > known { Err(store::Error::TooNew { found, known }.into()) } else { Ok(()) }
}

async fn take_down(down: &Down, settings: &Settings) -> anyhow::Result<()> {
    if !down.yes {
        return Err(Failure::new(
            "volver atrás borra lo que guardan las versiones posteriores; hacé una copia y repetí con --yes",
            "going back deletes what the later versions hold; make a copy and repeat with --yes",
        )
        .into());
    }
    if !(0..=migrate::newest()).contains(&down.to) {
        return Err(
            Failure::new(format!("no hay versión {}", down.to), format!("there is no version {}", down.to)).into()
        );
    }
    let url = settings.database_admin_url.as_ref().unwrap_or(&settings.database_url);
    let options = Options { create: false, ..Options::new(url.expose()) };
    let db = Db::open(&options).await?;
    let before = migrate::current(&db).await?;
    migrate::down_to(&db, down.to).await?;
    if before != down.to && down.to >= store::audit::SINCE_VERSION {
        let mut tx = db.write().await?;
        open::migrated(before, down.to).write(&mut tx, SystemClock.now()).await?;
        tx.commit().await?;
    }
    answer!("{} {}", Words(settings.language).say("versión", "version"), migrate::current(&db).await?);
    Ok(())
}
