//! A database with two sites and the routes of access over it, behind the gate.

use std::sync::{Arc, Mutex};

use access::{
    Doer, KeyDesk, OlderTokens, Permission, Permit, Role, StoredKeys, StoredNonces, StoredSigners, TokenDesk,
    TokenKeys, Tokens,
    keys::{Made, NewKey},
    service::{Certificates, Services},
};
use anyhow::{Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    routing::{get, post},
};
use domain::{Clock, Timestamp, Zone};
use platform::{
    audit::{Audit, Told},
    http::{
        Principal,
        auth::{Gate, Keys, Signatures, guard},
    },
    secret::Secret,
    vault::{MasterKey, Source, Vault},
};
use serde_json::{Value, json};
use store::{
    Db, Options,
    api_key::Limits,
    site::{NewSite, SiteKind},
};
use testkit::{clock::Hand, home::Home};
use tower::ServiceExt;

/// When every test begins: 2026-02-02, ten in the morning in Buenos Aires.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_037_200_000_000);

/// What signs the older system's tokens: the one in use, and the one before.
pub const OLDER_SECRETS: [&str; 2] = ["the-older-system-signs-with-this-one", "and-with-this-one-until-yesterday-noon"];

/// Bytes of a signed body that are read.
pub const MOST_BYTES: usize = 4096;

/// What access stands on, and its routes.
pub struct House {
    /// Its database.
    pub db: Db,
    /// Its clock.
    pub hand: Hand,
    /// Its keys.
    pub desk: KeyDesk,
    /// What signs its tokens.
    pub token_keys: TokenKeys,
    /// Keeps secrets encrypted.
    pub vault: Vault,
    /// Its routes, behind the gate.
    pub router: Router,
    /// What its gate tells the audit log.
    pub told: Mutex<Told>,
    _home: Home,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

impl Answer {
    /// Its code, when it is a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The fields it finds fault with.
    pub fn fields(&self) -> Vec<&str> {
        self.body["errors"].as_array().into_iter().flatten().filter_map(|error| error["field"].as_str()).collect()
    }
}

/// Tells who came in.
async fn who(principal: Principal) -> axum::Json<Value> {
    let sites = ["centro", "norte"].map(|site| principal.sites.includes(site));
    axum::Json(json!({
        "id": &*principal.key_id, "name": &*principal.name, "kind": principal.kind.name(), "role": principal.role.name(),
        "sites": sites, "quota": principal.quota_per_minute,
        "may_sell": principal.may(Permission::PostingsSell), "may_read": principal.may(Permission::StockRead),
    }))
}

/// Gives a body back as it came.
async fn echo(body: String) -> axum::Json<Value> {
    axum::Json(json!({"body": body}))
}

impl House {
    /// With two sites.
    pub async fn over(home: Home) -> Result<House> {
        let db = Db::open(&Options { pool_size: 4, ..Options::new(home.url()) }).await?;
        store::migrate::up(&db).await?;
        for code in ["centro", "norte"] {
            let mut tx = db.write().await?;
            let (code, zone) = (code.to_owned(), Zone::utc());
            let new = NewSite { name: code.clone(), code, kind: SiteKind::Store, zone };
            store::site::create(&mut tx, &new, NOW).await?;
            tx.commit().await?;
        }
        let hand = Hand::at(NOW);
        let clock: Arc<dyn Clock> = Arc::new(hand.clone());
        let vault = Vault::load(&db, &Source::Key(MasterKey::generate()?), clock.as_ref()).await?;
        let Node { desk, token_keys, router, told } = node(&db, &clock, &vault);
        Ok(House { db, hand, desk, token_keys, vault, router, told: Mutex::new(told), _home: home })
    }

    /// Ends every connection.
    pub async fn close(self) -> Result<()> {
        self.db.close().await;
        Ok(())
    }

    /// The routes of another node over the same database.
    pub fn other_node(&self) -> Router {
        let clock: Arc<dyn Clock> = Arc::new(self.hand.clone());
        node(&self.db, &clock, &self.vault).router
    }

    /// A key of that role, changed before it is made.
    pub async fn key(&self, role: Role, change: impl FnOnce(&mut NewKey)) -> Result<Made> {
        let mut new = NewKey { name: role.name().to_owned(), role, limits: Limits::default(), expires_at: None };
        change(&mut new);
        Ok(self.desk.create(Doer::CommandLine, &new).await?)
    }

    /// The text of a key of that role.
    pub async fn text(&self, role: Role) -> Result<String> {
        Ok(self.key(role, |_| {}).await?.text.expose().to_owned())
    }

    /// Sends a request with a key and a JSON body.
    pub async fn send(&self, key: &str, method: &str, path: &str, body: Value) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header("X-API-Key", key);
        if !body.is_null() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        answer(&self.router, request.body(body)?).await
    }

    /// Sends a POST that its sender would like to be able to repeat.
    pub async fn post_keyed(&self, key: &str, path: &str, body: Value) -> Result<Answer> {
        let request = Request::post(path).header("X-API-Key", key).header("Idempotency-Key", "k1");
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))?;
        answer(&self.router, request).await
    }

    /// Sends a request with a token.
    pub async fn bearing(&self, token: &str, method: &str, path: &str) -> Result<Answer> {
        let request =
            Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        answer(&self.router, request.body(Body::empty())?).await
    }

    /// Who a key says it is; 200 asked for.
    pub async fn who(&self, key: &str) -> Result<Value> {
        let answer = self.send(key, "GET", "/api/v1/stock", Value::Null).await?;
        ensure!(answer.status == 200, "{answer:?}");
        Ok(answer.body)
    }

    /// What a key gets.
    pub async fn status(&self, key: &str) -> Result<u16> {
        Ok(self.send(key, "GET", "/api/v1/stock", Value::Null).await?.status.as_u16())
    }
}

struct Node {
    desk: KeyDesk,
    token_keys: TokenKeys,
    router: Router,
    told: Told,
}

fn node(db: &Db, clock: &Arc<dyn Clock>, vault: &Vault) -> Node {
    let stored = StoredKeys::new(db.clone(), Arc::clone(clock));
    let keys = Keys::new(stored.clone(), Arc::clone(clock));
    let signers = StoredSigners::new(stored, vault.clone());
    let signatures = Signatures::new(signers, StoredNonces::new(db.clone()), Arc::clone(clock), MOST_BYTES);
    let token_keys = TokenKeys::new(db.clone(), Arc::clone(clock), vault.clone());
    let bearers = Tokens::new(db.clone(), Arc::clone(clock), token_keys.clone());
    let (forgetful, signed, borne) = (keys.clone(), signatures.clone(), bearers.clone());
    let desk = KeyDesk::new(db.clone(), Arc::clone(clock), vault.clone());
    let desk = desk.forgetting(move || {
        forgetful.forget_all();
        signed.forget_all();
        borne.forget_all();
    });
    let borne = bearers.clone();
    let tokens = TokenDesk::new(db.clone(), Arc::clone(clock), token_keys.clone());
    let tokens = access::api::tokens::routes().with_state(tokens.forgetting(move || borne.forget_all()));
    let (routes, _document) = access::api::keys::routes().with_state(desk.clone()).merge(tokens).split_for_parts();
    // A route of the table that only tells who asks.
    let routes = routes
        .route("/api/v1/stock", get(who))
        .route("/inventory/{sku}", get(who))
        .route("/api/v1/postings", post(echo))
        .route("/internal/v1/stock", get(who))
        .route("/internal/v1/stock/post", post(echo));
    let older = vec![Secret::new(OLDER_SECRETS[0]), Secret::new(OLDER_SECRETS[1])];
    let older = OlderTokens::new(db.clone(), Arc::clone(clock), older);
    let services = Services::new(token_keys.clone(), Arc::clone(clock), &["warehouse"], MOST_BYTES);
    let certificates = Certificates::new(vec!["CN=tablero".to_owned()], &["dashboard", "warehouse"]);
    let gate = Gate::new(keys, access::is_open).asking_first(signatures).also(bearers).asking_first(older);
    let gate = gate.asking_first(services).also(certificates);
    let (audit, told) = Audit::watched();
    let gate = gate.telling(audit, Arc::clone(clock));
    Node { desk, token_keys, router: guard(access::enforce(routes), gate), told }
}

/// What a router answers.
pub async fn answer(router: &Router, request: Request<Body>) -> Result<Answer> {
    let (head, body) = router.clone().oneshot(request).await?.into_parts();
    let bytes = to_bytes(body, 1 << 20).await?;
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
    Ok(Answer { status: head.status, headers: head.headers, body })
}

/// Runs each test on both databases.
macro_rules! both {
    ($($test:ident)*) => {
        testkit::on_both! { crate::house::House::over: $($test)* }
    };
}
