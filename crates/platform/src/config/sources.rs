//! Gathers what each source says of each setting.
//!
//! Invariant: of several values the one of the strongest source is used, but all of them are checked, so that a mistake hidden
//! by a flag today does not surface the day the flag is dropped.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use super::{
    Inputs, Mistake, Mistakes,
    keys::{self, Form},
    mistake::Wrong,
};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A settings file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Variable(name) | Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// Values by setting, weakest source first, and the mistakes found on the way.
#[derive(Debug, Default)]
pub(super) struct Sources {
    values: Vec<(&'static str, String, Origin)>,
    used: BTreeMap<&'static str, Origin>,
    mistakes: Vec<Mistake>,
}

impl Sources {
    pub(super) fn gather(inputs: &Inputs) -> Sources {
        let mut sources = Sources::default();
        if let Some(path) = settings_file(inputs) {
            sources.add_file(&path);
        }
        sources.add_variables(inputs);
        for (key, value) in &inputs.flags {
            sources.values.push((key, value.clone(), Origin::Flag(keys::flag_name(key))));
        }
        sources
    }

    /// The strongest value of `key` as `read` takes it; what it does not take becomes a mistake.
    pub(super) fn get<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut strongest = None;
        for (_, value, origin) in self.values.iter().filter(|(name, ..)| *name == key) {
            match read(value) {
                Some(value) => {
                    self.used.insert(key, origin.clone());
                    strongest = Some(value);
                }
                None => self.mistakes.push(Mistake::new(origin, key, Wrong::Value(value.clone()))),
            }
        }
        strongest
    }

    pub(super) fn origins(&self) -> BTreeMap<&'static str, Origin> {
        self.used.clone()
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(Mistakes(self.mistakes)) }
    }

    fn add_file(&mut self, path: &Path) {
        let origin = Origin::File(path.to_owned());
        let mut wrong = |wrong| self.mistakes.push(Mistake::new(&origin, "", wrong));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return wrong(Wrong::Unreadable(error.to_string())),
        };
        let table: toml::Table = match toml::from_str(&text) {
            Ok(table) => table,
            Err(error) => {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                return wrong(Wrong::Syntax { line, message: error.message().to_owned() });
            }
        };
        for (name, value) in &table {
            let value = keys::find(name).and_then(|key| as_text(value, key.form));
            self.add(name, value, &origin);
        }
    }

    fn add_variables(&mut self, inputs: &Inputs) {
        for (name, value) in &inputs.variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("GONDOLA_")) else { continue };
            if name == "GONDOLA_CONFIG" || inputs.other_variables.contains(&name) || value.is_empty() {
                continue;
            }
            let key = name.trim_start_matches("GONDOLA_").to_ascii_lowercase();
            self.add(&key, value.to_str().map(str::to_owned), &Origin::Variable(name.to_owned()));
        }
    }

    fn add(&mut self, name: &str, value: Option<String>, origin: &Origin) {
        match (keys::find(name), value) {
            (Some(key), Some(value)) => self.values.push((key.name, value, origin.clone())),
            (Some(key), None) => self.mistakes.push(Mistake::new(origin, key.name, Wrong::Kind)),
            (None, _) => self.mistakes.push(Mistake::new(origin, name, Wrong::Name)),
        }
    }
}

/// The file named by `--config` or `GONDOLA_CONFIG`, which must exist, else the one in the data folder, which need not.
fn settings_file(inputs: &Inputs) -> Option<PathBuf> {
    let named = inputs.config_file.clone().or_else(|| inputs.variable("GONDOLA_CONFIG").map(PathBuf::from));
    if named.is_some() {
        return named;
    }
    let flag = inputs.flags.iter().rev().find(|(key, _)| *key == "data_dir").map(|(_, value)| PathBuf::from(value));
    let folder = flag
        .or_else(|| inputs.variable("GONDOLA_DATA_DIR").map(PathBuf::from))
        .unwrap_or_else(|| inputs.default_data_dir());
    Some(folder.join("gondola.toml")).filter(|path| path.exists())
}

/// A value of the file as it would be written in a variable; `None` for kinds the setting does not have.
fn as_text(value: &toml::Value, form: Form) -> Option<String> {
    match (value, form) {
        (toml::Value::String(text), _) => Some(text.clone()),
        (toml::Value::Integer(number), Form::Number) => Some(number.to_string()),
        (toml::Value::Array(items), Form::List) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}
