//! Who may do what: the table of permissions, and the permission that each route needs.
//!
//! Invariant: this is the whole truth about roles. A route that has no row is refused to everybody; a test compares the rows with
//! the served document in both directions.

use std::{collections::HashMap, sync::LazyLock};

use axum::http::Method;
use domain::Role::{self, Accountant, Auditor, Cashier, Manager, Operator, Owner, Service, StockKeeper};

use crate::permission::permissions;

const EVERYONE: &[Role] = &Role::ALL;

permissions! {
    // Reading.
    CatalogRead "catalog.read" Read EVERYONE, "products, barcodes, packs, prices, categories";
    PlacesRead "places.read" Read EVERYONE, "sites and locations";
    StockRead "stock.read" Read EVERYONE, "what there is";
    ValuationRead "valuation.read" Read EVERYONE, "what it is worth";
    LedgerRead "ledger.read" Read EVERYONE, "postings, movements, heads and checkpoints of chains";
    CountsRead "counts.read" Read EVERYONE, "count sheets";
    TransfersRead "transfers.read" Read EVERYONE, "transfers between sites";
    ApprovalsRead "approvals.read" Read EVERYONE, "what waits for a second person, and what became of it";
    ImportsRead "imports.read" Read EVERYONE, "what became of imports";
    ExportsRead "exports.read" Read EVERYONE, "tables as files";
    JobsRead "jobs.read" Read EVERYONE, "long work";
    EventsRead "events.read" Read EVERYONE, "the stream of changes";
    StatusRead "status.read" Read EVERYONE, "figures, components, level of service";
    AuditRead "audit.read" Read &[Owner, Auditor], "the audit log, also as a file";
    DocsRead "docs.read" Read EVERYONE, "the document of the API and its page";
    CompatRead "compat.read" Read EVERYONE, "the older system's paths";

    // Moving goods.
    PostingsCreate "postings.create" Post &[Owner, Manager, StockKeeper, Cashier, Service], "make postings, of the kinds that follow";
    PostingsSell "postings.sell" Post &[Owner, Manager, Cashier, Service], "postings: `sale`, `customer_return`";
    PostingsHandle "postings.handle" Post &[Owner, Manager, StockKeeper, Service], "postings: `receipt`, `supplier_return`, `move`, `waste`, `loss`, `found`, `production`, `consumption`";
    PostingsCorrect "postings.correct" Post &[Owner, Manager], "postings: `opening`, `correction`";
    PostingsBackDate "postings.back_date" Post &[Owner, Manager], "postings into past days";
    CountsWrite "counts.write" Post &[Owner, Manager, StockKeeper, Service], "count";
    CountsApprove "counts.approve" Post &[Owner, Manager], "close counts whose differences are worth a lot";
    ApprovalsDecide "approvals.decide" Post &[Owner, Manager], "as a second person, let others' postings through or refuse them";
    TransfersWrite "transfers.write" Post &[Owner, Manager, StockKeeper, Service], "send goods to another site, and receive them";

    // Changing everything else.
    CatalogWrite "catalog.write" Change &[Owner, Manager, StockKeeper, Service], "make and change products and categories";
    PricesWrite "prices.write" Change &[Owner, Manager, Service], "set prices";
    ImportsWrite "imports.write" Change &[Owner, Manager, Service], "bring files in";
    PlacesWrite "places.write" Change &[Owner, Manager, Operator], "make sites and locations, and change what they do";
    LedgerClose "ledger.close" Change &[Owner, Manager, Accountant, Operator], "close days, sign heads";
    LedgerVerify "ledger.verify" Change &[Owner, Manager, Accountant, Operator, Auditor], "prove a chain";
    LogLevelSet "log.level" Change &[Owner, Operator], "change which log lines a server writes";
    BreakersReset "breakers.reset" Change &[Owner, Operator], "have a dependency asked again that was believed down";
    JobsCancel "jobs.cancel" Change &[Owner, Manager, Accountant, Operator, Auditor, Service], "stop long work";

    // Deciding who may do what.
    PrivacyRead "privacy.read" Admin &[Owner, Auditor], "what people asked for about their data";
    PrivacyManage "privacy.manage" Admin &[Owner], "answer what people ask about their data, report breaches";
    TokensUse "tokens.use" Admin EVERYONE, "exchange one's key for a token, and end one's own token";
    KeysRenew "keys.renew" Admin EVERYONE, "replace the secret of the key one comes with";
    KeysRead "keys.read" Admin &[Owner, Manager, Auditor, Operator], "keys of programs, without their secrets";
    KeysManage "keys.manage" Admin &[Owner, Manager, Operator], "make, replace and end keys that may do no more than oneself";
    UsersRead "users.read" Admin &[Owner, Manager, Auditor, Operator], "people's accounts";
    UsersWrite "users.write" Admin &[Owner, Manager], "make, change and close people's accounts";
}

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: anybody, known or not.
    Open,
    /// To be known, whatever one may do.
    Known,
    /// A person's session, also one whose owner has something to do first: the handler says which.
    Session,
    /// A permission.
    Needs(Permission),
    /// To be another role of ours: no person, key or token of anybody else.
    Peer,
}

/// Method, template of the path, rule.
type Row = (&'static str, &'static str, Rule);

use Permission as May;
use Rule::{Known, Needs, Open, Peer, Session};

/// The routes of the API's document.
const API: &[Row] = &[
    // How it is.
    ("GET", "/health", Open),
    ("GET", "/ready", Open),
    ("GET", "/health/deep", Needs(May::StatusRead)),
    ("GET", "/status", Needs(May::StatusRead)),
    ("GET", "/metrics", Needs(May::StatusRead)),
    // Catalogue.
    ("GET", "/api/v1/products", Needs(May::CatalogRead)),
    ("POST", "/api/v1/products", Needs(May::CatalogWrite)),
    ("GET", "/api/v1/products/search", Needs(May::CatalogRead)),
    ("GET", "/api/v1/products/lookup", Needs(May::CatalogRead)),
    ("GET", "/api/v1/products/{sku}", Needs(May::CatalogRead)),
    ("PATCH", "/api/v1/products/{sku}", Needs(May::CatalogWrite)),
    ("POST", "/api/v1/products/{sku}/deactivate", Needs(May::CatalogWrite)),
    ("GET", "/api/v1/products/{sku}/barcodes", Needs(May::CatalogRead)),
    ("POST", "/api/v1/products/{sku}/barcodes", Needs(May::CatalogWrite)),
    ("DELETE", "/api/v1/products/{sku}/barcodes/{code}", Needs(May::CatalogWrite)),
    ("GET", "/api/v1/products/{sku}/packs", Needs(May::CatalogRead)),
    ("POST", "/api/v1/products/{sku}/packs", Needs(May::CatalogWrite)),
    ("DELETE", "/api/v1/products/{sku}/packs/{name}", Needs(May::CatalogWrite)),
    ("GET", "/api/v1/products/{sku}/prices", Needs(May::CatalogRead)),
    ("POST", "/api/v1/products/{sku}/prices", Needs(May::PricesWrite)),
    ("GET", "/api/v1/products/{sku}/movements", Needs(May::LedgerRead)),
    ("GET", "/api/v1/categories", Needs(May::CatalogRead)),
    ("POST", "/api/v1/categories", Needs(May::CatalogWrite)),
    // Places.
    ("GET", "/api/v1/sites", Needs(May::PlacesRead)),
    ("POST", "/api/v1/sites", Needs(May::PlacesWrite)),
    ("GET", "/api/v1/sites/{site}", Needs(May::PlacesRead)),
    ("PATCH", "/api/v1/sites/{site}", Needs(May::PlacesWrite)),
    ("GET", "/api/v1/sites/{site}/locations", Needs(May::PlacesRead)),
    ("POST", "/api/v1/sites/{site}/locations", Needs(May::PlacesWrite)),
    ("POST", "/api/v1/sites/{site}/periods/{day}/close", Needs(May::LedgerClose)),
    // Ledger.
    ("GET", "/api/v1/postings", Needs(May::LedgerRead)),
    ("POST", "/api/v1/postings", Needs(May::PostingsCreate)),
    ("GET", "/api/v1/postings/{id}", Needs(May::LedgerRead)),
    ("GET", "/api/v1/ledger/{site}/head", Needs(May::LedgerRead)),
    ("GET", "/api/v1/ledger/{site}/checkpoints", Needs(May::LedgerRead)),
    ("POST", "/api/v1/ledger/{site}/checkpoints", Needs(May::LedgerClose)),
    ("POST", "/api/v1/ledger/{site}/verify", Needs(May::LedgerVerify)),
    // Stock.
    ("GET", "/api/v1/stock", Needs(May::StockRead)),
    ("GET", "/api/v1/stock/{sku}", Needs(May::StockRead)),
    ("GET", "/api/v1/valuation", Needs(May::ValuationRead)),
    ("GET", "/inventory/{sku}", Needs(May::CompatRead)),
    // Counts and transfers.
    ("GET", "/api/v1/counts", Needs(May::CountsRead)),
    ("POST", "/api/v1/counts", Needs(May::CountsWrite)),
    ("GET", "/api/v1/counts/{id}", Needs(May::CountsRead)),
    ("POST", "/api/v1/counts/{id}/lines", Needs(May::CountsWrite)),
    ("POST", "/api/v1/counts/{id}/close", Needs(May::CountsWrite)),
    ("GET", "/api/v1/transfers", Needs(May::TransfersRead)),
    ("POST", "/api/v1/transfers", Needs(May::TransfersWrite)),
    ("GET", "/api/v1/transfers/{id}", Needs(May::TransfersRead)),
    ("POST", "/api/v1/transfers/{id}/receive", Needs(May::TransfersWrite)),
    // A second person.
    ("GET", "/api/v1/approvals", Needs(May::ApprovalsRead)),
    ("GET", "/api/v1/approvals/{id}", Needs(May::ApprovalsRead)),
    ("POST", "/api/v1/approvals/{id}/approve", Needs(May::ApprovalsDecide)),
    ("POST", "/api/v1/approvals/{id}/reject", Needs(May::ApprovalsRead)),
    // Files.
    ("POST", "/api/v1/imports", Needs(May::ImportsWrite)),
    ("GET", "/api/v1/imports/{id}", Needs(May::ImportsRead)),
    ("GET", "/api/v1/imports/{id}/errors.csv", Needs(May::ImportsRead)),
    ("GET", "/api/v1/exports/{file}", Needs(May::ExportsRead)),
    // Keys.
    ("GET", "/api/v1/api-keys", Needs(May::KeysRead)),
    ("POST", "/api/v1/api-keys", Needs(May::KeysManage)),
    ("GET", "/api/v1/api-keys/{id}", Needs(May::KeysRead)),
    ("POST", "/api/v1/api-keys/{id}/rotate", Needs(May::KeysManage)),
    ("POST", "/api/v1/api-keys/{id}/revoke", Needs(May::KeysManage)),
    ("POST", "/api/v1/api-keys/self/renew", Needs(May::KeysRenew)),
    ("POST", "/api/v1/auth/token", Needs(May::TokensUse)),
    ("POST", "/api/v1/auth/tokens/{id}/revoke", Needs(May::TokensUse)),
    // Who did what.
    ("GET", "/api/v1/audit", Needs(May::AuditRead)),
    ("GET", "/api/v1/exports/audit.csv", Needs(May::AuditRead)),
    ("GET", "/api/v1/exports/audit.xlsx", Needs(May::AuditRead)),
    // People.
    ("POST", "/api/v1/auth/login", Open),
    ("POST", "/api/v1/auth/totp", Session),
    ("POST", "/api/v1/auth/logout", Session),
    ("GET", "/api/v1/me", Known),
    ("PATCH", "/api/v1/me", Session),
    ("POST", "/api/v1/me/password", Session),
    ("POST", "/api/v1/me/totp", Session),
    ("POST", "/api/v1/me/totp/confirm", Session),
    ("POST", "/api/v1/me/totp/remove", Session),
    ("POST", "/api/v1/me/recovery-codes", Session),
    ("GET", "/api/v1/me/sessions", Session),
    ("DELETE", "/api/v1/me/sessions", Session),
    ("DELETE", "/api/v1/me/sessions/{id}", Session),
    ("GET", "/api/v1/me/data", Session),
    ("GET", "/api/v1/me/privacy-requests", Session),
    ("POST", "/api/v1/me/privacy-requests", Session),
    ("GET", "/api/v1/privacy/requests", Needs(May::PrivacyRead)),
    ("POST", "/api/v1/privacy/requests", Needs(May::PrivacyManage)),
    ("POST", "/api/v1/privacy/requests/{id}/answer", Needs(May::PrivacyManage)),
    ("GET", "/api/v1/privacy/requests/{id}/data", Needs(May::PrivacyManage)),
    ("GET", "/api/v1/privacy/breach-report", Needs(May::PrivacyManage)),
    ("GET", "/api/v1/privacy/suppliers/{code}", Needs(May::PrivacyManage)),
    ("PUT", "/api/v1/privacy/suppliers/{code}", Needs(May::PrivacyManage)),
    ("DELETE", "/api/v1/privacy/suppliers/{code}", Needs(May::PrivacyManage)),
    ("GET", "/api/v1/users", Needs(May::UsersRead)),
    ("POST", "/api/v1/users", Needs(May::UsersWrite)),
    ("GET", "/api/v1/users/{login}", Needs(May::UsersRead)),
    ("PATCH", "/api/v1/users/{login}", Needs(May::UsersWrite)),
    ("POST", "/api/v1/users/{login}/disable", Needs(May::UsersWrite)),
    ("POST", "/api/v1/users/{login}/enable", Needs(May::UsersWrite)),
    ("POST", "/api/v1/users/{login}/reset-password", Needs(May::UsersWrite)),
    ("POST", "/api/v1/users/{login}/reset-totp", Needs(May::UsersWrite)),
    ("POST", "/api/v1/users/{login}/unlock", Needs(May::UsersWrite)),
    // What it stands on.
    ("GET", "/api/circuit-breaker/status", Needs(May::CompatRead)),
    ("GET", "/api/features/available", Needs(May::CompatRead)),
    ("GET", "/api/degradation/status", Needs(May::CompatRead)),
    ("GET", "/api/v1/log-level", Needs(May::StatusRead)),
    ("PUT", "/api/v1/log-level", Needs(May::LogLevelSet)),
    ("GET", "/api/v1/breakers", Needs(May::StatusRead)),
    ("POST", "/api/v1/breakers/{name}/reset", Needs(May::BreakersReset)),
    // Long work and changes.
    ("GET", "/api/v1/jobs", Needs(May::JobsRead)),
    ("GET", "/api/v1/jobs/{id}", Needs(May::JobsRead)),
    ("DELETE", "/api/v1/jobs/{id}", Needs(May::JobsCancel)),
    ("GET", "/api/v1/events", Needs(May::EventsRead)),
];

/// Pages and files, which the API's document does not describe. The open pages ask for themselves who is there, so that a browser
/// gets pages and not problem documents.
const PAGES: &[Row] = &[
    ("GET", "/", Open),
    ("GET", "/entrar", Open),
    ("POST", "/entrar", Open),
    ("GET", "/entrar/codigo", Open),
    ("POST", "/entrar/codigo", Open),
    ("POST", "/salir", Open),
    ("GET", "/cuenta", Open),
    ("POST", "/cuenta", Open),
    ("GET", "/cuenta/clave", Open),
    ("POST", "/cuenta/clave", Open),
    ("GET", "/cuenta/codigo", Open),
    ("POST", "/cuenta/codigo", Open),
    ("GET", "/personas", Open),
    ("GET", "/personas/nueva", Open),
    ("POST", "/personas/nueva", Open),
    ("GET", "/personas/{login}", Open),
    ("POST", "/personas/{login}", Open),
    ("GET", "/aprobaciones", Open),
    ("GET", "/aprobaciones/{id}", Open),
    ("POST", "/aprobaciones/{id}", Open),
    ("GET", "/assets/{name}", Open),
    ("GET", "/docs", Needs(May::DocsRead)),
    ("GET", "/docs/", Needs(May::DocsRead)),
    ("GET", "/docs/{*rest}", Needs(May::DocsRead)),
    ("GET", "/api/v1/openapi.json", Needs(May::DocsRead)),
];

/// What one role asks of another where they run apart; no part of the API, and no document tells of it.
const PEERS: &[Row] = &[
    ("GET", "/internal/v1/stock", Peer),
    ("POST", "/internal/v1/stock/post", Peer),
    ("POST", "/internal/v1/stock/preview", Peer),
    ("POST", "/internal/v1/approvals/decide", Peer),
];

type Methods = Vec<(Method, Rule)>;

static INDEX: LazyLock<HashMap<&'static str, Methods>> = LazyLock::new(|| {
    let mut index: HashMap<&'static str, Methods> = HashMap::new();
    for (method, path, rule) in API.iter().chain(PAGES).chain(PEERS) {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        index.entry(path).or_default().push((method, *rule));
    }
    index
});

/// The rows of the API's document, in order: method, template of the path, rule.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str, Rule)> {
    API.iter().copied()
}

/// The rows of what roles ask of each other.
pub fn peer_routes() -> impl Iterator<Item = (&'static str, &'static str, Rule)> {
    PEERS.iter().copied()
}

/// The methods of the route at that template with their rules; `None` when it has no row.
pub(crate) fn methods(path: &str) -> Option<&'static [(Method, Rule)]> {
    INDEX.get(path).map(Vec::as_slice)
}

/// What a method of the route at that template asks; `None` when it has no row. What may be read may be asked for without its body.
pub fn rule(method: &Method, path: &str) -> Option<Rule> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    methods(path)?.iter().find(|(known, _)| known == method).map(|(_, rule)| *rule)
}

/// Whether it asks nothing.
pub fn is_open(method: &Method, path: &str) -> bool {
    rule(method, path) == Some(Rule::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_there_once_and_has_a_method_we_serve() {
        let mut seen = std::collections::BTreeSet::new();
        for (method, path, _) in API.iter().chain(PAGES).chain(PEERS) {
            assert!(seen.insert((method, path)), "{method} {path} twice");
            assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method), "{method} {path}");
        }
        let rows: usize = INDEX.values().map(Vec::len).sum();
        assert_eq!(rows, API.len() + PAGES.len() + PEERS.len());
    }

    #[test]
    fn what_has_no_row_has_no_rule() {
        assert_eq!(rule(&Method::GET, "/nowhere"), None);
        assert_eq!(rule(&Method::DELETE, "/api/v1/postings"), None);
        assert_eq!(rule(&Method::HEAD, "/api/v1/postings"), Some(Needs(May::LedgerRead)));
        assert!(is_open(&Method::HEAD, "/health") && !is_open(&Method::POST, "/health"));
    }

    #[test]
    fn what_roles_ask_of_each_other_is_for_roles_alone_and_stands_apart() {
        assert!(PEERS.iter().all(|(_, path, rule)| *rule == Peer && path.starts_with("/internal/")));
        let others = API.iter().chain(PAGES);
        assert!(others.into_iter().all(|(_, path, rule)| *rule != Peer && !path.starts_with("/internal/")));
    }

    #[test]
    fn only_what_tells_nothing_is_open() {
        let open: Vec<&str> = API.iter().filter(|row| row.2 == Open).map(|row| row.1).collect();
        assert_eq!(open, ["/health", "/ready", "/api/v1/auth/login"]);
    }
}
