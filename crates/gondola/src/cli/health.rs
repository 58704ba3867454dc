//! `gondola health`: for service managers and containers.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use platform::{config::Settings, tls};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Failure, Outcome, Words};

const WAIT: Duration = Duration::from_secs(5);

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
    let Ok(Ok(answer)) = timeout(WAIT, ask(&settings)).await else {
        if arguments.json {
            answer!("{}", json!({"status": "unreachable", "address": address.to_string()}));
        }
        let es = format!("nadie responde en {address}");
        return Err(Failure::new(es, format!("nobody answers at {address}")).into());
    };
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or("").trim();
    if arguments.json {
        answer!("{body}");
    } else {
        answer!("{}", in_words(body, Words(settings.language)));
    }
    Ok(if answer.starts_with("HTTP/1.1 200") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

async fn ask(settings: &Settings) -> std::io::Result<String> {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let stream = TcpStream::connect(address).await?;
    let request = format!("GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    match &settings.door.tls {
        None => exchange(stream, &request).await,
        Some(files) => {
            let connector = tls::trusting_only(&files.certificate, &files.key).map_err(std::io::Error::other)?;
            exchange(connector.connect(tls::asking(), stream).await?, &request).await
        }
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(65_536).read_to_string(&mut answer).await?;
    Ok(answer)
}
