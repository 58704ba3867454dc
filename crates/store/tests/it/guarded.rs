//! Whoever gives leave hears of the first answer, and of the end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Result, ensure};
use store::{
    Db,
    db::{Found, Guard},
};

both! { a_leave_is_told_of_its_first_answer_while_the_transaction_goes_on }

/// Writes down what it is told.
#[derive(Debug, Default)]
struct Listener(Mutex<Vec<String>>);

impl Listener {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Guard for Listener {
    fn leave(&self) -> Result<u64, Duration> {
        self.note("leave".to_owned());
        Ok(7)
    }

    fn answers(&self, leave: u64) {
        self.note(format!("answers {leave}"));
    }

    fn told(&self, leave: u64, found: Found<'_>) {
        self.note(format!("told {leave} {found:?}"));
    }
}

async fn a_leave_is_told_of_its_first_answer_while_the_transaction_goes_on(db: Db) -> Result<()> {
    let listener = Arc::new(Listener::default());
    let guard: Arc<dyn Guard> = listener.clone();
    let db = db.guarded(&guard);
    let mut tx = db.write().await?;
    store::audit::hold(&mut tx).await?;
    ensure!(listener.taken() == ["leave", "answers 7"]);
    store::vault::hold(&mut tx).await?;
    ensure!(listener.taken().is_empty(), "once");
    tx.rollback().await?;
    ensure!(listener.taken() == ["told 7 Answered"]);
    ensure!(store::vault::masters(&db).await?.is_empty());
    ensure!(listener.taken() == ["leave", "answers 7", "told 7 Answered"]);
    Ok(())
}
