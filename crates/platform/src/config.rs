//! Settings: a file, then `GONDOLA_…` variables (also those of a `.env`), then flags; the later wins.
//!
//! Invariant: either every setting is valid or none is used, and every mistake is told at once with where it came from and what
//! is accepted there. A secret is never printed.

mod address;
mod backup;
mod cache;
mod consent;
mod door;
mod elsewhere;
mod env_file;
mod inputs;
mod keys;
mod mistake;
mod model;
mod objects;
mod origins;
mod print;
mod read;
mod resilience;
mod roles;
mod sources;
mod telemetry;
mod volumes;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{Zone, hours::Hours, scale::ScaleProfile};

pub use address::DatabaseUrl;
pub use backup::Backups;
pub use cache::CacheUrl;
pub use consent::Consent;
pub use door::Door;
pub use env_file::EnvFile;
pub use inputs::Inputs;
pub use keys::{Form, KEYS, Key, flag_name, variable_name};
pub use mistake::{Mistake, Mistakes};
pub use model::{Model, ModelPlace};
pub use objects::ObjectStore;
pub use origins::Origins;
pub use read::Hosts;
pub(crate) use read::{host_name, log_level};
pub use resilience::Resilience;
pub use roles::{KnownRole, LEAST_PATIENCE_S, Roles};
pub use sources::Origin;
pub use telemetry::Telemetry;
pub use volumes::{Demand, Stored, Volumes};

use crate::{
    http::body::{BULK_LIMIT_BYTES, DEFAULT_LIMIT_BYTES},
    rotation::Policy,
    secret::Secret,
    texts::Locale,
    vault::{self, MasterKey},
};
use sources::Sources;

const DAY: Duration = Duration::from_secs(86_400);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            LogFormat::Auto => "auto",
            LogFormat::Human => "human",
            LogFormat::Json => "json",
        }
    }
}

/// How strict the installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A shop.
    Production,
    /// Somebody having a look, on this machine.
    Trial,
}

impl Mode {
    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Production => "production",
            Mode::Trial => "trial",
        }
    }
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How strict the installation is.
    pub mode: Mode,
    /// Folder of the database file, exports and everything else we write.
    pub data_dir: PathBuf,
    /// Where the records are.
    pub database_url: DatabaseUrl,
    /// Where the records are, for a user who may change tables: `gondola migrate` uses it, a server does not need it.
    pub database_admin_url: Option<DatabaseUrl>,
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub database_pool_size: u32,
    /// Time to wait for the database server, or for a free connection to it.
    pub database_connect_timeout: Duration,
    /// From when on a statement is told of in the log; zero for never.
    pub slow_statement: Duration,
    /// The master key of encrypted values.
    pub encryption: vault::Source,
    /// Where several nodes keep what they share.
    pub cache_url: Option<CacheUrl>,
    /// The one key of the older system's dashboard, for its paths.
    pub dashboard_api_key: Option<Secret>,
    /// What signs the tokens of the older system's agents; during a change, the new one and the one before.
    pub older_token_secrets: Vec<Secret>,
    /// What is done about keys whose time has come.
    pub key_rotation: Policy,
    /// Age at which that is.
    pub key_rotation_after: Duration,
    /// How long both the old and the new master key will do.
    pub key_overlap: Duration,
    /// Which roles a node runs, and how it asks the others.
    pub roles: Roles,
    /// Address we answer on.
    pub listen: SocketAddr,
    /// Names clients may call us by.
    pub allowed_hosts: Hosts,
    /// Who may come how often, and whose word is taken on who comes.
    pub door: Door,
    /// Which log lines are written (the directives of tracing-subscriber's `EnvFilter`).
    pub log_level: String,
    /// How they look.
    pub log_format: LogFormat,
    /// Where they go, and where traces do.
    pub telemetry: Telemetry,
    /// Language of whoever does not ask for one.
    pub language: Locale,
    /// Zone of sites that name none.
    pub timezone: Zone,
    /// Currency of the books, three letters (ISO 4217).
    pub currency: String,
    /// What the labels of the shop's scales look like.
    pub scale_labels: ScaleProfile,
    /// Bytes a request's body may have.
    pub body_limit_bytes: usize,
    /// Bytes a bulk request's body may have.
    pub bulk_body_limit_bytes: usize,
    /// Time a request may take.
    pub request_timeout: Duration,
    /// Time we go on answering after we are told to stop, so that balancers can look elsewhere.
    pub stop_notice: Duration,
    /// Time running requests get to end after that.
    pub drain_timeout: Duration,
    /// Requests answered at once; more are told to come back.
    pub max_in_flight: usize,
    /// How long a request waits for its turn while more come than are answered, in a queue that stands.
    pub turn_wait: Duration,
    /// Postings that may wait for the ledger writer.
    pub writer_queue_postings: usize,
    /// Movements written in one transaction.
    pub writer_batch_movements: usize,
    /// How outages are met.
    pub resilience: Resilience,
    /// The language model that may be asked.
    pub model: Model,
    /// How backups are made.
    pub backups: Backups,
    /// Where they are delivered to.
    pub objects: ObjectStore,
    /// What is asked of the disks that everything is kept on.
    pub volumes: Volumes,
    /// What takes a second person.
    pub consent: Consent,
    /// Days that events of the audit log are kept.
    pub audit_keep_days: i64,
    /// Days after which an account that was closed is erased.
    pub closed_account_keep_days: i64,
    /// Hours at which nobody is expected to enter.
    pub audit_quiet_hours: Hours,
    origins: BTreeMap<&'static str, Origin>,
}

impl Settings {
    /// Reads every source. All mistakes at once.
    pub fn load(inputs: &Inputs) -> Result<Settings, Mistakes> {
        let mut sources = Sources::gather(inputs);
        let settings = Settings::from_sources(&mut sources, inputs);
        sources.into_result(settings)
    }

    /// The language to tell mistakes in: the one set, as far as it can be read.
    pub fn language_of(inputs: &Inputs) -> Locale {
        Sources::gather(inputs).get("language", read::language).unwrap_or(Locale::Es)
    }

    fn from_sources(s: &mut Sources, inputs: &Inputs) -> Settings {
        let data_dir = s.get("data_dir", read::path).unwrap_or_else(|| inputs.default_data_dir());
        let database_url =
            s.get("database_url", DatabaseUrl::parse).unwrap_or_else(|| DatabaseUrl::in_folder(&data_dir));
        let roles = Roles::from_sources(s, inputs.roles);
        let listen = s.get("listen", read::listen).unwrap_or_else(|| roles.usual_address(inputs.roles));
        let mode = s.get("mode", read::mode).unwrap_or(Mode::Production);
        Settings {
            mode,
            backups: Backups::from_sources(s, &data_dir),
            objects: ObjectStore::from_sources(s, &roles.networks),
            database_url,
            database_admin_url: s.get("database_admin_url", DatabaseUrl::parse),
            database_pool_size: s.get("database_pool_size", read::count(1..=1000)).unwrap_or(20),
            slow_statement: s
                .get("slow_statement_ms", read::milliseconds(0..=60_000))
                .unwrap_or(Duration::from_millis(500)),
            database_connect_timeout: s
                .get("database_connect_timeout_s", read::seconds(1..=60))
                .unwrap_or(Duration::from_secs(3)),
            cache_url: s.get("cache_url", CacheUrl::optional).flatten(),
            allowed_hosts: s.get("allowed_hosts", Hosts::parse).unwrap_or_else(|| Hosts::default_for(listen)),
            encryption: Settings::encryption(s, &data_dir),
            key_rotation: s.get("key_rotation", read::key_rotation).unwrap_or(Policy::Remind),
            key_rotation_after: s.get("key_rotation_days", read::days(1..=3650)).unwrap_or(DAY * 90),
            key_overlap: s.get("key_overlap_days", read::days(1..=365)).unwrap_or(DAY * 7),
            data_dir,
            dashboard_api_key: s.get("dashboard_api_key", read::older_key),
            older_token_secrets: s.get("older_token_secret", read::older_token_secrets).unwrap_or_default(),
            roles,
            listen,
            door: Door::from_sources(s),
            log_level: s.get("log_level", read::log_level).unwrap_or_else(|| "info".to_owned()),
            log_format: s.get("log_format", read::log_format).unwrap_or(LogFormat::Auto),
            telemetry: Telemetry::from_sources(s),
            language: s.get("language", read::language).unwrap_or(Locale::Es),
            timezone: s.get("timezone", read::zone).unwrap_or_else(read::default_zone),
            currency: s.get("currency", read::currency).unwrap_or_else(|| "ARS".to_owned()),
            scale_labels: s.get("scale_labels", read::scale_labels).unwrap_or_else(ScaleProfile::usual),
            body_limit_bytes: s.get("body_limit_bytes", read::count(1024..=104_857_600)).unwrap_or(DEFAULT_LIMIT_BYTES),
            bulk_body_limit_bytes: s
                .get("bulk_body_limit_bytes", read::count(1024..=1_073_741_824))
                .unwrap_or(BULK_LIMIT_BYTES),
            request_timeout: s.get("request_timeout_s", read::seconds(1..=3600)).unwrap_or(Duration::from_secs(30)),
            stop_notice: s.get("stop_notice_s", read::seconds(0..=600)).unwrap_or(Duration::ZERO),
            drain_timeout: s.get("drain_timeout_s", read::seconds(0..=600)).unwrap_or(Duration::from_secs(25)),
            max_in_flight: s.get("max_in_flight", read::count(1..=100_000)).unwrap_or(1024),
            turn_wait: s.get("turn_wait_ms", read::milliseconds(1..=1000)).unwrap_or(Duration::from_millis(5)),
            writer_queue_postings: s.get("writer_queue_postings", read::count(1..=1_000_000)).unwrap_or(8192),
            writer_batch_movements: s.get("writer_batch_movements", read::count(1..=100_000)).unwrap_or(2000),
            resilience: Resilience::from_sources(s),
            model: Model::from_sources(s),
            volumes: Volumes::from_sources(s),
            consent: Consent::from_sources(s),
            audit_keep_days: s.get("audit_keep_days", read::count(90..=3650)).unwrap_or(730),
            closed_account_keep_days: s.get("closed_account_keep_days", read::count(1..=3650)).unwrap_or(730),
            audit_quiet_hours: s.get("audit_quiet_hours", read::hours).unwrap_or(Hours::NIGHT),
            origins: s.origins(),
        }
    }

    /// The master key as a key or as a passphrase, else the one in its usual file.
    fn encryption(s: &mut Sources, data_dir: &Path) -> vault::Source {
        let (key, passphrase) = ("database_encryption_key", "database_encryption_passphrase");
        if !s.has(key) && !s.has(passphrase) {
            s.add_usual_file(key, &vault::Source::usual_file(data_dir));
        }
        let given = s.get(key, MasterKey::parse).map(vault::Source::Key);
        let derived = s.get(passphrase, vault::Source::passphrase);
        s.refuse_both(key, passphrase);
        given.or(derived).unwrap_or_default()
    }

    /// Where a setting's value comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// The files that any of these were read from.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        let file = |origin: &Origin| match origin {
            Origin::File(path) | Origin::SecretFile(path) => Some(path.clone()),
            Origin::Default | Origin::Variable(_) | Origin::Flag(_) => None,
        };
        self.origins.values().filter_map(file).collect()
    }
}

#[cfg(test)]
mod tests;
