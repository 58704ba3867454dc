//! The commands and the flags they share.
//!
//! Invariant: one file for each command, named by it. Everything a command tells its user goes through [`Words`], and a failure
//! leaves with a code other than 0 and one message that says what to do.

#[macro_use]
mod out;

mod approval;
mod asked;
mod audit;
mod audited;
mod backup;
mod ban;
mod config;
mod demo;
mod doctor;
mod drill;
mod export;
mod health;
mod help;
mod import;
mod journal;
mod key;
mod migrate;
mod model;
mod open;
mod privacy;
mod progress;
pub(crate) mod proof;
mod read_sheet;
mod restore;
mod role;
mod serve;
mod site;
mod tls;
mod user;
mod verify;
mod words;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, FromArgMatches, Parser, Subcommand};
use platform::config::{Inputs, Settings};

pub(crate) use audited::by_cli;
pub(crate) use open::{Failure, bring_up, is_absence, options as database_options};
pub(crate) use words::Words;

/// What a command comes to.
pub(crate) type Outcome = Result<ExitCode, anyhow::Error>;

#[derive(Parser)]
#[command(
    name = "gondola",
    version,
    about = "Stock ledger and back office of a shop or a chain of shops",
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Flags every command takes.
#[derive(Args)]
#[command(next_help_heading = "Options of every command")]
struct Common {
    /// Settings file [default: gondola.toml in the data folder, when there].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the records are: sqlite:///path or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Folder of everything we write.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Address to answer on [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Language of messages: es or en.
    #[arg(long, global = true, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Which log lines are written, for example info or store=debug.
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How log lines look: auto, human or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Arguments),
    /// Make a shop with a simulated year of trading, and serve it.
    Demo(demo::Arguments),
    /// Bring in products, sales, stock, prices or the older system's database.
    Import(import::Arguments),
    /// Take out a table or a site's ledger.
    Export(export::Arguments),
    /// Prove that nobody touched the ledger, nor the audit log.
    Verify(verify::Arguments),
    /// Who did what.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Sites: shops and depots.
    #[command(subcommand)]
    Site(site::Command),
    /// Keys of people and programs.
    #[command(subcommand)]
    Key(key::Command),
    /// Who is kept out at the door.
    #[command(subcommand)]
    Ban(ban::Command),
    /// Certificates for TLS.
    #[command(subcommand)]
    Tls(tls::Command),
    /// Postings that wait for a second person.
    #[command(subcommand)]
    Approval(approval::Command),
    /// People's rights over what is kept of them.
    #[command(subcommand)]
    Privacy(privacy::Command),
    /// People's accounts.
    #[command(subcommand)]
    User(user::Command),
    /// Postings that were taken while the database was down.
    #[command(subcommand)]
    Journal(journal::Command),
    /// Make a backup, or look at those there are.
    Backup(backup::Arguments),
    /// Bring a backup back.
    Restore(restore::Arguments),
    /// Prove that the newest backup can be brought back, and how long that takes.
    Drill(drill::Arguments),
    /// The version of the database.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// The settings in force.
    #[command(subcommand)]
    Config(config::Command),
    /// The language model, where one is set.
    #[command(subcommand)]
    Model(model::Command),
    /// Check this installation.
    Doctor(doctor::Arguments),
    /// Ask a running server whether it is well.
    Health(health::Arguments),
    /// Read a workbook, for the program itself.
    #[command(hide = true)]
    ReadSheet(read_sheet::Arguments),
}

impl Common {
    fn inputs(&self) -> Inputs {
        let flags = [
            ("database_url", &self.database_url),
            ("data_dir", &self.data_dir),
            ("listen", &self.listen),
            ("language", &self.language),
            ("log_level", &self.log_level),
            ("log_format", &self.log_format),
        ];
        let given = flags.into_iter().filter_map(|(name, value)| value.clone().map(|value| (name, value)));
        let (config_file, flags) = (self.config.clone(), given.collect());
        Inputs { config_file, flags, roles: crate::roles::KNOWN, ..Inputs::of_process() }
    }
}

/// Reads the command line, runs the command, tells how it went.
pub(crate) fn run() -> ExitCode {
    platform::machine::keep_strangers_out();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = match help::read(&arguments) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Before anything of this installation is looked at: it is a reader of bytes and nothing else.
    if let Command::ReadSheet(arguments) = &cli.command {
        return read_sheet::run(arguments);
    }
    read_sheet::stand_ready();
    let inputs = match &cli.command {
        Command::Demo(arguments) => arguments.settle(cli.common.inputs()),
        Command::Serve(arguments) => arguments.settle(cli.common.inputs()),
        _ => cli.common.inputs(),
    };
    let settings = match Settings::load(&inputs) {
        Ok(settings) => settings,
        Err(mistakes) => {
            remark!("{}", mistakes.message(Settings::language_of(&inputs)));
            return ExitCode::from(2);
        }
    };
    let words = Words(settings.language);
    let outcome = runtime().and_then(|runtime| runtime.block_on(dispatch(cli.command, settings)));
    outcome.unwrap_or_else(|error| {
        remark!("{}: {}", words.say("error", "error"), words.failure(&error));
        ExitCode::FAILURE
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, anyhow::Error> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

async fn dispatch(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Serve(_) => serve::run(settings).await,
        Command::Demo(arguments) => demo::run(arguments, settings).await,
        Command::Import(arguments) => import::run(arguments, settings).await,
        Command::Export(arguments) => export::run(arguments, settings).await,
        Command::Verify(arguments) => verify::run(arguments, settings).await,
        Command::Audit(command) => audit::run(command, settings).await,
        Command::Site(command) => site::run(command, settings).await,
        Command::Key(command) => key::run(command, settings).await,
        Command::Ban(command) => ban::run(command, settings).await,
        Command::Tls(command) => tls::run(command, &settings),
        Command::Approval(command) => approval::run(command, settings).await,
        Command::Privacy(command) => privacy::run(command, settings).await,
        Command::User(command) => user::run(command, settings).await,
        Command::Journal(command) => journal::run(command, settings).await,
        Command::Backup(arguments) => backup::run(arguments, settings).await,
        Command::Restore(arguments) => restore::run(arguments, settings).await,
        Command::Drill(arguments) => drill::run(arguments, settings).await,
        Command::Migrate(command) => migrate::run(command, settings).await,
        Command::Config(command) => config::run(&command, &settings),
        Command::Model(command) => model::run(command, settings).await,
        Command::Doctor(arguments) => doctor::run(&arguments, settings).await,
        Command::Health(arguments) => health::run(&arguments, settings).await,
        Command::ReadSheet(arguments) => Ok(read_sheet::run(&arguments)),
    }
}
