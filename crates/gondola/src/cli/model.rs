//! `gondola model`: asking the language model that the settings name, and what it cost.
//!
//! Invariant: asks within the same bounds as the server, out of the same purse; the key is never shown.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{Args, Subcommand};
use domain::SystemClock;
use platform::{
    audit::{Audit, QUEUE},
    config::Settings,
    model::{Answer, Ending, Limit, Model, ModelFault, Question, Reply},
};
use serde_json::{Value, json};

use super::{Failure, Outcome, Words, open};
use crate::wiring::model;

/// Time that what was refused gets to come into the audit log.
const AUDITED_WITHIN: Duration = Duration::from_secs(5);

/// What to do with the model.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Ask it something: what it answers, and what that cost.
    Ask(Ask),
    /// Whether it answers, and what was spent today.
    Status(Status),
}

/// What to ask.
#[derive(Args)]
pub(crate) struct Ask {
    /// The question.
    question: String,
    /// How it is to answer.
    #[arg(long, default_value = "")]
    rules: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// How to tell.
#[derive(Args)]
pub(crate) struct Status {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let db = open::readable(&settings).await?;
    let (audit, keeper) = Audit::start(db.clone(), QUEUE);
    let outcome = match model::of(&settings, audit, Arc::new(SystemClock)) {
        None => Err(unset().into()),
        Some(model) => match command {
            Command::Ask(ask) => asked(&model, ask, words).await,
            Command::Status(how) => status(&model, how.json, words).await,
        },
    };
    keeper.finish(AUDITED_WITHIN).await;
    db.close().await;
    outcome
}

fn unset() -> Failure {
    Failure::new(
        "no hay ningún modelo puesto: poné model_url y model_name (docs/runbook.md)",
        "no model is set: set model_url and model_name (docs/runbook.md)",
    )
}

async fn asked(model: &Model, ask: Ask, words: Words) -> Outcome {
    let answer = model.ask(&Question { rules: ask.rules, text: ask.question }).await;
    if ask.json {
        answer!("{}", as_json(&answer)?);
    } else if let Ok(answer) = &answer {
        answer!("{}", answer.text);
        remark!("{}", paid(answer, words));
    }
    match answer {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(fault) => Err(failure(&fault).into()),
    }
}

/// In the older system's form, with what it did not say.
fn as_json(answer: &Result<Answer, ModelFault>) -> Result<Value, serde_json::Error> {
    let mut told = serde_json::to_value(Reply::of(answer))?;
    match answer {
        Ok(answer) => {
            told["whole"] = json!(answer.ending == Ending::Whole);
            told["cost"] = json!(answer.cost.to_string());
            told["tokens"] = answer.usage.map_or(Value::Null, |used| json!(used.tokens()));
        }
        Err(fault) => told["error"] = json!(fault.name()),
    }
    Ok(told)
}

fn paid(answer: &Answer, words: Words) -> String {
    let tokens = answer.usage.map_or_else(|| "?".to_owned(), |used| used.tokens().to_string());
    let cut = if answer.ending == Ending::Cut {
        words.say(" (cortada: model_answer_tokens)", " (cut: model_answer_tokens)")
    } else {
        ""
    };
    format!("{tokens} tokens, {} {}{cut}", words.say("costo", "cost"), answer.cost)
}

async fn status(model: &Model, as_json: bool, words: Words) -> Outcome {
    let (found, spent) = (model.check().await, model.spent().await.map_err(|fault| failure(&fault))?);
    if as_json {
        let (tokens, cost) = (spent.tokens, spent.cost.to_string());
        let error = found.as_ref().err().map(ModelFault::name);
        answer!("{}", json!({"ok": found.is_ok(), "error": error, "tokens_today": tokens, "cost_today": cost}));
    } else {
        let today = words.say("hoy (UTC)", "today (UTC)");
        answer!("{today}: {} tokens, {} {}", spent.tokens, words.say("costo", "cost"), spent.cost);
    }
    match found {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(fault) => Err(failure(&fault).into()),
    }
}

/// What to do about it.
pub(super) fn failure(fault: &ModelFault) -> Failure {
    let (es, en) = match fault {
        ModelFault::OverLimit(Limit::RequestTokens(_) | Limit::RequestCost(_)) => (
            "la pregunta pasa lo que puede costar una: acortala, o subí model_request_tokens o model_request_cost",
            "the question passes what one may cost: shorten it, or raise model_request_tokens or model_request_cost",
        ),
        ModelFault::OverLimit(_) => (
            "se llegó a lo que el modelo puede costar por día: esperá a mañana (UTC), o subí model_day_tokens o model_day_cost",
            "what the model may cost a day is reached: wait for tomorrow (UTC), or raise model_day_tokens or model_day_cost",
        ),
        ModelFault::Refused { .. } => (
            "el modelo no acepta lo que se le pide: revisá model_key, model_name y model_url",
            "the model does not accept what is asked of it: check model_key, model_name and model_url",
        ),
        ModelFault::Throttled { .. } | ModelFault::Busy => {
            ("al modelo se le pregunta demasiado seguido: probá más tarde", "the model is asked too often: try later")
        }
        ModelFault::Unreachable(fault) if fault.is_refusal() => (
            "a esa dirección no se sale: si el modelo está en la propia red, ponela en outgoing_networks",
            "that address is not asked: if the model is in your own network, put it into outgoing_networks",
        ),
        ModelFault::Unfit(_) => ("eso no se le puede preguntar: acortalo", "that cannot be asked: shorten it"),
        ModelFault::Purse(_) => (
            "no se sabe cuánto se gastó hoy: revisá la carpeta model de los datos",
            "it is not known what was spent today: look at the folder model of the data",
        ),
        _ => ("el modelo no responde como debe: probá más tarde", "the model does not answer as it should: try later"),
    };
    Failure::new(format!("{es} ({fault})"), format!("{en} ({fault})"))
}
