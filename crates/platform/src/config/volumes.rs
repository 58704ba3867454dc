//! What is set of the disks that everything is kept on.
//!
//! Invariant: what the machine cannot see itself is only taken for encrypted where the operator names it.

use super::sources::Sources;

/// What is done where something is not kept on an encrypted volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Off,
    /// A shop is told at each start.
    Warn,
    /// It is not served.
    Require,
}

impl Demand {
    /// All of them.
    pub const ALL: [Demand; 3] = [Demand::Off, Demand::Warn, Demand::Require];

    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Demand::Off => "off",
            Demand::Warn => "warn",
            Demand::Require => "require",
        }
    }
}

/// What is kept on disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// The records: books, audit log and everything else.
    Database,
    /// Keys, signed places, journal and whatever else is in the data folder.
    Data,
    /// Backups.
    Backups,
    /// Objects kept apart, where that is a folder.
    Objects,
    /// Files of log lines.
    Logs,
}

impl Stored {
    /// All of it.
    pub const ALL: [Stored; 5] = [Stored::Database, Stored::Data, Stored::Backups, Stored::Objects, Stored::Logs];

    /// Its name in settings and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Stored::Database => "database",
            Stored::Data => "data",
            Stored::Backups => "backups",
            Stored::Objects => "objects",
            Stored::Logs => "logs",
        }
    }
}

/// What is asked of volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volumes {
    /// What is done where one is not encrypted.
    pub demand: Demand,
    /// What the operator says lies on an encrypted one, whatever can be seen from here.
    pub attested: Vec<Stored>,
}

impl Volumes {
    pub(super) fn from_sources(s: &mut Sources) -> Volumes {
        let demand = |text: &str| Demand::ALL.into_iter().find(|demand| demand.name() == text);
        Volumes {
            demand: s.get("encrypted_volume", demand).unwrap_or(Demand::Warn),
            attested: s.get("attested_volumes", stored).unwrap_or_default(),
        }
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        Some(match key {
            "encrypted_volume" => self.demand.name().into(),
            "attested_volumes" => self.attested.iter().map(|stored| stored.name()).collect::<Vec<_>>().into(),
            _ => return None,
        })
    }
}

/// Names parted by commas; an empty text is none.
fn stored(text: &str) -> Option<Vec<Stored>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| Stored::ALL.into_iter().find(|stored| stored.name() == name)).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::{Inputs, Settings};

    use super::*;

    fn set(demand: &str, attested: &str) -> Option<Volumes> {
        let flags = vec![("encrypted_volume", demand.to_owned()), ("attested_volumes", attested.to_owned())];
        let variables = vec![("HOME".into(), "/nowhere/home".into())];
        Settings::load(&Inputs { flags, variables, ..Inputs::default() }).ok().map(|settings| settings.volumes)
    }

    #[test]
    fn what_is_attested_is_named_and_nothing_is_by_default() {
        let usual = Settings::load(&Inputs { variables: vec![("HOME".into(), "/h".into())], ..Inputs::default() });
        assert_eq!(usual.unwrap().volumes, Volumes { demand: Demand::Warn, attested: Vec::new() });
        let volumes = set("require", "database, backups").unwrap();
        assert_eq!((volumes.demand, volumes.attested), (Demand::Require, vec![Stored::Database, Stored::Backups]));
        assert_eq!(set("off", ""), Some(Volumes { demand: Demand::Off, attested: Vec::new() }));
        for (demand, attested) in [("maybe", ""), ("warn", "everything"), ("warn", "database backups")] {
            assert_eq!(set(demand, attested), None, "{demand} {attested}");
        }
    }
}
