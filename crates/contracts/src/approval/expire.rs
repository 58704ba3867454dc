//! Ending requests that nobody decided in time.
//!
//! Invariant: doing it again changes nothing; a node that ends others' at the same time ends none twice.

use domain::audit::Action;
use platform::{audit, http::Problem};
use store::approval::{self, Decision, State};

use super::{Desk, decide};

/// Requests ended in one commit.
const AT_ONCE: i64 = 100;

impl Desk {
    /// Ends those whose time is over. Gives how many.
    pub async fn expire(&self) -> Result<usize, Problem> {
        let mut ended = 0;
        loop {
            let some = self.expire_some().await?;
            if some == 0 {
                return Ok(ended);
            }
            ended += some;
        }
    }

    async fn expire_some(&self) -> Result<usize, Problem> {
        let now = self.0.parts.clock.now();
        let mut tx = self.0.parts.db.write().await?;
        let overdue = approval::overdue(&mut tx, now, AT_ONCE).await?;
        let decision = Decision { state: State::Expired, by: "upkeep", answer: "", at: now };
        let mut ended = Vec::new();
        for one in overdue {
            if approval::decide(&mut tx, one.id, decision).await? {
                decide::give_back(&mut tx, &one).await?;
                ended.push(one);
            }
        }
        for one in &ended {
            let event = decide::event(audit::by_system("upkeep", Action::ApprovalExpired), one);
            event.write(&mut tx, now).await?;
        }
        tx.commit().await?;
        for one in &ended {
            tracing::info!(approval = %one.id, site = one.site_code, "nobody decided in time");
            self.tell(one.id, &one.site_code, State::Expired);
        }
        Ok(ended.len())
    }
}
