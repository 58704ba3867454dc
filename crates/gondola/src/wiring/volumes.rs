//! Whether everything that is kept lies on encrypted volumes.
//!
//! Invariant: each place is told of, also one that cannot be seen from here; none is taken for encrypted but by what the machine says or
//! the operator names.

use std::path::PathBuf;

use platform::{
    config::{Demand, Mode, Settings, Stored},
    health::{Checks, Finding, Level},
    machine::{AtRest, Volume},
    objects::Address,
    texts::Locale,
};
use serde_json::json;

/// Where something is kept, and how it lies there.
#[derive(Debug, Clone)]
pub(crate) struct Lies {
    stored: Stored,
    volume: Volume,
    attested: bool,
}

impl Lies {
    /// Whether it counts as encrypted.
    pub(crate) fn is_well(&self) -> bool {
        self.attested || self.volume.at_rest == AtRest::Encrypted
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
        format!("{}: {how} [{}]", noun(self.stored, locale), self.volume.on)
    }
}

/// Everything that is kept, as it lies now. Asks the disks.
pub(crate) fn look(settings: &Settings) -> Vec<Lies> {
    let lies = |(stored, path): (Stored, Option<PathBuf>)| {
        let elsewhere = || Volume { at_rest: AtRest::Unknown, on: "PostgreSQL".to_owned() };
        let volume = path.map_or_else(elsewhere, |path| Volume::of(&path));
        Lies { stored, volume, attested: settings.volumes.attested.contains(&stored) }
    };
    places(settings).into_iter().map(lies).collect()
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
    lies.iter().map(|lies| lies.told(locale)).collect::<Vec<_>>().join(", ")
}

/// What is missing where encrypted volumes are required.
pub(super) fn fault(settings: &Settings, locale: Locale) -> Option<String> {
    if settings.volumes.demand != Demand::Require {
        return None;
    }
    let ill: Vec<Lies> = look(settings).into_iter().filter(|lies| !lies.is_well()).collect();
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
pub(crate) fn warn(settings: &Settings) {
    if settings.mode != Mode::Production || settings.volumes.demand != Demand::Warn {
        return;
    }
    let ill: Vec<Lies> = look(settings).into_iter().filter(|lies| !lies.is_well()).collect();
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
    let settings = settings.clone();
    checks.add("volumes", Level::Degraded, move || {
        let (settings, demand) = (settings.clone(), settings.volumes.demand);
        let looked = tokio::task::spawn_blocking(move || look(&settings));
        async move {
            match looked.await {
                Ok(lies) => finding(&lies, demand),
                Err(_) => Finding::new(Level::Degraded).with("error", "could not be looked at"),
            }
        }
    });
}

/// A volume that was encrypted when the node started may have been mounted over since.
fn finding(lies: &[Lies], demand: Demand) -> Finding {
    let ill = demand == Demand::Require && !lies.iter().all(Lies::is_well);
    let level = if ill { Level::Degraded } else { Level::Optimal };
    lies.iter().fold(Finding::new(level).with("demand", demand.name()), |finding, lies| {
        let Volume { at_rest, on } = &lies.volume;
        finding.with(lies.stored.name(), json!({"at_rest": at_rest.name(), "on": on, "attested": lies.attested}))
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
        Lies { stored, volume: Volume { at_rest, on: "dm-0 (ext4)".to_owned() }, attested }
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
        assert_eq!(detail["data"], json!({"at_rest": "clear", "on": "dm-0 (ext4)", "attested": true}));
    }

    #[test]
    fn each_is_told_with_what_it_lies_on() {
        let all = [lies(Stored::Database, AtRest::Unknown, false), lies(Stored::Logs, AtRest::Encrypted, false)];
        let es = "base de datos: no se ve desde acá si está cifrado [dm-0 (ext4)], registro: cifrado [dm-0 (ext4)]";
        assert_eq!(told(&all, Locale::Es), es);
        assert!(told(&all, Locale::En).ends_with("log: encrypted [dm-0 (ext4)]"));
    }
}
