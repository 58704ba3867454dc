//! The form an import comes in (RFC 7578).
//!
//! Invariant: every part is bounded; an unknown part is refused by name, all mistakes at once.

use std::sync::Arc;

use axum::extract::Multipart;
use platform::http::{Problem, body::BodyLimit, problem::FieldError};
use utoipa::ToSchema;

use crate::imports::{Input, Kind, Opening, Options, moment::DateOrder, number::DecimalMark};

/// Bytes a part other than the file may have.
const MOST_TEXT_BYTES: usize = 64 * 1024;

/// A file to import.
#[derive(Debug, ToSchema)]
#[schema(as = NewImport)]
pub struct ImportForm {
    /// CSV (any separator), XLSX, XLS, or for `legacy` the older system's database.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// What it holds: `products`, `sales`, `stock`, `prices` or `legacy`.
    #[schema(pattern = "^(products|sales|stock|prices|legacy)$")]
    pub kind: String,
    /// Code of the site, for sales, stock and legacy.
    pub site: Option<String>,
    /// Only say what would become of it.
    pub dry_run: Option<bool>,
    /// Nothing is written when anything is wrong.
    pub strict: Option<bool>,
    /// Products that are not in the catalogue are added.
    pub create_missing: Option<bool>,
    /// `auto` opens the least stock that makes a file of sales possible; `none` by default.
    #[schema(pattern = "^(none|auto)$")]
    pub opening: Option<String>,
    /// Code of the location goods come to and leave from.
    pub location: Option<String>,
    /// Name under which the rows are known, so that importing them again changes nothing; the file's name by default.
    pub source: Option<String>,
    /// Columns named by hand, as a JSON object of field to column. `#3` is the third column.
    pub mapping: Option<String>,
    /// Read the file as the profile of that name says; other parts add to it.
    pub profile: Option<String>,
    /// Save how this file is read under that name, unless it is only a rehearsal.
    pub save_profile: Option<String>,
    /// What stands before decimals: `auto`, `dot` or `comma`.
    pub decimal: Option<String>,
    /// Which of two small numbers is the day: `auto`, `dayfirst` or `monthfirst`.
    pub dates: Option<String>,
}

/// A form, read.
pub struct Asked {
    pub(super) kind: Kind,
    pub(super) input: Input,
    pub(super) site: Option<String>,
    pub(super) source: Option<String>,
    /// Name of the profile to read it by, and of the one to save.
    pub(super) profiles: Profiles,
    pub(super) options: Options,
}

impl Asked {
    /// Bytes of the file it holds.
    pub(super) fn held(&self) -> usize {
        match &self.input {
            Input::Bytes { bytes, .. } => bytes.len(),
            Input::Path(_) => 0,
        }
    }
}

/// Names of profiles.
#[derive(Default)]
pub(super) struct Profiles {
    pub(super) read_by: Option<String>,
    pub(super) save_as: Option<String>,
}

#[derive(Default)]
struct Parts {
    file: Option<(String, Arc<[u8]>)>,
    kind: Option<Kind>,
    site: Option<String>,
    source: Option<String>,
    profiles: Profiles,
    options: Options,
    errors: Vec<FieldError>,
}

/// Reads the form, whose size is limited already.
pub async fn read(mut form: Multipart, limit: BodyLimit) -> Result<Asked, Problem> {
    let mut parts = Parts::default();
    let broken = |error: axum::extract::multipart::MultipartError| match error.status().as_u16() {
        413 => Problem::too_large(limit.0),
        _ => Problem::malformed("malformed_form").log(error),
    };
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().chars().take(64).collect::<String>();
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(broken)?;
        if name == "file" {
            let file_name = file_name.unwrap_or_else(|| "file".to_owned());
            parts.file = Some((file_name, Arc::from(&*bytes)));
        } else if bytes.len() > MOST_TEXT_BYTES {
            parts.errors.push(FieldError::new(name, "too_long").arg("most", MOST_TEXT_BYTES));
        } else {
            match std::str::from_utf8(&bytes) {
                Ok(text) => parts.take(&name, text.trim()),
                Err(_) => parts.errors.push(FieldError::new(name, "invalid_text")),
            }
        }
    }
    parts.finish()
}

impl Parts {
    fn take(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let known = match name {
            "kind" => Kind::from_name(text).map(|kind| self.kind = Some(kind)),
            "site" => short(text).map(|text| self.site = Some(text)),
            "source" => short(text).map(|text| self.source = Some(text)),
            "profile" => short(text).map(|text| self.profiles.read_by = Some(text)),
            "save_profile" => short(text).map(|text| self.profiles.save_as = Some(text)),
            "location" => short(text).map(|text| self.options.location = Some(text)),
            "dry_run" => truth(text).map(|truth| self.options.dry_run = truth),
            "strict" => truth(text).map(|truth| self.options.strict = truth),
            "create_missing" => truth(text).map(|truth| self.options.create_missing = truth),
            "opening" => named(text).map(|opening: Opening| self.options.opening = opening),
            "decimal" => named(text).map(|mark: DecimalMark| self.options.hints.decimal = mark),
            "dates" => named(text).map(|order: DateOrder| self.options.hints.dates = order),
            "mapping" => serde_json::from_str(text).ok().map(|mapping| self.options.hints.mapping = mapping),
            _ => return self.errors.push(FieldError::new(name, "unknown_field")),
        };
        if known.is_none() {
            self.errors.push(FieldError::new(name, "not_understood"));
        }
    }

    fn finish(mut self) -> Result<Asked, Problem> {
        if self.file.is_none() {
            self.errors.push(FieldError::new("file", "required"));
        }
        if self.kind.is_none() && !self.errors.iter().any(|error| error.field == "kind") {
            self.errors.push(FieldError::new("kind", "required"));
        }
        match (self.file.take(), self.kind) {
            (Some((name, bytes)), Some(kind)) if self.errors.is_empty() => {
                let input = Input::Bytes { name, bytes };
                let Parts { site, source, profiles, options, .. } = self;
                Ok(Asked { kind, input, site, source, profiles, options })
            }
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

fn short(text: &str) -> Option<String> {
    (text.chars().count() <= 200 && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A value that documents know by a name.
fn named<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}
