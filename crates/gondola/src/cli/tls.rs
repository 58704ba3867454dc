//! `gondola tls init|issue|renew|show`.
//!
//! Invariant: what is there is never written over but by `renew`, and then a pair at a time, so that a running server follows without
//! losing a request.

use std::{net::IpAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use domain::{Clock, SystemClock};
use platform::{
    config::Settings,
    tls::{
        Facts,
        authority::{Algorithm, Authority, Folder, FolderError, Order, Purpose},
    },
};

use super::{Failure, Outcome, Words};

/// Where certificates are kept in the data folder.
const FOLDER: &str = "tls";
const SERVER: &str = "server";
const CLIENT: &str = "client";
/// What a server is called when nobody says otherwise.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What to do with certificates.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a private authority, and a certificate for the server and one for a client.
    Init(Init),
    /// Give out one more certificate.
    Issue(Issue),
    /// Replace a certificate by one with a new key for the same names.
    Renew(Renew),
    /// Show the certificates and when they end.
    Show(Show),
}

/// Where they are kept.
#[derive(Args)]
struct Place {
    /// Folder of the certificates [default: tls in the data folder].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// How they are made.
#[derive(Args)]
struct Making {
    /// What its key is made of.
    #[arg(long, value_enum, default_value_t = Kind::Ecdsa)]
    algorithm: Kind,
    /// Days it lasts.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i32).range(1..=3_650))]
    days: i32,
}

/// The first certificates.
#[derive(Args)]
pub(crate) struct Init {
    #[command(flatten)]
    place: Place,
    /// A name or address that clients call the server by; repeatable [default: localhost, 127.0.0.1, ::1].
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    making: Making,
}

/// One more certificate.
#[derive(Args)]
pub(crate) struct Issue {
    /// What its files are called, and whom it is for.
    whom: String,
    #[command(flatten)]
    place: Place,
    /// A name or address it holds for; repeatable. Without any it is only good to ask with.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    making: Making,
}

/// Which certificate to replace.
#[derive(Args)]
pub(crate) struct Renew {
    /// What its files are called.
    #[arg(default_value = SERVER)]
    whom: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    making: Making,
}

/// How to show them.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    place: Place,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// ECDSA over P-256.
    Ecdsa,
    /// RSA with 4096 bits.
    Rsa,
}

impl From<Kind> for Algorithm {
    fn from(kind: Kind) -> Algorithm {
        match kind {
            Kind::Ecdsa => Algorithm::EcdsaP256,
            Kind::Rsa => Algorithm::Rsa4096,
        }
    }
}

/// Runs it.
pub(crate) fn run(command: Command, settings: &Settings) -> Outcome {
    let words = Words(settings.language);
    match command {
        Command::Init(how) => init(how, settings, words)?,
        Command::Issue(how) => issue(how, settings, words)?,
        Command::Renew(how) => renew(&how, settings, words)?,
        Command::Show(how) => show(&how, settings, words)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn folder(place: &Place, settings: &Settings) -> Folder {
    Folder::at(place.dir.clone().unwrap_or_else(|| settings.data_dir.join(FOLDER)))
}

fn order(whom: &str, names: Vec<String>, making: &Making) -> Order {
    let purpose = if names.is_empty() { Purpose::Client } else { Purpose::Server };
    Order { name: whom.to_owned(), names, purpose, algorithm: making.algorithm.into(), days: making.days }
}

fn init(how: Init, settings: &Settings, words: Words) -> anyhow::Result<()> {
    let folder = folder(&how.place, settings);
    let all = [Folder::authority_name(), SERVER, CLIENT];
    // Before anything is made: half a set would be worse than none.
    folder.is_free_for(&all).map_err(|error| told(error, &how.place))?;
    let names = if how.names.is_empty() { LOCAL_NAMES.map(str::to_owned).to_vec() } else { how.names };
    let now = SystemClock.now();
    let (authority, own) = Authority::create(how.making.algorithm.into(), now)?;
    let server = authority.issue(&order(SERVER, names.clone(), &how.making), now)?;
    let client = authority.issue(&order(CLIENT, Vec::new(), &how.making), now)?;
    for (name, pair) in all.iter().zip([&own, &server, &client]) {
        folder.keep(name, pair).map_err(|error| told(error, &how.place))?;
    }
    remark!("{}", words.say("certificados hechos para", "certificates made for"));
    remark!("  {}", names.join(", "));
    remark!("{}", words.say("en la configuración va:", "put into the settings:"));
    answer!("tls_certificate = {:?}", folder.certificate(SERVER));
    answer!("tls_key = {:?}", folder.key(SERVER));
    answer!("allowed_hosts = {:?}", hosts(&names));
    let (ca, client) = (folder.authority_certificate(), folder.certificate(CLIENT));
    let (ca, client) = (ca.display(), client.display());
    let es = format!("los clientes confían en {ca}; {client} es para el que tenga que mostrar uno (tls_client_ca)");
    let en = format!("clients trust {ca}; {client} is for one that has to show its own (tls_client_ca)");
    remark!("{}", words.say(&es, &en));
    Ok(())
}

/// The names that requests may say in `Host`: those of the certificate. `localhost` and addresses may be said always.
fn hosts(names: &[String]) -> Vec<&str> {
    let named = |name: &&str| !name.contains('*') && *name != LOCAL_NAMES[0] && name.parse::<IpAddr>().is_err();
    let named: Vec<&str> = names.iter().map(String::as_str).filter(named).collect();
    if named.is_empty() { vec![LOCAL_NAMES[0]] } else { named }
}

fn issue(how: Issue, settings: &Settings, words: Words) -> anyhow::Result<()> {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if how.whom.is_empty() || how.whom.len() > 64 || how.whom.starts_with('.') || !how.whom.chars().all(fit) {
        let es = "el nombre va de 1 a 64 letras, números, - _ y .";
        return Err(Failure::new(es, "the name has 1 to 64 letters, digits, - _ and .").into());
    }
    let folder = folder(&how.place, settings);
    folder.is_free_for(&[&how.whom]).map_err(|error| told(error, &how.place))?;
    let authority = folder.authority().map_err(|error| told(error, &how.place))?;
    let pair = authority.issue(&order(&how.whom, how.names, &how.making), SystemClock.now())?;
    folder.keep(&how.whom, &pair).map_err(|error| told(error, &how.place))?;
    made(&folder, &how.whom, words);
    Ok(())
}

fn renew(how: &Renew, settings: &Settings, words: Words) -> anyhow::Result<()> {
    let folder = folder(&how.place, settings);
    if how.whom == Folder::authority_name() {
        let es = "la autoridad no se renueva: hacé otra con «gondola tls init --dir» y repartila antes de usarla";
        let en =
            "an authority is not renewed: make another with “gondola tls init --dir” and hand it out before using it";
        return Err(Failure::new(es, en).into());
    }
    let facts = folder.facts(&how.whom).map_err(|error| told(error, &how.place))?;
    let authority = folder.authority().map_err(|error| told(error, &how.place))?;
    let pair = authority.issue(&order(&how.whom, facts.names, &how.making), SystemClock.now())?;
    folder.replace(&how.whom, &pair).map_err(|error| told(error, &how.place))?;
    made(&folder, &how.whom, words);
    Ok(())
}

fn made(folder: &Folder, whom: &str, words: Words) {
    let (certificate, key) = (folder.certificate(whom), folder.key(whom));
    answer!("{} {} {}", certificate.display(), words.say("y", "and"), key.display());
}

fn show(how: &Show, settings: &Settings, words: Words) -> anyhow::Result<()> {
    let folder = folder(&how.place, settings);
    let all = folder.all().map_err(|error| told(error, &how.place))?;
    let now = SystemClock.now();
    if how.json {
        let row = |(name, facts): &(String, Facts)| {
            serde_json::json!({
                "name": name, "subject": facts.subject, "names": facts.names,
                "expires_at": facts.expires_at.to_string(), "days_left": facts.seconds_left(now).div_euclid(86_400),
            })
        };
        answer!("{}", serde_json::Value::from(all.iter().map(row).collect::<Vec<_>>()));
        return Ok(());
    }
    for (name, facts) in &all {
        let days = facts.seconds_left(now).div_euclid(86_400);
        let left = words.say("días", "days");
        answer!("{name:<16} {:>5} {left}  {}", days, facts.names.join(", "));
    }
    Ok(())
}

/// In the user's words, with what to do.
fn told(error: FolderError, place: &Place) -> anyhow::Error {
    let elsewhere = place.dir.is_none();
    match error {
        FolderError::There(path) => {
            let path = path.display();
            Failure::new(
                format!("{path} ya está; no se pisa nada. «gondola tls renew» lo reemplaza, --dir elige otra carpeta"),
                format!("{path} is there already; nothing is written over. “gondola tls renew” replaces it, --dir chooses another folder"),
            )
            .into()
        }
        FolderError::File { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            let path = path.display();
            let hint = if elsewhere {
                ("«gondola tls init» lo hace", "“gondola tls init” makes it")
            } else {
                ("revisá --dir", "check --dir")
            };
            Failure::new(format!("no está {path}; {}", hint.0), format!("{path} is not there; {}", hint.1)).into()
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_the_settings_is_what_they_take() {
        let check = |names: &[&str], expected: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(hosts(&names), expected);
        };
        check(&LOCAL_NAMES, &["localhost"]);
        check(&["tienda.example", "localhost", "192.168.1.5", "*.tienda.example"], &["tienda.example"]);
    }
}
