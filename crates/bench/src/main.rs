//! Measures what the program can do, beside a reference of the same machine in the same run.
//!
//! Invariant: a table is printed, and what it says is what was seen; nothing is asserted, unless `load --gate` asks for it.

mod auth;
mod day;
mod dice;
mod door;
mod growth;
mod http;
mod ledger;
mod load;
mod login;
mod memory;
mod post;
mod restore;
mod sealed;
mod search;
mod server;
mod shelf;
mod shop;
mod table;
mod times;
mod traces;
mod unaffected;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Benchmarks with a reference in the same run")]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    /// Seconds for each measurement.
    #[arg(long, global = true, default_value_t = 5)]
    seconds: u64,
    /// Also write the rows as JSON to this file.
    #[arg(long, global = true)]
    json: Option<std::path::PathBuf>,
}

#[derive(Subcommand)]
enum Scenario {
    /// Durable postings through the ledger's writer, one by one and in bulk, on both databases or one.
    Ledger {
        /// Only on this one.
        #[arg(long)]
        on: Option<ledger::Engine>,
    },
    /// The server over HTTP: reads, searches, postings, on both databases.
    Http,
    /// The same questions and postings at ten thousand, a million and ten million movements.
    Growth(growth::Arguments),
    /// The server's memory over a million requests.
    Memory(memory::Arguments),
    /// The mixed day of a shop by a schedule: at 100, 500 and 1 000 requests a second, and under ten times the usual.
    Load(day::Arguments),
    /// What limits and bans add to a request.
    Door,
    /// A backup, and bringing it back proved.
    Restore(restore::Arguments),
    /// What the stock that is remembered for when PostgreSQL is away takes of memory.
    Shelf(shelf::Arguments),
    /// Searching a long catalogue.
    Search(search::Arguments),
    /// What keeping a value encrypted costs beside keeping it as it is.
    Sealed,
    /// What keys, tokens and signatures cost beside an open route.
    Auth,
    /// Whether how long a login takes tells what was wrong with it.
    Login(login::Arguments),
    /// What those notice who need nothing of a dependency that is slow, silent or gone.
    Unaffected(unaffected::Arguments),
    /// What traces cost at ten and at a hundred of a hundred requests.
    Traces,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { scenario, seconds, json } = Arguments::parse();
    let gate = matches!(&scenario, Scenario::Load(how) if how.gate);
    let table = match scenario {
        Scenario::Ledger { on } => ledger::run(seconds, on).await?,
        Scenario::Http => http::run(seconds).await?,
        Scenario::Growth(how) => growth::run(&how, seconds).await?,
        Scenario::Memory(how) => memory::run(&how).await?,
        Scenario::Load(how) => day::run(&how, seconds).await?,
        Scenario::Door => door::run(seconds).await?,
        Scenario::Restore(how) => restore::run(&how).await?,
        Scenario::Shelf(how) => shelf::run(&how).await?,
        Scenario::Search(how) => search::run(&how, seconds).await?,
        Scenario::Sealed => sealed::run().await?,
        Scenario::Auth => auth::run().await?,
        Scenario::Login(how) => login::run(&how).await?,
        Scenario::Unaffected(how) => tokio::task::spawn_blocking(move || unaffected::run(&how)).await??,
        Scenario::Traces => traces::run(seconds).await?,
    };
    table.print();
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_vec_pretty(table.rows())?)?;
    }
    anyhow::ensure!(!gate || table.missed().is_empty(), "not reached:\n{}", table.missed().join("\n"));
    Ok(())
}
