//! What the settings are read from.
//!
//! Invariant: the only module of the settings that looks at the process; everything past it is a pure function of this value.

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use super::{env_file::EnvFile, roles::KnownRole};
use crate::secret::Secret;

/// Flags, variables and folders the settings are read from.
#[derive(Clone, Default)]
pub struct Inputs {
    /// `--config`.
    pub config_file: Option<PathBuf>,
    /// What a command takes where nobody says otherwise, by the setting's name.
    pub defaults: Vec<(&'static str, String)>,
    /// Flags given, by the setting's name.
    pub flags: Vec<(&'static str, String)>,
    /// Variables of the environment.
    pub variables: Vec<(OsString, OsString)>,
    /// The `.env` of the folder the program runs in.
    pub env_file: Option<EnvFile>,
    /// The roles that the program has.
    pub roles: &'static [KnownRole],
    /// Names beginning with `GONDOLA_` that are not settings but mean something to a command.
    pub other_variables: Vec<&'static str>,
}

/// By name: a flag or a variable may hold a secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.flags.iter().map(|(name, _)| *name);
        let variables = self.variables.iter().map(|(name, _)| name.to_string_lossy());
        f.debug_list().entries(&self.config_file).entries(flags).entries(variables).finish()
    }
}

impl Inputs {
    /// The environment of this process and the `.env` of its folder, with no flags.
    pub fn of_process() -> Inputs {
        let env_file = EnvFile::read(Path::new(".env"));
        Inputs { variables: std::env::vars_os().collect(), env_file, ..Inputs::default() }
    }

    /// Whether a variable of ours is a setting, and not for the program's start or a command.
    pub(super) fn is_setting(&self, name: &str) -> bool {
        name != "GONDOLA_CONFIG" && !self.other_variables.contains(&name)
    }

    /// The value of a variable of the environment itself that is text and not empty.
    pub(super) fn own_variable(&self, name: &str) -> Option<&str> {
        let (_, value) = self.variables.iter().find(|(found, _)| found == name)?;
        value.to_str().filter(|value| !value.is_empty())
    }

    /// The value of a variable that is text and not empty, also of the `.env`.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let kept = || self.env_file.as_ref()?.get(name).map(Secret::expose).filter(|value| !value.is_empty());
        self.own_variable(name).or_else(kept)
    }

    /// `$XDG_DATA_HOME/gondola`, else `~/.local/share/gondola` (XDG Base Directory Specification), else `gondola-data` here.
    pub(super) fn default_data_dir(&self) -> PathBuf {
        let absolute = |name: &str| self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let shared = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        shared.map_or_else(|| PathBuf::from("gondola-data"), |folder| folder.join("gondola"))
    }
}
