//! `gondola drill`.

use std::process::ExitCode;

use clap::Args;
use domain::{Clock, SystemClock};
use platform::{config::Settings, lifecycle::Shutdown};

use super::{Outcome, Words, by_cli, open};
use crate::backup::{self, Drill, Tried};

/// How to tell it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let db = open::readable(&settings).await?;
    let stop = Shutdown::default();
    stop.on_signals()?;
    let tried = backup::drill(&settings, &backup::afar::of(&settings), &db, &SystemClock, &stop).await;
    let now = SystemClock.now();
    let why = match &tried {
        Ok(drill) if drill.ok => None,
        Ok(drill) => Some(drill.faults.join("; ")),
        Err(error) => Some(format!("{error:#}")),
    };
    let written = match (&tried, why) {
        (Ok(drill), None) => backup::succeeded(&db, &backup::Outcome::Drilled(drill), by_cli, now).await,
        // Nothing was found out of the backup.
        (Err(error), _) if stop.is_stopping() || backup::is_busy(error) => Ok(()),
        (_, why) => backup::failed(&db, Tried::Drill, &why.unwrap_or_default(), by_cli, now).await,
    };
    if let Err(error) = written {
        let what = words.say("el simulacro no pudo anotarse", "the drill could not be written down");
        remark!("{what}: {error}");
    }
    db.close().await;
    let drill = tried?;
    if let Some(why) = &drill.unkept {
        let what = words.say("el informe del simulacro no pudo guardarse", "the report of the drill could not be kept");
        remark!("{what}: {why}");
    }
    if arguments.json {
        answer!("{}", serde_json::to_string(&drill)?);
    } else {
        tell(&drill, words);
    }
    Ok(if drill.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(drill: &Drill, words: Words) {
    for fault in &drill.faults {
        answer!("{fault}");
    }
    let seconds = |ms: u64| format!("{}.{:03} s", ms / 1000, ms % 1000);
    answer!("{}: {}", words.say("copia", "backup"), drill.backup);
    answer!("RTO {} ({} + {})", seconds(drill.rto_ms), seconds(drill.restore_ms), seconds(drill.verify_ms));
    let missing = words.say("asientos después de la copia", "postings since the backup");
    answer!("RPO {} ({} {missing})", seconds(drill.rpo_ms), drill.missing_postings);
    answer!(
        "{}",
        if drill.ok {
            words.say("la copia se puede restaurar", "the backup can be restored")
        } else {
            words.say("LA COPIA NO SIRVE", "THE BACKUP IS NO GOOD")
        }
    );
}
