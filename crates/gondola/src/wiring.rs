//! One node: the roles it runs, what they stand on, and how it stops.
//!
//! Invariant: the only place that knows every role. What a node starts, [`Node::stop`] ends.

pub(crate) mod approvals;
mod arrival;
mod audit;
mod backups;
mod breakers;
mod credentials;
mod dashboard;
mod document;
mod door;
mod figures;
mod folders;
mod journal;
pub(crate) mod model;
mod objects;
pub(crate) mod people;
pub(crate) mod posture;
mod pulse;
mod remembered;
mod secrets;
mod tls;
mod upkeep;
pub(crate) mod volumes;
mod warehouse;
mod watched;

use std::{sync::Arc, time::Duration};

use ::warehouse::shelf::Shelf;
use access::{Access, password::Typed};
use axum::Router;
use domain::{Clock, Ids, RandomIds};
use futures_util::future::OptionFuture;
use platform::{
    audit::{Audit, Keeper, QUEUE},
    breaker::{self, Breakers},
    config::Settings,
    events::Events,
    health::{self, About, Level},
    http::{
        Problem, auth,
        door::counted,
        layers::{self, Shell},
        redirect,
    },
    jobs::{self, JobParts, Jobs},
    lifecycle::{Manager, Shutdown, Tasks},
    metrics::{self, Push},
    rotation::Rotation,
    telemetry,
    tls::Tls,
    vault::Vault,
};
use prometheus_client::registry::Registry;
pub(crate) use secrets::{SecretParts, rotation};
use store::{
    Db,
    db::Backend,
    ledger::{Writer, WriterOptions},
};
use tokio::task::JoinHandle;
use utoipa_axum::router::OpenApiRouter;
pub(crate) use watched::VERSION;

use self::{
    arrival::{Arrival, Meeting},
    credentials::Credentials,
};
pub(crate) use self::{
    folders::{JOURNAL, Left, OUTBOX, left_undecided, waiting as waiting_folders},
    journal::folders as journal_folders,
};
use crate::roles::{self, Needs};

/// Jobs that run at once; more wait.
const JOBS_AT_ONCE: usize = 2;

/// A running node.
pub(crate) struct Node {
    router: Router,
    redirect: Router,
    figures: Router,
    db: Db,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    writer: Option<JoinHandle<()>>,
    audit: (Audit, Keeper),
    access: Access,
    meeting: Meeting,
    shutdown: Shutdown,
}

/// What everything in the node is made with.
struct Ground {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tasks: Tasks,
    events: Events,
    audit: Audit,
    shutdown: Shutdown,
    /// Opens encrypted values; without a key it says so whenever it is asked.
    vault: Vault,
    /// How it is spoken with clients, when over TLS.
    tls: Option<Tls>,
    /// What stands before each dependency.
    breakers: Breakers,
    /// Whether the database is there to be asked at all.
    arrival: Arrival,
}

impl Ground {
    fn new(db: Db, vault: Vault, clock: Arc<dyn Clock>, shutdown: Shutdown) -> (Ground, Keeper) {
        let topics: Vec<&'static str> = ::warehouse::TOPICS.iter().copied().chain([jobs::TOPIC]).collect();
        let events = Events::new(&topics, clock.as_ref());
        let (audit, keeper) = Audit::start(db.clone(), QUEUE);
        let (ids, tasks) = (Arc::new(RandomIds), Tasks::default());
        let (breakers, arrival) = (Breakers::default(), Arrival::new(true));
        (Ground { db, clock, ids, tasks, events, audit, shutdown, vault, tls: None, breakers, arrival }, keeper)
    }

    /// Starts what is of no use before the database is there.
    fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (arrival, shutdown) = (self.arrival.clone(), self.shutdown.clone());
        self.tasks.spawn(name, async move {
            tokio::select! {
                () = arrival.wait() => work.await,
                () = shutdown.wait() => {}
            }
        });
    }

    fn job_parts(&self) -> JobParts {
        JobParts {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            events: self.events.clone(),
            tasks: self.tasks.clone(),
        }
    }
}

impl Node {
    /// Starts the roles that the settings say, over a database at this program's version, or one that is still to come.
    pub(crate) async fn start(
        (db, is_there): (Db, bool),
        settings: &Settings,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        tls: Option<Tls>,
    ) -> anyhow::Result<Node> {
        let needs = roles::needs(&settings.roles);
        let (arrival, unasked) = (Arrival::new(is_there), db.clone());
        let (db, dependencies) = breakers::guard(db, settings, &clock, &arrival);
        let vault = Vault::closed(&db);
        if is_there {
            vault.unlock(&settings.encryption, clock.as_ref()).await?;
        }
        if is_there && !vault.is_open() {
            tracing::warn!("no encryption key: what is kept encrypted will be refused (gondola key init)");
        }
        let breaker = dependencies.database.clone();
        let meeting = Meeting { db: unasked, vault: vault.clone(), breaker, arrival: arrival.clone() };
        let (ground, keeper) = Ground::new(db, vault, clock, shutdown);
        let ground = Ground { tls, breakers: dependencies.all, arrival, ..ground };
        let mut registry = Registry::default();
        let pulse = pulse::listen(&ground, settings, dependencies.database)?;
        let is_server = ground.db.backend() == Backend::Postgres;
        let shelf = Shelf::new(Arc::clone(&ground.clock), pulse.clone(), is_server);
        let writer = needs.writer.then(|| warehouse::writer(&ground, settings, &mut registry, &shelf));
        let (writer, writing) = writer.unzip();
        // First whatever tells that the database cannot be written, before others wait for it.
        let jobs = start_jobs(&ground).await?;
        audit::started(&ground.audit, ground.clock.as_ref());
        ground.vault.tell_to(ground.audit.clone(), Arc::clone(&ground.clock));
        let secrets = secrets::kept(&ground, settings, &jobs);
        let mut shell = Shell::new(settings, Arc::clone(&ground.clock), Arc::clone(&ground.ids));
        shell.database.clone_from(&pulse);
        shell.patient = &[("POST", "/api/v1/postings"), ("GET", "/api/v1/stock"), ("GET", "/api/v1/stock/*")];
        let warehouse = match writer {
            Some(writer) => Some(warehouse::start(&ground, settings, (writer, shelf), &jobs, pulse).await),
            None => None,
        };
        let access = people::access(&ground, settings)?;
        let journal = warehouse.as_ref().and_then(warehouse::Started::journal_folder);
        let remembered = remembered::keys(&ground, settings, journal);
        let credentials = Credentials::new(&ground, settings, needs, (&access, remembered));
        shell.door = door::door(&ground, settings, &credentials.gate, shell.door)?;
        let own = warehouse.as_ref().map(|started| &started.role);
        let keys = credentials.keys.clone();
        let dashboard = match needs.pages {
            true => Some(dashboard::start(&ground, settings, own, keys).await?),
            false => None,
        };
        if needs.upkeep {
            upkeep::start(&ground, settings, &access, &credentials.tokens);
        }
        upkeep::end_lost_jobs(&ground, &jobs);
        watched::make_folder(settings).await;
        let running = Running { warehouse, dashboard, jobs };
        let watched = Watched { registry, needs, running: &running, shell: &shell, secrets: &secrets };
        let told = told(&ground, settings, watched);
        let (told, figures) = figures::apart((&ground, settings), told, (&running, &shell, &credentials.gate));
        let router = routes(&ground, settings, (running, credentials, &access), (told, &shell))?;
        let redirect = layers::shell(
            redirect::router(settings.door.redirect_port.unwrap_or(settings.listen.port())),
            shell.clone(),
        );
        let router = layers::shell(router, shell);
        let Ground { db, clock, tasks, audit, shutdown, .. } = ground;
        let audit = (audit, keeper);
        Ok(Node { router, redirect, figures, db, clock, tasks, writer: writing, audit, access, meeting, shutdown })
    }

    /// Makes the first owner when there is nobody, and gives their password.
    pub(crate) async fn first_owner(&self) -> Result<Option<Typed>, Problem> {
        self.access.first_owner().await
    }

    /// Every route, with what surrounds it.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// What sends whoever asks in the clear to TLS.
    pub(crate) fn redirect(&self) -> Router {
        self.redirect.clone()
    }

    /// The figures, and whether it lives and is ready, for where they are told apart.
    pub(crate) fn figures(&self) -> Router {
        self.figures.clone()
    }

    /// Tells the service manager that it answers, then that it lives, then that it stops.
    pub(crate) fn report_to(&self, manager: &Manager, address: &str, shutdown: &Shutdown) {
        manager.ready(&format!("listening on {address}"));
        manager.keep_alive(&self.tasks, shutdown.clone());
        let (manager, shutdown) = (manager.clone(), shutdown.clone());
        self.tasks.spawn("service manager", async move {
            shutdown.wait().await;
            manager.stopping();
        });
    }

    /// Commits what is waiting and ends everything. Whether all of it ended in time.
    pub(crate) async fn stop(self, within: Duration) -> bool {
        // The last handles of the writer live in the routes and in jobs; without them it ends by itself.
        drop((self.router, self.figures, self.access, self.meeting));
        let finished = self.tasks.finish(within).await;
        let writer = OptionFuture::from(self.writer);
        let written = tokio::time::timeout(within, writer).await.is_ok();
        let (audit, keeper) = self.audit;
        let audited = audit::stop(&audit, keeper, self.clock.as_ref(), within).await;
        self.db.close().await;
        written && finished && audited
    }
}

/// The roles that a node runs.
struct Running {
    warehouse: Option<warehouse::Started>,
    dashboard: Option<dashboard::Started>,
    jobs: Jobs,
}

/// What a node tells of, besides what every part of it stands on.
struct Watched<'n> {
    registry: Registry,
    needs: Needs,
    running: &'n Running,
    shell: &'n Shell,
    secrets: &'n Rotation,
}

/// What a node tells; it begins to look after itself.
fn told(ground: &Ground, settings: &Settings, watched: Watched<'_>) -> figures::Told {
    let Watched { mut registry, needs, running, shell, secrets } = watched;
    watched::register(&mut registry, ground, settings);
    running.jobs.register(&mut registry);
    ground.audit.register(&mut registry);
    if needs.upkeep {
        audit::watch(ground, settings, &mut registry);
    }
    shell.register(&mut registry);
    secrets.register(&mut registry);
    ground.breakers.register(&mut registry);
    let checks = watched::checks(ground, settings, running.jobs.clone());
    door::check(&checks, &shell.door, &mut registry);
    tls::watch(&mut registry, &checks, ground);
    secrets::check(&checks, secrets.clone());
    model::watch(ground, settings, &mut registry, &checks);
    if needs.upkeep {
        let afar = objects::keep(ground, settings, &mut registry, &checks);
        backups::keep(ground, (settings, afar), &mut registry, &checks);
    }
    if let Some(warehouse) = &running.warehouse {
        warehouse.watch(&mut registry, &checks, ground);
    }
    if let Some(dashboard) = &running.dashboard {
        dashboard.watch(&mut registry, &checks);
    }
    let about = About::new(watched::VERSION, Arc::clone(&ground.clock), checks, shell.degradation.clone());
    if !ground.arrival.has_come() {
        about.begin_at(Level::Minimal);
    }
    watched::keep_looking(ground, about.clone());
    let older = health::older_routes(about.clone(), ground.breakers.clone(), &watched::FEATURES);
    let registry = Arc::new(registry);
    let push = Push::new(Arc::clone(&registry), settings, watched::VERSION, Arc::clone(&ground.clock));
    if let Some(push) = push {
        ground.tasks.spawn("figures to a collector", push.keep(ground.shutdown.clone()));
    }
    figures::Told { figures: metrics::routes(registry), rest: health::deep_routes(about).merge(older) }
}

/// Every route of a node, behind its gate and the table of permissions.
fn routes(
    ground: &Ground,
    settings: &Settings,
    (running, credentials, access): (Running, Credentials, &Access),
    (told, shell): (OpenApiRouter, &Shell),
) -> anyhow::Result<Router> {
    let Credentials { gate, desk, tokens, .. } = credentials;
    let Running { warehouse, dashboard, jobs } = running;
    let mut routes = match &warehouse {
        Some(warehouse) => warehouse.routes(ground, jobs),
        None => OpenApiRouter::new(),
    };
    routes = routes
        .merge(breaker::routes(ground.breakers.clone(), ground.audit.clone(), Arc::clone(&ground.clock)))
        .merge(telemetry::routes(ground.audit.clone(), Arc::clone(&ground.clock)))
        .merge(access::audit::routes(audit::desk(ground, settings)))
        .merge(told)
        .merge(access::api::keys::routes().with_state(desk))
        .merge(access::api::tokens::routes().with_state(tokens))
        .merge(access::people_routes().with_state(access.clone()));
    let mut router = document::with_docs(routes)?;
    router = warehouse.iter().fold(router, |router, warehouse| router.merge(warehouse.peer_routes()));
    router = dashboard.iter().fold(router, |router, dashboard| router.merge(dashboard.pages(access, &gate)));
    Ok(auth::guard(counted(access::enforce(router), &shell.door), gate))
}

/// The warehouse for a command that only reads, and what ends its part of the audit log: nothing else runs beside it.
pub(crate) fn reading_warehouse(
    db: Db,
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> (::warehouse::Warehouse, Keeper) {
    let vault = Vault::closed(&db);
    let (ground, keeper) = Ground::new(db, vault, clock, Shutdown::default());
    let (writer, _idle) = Writer::start(ground.db.clone(), Arc::clone(&ground.clock), WriterOptions::default());
    let jobs = Jobs::new(ground.job_parts(), JOBS_AT_ONCE);
    let desk = approvals::desk(&ground, settings, &writer);
    let shelf = Shelf::new(Arc::clone(&ground.clock), None, false);
    (warehouse::state(&ground, settings, (writer, None, desk, shelf), jobs), keeper)
}

async fn start_jobs(ground: &Ground) -> anyhow::Result<Jobs> {
    let jobs = Jobs::new(ground.job_parts(), JOBS_AT_ONCE);
    match jobs.recover().await {
        Ok(0) => {}
        Ok(count) => tracing::warn!(count, "jobs of an earlier run were interrupted"),
        Err(error) => return Err(anyhow::Error::new(error).context("cannot look after the jobs of an earlier run")),
    }
    Ok(jobs)
}

/// Ends after the pause, or at once when the node stops.
async fn pause(shutdown: &Shutdown, length: Duration) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = shutdown.wait() => {}
    }
}
