//! What a node tells of its certificate.
//!
//! Invariant: a certificate that ends within thirty days, has ended, or whose successor on disk cannot be used is told everywhere a node
//! tells of itself.

use std::sync::Arc;

use domain::Clock;
use platform::{
    health::{Checks, Finding, Level},
    metrics::look,
    tls::Tls,
};
use prometheus_client::registry::Registry;

use super::Ground;

/// Follows the files, and puts the certificate among the figures and the components; nothing where TLS is not spoken.
pub(super) fn watch(registry: &mut Registry, checks: &Checks, ground: &Ground) {
    let Some(tls) = ground.tls.clone() else { return };
    let clock = Arc::clone(&ground.clock);
    ground
        .tasks
        .spawn("certificate", tls.clone().keep(Arc::clone(&clock), ground.shutdown.clone(), ground.audit.clone()));
    let (shown, now) = (tls.clone(), Arc::clone(&clock));
    look(registry, move |page| {
        let figures = shown.figures();
        let left = figures.facts.seconds_left(now.now());
        page.gauge("gondola_certificate_expires_seconds", "Time until the certificate ends", left)?;
        page.counter("gondola_certificate_reloads", "Times the certificate was replaced", figures.reloads)
    });
    checks.add("certificate", Level::Degraded, move || std::future::ready(finding(&tls, clock.as_ref())));
}

fn finding(tls: &Tls, clock: &dyn Clock) -> Finding {
    let (figures, now) = (tls.figures(), clock.now());
    let level = if figures.needs_care(now) { Level::Degraded } else { Level::Optimal };
    Finding::new(level)
        .with("subject", figures.facts.subject.as_str())
        .with("expires_at", figures.facts.expires_at.to_string())
        .with("days_left", figures.facts.seconds_left(now).div_euclid(86_400))
        .with("files_usable", !figures.stale)
}
