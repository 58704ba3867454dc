//! `gondola audit list|export|sign`.
//!
//! Invariant: whoever looks into the audit log or takes it out by command is in it too.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use access::{
    api::audit::{export, filter, view::AuditEvent},
    audit::Desk,
};
use clap::{Args, Subcommand};
use domain::{
    SystemClock,
    audit::{Action, Outcome as Ended},
};
use platform::{audit::Audit, config::Settings, http::sheets::Form};
use store::audit::Filter;

use super::{Failure, Outcome, Words, audited, export::save, open};

/// What to do with the audit log.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Look into it, newest first.
    List(List),
    /// Take it out, as CSV or XLSX.
    Export(Export),
}

/// What to look for.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    /// Most events wanted.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What to take out.
#[derive(Args)]
pub(crate) struct Export {
    /// Where to write it; its ending, .csv or .xlsx, chooses the form.
    file: PathBuf,
    #[command(flatten)]
    filters: Filters,
}

/// Which events.
#[derive(Args)]
struct Filters {
    /// Who: what they are called, public part of a key, number of an account.
    #[arg(long)]
    actor: Option<String>,
    /// What happened, such as price.set; or everything about a subject, such as price.
    #[arg(long)]
    action: Option<String>,
    /// To what, such as product:BEB-000012; with : at its end, to everything of that kind.
    #[arg(long)]
    resource: Option<String>,
    /// How it ended: ok, denied or failed.
    #[arg(long)]
    outcome: Option<String>,
    /// Code of a site.
    #[arg(long)]
    site: Option<String>,
    /// A day or an instant: they happened then or later.
    #[arg(long)]
    from: Option<String>,
    /// A day, included, or an instant: they happened before it.
    #[arg(long)]
    to: Option<String>,
    /// Words somewhere in it.
    #[arg(long)]
    text: Option<String>,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::List(how) => list(how, &settings).await,
        Command::Export(what) => take(what, &settings).await,
    }
}

async fn list(how: List, settings: &Settings) -> Outcome {
    let filter = how.filters.asked()?.in_zone(&settings.timezone);
    let db = open::readable(settings).await?;
    let records = store::audit::list(&db, i64::MAX, &filter, how.limit).await?;
    let by = audited::by_cli(Action::SensitiveRead).on("audit", "events");
    audited::write(&db, by, Words(settings.language)).await;
    for record in records {
        let event = AuditEvent::of(record, &settings.timezone);
        if how.json {
            answer!("{}", serde_json::to_string(&event)?);
        } else {
            answer!("{}", line(&event));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(event: &AuditEvent) -> String {
    let who = [event.actor.as_str(), event.actor_id.as_str(), event.actor_kind];
    let who = who.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let times = if event.times > 1 { format!(" ×{}", event.times) } else { String::new() };
    let details = event.details.as_ref().map(|details| format!(" {details}")).unwrap_or_default();
    format!(
        "{:>7} {} {:<6} {:<20} {}{times} {who} {}{details}",
        event.seq, event.at, event.outcome, event.action, event.resource, event.address
    )
}

async fn take(what: Export, settings: &Settings) -> Outcome {
    let ending = what.file.extension().and_then(|ending| ending.to_str()).and_then(Form::ending);
    let form = ending.ok_or_else(|| {
        Failure::new("el archivo tiene que terminar en .csv o .xlsx", "the file must end in .csv or .xlsx")
    })?;
    let asked = what.filters.asked()?;
    let db = open::readable(settings).await?;
    let (audit, keeper) = Audit::start(db.clone(), platform::audit::QUEUE);
    let desk = Desk { db, clock: Arc::new(SystemClock), audit, zone: settings.timezone.clone() };
    let answer = export::take(desk, audited::by_cli(Action::Exported), asked, form).await;
    let answer = answer.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let bytes = save(answer.into_body(), &what.file).await?;
    audited::finish(keeper, Words(settings.language)).await;
    answer!("{} ({bytes} bytes)", what.file.display());
    Ok(ExitCode::SUCCESS)
}

impl Filters {
    fn asked(self) -> Result<filter::Asked, Failure> {
        let unknown = |flag: &'static str, value: String| {
            Failure::new(format!("--{flag} no acepta «{value}»"), format!("--{flag} does not take “{value}”"))
        };
        let moment = |flag, text: Option<String>| {
            text.map(|text| filter::parse_moment(&text).ok_or_else(|| unknown(flag, text))).transpose()
        };
        let action = self.action.map(|name| filter::action(&name).ok_or_else(|| unknown("action", name)));
        let outcome = self.outcome.map(|name| Ended::named(&name).ok_or_else(|| unknown("outcome", name)));
        let filter = Filter {
            actor: self.actor,
            action: action.transpose()?,
            resource: self.resource.map(|text| filter::resource(&text)),
            outcome: outcome.transpose()?,
            site: self.site,
            text: self.text,
            ..Filter::default()
        };
        Ok(filter::Asked { filter, from: moment("from", self.from)?, to: moment("to", self.to)? })
    }
}
