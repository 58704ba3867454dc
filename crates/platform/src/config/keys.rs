//! The settings by name.
//!
//! Invariant: one name everywhere: `listen` in the file, `GONDOLA_LISTEN` in the environment, `--listen` as a flag.

/// How a setting's value is written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A list of texts, or one text parted by commas.
    List,
    /// A text nobody gets to see. It may also come from a file (`NAME_file`) or from a command (`NAME_command`).
    Secret,
    /// True or false.
    Switch,
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// Text that says what it accepts.
    pub accepts: &'static str,
    /// How the file writes it.
    pub form: Form,
}

const fn text(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts, form: Form::Text }
}

const fn number(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts, form: Form::Number }
}

const fn list(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts, form: Form::List }
}

const fn switch(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts, form: Form::Switch }
}

const fn secret(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts, form: Form::Secret }
}

/// Variables of the older system that go on working, and the setting each is.
pub(super) const OLDER_VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_ENCRYPTION_KEY", "database_encryption_key"),
    ("DASHBOARD_API_KEY", "dashboard_api_key"),
    ("DASHBOARD_RATELIMIT_ENABLED", "ratelimit_enabled"),
    ("DASHBOARD_RATELIMIT_MAX", "ratelimit_max"),
    ("DASHBOARD_RATELIMIT_WINDOW", "ratelimit_window_s"),
];

/// Every setting, in the order they are printed.
pub const KEYS: &[Key] = &[
    text("mode", "accepts-mode"),
    text("data_dir", "accepts-path"),
    text("database_url", "accepts-database-url"),
    number("database_pool_size", "accepts-pool-size"),
    number("database_connect_timeout_s", "accepts-connect-timeout"),
    number("slow_statement_ms", "accepts-slow-statement"),
    secret("database_admin_url", "accepts-database-url"),
    secret("database_encryption_key", "accepts-encryption-key"),
    secret("database_encryption_passphrase", "accepts-passphrase"),
    text("cache_url", "accepts-cache-url"),
    secret("dashboard_api_key", "accepts-older-key"),
    secret("older_token_secret", "accepts-older-token-secret"),
    text("key_rotation", "accepts-key-rotation"),
    number("key_rotation_days", "accepts-rotation-days"),
    number("key_overlap_days", "accepts-overlap-days"),
    list("roles", "accepts-roles"),
    list("peers", "accepts-peers"),
    text("peer_ca", "accepts-optional-file"),
    text("peer_certificate", "accepts-optional-file"),
    text("peer_key", "accepts-optional-file"),
    list("peer_certificates", "accepts-subjects"),
    number("peer_timeout_s", "accepts-peer-timeout"),
    list("outgoing_networks", "accepts-networks"),
    text("listen", "accepts-listen"),
    list("allowed_hosts", "accepts-hosts"),
    text("tls_certificate", "accepts-optional-file"),
    text("tls_key", "accepts-optional-file"),
    text("tls_client_ca", "accepts-optional-file"),
    text("tls_client_auth", "accepts-client-auth"),
    switch("tls_renew", "accepts-switch"),
    text("redirect_listen", "accepts-listen"),
    number("redirect_port", "accepts-port"),
    text("metrics_listen", "accepts-listen"),
    number("max_connections", "accepts-connections"),
    number("max_connections_per_address", "accepts-connections"),
    number("header_timeout_s", "accepts-header-timeout"),
    list("cors_origins", "accepts-origins"),
    switch("ratelimit_enabled", "accepts-switch"),
    number("ratelimit_max", "accepts-ratelimit-max"),
    number("ratelimit_window_s", "accepts-ratelimit-window"),
    number("ban_after", "accepts-ban-after"),
    number("ban_window_s", "accepts-ban-window"),
    number("ban_first_s", "accepts-ban-length"),
    number("ban_longest_s", "accepts-ban-length"),
    list("ban_exempt", "accepts-networks"),
    list("trusted_proxies", "accepts-networks"),
    text("proxy_header", "accepts-proxy-header"),
    text("log_level", "accepts-log-level"),
    text("log_format", "accepts-log-format"),
    text("log_dir", "accepts-optional-folder"),
    number("log_keep_days", "accepts-account-keep-days"),
    text("trace_endpoint", "accepts-collector"),
    text("trace_ca", "accepts-optional-file"),
    number("trace_percent", "accepts-percent"),
    text("metrics_endpoint", "accepts-collector"),
    number("metrics_every_s", "accepts-breaker-open"),
    text("language", "accepts-language"),
    text("timezone", "accepts-timezone"),
    text("currency", "accepts-currency"),
    list("scale_labels", "accepts-scale-labels"),
    number("body_limit_bytes", "accepts-body-limit"),
    number("bulk_body_limit_bytes", "accepts-bulk-body-limit"),
    number("request_timeout_s", "accepts-request-timeout"),
    number("stop_notice_s", "accepts-drain-timeout"),
    number("drain_timeout_s", "accepts-drain-timeout"),
    number("max_in_flight", "accepts-in-flight"),
    number("turn_wait_ms", "accepts-turn-wait"),
    number("writer_queue_postings", "accepts-writer-queue"),
    number("writer_batch_movements", "accepts-writer-batch"),
    number("breaker_database_failures", "accepts-breaker-failures"),
    number("breaker_database_open_s", "accepts-breaker-open"),
    number("breaker_cache_failures", "accepts-breaker-failures"),
    number("breaker_cache_open_s", "accepts-breaker-open"),
    number("breaker_role_failures", "accepts-breaker-failures"),
    number("breaker_role_open_s", "accepts-breaker-open"),
    number("breaker_objects_failures", "accepts-breaker-failures"),
    number("breaker_objects_open_s", "accepts-breaker-open"),
    number("breaker_model_failures", "accepts-breaker-failures"),
    number("breaker_model_open_s", "accepts-breaker-open"),
    number("journal_max_bytes", "accepts-journal-bytes"),
    text("model_url", "accepts-model-url"),
    text("model_name", "accepts-model-name"),
    secret("model_key", "accepts-model-key"),
    text("model_ca", "accepts-path"),
    number("model_timeout_s", "accepts-model-timeout"),
    number("model_answer_tokens", "accepts-model-answer-tokens"),
    number("model_request_tokens", "accepts-model-request-tokens"),
    number("model_day_tokens", "accepts-model-day-tokens"),
    text("model_question_price", "accepts-model-price"),
    text("model_answer_price", "accepts-model-price"),
    text("model_request_cost", "accepts-model-cost"),
    text("model_day_cost", "accepts-model-cost"),
    text("backup_folder", "accepts-path"),
    list("backup_recipient", "accepts-backup-recipient"),
    secret("backup_passphrase", "accepts-passphrase"),
    secret("backup_identity", "accepts-backup-identity"),
    number("backup_every_minutes", "accepts-backup-minutes"),
    number("backup_keep_hourly", "accepts-backup-hourly"),
    number("backup_keep_daily", "accepts-backup-daily"),
    number("backup_drill_days", "accepts-drill-days"),
    text("object_store_url", "accepts-object-store"),
    secret("object_store_key_id", "accepts-object-key"),
    secret("object_store_secret", "accepts-object-key"),
    text("object_store_ca", "accepts-optional-file"),
    number("object_store_timeout_s", "accepts-object-timeout"),
    text("encrypted_volume", "accepts-encrypted-volume"),
    list("attested_volumes", "accepts-attested-volumes"),
    number("approval_above", "accepts-approval-above"),
    number("approval_back_days", "accepts-approval-back-days"),
    number("approval_wait_days", "accepts-approval-wait-days"),
    number("audit_keep_days", "accepts-audit-keep-days"),
    number("closed_account_keep_days", "accepts-account-keep-days"),
    text("audit_quiet_hours", "accepts-quiet-hours"),
];

/// A place a secret may come from instead of standing in the settings itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    File,
    Command,
}

/// The secret that `NAME_file` or `NAME_command` says where to find.
pub(super) fn find_elsewhere(name: &str) -> Option<(&'static Key, Elsewhere)> {
    let file = name.strip_suffix("_file").map(|name| (name, Elsewhere::File));
    let (name, place) = file.or_else(|| Some((name.strip_suffix("_command")?, Elsewhere::Command)))?;
    find(name).filter(|key| is_secret(key.name)).map(|key| (key, place))
}

/// The name of a secret's setting that says where it is.
pub(super) fn elsewhere_name(key: &str, place: Option<Elsewhere>) -> String {
    match place {
        None => key.to_owned(),
        Some(Elsewhere::File) => format!("{key}_file"),
        Some(Elsewhere::Command) => format!("{key}_command"),
    }
}

/// The setting of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether a value of it must not be shown: a secret, an address with a password in it, or a command that may name one.
pub(super) fn is_secret(name: &str) -> bool {
    matches!(name, "database_url" | "cache_url")
        || name.ends_with("_command")
        || find(name).is_some_and(|key| key.form == Form::Secret)
}

/// The variable of a setting.
pub fn variable_name(key: &str) -> String {
    format!("GONDOLA_{}", key.to_ascii_uppercase())
}

/// The flag of a setting.
pub fn flag_name(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}
