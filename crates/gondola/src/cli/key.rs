//! `gondola key create|list|revoke|init|rotate|status`.
//!
//! Invariant: a secret is shown once, alone on the last line, and nowhere kept.

mod init;
mod rotate;
pub(super) mod status;

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use domain::{Clock, SystemClock};
use platform::{config::Settings, secrets::KeyText};
use store::{
    Db,
    api_key::{self, ApiKey, NewApiKey},
};

use super::{Failure, Outcome, Words, open};

const DAY_SECONDS: i64 = 86_400;

/// What to do with keys.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key; its secret is printed alone on the last line, once.
    Create(Create),
    /// List them, without their secrets.
    List(List),
    /// End a key at once.
    Revoke(Revoke),
    /// Make the key that encrypts what is kept encrypted, when there is none.
    Init(init::Init),
    /// Replace a secret of the program while everything runs.
    #[command(subcommand)]
    Rotate(rotate::Rotate),
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
    #[arg(long, value_enum, default_value_t = Role::Cashier)]
    role: Role,
    /// Days after which it ends by itself [default: never].
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
    expires_in: Option<i64>,
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Which key to end.
#[derive(Args)]
pub(crate) struct Revoke {
    /// Its public part, as listed.
    id: String,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Role {
    /// Everything, also openings, corrections and past days.
    Owner,
    /// Everything of the shop's day, also openings, corrections and past days.
    Manager,
    /// Receives, returns to suppliers, moves, counts, writes off; keeps the products.
    StockKeeper,
    /// Sells and takes back from customers; nothing else.
    Cashier,
    /// Reads the books.
    Accountant,
    /// Reads everything.
    Auditor,
    /// Keeps it running.
    Operator,
    /// Another program: what a cashier and a stock keeper do, prices and imports.
    Service,
}

impl Role {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Create(new) => {
            let db = open::writable(&settings).await?;
            let key = create(&db, &new.name, &new.role.name(), new.expires_in).await?;
            answer!(
                "{}",
                Words(settings.language).say("guardala: no se vuelve a mostrar", "keep it: it is not shown again")
            );
            answer!("{}", key.expose());
        }
        Command::List(how) => list(how.json, &settings).await?,
        Command::Revoke(which) => revoke(&which.id, &settings).await?,
        Command::Init(how) => init::run(how, settings).await?,
        Command::Rotate(what) => rotate::run(what, settings).await?,
        Command::Status(how) => status::run(how, settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes and stores a key.
pub(crate) async fn create(db: &Db, name: &str, role: &str, expires_in: Option<i64>) -> anyhow::Result<KeyText> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(Failure::new(
            "el nombre de la clave va de 1 a 64 caracteres",
            "a key's name has 1 to 64 characters",
        )
        .into());
    }
    let now = SystemClock.now();
    let key = KeyText::generate()?;
    let new = NewApiKey {
        id: key.id().to_owned(),
        name: name.to_owned(),
        role: role.to_owned(),
        secret_hash: key.secret_hash(),
        expires_at: expires_in.map(|days| now.plus_seconds(days * DAY_SECONDS)),
    };
    let mut tx = db.write().await?;
    api_key::create(&mut tx, &new, now).await?;
    tx.commit().await?;
    Ok(key)
}

async fn list(json: bool, settings: &Settings) -> anyhow::Result<()> {
    let db = open::readable(settings).await?;
    let keys = api_key::list(&db).await?;
    if json {
        let rows: Vec<_> = keys.iter().map(as_json).collect();
        answer!("{}", serde_json::Value::from(rows));
        return Ok(());
    }
    let words = Words(settings.language);
    for key in &keys {
        let state = if key.is_valid(SystemClock.now()) { "" } else { words.say(" (no sirve más)", " (ended)") };
        answer!("{:<24} {:<12} {}{state}", key.id, key.role, key.name);
    }
    Ok(())
}

fn as_json(key: &ApiKey) -> serde_json::Value {
    let time = |at: Option<domain::Timestamp>| at.map(|at| at.to_string());
    serde_json::json!({
        "id": key.id, "name": key.name, "role": key.role, "valid": key.is_valid(SystemClock.now()),
        "created_at": key.created_at.to_string(), "expires_at": time(key.expires_at),
        "revoked_at": time(key.revoked_at), "last_used_at": time(key.last_used_at),
    })
}

async fn revoke(id: &str, settings: &Settings) -> anyhow::Result<()> {
    let db = open::writable(settings).await?;
    let mut tx = db.write().await?;
    let revoked = api_key::revoke(&mut tx, id, SystemClock.now()).await?;
    tx.commit().await?;
    if !revoked {
        return Err(
            Failure::new(format!("no hay una clave vigente «{id}»"), format!("there is no valid key “{id}”")).into()
        );
    }
    answer!("{}", Words(settings.language).say("clave anulada", "key revoked"));
    Ok(())
}
