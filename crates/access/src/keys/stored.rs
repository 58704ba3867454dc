//! Keys kept in the database.
//!
//! Invariant: the hash is compared in constant time, and an unknown id costs the same comparison.

use std::{sync::Arc, time::Duration};

use domain::{Clock, Role, Timestamp, audit::Action};
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    audit::{self, Audit},
    http::{
        Principal, Problem,
        auth::{CallerKind, KeyCheck, Known, replaced},
    },
    retry::{self, Again, Budget, Pace, retry},
    secrets::{KeyText, same},
};
use store::{
    Db,
    api_key::{self, ApiKey},
};

use super::{
    RememberedKeys,
    change::unknown_role,
    reach::{scopes_of, sites_of},
};

/// A use is noted when the last one noted is older than this.
const NOTED_EVERY_MICROS: i64 = 60_000_000;
/// A key that was not used for so long is told to the audit log when it is used again; one in steady use is told of once.
const TOLD_AFTER_MICROS: i64 = 15 * 60 * 1_000_000;

/// A look-up is worth no more than what the gate waits for it.
const LOOK_UP: Pace = Pace {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(10),
    tries: 3,
    deadline: Duration::from_secs(4),
};

/// Checks keys against the database.
#[derive(Clone)]
pub struct StoredKeys {
    db: Db,
    clock: Arc<dyn Clock>,
    audit: Option<Audit>,
    remembered: Option<RememberedKeys>,
    retries: Budget,
}

impl StoredKeys {
    /// The keys of that database.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> StoredKeys {
        StoredKeys { db, clock, audit: None, remembered: None, retries: Budget::default() }
    }

    /// Tells the audit log when a key begins to be used.
    #[must_use]
    pub fn telling(mut self, audit: Audit) -> StoredKeys {
        self.audit = Some(audit);
        self
    }

    /// Believes what is remembered while the database cannot be asked.
    #[must_use]
    pub fn remembering(mut self, remembered: RememberedKeys) -> StoredKeys {
        self.remembered = Some(remembered);
        self
    }

    async fn find(&self, key: &KeyText) -> Result<Option<Known>, Problem> {
        let at = self.clock.now();
        let (found, was_asked) = match self.look_up(key.id()).await {
            Ok(found) => (found, true),
            Err(error) if error.is_outage() => (Some(self.recall(key.id(), at).ok_or(error)?), false),
            Err(error) => return Err(error.into()),
        };
        let serves = served_until(found.as_ref(), &key.secret_hash());
        let Some(stored) = found.filter(|stored| stored.is_valid(at) && !stored.limits.require_signature) else {
            return Ok(None);
        };
        let until = match serves {
            Serves::Never => return Ok(None),
            Serves::Always => stored.expires_at,
            Serves::Until(end) => Some(stored.expires_at.map_or(end, |last| last.min(end))),
        };
        // Its key has not ended, so it is the secret before the present one.
        if until.is_some_and(|end| end <= at) {
            return Err(replaced());
        }
        let principal = principal_of(&stored)?;
        if was_asked {
            self.note(&stored, at);
            self.tell(&stored, &principal, at);
        }
        Ok(Some(Known { principal, until }))
    }

    /// Reading changes nothing, so a connection that broke is no reason to turn anybody away.
    async fn look_up(&self, id: &str) -> store::Result<Option<ApiKey>> {
        let again = |error: &store::Error| match error {
            store::Error::Unavailable(_) => Again::Soon,
            _ => Again::No,
        };
        retry(LOOK_UP, &self.retries, retry::chance, again, || api_key::find(&self.db, id)).await
    }

    /// What is remembered of a key that nobody can be asked about. One that is not remembered may be a good one all the same.
    fn recall(&self, id: &str, at: Timestamp) -> Option<ApiKey> {
        self.remembered.as_ref()?.find(id, at)
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells the audit log of a key that begins to be used.
    fn tell(&self, key: &ApiKey, principal: &Principal, at: Timestamp) {
        let unused_micros = key.last_used_at.map_or(i64::MAX, |last| at.micros() - last.micros());
        if let Some(audit) = self.audit.as_ref().filter(|_| unused_micros > TOLD_AFTER_MICROS) {
            audit.record(audit::by(principal, Action::Authenticated).on("key", &key.id).at(at));
        }
    }

    /// Notes that a key was used, unless that was noted a moment ago.
    pub(super) fn note(&self, key: &ApiKey, at: Timestamp) {
        if key.last_used_at.is_none_or(|last| at.micros() - last.micros() > NOTED_EVERY_MICROS) {
            self.note_use(key.id.clone(), at);
        }
    }

    /// Aside, because a request should not wait for it nor fail with it.
    fn note_use(&self, id: String, at: Timestamp) {
        let db = self.db.clone();
        tokio::spawn(async move {
            let noted = async {
                let mut tx = db.write().await?;
                api_key::touch(&mut tx, &id, at).await?;
                tx.commit().await
            };
            if let Err(error) = noted.await {
                tracing::warn!(key = id, %error, "the use of a key could not be noted");
            }
        });
    }
}

/// How long a secret serves, apart from its key's own end.
enum Serves {
    Never,
    Until(Timestamp),
    Always,
}

/// Compares with both secrets a key may have, also where there is none, so that nothing is learned from the time it takes.
fn served_until(stored: Option<&ApiKey>, hash: &[u8; 32]) -> Serves {
    let previous = stored.and_then(|stored| stored.previous.as_ref());
    let is_current = same(hash, &stored.map_or([0; 32], |stored| stored.secret_hash));
    let is_previous = same(hash, &previous.map_or([0; 32], |previous| previous.hash));
    match previous {
        _ if is_current && stored.is_some() => Serves::Always,
        Some(previous) if is_previous => Serves::Until(previous.until),
        _ => Serves::Never,
    }
}

/// Who comes with a key.
pub fn principal_of(key: &ApiKey) -> Result<Principal, Problem> {
    let role = Role::named(&key.role).ok_or_else(|| unknown_role(key))?;
    let mut principal = Principal::new(CallerKind::Key, &key.id, &key.name, role);
    principal.sites = sites_of(&key.limits);
    principal.scopes = scopes_of(&key.limits);
    principal.quota_per_minute = key.limits.quota_per_minute;
    principal.ends_at = key.expires_at;
    principal.must_sign = key.limits.require_signature;
    Ok(principal)
}

impl KeyCheck for StoredKeys {
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Known>, Problem>> {
        self.find(key).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_of_the_database_open_until_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let url = platform::config::DatabaseUrl::in_folder(folder.path());
        let db = store::Db::open(&store::Options::new(url.expose())).await.unwrap();
        store::migrate::up(&db).await.unwrap();
        let key = KeyText::generate().unwrap();
        let at = domain::Timestamp::from_micros(1_000_000);
        let new = store::api_key::NewApiKey {
            id: key.id().into(),
            name: "ana".into(),
            role: "owner".into(),
            secret_hash: key.secret_hash(),
            expires_at: Some(domain::Timestamp::from_micros(3_000_000)),
            limits: api_key::Limits::default(),
            created_by: "cli".into(),
        };
        let mut tx = db.write().await.unwrap();
        store::api_key::create(&mut tx, &new, at).await.unwrap();
        tx.commit().await.unwrap();
        let keys_at = |micros| {
            StoredKeys::new(db.clone(), Arc::new(domain::clock::FixedClock(domain::Timestamp::from_micros(micros))))
        };
        let found = keys_at(2_000_000).check(&key).await.unwrap().unwrap();
        assert_eq!((&*found.principal.name, found.principal.role, found.until), ("ana", Role::Owner, new.expires_at));
        assert_eq!(keys_at(3_000_000).check(&key).await.unwrap(), None, "expired");
        let mut forged = key.expose().to_owned();
        forged.replace_range(forged.len() - 1.., if forged.ends_with('0') { "1" } else { "0" });
        assert_eq!(keys_at(2_000_000).check(&KeyText::parse(&forged).unwrap()).await.unwrap(), None, "another secret");
        let mut tx = db.write().await.unwrap();
        assert!(store::api_key::revoke(&mut tx, key.id(), at).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(keys_at(2_000_000).check(&key).await.unwrap(), None, "revoked");
    }
}
