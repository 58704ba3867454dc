//! The mixed day of a shop, by a schedule that waits for no answer, beside a bare server under the same schedule.
//!
//! Invariant: latencies are counted from when a request was due; where the generator could not keep its schedule the row says so.

mod mix;
mod overload;
mod tills;

use std::{fmt, sync::Arc, time::Duration};

use anyhow::Result;

use self::{mix::Day, tills::Guarded};
use crate::{
    load::{
        open::{self, Call, Plan},
        tally::{Window, brief},
    },
    server::{self, Bare},
    table::Table,
};

/// What, and how much.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Which parts.
    #[arg(value_enum, default_values_t = [Part::Rates, Part::Overload])]
    parts: Vec<Part>,
    /// Requests a second, one after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 500, 1_000], value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rates: Vec<u64>,
    /// Requests a second that are usual, of which `overload` makes so many times more.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    usual: u64,
    /// How many times the usual.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=100))]
    times: u64,
    /// On PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
    /// Settings of the server, as `max_in_flight=64`.
    #[arg(long = "set", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Also what each sort of request took.
    #[arg(long)]
    sorts: bool,
    /// End with an error where something does not reach what it must.
    #[arg(long)]
    pub gate: bool,
}

fn setting(text: &str) -> std::result::Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((format!("GONDOLA_{}", name.to_uppercase()), value.to_owned()))
}

/// Parts of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Each of the rates, for as long as a measurement takes.
    Rates,
    /// Twice the rate again and again, until it is too much.
    Stress,
    /// Many times the usual, and how it is afterwards.
    Overload,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Rates => "rates",
            Part::Stress => "stress",
            Part::Overload => "overload",
        })
    }
}

/// Of a hundred requests below what is too much, as many must be done.
const SUCCESS: f64 = 99.9;
/// 95 of a hundred must not take longer, up to [`CALM`] requests a second.
const SOON: Duration = Duration::from_millis(50);
const CALM: u64 = 500;
/// What 95 of a hundred may take before a rate counts as too much.
const TOO_LONG: Duration = Duration::from_millis(250);
/// No machine is asked for more.
const MOST: u64 = 64_000;

/// Measures.
pub async fn run(arguments: &Arguments, seconds: u64) -> Result<Table> {
    let mut table = Table::default();
    references(arguments, seconds.min(4), &mut table).await?;
    let busiest = arguments.rates.iter().copied().max().unwrap_or(CALM);
    for part in &arguments.parts {
        // Each has a shop of its own, which nobody has exhausted.
        let shop = Guarded::open(arguments.postgres, &arguments.settings)?;
        match part {
            Part::Rates => {
                let tills = shop.tills(busiest)?;
                for rate in &arguments.rates {
                    at_rate(&shop, &tills, (*rate, seconds), arguments.sorts, &mut table).await?;
                }
            }
            Part::Stress => stress(&shop, busiest, seconds, &mut table).await?,
            Part::Overload => overload::run(&shop, arguments, seconds, &mut table).await?,
        }
    }
    Ok(table)
}

async fn references(arguments: &Arguments, seconds: u64, table: &mut Table) -> Result<()> {
    let raw = server::raw_answers(seconds).await?;
    table.row("raw axum answering a constant, 64 connections (reference)", raw.to_string(), "", String::new());
    let bare = Bare::start().await?;
    for rate in &arguments.rates {
        let key: Arc<str> = "none".into();
        let calls = move |_| Call { what: "raw", key: Arc::clone(&key), path: "/".to_owned(), body: String::new() };
        let seen = open::run(&bare.address, plan(*rate, seconds, Arc::new(calls))).await?.whole();
        table.row(&format!("raw axum, {rate}/s by schedule (reference)"), seen.to_string(), "", seen.schedule());
    }
    Ok(())
}

fn plan(rate: u64, seconds: u64, calls: open::Calls) -> Plan {
    let until = Duration::from_secs(seconds);
    Plan { per_second: rate as f64, from: Duration::ZERO, until, window: until, calls }
}

/// One rate for so many seconds. Gives what was seen.
async fn at_rate(
    shop: &Guarded,
    tills: &[Arc<str>],
    (rate, seconds): (u64, u64),
    sorts: bool,
    table: &mut Table,
) -> Result<Window> {
    let before = shop.used(&tills[0])?;
    let seen = open::run(shop.address(), plan(rate, seconds, Day::begin(0).calls(tills))).await?.whole();
    let after = shop.used(&tills[0])?;
    let cpu = 100.0 * (after.cpu_s - before.cpu_s) / (seconds * platform::machine::cpus()) as f64;
    let beside = format!("{}; CPU {cpu:.0} %, {} MB", seen.schedule(), after.memory.mb());
    let soon = rate <= CALM;
    let target = if soon { "99.9 %, p95 50 ms" } else { "99.9 % below what is too much" };
    table.row(&format!("the day at {rate}/s"), seen.to_string(), target, beside);
    table.judge(seen.success() >= SUCCESS && seen.is_on_time() && (!soon || seen.done.at(950) <= SOON));
    for (what, spread) in seen.kinds.iter().filter(|_| sorts) {
        let [p50, p95, p99] = [500, 950, 990].map(|permille| brief(spread.at(permille)));
        let text = format!("p50 {p50} p95 {p95} p99 {p99}");
        table.row(&format!("the day at {rate}/s: {what}"), text, "", format!("{} of them", spread.count()));
    }
    Ok(seen)
}

/// Doubles the rate until it is too much, then sees that the usual goes again.
async fn stress(shop: &Guarded, from: u64, seconds: u64, table: &mut Table) -> Result<()> {
    let tills = shop.tills(MOST)?;
    let (mut rate, mut held) = (from, 0);
    while rate <= MOST {
        let seen = at_rate(shop, &tills, (rate, seconds), false, table).await?;
        if seen.success() < SUCCESS || seen.done.at(950) > TOO_LONG || !seen.is_on_time() {
            break;
        }
        (held, rate) = (rate, rate * 2);
    }
    table.row(
        "held, of rates that double",
        format!("{held}/s"),
        "",
        "the generator takes its share of the machine".to_owned(),
    );
    at_rate(shop, &tills, (from, seconds), false, table).await.map(drop)
}
