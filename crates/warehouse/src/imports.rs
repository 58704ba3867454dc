//! Bringing in what a shop has elsewhere: products, sales, stock, prices, and the older system's database.
//!
//! Invariant: a file is read whole before anything is written; what a row writes depends on its source and content alone, so
//! that importing again, or going on after an interruption, ends in the same books.

pub mod cell;
pub mod fields;
pub mod issue;
mod known;
pub mod layout;
pub mod legacy;
pub mod moment;
pub mod number;
mod opening;
mod post;
pub mod prices;
pub mod products;
pub mod profile;
pub mod report;
mod said;
pub mod sales;
pub mod scan;
pub mod stock;
pub mod table;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{Clock, Zone};
use platform::{
    audit,
    vault::{self, Vault},
};
use serde::{Deserialize, Serialize};
use store::{Db, ledger::Writer, site::Site};
use thiserror::Error;
use uuid::{Uuid, uuid};

pub use issue::{Code, Issue, Message, Severity};
pub use layout::{Mapping, WrongHeader};
pub use report::{Ending, Report};
pub use scan::Hints;
pub use table::{Input, ReadError};

/// The space of the identities that imports give their postings.
const SPACE: Uuid = uuid!("3f0c7b5e-6d0a-5c1e-9d57-8f5e0b9a41c2");

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The catalogue.
    Products,
    /// Ticket lines.
    Sales,
    /// What there is, to begin with.
    Stock,
    /// Shelf prices.
    Prices,
    /// The older system's SQLite database.
    Legacy,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Products, Kind::Sales, Kind::Stock, Kind::Prices, Kind::Legacy];

    /// The name in commands and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Products => "products",
            Kind::Sales => "sales",
            Kind::Stock => "stock",
            Kind::Prices => "prices",
            Kind::Legacy => "legacy",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it makes postings, for which it needs a site.
    pub const fn needs_site(self) -> bool {
        matches!(self, Kind::Sales | Kind::Stock | Kind::Legacy)
    }
}

/// What happens before the first row of a file of movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opening {
    /// Nothing: goods that are not there cannot go out.
    #[default]
    None,
    /// The least stock is opened that keeps every balance at zero or above, for what the ledger does not have yet.
    Auto,
}

/// How an import is to go.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Nothing is written.
    pub dry_run: bool,
    /// Nothing is written when anything is wrong.
    pub strict: bool,
    /// Products that are not in the catalogue are added.
    pub create_missing: bool,
    /// What happens before the first row.
    pub opening: Opening,
    /// Location that goods come to and leave from, where the file says none; the site's own choice when `None`.
    pub location: Option<String>,
    /// How the file is to be read.
    pub hints: Hints,
}

/// An import to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// What kind of file.
    pub kind: Kind,
    /// The file.
    pub input: Input,
    /// The name under which its rows are known; the file's own name when `None`.
    pub source: Option<String>,
    /// The site, for kinds that need one.
    pub site: Option<Site>,
    /// The zone of local times where no site says.
    pub zone: Zone,
    /// How.
    pub options: Options,
}

impl Request {
    fn source(&self) -> String {
        self.source.clone().unwrap_or_else(|| self.input.name())
    }

    fn zone(&self) -> Zone {
        self.site.as_ref().map_or_else(|| self.zone.clone(), |site| site.zone.clone())
    }

    fn site(&self) -> Result<&Site, ImportError> {
        self.site.as_ref().ok_or(ImportError::NoSite)
    }
}

/// What an import works with.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The ledger.
    pub writer: Writer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who imports.
    pub actor: String,
    /// What keeps how suppliers are reached.
    pub vault: Vault,
    /// A path of this import's own, for what was sent and can only be read from a file; `None` where only files are imported.
    pub scratch: Option<PathBuf>,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Reading the file; counted in bytes.
    Reading,
    /// Writing products; counted in products.
    Products,
    /// Writing postings; counted in lines.
    Posting,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Done of it.
    pub done: u64,
    /// In all.
    pub total: u64,
}

/// How its caller watches and stops an import.
#[derive(Clone)]
pub struct Control {
    watch: Arc<dyn Fn(Progress) + Send + Sync>,
    cancelled: Arc<AtomicBool>,
}

impl Control {
    /// Progress goes to `watch`; the import stops soon after `cancelled` becomes true.
    pub fn new(watch: Arc<dyn Fn(Progress) + Send + Sync>, cancelled: Arc<AtomicBool>) -> Control {
        Control { watch, cancelled }
    }

    /// Nobody watches, nothing stops it.
    pub fn none() -> Control {
        Control { watch: Arc::new(|_| {}), cancelled: Arc::default() }
    }

    fn at(&self, stage: Stage, done: u64, total: u64) -> Result<(), ImportError> {
        (self.watch)(Progress { stage, done, total });
        if self.cancelled.load(Ordering::Relaxed) { Err(ImportError::Cancelled) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("cancelled", &self.cancelled).finish_non_exhaustive()
    }
}

/// Why a file could not be imported at all.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its header was not understood.
    #[error("{}", describe(.0))]
    WrongHeader(WrongHeader),
    /// It has more rows than an import takes.
    #[error("the file has more than {most} rows: divide it")]
    TooManyRows {
        /// The most.
        most: u64,
    },
    /// It is no database of the older system.
    #[error("{}", .0.en)]
    NotLegacy(Message),
    /// The kind needs a site and none was given.
    #[error("this import needs a site")]
    NoSite,
    /// The location is not one of the site's.
    #[error("unknown location {0}")]
    UnknownLocation(String),
    /// It was stopped. What was written stands; importing again goes on from there.
    #[error("the import was cancelled")]
    Cancelled,
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What is kept encrypted could not be.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// A thread of ours died.
    #[error("the import broke off")]
    Broken(#[from] tokio::task::JoinError),
}

impl ImportError {
    /// The stable code used in documents.
    pub const fn code(&self) -> &'static str {
        match self {
            ImportError::Read(ReadError::Empty { .. }) => "empty_file",
            ImportError::Read(ReadError::Unknown { .. }) => "unknown_format",
            ImportError::Read(_) => "unreadable_file",
            ImportError::WrongHeader(_) => "wrong_header",
            ImportError::TooManyRows { .. } => "too_many_rows",
            ImportError::NotLegacy(_) => "not_the_older_system",
            ImportError::NoSite => "site_required",
            ImportError::UnknownLocation(_) => "unknown_location",
            ImportError::Cancelled => "cancelled",
            ImportError::Store(_) | ImportError::Vault(_) | ImportError::Broken(_) => "internal",
        }
    }

    /// What to tell people.
    pub fn message(&self) -> Message {
        let es = match self {
            ImportError::Read(ReadError::Io { name, source }) => format!("no se puede leer {name}: {source}"),
            ImportError::Read(ReadError::Empty { name }) => format!("{name} está vacío"),
            ImportError::Read(ReadError::Sheet { name, detail }) => {
                format!("{name} no es una planilla que se pueda leer: {detail}")
            }
            ImportError::Read(ReadError::Unbearable { name }) => {
                format!("{name} está dañado, o es más grande de lo que se puede leer")
            }
            ImportError::Read(ReadError::Unknown { name }) => {
                format!("{name} no es texto delimitado (CSV) ni una planilla (XLSX, XLS)")
            }
            ImportError::WrongHeader(wrong) => describe_es(wrong),
            ImportError::TooManyRows { most } => format!("el archivo tiene más de {most} filas: dividilo"),
            ImportError::NotLegacy(message) => message.es.clone(),
            ImportError::NoSite => "esta importación necesita una sucursal".to_owned(),
            ImportError::UnknownLocation(code) => format!("no existe la ubicación {code}"),
            ImportError::Cancelled => "la importación se canceló".to_owned(),
            ImportError::Store(_) | ImportError::Vault(_) | ImportError::Broken(_) => {
                "la importación se interrumpió".to_owned()
            }
        };
        let en = match self {
            ImportError::Read(ReadError::Io { source, .. }) => format!("{self}: {source}"),
            _ => self.to_string(),
        };
        Message { es, en }
    }
}

fn describe(wrong: &WrongHeader) -> String {
    let mut parts = Vec::new();
    for wanted in &wrong.wanted {
        parts.push(format!("no column for {} (expected one of: {})", wanted.field, wanted.names.join(", ")));
    }
    parts.extend(
        wrong.unknown_columns.iter().map(|column| format!("the mapping names a column '{column}' that is not there")),
    );
    parts.extend(wrong.unknown_fields.iter().map(|field| format!("the mapping names an unknown field '{field}'")));
    format!("{}; found in row {}: {}", parts.join("; "), wrong.row, wrong.found.join(", "))
}

fn describe_es(wrong: &WrongHeader) -> String {
    let mut parts = Vec::new();
    for wanted in &wrong.wanted {
        parts.push(format!("no hay columna para {} (se espera alguna de: {})", wanted.field, wanted.names.join(", ")));
    }
    parts.extend(
        wrong.unknown_columns.iter().map(|column| format!("el mapeo nombra una columna «{column}» que no está")),
    );
    parts.extend(wrong.unknown_fields.iter().map(|field| format!("el mapeo nombra un campo desconocido «{field}»")));
    format!("{}; en la fila {} hay: {}", parts.join("; "), wrong.row, wrong.found.join(", "))
}

/// Does an import.
pub async fn run(context: &Context, request: Request, control: Control) -> Result<Report, ImportError> {
    match request.kind {
        Kind::Products => products::run(context, request, control).await,
        Kind::Sales => sales::run(context, request, control).await,
        Kind::Stock => stock::run(context, request, control).await,
        Kind::Prices => prices::run(context, request, control).await,
        Kind::Legacy => legacy::run(context, request, control).await,
    }
}

/// How a report ends, given what its caller wanted.
fn ending(report: &Report, options: &Options) -> Ending {
    match options {
        Options { dry_run: true, .. } => Ending::DryRun,
        Options { strict: true, .. } if report.has_errors() => Ending::Refused,
        _ => Ending::Done,
    }
}

/// Runs what is slow and does not wait on a thread of its own.
async fn blocking<T, F>(work: F) -> Result<T, ImportError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ImportError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await?
}

/// What the audit log says of an import: what it was, and what came of it.
pub fn told(by: audit::Draft, came: Result<&Report, &ImportError>, dry_run: bool) -> audit::Draft {
    let by = by.detail("dry_run", dry_run);
    let report = match came {
        Ok(report) => report,
        Err(error) => return by.detail("error", error.to_string()).failed(),
    };
    let by = by.site(report.site.as_deref().unwrap_or_default()).detail("source", &report.source);
    let by = by.detail("ending", report.ending).detail("file", &report.file).detail("rows", report.rows);
    let by = by.detail("products", report.products).detail("postings", report.postings);
    if report.ending == Ending::Refused { by.failed() } else { by }
}
