//! The configuration in use, and its replacement when the files change.
//!
//! Invariant: a connection keeps the configuration it began with; files that cannot be used change nothing but a figure and a log line.

use std::{
    fmt,
    future::pending,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Clock, Timestamp, audit::Action};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use super::{
    Facts, Files, TlsError,
    material::{Loaded, Material},
    renewal,
};
use crate::{
    audit::{self, Audit, Draft},
    http::problem::chain,
    lifecycle::Shutdown,
};

/// How often the files are looked at.
const LOOKED_EVERY: Duration = Duration::from_secs(5);
/// How often an end that is near is told again.
const WARNED_EVERY_S: i64 = 86_400;
/// How often a replacement of our own that failed is tried again.
const TRIED_EVERY_S: i64 = 3_600;

/// TLS as it is spoken now. Cheap to clone.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.0.files).finish_non_exhaustive()
    }
}

struct Inner {
    files: Files,
    current: RwLock<Loaded>,
    reloads: AtomicU64,
    stale: AtomicBool,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFigures {
    /// The certificate in use.
    pub facts: Facts,
    /// How many times it was replaced since the start.
    pub reloads: u64,
    /// Whether the files on disk cannot be used.
    pub stale: bool,
}

impl TlsFigures {
    /// Whether somebody should look: it ends soon, has ended, or its successor cannot be used.
    pub fn needs_care(&self, now: Timestamp) -> bool {
        self.stale || self.facts.ends_soon(now)
    }
}

impl Tls {
    /// Reads the files. Fails when they cannot be used.
    pub fn load(files: Files) -> Result<Tls, TlsError> {
        let current = RwLock::new(Material::read(&files)?.load(&files)?);
        Ok(Tls(Arc::new(Inner { files, current, reloads: AtomicU64::new(0), stale: AtomicBool::new(false) })))
    }

    /// Takes connections with the certificate of this moment.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config())
    }

    fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// How it stands.
    pub fn figures(&self) -> TlsFigures {
        let facts = self.0.current.read().unwrap_or_else(PoisonError::into_inner).facts.clone();
        let reloads = self.0.reloads.load(Ordering::Relaxed);
        TlsFigures { facts, reloads, stale: self.0.stale.load(Ordering::Relaxed) }
    }

    /// Reads the files again and uses them from the next connection on; whether they had changed.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let replaced = self.replace();
        self.0.stale.store(replaced.is_err(), Ordering::Relaxed);
        replaced
    }

    fn replace(&self) -> Result<bool, TlsError> {
        let material = Material::read(&self.0.files)?;
        if material.digest == self.0.current.read().unwrap_or_else(PoisonError::into_inner).digest {
            return Ok(false);
        }
        let fresh = material.load(&self.0.files)?;
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.0.reloads.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    /// Follows the files, at intervals and on SIGHUP, and warns of an end that is near, until the node stops. What is read anew is told
    /// to the audit log, also when it cannot be used.
    pub async fn keep(self, clock: Arc<dyn Clock>, shutdown: Shutdown, audit: Audit) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let (mut silent, mut warned_at) = (false, None);
        let mut renewing = Renewing::of(&self, clock.as_ref());
        while !shutdown.is_stopping() {
            self.warn(clock.now(), &mut warned_at);
            tokio::select! {
                () = tokio::time::sleep(LOOKED_EVERY) => {}
                () = received(&mut hangup) => silent = false,
                () = shutdown.wait() => return,
            }
            renewing.look(&self, clock.now(), &audit).await;
            let tls = self.clone();
            let reloaded = tokio::task::spawn_blocking(move || tls.reload()).await;
            match reloaded {
                Ok(Ok(true)) => {
                    let facts = self.figures().facts;
                    tracing::info!(subject = facts.subject, expires_at = %facts.expires_at, "the certificate was replaced");
                    audit.record(changed(&facts).at(clock.now()));
                    (silent, warned_at) = (false, None);
                }
                Ok(Ok(false)) => silent = false,
                // Two files are seldom written in one instant; and told once is enough.
                Ok(Err(error)) if !silent => {
                    tracing::warn!(
                        error = chain(&error),
                        "the certificate on disk cannot be used; the one before it stays"
                    );
                    let told = changed(&self.figures().facts).failed().detail("fault", error.to_string());
                    audit.record(told.at(clock.now()));
                    silent = true;
                }
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }

    fn warn(&self, now: Timestamp, warned_at: &mut Option<Timestamp>) {
        let facts = self.figures().facts;
        let due = warned_at.is_none_or(|at: Timestamp| at.plus_seconds(WARNED_EVERY_S) <= now);
        if facts.ends_soon(now) && due {
            let days = facts.seconds_left(now).div_euclid(86_400);
            tracing::warn!(subject = facts.subject, days, expires_at = %facts.expires_at, "the certificate ends soon or has ended");
            *warned_at = Some(now);
        }
    }
}

/// Replacing the certificate ourselves, where the settings say so.
struct Renewing {
    tried_at: Option<Timestamp>,
}

impl Renewing {
    /// Says at once what would keep us from it in a year.
    fn of(tls: &Tls, clock: &dyn Clock) -> Renewing {
        if let Some(error) = renewal::hindrance(&tls.0.files, clock.now()) {
            tracing::warn!(error = chain(&error), "the certificate will not be replaced by itself (tls_renew)");
        }
        Renewing { tried_at: None }
    }

    /// Writes new files when those in use end soon; whoever follows the files takes them. One that fails is tried again in an hour.
    async fn look(&mut self, tls: &Tls, now: Timestamp, audit: &Audit) {
        let waits = self.tried_at.is_some_and(|at| now < at.plus_seconds(TRIED_EVERY_S));
        let facts = tls.figures().facts;
        if !tls.0.files.renews || !facts.ends_soon(now) || waits {
            return;
        }
        self.tried_at = Some(now);
        let files = tls.0.files.clone();
        let renewed = tokio::task::spawn_blocking(move || renewal::renew_when_due(&files, now)).await;
        if let Ok(Err(error)) = renewed {
            tracing::error!(error = chain(&error), "the certificate could not be replaced by itself");
            audit.record(changed(&facts).failed().detail("fault", error.to_string()).at(now));
        }
    }
}

/// The certificate in use, as the audit log tells of it.
fn changed(facts: &Facts) -> Draft {
    let told = audit::by_system("server", Action::CertificateChanged).on("certificate", "server");
    told.detail("subject", &facts.subject).detail("until", facts.expires_at.to_string())
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => pending().await,
    }
}
