//! A warehouse over a fresh database of each kind, asked through its router.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{
    Extension, Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use contracts::approval::{self, Desk};
use domain::{
    Clock, RandomIds, Role, Timestamp, Unit, Zone,
    audit::Event,
    ledger::{Draft, Limits, LineDraft, Outcome, PostingKind, Reference},
    scale::ScaleProfile,
};
use platform::{
    audit::{Audit, Told},
    config::Consent,
    events::Events,
    http::{
        Principal,
        auth::{CallerKind, SiteScope},
        body::BULK_LIMIT_BYTES,
    },
    jobs::{JobParts, Jobs},
    lifecycle::Tasks,
    vault::Vault,
};
use serde_json::Value;
use store::{
    Db, Options,
    catalog::Change,
    ledger::{Writer, WriterOptions, verify},
    product,
    site::{NewSite, SiteKind},
};
use testkit::{clock::Hand, home::Home};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use warehouse::{
    Parts, TOPICS, Warehouse,
    follow::{Following, refusal},
    shelf::Shelf,
};

/// When every test begins: 2026-02-02, ten in the morning in Buenos Aires.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_037_200_000_000);

/// How long something may take that should end by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A warehouse and what it stands on.
pub struct Shop {
    /// Its database.
    pub db: Db,
    /// Its clock.
    pub hand: Hand,
    /// Its state.
    pub warehouse: Warehouse,
    told: Mutex<Told>,
    router: Router,
    tasks: Tasks,
    writing: JoinHandle<()>,
    _home: Home,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: axum::http::HeaderMap,
    /// Its body, when that is JSON.
    pub body: Value,
    /// Its body as it came.
    pub bytes: Vec<u8>,
}

impl Shop {
    async fn over(home: Home) -> Result<Shop> {
        let db = Db::open(&Options { pool_size: 4, ..Options::new(home.url()) }).await?;
        store::migrate::up(&db).await?;
        let hand = Hand::at(NOW);
        let clock: Arc<dyn Clock> = Arc::new(hand.clone());
        let (writer, writing) = Writer::start(db.clone(), Arc::clone(&clock), WriterOptions::default());
        let topics: Vec<&'static str> = TOPICS.iter().copied().chain([platform::jobs::TOPIC]).collect();
        let (events, ids) = (Events::new(&topics, &hand), Arc::new(RandomIds));
        let tasks = Tasks::default();
        let parts = JobParts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: ids.clone(),
            events: events.clone(),
            tasks: tasks.clone(),
        };
        let jobs = Jobs::new(parts, 2);
        let (currency, data_dir) = ("ARS".to_owned(), home.folder().join("data"));
        // One layout that most scales print, and one of this shop's own.
        let scale_labels = ScaleProfile::new(vec!["20IIIIIWWWWWC".parse()?, "23IIIIIPPPPPC/0".parse()?]);
        let (audit, told) = Audit::watched();
        let follow = Arc::new(Following::new(db.clone(), Arc::clone(&clock), events.clone()));
        let desk = approval::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: ids.clone(),
            events: events.clone(),
            consent: Consent::default(),
            follow,
            refusal,
            watch: writer.watch(),
            tasks: Tasks::default(),
        };
        let approvals = Desk::new(desk);
        let parts = Parts {
            db: db.clone(),
            writer,
            journal: None,
            shelf: Shelf::new(clock.clone(), None, false),
            approvals,
            clock,
            ids,
            currency,
            scale_labels,
            data_dir,
            jobs,
            events,
            audit,
            vault: Vault::closed(&db),
        };
        let warehouse = Warehouse::new(parts);
        let (router, _document) = warehouse::routes(BULK_LIMIT_BYTES).split_for_parts();
        let router = access::enforce(router.with_state(warehouse.clone()));
        Ok(Shop { db, hand, warehouse, told: Mutex::new(told), router, tasks, writing, _home: home })
    }

    /// What was told outside a transaction, since the last time: action, resource, outcome and details.
    pub fn told(&self) -> Vec<String> {
        let events = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let line = |event: Event| {
            format!("{} {} {} {}", event.action.name(), event.resource, event.outcome.name(), event.details)
        };
        events.into_iter().map(line).collect()
    }

    /// The site `centro` with the products A, B (pieces) and K (kilograms).
    pub async fn stocked(home: Home) -> Result<Shop> {
        let shop = Shop::over(home).await?;
        shop.add_site("centro").await?;
        for (sku, unit) in [("A", Unit::Piece), ("B", Unit::Piece), ("K", Unit::Kilogram)] {
            shop.add_product(sku, unit, |_| {}).await?;
        }
        Ok(shop)
    }

    /// Adds a site.
    pub async fn add_site(&self, code: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let zone = Zone::named("America/Argentina/Buenos_Aires")?;
        let new = NewSite { code: code.to_owned(), name: code.to_owned(), kind: SiteKind::Store, zone };
        store::site::create(&mut tx, &new, NOW).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a product.
    pub async fn add_product(&self, sku: &str, unit: Unit, change: impl FnOnce(&mut product::Patch)) -> Result<()> {
        let mut tx = self.db.write().await?;
        let mut patch =
            product::Patch { name: Some(format!("Product {sku}")), unit: Some(unit), ..product::Patch::default() };
        change(&mut patch);
        let new = product::Incoming { sku: sku.to_owned(), patch, barcodes: Vec::new(), packs: Vec::new() };
        product::create(&mut tx, &new, Change { at: NOW, actor: "tester" }).await?;
        Ok(tx.commit().await?)
    }

    /// Sends a request as the owner.
    pub async fn send(&self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        self.send_as("owner", method, path, body).await
    }

    /// Sends a request in a role.
    pub async fn send_as(&self, role: &str, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_owned())))?;
        self.answer(role, request).await
    }

    /// Answers a request in a role.
    pub async fn answer(&self, role: &str, request: Request<Body>) -> Result<Answer> {
        read(self.unread(role, request).await?).await
    }

    /// Sends a request as somebody.
    pub async fn send_by(
        &self,
        principal: Principal,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::IF_MATCH, "*");
        let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        read(self.router.clone().layer(Extension(principal)).oneshot(request).await?).await
    }

    /// Answers a request in a role, with its body still to be read.
    pub async fn unread(&self, role: &str, request: Request<Body>) -> Result<Response<Body>> {
        let role = Role::named(role).with_context(|| format!("no role {role}"))?;
        let principal = Principal::new(CallerKind::Key, "key", "ana", role);
        Ok(self.router.clone().layer(Extension(principal)).oneshot(request).await?)
    }

    /// GET, which must be 200.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.send("GET", path, None).await?;
        anyhow::ensure!(answer.status == 200, "{path}: {answer:?}");
        Ok(answer.body)
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, Some(&body.to_string())).await
    }

    /// POST, which must be 2xx.
    pub async fn posted(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.post(path, body).await?;
        anyhow::ensure!(answer.status.is_success(), "{path}: {answer:?}");
        Ok(answer.body)
    }

    /// What a job came to, once it has ended.
    pub async fn ended(&self, job: uuid::Uuid) -> Result<Value> {
        let ended = async {
            loop {
                let job = self.warehouse.jobs.get(job).await?;
                if job.status != "queued" && job.status != "running" {
                    return anyhow::Ok(serde_json::to_value(&job)?);
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await?
    }

    /// Makes one posting, which must be written.
    pub async fn move_goods(&self, number: u128, kind: &str, lines: Value) -> Result<Value> {
        self.posted("/api/v1/postings", &one(number, kind, lines)).await
    }

    /// Writes the posting of a document without its document noticing, as if the process had ended in between.
    pub async fn write_alone(
        &self,
        (id, corrects): (uuid::Uuid, Option<uuid::Uuid>),
        kind: PostingKind,
        site: &str,
        line: LineDraft,
    ) -> Result<()> {
        let draft = Draft {
            id,
            site: site.to_owned(),
            kind,
            effective_at: None,
            reference: Reference::default(),
            actor: "ana".to_owned(),
            device: String::new(),
            note: String::new(),
            corrects,
            lines: vec![line],
            may_back_date: false,
            taken_at: None,
            limits: Limits::NONE,
        };
        let outcomes = self.warehouse.writer.post(vec![draft]).await?;
        anyhow::ensure!(matches!(outcomes.as_slice(), [Outcome::Posted(_)]), "{outcomes:?}");
        Ok(())
    }

    /// Ends the test: what it began must have ended, none of it by a panic, and the ledger must verify.
    pub async fn close(self) -> Result<()> {
        anyhow::ensure!(self.tasks.finish(PATIENCE).await, "a background task goes on");
        self.nothing_is_left().await?;
        let report = verify::verify(&self.db, None, &mut |_, _| {}).await?;
        anyhow::ensure!(report.faults.is_empty(), "{:?}", report.faults);
        let Shop { db, warehouse, router, writing, .. } = self;
        drop((warehouse, router));
        tokio::time::timeout(PATIENCE, writing).await.context("somebody still holds the writer")??;
        db.close().await;
        Ok(())
    }

    async fn nothing_is_left(&self) -> Result<()> {
        let panics: Vec<_> = self.tasks.panics().into_iter().filter(|(_, panics)| *panics > 0).collect();
        anyhow::ensure!(panics.is_empty(), "{panics:?}");
        for job in self.warehouse.jobs.recent(&SiteScope::All, 500).await? {
            anyhow::ensure!(!matches!(job.status, "queued" | "running"), "left behind: {job:?}");
            let panicked = job.problem.as_ref().is_some_and(|problem| problem["code"] == "internal");
            anyhow::ensure!(!panicked, "{job:?}");
        }
        Ok(())
    }
}

async fn read(response: Response<Body>) -> Result<Answer> {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.context("the body ends")?.to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Answer { status: parts.status, headers: parts.headers, body, bytes })
}

/// The identity with that number.
pub fn id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

/// A request for one posting at `centro`.
pub fn one(number: u128, kind: &str, lines: Value) -> Value {
    let mut body = serde_json::json!({ "postings": [{ "id": id(number), "kind": kind, "site": "centro" }] });
    body["postings"][0]["lines"] = lines;
    body
}

/// Runs each test function, which takes a shop, on SQLite and on PostgreSQL.
macro_rules! both {
    ($($test:ident)*) => {
        testkit::on_both! { crate::shop::Shop::stocked: $($test)* }
    };
}
