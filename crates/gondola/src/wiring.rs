//! One node: the roles it runs, what they stand on, and how it stops.
//!
//! Invariant: the only place that knows every role. What a node starts, [`Node::stop`] ends.

use std::{sync::Arc, time::Duration};

use axum::Router;
use domain::{Clock, RandomIds};
use platform::{
    config::Settings,
    http::{
        auth::{self, Gate, StoredKeys},
        layers::{self, Shell},
    },
    lifecycle::{Shutdown, Tasks},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions},
};
use tokio::task::JoinHandle;

/// Paths that need no key.
const OPEN: &[&str] = &["/health", "/ready", "/entrar", "/assets/*"];
/// Cookie in which a browser keeps its key.
const COOKIE: &str = "gondola_key";
/// How often a node looks whether a business day has ended.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);

/// A running node.
pub(crate) struct Node {
    router: Router,
    db: Db,
    tasks: Tasks,
    writer: JoinHandle<()>,
}

impl Node {
    /// Starts every role over a database at this program's version.
    pub(crate) async fn start(db: Db, settings: &Settings, clock: Arc<dyn Clock>, shutdown: Shutdown) -> anyhow::Result<Node> {
        let tasks = Tasks::default();
        let options = WriterOptions { queue: settings.writer_queue_postings, batch_lines: settings.writer_batch_movements };
        let (writer, writer_task) = Writer::start(db.clone(), Arc::clone(&clock), options);
        sign_daily(&tasks, &db, settings, &clock, &shutdown);
        let warehouse = warehouse::State::new(db.clone(), writer, Arc::clone(&clock), settings);
        let gate = Gate::new(StoredKeys::new(db.clone(), Arc::clone(&clock)), OPEN).accepting_cookie(COOKIE).with_login_page("/entrar");
        let dashboard = dashboard::State::new(db.clone(), Arc::clone(&clock), gate.clone(), settings);
        let routes = warehouse::router(warehouse)
            .merge(dashboard::router(dashboard))
            .merge(platform::health::router(platform::health::Ready::new(shutdown)));
        let router = layers::shell(auth::guard(routes, gate), Shell::new(settings, clock, Arc::new(RandomIds)));
        Ok(Node { router, db, tasks, writer: writer_task })
    }

    /// Every route, with what surrounds it.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Commits what is waiting and ends everything. Whether all of it ended in time.
    pub(crate) async fn stop(self, within: Duration) -> bool {
        // The last handles of the writer live in the router; without them it ends by itself.
        drop(self.router);
        let written = tokio::time::timeout(within, self.writer).await.is_ok();
        let finished = self.tasks.finish(within).await;
        self.db.close().await;
        written && finished
    }
}

fn sign_daily(tasks: &Tasks, db: &Db, settings: &Settings, clock: &Arc<dyn Clock>, shutdown: &Shutdown) {
    let (db, folder, clock, shutdown) = (db.clone(), settings.data_dir.clone(), Arc::clone(clock), shutdown.clone());
    tasks.spawn("checkpoints", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = warehouse::checkpoints::sign_due(&db, &folder, clock.as_ref()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "could not sign a checkpoint");
            }
            tokio::select! {
                () = tokio::time::sleep(CHECKPOINT_EVERY) => {}
                () = shutdown.wait() => {}
            }
        }
    });
}
