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

/// Every setting, in the order they are printed.
pub const KEYS: [Key; 20] = [
    text("data_dir", "accepts-path"),
    text("database_url", "accepts-database-url"),
    number("database_pool_size", "accepts-pool-size"),
    number("database_connect_timeout_s", "accepts-connect-timeout"),
    text("listen", "accepts-listen"),
    list("allowed_hosts", "accepts-hosts"),
    text("log_level", "accepts-log-level"),
    text("log_format", "accepts-log-format"),
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
    number("writer_queue_postings", "accepts-writer-queue"),
    number("writer_batch_movements", "accepts-writer-batch"),
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
