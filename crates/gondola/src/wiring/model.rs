//! The language model of a node, where the settings name one: its breaker, its figures, its component.
//!
//! Invariant: a model that is not there slows no start and stops no request; without an address nobody is asked.

use std::sync::Arc;

use domain::Clock;
use platform::{
    audit::Audit,
    breaker::Breaker,
    config::Settings,
    health::{Checks, Finding, Level},
    model::{MODEL, Model, ModelFault, ModelParts},
    outgoing::{Outgoing, OutgoingParts, SystemResolver},
};
use prometheus_client::registry::Registry;

use super::{Ground, breakers};

/// The model that the settings name.
pub(crate) fn of(settings: &Settings, audit: Audit, clock: Arc<dyn Clock>) -> Option<Model> {
    let place = settings.model.place.clone()?;
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.destination.clone()],
        networks: settings.roles.networks.clone(),
        trust: Some(settings.model.trust()),
        resolver: Arc::new(SystemResolver),
        audit: Some(audit),
        clock: Arc::clone(&clock),
    });
    let breaker = Breaker::new(MODEL, settings.resilience.model, Arc::clone(&clock));
    let (settings, folder) = (settings.model.clone(), settings.data_dir.as_path());
    Some(Model::new(ModelParts { place, settings, outgoing, breaker, folder, clock }))
}

/// Has it among the breakers, the figures and the components of a node.
pub(super) fn watch(ground: &Ground, settings: &Settings, registry: &mut Registry, checks: &Checks) {
    let Some(model) = of(settings, ground.audit.clone(), Arc::clone(&ground.clock)) else { return };
    ground.breakers.add(model.breaker().clone());
    model.register(registry);
    checks.add(MODEL, Level::Degraded, move || {
        let model = model.clone();
        async move { breakers::told(finding(&model).await, model.breaker()) }
    });
}

async fn finding(model: &Model) -> Finding {
    let (found, spent) = (model.check().await, model.spent().await);
    let finding = match found.err().or_else(|| spent.as_ref().err().cloned()) {
        None => Finding::new(Level::Optimal),
        // It is there, and has enough for now.
        Some(ModelFault::Throttled { .. }) => Finding::new(Level::Optimal).with("throttled", true),
        Some(fault) => Finding::new(Level::Degraded).with("error", fault.to_string()),
    };
    match spent {
        Ok(spent) => finding.with("tokens_today", spent.tokens).with("cost_today", spent.cost.to_string()),
        Err(_) => finding,
    }
}
