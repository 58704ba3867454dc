//! Putting on their sheets the lines that waited.
//!
//! Invariant: lines stay first until they are on their sheet or a person will hear of them; what fails though the database is there is tried
//! so often and no oftener, so that nothing waits behind it for ever.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use platform::http::Problem;
use uuid::Uuid;

use super::{Counted, Entry, Intake, Refusal, replay::Replayed};
use crate::api::counts::put;

/// Why lines are kept apart that were never answered in time.
const TIMEOUT: &str = "timeout";

/// What is known of count sheets here.
#[derive(Debug, Default)]
pub(super) struct Sheets {
    /// Those of which lines wait, and perhaps some of which none do any more.
    counted: HashSet<Uuid>,
    /// Those being closed, by how many.
    closing: HashMap<Uuid, usize>,
}

impl Sheets {
    /// Where lines of those wait.
    pub(super) fn with_lines_of(counted: HashSet<Uuid>) -> Sheets {
        Sheets { counted, closing: HashMap::new() }
    }

    pub(super) fn has_lines_of(&self, sheet: Uuid) -> bool {
        self.counted.contains(&sheet)
    }

    /// Lines of it are about to wait; not while somebody closes it.
    pub(super) fn keeps_lines_of(&mut self, sheet: Uuid) -> bool {
        let may = !self.closing.contains_key(&sheet);
        if may {
            self.counted.insert(sheet);
        }
        may
    }

    /// None wait.
    pub(super) fn forget_lines(&mut self) {
        self.counted.clear();
    }

    pub(super) fn closes(&mut self, sheet: Uuid) {
        *self.closing.entry(sheet).or_default() += 1;
    }

    pub(super) fn closes_no_more(&mut self, sheet: Uuid) {
        if let Some(by) = self.closing.get_mut(&sheet) {
            *by -= 1;
            if *by == 0 {
                self.closing.remove(&sheet);
            }
        }
    }
}

/// Why lines are not on their sheet.
enum Failed {
    /// Nobody is there to take them.
    Away(String),
    /// Somebody is, and may take them the next time.
    Now(&'static str, String),
    /// They never will be.
    ForGood(&'static str, String),
}

impl Intake {
    /// Puts on its sheet what was counted. What that does not take is kept for a person: what is behind it is not held up.
    pub(super) async fn put_lines(&self, counted: &Counted, patience: Duration) -> Result<Replayed, String> {
        let now = self.0.parts.clock.now();
        let failed = tokio::select! {
            put = put::hand_on(&self.0.parts.db, counted, now) => match put {
                Ok(()) => return Ok(Replayed { written: 1, ..Replayed::default() }),
                Err(problem) => failed(&problem),
            },
            () = self.silence() => Failed::Away("the database server does not answer".to_owned()),
            () = tokio::time::sleep(patience) => Failed::Now(TIMEOUT, "the database did not answer in time".to_owned()),
        };
        let (code, reason) = match failed {
            Failed::Away(reason) => return Err(reason),
            Failed::Now(_, reason) if !self.0.tries.in_vain(counted.id).await => return Err(reason),
            Failed::Now(code, reason) | Failed::ForGood(code, reason) => (code, reason),
        };
        let refusal = Entry::Counted(counted.clone())
            .json()
            .and_then(|posting| Refusal { code: code.to_owned(), refused_at: now.micros(), posting }.bytes());
        self.keep_refused(vec![refusal.map_err(|error| error.to_string())?]).await?;
        self.0.tries.forget(counted.id).await;
        tracing::error!(code, reason, "what was counted while the database was down could not be put on its sheet");
        self.alert_refused(counted.id, &counted.site, code);
        Ok(Replayed { refused: 1, ..Replayed::default() })
    }
}

fn failed(problem: &Problem) -> Failed {
    let reason = problem.to_string();
    match problem.of_store() {
        Some(store::Error::Late(_)) => Failed::Now(TIMEOUT, reason),
        Some(error) if error.is_outage() => Failed::Away(reason),
        Some(_) => Failed::Now(problem.code(), reason),
        None if problem.status().is_server_error() || problem.code() == "idempotency_in_progress" => {
            Failed::Now(problem.code(), reason)
        }
        None => Failed::ForGood(problem.errors().first().map_or(problem.code(), |first| first.code), reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_lines_wait_for_a_sheet_while_anybody_closes_it() {
        let (mut sheets, sheet) = (Sheets::default(), Uuid::from_u128(1));
        sheets.closes(sheet);
        sheets.closes(sheet);
        sheets.closes_no_more(sheet);
        assert!(!sheets.keeps_lines_of(sheet) && !sheets.has_lines_of(sheet));
        assert!(sheets.keeps_lines_of(Uuid::from_u128(2)), "another is");
        sheets.closes_no_more(sheet);
        assert!(sheets.keeps_lines_of(sheet) && sheets.has_lines_of(sheet));
    }

    #[test]
    fn only_what_is_wrong_with_the_lines_is_refused_at_once() {
        use store::Error;
        let of = |error: Error| failed(&Problem::from(error));
        assert!(matches!(of(Error::Busy), Failed::Away(_)));
        assert!(matches!(of(Error::Resting { wait: Duration::ZERO }), Failed::Away(_)));
        assert!(matches!(of(Error::Constraint("count_line".to_owned())), Failed::Now("internal", _)));
        assert!(matches!(failed(&Problem::bug("no sheet")), Failed::Now("internal", _)));
        assert!(matches!(failed(&Problem::conflict("idempotency_in_progress")), Failed::Now(..)));
        assert!(matches!(failed(&Problem::conflict("count_closed")), Failed::ForGood("count_closed", _)));
        let unknown = Problem::invalid_field("lines[0].lot", "unknown_lot");
        assert!(matches!(failed(&unknown), Failed::ForGood("unknown_lot", _)));
    }
}
