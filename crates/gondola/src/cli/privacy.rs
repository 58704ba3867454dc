//! `gondola privacy list|request|answer|data|breach-report|supplier`.
//!
//! Invariant: a command does what the API does, and leaves the same in the audit log.

use std::{path::PathBuf, process::ExitCode};

use access::{
    Access, Doer,
    api::privacy::suppliers::SupplierContact,
    privacy::{Answer, MOST_WORDS, Right, form::Form},
};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum, builder::PossibleValue};
use domain::Timestamp;
use platform::{
    config::Settings,
    http::{
        Problem,
        fields::{Value, text},
    },
};

use super::{Failure, Outcome, Words, open, user::failure};
use crate::wiring::people;

/// What to do about people's rights over their data.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List what people asked for: what waits first, the most urgent before the others.
    List(List),
    /// Write down what somebody asked for; its identity is printed alone on the last line.
    Request(Ask),
    /// Answer a request; erasure and restriction are carried out in the same moment.
    Answer(Close),
    /// Take out what is kept of whoever made a request.
    Data(Take),
    /// Gather what was accessed in an interval, as JSON.
    BreachReport(Interval),
    /// Show how a supplier is reached, as JSON, or take it out for good.
    Supplier(Named),
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// What somebody asked for.
#[derive(Args)]
pub(crate) struct Ask {
    /// What they type to come in.
    login: String,
    /// Which of their rights.
    #[arg(value_enum)]
    right: AskedRight,
    /// In their words.
    #[arg(long, default_value = "")]
    note: String,
}

/// How a request is closed.
#[derive(Args)]
pub(crate) struct Close {
    /// Identity of the request.
    id: String,
    /// What was done, or why it is refused.
    words: String,
    /// It is not done.
    #[arg(long)]
    refuse: bool,
}

/// What to take out.
#[derive(Args)]
pub(crate) struct Take {
    /// Identity of the request.
    id: String,
    /// Where to write it; its ending, .json, .csv or .xml, chooses the form.
    file: PathBuf,
}

/// Which interval.
#[derive(Args)]
pub(crate) struct Interval {
    /// From this instant on, such as 2026-11-20T00:00:00-03:00.
    #[arg(long)]
    from: Timestamp,
    /// Before this instant.
    #[arg(long)]
    until: Timestamp,
}

/// Which supplier.
#[derive(Args)]
pub(crate) struct Named {
    /// Its code, or its name.
    supplier: String,
    /// Take out whom to ask for, telephone, e-mail and address; this cannot be undone.
    #[arg(long)]
    erase: bool,
}

/// A right as it is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AskedRight(Right);

impl ValueEnum for AskedRight {
    fn value_variants<'a>() -> &'a [AskedRight] {
        const ALL: [AskedRight; 6] = [
            AskedRight(Right::ALL[0]),
            AskedRight(Right::ALL[1]),
            AskedRight(Right::ALL[2]),
            AskedRight(Right::ALL[3]),
            AskedRight(Right::ALL[4]),
            AskedRight(Right::ALL[5]),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    let db = open::writable(&settings).await?;
    let access = people::for_commands(&db, &settings).await?;
    let done = act(&access, command, Words(settings.language)).await;
    db.close().await;
    done?;
    Ok(ExitCode::SUCCESS)
}

async fn act(access: &Access, command: Command, words: Words) -> anyhow::Result<()> {
    match command {
        Command::List(how) => list(access, how.json).await,
        Command::Request(ask) => {
            let (person, _) = told(access.user(Doer::CommandLine, &ask.login).await)?;
            let note = if ask.note.is_empty() { String::new() } else { said(&ask.note)? };
            let request = told(access.ask_for(Doer::CommandLine, &person, ask.right.0, &note).await)?;
            answer!("{} {}", words.say("hay que contestar antes del", "to be answered before"), request.due_at);
            answer!("{}", request.id);
            Ok(())
        }
        Command::Answer(close) => {
            let (request, person) = told(access.privacy_request(&close.id).await)?;
            let answer = Answer { done: !close.refuse, words: said(&close.words)? };
            told(access.answer_request(Doer::CommandLine, (&request, &person), &answer).await)?;
            answer!("{}", words.say("contestado", "answered"));
            Ok(())
        }
        Command::Data(take) => data(access, &take).await,
        Command::Supplier(Named { supplier, erase: true }) => {
            told(access.forget_supplier_contact(Doer::CommandLine, &supplier).await)?;
            answer!("{}", words.say("suprimido", "erased"));
            Ok(())
        }
        Command::Supplier(Named { supplier, erase: false }) => {
            let kept = told(access.supplier_contact(Doer::CommandLine, &supplier).await)?;
            answer!("{}", serde_json::to_string_pretty(&SupplierContact::from(kept))?);
            Ok(())
        }
        Command::BreachReport(interval) => {
            let report = told(access.breach_report(Doer::CommandLine, interval.from, interval.until).await)?;
            answer!("{}", serde_json::to_string_pretty(&report)?);
            Ok(())
        }
    }
}

async fn list(access: &Access, json: bool) -> anyhow::Result<()> {
    let requests = told(access.asked_for(None).await)?;
    if json {
        let all = access::api::privacy::view::PrivacyRequests::of(requests);
        answer!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    for request in requests {
        answer!("{} {:<14} {:<8} {} {}", request.id, request.right, request.state, request.due_at, request.note);
    }
    Ok(())
}

async fn data(access: &Access, take: &Take) -> anyhow::Result<()> {
    let ending = take.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let Some(form) = Form::named(ending) else {
        return Err(Failure::new(
            "el archivo tiene que terminar en .json, .csv o .xml",
            "the file must end in .json, .csv or .xml",
        )
        .into());
    };
    let (_, person) = told(access.privacy_request(&take.id).await)?;
    let disclosed = told(access.disclose(Doer::CommandLine, &person).await)?;
    tokio::fs::write(&take.file, form.write(&disclosed)).await.with_context(|| take.file.display().to_string())?;
    answer!("{}", take.file.display());
    Ok(())
}

fn said(words: &str) -> anyhow::Result<String> {
    told(text(1..=MOST_WORDS)(&Value::Text(words.into())).map_err(|fault| fault.at("answer").into()))
}

fn told<T>(result: Result<T, Problem>) -> anyhow::Result<T> {
    result.map_err(|problem| failure(&problem))
}
