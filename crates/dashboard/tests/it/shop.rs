//! A shop to look at.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use access::{
    Access, Doer, Parts, Role, StoredKeys,
    contact::Contact,
    login::Begun,
    password::{Cost, Passwords, Typed},
    people::NewUser,
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use contracts::{
    Standing, Stock,
    approval::{self, Desk, Follow},
};
use dashboard::State;
use domain::{
    Money, Quantity, RandomIds, Timestamp, Unit, Zone,
    clock::FixedClock,
    ledger::{Draft, Limits, LineDraft, Outcome, PostingKind, Reference, Rejection},
};
use platform::{
    audit::Audit,
    config::{Consent, Mode},
    events::Events,
    http::{
        Problem,
        auth::{Gate, Keys, SiteScope},
    },
    lifecycle::Tasks,
    secrets::KeyText,
    vault::{MasterKey, Source, Vault},
};
use store::{
    Db, Options,
    api_key::{self, NewApiKey},
    catalog::Change,
    ledger::commit,
    product::{self, Incoming, Patch},
    site::{self, NewSite, SiteKind},
};
use testkit::home::Home;
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-11-21 10:30 in Buenos Aires.
pub const NOW: Timestamp = Timestamp::from_micros(1_795_267_800_000_000);

/// A database and what it stands on, which goes when this does.
pub struct Shop {
    /// The open database.
    pub db: Db,
    /// A key that opens it.
    pub key: String,
    /// The accounts of its people.
    pub access: Access,
    /// Its pages.
    pub pages: Router,
    /// The session of ana, an owner.
    pub ana: Begun,
    /// The warehouse that the pages would ask.
    pub depot: Arc<Depot>,
    _home: Home,
}

/// A warehouse that is there or not, and takes nothing.
#[derive(Default)]
pub struct Depot(pub AtomicBool);

impl Stock for Depot {
    fn post(&self, _: Vec<Draft>) -> contracts::Answer<'_, Vec<Option<Outcome>>> {
        Box::pin(async { Err(Problem::bug("nobody posts here")) })
    }

    fn preview<'a>(&'a self, _: &'a [Draft]) -> contracts::Answer<'a, Vec<Outcome>> {
        Box::pin(async { Err(Problem::bug("nobody asks here")) })
    }

    fn check(&self) -> contracts::Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn standing(&self) -> Standing {
        if self.0.load(Ordering::Relaxed) { Standing::Away } else { Standing::Here }
    }
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The visible words of the page, single spaces between them.
    pub fn words(&self) -> String {
        let mut words = String::new();
        let mut inside = false;
        for c in self.text.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    words.push(' ');
                }
                c if !inside => words.push(if c == '\u{a0}' { ' ' } else { c }),
                _ => {}
            }
        }
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Fails unless all of these are among the visible words.
    pub fn shows(&self, wanted: &[&str]) -> Result<()> {
        let words = self.words();
        for wanted in wanted {
            ensure!(words.contains(wanted), "{wanted:?} is not shown: {words}");
        }
        Ok(())
    }
}

impl Shop {
    /// On a SQLite file.
    pub async fn sqlite() -> Result<Shop> {
        Shop::over(Home::sqlite()?).await
    }

    /// On a PostgreSQL database.
    pub async fn postgres() -> Result<Shop> {
        Shop::over(Home::postgres()?).await
    }

    /// On a database of that server.
    pub async fn on_server(server: &testkit::postgres::Server) -> Result<Shop> {
        Shop::over(Home::on_server(server)?).await
    }

    async fn over(home: Home) -> Result<Shop> {
        let db = Db::open(&Options { pool_size: 4, ..Options::new(home.url()) }).await?;
        store::migrate::up(&db).await?;
        let key = KeyText::from_entropy(&[7; 40]);
        let new = NewApiKey {
            id: key.id().into(),
            name: "ana".into(),
            role: "owner".into(),
            secret_hash: key.secret_hash(),
            expires_at: None,
            limits: api_key::Limits::default(),
            created_by: "cli".into(),
        };
        let mut tx = db.write().await?;
        api_key::create(&mut tx, &new, NOW).await?;
        tx.commit().await?;
        let clock = Arc::new(FixedClock(NOW));
        let keys = Keys::new(StoredKeys::new(db.clone(), clock.clone()), clock);
        let gate = Gate::new(keys, access::is_open);
        let depot = Arc::new(Depot::default());
        let access = accounts(&db, Mode::Trial).await?;
        access.trial_owner("ana", &Typed::new(PASSWORD)).await?;
        let ana = access.login("ana", &Typed::new(PASSWORD)).await?;
        let pages = pages(&access, gate, &depot);
        Ok(Shop { db, key: key.expose().to_owned(), access, pages, ana, depot, _home: home })
    }

    /// The same shop's pages, as strict as a shop's are.
    pub async fn in_production(&self) -> Result<(Access, Router)> {
        let access = accounts(&self.db, Mode::Production).await?;
        let clock = Arc::new(FixedClock(NOW));
        let keys = Keys::new(StoredKeys::new(self.db.clone(), clock.clone()), clock);
        let gate = Gate::new(keys, access::is_open);
        let pages = pages(&access, gate, &self.depot);
        Ok((access, pages))
    }

    /// Adds somebody; gives the password that was made for them.
    pub async fn add_person(&self, login: &str, role: Role, sites: &[&str]) -> Result<Typed> {
        let sites = if sites.is_empty() { SiteScope::All } else { SiteScope::only(sites) };
        let (login, name) = (login.to_owned(), format!("{}{} Pérez", login[..1].to_uppercase(), &login[1..]));
        let new = NewUser { login, name, role, sites, language: None, contact: Contact::default() };
        Ok(self.access.add_user(Doer::CommandLine, &new).await?.1)
    }

    /// Adds somebody who has chosen a password, and gives their session.
    pub async fn settled_person(&self, login: &str, role: Role, sites: &[&str]) -> Result<Begun> {
        let made = self.add_person(login, role, sites).await?;
        let begun = self.access.login(login, &made).await?;
        Ok(self.access.change_password(&begun.open, None, &Typed::new(PASSWORD)).await?)
    }

    /// A page as somebody with that session sees it.
    pub async fn page_of(&self, who: &Begun, path: &str) -> Result<Answer> {
        self.send(Request::get(path).header(header::COOKIE, cookie(who)).body(Body::empty())?).await
    }

    /// Sends a form as somebody with that session, with its mark.
    pub async fn form_of(&self, who: &Begun, path: &str, fields: &str) -> Result<Answer> {
        let body = format!("csrf={}&{fields}", who.token.csrf());
        let request = Request::post(path).header(header::HOST, "shop.example").header(header::COOKIE, cookie(who));
        self.send(request.body(Body::from(body))?).await
    }

    /// What these pages answer to a request.
    pub async fn send(&self, request: Request<Body>) -> Result<Answer> {
        let response = self.pages.clone().oneshot(request).await?;
        let (head, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 10 << 20).await?.to_vec())?;
        Ok(Answer { status: head.status, headers: head.headers, text })
    }

    /// A page as ana sees it.
    pub async fn page(&self, path: &str) -> Result<Answer> {
        self.page_of(&self.ana, path).await
    }

    /// Opens a site.
    pub async fn open(&self, code: &str, name: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let zone = Zone::named("America/Argentina/Buenos_Aires")?;
        let new = NewSite { code: code.to_owned(), name: name.to_owned(), kind: SiteKind::Store, zone };
        site::create(&mut tx, &new, NOW).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a product of a unit, with a minimum unless it is 0.
    pub async fn add(&self, sku: &str, name: &str, unit: Unit, minimum: i64) -> Result<()> {
        let mut tx = self.db.write().await?;
        let minimum = (minimum > 0).then(|| Quantity::units(minimum));
        let patch = Patch {
            name: Some(name.to_owned()),
            brand: Some("La Marca".to_owned()),
            unit: Some(unit),
            minimum: Some(minimum),
            ..Patch::default()
        };
        let new = Incoming { sku: sku.to_owned(), patch, barcodes: Vec::new(), packs: Vec::new() };
        product::create(&mut tx, &new, Change { at: NOW, actor: "ana" }).await?;
        Ok(tx.commit().await?)
    }

    /// Posts at a site; the test fails when it is refused.
    pub async fn post(&self, id: u128, site: &str, kind: PostingKind, lines: Vec<LineDraft>) -> Result<()> {
        let draft = Draft {
            id: Uuid::from_u128(id),
            site: site.to_owned(),
            kind,
            effective_at: None,
            reference: Reference { kind: "ticket".to_owned(), number: format!("0003-{id:08}") },
            actor: "ana".to_owned(),
            device: "caja-1".to_owned(),
            note: String::new(),
            corrects: None,
            lines,
            may_back_date: false,
            taken_at: None,
            limits: Limits::NONE,
        };
        let outcome = commit::commit(&self.db, &[&draft], NOW).await?.pop().context("an outcome")?;
        ensure!(matches!(outcome, Outcome::Posted(_)), "{outcome:?}");
        Ok(())
    }

    /// Two sites and a few products: yerba critical at Centro, azúcar low, pan sold out, ñoquis well.
    pub async fn furnish(&self) -> Result<()> {
        self.open("centro", "Centro").await?;
        self.open("norte", "Norte").await?;
        for (sku, name, unit, minimum) in [
            ("YER-1", "Yerba Mate Canarias 500 g", Unit::Piece, 10),
            ("AZU-1", "Azúcar común 1 kg", Unit::Piece, 10),
            ("PAN-1", "Pan francés", Unit::Kilogram, 5),
            ("NOQ-1", "Ñoquis de papa", Unit::Piece, 0),
            ("NEW-1", "Queso cremoso", Unit::Kilogram, 0),
        ] {
            self.add(sku, name, unit, minimum).await?;
        }
        let lines = vec![
            bought("YER-1", 3000, 9000),
            bought("AZU-1", 8000, 8000),
            bought("PAN-1", 2500, 5000),
            bought("NOQ-1", 1_240_000, 124_000),
        ];
        self.post(1, "centro", PostingKind::Receipt, lines).await?;
        self.post(2, "centro", PostingKind::Sale, vec![sold("PAN-1", 2500, 3200)]).await?;
        self.post(3, "norte", PostingKind::Receipt, vec![bought("YER-1", 30_000, 90_000)]).await?;
        self.post(4, "norte", PostingKind::Sale, vec![sold("YER-1", 1000, 4500), sold("YER-1", 2000, 4500)]).await
    }
}

/// What everybody here chooses.
pub const PASSWORD: &str = "gato azul con botas";

/// The cookie of a session.
pub fn cookie(who: &Begun) -> String {
    format!("__Host-gondola={}", who.token.expose())
}

/// Accounts whose hashes cost next to nothing: what is tested here is not how slow they are.
async fn accounts(db: &Db, mode: Mode) -> Result<Access> {
    let clock = Arc::new(FixedClock(NOW));
    let key = MasterKey::parse(&"5f4dcc3b5aa765d61d8327deb882cf99".repeat(2)).context("a key")?;
    Ok(Access::new(Parts {
        db: db.clone(),
        vault: Vault::load(db, &Source::Key(key), clock.as_ref()).await?,
        clock,
        ids: Arc::new(RandomIds),
        audit: Audit::watched().0,
        passwords: Passwords::new(Cost { memory_kib: 8, passes: 1, lanes: 1 }, 2)?,
        mode,
    }))
}

/// Thousandths of a unit that cost so many pesos in all.
pub fn bought(sku: &str, milli: i64, pesos: i64) -> LineDraft {
    LineDraft { line_cost: Some(Money::from_cents(pesos * 100)), ..line(sku, milli) }
}

/// Thousandths of a unit, each unit at so many pesos.
pub fn sold(sku: &str, milli: i64, pesos: i64) -> LineDraft {
    LineDraft { unit_price: Some(Money::from_cents(pesos * 100)), ..line(sku, milli) }
}

fn line(sku: &str, milli: i64) -> LineDraft {
    LineDraft { sku: sku.to_owned(), quantity: Quantity::from_milli(milli), ..LineDraft::default() }
}

/// Runs each test function, which takes an empty shop, on SQLite and on PostgreSQL.
macro_rules! both {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() -> anyhow::Result<()> {
                super::$test(crate::shop::Shop::sqlite().await?).await
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() -> anyhow::Result<()> {
                let shop = crate::shop::Shop::postgres().await?;
                let db = shop.db.clone();
                super::$test(shop).await?;
                db.close().await;
                Ok(())
            })*
        }
    };
}

/// Its pages; who decides on what waits asks a desk in this process.
fn pages(access: &Access, gate: Gate, depot: &Arc<Depot>) -> Router {
    let desk = desk(&access.db);
    dashboard::router(State::new(access.clone(), gate, depot.clone(), desk.requests().clone(), Arc::new(desk)))
}

fn refusal(rejection: &Rejection) -> Problem {
    Problem::conflict(rejection.code())
}

/// Where postings wait for a second person, in a shop where nothing else follows from them.
pub fn desk(db: &Db) -> Desk {
    struct Nothing;
    impl Follow for Nothing {
        fn posted<'f>(&'f self, _: &'f Draft, _: &'f Outcome) -> futures_util::future::BoxFuture<'f, ()> {
            Box::pin(std::future::ready(()))
        }
    }
    let clock = Arc::new(FixedClock(NOW));
    let events = Events::new(&[approval::TOPIC], clock.as_ref());
    let (db, ids, consent, follow) = (db.clone(), Arc::new(RandomIds), Consent::default(), Arc::new(Nothing));
    let (watch, tasks) = (Arc::new(()), Tasks::default());
    Desk::new(approval::Parts { db, clock, ids, events, consent, follow, refusal, watch, tasks })
}
