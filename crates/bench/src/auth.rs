//! What proving who asks costs: the same answer from an open route, and under a key, a token and a signature.
//!
//! Invariant: no network is in it; a request goes through the gate and the table of permissions as a node has them, to a handler that
//! answers a constant.

use std::{sync::Arc, time::Duration};

use access::{
    Doer, KeyDesk, Role, StoredKeys, StoredNonces, StoredSigners, TokenDesk, TokenKeys, Tokens,
    keys::{Made, NewKey},
    token::Asked,
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{Request, header},
    routing::get,
};
use domain::{Clock, Stopwatch, SystemClock};
use platform::{
    http::auth::{
        Gate, Keys, Scopes, Signatures, guard,
        signature::{self, hex},
    },
    vault::{MasterKey, Source, Vault},
};
use store::{Db, Options, api_key::Limits};
use tower::ServiceExt;

use crate::{table::Table, times::Times};

/// Requests before anything is measured, so that caches are warm.
const WARM: u64 = 1_000;
/// Requests of one measurement; far fewer where each one is written to the disk.
const REQUESTS: u64 = 50_000;
const SIGNED_REQUESTS: u64 = 2_000;
/// A route that is open, and one that any role may read.
const OPEN: &str = "/health";
const KEYED: &str = "/api/v1/stock";

struct House {
    router: Router,
    keys: KeyDesk,
    tokens: TokenDesk,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Result<House> {
        let folder = tempfile::tempdir()?;
        let db = Db::open(&Options::new(format!("sqlite://{}", folder.path().join("auth.db").display()))).await?;
        store::migrate::up(&db).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let vault = Vault::load(&db, &Source::Key(MasterKey::generate()?), &SystemClock).await?;
        let stored = StoredKeys::new(db.clone(), Arc::clone(&clock));
        let (signers, nonces) = (StoredSigners::new(stored.clone(), vault.clone()), StoredNonces::new(db.clone()));
        let signatures = Signatures::new(signers, nonces, Arc::clone(&clock), 1 << 20);
        let token_keys = TokenKeys::new(db.clone(), Arc::clone(&clock), vault.clone());
        let bearers = Tokens::new(db.clone(), Arc::clone(&clock), token_keys.clone());
        let keys = Keys::new(stored, Arc::clone(&clock));
        let gate = Gate::new(keys, access::is_open).asking_first(signatures).also(bearers);
        let routes = Router::new().route(OPEN, get(|| async { "ok" })).route(KEYED, get(|| async { "ok" }));
        Ok(House {
            router: guard(access::enforce(routes), gate),
            keys: KeyDesk::new(db.clone(), Arc::clone(&clock), vault),
            tokens: TokenDesk::new(db, clock, token_keys),
            _folder: folder,
        })
    }

    async fn key(&self, require_signature: bool) -> Result<Made> {
        let limits = Limits { require_signature, ..Limits::default() };
        let new = NewKey { name: "bench".to_owned(), role: Role::Service, limits, expires_at: None };
        Ok(self.keys.create(Doer::CommandLine, &new).await?)
    }

    async fn ask(&self, request: Request<Body>) -> Result<()> {
        let status = self.router.clone().oneshot(request).await?.status();
        ensure!(status == 200, "{status}");
        Ok(())
    }

    /// Times of so many requests, one after another, after some that are not counted.
    async fn measure(&self, count: u64, request: impl Fn(u64) -> Result<Request<Body>>) -> Result<Times> {
        let mut times = Vec::new();
        for number in 0..WARM.min(count) + count {
            let request = request(number)?;
            let watch = Stopwatch::start();
            self.ask(request).await?;
            if number >= WARM.min(count) {
                times.push(watch.elapsed());
            }
        }
        Times::of(times)
    }
}

fn signed(key: &Made, number: u64) -> Result<Request<Body>> {
    let timestamp = (SystemClock.now().micros() / 1_000_000).to_string();
    let nonce = format!("bench-nonce-{number:012}");
    let what = signature::Request { method: "GET", path: KEYED, query: "", timestamp: &timestamp, nonce: &nonce };
    let text = what.text(b"").context("a query")?;
    let signature = hex(&signature::sign(key.text.expose_secret().as_bytes(), &text));
    let request = Request::get(KEYED).header("X-API-Key", format!("gk_{}", key.key.id));
    let request = request.header("X-Timestamp", &timestamp).header("X-Nonce", &nonce);
    Ok(request.header("X-Signature", format!("v1={signature}")).body(Body::empty())?)
}

/// Measures each sort of credential beside an open route.
pub async fn run() -> Result<Table> {
    let house = House::open().await?;
    let mut table = Table::default();
    let open = house.measure(REQUESTS, |_| Ok(Request::get(OPEN).body(Body::empty())?)).await?;
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let mut row = |what: &str, times: &Times, target: &str| {
        let beside = format!("{:+.1} µs beside the open route", us(times.at(50)) - us(open.at(50)));
        table.row(what, format!("median {:.1} µs, p99 {:.1} µs", us(times.at(50)), us(times.at(99))), target, beside);
    };
    row("an open route (reference)", &open, "");
    let key = house.key(false).await?;
    let text = key.text.expose().to_owned();
    let keyed = |_| Ok(Request::get(KEYED).header("X-API-Key", &text).body(Body::empty())?);
    row("a key, seen before", &house.measure(REQUESTS, keyed).await?, "+20 µs");
    let principal = access::keys::principal_of(&key.key)?;
    let token = house.tokens.issue(&principal, &Asked { seconds: 3600, scopes: Scopes::ALL }).await?.text;
    let bearer = format!("Bearer {token}");
    let borne = |_| Ok(Request::get(KEYED).header(header::AUTHORIZATION, &bearer).body(Body::empty())?);
    row("a token, seen before", &house.measure(REQUESTS, borne).await?, "+20 µs");
    let signer = house.key(true).await?;
    let times = house.measure(SIGNED_REQUESTS, |number| signed(&signer, number)).await?;
    row("a signature, its nonce remembered on the disk", &times, "");
    Ok(table)
}
