//! `gondola demo`: a shop with a year behind it, made and served.
//!
//! Invariant: works only in a folder that is new, empty or a demo's own, and on the database in it, or on a server's that is named by
//! a flag and was empty when the demo began; a shop's real records are never touched, whatever the environment says.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use access::password::{self, Typed};
use anyhow::Context;
use clap::Args;
use domain::{Clock, Day, Stopwatch, SystemClock};
use platform::{
    config::{DatabaseUrl, Inputs, Mode, Settings},
    secrets::KeyText,
    snapshot,
    vault::{MasterKey, Source},
};
use serde::{Deserialize, Serialize};
use store::{Db, api_key, migrate};

use super::{Failure, Outcome, Words, open, progress::Progress, serve};
use crate::{
    demo::{self, Built},
    wiring::people,
};

const DEFAULT_FOLDER: &str = "gondola-demo";
const MARKER: &str = "demo.json";
/// What whoever has a look types to come in.
const LOGIN: &str = "demo";

/// How to make it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Make the shop and stop.
    #[arg(long)]
    no_serve: bool,
    /// Last day of the simulated year [default: yesterday].
    #[arg(long, value_name = "YYYY-MM-DD")]
    ends_on: Option<Day>,
}

impl Arguments {
    /// The inputs of a demo: its own folder unless one is named, and always the database in it.
    pub(crate) fn settle(&self, mut inputs: Inputs) -> Inputs {
        let flag = inputs.flags.iter().find(|(name, _)| *name == "data_dir").map(|(_, value)| value.clone());
        let variable =
            inputs.variables.iter().find(|(name, _)| name == "GONDOLA_DATA_DIR").map(|(_, value)| value.clone());
        let folder = flag
            .map(PathBuf::from)
            .or_else(|| variable.filter(|value| !value.is_empty()).map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER));
        // A server has to be named for the demo itself: the one in the environment may hold a shop.
        let server = inputs.flags.iter().find(|(name, url)| *name == "database_url" && !url.starts_with("sqlite:"));
        let database =
            server.map_or_else(|| DatabaseUrl::in_folder(&folder).expose().to_owned(), |(_, url)| url.clone());
        // It is for trying things out on one machine, by page and by script.
        inputs.defaults.push(("ratelimit_enabled", "false".to_owned()));
        inputs.flags.retain(|(name, _)| !matches!(*name, "data_dir" | "database_url"));
        inputs.flags.push(("database_url", database));
        inputs.flags.push(("data_dir", folder.to_string_lossy().into_owned()));
        inputs
    }
}

/// What a demo's folder says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Marker {
    ends_on: String,
    key: String,
    /// The password of the login [`LOGIN`].
    #[serde(default)]
    password: Option<String>,
    /// The server's database, when it is not in the folder.
    #[serde(default)]
    server: Option<String>,
    /// Whether the database has been found empty, so that what is in it is the demo's.
    #[serde(default)]
    begun: bool,
    complete: bool,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, mut settings: Settings) -> Outcome {
    let words = Words(settings.language);
    if !arguments.no_serve {
        // An address that is taken is told now, not after the work.
        drop(serve::bind(&settings).await?);
    }
    // Only for a look from this machine is anything relaxed.
    if settings.listen.ip().is_loopback() {
        settings.mode = Mode::Trial;
    }
    let mut marker = settle_in(&settings, arguments.ends_on)?;
    settle_encryption(&mut settings, words)?;
    if !marker.complete {
        let watch = Stopwatch::start();
        let built = make(&settings, &mut marker, words).await?;
        marker.complete = true;
        write(&settings.data_dir, &marker)?;
        remark!("{}", made(&built, watch.elapsed().as_secs_f64(), words));
    }
    let_in(&settings, &mut marker).await?;
    answer!("{}", greeting(&marker, &settings, words));
    if arguments.no_serve { Ok(ExitCode::SUCCESS) } else { serve::run(settings).await }
}

/// The marker of the folder: its own, or a new one when the folder is new or empty.
fn settle_in(settings: &Settings, ends_on: Option<Day>) -> anyhow::Result<Marker> {
    let folder = &settings.data_dir;
    match fs::read(folder.join(MARKER)) {
        Ok(text) => {
            let marker: Marker = serde_json::from_slice(&text).map_err(|_| foreign(folder))?;
            return if marker.server == server(settings) { Ok(marker) } else { Err(elsewhere(folder).into()) };
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(anyhow::Error::new(error).context(folder.join(MARKER).display().to_string())),
    }
    let occupied = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if occupied {
        return Err(foreign(folder).into());
    }
    let yesterday = demo::zone()?.day_of(SystemClock.now()).plus(-1);
    let ends_on = ends_on.unwrap_or(yesterday);
    if ends_on > yesterday {
        let es = format!("--ends-on tiene que ser {yesterday} o antes: la demo no anota ventas futuras");
        return Err(Failure::new(
            es,
            format!("--ends-on must be {yesterday} or earlier: the demo posts no future sales"),
        )
        .into());
    }
    let key = KeyText::generate().context("no randomness")?;
    let (ends_on, key) = (ends_on.to_string(), key.expose().to_owned());
    let marker = Marker { ends_on, key, password: None, server: server(settings), begun: false, complete: false };
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    write(folder, &marker)?;
    Ok(marker)
}

/// A demo must not ask for anything, so it makes its own encryption key and says so. A shop's is made by hand.
fn settle_encryption(settings: &mut Settings, words: Words) -> anyhow::Result<()> {
    if settings.encryption != Source::Nowhere {
        return Ok(());
    }
    let (path, key) = (Source::usual_file(&settings.data_dir), MasterKey::generate()?);
    key.write(&path).with_context(|| path.display().to_string())?;
    settings.encryption = Source::Key(key);
    let path = path.display();
    let es = format!("la clave con que se cifra en esta demo está en {path}, legible sólo por su dueño");
    let en = format!("the key this demo encrypts with is in {path}, readable by its owner alone");
    remark!("{}", words.say(&es, &en));
    Ok(())
}

fn foreign(folder: &Path) -> Failure {
    let folder = folder.display();
    Failure::new(
        format!("la carpeta {folder} tiene otra cosa; elegí una nueva con --data-dir. No se tocó nada"),
        format!("the folder {folder} holds something else; choose a new one with --data-dir. Nothing was touched"),
    )
}

/// The database when it is a server's, without its password.
fn server(settings: &Settings) -> Option<String> {
    (!settings.database_url.is_sqlite()).then(|| settings.database_url.to_string())
}

fn elsewhere(folder: &Path) -> Failure {
    let folder = folder.display();
    Failure::new(
        format!("la demo de {folder} está en otra base de datos; elegí otra carpeta con --data-dir. No se tocó nada"),
        format!(
            "the demo of {folder} is in another database; choose another folder with --data-dir. Nothing was touched"
        ),
    )
}

/// From here on what the database holds is the demo's; one of a server that holds anything before is refused as it is.
async fn begin(settings: &Settings, marker: &mut Marker) -> anyhow::Result<()> {
    if marker.begun || marker.server.is_none() {
        return Ok(());
    }
    let db = open::as_it_is(settings).await?;
    let occupied = match migrate::check(&db).await {
        Ok(()) => !store::site::list(&db).await?.is_empty(),
        Err(store::Error::TooOld { found: 0, .. }) => false,
        Err(error) => return Err(error.into()),
    };
    db.close().await;
    if occupied {
        let url = &settings.database_url;
        return Err(Failure::new(
            format!("la base de datos {url} ya tiene sucursales; la demo va en una vacía. No se tocó nada"),
            format!("the database {url} has sites already; the demo goes into an empty one. Nothing was touched"),
        )
        .into());
    }
    marker.begun = true;
    write(&settings.data_dir, marker)
}

/// Writes the marker whole or not at all, for its owner's eyes: it holds a key.
fn write(folder: &Path, marker: &Marker) -> anyhow::Result<()> {
    let path = folder.join(MARKER);
    let written = snapshot::replace(&path, &[&serde_json::to_vec_pretty(marker)?], 0o600);
    written.with_context(|| path.display().to_string())
}

async fn make(settings: &Settings, marker: &mut Marker, words: Words) -> anyhow::Result<Built> {
    let ends_on: Day = marker.ends_on.parse().map_err(|_| foreign(&settings.data_dir))?;
    remark!(
        "{}",
        words.say("armando un año de un minimercado inventado…", "making a year of an invented mini-market…")
    );
    begin(settings, marker).await?;
    let db = open::writable(settings).await?;
    let mut progress = Progress::new(words.say("días", "days"));
    let built = demo::build(&db, &settings.data_dir, ends_on, |done| progress.set(done, Some(demo::DAYS_IN_ALL))).await;
    progress.finish();
    let built = built?;
    keep_contacts(&db, settings).await?;
    grant(&db, &marker.key).await?;
    // The last connection to go brings what stands in the write-ahead log into the file.
    db.close().await;
    Ok(built)
}

/// How suppliers are reached is kept encrypted, as a shop's own.
async fn keep_contacts(db: &Db, settings: &Settings) -> anyhow::Result<()> {
    let vault = open::vault(db, settings).await?;
    let mut tx = db.write().await?;
    let numbers = store::supplier::numbers(&mut tx).await?;
    let contacts: Vec<_> =
        demo::contacts().filter_map(|(code, contact)| Some((*numbers.get(code)?, contact))).collect();
    access::supplier::bring_in(&vault, &mut tx, &contacts).await?;
    Ok(tx.commit().await?)
}

/// Makes the marker's key open everything.
async fn grant(db: &Db, key: &str) -> anyhow::Result<()> {
    let key = KeyText::parse(key).context("the demo's key is damaged")?;
    if api_key::find(db, key.id()).await?.is_some() {
        return Ok(());
    }
    let new = api_key::NewApiKey {
        id: key.id().to_owned(),
        name: "demo".to_owned(),
        role: "owner".to_owned(),
        secret_hash: key.secret_hash(),
        expires_at: None,
        limits: api_key::Limits::default(),
        created_by: "demo".to_owned(),
    };
    let mut tx = db.write().await?;
    api_key::create(&mut tx, &new, SystemClock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a login for people, an owner's. The marker keeps its password from before there is one, so that what is told is right
/// wherever this is interrupted.
async fn let_in(settings: &Settings, marker: &mut Marker) -> anyhow::Result<()> {
    let password = match &marker.password {
        Some(password) => Typed::new(password),
        None => password::one_time().context("no randomness")?,
    };
    marker.password = Some(password.expose().to_owned());
    write(&settings.data_dir, marker)?;
    let db = open::writable(settings).await?;
    let access = people::for_commands(&db, settings).await?;
    let made = access.trial_owner(LOGIN, &password).await;
    db.close().await;
    made.map_err(|problem| anyhow::Error::msg(problem.to_string()))
}

fn made(built: &Built, seconds: f64, words: Words) -> String {
    let Built { products, postings, movements } = built;
    let es = format!("{products} productos, {postings} asientos y {movements} movimientos en {seconds:.1} s");
    let en = format!("{products} products, {postings} postings and {movements} movements in {seconds:.1} s");
    words.say(&es, &en).to_owned()
}

fn greeting(marker: &Marker, settings: &Settings, words: Words) -> String {
    let Marker { ends_on, key, .. } = marker;
    let password = marker.password.as_deref().unwrap_or_default();
    let (folder, address) = (settings.data_dir.display(), address(settings.listen));
    let es = format!(
        "Minimercado de demostración en {folder}: dos sucursales y un depósito, con ventas hasta el {ends_on}.\n\
         Dirección: {address}\nUsuario: {LOGIN}\nContraseña: {password}\n\
         (quedan anotadas en {folder}/{MARKER}; para programas, la clave:)\n{key}"
    );
    let en = format!(
        "Demonstration mini-market in {folder}: two shops and a depot, with sales up to {ends_on}.\n\
         Address: {address}\nUser: {LOGIN}\nPassword: {password}\n\
         (noted in {folder}/{MARKER}; for programs, the key:)\n{key}"
    );
    words.say(&es, &en).to_owned()
}

/// Where a browser on this machine finds it.
fn address(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}
