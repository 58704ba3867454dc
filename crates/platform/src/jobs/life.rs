//! Signs of life, by which processes that share a database know whose jobs are lost.
//!
//! Invariant: a job is lost when it has given no sign over several looks in a row. No clocks are compared, and a time in which the
//! database could not be reached, by us or by others, counts for nothing.

use std::{collections::HashMap, pin::pin, time::Duration};

use store::job;
use uuid::Uuid;

use super::{Jobs, interrupted};
use crate::http::problem::Problem;

/// How often a job gives a sign while it waits or works.
const SIGN_EVERY: Duration = Duration::from_secs(10);
/// How often somebody should look for lost jobs.
pub const LOOKED_EVERY: Duration = Duration::from_secs(20);
/// Looks without a new sign after which a job is lost.
const LOOKS: u32 = 3;

/// What one looker has seen: of each job its last sign, and in how many looks it was the last.
#[derive(Debug, Default)]
pub struct Watch(HashMap<Uuid, (i64, u32)>);

impl Watch {
    /// Of the jobs there are, those that have given no sign for long enough.
    fn look(&mut self, present: Vec<(Uuid, i64)>) -> Vec<(Uuid, i64)> {
        let before = std::mem::take(&mut self.0);
        let looks = |id: &Uuid, sign: i64| before.get(id).filter(|seen| seen.0 == sign).map_or(0, |seen| seen.1 + 1);
        self.0 = present.into_iter().map(|(id, sign)| (id, (sign, looks(&id, sign)))).collect();
        self.0.iter().filter(|(_, seen)| seen.1 >= LOOKS).map(|(id, seen)| (*id, seen.0)).collect()
    }
}

impl Jobs {
    /// Ends, as failed, the jobs of processes that are gone, as far as `watch` has seen: call it every [`LOOKED_EVERY`]. How many
    /// there were.
    pub async fn end_lost(&self, watch: &mut Watch) -> Result<u64, Problem> {
        let ended = self.try_end_lost(watch).await;
        if ended.is_err() {
            // Who could not be reached by us may not have been reached by others either.
            *watch = Watch::default();
        }
        Ok(ended?)
    }

    async fn try_end_lost(&self, watch: &mut Watch) -> store::Result<u64> {
        let mut present = job::beats(&self.0.db).await?;
        {
            let own = self.running();
            present.retain(|(id, _)| !own.contains_key(id));
        }
        let lost = watch.look(present);
        if lost.is_empty() {
            return Ok(0);
        }
        let (mut tx, mut count) = (self.0.db.write().await?, 0);
        for job in lost {
            count += u64::from(job::fail_lost(&mut tx, job, &interrupted(), self.0.clock.now()).await?);
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Does `work` while giving signs that the job lives.
    pub(super) async fn while_living<T>(&self, id: Uuid, work: impl Future<Output = T>) -> T {
        if !self.is_shared() {
            return work.await;
        }
        giving_signs(SIGN_EVERY, || self.sign(id), work).await
    }

    pub(super) async fn sign(&self, id: Uuid) {
        let signed = async {
            let mut tx = self.0.db.write().await?;
            job::beat(&mut tx, id).await?;
            tx.commit().await
        };
        if let Err(error) = signed.await {
            tracing::warn!(job = %id, %error, "a job could not show that it lives");
        }
    }
}

/// Does `work`, and `sign` every so often meanwhile. A sign under way is not waited for.
async fn giving_signs<T, S>(every: Duration, sign: impl Fn() -> S, work: impl Future<Output = T>) -> T
where
    S: Future<Output = ()>,
{
    let mut work = pin!(work);
    let next = || async {
        tokio::time::sleep(every).await;
        sign().await;
    };
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = next() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn signs_are_given_until_the_work_is_done() {
        let signs = Cell::new(0);
        let sign = || async { signs.set(signs.get() + 1) };
        let work = async {
            tokio::time::sleep(SIGN_EVERY * 3 + SIGN_EVERY / 2).await;
            7
        };
        assert_eq!((giving_signs(SIGN_EVERY, sign, work).await, signs.get()), (7, 3));
    }

    #[test]
    fn a_job_is_lost_after_several_looks_without_a_new_sign() {
        let (mut watch, id) = (Watch::default(), Uuid::from_u128(1));
        for sign in [0, 0, 1, 1, 1] {
            assert!(watch.look(vec![(id, sign)]).is_empty(), "{sign}");
        }
        assert_eq!(watch.look(vec![(id, 1)]), [(id, 1)]);
        assert!(watch.look(Vec::new()).is_empty());
        assert!(watch.look(vec![(id, 1)]).is_empty(), "seen anew");
    }
}
