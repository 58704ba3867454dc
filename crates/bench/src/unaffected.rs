//! What those notice who need nothing of a dependency that is slow, silent or gone: two servers beside each other, asked in turns, of
//! which one has it and the other has not.
//!
//! Invariant: a path that is promised without a dependency is answered well every time, or the measurement ends with what came instead.

mod asked;
mod sides;

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::Stopwatch;
use testkit::line::Fault::{self, Closed, Silent, Slow};

use self::{
    asked::{Caller, HEALTH, PAGE, Path, SALE, SEARCH, STOCK},
    sides::Sides,
};
use crate::{
    load::{spread::Spread, tally::brief},
    table::Table,
};

/// How much.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Requests to each path of each server.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    requests: u64,
    /// Only this dependency: database, cache, objects, warehouse.
    #[arg(long)]
    only: Option<String>,
}

/// p99 of who needs nothing of it may be so many times what it is beside one that is well.
const MOST: f64 = 2.0;
/// What is slow takes so much longer, there and back.
const LATE: Duration = Duration::from_millis(250);
/// Until a dependency that says nothing is known to be gone.
const KNOWN: Duration = Duration::from_secs(30);

/// A dependency, and what needs nothing of it.
struct Case {
    name: &'static str,
    make: fn() -> Result<Sides>,
    /// While it is slow.
    slow: &'static [Path],
    /// While it is known to be gone.
    gone: &'static [Path],
}

const ALL: &[Path] = &[HEALTH, PAGE, STOCK, SEARCH, SALE];
const CASES: [Case; 4] = [
    Case { name: "database", make: sides::database, slow: &[HEALTH, PAGE], gone: &[HEALTH, PAGE, STOCK, SALE] },
    Case { name: "cache", make: sides::cache, slow: &[HEALTH, PAGE], gone: ALL },
    Case { name: "objects", make: sides::objects, slow: ALL, gone: ALL },
    Case { name: "warehouse", make: sides::warehouse, slow: &[HEALTH, PAGE], gone: &[HEALTH, PAGE] },
];

/// Measures.
pub fn run(arguments: &Arguments) -> Result<Table> {
    let mut table = Table::default();
    let cases = CASES.iter().filter(|case| arguments.only.as_ref().is_none_or(|only| only == case.name));
    for case in cases {
        let mut sides = (case.make)()?;
        for (what, fault, paths) in [
            ("well", Fault::None, case.gone),
            ("slow", Slow(LATE), case.slow),
            ("paused", Silent, case.gone),
            ("gone", Closed, case.gone),
        ] {
            sides.line.fault(fault);
            let until =
                if matches!(fault, Silent | Closed) { becomes_known(&mut sides, paths)? } else { String::new() };
            for path in paths {
                beside(
                    &mut sides,
                    *path,
                    arguments.requests,
                    &format!("{} {what}: {}", case.name, path.name),
                    &mut table,
                )?;
            }
            if !until.is_empty() {
                table.row(&format!("{} {what}: until it is known", case.name), until, "", String::new());
            }
            sides.mend()?;
        }
    }
    Ok(table)
}

/// Asks until the breaker is open; what was slowest of each path meanwhile, and how long it took.
fn becomes_known(sides: &mut Sides, paths: &[Path]) -> Result<String> {
    let watch = Stopwatch::start();
    let mut slowest = vec![Duration::ZERO; paths.len()];
    // Until then the API is told nothing either.
    while !sides.breaker().is_ok_and(|state| state == "open") {
        ensure!(watch.elapsed() < KNOWN, "its breaker does not open");
        for (path, slowest) in paths.iter().zip(&mut slowest) {
            *slowest = (*slowest).max(took(&mut sides.ill, *path, &mut sides.asked)?);
        }
    }
    let told: Vec<String> =
        paths.iter().zip(slowest).map(|(path, slowest)| format!("{} {}", path.name, brief(slowest))).collect();
    Ok(format!("{}; slowest {}", brief(watch.elapsed()), told.join(", ")))
}

/// Asks both in turns.
fn beside(sides: &mut Sides, path: Path, requests: u64, what: &str, table: &mut Table) -> Result<()> {
    let (mut well, mut ill) = (Spread::default(), Spread::default());
    for _ in 0..requests {
        well.add(took(&mut sides.well, path, &mut sides.asked)?);
        ill.add(took(&mut sides.ill, path, &mut sides.asked)?);
    }
    let told = |spread: &Spread| format!("p50 {} p99 {}", brief(spread.at(500)), brief(spread.at(990)));
    let ratio = |permille| ill.at(permille).as_secs_f64() / well.at(permille).as_secs_f64();
    let (p50, p99) = (ratio(500), ratio(990));
    let beside = format!("well {}; p50 {p50:.2} times, p99 {p99:.2} times", told(&well));
    table.row(what, told(&ill), "p99 below twice", beside);
    table.judge(p99 < MOST);
    Ok(())
}

fn took(caller: &mut Caller, path: Path, asked: &mut u64) -> Result<Duration> {
    *asked += 1;
    let watch = Stopwatch::start();
    let answer = (path.ask)(caller, *asked)?;
    let took = watch.elapsed();
    ensure!((200..300).contains(&answer.status), "{}: {} {}", path.name, answer.status, answer.text());
    Ok(took)
}
