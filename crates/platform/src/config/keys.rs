//! The settings by name.
//!
//! Invariant: one name everywhere: `listen` in the file, `GONDOLA_LISTEN` in the environment, `--listen` as a flag.

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// Text that says what it accepts.
    pub accepts: &'static str,
}

const fn key(name: &'static str, accepts: &'static str) -> Key {
    Key { name, accepts }
}

/// Every setting, in the order they are printed.
pub const KEYS: [Key; 20] = [
    key("data_dir", "accepts-path"),
    key("database_url", "accepts-database-url"),
    key("database_pool_size", "accepts-pool-size"),
    key("database_connect_timeout_s", "accepts-connect-timeout"),
    key("listen", "accepts-listen"),
    key("allowed_hosts", "accepts-hosts"),
    key("log_level", "accepts-log-level"),
    key("log_format", "accepts-log-format"),
    key("language", "accepts-language"),
    key("timezone", "accepts-timezone"),
    key("currency", "accepts-currency"),
    key("scale_labels", "accepts-scale-labels"),
    key("body_limit_bytes", "accepts-body-limit"),
    key("bulk_body_limit_bytes", "accepts-bulk-body-limit"),
    key("request_timeout_s", "accepts-request-timeout"),
    key("stop_notice_s", "accepts-drain-timeout"),
    key("drain_timeout_s", "accepts-drain-timeout"),
    key("max_in_flight", "accepts-in-flight"),
    key("writer_queue_postings", "accepts-writer-queue"),
    key("writer_batch_movements", "accepts-writer-batch"),
];

/// The setting of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The variable of a setting.
pub fn variable_name(key: &str) -> String {
    format!("GONDOLA_{}", key.to_ascii_uppercase())
}

/// The flag of a setting.
pub fn flag_name(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}
