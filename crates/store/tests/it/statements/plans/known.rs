//! What may be read whole, and why.
//!
//! Invariant: every table of the schema that is not called small here counts as one that grows with use.

/// Tables whose length does not follow how much is sold: places, people, keys, suppliers, one row each.
pub const SMALL: &[&str] = &[
    "_sqlx_migrations",
    "api_key",
    "api_key_rotation",
    "audit_head",
    "category",
    "chain",
    "import_profile",
    "location",
    "person",
    "person_factor",
    "person_password",
    "person_site",
    "posting_kind",
    "privacy_request",
    "sequence",
    "site",
    "supplier",
    "supplier_in_clear",
    "token_key",
    "turn",
    "vault_key",
    "vault_master",
    "vault_wrapping",
];

/// Indexes of what waits for something to be done: short, however long the table is.
pub const WAITING: &[&str] = &[
    "approval_due",
    "approval_waiting",
    "count_sheet_waiting",
    "job_open",
    "transfer_receipt_waiting",
    "transfer_sending",
];

/// A statement that reads a table whole, and why it may.
#[derive(Debug)]
pub struct Whole {
    pub table: &'static str,
    /// What it says, by which it is known.
    pub says: &'static str,
    #[expect(dead_code, reason = "for who reads it, here or where it failed")]
    pub why: &'static str,
}

const fn whole(table: &'static str, says: &'static str, why: &'static str) -> Whole {
    Whole { table, says, why }
}

/// On both databases.
pub const WHOLE: &[Whole] = &[
    whole("audit_anchor", "FROM audit_anchor ORDER BY seq, kind", "verification holds every signature against the log"),
    whole(
        "audit_event",
        "SELECT seq, happened_at FROM audit_event ORDER BY seq LIMIT 1",
        "the first one, in order of the key",
    ),
    whole("product", "SELECT id, sku FROM product", "verification names every product"),
    whole("product", "(SELECT COUNT(*) FROM product p WHERE p.active = 1)", STANDING),
    whole("valuation", "(SELECT DISTINCT v.product FROM valuation v) moved", STANDING),
    whole("valuation", "worst_of_each GROUP BY worst", STANDING),
    whole("valuation", "FROM valuation GROUP BY site ORDER BY site", STANDING),
    whole("valuation", "HAVING MIN(CASE WHEN v.quantity", "the products at a level, for a page of those alone"),
    whole("valuation", "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM valuation", "a total is of all"),
    whole("job", "FROM job WHERE (site IS NULL OR", "the newest first, until the page is full"),
    whole(
        "approval",
        "WHERE a.asked_by = $1 OR a.decided_by = $1",
        "what is kept of a person, when they ask: the newest first",
    ),
    whole(
        "person_session",
        "DELETE FROM person_session WHERE created_at",
        "retention, now and then, of what it keeps short",
    ),
    whole(
        "posting",
        "ON g.corrects = r.posting AND g.kind = $1 WHERE NOT EXISTS",
        "every correction, once at the start of the program",
    ),
];

const STANDING: &str = "how the whole stock stands: a sum of all products";

/// On PostgreSQL only.
pub const ONLY_POSTGRES: &[Whole] = &[
    whole("product", "worst_of_each GROUP BY worst", STANDING),
    whole(
        "product",
        "HAVING MIN(CASE WHEN v.quantity",
        "the same page: which of both tables it begins with depends on their lengths",
    ),
];
