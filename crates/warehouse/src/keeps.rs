//! The warehouse as other roles in the same process ask it.
//!
//! Invariant: the same code answers a role in this process and one elsewhere.

use contracts::{Answer, Standing, Stock};
use domain::ledger::{Draft, Outcome};

use crate::{api::postings::take, state::Warehouse};

impl Stock for Warehouse {
    fn post(&self, drafts: Vec<Draft>) -> Answer<'_, Vec<Option<Outcome>>> {
        Box::pin(take::post_for_role(self, drafts))
    }

    fn preview<'a>(&'a self, drafts: &'a [Draft]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(take::preview_for_role(self, drafts))
    }

    fn check(&self) -> Answer<'_, ()> {
        let running = if self.writer.is_running() { Ok(()) } else { Err(store::Error::Stopped.into()) };
        Box::pin(std::future::ready(running))
    }

    fn standing(&self) -> Standing {
        Standing::Here
    }
}
