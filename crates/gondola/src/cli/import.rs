//! `gondola import`.
//!
//! Invariant: the report of an import goes to standard output, its progress to standard error; Ctrl-C stops between two
//! batches, and the same command goes on from there.

mod tell;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domain::{Clock, SystemClock, audit::Action};
use platform::config::Settings;
use store::{
    Db,
    ledger::{Writer, WriterOptions},
};
use warehouse::imports::{
    self, Context, Control, Ending, Hints, ImportError, Input, Kind, Opening, Options, Progress as Step, Report,
    Request, Stage, moment::DateOrder, number::DecimalMark,
};

use super::{Failure, Outcome, Words, audited, open, progress::Progress};

/// What to bring in, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What the file holds.
    #[arg(value_enum)]
    kind: KindName,
    /// CSV (any separator, also .gz), XLSX or XLS; for legacy, the older system's .db.
    file: PathBuf,
    /// Which site [default: the only one].
    #[arg(long, value_name = "CODE")]
    site: Option<String>,
    /// Name under which the rows are known, so that importing them again changes nothing [default: the file's name].
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Read and check everything, write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write nothing when any row is wrong.
    #[arg(long)]
    strict: bool,
    /// Add products that are not in the catalogue.
    #[arg(long)]
    create_missing: bool,
    /// Stock before the first row of a file of sales: none, or the least that makes them possible.
    #[arg(long, value_enum, default_value_t = OpeningName::None)]
    opening: OpeningName,
    /// Location that goods come to and leave from [default: the site's choice].
    #[arg(long, value_name = "CODE")]
    location: Option<String>,
    /// A column named by hand, as field=column; repeatable. `#3` is the third column.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    mapping: Vec<(String, String)>,
    /// What stands before the decimals.
    #[arg(long, value_enum, default_value_t = DecimalName::Auto)]
    decimal: DecimalName,
    /// Which comes first in dates like 01/02/2026.
    #[arg(long, value_enum, default_value_t = DatesName::Auto)]
    dates: DatesName,
    /// Read the file as a saved profile says; other flags add to it.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Save how this file is read under a name.
    #[arg(long, value_name = "NAME")]
    save_profile: Option<String>,
    /// Write every issue to this CSV file.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// The whole report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindName {
    /// The catalogue.
    Products,
    /// Ticket lines.
    Sales,
    /// What there is, to begin with.
    Stock,
    /// Shelf prices.
    Prices,
    /// The older system's database.
    Legacy,
}

#[derive(Clone, Copy, ValueEnum)]
enum OpeningName {
    /// Goods that are not there cannot go out.
    None,
    /// Open the least stock that keeps every balance at zero or above.
    Auto,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DecimalName {
    /// Find out.
    Auto,
    /// 1,234.56
    Dot,
    /// 1.234,56
    Comma,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DatesName {
    /// Find out.
    Auto,
    /// 31/12/2026
    DayFirst,
    /// 12/31/2026
    MonthFirst,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("expected FIELD=COLUMN")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

impl Arguments {
    fn kind(&self) -> Kind {
        match self.kind {
            KindName::Products => Kind::Products,
            KindName::Sales => Kind::Sales,
            KindName::Stock => Kind::Stock,
            KindName::Prices => Kind::Prices,
            KindName::Legacy => Kind::Legacy,
        }
    }

    /// What the flags say of the file.
    fn hints(&self) -> Hints {
        let decimal = match self.decimal {
            DecimalName::Auto => DecimalMark::Auto,
            DecimalName::Dot => DecimalMark::Dot,
            DecimalName::Comma => DecimalMark::Comma,
        };
        let dates = match self.dates {
            DatesName::Auto => DateOrder::Auto,
            DatesName::DayFirst => DateOrder::DayFirst,
            DatesName::MonthFirst => DateOrder::MonthFirst,
        };
        let mut hints = Hints { decimal, dates, ..Hints::default() };
        hints.mapping.0.extend(self.mapping.iter().cloned());
        hints
    }

    fn options(&self, hints: Hints) -> Options {
        let opening = match self.opening {
            OpeningName::None => Opening::None,
            OpeningName::Auto => Opening::Auto,
        };
        Options {
            dry_run: self.dry_run,
            strict: self.strict,
            create_missing: self.create_missing,
            opening,
            location: self.location.clone(),
            hints,
        }
    }
}

/// Runs it: 0 unless nothing was taken, or the sums of the file and the ledger do not agree.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let db = if arguments.dry_run { open::readable(&settings).await? } else { open::writable(&settings).await? };
    let report = import(&arguments, &settings, &db).await?;
    if let Some(path) = &arguments.errors {
        tell::write_issues(&report, path, words).with_context(|| path.display().to_string())?;
    }
    if arguments.json {
        answer!("{}", serde_json::to_string(&report)?);
    } else {
        tell::tell(&report, words);
    }
    db.close().await;
    Ok(if failed(&report, arguments.strict) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether a script should stop here: nothing was taken, or less stands in the ledger than the file says.
fn failed(report: &Report, strict: bool) -> bool {
    let rows = report.rows;
    report.ending == Ending::Refused
        || (strict && report.has_errors())
        || (rows.refused > 0 && rows.taken == 0)
        || report.sums.as_ref().is_some_and(|sums| !sums.agree)
}

async fn import(arguments: &Arguments, settings: &Settings, db: &Db) -> anyhow::Result<Report> {
    let site = match (&arguments.site, arguments.kind().needs_site()) {
        (None, false) => None,
        (named, _) => Some(open::site(db, named.as_deref()).await?),
    };
    let hints = arguments.hints().over(profile(arguments, db).await?);
    if let Some(name) = arguments.save_profile.as_ref().filter(|_| !arguments.dry_run) {
        let mut tx = db.write().await?;
        imports::profile::save(&mut tx, name, (arguments.kind(), &hints), SystemClock.now()).await?;
        tx.commit().await?;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = WriterOptions { queue: settings.writer_queue_postings, batch_lines: settings.writer_batch_movements };
    let (writer, writing) = Writer::start(db.clone(), Arc::clone(&clock), options);
    let (vault, actor) = (open::vault(db, settings).await?, "cli".to_owned());
    let context = Context { db: db.clone(), writer, clock, actor, vault, scratch: None };
    let request = Request {
        kind: arguments.kind(),
        input: Input::Path(arguments.file.clone()),
        source: arguments.source.clone(),
        site,
        zone: settings.timezone.clone(),
        options: arguments.options(hints),
    };
    let watcher = Watcher::new(Words(settings.language));
    let report = imports::run(&context, request, watcher.control()).await;
    watcher.finish();
    drop(context);
    writing.await?;
    let told = audited::by_cli(Action::Imported).on("import", arguments.kind().name());
    let told = imports::told(told, report.as_ref(), arguments.dry_run);
    audited::write(db, told, Words(settings.language)).await;
    report.map_err(explain)
}

fn explain(error: ImportError) -> anyhow::Error {
    match error {
        ImportError::Store(error) => error.into(),
        ImportError::Broken(error) => error.into(),
        error => {
            let message = error.message();
            Failure::new(message.es, message.en).into()
        }
    }
}

async fn profile(arguments: &Arguments, db: &Db) -> anyhow::Result<Hints> {
    let Some(name) = &arguments.profile else { return Ok(Hints::default()) };
    let unknown = || Failure::new(format!("no hay un perfil «{name}»"), format!("there is no profile “{name}”"));
    Ok(imports::profile::load(db, name).await?.ok_or_else(unknown)?)
}

/// Shows how far an import is, and stops it on Ctrl-C.
struct Watcher {
    shown: Arc<Mutex<Option<(Stage, Progress)>>>,
    cancelled: Arc<AtomicBool>,
    words: Words,
}

impl Watcher {
    fn new(words: Words) -> Watcher {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        // Ends with the program.
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Watcher { shown: Arc::default(), cancelled, words }
    }

    fn control(&self) -> Control {
        let (shown, words) = (Arc::clone(&self.shown), self.words);
        let watch = move |step: Step| {
            // Whoever panicked while drawing a bar left nothing that matters here.
            let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if shown.as_ref().is_none_or(|(stage, _)| *stage != step.stage)
                && let Some((_, before)) = shown.replace((step.stage, Progress::new(label(step.stage, words))))
            {
                before.finish();
            }
            if let Some((_, progress)) = shown.as_mut() {
                progress.set(step.done, Some(step.total));
            }
        };
        Control::new(Arc::new(watch), Arc::clone(&self.cancelled))
    }

    fn finish(self) {
        let shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some((_, progress)) = shown {
            progress.finish();
        }
    }
}

fn label(stage: Stage, words: Words) -> &'static str {
    match stage {
        Stage::Reading => words.say("leyendo", "reading"),
        Stage::Products => words.say("productos", "products"),
        Stage::Posting => words.say("asentando", "posting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imports::report::Sums;

    #[test]
    fn a_script_is_told_when_the_ledger_does_not_hold_what_the_file_says() {
        let report = |taken: u64, refused: u64, agree: Option<bool>| {
            let mut report = Report::new(Kind::Sales, "f.csv".to_owned());
            (report.ending, report.rows.taken, report.rows.refused) = (Ending::Done, taken, refused);
            report.sums = agree.map(|agree| Sums { agree, ..Sums::default() });
            report
        };
        for (taken, refused, agree, expected) in [
            (5, 0, Some(true), false),
            (2, 3, Some(false), true),
            (0, 3, None, true),
            (4, 1, None, false),
            (0, 0, None, false),
        ] {
            assert_eq!(failed(&report(taken, refused, agree), false), expected, "{taken} {refused} {agree:?}");
        }
        assert!(failed(&report(4, 1, None), true), "strict asks for every row");
    }
}
