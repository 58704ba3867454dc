//! What a node has to know where it starts and its database server is not there: the keys that open it, the sites and goods that are sold.
//!
//! Invariant: kept beside the journal of this very process, for this very database; what cannot be read is told and counts as none.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use access::RememberedKeys;
use platform::{config::Settings, snapshot};
use store::api_key;
use warehouse::journal::Intake;

use super::{Ground, journal, pause};

/// How often the keys are read again. So long may one that was ended elsewhere still open here, should the server go away.
const KEYS_EVERY: Duration = Duration::from_secs(5);
/// How often what is remembered of goods is kept, when it changed.
const GOODS_EVERY: Duration = Duration::from_secs(60);
/// After so many rounds the keys are kept though none of them changed: they are believed for a while from when they were told.
const KEPT_EVERY: u32 = 60;

/// A file of it.
struct Kept {
    path: PathBuf,
    /// Which database it is of.
    place: String,
}

impl Kept {
    /// Beside that journal; `None` for a database that is a file, which is there or is not.
    fn beside(settings: &Settings, journal: &Path, name: &str) -> Option<Kept> {
        let folder = journal.file_name()?.to_str()?.replace("journal", "known");
        let place = store::server_place(settings.database_url.expose())?;
        let path = journal.with_file_name(folder).join(name);
        Some(Kept { path, place })
    }

    fn read(&self) -> Option<Vec<u8>> {
        let read = snapshot::read(&self.path).inspect_err(|error| {
            tracing::error!(path = %self.path.display(), %error, "what was remembered cannot be read");
        });
        let all = read.ok().flatten()?;
        let own = all.strip_prefix(self.place.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"));
        if own.is_none() {
            tracing::warn!(path = %self.path.display(), "what was remembered is of another database");
        }
        own.map(<[u8]>::to_vec)
    }

    /// Whether it is there.
    async fn write(&self, bytes: &[u8]) -> bool {
        let (path, all) = (self.path.clone(), [self.place.as_bytes(), b"\n", bytes].concat());
        let written = tokio::task::spawn_blocking(move || snapshot::write(&path, &all)).await;
        let told = |error: &std::io::Error| {
            tracing::error!(path = %self.path.display(), %error, "what is to be remembered cannot be kept");
        };
        written.map_err(std::io::Error::other).flatten().inspect_err(told).is_ok()
    }
}

/// The keys, which are read again all the time and believed while nobody can be asked.
pub(super) fn keys(ground: &Ground, settings: &Settings, journal: Option<&Path>) -> RememberedKeys {
    let keys = RememberedKeys::default();
    let Some(kept) = journal.and_then(|journal| Kept::beside(settings, journal, "keys")) else { return keys };
    if !ground.arrival.has_come() {
        let known = kept.read().and_then(|bytes| keys.recall(&bytes));
        tracing::warn!(keys = known.unwrap_or(0), "keys are believed as they were remembered");
    }
    let (db, clock, shutdown) = (ground.db.clone(), ground.clock.clone(), ground.shutdown.clone());
    let (worth_asking, learned) = (journal::worth_asking(ground), keys.clone());
    ground.spawn("keys to remember", async move {
        let mut unkept = KEPT_EVERY;
        while !shutdown.is_stopping() {
            let (now, forgotten) = (clock.now(), learned.forgotten());
            let told = if worth_asking() { api_key::list(&db).await.map(Some) } else { Ok(None) };
            match told {
                Ok(None) => {}
                Ok(Some(told)) => {
                    unkept = if learned.learn(told, now, forgotten) { KEPT_EVERY } else { unkept + 1 };
                    if unkept >= KEPT_EVERY
                        && let Some(bytes) = learned.bytes()
                        && kept.write(&bytes).await
                    {
                        unkept = 0;
                    }
                }
                Err(error) => tracing::warn!(%error, "the keys could not be followed for when nobody can be asked"),
            }
            tokio::select! {
                () = pause(&shutdown, KEYS_EVERY) => {}
                () = learned.changed() => {}
            }
        }
    });
    keys
}

/// The goods that an intake knows, and their stock.
pub(super) fn goods(ground: &Ground, settings: &Settings, intake: &Intake, journal: &Path) {
    let beside = |name| Kept::beside(settings, journal, name);
    let (Some(codes), Some(stock)) = (beside("goods"), beside("stock")) else { return };
    if !ground.arrival.has_come() {
        let known = codes.read().and_then(|bytes| intake.recall(&bytes));
        let counted = stock.read().and_then(|bytes| intake.recall_stock(&bytes));
        let (products, stock) = (known.unwrap_or(0), counted.map_or(0, |(stock, _)| stock));
        let as_of = counted.map(|(_, as_of)| as_of.to_string());
        tracing::warn!(products, stock, as_of, "goods and their stock are believed as they were remembered");
    }
    let (intake, shutdown) = (intake.clone(), ground.shutdown.clone());
    ground.spawn("goods to remember", async move {
        while !shutdown.is_stopping() {
            tokio::select! {
                () = pause(&shutdown, GOODS_EVERY) => {}
                () = intake.learned() => {}
            }
            keep(&intake, &codes, &stock).await;
        }
    });
}

/// The more there is, the longer it is written; the ledger's writer waits for none of it.
async fn keep(intake: &Intake, codes: &Kept, stock: &Kept) {
    let mut is_kept = true;
    if let Some(bytes) = intake.to_keep() {
        is_kept &= codes.write(&bytes).await;
    }
    let whole = intake.clone();
    let bytes = tokio::task::spawn_blocking(move || whole.stock_to_keep()).await;
    if let Some(bytes) = bytes.ok().flatten() {
        is_kept &= stock.write(&bytes).await;
    }
    if !is_kept {
        intake.not_kept();
    }
}
