//! What the checks look at: the settings, the database as it is, and what the running server tells of itself.
//!
//! Invariant: looked at once; what is out of reach fails each check that needs it, with the reason.

use std::{fs, net::SocketAddr, path::Path};

use domain::{Clock, SystemClock, Timestamp};
use platform::{config::Settings, metrics::Taken, secret::Secret};
use store::{Db, turn::Turn};

use super::row::{ByHand, Finding, Group, Row, by_hand, fail};
use crate::cli::{Failure, Words, asked, open};

/// What there is to look at.
pub(super) struct Scene {
    pub(super) settings: Settings,
    pub(super) words: Words,
    pub(super) now: Timestamp,
    /// The figures of the running server, or why there are none.
    pub(super) page: Result<Taken, String>,
    db: Result<Db, String>,
}

impl Scene {
    /// Looks.
    pub(super) async fn look(settings: Settings, key_file: Option<&Path>) -> Scene {
        let words = Words(settings.language);
        let page = figures(&settings, key_file, words).await;
        let db = open::as_it_is(&settings).await.map_err(|error| words.failure(&error));
        Scene { now: SystemClock.now(), settings, words, page, db }
    }

    /// The database.
    pub(super) fn db(&self) -> anyhow::Result<&Db> {
        self.db.as_ref().map_err(|why| Failure::same(why.clone()).into())
    }

    /// How something that is done from time to time went so far.
    pub(super) async fn turn(&self, name: &str) -> anyhow::Result<Option<Turn>> {
        Ok(store::turn::get(self.db()?, name).await?)
    }

    /// A line; what could not be looked at fails.
    pub(super) fn row(
        &self,
        group: Group,
        (code, es, en): (&'static str, &'static str, &'static str),
        found: anyhow::Result<Finding>,
    ) -> Row {
        let finding = found.unwrap_or_else(|error| fail(self.words.failure(&error)));
        Row { group, code, name: self.words.say(es, en), finding }
    }

    /// The lines of what only people can see.
    pub(super) fn left_to_people(&self, group: Group, what: &[ByHand]) -> Vec<Row> {
        what.iter().map(|(name, es, en)| self.row(group, *name, Ok(by_hand(self.words.say(es, en))))).collect()
    }
}

/// Reads the server's figures with the key in that file.
async fn figures(settings: &Settings, key_file: Option<&Path>, words: Words) -> Result<Taken, String> {
    let no_key = "falta --key-file: un archivo con una clave que pueda leer las cifras del servidor («gondola key create --name preflight --role auditor»)";
    let no_key = words.say(no_key, "--key-file is missing: a file with a key that may read the server's figures (“gondola key create --name preflight --role auditor”)");
    let path = key_file.ok_or(no_key)?;
    let key = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let key = Secret::new(key.trim());
    // Where they are told apart they are told nowhere else.
    let address = settings.door.metrics_listen.unwrap_or(settings.listen);
    let said = asked::get(settings, (address, "/metrics"), Some(&key)).await;
    let said = said.map_err(|error| unreached(address, &error, words))?;
    if said.status != 200 {
        let wrong = words.say("la clave no abre las cifras del servidor", "the key does not open the server's figures");
        return Err(format!("{wrong}: {}", said.status));
    }
    Taken::of(said.body)
}

/// That no server answers, and what to do.
pub(super) fn unreached(address: SocketAddr, error: &std::io::Error, words: Words) -> String {
    let what = words.say(
        "no responde ningún servidor; ponelo en marcha y probá de nuevo",
        "no server answers; start it and try again",
    );
    format!("{what}: {address} ({error})")
}

/// How long ago that was, in words.
pub(super) fn ago(words: Words, at: Timestamp, now: Timestamp) -> String {
    let minutes = now.micros().saturating_sub(at.micros()).max(0) / 60_000_000;
    let (number, es, en) = match minutes {
        0..120 => (minutes, ["minuto", "minutos"], ["minute", "minutes"]),
        120..2880 => (minutes / 60, ["hora", "horas"], ["hour", "hours"]),
        _ => (minutes / 1440, ["día", "días"], ["day", "days"]),
    };
    let counted = words.counted(number, es, en);
    words.say(&format!("hace {counted}"), &format!("{counted} ago")).to_owned()
}
