//! Measures what the program can do, beside a reference of the same machine in the same run.
//!
//! Invariant: nothing is asserted; a table is printed, and what it says is what was seen.

mod http;
mod ledger;
mod shop;
mod table;

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
    /// Durable postings through the ledger's writer, one by one and in bulk, on both databases.
    Ledger,
    /// The server over HTTP: reads, searches, postings, on both databases.
    Http,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let table = match arguments.scenario {
        Scenario::Ledger => ledger::run(arguments.seconds).await?,
        Scenario::Http => http::run(arguments.seconds).await?,
    };
    table.print();
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(table.rows())?)?;
    }
    Ok(())
}
