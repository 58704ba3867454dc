//! The shop that is measured, with limits at its door, and the keys of who comes to it.
//!
//! Invariant: tills have quotas of a few times their share, as an operator would give them; nobody is let in without one.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::{
    binary::Installation,
    postgres::{self, Database, Server},
};

use crate::server::{Resident, Shop};

/// Tills of the shop.
const TILLS: u64 = 20;
/// How many times its share a till may ask for.
const ROOM: u64 = 4;
/// What a key gets that nobody gave a quota, per minute.
const USUAL: u64 = 100;
/// The most that any key can be given, per minute.
const MOST: u64 = 1_000_000;

/// A shop with limits at its door.
pub struct Guarded {
    shop: Shop,
    _records: Option<(Database, Server)>,
}

/// What a server has used.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Seconds of a processor.
    pub cpu_s: f64,
    /// Memory it holds.
    pub memory: Resident,
}

impl Guarded {
    /// A new one, with its records in a file or on a PostgreSQL of its own, and these variables.
    pub fn open(on_postgres: bool, settings: &[(String, String)]) -> Result<Guarded> {
        let records = if on_postgres {
            let server = postgres::Server::start()?;
            Some((server.fresh_database()?, server))
        } else {
            None
        };
        let installation = match &records {
            Some((database, _)) => Installation::on_postgres(database.url())?,
            None => Installation::new()?,
        };
        let guarded = installation.with("GONDOLA_RATELIMIT_ENABLED", "true");
        let shop =
            Shop::open(settings.iter().fold(guarded, |installation, (name, value)| installation.with(name, value)))?;
        Ok(Guarded { shop, _records: records })
    }

    /// Where it answers.
    pub fn address(&self) -> &str {
        self.shop.address()
    }

    /// Keys of tills that together ask so much a second, and may ask for some more.
    pub fn tills(&self, per_second: u64) -> Result<Vec<Arc<str>>> {
        let quota = (per_second * 60 * ROOM / TILLS).clamp(USUAL, MOST);
        self.keys("till", TILLS, quota)
    }

    /// Keys of one program that nobody gave a quota.
    pub fn stranger(&self) -> Result<Vec<Arc<str>>> {
        self.keys("stranger", 1, USUAL)
    }

    /// Keys of programs that may ask for as much as can be given.
    pub fn let_in(&self) -> Result<Vec<Arc<str>>> {
        self.keys("let in", 4, MOST)
    }

    /// What the server has used until now.
    pub fn used(&self, key: &str) -> Result<Used> {
        let cpu_s = self.shop.figures(key)?.sum("process_cpu_seconds_total")?;
        Ok(Used { cpu_s, memory: self.shop.memory()? })
    }

    fn keys(&self, name: &str, count: u64, quota: u64) -> Result<Vec<Arc<str>>> {
        let mut client = self.shop.client();
        (0..count)
            .map(|number| {
                let body = json!({"name": format!("{name} {number}"), "role": "service", "quota_per_minute": quota});
                let answer = client.post("/api/v1/api-keys", &body)?;
                ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
                let made = answer.json()?;
                Ok(made["key"].as_str().context("no key in the answer")?.into())
            })
            .collect()
    }
}
