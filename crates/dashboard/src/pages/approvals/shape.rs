//! What the pages about requests have in common.

use std::collections::HashMap;

use domain::Zone;
use store::{
    Db,
    approval::{Approval, State},
    person,
    site::Site,
};

use crate::{format, frame::Frame};

/// A request in words.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) address: String,
    pub(super) kind: String,
    pub(super) site: String,
    pub(super) worth: String,
    /// Why it takes a second person.
    pub(super) why: String,
    pub(super) who: String,
    pub(super) asked: String,
    pub(super) until: String,
    pub(super) state: String,
    pub(super) is_pending: bool,
    /// Whether it is decided and that waits for the warehouse.
    pub(super) is_kept: bool,
    pub(super) decided: Option<Decided>,
}

/// A decision in words.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) who: String,
    pub(super) at: String,
    pub(super) answer: String,
}

/// The logins of whoever asked and decided, in place of their codes.
pub(super) async fn names(db: &Db, approvals: &[Approval]) -> store::Result<HashMap<String, String>> {
    let codes: Vec<&str> = approvals.iter().flat_map(|one| [one.asked_by.as_str(), one.decided_by.as_str()]).collect();
    Ok(person::logins(db, &codes).await?.into_iter().collect())
}

impl Told {
    pub(super) fn of(frame: &Frame, approval: &Approval, sites: &[Site], names: &HashMap<String, String>) -> Told {
        let site = sites.iter().find(|site| site.id == approval.site);
        let zone = site.map_or_else(Zone::utc, |site| site.zone.clone());
        let (locale, name) = (frame.locale(), |code: &str| names.get(code).map_or(code, String::as_str).to_owned());
        let days =
            frame.words.say_with("ui-approval-days", &platform::texts::Args::new().with("days", approval.days_back));
        let why = match approval.passed {
            domain::ledger::Over::Worth => frame.say("ui-approval-worth"),
            domain::ledger::Over::Age => days,
            domain::ledger::Over::Both => format!("{} · {days}", frame.say("ui-approval-worth")),
        };
        Told {
            address: format!("/aprobaciones/{}", approval.id),
            kind: frame.words.kind(approval.kind),
            site: site.map_or_else(|| approval.site_code.clone(), |site| site.name.clone()),
            worth: format::money(locale, approval.worth),
            why,
            who: name(&approval.asked_by),
            asked: format::moment(locale, &zone, approval.asked_at),
            until: format::moment(locale, &zone, approval.expires_at),
            state: frame.say(match approval.state {
                State::Pending => "ui-approval-pending",
                State::Granted => "ui-approval-granted",
                State::Refused => "ui-approval-refused",
                State::Expired => "ui-approval-expired",
            }),
            is_pending: approval.state == State::Pending,
            is_kept: false,
            decided: approval.decided_at.map(|at| Decided {
                who: name(&approval.decided_by),
                at: format::moment(locale, &zone, at),
                answer: approval.answer.clone(),
            }),
        }
    }
}
