//! What commands leave in the audit log.
//!
//! Invariant: a change is written down in the transaction that makes it, or not made. What a command only looked at or took out is
//! written down too; where the database cannot be written that is said, since whoever can read its file needs no command for it.

use std::time::Duration;

use domain::{Clock, SystemClock, audit::Action};
use platform::audit::{self, Draft, Keeper};
use store::Db;

use super::Words;

/// How long a command waits for its events to be written.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the command line is called in the log.
const CLI: &str = "cli";

/// Something that was done by command. The machine's user stands for whoever did it.
pub(crate) fn by_cli(action: Action) -> Draft {
    audit::by_system(CLI, action).detail("uid", rustix::process::getuid().as_raw())
}

/// Writes it down by itself.
pub(crate) async fn write(db: &Db, event: Draft, words: Words) {
    let written = async {
        let mut tx = db.write().await?;
        event.write(&mut tx, SystemClock.now()).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        remark!("{}: {error}", unwritten(words));
    }
}

/// Ends a command's part of the log.
pub(crate) async fn finish(keeper: Keeper, words: Words) {
    if !keeper.finish(PATIENCE).await {
        remark!("{}", unwritten(words));
    }
}

fn unwritten(words: Words) -> &'static str {
    words.say("esto no pudo anotarse en el registro de auditoría", "this could not be written into the audit log")
}
