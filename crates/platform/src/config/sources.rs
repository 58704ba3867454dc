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
    Inputs, Mistake, Mistakes, elsewhere,
    keys::{self, Elsewhere, Form},
    mistake::Wrong,
};
use crate::secret::Secret;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A settings file.
    File(PathBuf),
    /// A file that holds this secret and nothing else.
    SecretFile(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) | Origin::SecretFile(path) => write!(f, "{}", path.display()),
            Origin::Variable(name) | Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// What a source says of a setting. Any value may be a secret.
#[derive(Debug)]
struct Said {
    key: &'static str,
    value: Secret,
    /// Where to look for the value, when this says only that.
    elsewhere: Option<Elsewhere>,
    origin: Origin,
}

/// What was said, weakest source first, and the mistakes found on the way.
#[derive(Debug, Default)]
pub(super) struct Sources {
    values: Vec<Said>,
    used: BTreeMap<&'static str, Origin>,
    mistakes: Vec<Mistake>,
}

impl Sources {
    pub(super) fn gather(inputs: &Inputs) -> Sources {
        let mut sources = Sources::default();
        for (key, value) in &inputs.defaults {
            sources.add(key, Some(Secret::new(value)), &Origin::Default);
        }
        if let Some(path) = settings_file(inputs) {
            sources.add_file(&path);
        }
        sources.add_env_file(inputs);
        sources.add_variables(inputs);
        for (key, value) in &inputs.flags {
            sources.add(key, Some(Secret::new(value)), &Origin::Flag(keys::flag_name(key)));
        }
        sources
    }

    /// The strongest value of `key` as `read` takes it; what it does not take becomes a mistake.
    pub(super) fn get<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut strongest = None;
        for said in self.values.iter().filter(|said| said.key == key) {
            let (value, origin) = match said.found() {
                Ok(found) => found,
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    continue;
                }
            };
            match read(value.expose()) {
                Some(value) => {
                    self.used.insert(key, origin);
                    strongest = Some(value);
                }
                None => self.mistakes.push(Mistake::new(&origin, key, Wrong::Value(value.expose().to_owned()))),
            }
        }
        strongest
    }

    /// Whether any source says something of a setting.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.iter().any(|said| said.key == key)
    }

    /// A secret that lies in its usual file, when that file is there.
    pub(super) fn add_usual_file(&mut self, key: &'static str, path: &Path) {
        if path.exists() {
            let (value, origin) = (Secret::new(path.to_string_lossy()), Origin::SecretFile(path.to_owned()));
            self.values.push(Said { key, value, elsewhere: Some(Elsewhere::File), origin });
        }
    }

    /// Two settings that say the same thing in two ways.
    pub(super) fn refuse_both(&mut self, one: &'static str, other: &'static str) {
        if let (true, Some(origin)) = (self.used.contains_key(one), self.used.get(other)) {
            self.mistakes.push(Mistake::new(origin, other, Wrong::Together(one)));
        }
    }

    /// A mistake for `key` when somebody set it without `other`, which is not set.
    pub(super) fn needs(&mut self, key: &'static str, other: &'static str) {
        if let Some(origin) = self.used.get(key) {
            self.mistakes.push(Mistake::new(origin, key, Wrong::Without(other)));
        }
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
            let form = keys::find(name).map_or(Form::Text, |key| key.form);
            self.add(name, as_text(value, form).map(Secret::new), &origin);
        }
    }

    /// Weaker than the environment itself. Variables of other programs may stand there too.
    fn add_env_file(&mut self, inputs: &Inputs) {
        let Some(file) = &inputs.env_file else { return };
        let origin = Origin::File(file.path.clone());
        if let Some(reason) = &file.refused {
            self.mistakes.push(Mistake::new(&origin, "", Wrong::Unreadable(reason.clone())));
        }
        for line in &file.odd_lines {
            let message = "NAME=value".to_owned();
            self.mistakes.push(Mistake::new(&origin, "", Wrong::Syntax { line: *line, message }));
        }
        for (name, value) in &file.values {
            let older = keys::OLDER_VARIABLES.iter().find(|(older, _)| older == name).map(|(_, key)| (*key).to_owned());
            let ours = || Some(name.strip_prefix("GONDOLA_").filter(|_| inputs.is_setting(name))?.to_ascii_lowercase());
            if let Some(key) = older.or_else(ours).filter(|_| !value.expose().is_empty()) {
                let named = Origin::Variable(format!("{}: {name}", file.path.display()));
                self.add(&key, Some(value.clone()), &named);
            }
        }
    }

    fn add_variables(&mut self, inputs: &Inputs) {
        for (older, key) in keys::OLDER_VARIABLES {
            if let Some(value) = inputs.own_variable(older) {
                self.add(key, Some(Secret::new(value)), &Origin::Variable((*older).to_owned()));
            }
        }
        for (name, value) in &inputs.variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("GONDOLA_")) else { continue };
            if !inputs.is_setting(name) || value.is_empty() {
                continue;
            }
            let key = name.trim_start_matches("GONDOLA_").to_ascii_lowercase();
            self.add(&key, value.to_str().map(Secret::new), &Origin::Variable(name.to_owned()));
        }
    }

    fn add(&mut self, name: &str, value: Option<Secret>, origin: &Origin) {
        let here = keys::find(name).map(|key| (key, None));
        let found = here.or_else(|| keys::find_elsewhere(name).map(|(key, place)| (key, Some(place))));
        match (found, value) {
            (Some((key, elsewhere)), Some(value)) => {
                self.values.push(Said { key: key.name, value, elsewhere, origin: origin.clone() });
            }
            (Some(_), None) => self.mistakes.push(Mistake::new(origin, name, Wrong::Kind)),
            (None, _) => self.mistakes.push(Mistake::new(origin, name, Wrong::Name)),
        }
    }
}

impl Said {
    /// The value itself and where it stands, looked up now when it stands elsewhere.
    fn found(&self) -> Result<(Secret, Origin), Mistake> {
        let (found, origin) = match self.elsewhere {
            None => return Ok((self.value.clone(), self.origin.clone())),
            Some(Elsewhere::File) => {
                let path = PathBuf::from(self.value.expose());
                (elsewhere::from_file(&path), Origin::SecretFile(path))
            }
            Some(Elsewhere::Command) => (elsewhere::from_command(self.value.expose()), self.origin.clone()),
        };
        let name = || keys::elsewhere_name(self.key, self.elsewhere);
        found.map(|value| (value, origin)).map_err(|why| Mistake::new(&self.origin, &name(), Wrong::Unreadable(why)))
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
        (toml::Value::Boolean(on), Form::Switch) => Some(on.to_string()),
        (toml::Value::Array(items), Form::List) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}
