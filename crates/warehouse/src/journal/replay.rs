//! Handing on what was kept, once the ledger answers.
//!
//! Invariant: in order, and settled only after the ledger has it or a person will hear of it. A crash in between hands the same on again,
//! which the ledger recognises by its id.

use std::{sync::atomic::Ordering, time::Duration};

use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity, Stopwatch,
    ledger::{Draft, Outcome, PostingKind},
};
use platform::{http::Problem, journal::Record, lifecycle::Shutdown};
use serde_json::json;

use super::{Intake, OVERSOLD, REFUSED_LATER, Refusal, Taken, WRITTEN};
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
        let known = (self.0.counts.products(), self.0.parts.shelf.held());
        self.follow_goods().await;
        // What was not read in time is read in the next round.
        let followed = tokio::time::timeout(LOOK, self.0.parts.shelf.follow(&self.0.parts.db)).await;
        match followed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the stock could not be followed for when nobody can be asked"),
            Err(_) => tracing::warn!("the stock could not be followed in time for when nobody can be asked"),
        }
        if known != (self.0.counts.products(), self.0.parts.shelf.held()) {
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
                self.0.counts.remember(goods.products());
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
            let alone = if last_of_it { Some(self.0.gate.write().await) } else { None };
            let patience = if last_of_it { PATIENCE_ALONE } else { PATIENCE };
            let records = self.0.files.waiting.oldest(AT_ONCE).await.map_err(|error| error.to_string())?;
            let Some(last) = records.last().map(|record| record.number) else { return Ok(sum) };
            let done = self.hand_on(&records, patience).await?;
            self.0.files.waiting.settle(last).await.map_err(|error| error.to_string())?;
            self.forget_settled();
            drop(alone);
            sum = Replayed {
                written: sum.written + done.written,
                refused: sum.refused + done.refused,
                waiting: sum.waiting + done.waiting,
            };
        }
    }

    async fn hand_on(&self, records: &[Record], patience: Duration) -> Result<Replayed, String> {
        let taken: Vec<Option<Taken>> = records.iter().map(|record| Taken::read(&record.payload)).collect();
        let drafts: Vec<Draft> = taken.iter().flatten().map(|taken| taken.draft.clone()).collect();
        let outcomes = self.write(drafts.clone(), patience).await?;
        let asked = drafts.len();
        let (drafts, outcomes) = self.ask_others(drafts, outcomes).await.map_err(|problem| problem.to_string())?;
        let refused = self.refusals(records, &taken, &drafts, &outcomes).map_err(|error| error.to_string())?;
        let done = Replayed {
            written: drafts.len() - outcomes.iter().filter(|o| is_refused(o)).count(),
            refused: refused.len(),
            waiting: asked - drafts.len(),
        };
        if !refused.is_empty() {
            self.0.files.refused.append(refused).await.map_err(|error| error.to_string())?;
        }
        self.tell(&drafts, &outcomes);
        self.0.counts.add(WRITTEN, done.written);
        self.0.counts.add(REFUSED_LATER, done.refused);
        Ok(done)
    }

    /// What takes a second person waits for one from here on; gives the rest. Its worth was not to be known when it was taken.
    async fn ask_others(
        &self,
        drafts: Vec<Draft>,
        outcomes: Vec<Outcome>,
    ) -> Result<(Vec<Draft>, Vec<Outcome>), Problem> {
        let mut settled = (Vec::with_capacity(drafts.len()), Vec::with_capacity(drafts.len()));
        for (draft, outcome) in drafts.into_iter().zip(outcomes) {
            let outcome = match Passed::of(&outcome) {
                None => outcome,
                Some(passed) => match self.0.parts.approvals.ask(&draft, passed, None, Again::No).await? {
                    Asked::Waits(_) => continue,
                    Asked::Decided(outcome) => outcome,
                },
            };
            settled.0.push(draft);
            settled.1.push(outcome);
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
    fn refusals(
        &self,
        records: &[Record],
        taken: &[Option<Taken>],
        drafts: &[Draft],
        outcomes: &[Outcome],
    ) -> serde_json::Result<Vec<Vec<u8>>> {
        let refused_at = self.0.parts.clock.now().micros();
        let unread = records.iter().zip(taken).filter(|(_, taken)| taken.is_none()).map(|(record, _)| {
            let posting = json!(String::from_utf8_lossy(&record.payload));
            Ok(Refusal { code: "unreadable".to_owned(), refused_at, posting })
        });
        let rejected = drafts.iter().zip(outcomes).filter_map(|(draft, outcome)| match outcome {
            Outcome::Rejected(rejection) => {
                let code = rejection.code().to_owned();
                Some(Taken::of(draft).json().map(|posting| Refusal { code, refused_at, posting }))
            }
            Outcome::Posted(_) | Outcome::Duplicate(_) => None,
        });
        unread.chain(rejected).map(|refusal| refusal?.bytes()).collect()
    }

    /// Tells listeners what changed, and people what they should look at.
    fn tell(&self, drafts: &[Draft], outcomes: &[Outcome]) {
        let events = &self.0.parts.events;
        changes::tell(events, drafts.iter().map(|draft| draft.site.as_str()).zip(outcomes));
        for (draft, outcome) in drafts.iter().zip(outcomes) {
            let (id, site) = (draft.id, draft.site.as_str());
            match outcome {
                Outcome::Rejected(rejection) => {
                    let code = rejection.code();
                    tracing::error!(%id, site, code, "the ledger refused what was taken while the database was down");
                    let alert = json!({"alert": "journal_refused", "id": id, "site": site, "code": code});
                    events.publish_of("alerts", site, &alert);
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
}

const fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected(_))
}
