//! Whether everything that is kept lies on encrypted volumes.
//!
//! Invariant: each place is told of, also one that cannot be seen from here; none is taken for encrypted but by what the machine says or
//! the operator names, and none is waited for longer than it has patience for. Where nobody wants to know, nothing is looked at.

mod eye;

use std::{path::PathBuf, time::Duration};

use futures_util::future::join_all;
use platform::{
    config::{Demand, Mode, Settings, Stored},
    health::{Checks, Finding, Level},
    machine::{AtRest, Volume},
    objects::Address,
    texts::Locale,
};
use serde_json::json;

use self::eye::{Eye, Looked};

/// Time a disk gets at a start, where it may have to be mounted first.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same of a node that runs: less than its check gets, so that one that hangs hides nothing of the others.
const CHECK_PATIENCE: Duration = Duration::from_secs(1);

/// Where something is kept, and how it lies there.
#[derive(Debug, Clone)]
pub(crate) struct Lies {
    stored: Stored,
    volume: Volume,
    /// Whether the last look came to an end.
    answers: bool,
    attested: bool,
}

impl Lies {
    /// Whether it counts as encrypted.
    pub(crate) fn is_well(&self) -> bool {
        self.attested || self.volume.at_rest == AtRest::Encrypted
    }

    /// Whether it is known to lie in clear.
    pub(crate) fn is_clear(&self) -> bool {
        !self.is_well() && self.volume.at_rest == AtRest::Clear
    }

    /// In words.
    fn told(&self, locale: Locale) -> String {
        let how = match (self.attested, self.volume.at_rest) {
            (true, _) => pick(locale, "cifrado, según attested_volumes", "encrypted, as attested_volumes says"),
            (_, AtRest::Encrypted) => pick(locale, "cifrado", "encrypted"),
            (_, AtRest::Clear) => pick(locale, "sin cifrar", "not encrypted"),
            (_, AtRest::Unknown) => {
                pick(locale, "no se ve desde acá si está cifrado", "whether it is encrypted cannot be seen from here")
            }
        };
        let silent = if self.answers { "" } else { pick(locale, ", no responde", ", does not answer") };
        format!("{}: {how} [{}{silent}]", noun(self.stored, locale), self.volume.on)
    }
}

/// A place where something is kept, to look at more than once; without an eye for what has disks of its own.
#[derive(Debug, Clone)]
struct Place {
    stored: Stored,
    eye: Option<Eye>,
    attested: bool,
}

impl Place {
    async fn look(self, patience: Duration) -> Lies {
        let Place { stored, eye, attested } = self;
        let elsewhere = Volume { at_rest: AtRest::Unknown, on: "PostgreSQL".to_owned() };
        let Looked { volume, answers } = match eye {
            Some(eye) => eye.look(patience).await,
            None => Looked { volume: elsewhere, answers: true },
        };
        Lies { stored, volume, answers, attested }
    }
}

/// Everything that is kept, as it lies now; nothing where nobody wants to know.
pub(crate) async fn look(settings: &Settings) -> Vec<Lies> {
    look_at(eyes(settings), PATIENCE).await
}

/// All at once, so that one that hangs takes no time from the others.
async fn look_at(places: Vec<Place>, patience: Duration) -> Vec<Lies> {
    join_all(places.into_iter().map(|place| place.look(patience))).await
}

fn eyes(settings: &Settings) -> Vec<Place> {
    if settings.volumes.demand == Demand::Off {
        return Vec::new();
    }
    let place = |(stored, path): (Stored, Option<PathBuf>)| {
        let attested = settings.volumes.attested.contains(&stored);
        Place { stored, eye: path.map(Eye::on), attested }
    };
    places(settings).into_iter().map(place).collect()
}

/// Where everything is kept: a path, or a server that has disks of its own.
fn places(settings: &Settings) -> Vec<(Stored, Option<PathBuf>)> {
    let mut places = vec![
        (Stored::Database, store::backup::file_of(settings.database_url.expose())),
        (Stored::Data, Some(settings.data_dir.clone())),
        (Stored::Backups, Some(settings.backups.folder.clone())),
    ];
    if let Some(Address::Folder(path)) = &settings.objects.address {
        places.push((Stored::Objects, Some(path.clone())));
    }
    places.extend(settings.telemetry.log_dir.clone().map(|path| (Stored::Logs, Some(path))));
    places
}

/// All of it in one line.
pub(crate) fn told(lies: &[Lies], locale: Locale) -> String {
    if lies.is_empty() {
        return pick(locale, "no se miran (encrypted_volume = \"off\")", "not looked at (encrypted_volume = \"off\")")
            .to_owned();
    }
    lies.iter().map(|lies| lies.told(locale)).collect::<Vec<_>>().join(", ")
}

/// What is missing where encrypted volumes are required.
pub(super) async fn fault(settings: &Settings, locale: Locale) -> Option<String> {
    if settings.volumes.demand != Demand::Require {
        return None;
    }
    let ill: Vec<Lies> = look(settings).await.into_iter().filter(|lies| !lies.is_well()).collect();
    let told = told(&ill, locale);
    (!ill.is_empty()).then(|| match locale {
        Locale::Es => format!(
            "discos cifrados (encrypted_volume = \"require\"): {told}; mudalo a un volumen LUKS, o nombralo en attested_volumes si está cifrado y desde acá no se ve"
        ),
        Locale::En => format!(
            "encrypted disks (encrypted_volume = \"require\"): {told}; move it to a LUKS volume, or name it in attested_volumes if it is encrypted and cannot be seen from here"
        ),
    })
}

/// Says so at the start of a shop, unless the settings say that nobody wants to know.
pub(crate) async fn warn(settings: &Settings) {
    if settings.mode != Mode::Production || settings.volumes.demand != Demand::Warn {
        return;
    }
    let ill: Vec<Lies> = look(settings).await.into_iter().filter(|lies| !lies.is_well()).collect();
    if !ill.is_empty() {
        let volumes = told(&ill, Locale::En);
        tracing::warn!(
            volumes,
            "the books and the audit log are not known to lie on an encrypted disk (encrypted_volume)"
        );
    }
}

/// How everything lies, among what a node tells of itself.
pub(super) fn check(checks: &Checks, settings: &Settings) {
    let (places, demand) = (eyes(settings), settings.volumes.demand);
    if places.is_empty() {
        return;
    }
    // Each waits for less than a check may take, so only a node that has no time at all would be silent.
    let silent = if demand == Demand::Require { Level::Degraded } else { Level::Optimal };
    checks.add("volumes", silent, move || {
        let places = places.clone();
        async move { finding(&look_at(places, CHECK_PATIENCE).await, demand) }
    });
}

/// A volume that was encrypted when the node started may have been mounted over since.
fn finding(lies: &[Lies], demand: Demand) -> Finding {
    let ill = demand == Demand::Require && !lies.iter().all(Lies::is_well);
    let level = if ill { Level::Degraded } else { Level::Optimal };
    lies.iter().fold(Finding::new(level).with("demand", demand.name()), |finding, lies| {
        let Lies { volume: Volume { at_rest, on }, attested, answers, .. } = lies;
        let told = json!({"at_rest": at_rest.name(), "on": on, "attested": attested, "answers": answers});
        finding.with(lies.stored.name(), told)
    })
}

fn noun(stored: Stored, locale: Locale) -> &'static str {
    match stored {
        Stored::Database => pick(locale, "base de datos", "database"),
        Stored::Data => pick(locale, "carpeta de datos", "data folder"),
        Stored::Backups => pick(locale, "copias", "backups"),
        Stored::Objects => pick(locale, "almacén de objetos", "object store"),
        Stored::Logs => pick(locale, "registro", "log"),
    }
}

const fn pick(locale: Locale, es: &'static str, en: &'static str) -> &'static str {
    match locale {
        Locale::Es => es,
        Locale::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lies(stored: Stored, at_rest: AtRest, attested: bool) -> Lies {
        Lies { stored, volume: Volume { at_rest, on: "dm-0 (ext4)".to_owned() }, answers: true, attested }
    }

    #[test]
    fn only_what_is_required_makes_a_node_unwell() {
        let well = lies(Stored::Database, AtRest::Encrypted, false);
        let named = lies(Stored::Data, AtRest::Clear, true);
        for ill in [lies(Stored::Backups, AtRest::Clear, false), lies(Stored::Backups, AtRest::Unknown, false)] {
            let all = [well.clone(), named.clone(), ill];
            let level = |all: &[Lies], demand| finding(all, demand).level;
            assert_eq!(level(&all, Demand::Require), Level::Degraded);
            assert_eq!((level(&all, Demand::Warn), level(&all, Demand::Off)), (Level::Optimal, Level::Optimal));
            assert_eq!(level(&all[..2], Demand::Require), Level::Optimal);
        }
        let detail = finding(&[named], Demand::Warn).detail;
        assert_eq!(detail["data"], json!({"at_rest": "clear", "on": "dm-0 (ext4)", "attested": true, "answers": true}));
    }

    #[test]
    fn each_is_told_with_what_it_lies_on() {
        let all = [lies(Stored::Database, AtRest::Unknown, false), lies(Stored::Logs, AtRest::Encrypted, false)];
        let es = "base de datos: no se ve desde acá si está cifrado [dm-0 (ext4)], registro: cifrado [dm-0 (ext4)]";
        assert_eq!(told(&all, Locale::Es), es);
        assert!(told(&all, Locale::En).ends_with("log: encrypted [dm-0 (ext4)]"));
    }

    #[test]
    fn one_that_hangs_is_told_and_counts_as_what_was_seen_last() {
        let hangs = |at_rest| vec![Lies { answers: false, ..lies(Stored::Backups, at_rest, false) }];
        assert_eq!(finding(&hangs(AtRest::Encrypted), Demand::Require).level, Level::Optimal);
        let unseen = hangs(AtRest::Unknown);
        assert_eq!(finding(&unseen, Demand::Require).level, Level::Degraded);
        let warned = finding(&unseen, Demand::Warn);
        assert_eq!((warned.level, &warned.detail["backups"]["answers"]), (Level::Optimal, &json!(false)));
        assert!(told(&unseen, Locale::Es).ends_with("[dm-0 (ext4), no responde]"));
    }

    #[tokio::test]
    async fn nothing_is_looked_at_where_nobody_wants_to_know() {
        let off = ("encrypted_volume", "off".to_owned());
        let inputs = platform::config::Inputs { flags: vec![off], roles: crate::roles::KNOWN, ..Default::default() };
        let lies = look(&Settings::load(&inputs).unwrap()).await;
        assert!(lies.is_empty() && told(&lies, Locale::En).contains("off"));
    }
}
