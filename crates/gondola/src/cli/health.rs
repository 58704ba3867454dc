//! `gondola health`: for service managers and containers.

use std::{process::ExitCode, time::Duration};

use platform::config::Settings;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Failure, Outcome};

const WAIT: Duration = Duration::from_secs(5);

/// Runs it: 0 when the server says it is ready.
pub(crate) async fn run(settings: Settings) -> Outcome {
    let answer = timeout(WAIT, ask(&settings)).await;
    let address = settings.listen;
    let silent = || Failure::new(format!("nadie responde en {address}"), format!("nobody answers at {address}"));
    let answer = answer.map_err(|_| silent())?.map_err(|_| silent())?;
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or("").trim();
    println!("{body}");
    Ok(if answer.starts_with("HTTP/1.1 200") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(settings: &Settings) -> std::io::Result<String> {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(65_536).read_to_string(&mut answer).await?;
    Ok(answer)
}
