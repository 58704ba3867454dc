//! A database on the server, aside from the one in use, in which a backup is proved.
//!
//! Invariant: it is gone afterwards, however it went; what a process that was killed left is swept away by a later one.

use domain::{Clock, Timestamp};
use platform::lifecycle::Shutdown;
use store::backup::{Scratch, sweep};

use super::load::{self, Contained, Loaded, Place};
use crate::cli::Failure;

/// What such databases are made of.
const WORDS: [&str; 2] = ["drill", "restore"];
/// How old one that nobody uses is before it is swept away: others may be about to connect to theirs.
const LEFT_AFTER_S: i64 = 3600;

/// Takes a backup into a database of its own, counts and verifies it there, and takes the database away again.
pub(super) async fn proved(
    contained: Contained,
    (owner, word): (&str, &str),
    place: Place<'_>,
    progress: Option<load::Progress<'_>>,
    clock: &dyn Clock,
) -> anyhow::Result<Loaded> {
    let now = clock.now();
    clear_away(owner, now).await?;
    let name = format!("{word}_{}_{}", now.micros(), std::process::id());
    let scratch = Scratch::make(owner, &name).await.map_err(|error| match error {
        store::Error::NotAllowed(_) => anyhow::Error::from(may_not_make()),
        error => error.into(),
    })?;
    let work = async {
        let manifest = load::into_server(contained, scratch.url(), place.beside, place.stop).await?;
        until(place.stop, load::prove(scratch.url(), manifest, place.beside, progress)).await
    };
    let loaded = work.await;
    scratch.remove().await?;
    loaded
}

async fn clear_away(owner: &str, now: Timestamp) -> store::Result<()> {
    let swept = sweep(owner, &WORDS, now.plus_seconds(-LEFT_AFTER_S)).await?;
    if swept > 0 {
        tracing::warn!(databases = swept, "what a drill that was killed had left is gone");
    }
    Ok(())
}

/// Does it, unless we are to stop.
pub(super) async fn until<T>(stop: &Shutdown, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        () = stop.wait() => Err(stopped().into()),
    }
}

fn stopped() -> Failure {
    Failure::new("se interrumpió; no quedó nada de lo que se hizo", "it was stopped; nothing is left of what was done")
}

fn may_not_make() -> Failure {
    Failure::new(
        "para probar la copia hace falta una base de datos aparte y el usuario no puede crearla; dale permiso (ALTER ROLE … CREATEDB) o poné database_admin_url con uno que sí",
        "proving the backup needs a database of its own and the user may not make one; allow it (ALTER ROLE … CREATEDB) or set database_admin_url to a user who may",
    )
}
