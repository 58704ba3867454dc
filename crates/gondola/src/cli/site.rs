//! `gondola site create|list`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use domain::{Clock, SystemClock, Zone, audit::Action, code::SiteCode};
use platform::config::Settings;
use store::site::{NewSite, SiteKind};

use super::{Failure, Outcome, Words, audited, open};

/// What to do with sites.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Add a shop or a depot, with its places.
    Create(Create),
    /// List them.
    List(List),
}

/// A site to add.
#[derive(Args)]
pub(crate) struct Create {
    /// Short name: lower-case letters, digits, - and _.
    code: String,
    /// Name people know it by [default: the code].
    #[arg(long)]
    name: Option<String>,
    /// What it is.
    #[arg(long, value_enum, default_value_t = Kind::Store)]
    kind: Kind,
    /// Zone its days begin in [default: the one set].
    #[arg(long)]
    timezone: Option<String>,
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// It sells.
    Store,
    /// It only keeps goods.
    Depot,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Create(new) => create(new, &settings).await,
        Command::List(how) => list(how.json, &settings).await,
    }
}

async fn create(new: Create, settings: &Settings) -> Outcome {
    let code = code(&new.code)?;
    let zone = match new.timezone.as_deref() {
        Some(name) => Zone::named(name).map_err(|_| {
            Failure::new(
                format!("«{name}» no es una zona horaria; por ejemplo America/Argentina/Buenos_Aires"),
                format!("“{name}” is not a time zone; for example America/Argentina/Buenos_Aires"),
            )
        })?,
        None => settings.timezone.clone(),
    };
    let kind = match new.kind {
        Kind::Store => SiteKind::Store,
        Kind::Depot => SiteKind::Depot,
    };
    let db = open::writable(settings).await?;
    if store::site::get(&db, &code).await?.is_some() {
        return Err(
            Failure::new(format!("ya hay una sucursal «{code}»"), format!("there is a site “{code}” already")).into()
        );
    }
    let mut tx = db.write().await?;
    let site = NewSite { name: new.name.unwrap_or_else(|| code.clone()), code, kind, zone };
    let now = SystemClock.now();
    let site = store::site::create(&mut tx, &site, now).await?;
    let told = audited::by_cli(Action::SiteCreated).site(&site.code).on("site", &site.code);
    told.detail("name", &site.name).detail("kind", site.kind.name()).write(&mut tx, now).await?;
    tx.commit().await?;
    answer!("{}: {}", Words(settings.language).say("sucursal creada", "site created"), site.code);
    Ok(ExitCode::SUCCESS)
}

fn code(text: &str) -> Result<String, Failure> {
    let wrong = |_| {
        Failure::new(
            format!("«{text}» no sirve como código: usá minúsculas, números, - y _ (hasta 32)"),
            format!("“{text}” cannot be a code: use lower-case letters, digits, - and _ (up to 32)"),
        )
    };
    text.parse::<SiteCode>().map(|code| code.to_string()).map_err(wrong)
}

async fn list(json: bool, settings: &Settings) -> Outcome {
    let db = open::readable(settings).await?;
    let sites = store::site::list(&db).await?;
    if json {
        let rows: Vec<_> = sites
            .iter()
            .map(|s| serde_json::json!({"code": s.code, "name": s.name, "kind": s.kind.name(), "timezone": s.zone.name()}))
            .collect();
        answer!("{}", serde_json::Value::from(rows));
    } else {
        sites.iter().for_each(|s| answer!("{:<16} {:<6} {} ({})", s.code, s.kind.name(), s.name, s.zone.name()));
    }
    Ok(ExitCode::SUCCESS)
}
