//! Who may decide what.
//!
//! Invariant: the same wherever the desk is; who is turned away is in the audit log, whether they asked through the API or a page.

use access::{Permission, Permit};
use domain::audit::Action;
use platform::{
    audit,
    http::{Principal, Problem, auth::CallerKind},
};
use store::approval::Approval;
use uuid::Uuid;

use super::{Decided, Requests, Verdict};
use crate::wire::Declined;

impl Requests {
    /// The request of that identity, when the caller may decide so on it.
    pub(super) async fn permitted(
        &self,
        caller: &Principal,
        id: Uuid,
        verdict: Verdict<'_>,
    ) -> Result<Decided<Approval>, Problem> {
        let Some(approval) = self.known(caller, id).await? else { return Ok(Err(Declined::Unknown)) };
        let is_own = self.is_own(caller, &approval).await?;
        if let Err(declined) = may(caller, is_own, verdict) {
            self.tell_denied(caller, &approval).await?;
            return Ok(Err(declined));
        }
        Ok(Ok(approval))
    }

    async fn tell_denied(&self, caller: &Principal, approval: &Approval) -> Result<(), Problem> {
        let event = audit::by(caller, Action::AccessDenied).denied().site(&approval.site_code);
        let mut tx = self.db.write().await?;
        event.on("approval", approval.id).write(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// Whoever asked may take it back, whatever else they may.
fn may(caller: &Principal, is_own: bool, verdict: Verdict<'_>) -> Decided<()> {
    let may_decide = caller.may(Permission::ApprovalsDecide);
    match (caller.kind, verdict) {
        (CallerKind::User, Verdict::Reject(_)) if is_own => Ok(()),
        _ if !may_decide => Err(Declined::Forbidden),
        (CallerKind::User, Verdict::Approve) if is_own => Err(Declined::Own),
        (CallerKind::User, _) => Ok(()),
        _ => Err(Declined::NoPerson),
    }
}
