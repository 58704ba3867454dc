//! The journal of a node: where its files are, what hands them on, and what is told of it.
//!
//! Invariant: what waits is handed on by the node that has its folder, and by no other.

use std::{path::PathBuf, sync::Arc};

use contracts::approval::Desk;
use platform::{
    breaker::{Breaker, State},
    config::Settings,
    health::{Checks, Finding, Level, Pulse},
    journal::Figures,
    metrics::look,
};
use prometheus_client::registry::Registry;
use store::ledger::Writer;
use warehouse::{
    journal::{Counts, Files, Intake, IntakeParts},
    shelf::Shelf,
};

use super::{
    Ground, breakers,
    folders::{self, Own},
    remembered,
};

/// The journal and what is looked at of it.
pub(super) struct Started {
    pub(super) intake: Intake,
    files: Files,
    counts: Counts,
    /// Where the files are.
    pub(super) folder: PathBuf,
    shelf: Shelf,
}

/// Opens the files and begins to hand on what waits in them; `None`, and an error in the log, where they cannot be had.
pub(super) async fn start(
    ground: &Ground,
    settings: &Settings,
    (writer, desk, shelf): (&Writer, &Desk, &Shelf),
    pulse: Option<Pulse>,
) -> Option<Started> {
    let opened = folders::open(folders(settings), settings.resilience.journal_max_bytes).await.inspect_err(|error| {
        tracing::error!(%error, "without a journal nothing is taken while the database is down");
    });
    let Own { folder, files, found } = opened.ok()?;
    if !found.is_empty() {
        tracing::warn!(postings = found.len(), "postings of an earlier run wait for the ledger");
    }
    let parts = IntakeParts {
        db: ground.db.clone(),
        writer: writer.clone(),
        clock: Arc::clone(&ground.clock),
        pulse,
        worth_asking: worth_asking(ground),
        events: ground.events.clone(),
        approvals: desk.clone(),
        shelf: shelf.clone(),
    };
    let intake = Intake::new(parts, files.clone(), &found);
    remembered::goods(ground, settings, &intake, &folder);
    ground.tasks.spawn("journal", intake.clone().run(ground.shutdown.clone()));
    let counts = intake.counts();
    Some(Started { intake, files, counts, folder, shelf: shelf.clone() })
}

/// Whether the database is believed to answer.
pub(super) fn worth_asking(ground: &Ground) -> Arc<dyn Fn() -> bool + Send + Sync> {
    let (database, arrival) = (ground.breakers.named(breakers::DATABASE), ground.arrival.clone());
    Arc::new(move || arrival.has_come() && database.as_ref().is_none_or(Breaker::would_let_through))
}

/// Where processes over these settings keep their journals.
pub(crate) fn folders(settings: &Settings) -> impl Iterator<Item = PathBuf> {
    folders::waiting(settings, folders::JOURNAL)
}

impl Started {
    /// Puts it among the figures and the components.
    pub(super) fn watch(&self, registry: &mut Registry, checks: &Checks, ground: &Ground) {
        let (files, counts, shelf) = (self.files.clone(), self.counts.clone(), self.shelf.clone());
        look(registry, move |page| {
            let (waiting, refused) = files.figures();
            page.gauge("gondola_journal_length", "Postings that wait for the ledger", waiting.pending)?;
            page.gauge("gondola_journal_bytes", "Bytes of the journal", waiting.bytes)?;
            page.gauge("gondola_journal_limit_bytes", "Bytes the journal may have", waiting.most_bytes)?;
            page.gauge(
                "gondola_journal_refused",
                "Postings the ledger refused that wait for a person",
                refused.pending,
            )?;
            page.gauge(
                "gondola_journal_products",
                "Products remembered for when nobody can be asked",
                counts.products(),
            )?;
            let words = "Open count sheets remembered for when nobody can be asked";
            page.gauge("gondola_journal_sheets", words, counts.sheets())?;
            let words = "Products whose stock is remembered for when nobody can be asked";
            page.gauge("gondola_remembered_products", words, shelf.products())?;
            let named = ["kept", "written", "refused", "oversold"].into_iter().zip(counts.figures());
            let rows = named.map(|(outcome, n)| ([("outcome", outcome)], n));
            page.counters(
                "gondola_journal_postings",
                "Postings taken while the database was down, by what became of them",
                rows,
            )
        });
        let (files, database) = (self.files.clone(), ground.breakers.named(breakers::DATABASE));
        checks.add("journal", Level::Degraded, move || std::future::ready(finding(&files, database.as_ref())));
    }
}

/// While the database is there, a journal that cannot be written is help that is missing; without either nothing can be written.
fn finding(files: &Files, database: Option<&Breaker>) -> Finding {
    let (waiting, refused) = files.figures();
    let short =
        |figures: Figures| figures.failing || figures.bytes.saturating_mul(10) >= figures.most_bytes.saturating_mul(9);
    let alone = database.is_some_and(|breaker| breaker.state() != State::Closed);
    // What the ledger refuses has to go somewhere before the next can be handed on.
    let level = match (short(waiting), short(refused) || waiting.pending > 0) {
        (true, _) if alone => Level::Emergency,
        (true, _) | (false, true) => Level::Degraded,
        (false, false) => Level::Optimal,
    };
    Finding::new(level)
        .with("length", waiting.pending)
        .with("bytes", waiting.bytes)
        .with("limit_bytes", waiting.most_bytes)
        .with("refused", refused.pending)
        .with("writable", !waiting.failing && !refused.failing)
}
