//! The dashboard role of a node: pages, and how they ask the warehouse.
//!
//! Invariant: a page cannot tell where the warehouse runs but by what it says of it when it is away.

use std::sync::Arc;

use access::{Access, TokenKeys, service::Pass};
use anyhow::Context;
use axum::Router;
use contracts::{
    Peer, PeerParts, Remote, Stock,
    approval::{self, Decides, Outbox, OutboxFigures, Requests},
    wire,
};
use platform::{
    config::Settings,
    health::{Checks, Finding, Level},
    http::{Problem, auth::Gate},
    journal,
    metrics::look,
    outgoing::{Destination, Outgoing, OutgoingParts, SystemResolver},
};
use prometheus_client::registry::Registry;
use warehouse::Warehouse;

use super::{
    Ground, approvals, breakers,
    folders::{self, Left, Own},
};
use crate::roles::Role;

/// Bytes that decisions may have which wait for the warehouse: tens of thousands of them.
const OUTBOX_BYTES: u64 = 16 * 1024 * 1024;

/// How the pages ask the warehouse.
pub(super) struct Started {
    stock: Arc<dyn Stock>,
    requests: Requests,
    decides: Arc<dyn Decides>,
    elsewhere: Option<Remote>,
    outbox: Option<Outbox>,
}

/// Over the warehouse in this process, or the one that the settings say.
pub(super) async fn start(
    ground: &Ground,
    settings: &Settings,
    own: Option<&Warehouse>,
    keys: TokenKeys,
) -> anyhow::Result<Started> {
    if let Some(own) = own {
        tell_of_left(settings);
        let desk = own.approvals.clone();
        let requests = desk.requests().clone();
        let (decides, stock) = (Arc::new(desk), Arc::new(own.clone()));
        return Ok(Started { stock, requests, decides, elsewhere: None, outbox: None });
    }
    let place = settings.roles.peer(Role::Warehouse.name()).context("nobody says where the warehouse is")?;
    tracing::info!(%place, "the warehouse runs elsewhere");
    let peer = peer(ground, settings, place, keys);
    let requests = approvals::requests(ground);
    let desk = approval::Remote::new(peer.clone(), requests.clone());
    let outbox = outbox(ground, settings, desk.clone()).await;
    let decides: Arc<dyn Decides> = match &outbox {
        Some(outbox) => Arc::new(outbox.clone()),
        None => Arc::new(desk),
    };
    let remote = Remote::new(peer);
    Ok(Started { stock: Arc::new(remote.clone()), requests, decides, elsewhere: Some(remote), outbox })
}

fn tell_of_left(settings: &Settings) {
    for Left { folder, decisions } in folders::left_undecided(settings) {
        let folder = folder.display();
        match decisions {
            Ok(decisions) => tracing::warn!(
                %folder,
                decisions,
                "decisions wait that nobody makes here; take each again on the page of approvals, then remove the folder"
            ),
            Err(error) => tracing::warn!(%error, %folder, "whether decisions wait there cannot be told"),
        }
    }
}

/// What decisions wait in while the warehouse is away; `None`, and an error in the log, where it cannot be had.
async fn outbox(ground: &Ground, settings: &Settings, desk: approval::Remote) -> Option<Outbox> {
    let told = |error: &journal::Error| {
        tracing::error!(%error, "without an outbox nothing is decided while the warehouse is away");
    };
    let named = folders::waiting(settings, folders::OUTBOX);
    let Own { files, found, .. } = folders::open(named, OUTBOX_BYTES).await.inspect_err(told).ok()?;
    if !found.is_empty() {
        tracing::warn!(decisions = found.len(), "decisions of an earlier run wait for the warehouse");
    }
    let outbox = Outbox::open(desk, files, Arc::clone(&ground.clock)).await.inspect_err(told).ok()?;
    ground.tasks.spawn("outbox", outbox.clone().run(ground.shutdown.clone()));
    Some(outbox)
}

fn peer(ground: &Ground, settings: &Settings, place: &Destination, keys: TokenKeys) -> Peer {
    let (from, clock) = (Role::Dashboard.name(), Arc::clone(&ground.clock));
    let pass = match settings.roles.shows_certificate() {
        true => Pass::by_certificate(from),
        false => Pass::signed(from, keys, clock),
    };
    Peer::new(PeerParts {
        role: Role::Warehouse.name(),
        place: place.clone(),
        outgoing: outgoing(ground, settings),
        pass,
        breaker: breakers::role(&ground.breakers, Role::Warehouse.name(), settings, &ground.clock),
        patience: settings.roles.patience,
        most_bytes: wire::MOST_ANSWER_BYTES,
    })
}

/// The way out of a node: to its roles elsewhere.
fn outgoing(ground: &Ground, settings: &Settings) -> Outgoing {
    Outgoing::new(OutgoingParts {
        destinations: settings.roles.peers.iter().map(|(_, place)| place.clone()).collect(),
        networks: settings.roles.networks.clone(),
        trust: settings.roles.trust.clone(),
        resolver: Arc::new(SystemResolver),
        audit: Some(ground.audit.clone()),
        clock: Arc::clone(&ground.clock),
    })
}

impl Started {
    /// The pages.
    pub(super) fn pages(&self, access: &Access, gate: &Gate) -> Router {
        let (stock, decides) = (Arc::clone(&self.stock), Arc::clone(&self.decides));
        dashboard::router(dashboard::State::new(access.clone(), gate.clone(), stock, self.requests.clone(), decides))
    }

    /// Puts the warehouse among the figures and the components, where it runs elsewhere.
    pub(super) fn watch(&self, registry: &mut Registry, checks: &Checks) {
        let Some(remote) = self.elsewhere.clone() else { return };
        remote.peer().register(registry);
        let outbox = self.outbox.clone();
        checks.add(Role::Warehouse.name(), Level::Degraded, move || {
            let (remote, kept) = (remote.clone(), outbox.as_ref().map(Outbox::figures));
            async move {
                let mut found = finding(remote.check().await).with("outbox", kept.map_or(0, |kept| kept.waiting));
                if let Some(unreadable) = kept.map(|kept| kept.unreadable).filter(|unreadable| *unreadable > 0) {
                    found = found.with("outbox_unreadable", unreadable);
                }
                breakers::told(found, remote.peer().breaker())
            }
        });
        let Some(outbox) = self.outbox.clone() else { return };
        look(registry, move |page| {
            let OutboxFigures { waiting, declined, unreadable } = outbox.figures();
            page.gauge("gondola_outbox_length", "Decisions that wait for the warehouse", waiting)?;
            let words = "Decisions that waited and were declined, kept for a week";
            page.gauge("gondola_outbox_declined", words, declined)?;
            let words = "Decisions that waited and cannot be read, which stay for a person";
            page.gauge("gondola_outbox_unreadable", words, unreadable)
        });
    }
}

fn finding(found: Result<(), Problem>) -> Finding {
    match found {
        Ok(()) => Finding::new(Level::Optimal),
        Err(problem) => Finding::new(Level::Degraded).with("error", problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::TRIES;
    use platform::config::LEAST_PATIENCE_S;
    use warehouse::journal::PATIENCE;

    /// Otherwise a call would be given up while the warehouse waits for its database, and never be told that it was kept.
    #[test]
    fn each_try_outlasts_what_the_journal_waits_for_the_ledger() {
        let one_try = Duration::from_secs(LEAST_PATIENCE_S) / TRIES;
        assert!(one_try > PATIENCE + Duration::from_secs(1), "{one_try:?} {PATIENCE:?}");
    }
}
