//! What becomes of a request to a model.
//!
//! Invariant: it is asked again only where it did nothing for it: where no connection came about, or where it says that it could not. What
//! may have been done is paid for, whether its answer came or not.

use axum::{
    body::Bytes,
    http::{Response, StatusCode},
};
use serde::Deserialize;

use super::{Answer, ModelFault, Target};
use crate::{
    breaker::Pass,
    http::body::is_json,
    outgoing::{Fault, retry_after},
    retry::Again,
};

/// Characters of what the provider says that are kept.
const MOST_SAID: usize = 200;

/// A try that failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) fault: ModelFault,
    pub(super) again: Again,
    /// Whether it may have cost something.
    pub(super) paid: bool,
}

impl Failed {
    pub(super) const fn for_good(fault: ModelFault) -> Failed {
        Failed { fault, again: Again::No, paid: false }
    }

    const fn done(fault: ModelFault) -> Failed {
        Failed { fault, again: Again::No, paid: true }
    }

    const fn may_be(fault: ModelFault, again: Again) -> Failed {
        Failed { fault, again, paid: false }
    }
}

/// The answer of a try, with its breaker told.
pub(super) fn settled(pass: Pass, answered: Result<Response<Bytes>, Fault>, target: &Target) -> Result<Answer, Failed> {
    let found = match answered {
        Ok(answer) => of_status(&answer, target),
        Err(fault) if fault.is_refusal() => return Err(Failed::for_good(ModelFault::Unreachable(fault))),
        Err(fault) => Err(of_fault(fault)),
    };
    match &found {
        // It is there, and says what it will not do.
        Ok(_) | Err(Failed { fault: ModelFault::Refused { .. } | ModelFault::Throttled { .. }, .. }) => pass.worked(),
        Err(failed) => pass.failed(&failed.fault),
    }
    found
}

fn of_fault(fault: Fault) -> Failed {
    let nothing_was_sent =
        matches!(fault, Fault::Unresolved { .. } | Fault::Unreachable { .. } | Fault::Untrusted { .. });
    let again = if nothing_was_sent { Again::Soon } else { Again::No };
    Failed { fault: ModelFault::Unreachable(fault), again, paid: !nothing_was_sent }
}

fn of_status(answer: &Response<Bytes>, target: &Target) -> Result<Answer, Failed> {
    let wait = retry_after(answer.headers());
    let again = wait.map_or(Again::Soon, Again::After);
    match answer.status() {
        status if status.is_success() => {
            Answer::read(answer.headers(), answer.body()).map_err(|reason| Failed::done(ModelFault::Odd(reason)))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(Failed::may_be(ModelFault::Throttled { wait }, again)),
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE => {
            Err(Failed::may_be(ModelFault::Failed { status: answer.status().as_u16() }, again))
        }
        // What stands between lost it: it may have been answered, and paid for.
        status if status.is_server_error() => Err(Failed::done(ModelFault::Failed { status: status.as_u16() })),
        status => Err(Failed::for_good(refused(status, answer, target))),
    }
}

/// What a look at the list of models says.
pub(super) fn seen(answered: Result<Response<Bytes>, Fault>, target: &Target) -> Result<(), ModelFault> {
    let answer = answered.map_err(ModelFault::Unreachable)?;
    match answer.status() {
        status if status.is_success() && is_json(answer.headers()) => Ok(()),
        status if status.is_success() => Err(ModelFault::Odd("it is not called JSON".to_owned())),
        StatusCode::TOO_MANY_REQUESTS => Err(ModelFault::Throttled { wait: retry_after(answer.headers()) }),
        status if status.is_server_error() => Err(ModelFault::Failed { status: status.as_u16() }),
        status => Err(refused(status, &answer, target)),
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    message: String,
}

fn refused(status: StatusCode, answer: &Response<Bytes>, target: &Target) -> ModelFault {
    let said = serde_json::from_slice(answer.body()).map_or(String::new(), |Refusal { error }| error.message);
    // Providers repeat what they were shown.
    let said = match &target.settings.key {
        Some(key) => said.replace(key.expose(), "***"),
        None => said,
    };
    let said = said.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect();
    ModelFault::Refused { status: status.as_u16(), said }
}
