//! Handing on what was kept, once the ledger answers.
//!
//! Invariant: in order, and settled only after the ledger has it or a person will hear of it. A crash in between hands the same on again,
//! which the ledger recognises by its id.

use std::{ops::AddAssign, sync::atomic::Ordering, time::Duration};

use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity, Stopwatch,
    ledger::{Draft, Outcome, PostingKind},
};
use platform::{http::Problem, journal::Record, lifecycle::Shutdown};
use serde_json::json;
use uuid::Uuid;

use super::{Entry, Intake, OVERSOLD, REFUSED_LATER, Refusal, WRITTEN};
use crate::{api::changes, journal::goods::News};

/// Handed on at a time.
const AT_ONCE: usize = 500;
/// Pause between attempts while the ledger does not answer, and between looks at the catalogue.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a look at the catalogue may take.
const LOOK: Duration = Duration::from_secs(5);
/// How long the ledger may take for what is handed on.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same while whoever sells has to wait for it.
const PATIENCE_ALONE: Duration = Duration::from_secs(5);

/// What became of what was handed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Written, now or before.
    pub written: usize,
    /// Refused, and kept apart.
    pub refused: usize,
    /// Asked of a second person.
    pub waiting: usize,
}

impl AddAssign for Replayed {
    fn add_assign(&mut self, more: Replayed) {
        self.written += more.written;
        self.refused += more.refused;
        self.waiting += more.waiting;
    }
}

impl Intake {
    /// Hands on and follows the catalogue for as long as the node runs.
    pub async fn run(self, shutdown: Shutdown) {
        let mut looked: Option<Stopwatch> = None;
        let mut was_there = true;
        while !shutdown.is_stopping() {
            let is_there = (self.0.parts.worth_asking)();
            // What is remembered stands still from here on: should this process die too, the next one knows it.
            if was_there && !is_there {
                self.0.learned.notify_one();
            }
            was_there = is_there;
            // Not for each posting that is kept, and not of a database that is known to be gone.
            if looked.is_none_or(|looked| looked.elapsed() >= PAUSE) && is_there {
                self.follow().await;
                self.settle_shelf().await;
                looked = Some(Stopwatch::start());
            }
            if self.0.files.waiting.figures().pending > 0 && (self.0.parts.worth_asking)() {
                match self.replay().await {
                    Ok(Replayed { written, refused, waiting }) if written + refused + waiting > 0 => {
                        tracing::warn!(
                            written,
                            refused,
                            waiting,
                            "what was kept while the database was down is in the ledger"
                        );
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(error, "what is kept cannot be handed on yet"),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.0.awake.notified() => {}
                () = shutdown.wait() => {}
            }
        }
    }

    async fn follow(&self) {
        let remembered = || (self.0.counts.products(), self.0.counts.sheets(), self.0.parts.shelf.held());
        let known = remembered();
        self.follow_goods().await;
        // What was not read in time is read in the next round.
        let followed = tokio::time::timeout(LOOK, self.0.parts.shelf.follow(&self.0.parts.db)).await;
        match followed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the stock could not be followed for when nobody can be asked"),
            Err(_) => tracing::warn!("the stock could not be followed in time for when nobody can be asked"),
        }
        if known != remembered() {
            self.0.learned.notify_one();
        }
    }

    async fn follow_goods(&self) {
        let made = self.0.changes[0].load(Ordering::Acquire);
        let position = self.0.goods.read().unwrap_or_else(std::sync::PoisonError::into_inner).position();
        match tokio::time::timeout(LOOK, News::since(&self.0.parts.db, position)).await {
            Ok(Ok(news)) => {
                let mut goods = self.0.goods.write().unwrap_or_else(std::sync::PoisonError::into_inner);
                goods.learn(news);
                self.0.changes[1].store(made, Ordering::Release);
                self.0.counts.remember(&goods);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the catalogue could not be followed for when nobody can be asked");
            }
            Err(_) => {
                tracing::warn!("the catalogue could not be followed in time for when nobody can be asked");
            }
        }
    }

    /// Hands on all that waits, or as much as the ledger takes before it fails.
    pub async fn replay(&self) -> Result<Replayed, String> {
        let mut sum = Replayed::default();
        loop {
            // The last of it is handed on while nobody adds to it: under a steady load there would be no end otherwise.
            let last_of_it = self.0.files.waiting.figures().pending <= AT_ONCE as u64;
            let mut alone = if last_of_it { Some(self.0.gate.write().await) } else { None };
            let records = self.0.files.waiting.oldest(AT_ONCE).await.map_err(|error| error.to_string())?;
            if records.is_empty() {
                if alone.is_some() {
                    self.forget_all();
                }
                return Ok(sum);
            }
            let read = records.into_iter().map(|record| (Entry::read(&record.payload), record)).collect::<Vec<_>>();
            // What was counted goes on its sheet request by request, and nobody who sells waits for that. People do not count as fast as it
            // goes, so there is an end all the same.
            if read.iter().any(|(entry, _)| is_counted(entry)) {
                alone = None;
            }
            let patience = if alone.is_some() { PATIENCE_ALONE } else { PATIENCE };
            // Postings go in batches; what was counted goes between those that were taken before it and after.
            for run in read.chunk_by(|(one, _), (next, _)| !is_counted(one) && !is_counted(next)) {
                let done = match run {
                    [(Some(Entry::Counted(counted)), _)] => self.put_lines(counted, patience).await?,
                    _ => self.hand_on(run, patience).await?,
                };
                let last = run.last().map_or(0, |(_, record)| record.number);
                self.0.files.waiting.settle(last).await.map_err(|error| error.to_string())?;
                self.0.counts.add(WRITTEN, done.written);
                self.0.counts.add(REFUSED_LATER, done.refused);
                sum += done;
            }
            if alone.is_some() {
                self.forget_all();
            }
        }
    }

    async fn hand_on(&self, run: &[(Option<Entry>, Record)], patience: Duration) -> Result<Replayed, String> {
        let draft = |(entry, _): &(Option<Entry>, Record)| match entry {
            Some(Entry::Posting(draft)) => Some((**draft).clone()),
            _ => None,
        };
        let drafts: Vec<Draft> = run.iter().filter_map(draft).collect();
        let outcomes = self.write(drafts.clone(), patience).await?;
        let asked = drafts.len();
        let settled = self.ask_others(drafts, outcomes).await.map_err(|problem| problem.to_string())?;
        let refused = self.refusals(run, &settled).map_err(|error| error.to_string())?;
        let done = Replayed {
            written: settled.iter().filter(|settled| !is_refused(&settled.outcome)).count(),
            refused: refused.len(),
            waiting: asked - settled.len(),
        };
        self.keep_refused(refused).await?;
        self.tell(&settled);
        Ok(done)
    }

    pub(super) async fn keep_refused(&self, refused: Vec<Vec<u8>>) -> Result<(), String> {
        if refused.is_empty() {
            return Ok(());
        }
        self.0.files.refused.append(refused).await.map_err(|error| error.to_string())
    }

    /// What takes a second person waits for one from here on; gives the rest. Its worth was not to be known when it was taken.
    async fn ask_others(&self, drafts: Vec<Draft>, outcomes: Vec<Outcome>) -> Result<Vec<Settled>, Problem> {
        let mut settled = Vec::with_capacity(drafts.len());
        for (draft, outcome) in drafts.into_iter().zip(outcomes) {
            let Some(passed) = Passed::of(&outcome) else {
                settled.push(Settled { draft, outcome, is_told: false });
                continue;
            };
            match self.0.parts.approvals.ask(&draft, passed, None, Again::No).await? {
                Asked::Waits(_) => {}
                // Whoever listens was told by the desk, which posted it.
                Asked::Decided(outcome) => settled.push(Settled { draft, outcome, is_told: true }),
            }
        }
        Ok(settled)
    }

    async fn write(&self, drafts: Vec<Draft>, patience: Duration) -> Result<Vec<Outcome>, String> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        tokio::select! {
            answer = self.0.parts.writer.post_waiting(drafts) => answer.map_err(|error| error.to_string()),
            () = self.silence() => Err("the database server does not answer".to_owned()),
            () = tokio::time::sleep(patience) => Err("the ledger did not answer in time".to_owned()),
        }
    }

    /// What a person has to look at: what the ledger does not take, and bytes that are no posting.
    fn refusals(&self, run: &[(Option<Entry>, Record)], settled: &[Settled]) -> serde_json::Result<Vec<Vec<u8>>> {
        let refused_at = self.0.parts.clock.now().micros();
        let unread = run.iter().filter(|(entry, _)| entry.is_none()).map(|(_, record)| {
            let posting = json!(String::from_utf8_lossy(&record.payload));
            Ok(Refusal { code: "unreadable".to_owned(), refused_at, posting })
        });
        let rejected = settled.iter().filter_map(|Settled { draft, outcome, .. }| match outcome {
            Outcome::Rejected(rejection) => {
                let code = rejection.code().to_owned();
                let posting = Entry::Posting(Box::new(draft.clone())).json();
                Some(posting.map(|posting| Refusal { code, refused_at, posting }))
            }
            Outcome::Posted(_) | Outcome::Duplicate(_) => None,
        });
        unread.chain(rejected).map(|refusal| refusal?.bytes()).collect()
    }

    /// Tells listeners what changed, and people what they should look at.
    fn tell(&self, settled: &[Settled]) {
        let events = &self.0.parts.events;
        let untold = settled.iter().filter(|settled| !settled.is_told);
        changes::tell(events, untold.map(|settled| (settled.draft.site.as_str(), &settled.outcome)));
        for Settled { draft, outcome, .. } in settled {
            let (id, site) = (draft.id, draft.site.as_str());
            match outcome {
                Outcome::Rejected(rejection) => {
                    let code = rejection.code();
                    tracing::error!(%id, site, code, "the ledger refused what was taken while the database was down");
                    self.alert_refused(id, site, code);
                }
                Outcome::Posted(posted) if draft.kind == PostingKind::Sale => {
                    let oversold = posted.lines.iter().filter(|line| line.on_hand_after < Quantity::ZERO);
                    let mut skus: Vec<&str> = oversold.map(|line| &*line.sku).collect();
                    skus.dedup();
                    if !skus.is_empty() {
                        self.0.counts.add(OVERSOLD, 1);
                        tracing::warn!(%id, site, ?skus, "sold while the database was down, though there were none left");
                        let alert = json!({"alert": "oversold", "id": id, "site": site, "skus": skus});
                        events.publish_of("alerts", site, &alert);
                    }
                }
                Outcome::Posted(_) | Outcome::Duplicate(_) => {}
            }
        }
    }

    pub(super) fn alert_refused(&self, id: Uuid, site: &str, code: &str) {
        let alert = json!({"alert": "journal_refused", "id": id, "site": site, "code": code});
        self.0.parts.events.publish_of("alerts", site, &alert);
    }
}

/// What became of a posting.
struct Settled {
    draft: Draft,
    outcome: Outcome,
    /// Whether whoever listens was told.
    is_told: bool,
}

const fn is_counted(entry: &Option<Entry>) -> bool {
    matches!(entry, Some(Entry::Counted(_)))
}

const fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected(_))
}
