//! The history of a shop: two years of back-dated postings through the ledger's own writer.
//!
//! Invariant: what is posted depends on the stage alone, and the ledger has exactly as many movements as the stage says.

use std::{collections::VecDeque, sync::Arc};

use anyhow::{Context, Result, ensure};
use domain::{
    Day, Money, Stopwatch, SystemClock, Timestamp, Zone,
    ledger::{Draft, LineDraft, Outcome, PostingKind},
};
use store::{
    Db, Options,
    ledger::{Writer, WriterOptions},
    migrate,
};
use tokio::task::JoinHandle;

use crate::{
    dice::Dice,
    shop::{self, PRODUCTS, draft, line},
    table::grouped,
};

/// Days of the history.
pub const DAYS: i32 = 730;
/// The product that has more movements than any other: one of fifteen.
pub const HEAVY: u64 = 7;
const HEAVY_IN: u64 = 15;
/// Lines waiting for the writer at once.
const LINES_AHEAD: u64 = 16_000;
/// Movements after which it is told how far it is.
const TOLD_EVERY: u64 = 500_000;

/// From one number of movements to another; a stage that begins with none only opens the shop.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// Movements before it.
    pub from: u64,
    /// Movements after it.
    pub to: u64,
    /// Lines of a posting, about.
    pub lines: u64,
    /// The first day of the history.
    pub first_day: Day,
}

/// Opens a database and brings it up to date.
pub async fn open(url: &str) -> Result<Db> {
    let db = Db::open(&Options::new(url)).await?;
    migrate::up(&db).await?;
    Ok(db)
}

/// Goes through a stage; gives how many movements the heavy product got.
pub async fn fill(url: &str, stage: Stage) -> Result<u64> {
    let heavy = if stage.from == 0 { begin(url, stage).await? } else { go_on(url, stage).await? };
    Ok(heavy)
}

/// The shop as it opens, with its first [`PRODUCTS`] movements.
async fn begin(url: &str, stage: Stage) -> Result<u64> {
    ensure!(stage.to == PRODUCTS, "the first stage is the opening stock");
    let db = shop::listed(url).await?;
    shop::stock_up(&db, Some(opening_hour(stage.first_day.plus(-1))?)).await?;
    db.close().await;
    Ok(1)
}

async fn go_on(url: &str, stage: Stage) -> Result<u64> {
    let db = open(url).await?;
    let options = WriterOptions { batch_lines: 8_000, ..WriterOptions::default() };
    let (writer, task) = Writer::start(db.clone(), Arc::new(SystemClock), options);
    let (watch, mut done, mut heavy) = (Stopwatch::start(), stage.from, 0);
    let mut waiting = VecDeque::new();
    for draft in stage.drafts()? {
        let lines = draft.lines.len() as u64;
        heavy += draft.lines.iter().filter(|line| line.sku == shop::sku(HEAVY)).count() as u64;
        waiting.push_back(send(&writer, draft));
        if waiting.len() as u64 * stage.lines > LINES_AHEAD {
            settle(waiting.pop_front()).await?;
        }
        if (done + lines) / TOLD_EVERY > done / TOLD_EVERY {
            let rate = (done + lines - stage.from) as f64 / watch.elapsed().as_secs_f64();
            eprintln!("filling: {} movements, {rate:.0}/s", grouped(done + lines));
        }
        done += lines;
    }
    while !waiting.is_empty() {
        settle(waiting.pop_front()).await?;
    }
    drop(writer);
    task.await?;
    db.close().await;
    Ok(heavy)
}

type Answer = JoinHandle<store::Result<Vec<Outcome>>>;

fn send(writer: &Writer, draft: Draft) -> Answer {
    let writer = writer.clone();
    tokio::spawn(async move { writer.post_waiting(vec![draft]).await })
}

async fn settle(answer: Option<Answer>) -> Result<()> {
    let Some(answer) = answer else { return Ok(()) };
    let outcomes = answer.await??;
    ensure!(matches!(outcomes[..], [Outcome::Posted(_)]), "{outcomes:?}");
    Ok(())
}

fn opening_hour(day: Day) -> Result<Timestamp> {
    Ok(Zone::named(shop::ZONE)?.start_of(day).plus_seconds(8 * 3600))
}

impl Stage {
    /// Its postings, from its first day to its last.
    fn drafts(self) -> Result<impl Iterator<Item = Draft>> {
        let days: Vec<Timestamp> =
            (0..DAYS).map(|day| opening_hour(self.first_day.plus(day))).collect::<Result<_>>()?;
        let (mut number, mut done) = (0, 0);
        Ok(std::iter::from_fn(move || {
            let left = self.to - self.from - done;
            if left == 0 {
                return None;
            }
            number += 1;
            let draft = self.draft(number, left, self.moment(&days, done)?);
            done += draft.lines.len() as u64;
            Some(draft)
        }))
    }

    /// When the movement after so many happened: the days follow each other evenly, twelve hours each.
    fn moment(self, days: &[Timestamp], done: u64) -> Option<Timestamp> {
        let (all, count) = (self.to - self.from, days.len() as u64);
        let day = usize::try_from(done * count / all).ok()?;
        let second = i64::try_from(done * count % all * 12 * 3600 / all).ok()?;
        days.get(day).map(|at| at.plus_seconds(second))
    }

    fn draft(self, number: u64, left: u64, at: Timestamp) -> Draft {
        let mut dice = Dice::new(self.to << 32 | number);
        let kind = kind(&mut dice);
        let count = (self.lines / 2 + dice.below(self.lines) + 1).min(left);
        let lines = (0..count).map(|_| moved(kind, &mut dice)).collect();
        let id = u128::from(self.to) << 64 | u128::from(number);
        Draft { effective_at: Some(at), may_back_date: true, ..draft(id, kind, lines) }
    }
}

/// Of a hundred postings most are sales.
fn kind(dice: &mut Dice) -> PostingKind {
    match dice.below(100) {
        0..=5 => PostingKind::Receipt,
        6..=8 => PostingKind::CustomerReturn,
        9..=11 => PostingKind::Move,
        12..=13 => PostingKind::Waste,
        _ => PostingKind::Sale,
    }
}

fn moved(kind: PostingKind, dice: &mut Dice) -> LineDraft {
    // Half of all lines are of a sixth of the products.
    let product =
        if dice.below(HEAVY_IN) == 0 { HEAVY } else { dice.below(PRODUCTS) * dice.below(PRODUCTS) / PRODUCTS };
    match kind {
        PostingKind::Receipt => received(line(product, 12)),
        PostingKind::Sale | PostingKind::CustomerReturn => {
            LineDraft { unit_price: Some(Money::from_cents(185_000)), ..line(product, 1) }
        }
        _ => line(product, 1),
    }
}

/// The line with what it cost.
pub fn received(line: LineDraft) -> LineDraft {
    LineDraft { line_cost: Some(Money::from_cents(1_200_000)), ..line }
}

/// Where a stage that is written down began.
pub fn day_of(text: &str) -> Result<Day> {
    text.parse().context("a day")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_its_movements_and_two_years() {
        let first_day: Day = "2024-01-01".parse().unwrap();
        let stage = Stage { from: 10_000, to: 300_000, lines: 1_000, first_day };
        let drafts: Vec<Draft> = stage.drafts().unwrap().collect();
        assert_eq!(drafts.iter().map(|draft| draft.lines.len()).sum::<usize>(), 290_000);
        let zone = Zone::named(shop::ZONE).unwrap();
        let days: Vec<Day> = drafts.iter().filter_map(|draft| Some(zone.day_of(draft.effective_at?))).collect();
        assert_eq!((days[0], days[days.len() - 1].plus(3) > first_day.plus(DAYS)), (first_day, true));
        assert!(days.is_sorted() && drafts.iter().all(|draft| draft.lines.len() <= 1_500));
        let heavy = drafts.iter().flat_map(|draft| &draft.lines).filter(|line| line.sku == shop::sku(HEAVY)).count();
        assert!((19_000..21_000).contains(&heavy), "{heavy}");
    }
}
