//! Keeps out whoever fails too often: ten failures in a quarter of an hour, of one account or from one address.
//!
//! Invariant: an attempt counts as a failure from before it is looked at until it has succeeded, so that many at once are not more than
//! many in a row. An account that does not exist is kept out like one that does.

use std::{net::IpAddr, time::Duration};

use axum::http::StatusCode;
use domain::{Timestamp, audit::Action};
use platform::{
    audit::Draft,
    http::{Problem, context},
};
use sha2::{Digest, Sha256};
use store::{Tx, lockout};

use crate::Access;

/// Failures after which nothing more is looked at.
pub const MOST: usize = 10;
/// How long a failure counts.
pub const WINDOW_SECONDS: i64 = 15 * 60;

/// An attempt that was let through to be looked at.
#[derive(Debug)]
pub struct Attempt {
    account: String,
    address: Option<String>,
    at: Timestamp,
    /// Whether no more are let through if this one fails.
    pub last: bool,
}

/// What an account goes by here. People type their passwords into the wrong field, so what was typed is not kept.
fn account_subject(login: &str) -> String {
    let digest = Sha256::digest(login.as_bytes());
    digest.iter().take(16).fold("account:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Whoever has one address of version 6 has all of its network.
fn address_subject(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn recent(mut times: Vec<Timestamp>, now: Timestamp) -> Vec<Timestamp> {
    let from = now.plus_seconds(-WINDOW_SECONDS);
    times.retain(|at| *at > from);
    times
}

/// When the next attempt is let through, when none is now.
fn kept_out_until(times: &[Timestamp]) -> Option<Timestamp> {
    let first = times.len().checked_sub(MOST)?;
    times.get(first).map(|at| at.plus_seconds(WINDOW_SECONDS))
}

impl Access {
    /// Lets an attempt at an account through, or says when to come back.
    pub(crate) async fn admit(&self, login: &str) -> Result<Attempt, Problem> {
        let now = self.clock.now();
        let account = account_subject(login);
        let address = context::current().client.map(address_subject);
        let mut tx = self.db.write().await?;
        let mut last = false;
        // Always in this order, so that two attempts never wait for each other crosswise.
        for subject in [Some(&account), address.as_ref()].into_iter().flatten() {
            let mut times = recent(lockout::lock(&mut tx, subject).await?, now);
            if let Some(until) = kept_out_until(&times) {
                tx.rollback().await?;
                return Err(kept_out(now, until));
            }
            times.push(now);
            last |= times.len() >= MOST;
            lockout::keep(&mut tx, subject, &times).await?;
        }
        tx.commit().await?;
        Ok(Attempt { account, address, at: now, last })
    }

    /// Lets an attempt through and looks at what it proves. What could not be looked at (too many passwords are being checked, the
    /// database is down) was no failure.
    pub(crate) async fn attempt<T>(
        &self,
        login: &str,
        look: impl Future<Output = Result<T, Problem>>,
    ) -> Result<(Attempt, T), Problem> {
        let attempt = self.admit(login).await?;
        let seen = self.uncounted(&attempt, look).await?;
        Ok((attempt, seen))
    }

    /// Withdraws an attempt when what it proves could not be looked at. Why that was is told in any case.
    pub(crate) async fn uncounted<T>(
        &self,
        attempt: &Attempt,
        look: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let seen = look.await;
        if seen.is_err()
            && let Err(problem) = self.withdraw(attempt).await
        {
            tracing::warn!(%problem, "an attempt that was no failure counts as one: it could not be withdrawn");
        }
        seen
    }

    async fn withdraw(&self, attempt: &Attempt) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        attempt.withdraw(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Tells that somebody failed, and when that was once too often.
    pub(crate) fn tell_failure(&self, event: Draft, attempt: &Attempt) {
        let event = event.failed().at(self.clock.now());
        if attempt.last {
            let mut locked = event.clone();
            locked.action = Action::LockedOut;
            locked.details = String::new();
            self.audit.record(event);
            self.audit.record(locked);
        } else {
            self.audit.record(event);
        }
    }

    /// Lets an account try again at once; whether it had failed of late.
    pub(crate) async fn let_try_again(&self, tx: &mut Tx, login: &str) -> Result<bool, Problem> {
        Ok(lockout::forget(tx, &account_subject(login)).await?)
    }
}

impl Attempt {
    /// It was no failure: it counts no more, but what failed before it still does.
    pub(crate) async fn withdraw(&self, tx: &mut Tx) -> Result<(), Problem> {
        for subject in [Some(&self.account), self.address.as_ref()].into_iter().flatten() {
            let mut times = lockout::lock(tx, subject).await?;
            if let Some(place) = times.iter().position(|at| *at == self.at) {
                times.remove(place);
            }
            lockout::keep(tx, subject, &times).await?;
        }
        Ok(())
    }

    /// Everything was proved: the account's failures count no more. Those of the address do, since its next attempt may be at
    /// somebody else's account.
    pub(crate) async fn succeed(&self, tx: &mut Tx) -> Result<(), Problem> {
        self.withdraw(tx).await?;
        lockout::forget(tx, &self.account).await?;
        Ok(())
    }
}

fn kept_out(now: Timestamp, until: Timestamp) -> Problem {
    let micros = u64::try_from(until.micros() - now.micros()).unwrap_or(0);
    let wait = Duration::from_micros(micros).max(Duration::from_secs(1));
    let minutes = wait.as_secs().div_ceil(60);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked_out").arg("minutes", minutes).retry_after(wait)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::clock::FixedClock;
    use platform::{audit::Audit, config::Mode, vault::Vault};

    use super::*;
    use crate::password::{Cost, Passwords};

    const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

    #[test]
    fn ten_failures_in_a_quarter_of_an_hour_keep_out_until_the_first_is_forgotten() {
        let at = |minute: i64| NOW.plus_seconds(minute * 60);
        let nine: Vec<Timestamp> = (0..9).map(at).collect();
        assert_eq!(kept_out_until(&nine), None);
        let ten: Vec<Timestamp> = (0..10).map(at).collect();
        assert_eq!(kept_out_until(&ten), Some(at(15)));
        let eleven: Vec<Timestamp> = (0..11).map(at).collect();
        assert_eq!(kept_out_until(&eleven), Some(at(16)));
        assert_eq!(recent(ten.clone(), at(15)).len(), 9, "what is exactly so old counts no more");
        assert_eq!(recent(ten, at(14)).len(), 10);
        let problem = kept_out(at(0), at(15));
        assert_eq!((problem.status().as_u16(), problem.code()), (429, "locked_out"));
    }

    #[tokio::test]
    async fn why_nothing_could_be_looked_at_is_told_though_the_attempt_cannot_be_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let url = platform::config::DatabaseUrl::in_folder(folder.path());
        let db = store::Db::open(&store::Options::new(url.expose())).await.unwrap();
        store::migrate::up(&db).await.unwrap();
        let access = Access::new(crate::Parts {
            db: db.clone(),
            clock: Arc::new(FixedClock(NOW)),
            ids: Arc::new(domain::RandomIds),
            vault: Vault::closed(&db),
            audit: Audit::watched().0,
            passwords: Passwords::new(Cost::RECOMMENDED, 1).unwrap(),
            mode: Mode::Trial,
        });
        let look = async {
            db.close().await;
            Err::<(), _>(Problem::too_many(Duration::from_secs(1)))
        };
        let problem = access.attempt("ana", look).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (429, "too_many_requests"));
    }

    #[test]
    fn an_address_stands_for_its_network_and_a_login_for_nothing_that_can_be_read() {
        let of = |text: &str| address_subject(text.parse().unwrap());
        assert_eq!(of("192.0.2.7"), "address:192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:3::9"), of("2001:db8:1:2::9"));
        assert!(!account_subject("ana").contains("ana") && account_subject("ana") != account_subject("anb"));
    }
}
