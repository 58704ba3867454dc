//! Two servers that are alike, one of which has a dependency behind a line that can be made slow, silent or closed.
//!
//! Invariant: each has records of its own, and nothing else differs.

use std::{any::Any, time::Duration};

use anyhow::{Context, Result, ensure};
use testkit::{
    binary::{Installation, Running},
    http::Client,
    line::{Fault, Line},
    objects, postgres,
    process::{free_port, wait_until},
    redis,
};

use super::asked::Caller;
use crate::server::Shop;

/// Until what is well again is used again.
const BACK: Duration = Duration::from_secs(90);
const MASTER: &str = "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99";

/// The two, and what stands between.
pub struct Sides {
    /// Asks the one that has it.
    pub well: Caller,
    /// Asks the other.
    pub ill: Caller,
    /// What is before it.
    pub line: Line,
    /// How often was asked.
    pub asked: u64,
    dependency: &'static str,
    _keep: Vec<Box<dyn Any>>,
}

impl Sides {
    /// How its breaker stands.
    pub fn breaker(&mut self) -> Result<String> {
        let all = self.ill.known.get("/api/v1/breakers")?.json()?;
        let found = all["items"].as_array().and_then(|items| items.iter().find(|item| item["name"] == self.dependency));
        Ok(found.and_then(|item| item["state"].as_str()).with_context(|| format!("{all}"))?.to_owned())
    }

    /// Makes it well, and waits until it is used again and nothing waits for it any more.
    pub fn mend(&mut self) -> Result<()> {
        self.line.fault(Fault::None);
        let drained = |client: &mut Client| {
            let page = client.get("/metrics").map(|page| page.text()).unwrap_or_default();
            page.lines().filter_map(|line| line.strip_prefix("gondola_journal_length ")).all(|length| length == "0")
        };
        let well =
            wait_until(BACK, || self.breaker().is_ok_and(|state| state == "closed") && drained(&mut self.ill.known));
        ensure!(well, "the {} is not used again", self.dependency);
        Ok(())
    }

    fn of(dependency: &'static str, line: Line, shops: [Shop; 2], more: Vec<Box<dyn Any>>) -> Sides {
        let caller = |shop: &Shop| Caller { known: shop.client(), stranger: Client::new(shop.address()) };
        let (well, ill) = (caller(&shops[0]), caller(&shops[1]));
        let keep = shops.into_iter().map(|shop| Box::new(shop) as Box<dyn Any>).chain(more).collect();
        Sides { well, ill, line, asked: 0, dependency, _keep: keep }
    }
}

/// PostgreSQL.
pub fn database() -> Result<Sides> {
    let server = postgres::Server::start()?;
    let (well, ill) = (server.fresh_database()?, server.fresh_database()?);
    let (line, url) = Line::before(ill.url())?;
    let shop = |url: &str| Shop::open(Installation::on_postgres(url)?.with("GONDOLA_BREAKER_DATABASE_OPEN_S", "600"));
    let mut sides = Sides::of("database", line, [shop(well.url())?, shop(&url)?], vec![Box::new((well, ill, server))]);
    let remembers = |client: &mut Client, name: &str| {
        let page = client.get("/metrics").map(|page| page.text()).unwrap_or_default();
        let count = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse::<f64>().ok());
        count.is_some_and(|count| count >= crate::server::PRODUCTS as f64)
    };
    for name in ["gondola_journal_products", "gondola_remembered_products"] {
        ensure!(wait_until(BACK, || remembers(&mut sides.ill.known, name)), "{name}: its products are not remembered");
    }
    Ok(sides)
}

/// Redis.
pub fn cache() -> Result<Sides> {
    let server = redis::Server::start()?;
    let (line, url) = Line::before(&server.url())?;
    let shop = |url: &str| {
        let installation =
            Installation::new()?.with("GONDOLA_CACHE_URL", url).with("GONDOLA_RATELIMIT_ENABLED", "true");
        Shop::open(installation.with("GONDOLA_RATELIMIT_MAX", "1000000").with("GONDOLA_BREAKER_CACHE_OPEN_S", "1"))
    };
    Ok(Sides::of("cache", line, [shop(&server.url())?, shop(&url)?], vec![Box::new(server)]))
}

/// An object store.
pub fn objects() -> Result<Sides> {
    let server = objects::Server::start()?;
    let line = Line::to(&server.address())?;
    let shop = |url: &str| {
        let settings = [("URL", url), ("KEY_ID", "id"), ("SECRET", "key"), ("TIMEOUT_S", "5")];
        let with = |made: Installation, (name, value): &(&str, &str)| {
            made.with(&format!("GONDOLA_OBJECT_STORE_{name}"), value)
        };
        Shop::open(settings.iter().fold(Installation::new()?.with("GONDOLA_BREAKER_OBJECTS_OPEN_S", "1"), with))
    };
    let ill = objects::url_at(&line.address());
    Ok(Sides::of("objects", line, [shop(&server.url())?, shop(&ill)?], vec![Box::new(server)]))
}

/// The warehouse, asked by pages that run elsewhere.
pub fn warehouse() -> Result<Sides> {
    let database = postgres::fresh_database()?;
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_DATABASE_ENCRYPTION_KEY", MASTER);
    let shop = Shop::open(installation)?;
    let line = Line::to(shop.address())?;
    let pages = |address: &str| {
        let (listen, peers) = (format!("127.0.0.1:{}", free_port()?), format!("warehouse=http://{address}"));
        let settings = [("GONDOLA_PEERS", peers.as_str()), ("GONDOLA_BREAKER_ROLE_FAILURES", "2")];
        shop.installation().serve_role("dashboard", &listen, &settings)
    };
    let (well, ill) = (pages(shop.address())?, pages(&line.address())?);
    let caller = |pages: &Running| Caller { known: pages.client(shop.key()), stranger: Client::new(pages.address()) };
    let [asks_well, asks_ill] = [&well, &ill].map(caller);
    let keep: Vec<Box<dyn Any>> = vec![Box::new((well, ill)), Box::new(shop), Box::new(database)];
    Ok(Sides { well: asks_well, ill: asks_ill, line, asked: 0, dependency: "warehouse", _keep: keep })
}
