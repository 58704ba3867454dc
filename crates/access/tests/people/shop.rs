//! People of a shop, asked through their routes.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
};

use access::{
    Access, Doer, Parts, Role, Sessions, StoredKeys,
    contact::Contact,
    password::{Cost, Passwords, Typed},
    people::NewUser,
    totp::Shared,
};
use anyhow::{Context as _, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use domain::{Clock, RandomIds, Timestamp, Zone, audit::Event};
use platform::{
    audit::{Audit, Told},
    config::Mode,
    http::{
        auth::{Gate, Keys, SiteScope, guard},
        context::{Context, scope},
    },
    vault::{MasterKey, Source, Vault},
};
use serde_json::{Value, json};
use store::{
    Db, Options,
    site::{self, NewSite, SiteKind},
};
use testkit::{clock::Hand, home::Home};
use tower::ServiceExt;

/// When every test begins.
pub const NOW: Timestamp = Timestamp::from_micros(1_770_037_200_000_000);
/// The least argon2 takes: what is tested here is not how slow it is.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

/// People and what they stand on.
pub struct Shop {
    pub db: Db,
    pub hand: Hand,
    pub access: Access,
    told: Mutex<Told>,
    router: Router,
    _home: Home,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Fails unless it has that status and, for a problem, that code.
    pub fn is(self, status: u16, code: &str) -> Result<Answer> {
        ensure!(self.status == status && self.code() == code, "{} {}", self.status, self.body);
        Ok(self)
    }

    /// Its code, when it is a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The value of a cookie that is set.
    fn cookie(&self) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = set.filter_map(|value| value.split(';').next()?.strip_prefix("__Host-gondola="));
        pairs.next_back().map(str::to_owned)
    }
}

impl Shop {
    /// An empty shop.
    pub async fn over(home: Home) -> Result<Shop> {
        let db = Db::open(&Options { pool_size: 4, ..Options::new(home.url()) }).await?;
        store::migrate::up(&db).await?;
        let hand = Hand::at(NOW);
        let vault = Vault::load(&db, &Source::Key(MasterKey::generate()?), &hand).await?;
        let (audit, told) = Audit::watched();
        let access = Access::new(Parts {
            db: db.clone(),
            clock: Arc::new(hand.clone()),
            ids: Arc::new(RandomIds),
            vault,
            audit,
            passwords: Passwords::new(CHEAP, 2)?,
            mode: Mode::Production,
        });
        let keys = Keys::new(StoredKeys::new(db.clone(), Arc::new(hand.clone())), Arc::new(hand.clone()));
        let gate = Gate::new(keys, access::is_open).also(Sessions::new(access.clone()));
        let (routes, _document) = access::people_routes().split_for_parts();
        let router = guard(access::enforce(routes.with_state(access.clone())), gate);
        Ok(Shop { db, hand, access, told: Mutex::new(told), router, _home: home })
    }

    /// Ends every connection.
    pub async fn close(self) -> Result<()> {
        self.db.close().await;
        Ok(())
    }

    /// The same shop at another node, which hashes in room of its own.
    pub fn another_node(&self) -> Result<Access> {
        let one = &self.access;
        Ok(Access::new(Parts {
            db: one.db.clone(),
            clock: Arc::clone(&one.clock),
            ids: Arc::clone(&one.ids),
            vault: one.vault.clone(),
            audit: one.audit.clone(),
            passwords: Passwords::new(CHEAP, 2)?,
            mode: one.mode,
        }))
    }

    /// Adds a site.
    pub async fn open_site(&self, code: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let zone = Zone::named("America/Argentina/Buenos_Aires")?;
        let new = NewSite { code: code.to_owned(), name: code.to_owned(), kind: SiteKind::Store, zone };
        site::create(&mut tx, &new, NOW).await?;
        Ok(tx.commit().await?)
    }

    /// Adds somebody, who has chosen [`PASSWORD`]. A cashier and the like: somebody who needs no second factor.
    pub async fn add(&self, login: &str, role: Role, sites: &[&str]) -> Result<Browser<'_>> {
        let sites = if sites.is_empty() { SiteScope::All } else { SiteScope::only(sites) };
        let (login, name) = (login.to_owned(), format!("Persona {login}"));
        let new = NewUser { login: login.clone(), name, role, sites, language: None, contact: Contact::default() };
        let (_, password) = self.access.add_user(Doer::CommandLine, &new).await?;
        let mut browser = self.browser();
        browser.login(&login, password.expose()).await?.is(200, "")?;
        let chosen = json!({"new_password": PASSWORD});
        browser.send("POST", "/api/v1/me/password", Some(chosen)).await?.is(200, "")?;
        Ok(browser)
    }

    /// The same with a second factor in force.
    pub async fn add_with_factor(&self, login: &str, role: Role) -> Result<(Browser<'_>, Shared, Vec<String>)> {
        let mut browser = self.add(login, role, &[]).await?;
        let (shared, codes) = browser.set_factor_up().await?;
        Ok((browser, shared, codes))
    }

    /// Somebody at a browser of their own.
    pub fn browser(&self) -> Browser<'_> {
        Browser {
            shop: self,
            token: None,
            mark: String::new(),
            address: Ipv4Addr::new(192, 0, 2, 7).into(),
            repeats: None,
        }
    }

    /// Answers a request from that address.
    pub async fn answer(&self, address: IpAddr, request: Request<Body>) -> Result<Answer> {
        let context = Context { client: Some(address), agent: "test".into(), ..Context::default() };
        let response = scope(context, self.router.clone().oneshot(request)).await?;
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    /// Writes into the log what was told aside, as the running program does.
    pub async fn write_down_what_was_told(&self) -> Result<()> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut tx = self.db.write().await?;
        store::audit::append_all(&mut tx, &told).await?;
        Ok(tx.commit().await?)
    }

    /// Every event so far: those told aside first, then those written with what they tell of.
    pub async fn events(&self) -> Result<Vec<Event>> {
        let mut events = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let written = store::audit::list(&self.db, i64::MAX, &store::audit::Filter::default(), 1000).await?;
        events.extend(written.into_iter().map(|record| record.event));
        Ok(events)
    }
}

/// What everybody here chooses.
pub const PASSWORD: &str = "gato azul con botas";

/// Somebody at a browser.
pub struct Browser<'s> {
    shop: &'s Shop,
    token: Option<String>,
    mark: String,
    pub address: IpAddr,
    /// What `Idempotency-Key` goes with every request.
    pub repeats: Option<&'static str>,
}

impl<'s> Browser<'s> {
    /// Sends a request with cookie and mark, and keeps what comes back.
    pub async fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> Result<Answer> {
        let mark = self.mark.clone();
        self.send_marked(method, path, body, &mark).await
    }

    /// The same with a mark of choice.
    pub async fn send_marked(&mut self, method: &str, path: &str, body: Option<Value>, mark: &str) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "shop.example");
        if let Some(token) = &self.token {
            request = request.header(header::COOKIE, format!("__Host-gondola={token}"));
        }
        if !mark.is_empty() {
            request = request.header("X-CSRF-Token", mark);
        }
        if let Some(key) = self.repeats {
            request = request.header("Idempotency-Key", key);
        }
        if method == "PATCH" {
            request = request.header(header::IF_MATCH, "*");
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        let answer = self.shop.answer(self.address, request).await?;
        if let Some(token) = answer.cookie() {
            self.token = (!token.is_empty()).then_some(token);
        }
        if let Some(mark) = answer.body["me"]["user"]["csrf_token"].as_str() {
            mark.clone_into(&mut self.mark);
        }
        Ok(answer)
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Result<Answer> {
        self.send("POST", path, Some(body)).await
    }

    pub async fn login(&mut self, login: &str, password: &str) -> Result<Answer> {
        self.post("/api/v1/auth/login", json!({"login": login, "password": password})).await
    }

    /// What has to be done first, as they are told.
    pub async fn next(&mut self) -> Result<Value> {
        Ok(self.get("/api/v1/me").await?.is(200, "")?.body["user"]["next"].clone())
    }

    /// The cookie, to be tried after it should open nothing more.
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Comes back with an earlier cookie.
    pub fn with_token(&mut self, token: Option<String>) {
        self.token = token;
    }

    /// Sets a second factor up: the secret and the recovery codes.
    pub async fn set_factor_up(&mut self) -> Result<(Shared, Vec<String>)> {
        let demanded = self.next().await? == "second_factor";
        let proof = (!demanded).then(|| json!({"current_password": PASSWORD}));
        let offer = self.send("POST", "/api/v1/me/totp", proof).await?.is(200, "")?;
        let shared = shared_of(offer.body["secret"].as_str().context("a secret")?)?;
        let code = shared.code(access::totp::step_at(self.shop.hand.now()));
        let told = self.post("/api/v1/me/totp/confirm", json!({"code": code})).await?.is(200, "")?;
        let codes = told.body["recovery_codes"].as_array().context("codes")?;
        Ok((shared, codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect()))
    }
}

/// What an authenticator makes of the secret it was given.
pub fn shared_of(spelled: &str) -> Result<Shared> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = spelled.chars().filter(|c| *c != ' ').map(|c| ALPHABET.find(c).context("base 32"));
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for digit in digits {
        bits = (bits << 5) | u32::try_from(digit?)?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff)?);
        }
    }
    Shared::from_bytes(&bytes).context("20 bytes")
}

/// Passwords as people type them.
pub fn typed(text: &str) -> Typed {
    Typed::new(text)
}

/// Runs each test function, which takes an empty shop, on SQLite and on PostgreSQL.
macro_rules! both {
    ($($test:ident)*) => {
        testkit::on_both! { crate::shop::Shop::over: $($test)* }
    };
}
