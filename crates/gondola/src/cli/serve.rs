//! `gondola serve`.

use std::{process::ExitCode, time::Duration};

use access::{password::Typed, people::FIRST_LOGIN};
use clap::Args;
use domain::{Clock, Stopwatch, SystemClock};
use futures_util::future::OptionFuture;
use platform::{
    config::{Inputs, Settings},
    lifecycle::{Bounds, Manager, Server, ServerError, Shutdown},
    machine, telemetry,
    tls::{Files, Tls, TlsError, renewal},
};

use super::{Failure, Outcome, Words, open};
use crate::wiring::{Node, VERSION, posture, volumes};

/// How long a node without tables to write into takes to end.
const WITHOUT_TABLES: Duration = Duration::from_secs(1);

/// What to run.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run this role, and none that is not named so: warehouse, dashboard [default: all].
    #[arg(long = "role", alias = "roles", value_name = "ROLE")]
    roles: Vec<String>,
}

impl Arguments {
    /// The inputs with the roles that were named.
    pub(crate) fn settle(&self, mut inputs: Inputs) -> Inputs {
        if !self.roles.is_empty() {
            inputs.flags.push(("roles", self.roles.join(",")));
        }
        inputs
    }
}

/// Runs it until told to stop.
pub(crate) async fn run(settings: Settings) -> Outcome {
    telemetry::init(&settings, VERSION).map_err(|error| log_failure(&settings, &error))?;
    if let Some(refusal) = posture::refusal(&settings, settings.language).await {
        return Err(Failure::same(refusal).into());
    }
    volumes::warn(&settings).await;
    let watch = Stopwatch::start();
    // The address first: a second server must not so much as open the database.
    let mut server = bind(&settings).await?;
    let redirect = bind_redirect(&settings, &server).await?;
    let mut figures = bind_figures(&settings).await?;
    let tls = settings.door.tls.clone().map(tls_of).transpose()?;
    if let Some(tls) = &tls {
        server = server.with_tls(tls.clone());
        figures = figures.map(|figures| figures.with_tls(tls.clone()));
    }
    let (db, is_there) = open::to_serve(&settings).await?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let node = Node::start((db, is_there), &settings, std::sync::Arc::new(SystemClock), shutdown.clone(), tls).await?;
    if is_there {
        let made = node.first_owner().await.map_err(|problem| anyhow::Error::msg(problem.to_string()))?;
        made.iter().for_each(|password| greet(password, Words(settings.language)));
    }
    let ready_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    let roles = settings.roles.run.join(",");
    tracing::info!(address = %server.address(), roles, tls = settings.door.tls.is_some(), ready_ms, "listening");
    let manager = Manager::of_process();
    node.report_to(&manager, &server.address().to_string(), &shutdown);
    let (notice, drain) = (settings.stop_notice, settings.drain_timeout);
    let answering = server.with_notice(notice).run(node.router(), shutdown.clone(), drain);
    let redirecting = redirect.map(|server| server.run(node.redirect(), shutdown.clone(), drain));
    let telling = figures.map(|server| server.with_notice(notice).run(node.figures(), shutdown.clone(), drain));
    let arriving = async { if is_there { Ok(()) } else { arrive(&node, &settings, &shutdown).await } };
    let beside = async { tokio::join!(OptionFuture::from(redirecting), OptionFuture::from(telling)) };
    let (drained, _, arrived) = tokio::join!(answering, beside, arriving);
    // In tables of another version nothing can be written, however long that is tried.
    let settled = node.stop(if arrived.is_ok() { drain } else { WITHOUT_TABLES }).await;
    tracing::info!(drained, settled, "stopped");
    telemetry::finish().await;
    arrived?;
    Ok(if drained && settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Becomes whole when the database server is there. What is wrong with it then ends the program, as it would have at the start.
async fn arrive(node: &Node, settings: &Settings, shutdown: &Shutdown) -> anyhow::Result<()> {
    let words = Words(settings.language);
    remark!(
        "{}",
        words.say(
            "la base de datos no responde: se atiende sin ella. Lo que se vende se guarda en el disco y se asienta cuando vuelva",
            "the database does not answer: serving without it. What is sold is kept on the disk and written when it is back"
        )
    );
    let made = node.wait_for_database(settings).await;
    made.map(|made| made.iter().for_each(|password| greet(password, words))).inspect_err(|_| shutdown.trigger())
}

fn log_failure(settings: &Settings, error: &std::io::Error) -> Failure {
    let folder = settings.telemetry.log_dir.as_deref().unwrap_or(std::path::Path::new("")).display().to_string();
    Failure::new(
        format!("no se puede escribir el registro en {folder} (log_dir): {error}"),
        format!("the log cannot be written to {folder} (log_dir): {error}"),
    )
}

/// Tells the password of an owner who was made because there was nobody: once, to whoever started the server, and not to the log,
/// which others may read.
fn greet(password: &Typed, words: Words) {
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
}

/// Listens, or says in the user's words why not.
pub(crate) async fn bind(settings: &Settings) -> anyhow::Result<Server> {
    take_files(settings);
    Server::bind(settings.listen, Bounds::of(settings)).await.map_err(|error| explain(error, "--listen"))
}

/// Every connection is an open file.
fn take_files(settings: &Settings) {
    let files = machine::raise_open_files();
    let (wanted, connections) = (settings.door.max_connections, machine::room_for(settings.door.max_connections));
    if connections < wanted {
        tracing::warn!(wanted, connections, files, "max_connections is more than there may be files open (ulimit -n)");
    }
}

/// TLS by these files, once what may have broken off while they were replaced is mended.
fn tls_of(files: Files) -> Result<Tls, TlsError> {
    match renewal::mend(&files, SystemClock.now()) {
        Ok(true) => tracing::warn!("the certificate and its key did not fit; both were replaced (tls_renew)"),
        Ok(false) => {}
        // Whether they can be used for all that is seen below.
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the certificate cannot be mended (tls_renew)");
        }
    }
    Tls::load(files)
}

/// Listens where who asks in the clear is sent to TLS, when that is wanted and there is something to send them to.
async fn bind_redirect(settings: &Settings, server: &Server) -> anyhow::Result<Option<Server>> {
    let (Some(address), Some(_)) = (settings.door.redirect_listen, &settings.door.tls) else { return Ok(None) };
    let redirect = Server::bind(address, Bounds::apart(settings)).await;
    let redirect = redirect.map_err(|error| explain(error, "redirect_listen"))?;
    tracing::info!(address = %redirect.address(), to = %server.address(), "sending to TLS");
    Ok(Some(redirect))
}

/// Listens where the figures are told, when that is apart.
async fn bind_figures(settings: &Settings) -> anyhow::Result<Option<Server>> {
    let Some(address) = settings.door.metrics_listen else { return Ok(None) };
    let figures = Server::bind(address, Bounds::apart(settings)).await;
    let figures = figures.map_err(|error| explain(error, "metrics_listen"))?;
    tracing::info!(address = %figures.address(), "telling figures");
    Ok(Some(figures))
}

fn explain(error: ServerError, setting: &str) -> anyhow::Error {
    let address = error.address();
    if !error.is_in_use() {
        return error.into();
    }
    Failure::new(
        format!("la dirección {address} ya está en uso: ¿hay otro gondola andando? Cerralo o elegí otra con {setting}"),
        format!(
            "the address {address} is in use: is another gondola running? Close it or choose another with {setting}"
        ),
    )
    .into()
}
