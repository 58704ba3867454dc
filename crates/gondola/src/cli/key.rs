//! `gondola key create|list|rotate|status|revoke|init`.
//!
//! Invariant: a secret is shown once, alone on the last line, and nowhere kept.

mod init;
mod list;
mod rotate;
pub(super) mod status;

use std::{process::ExitCode, sync::Arc};

use access::{
    Doer, KeyDesk,
    keys::{MOST_QUOTA, Made, NewKey},
};
use clap::{Args, Subcommand};
use domain::{Clock, Role, SystemClock};
use platform::{config::Settings, http::Problem};
use store::api_key::Limits;

use super::{Failure, Outcome, Words, open, role};

const DAY_SECONDS: i64 = 86_400;

/// What to do with keys.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key; its secret is printed alone on the last line, once.
    Create(Create),
    /// List them, without their secrets.
    List(list::List),
    /// Replace a secret; the one before serves a while longer.
    #[command(subcommand)]
    Rotate(rotate::Rotate),
    /// End a key at once.
    Revoke(Revoke),
    /// Make the key that encrypts what is kept encrypted, when there is none.
    Init(init::Init),
    /// The program's secrets, how old each is and whose turn it is.
    Status(status::Status),
}

/// A key to make.
#[derive(Args)]
pub(crate) struct Create {
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do.
    #[arg(long, value_parser = role::among(&Role::ALL), default_value = Role::Cashier.name())]
    role: Role,
    /// A permission, or a sort of them (read, post, change, admin), that it is limited to; may be given again [default: all of the role].
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Code of a site that it is limited to; may be given again [default: every site].
    #[arg(long = "site", value_name = "CODE")]
    sites: Vec<String>,
    /// Requests a minute [default: the usual limit].
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=MOST_QUOTA))]
    quota: Option<u32>,
    /// It opens nothing but for requests that it signs.
    #[arg(long)]
    require_signature: bool,
    /// Days after which it ends by itself [default: never].
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
    expires_in: Option<i64>,
}

/// Which key to end.
#[derive(Args)]
pub(crate) struct Revoke {
    /// Its public part, as listed.
    id: String,
}

impl Create {
    fn key(self) -> anyhow::Result<NewKey> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            let (es, en) = ("el nombre de la clave va de 1 a 64 caracteres", "a key's name has 1 to 64 characters");
            return Err(Failure::new(es, en).into());
        }
        let limits = Limits {
            scopes: self.scopes,
            sites: (!self.sites.is_empty()).then_some(self.sites),
            quota_per_minute: self.quota,
            require_signature: self.require_signature,
        };
        let expires_at = self.expires_in.map(|days| SystemClock.now().plus_seconds(days * DAY_SECONDS));
        Ok(NewKey { name: name.to_owned(), role: self.role, limits, expires_at })
    }
}

async fn desk(settings: &Settings) -> anyhow::Result<KeyDesk> {
    let db = open::writable(settings).await?;
    let vault = open::vault(&db, settings).await?;
    Ok(KeyDesk::new(db, Arc::new(SystemClock), vault))
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    match command {
        Command::Create(new) => {
            let new = new.key()?;
            let desk = desk(&settings).await?;
            show(words, &desk.create(Doer::CommandLine, &new).await.map_err(|problem| told(&problem))?);
        }
        Command::List(how) => list::run(&how, &settings).await?,
        Command::Revoke(which) => {
            revoke(&desk(&settings).await?, &which.id).await?;
            answer!("{}", words.say("clave anulada", "key revoked"));
        }
        Command::Init(how) => init::run(how, settings).await?,
        Command::Rotate(what) => rotate::run(what, settings).await?,
        Command::Status(how) => status::run(how, settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(words: Words, made: &Made) {
    answer!("{}", words.say("guardala: no se vuelve a mostrar", "keep it: it is not shown again"));
    answer!("{}", made.text.expose());
}

async fn revoke(desk: &KeyDesk, id: &str) -> anyhow::Result<()> {
    let missing = || Failure::new(format!("no hay una clave vigente «{id}»"), format!("there is no valid key “{id}”"));
    let known = desk.get(Doer::CommandLine, id).await.map_err(|problem| match problem.status().as_u16() {
        404 => missing(),
        _ => told(&problem),
    })?;
    if known.revoked_at.is_some() {
        return Err(missing().into());
    }
    desk.revoke(Doer::CommandLine, id).await.map_err(|problem| told(&problem))?;
    Ok(())
}

/// A problem as a command tells it: its detail and what is wrong with what was given.
fn told(problem: &Problem) -> Failure {
    use platform::texts::Locale;
    let text = |locale: Locale| {
        let document = problem.document_in(locale);
        let faults = document.errors.iter().map(|error| format!("\n  {}: {}", error.field, error.message));
        format!("{}{}", document.detail, faults.collect::<String>())
    };
    Failure::new(text(Locale::Es), text(Locale::En))
}
