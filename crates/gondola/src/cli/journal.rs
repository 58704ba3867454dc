//! `gondola journal list|replay|export`.
//!
//! Invariant: looking changes nothing and may be done beside a running server; handing on is done by one process at a time.

use std::{fs, io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use domain::SystemClock;
use platform::{config::Settings, events::Events, journal::scan};
use serde_json::{Value, json};
use store::ledger::{Writer, WriterOptions};
use warehouse::{
    journal::{Entry, Files, Intake, IntakeParts, REFUSED, Refusal, WAITING},
    shelf::Shelf,
};

use super::{Failure, Outcome, Words, open};
use crate::wiring::{approvals, journal_folders};

/// What to do with postings that were taken while the database was down.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// What waits for the ledger, and what the ledger refused.
    List(List),
    /// Hand on what waits, and try again what was refused; for when no server runs.
    Replay,
    /// Write all of it to a file, one JSON object a line.
    Export(Export),
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Where to.
#[derive(Args)]
pub(crate) struct Export {
    /// The file.
    file: PathBuf,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    match command {
        Command::List(arguments) => list(&entries(&settings)?, &arguments, words),
        Command::Export(arguments) => export(&entries(&settings)?, &arguments, words),
        Command::Replay => replay(&settings, words).await,
    }
}

/// Every posting in every folder, as people read it.
fn entries(settings: &Settings) -> anyhow::Result<Vec<Value>> {
    let mut entries = Vec::new();
    for folder in journal_folders(settings) {
        for (name, state) in [(WAITING, "waiting"), (REFUSED, "refused")] {
            let bytes = match fs::read(folder.join(name)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            for record in scan(&bytes).pending {
                entries.push(entry(state, &record.payload)?);
            }
        }
    }
    Ok(entries)
}

fn entry(state: &str, kept: &[u8]) -> anyhow::Result<Value> {
    if state == "waiting" {
        let posting = Entry::read(kept).map(|entry| entry.json()).transpose()?;
        return Ok(json!({"state": state, "posting": posting}));
    }
    let refusal = Refusal::read(kept);
    let code = refusal.as_ref().map(|refusal| refusal.code.clone());
    Ok(json!({"state": state, "code": code, "posting": refusal.map(|refusal| refusal.posting)}))
}

fn list(entries: &[Value], arguments: &List, words: Words) -> Outcome {
    if arguments.json {
        entries.iter().for_each(|entry| answer!("{entry}"));
        return Ok(ExitCode::SUCCESS);
    }
    for entry in entries {
        let posting = &entry["posting"];
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let state = match entry["state"].as_str() {
            Some("waiting") => words.say("espera", "waiting").to_owned(),
            _ => format!("{} ({})", words.say("rechazado", "refused"), text(&entry["code"])),
        };
        answer!(
            "{}  {}  {}  {}  {state}",
            text(&posting["id"]),
            text(&posting["site"]),
            text(&posting["kind"]),
            text(&posting["actor"])
        );
    }
    let waiting = entries.iter().filter(|entry| entry["state"] == "waiting").count();
    let refused = entries.len() - waiting;
    answer!("{}: {waiting}  {}: {refused}", words.say("esperan", "waiting"), words.say("rechazados", "refused"));
    Ok(ExitCode::SUCCESS)
}

fn export(entries: &[Value], arguments: &Export, words: Words) -> Outcome {
    let mut file = fs::File::create(&arguments.file)?;
    for entry in entries {
        writeln!(file, "{entry}")?;
    }
    file.sync_all()?;
    let kept = words.counted(entries.len() as u64, ["renglón", "renglones"], ["line", "lines"]);
    remark!("{kept} {} {}", words.say("en", "in"), arguments.file.display());
    Ok(ExitCode::SUCCESS)
}

async fn replay(settings: &Settings, words: Words) -> Outcome {
    let db = open::writable(settings).await?;
    let clock: Arc<dyn domain::Clock> = Arc::new(SystemClock);
    let (writer, writing) = Writer::start(db.clone(), Arc::clone(&clock), WriterOptions::default());
    let (mut written, mut refused, mut waiting) = (0, 0, 0);
    for folder in journal_folders(settings).filter(|folder| folder.exists()) {
        let (files, _) = Files::open(&folder, settings.resilience.journal_max_bytes).map_err(held)?;
        refused += again(&files).await?;
        let events = Events::new(warehouse::TOPICS, clock.as_ref());
        let approvals = approvals::for_commands(&db, settings, &events);
        let (db, writer, clock) = (db.clone(), writer.clone(), Arc::clone(&clock));
        let (worth_asking, shelf) = (Arc::new(|| true), Shelf::new(Arc::clone(&clock), None, false));
        let parts = IntakeParts { db, writer, clock, pulse: None, worth_asking, events, approvals, shelf };
        let done = Intake::new(parts, files, &[]).replay().await.map_err(anyhow::Error::msg)?;
        written += done.written;
        refused += done.refused;
        waiting += done.waiting;
    }
    drop(writer);
    writing.await?;
    db.close().await;
    answer!("{}: {written}  {}: {refused}", words.say("asentados", "written"), words.say("rechazados", "refused"));
    if waiting > 0 {
        answer!(
            "{}: {waiting}",
            words.say("esperan a otra persona (Aprobaciones)", "wait for a second person (Approvals)")
        );
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was refused waits again. What is no posting never will be one and stays refused: how many there are of it.
async fn again(files: &Files) -> anyhow::Result<usize> {
    let refused = files.refused.oldest(usize::MAX).await?;
    let Some(last) = refused.last().map(|record| record.number) else { return Ok(0) };
    let (mut postings, mut others) = (Vec::new(), Vec::new());
    for record in refused {
        match Refusal::read(&record.payload).and_then(|refusal| refusal.entry()) {
            Some(entry) => postings.push(entry.bytes()?),
            None => others.push(record.payload),
        }
    }
    let staying = others.len();
    files.waiting.append(postings).await?;
    files.refused.append(others).await?;
    files.refused.settle(last).await?;
    Ok(staying)
}

fn held(error: platform::journal::Error) -> anyhow::Error {
    match error {
        platform::journal::Error::Held(_) => Failure::new(
            "un servidor en marcha tiene el diario y lo pasa al libro por sí mismo",
            "a running server has the journal, and hands it on by itself",
        )
        .into(),
        other => other.into(),
    }
}
