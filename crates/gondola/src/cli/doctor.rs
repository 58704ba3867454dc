//! `gondola doctor`: checks an installation and says what is missing.
//!
//! Invariant: reads, and writes nothing but one file in the data folder that it removes at once.

mod preflight;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use domain::{Clock, SystemClock};
use platform::{
    audit::Audit,
    config::{Demand, Settings},
    rotation::Seen,
    tls::{Facts, Files, Tls, authority::is_readable_by_others, renewal},
};
use store::migrate;

use super::{Outcome, Words, key, model, open};
use crate::{backup, wiring};

/// How to tell.
#[derive(Args)]
pub(crate) struct Arguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Before a shop opens: everything the machine can see, and what people have to look at.
    #[arg(long)]
    preflight: bool,
    /// A file with a key that may read the running server's figures.
    #[arg(long, value_name = "FILE", requires = "preflight")]
    key_file: Option<PathBuf>,
}

struct Check {
    code: &'static str,
    name: &'static str,
    finding: Result<String, String>,
}

/// Runs it: 0 when nothing needs to be done.
pub(crate) async fn run(arguments: &Arguments, settings: Settings) -> Outcome {
    if arguments.preflight {
        return preflight::run(arguments.json, arguments.key_file.as_deref(), settings).await;
    }
    let words = Words(settings.language);
    let mut checks = vec![
        folder(&settings, words),
        database(&settings, words).await,
        address(&settings, words).await,
        secrets(&settings, words).await,
        volumes(&settings, words).await,
    ];
    checks.extend(decisions(&settings, words));
    checks.extend(objects(&settings, words).await);
    checks.extend(language_model(&settings, words).await);
    checks.extend(settings.door.tls.as_ref().map(|files| certificate(files, words)));
    let well = checks.iter().all(|check| check.finding.is_ok());
    if arguments.json {
        let checks: Vec<_> = checks.iter().map(as_json).collect();
        answer!("{}", serde_json::json!({"ok": well, "checks": checks}));
    } else {
        checks.iter().for_each(|check| tell(check, words));
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(check: &Check) -> serde_json::Value {
    let (Ok(said) | Err(said)) = &check.finding;
    serde_json::json!({"check": check.code, "ok": check.finding.is_ok(), "text": said})
}

fn tell(check: &Check, words: Words) {
    match &check.finding {
        Ok(found) => answer!("ok    {}: {found}", check.name),
        Err(wrong) => answer!("{} {}: {wrong}", words.say("FALTA", "WRONG"), check.name),
    }
}

fn folder(settings: &Settings, words: Words) -> Check {
    let probe = settings.data_dir.join(".gondola-doctor");
    let written = std::fs::create_dir_all(&settings.data_dir).and_then(|()| std::fs::write(&probe, b"ok"));
    let finding = match written.and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Ok(settings.data_dir.display().to_string()),
        Err(error) => Err(format!(
            "{} {}: {error}",
            words.say("no se puede escribir en", "cannot write in"),
            settings.data_dir.display()
        )),
    };
    Check { code: "data_folder", name: words.say("carpeta de datos", "data folder"), finding }
}

async fn database(settings: &Settings, words: Words) -> Check {
    let finding = match open::as_it_is(settings).await {
        Err(error) => Err(words.failure(&error)),
        Ok(db) => match migrate::check(&db).await {
            Ok(()) => sites(&db, words).await,
            Err(error) => Err(words.failure(&error.into())),
        },
    };
    Check { code: "database", name: words.say("base de datos", "database"), finding }
}

async fn sites(db: &store::Db, words: Words) -> Result<String, String> {
    match store::site::list(db).await {
        Err(error) => Err(words.failure(&error.into())),
        Ok(sites) if sites.is_empty() => Err(words
            .say("no hay sucursales: «gondola site create CÓDIGO»", "there are no sites: “gondola site create CODE”")
            .to_owned()),
        Ok(sites) => {
            let names: Vec<&str> = sites.iter().map(|site| site.code.as_str()).collect();
            Ok(format!("{} {}, {}", words.say("versión", "version"), migrate::newest(), names.join(", ")))
        }
    }
}

/// Decisions that nobody makes, when there are some.
fn decisions(settings: &Settings, words: Words) -> Option<Check> {
    let left = wiring::left_undecided(settings);
    let told = words.undecided(&left)?;
    Some(Check {
        code: "decisions",
        name: words.say("decisiones que esperan", "decisions that wait"),
        finding: Err(told),
    })
}

/// Where nobody requires them, that something is not encrypted is said and is no fault.
async fn volumes(settings: &Settings, words: Words) -> Check {
    let lies = wiring::volumes::look(settings).await;
    let told = wiring::volumes::told(&lies, words.0);
    let is_well = settings.volumes.demand != Demand::Require || lies.iter().all(wiring::volumes::Lies::is_well);
    let finding = if is_well { Ok(told) } else { Err(told) };
    Check { code: "volumes", name: words.say("discos", "disks"), finding }
}

/// Whether it answers, where one is set. Asks nothing that costs.
async fn language_model(settings: &Settings, words: Words) -> Option<Check> {
    // What is refused is told here, to whoever asked.
    let (audit, _told) = Audit::watched();
    let model = wiring::model::of(settings, audit, Arc::new(SystemClock))?;
    let finding = match model.check().await {
        Ok(()) => Ok(settings.model.name.clone()),
        Err(fault) => Err(model::failure(&fault).message(words)),
    };
    Some(Check { code: "model", name: words.say("modelo de lenguaje", "language model"), finding })
}

fn certificate(files: &Files, words: Words) -> Check {
    let finding = match Tls::load(files.clone()) {
        Err(error) => Err(words.failure(&error.into())),
        Ok(tls) => judged(&tls.figures().facts, files, words),
    };
    Check { code: "certificate", name: words.say("certificado", "certificate"), finding }
}

fn judged(facts: &Facts, files: &Files, words: Words) -> Result<String, String> {
    let now = SystemClock.now();
    let (subject, names) = (&facts.subject, facts.names.join(", "));
    let (end, days) = (facts.expires_at, facts.seconds_left(now).div_euclid(86_400));
    let said =
        format!("{subject} ({names}), {} {end} ({days} {})", words.say("hasta", "until"), words.say("días", "days"));
    if is_readable_by_others(&files.key) {
        let hint = words.say("otros pueden leer la clave: chmod 600", "others can read the key: chmod 600");
        return Err(format!("{said}; {hint} {}", files.key.display()));
    }
    if let Some(error) = renewal::hindrance(files, now) {
        let hint = words.say("no se va a renovar sola (tls_renew)", "it will not be renewed by itself (tls_renew)");
        return Err(format!("{said}; {hint}: {error}"));
    }
    if facts.ends_soon(now) {
        let hint = words.say("reemplazalo, o «gondola tls renew»", "replace it, or “gondola tls renew”");
        return Err(format!("{said}; {hint}"));
    }
    Ok(said)
}

/// Whether the object store can be used, where there is one. That it holds nothing against its sums is said, and is no fault: what comes back
/// from it is held against ours.
async fn objects(settings: &Settings, words: Words) -> Option<Check> {
    let place = backup::afar::of(settings)?;
    let looked = async {
        place.check().await?;
        place.holds_sums().await
    };
    let finding = match looked.await {
        Ok(Some(false)) => Ok(format!("{}; {}", place.place(), careless(words))),
        Ok(_) => Ok(place.place()),
        Err(error) => Err(words.failure(&error.into())),
    };
    Some(Check { code: "objects", name: words.say("almacén de objetos", "object store"), finding })
}

fn careless(words: Words) -> &'static str {
    words.say(
        "acepta bytes que no son los de su suma (x-amz-checksum-sha256), así que no protege de un daño en el camino: se encuentra recién al traerlos, contra nuestra propia suma («gondola drill»)",
        "it accepts bytes that are not those of their sum (x-amz-checksum-sha256), so it does not protect against damage on the way: that is found when they are brought back, by our own sum (“gondola drill”)",
    )
}

/// That the time of one has come is said, and is no fault.
async fn secrets(settings: &Settings, words: Words) -> Check {
    let finding = match key::status::secrets(settings).await {
        Err(error) => Err(words.failure(&error)),
        Ok(secrets) => {
            let seen = secrets.look().await;
            let one = |seen: &Seen| format!("{} {}", seen.name, key::status::told(seen, words));
            let all = seen.iter().map(one).collect::<Vec<_>>().join(", ");
            if seen.iter().any(|seen| seen.fault.is_some()) { Err(all) } else { Ok(all) }
        }
    };
    Check { code: "secrets", name: words.say("claves del programa", "the program's keys"), finding }
}

async fn address(settings: &Settings, words: Words) -> Check {
    let (told, apart) = (listens(settings.listen, words).await, settings.door.metrics_listen);
    let finding = match apart {
        None => told,
        Some(figures) => match (told, listens(figures, words).await) {
            (Ok(told), Ok(figures)) => Ok(format!("{told}, {figures}")),
            (Err(one), Err(other)) => Err(format!("{one}; {other}")),
            (Err(one), _) | (_, Err(one)) => Err(one),
        },
    };
    Check { code: "address", name: words.say("dirección", "address"), finding }
}

/// Whether a server can listen there, or one of ours does.
async fn listens(address: SocketAddr, words: Words) -> Result<String, String> {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Ok(address.to_string()),
        // A server of ours there is what one hopes for.
        Err(_) if tokio::net::TcpStream::connect(address).await.is_ok() => {
            Ok(format!("{address} {}", words.say("(hay un servidor respondiendo)", "(a server answers there)")))
        }
        Err(error) => Err(format!("{address}: {error}")),
    }
}
