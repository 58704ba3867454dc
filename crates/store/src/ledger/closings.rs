//! What checkpoints say of closed days, followed along a chain.
//!
//! Invariant: what was once signed as closed stays closed: no later checkpoint says less, no later posting falls on such a day, and
//! what is kept beside the chain says the same as the newest of them.

use domain::{Day, ledger::Entry};

use super::checkpoint::{Checkpoint, Closed};

/// What the checkpoints seen so far have signed.
#[derive(Debug, Default)]
pub struct Closings {
    /// The newest that says something, with its place.
    newest: Option<(i64, Option<Day>)>,
}

fn shown(through: Option<Day>) -> String {
    through.map_or_else(|| "nothing".to_owned(), |day| day.to_string())
}

impl Closings {
    /// Checks the next posting against the checkpoints before it.
    pub fn posting(&self, entry: &Entry) -> Result<(), String> {
        let Some((at, Some(through))) = self.newest.filter(|(at, _)| *at < entry.seq) else { return Ok(()) };
        if entry.business_day > through {
            return Ok(());
        }
        let day = entry.business_day;
        Err(format!("it falls on {day}, and the checkpoint at {at} says that the books were closed through {through}"))
    }

    /// Takes the next checkpoint in.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), String> {
        let Some(through) = checkpoint.closed.through() else { return Ok(()) };
        if let Some((at, before)) = self.newest.filter(|(_, before)| *before > through) {
            let (before, now) = (shown(before), shown(through));
            return Err(format!(
                "the checkpoint at {} says that {now} is closed, the one at {at} said {before}",
                checkpoint.seq
            ));
        }
        self.newest = Some((checkpoint.seq, through));
        Ok(())
    }

    /// Compares what is kept with the newest checkpoint. Before the first that says something nothing can be compared.
    pub fn kept(&self, kept: Option<Day>) -> Result<(), String> {
        let Some((at, through)) = self.newest.filter(|(_, through)| *through != kept) else { return Ok(()) };
        let (through, kept) = (shown(through), shown(kept));
        Err(format!(
            "the books are kept as closed through {kept}, the checkpoint at {at} says that they are closed through {through}"
        ))
    }
}

impl Closed {
    /// Through which day, when it says.
    fn through(self) -> Option<Option<Day>> {
        match self {
            Closed::Unsaid => None,
            Closed::Nothing => Some(None),
            Closed::Through(day) => Some(Some(day)),
        }
    }
}
