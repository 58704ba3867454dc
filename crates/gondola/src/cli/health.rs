//! `gondola health`: for service managers and containers.

use std::process::ExitCode;

use clap::Args;
use platform::config::Settings;
use serde_json::{Value, json};

use super::{
    Failure, Outcome, Words,
    asked::{self, Answer},
};

/// How to tell.
#[derive(Args)]
pub(crate) struct Arguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it: 0 when the server says it is ready.
pub(crate) async fn run(arguments: &Arguments, settings: Settings) -> Outcome {
    let address = settings.listen;
    let Ok(Answer { status, body }) = asked::get(&settings, (address, "/ready"), None).await else {
        if arguments.json {
            answer!("{}", json!({"status": "unreachable", "address": address.to_string()}));
        }
        let es = format!("nadie responde en {address}");
        return Err(Failure::new(es, format!("nobody answers at {address}")).into());
    };
    if arguments.json {
        answer!("{body}");
    } else {
        answer!("{}", in_words(&body, Words(settings.language)));
    }
    Ok(if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `/ready` says, for people; an answer that is not its own is shown as it is.
fn in_words(body: &str, words: Words) -> String {
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let waiting = said["waiting_for"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let waiting = waiting.collect::<Vec<_>>().join(", ");
    match said["status"].as_str() {
        Some("ready") => words.say("listo", "ready").to_owned(),
        Some("not_ready") => format!("{}: {waiting}", words.say("no está listo; espera", "not ready; it waits for")),
        _ => body.to_owned(),
    }
}
