//! `gondola serve`.

use std::process::ExitCode;

use access::people::FIRST_LOGIN;
use domain::{Stopwatch, SystemClock};
use platform::{
    config::Settings,
    lifecycle::{Server, ServerError, Shutdown},
    telemetry::{self, Output},
};

use super::{Failure, Outcome, Words, open};
use crate::wiring::{Node, posture};

/// Runs it until told to stop.
pub(crate) async fn run(settings: Settings) -> Outcome {
    telemetry::init(&settings.log_level, settings.log_format, Output::Stdout);
    if let Some(refusal) = posture::refusal(&settings, settings.language) {
        return Err(Failure::same(refusal).into());
    }
    let watch = Stopwatch::start();
    // The address first: a second server must not so much as open the database.
    let server = bind(&settings).await?;
    let db = open::writable(&settings).await?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let node = Node::start(db, &settings, std::sync::Arc::new(SystemClock), shutdown.clone()).await?;
    greet_first_owner(&node, Words(settings.language)).await?;
    let ready_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(address = %server.address(), ready_ms, "listening");
    let drained = server.with_notice(settings.stop_notice).run(node.router(), shutdown, settings.drain_timeout).await;
    let settled = node.stop(settings.drain_timeout).await;
    tracing::info!(drained, settled, "stopped");
    Ok(if drained && settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells the password of an owner who was made because there was nobody: once, to whoever started the server, and not to the log,
/// which others may read.
async fn greet_first_owner(node: &Node, words: Words) -> anyhow::Result<()> {
    let made = node.first_owner().await.map_err(|problem| anyhow::Error::msg(problem.to_string()))?;
    let Some(password) = made else { return Ok(()) };
    let es = format!(
        "primera vez: se creó la cuenta «{FIRST_LOGIN}». Entrá con esta contraseña de un solo uso, que no se vuelve a mostrar, vence en\n\
         tres días y hay que cambiar al entrar:\n{}",
        password.expose()
    );
    let en = format!(
        "first start: the account “{FIRST_LOGIN}” was made. Sign in with this one-time password, which is not shown again, ends after\n\
         three days and has to be replaced on signing in:\n{}",
        password.expose()
    );
    remark!("{}", words.say(&es, &en));
    Ok(())
}

/// Listens, or says in the user's words why not.
pub(crate) async fn bind(settings: &Settings) -> anyhow::Result<Server> {
    Server::bind(settings.listen).await.map_err(|error| explain(error, settings))
}

fn explain(error: ServerError, settings: &Settings) -> anyhow::Error {
    let address = settings.listen;
    if !error.is_in_use() {
        return error.into();
    }
    Failure::new(
        format!("la dirección {address} ya está en uso: ¿hay otro gondola andando? Cerralo o elegí otra con --listen"),
        format!(
            "the address {address} is in use: is another gondola running? Close it or choose another with --listen"
        ),
    )
    .into()
}
