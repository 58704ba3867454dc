//! What a key or a person of one site is told of another, asked of a running server: every route of the table of permissions.
//!
//! Invariant: each route has its row here, so that one nobody thought about is a fault. Whatever its row says, an answer to a key of
//! another site tells nothing of the site it is not of.

use std::collections::BTreeSet;

use access::Role;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::{
    Result,
    http::{Client, Response},
};

use crate::people::{Session, login};
use crate::shop::{HANG, Shop, add_product, id, post_ok, posting};

const PASSWORD: &str = "gato azul con botas";

/// What a route says of a site to a key of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    /// It is of no site: the same as to a key of every site.
    Same,
    /// It is not there: 404.
    NotThere,
    /// The request names a site that there is none of: 422.
    Unknown,
    /// It is of every site at once, so only for a key of every site: 403.
    Whole,
    /// Less: what is of that site is left out.
    Less,
}

use Away::{Less, NotThere, Same, Unknown, Whole};

/// Method and template of the path, as in the table of permissions, and what it says.
const ROWS: &[(&str, &str, Away)] = &[
    ("GET", "/health", Same),
    ("GET", "/ready", Same),
    ("GET", "/health/deep", Same),
    ("GET", "/status", Same),
    ("GET", "/metrics", Same),
    ("GET", "/api/v1/products", Same),
    ("POST", "/api/v1/products", Same),
    ("GET", "/api/v1/products/search", Same),
    ("GET", "/api/v1/products/lookup", Same),
    ("GET", "/api/v1/products/{sku}", Same),
    ("PATCH", "/api/v1/products/{sku}", Same),
    ("POST", "/api/v1/products/{sku}/deactivate", Same),
    ("GET", "/api/v1/products/{sku}/barcodes", Same),
    ("POST", "/api/v1/products/{sku}/barcodes", Same),
    ("DELETE", "/api/v1/products/{sku}/barcodes/{code}", Same),
    ("GET", "/api/v1/products/{sku}/packs", Same),
    ("POST", "/api/v1/products/{sku}/packs", Same),
    ("DELETE", "/api/v1/products/{sku}/packs/{name}", Same),
    ("GET", "/api/v1/products/{sku}/prices", Same),
    ("POST", "/api/v1/products/{sku}/prices", Same),
    ("GET", "/api/v1/products/{sku}/movements", Less),
    ("GET", "/api/v1/categories", Same),
    ("POST", "/api/v1/categories", Same),
    ("GET", "/api/v1/sites", Less),
    ("POST", "/api/v1/sites", Whole),
    ("GET", "/api/v1/sites/{site}", NotThere),
    ("PATCH", "/api/v1/sites/{site}", NotThere),
    ("GET", "/api/v1/sites/{site}/locations", NotThere),
    ("POST", "/api/v1/sites/{site}/locations", NotThere),
    ("POST", "/api/v1/sites/{site}/periods/{day}/close", NotThere),
    ("GET", "/api/v1/postings", Less),
    ("POST", "/api/v1/postings", Unknown),
    ("GET", "/api/v1/postings/{id}", NotThere),
    ("GET", "/api/v1/ledger/{site}/head", NotThere),
    ("GET", "/api/v1/ledger/{site}/checkpoints", NotThere),
    ("POST", "/api/v1/ledger/{site}/checkpoints", NotThere),
    ("POST", "/api/v1/ledger/{site}/verify", NotThere),
    ("GET", "/api/v1/stock", Less),
    ("GET", "/api/v1/stock/{sku}", Less),
    ("GET", "/api/v1/valuation", Less),
    ("GET", "/inventory/{sku}", Same),
    ("GET", "/api/v1/counts", Less),
    ("POST", "/api/v1/counts", Unknown),
    ("GET", "/api/v1/counts/{id}", NotThere),
    ("POST", "/api/v1/counts/{id}/lines", NotThere),
    ("POST", "/api/v1/counts/{id}/close", NotThere),
    ("GET", "/api/v1/transfers", Less),
    ("POST", "/api/v1/transfers", Unknown),
    ("GET", "/api/v1/transfers/{id}", NotThere),
    ("POST", "/api/v1/transfers/{id}/receive", NotThere),
    ("GET", "/api/v1/approvals", Less),
    ("GET", "/api/v1/approvals/{id}", NotThere),
    ("POST", "/api/v1/approvals/{id}/approve", NotThere),
    ("POST", "/api/v1/approvals/{id}/reject", NotThere),
    ("POST", "/api/v1/imports", Unknown),
    ("GET", "/api/v1/imports/{id}", NotThere),
    ("GET", "/api/v1/imports/{id}/errors.csv", NotThere),
    ("GET", "/api/v1/exports/{file}", Less),
    ("GET", "/api/v1/api-keys", Less),
    ("POST", "/api/v1/api-keys", Same),
    ("GET", "/api/v1/api-keys/{id}", NotThere),
    ("POST", "/api/v1/api-keys/{id}/rotate", NotThere),
    ("POST", "/api/v1/api-keys/{id}/revoke", NotThere),
    ("POST", "/api/v1/api-keys/self/renew", Same),
    ("POST", "/api/v1/auth/token", Same),
    ("POST", "/api/v1/auth/tokens/{id}/revoke", Same),
    ("GET", "/api/v1/audit", Whole),
    ("GET", "/api/v1/exports/audit.csv", Whole),
    ("GET", "/api/v1/exports/audit.xlsx", Whole),
    ("POST", "/api/v1/auth/login", Same),
    ("POST", "/api/v1/auth/totp", Same),
    ("POST", "/api/v1/auth/logout", Same),
    ("GET", "/api/v1/me", Same),
    ("PATCH", "/api/v1/me", Same),
    ("POST", "/api/v1/me/password", Same),
    ("POST", "/api/v1/me/totp", Same),
    ("POST", "/api/v1/me/totp/confirm", Same),
    ("POST", "/api/v1/me/totp/remove", Same),
    ("POST", "/api/v1/me/recovery-codes", Same),
    ("GET", "/api/v1/me/sessions", Same),
    ("DELETE", "/api/v1/me/sessions", Same),
    ("DELETE", "/api/v1/me/sessions/{id}", Same),
    ("GET", "/api/v1/me/data", Same),
    ("GET", "/api/v1/me/privacy-requests", Same),
    ("POST", "/api/v1/me/privacy-requests", Same),
    ("GET", "/api/v1/privacy/requests", Whole),
    ("POST", "/api/v1/privacy/requests", Whole),
    ("POST", "/api/v1/privacy/requests/{id}/answer", Whole),
    ("GET", "/api/v1/privacy/requests/{id}/data", Whole),
    ("GET", "/api/v1/privacy/breach-report", Whole),
    ("GET", "/api/v1/privacy/suppliers/{code}", Whole),
    ("PUT", "/api/v1/privacy/suppliers/{code}", Whole),
    ("DELETE", "/api/v1/privacy/suppliers/{code}", Whole),
    ("GET", "/api/v1/users", Less),
    ("POST", "/api/v1/users", Same),
    ("GET", "/api/v1/users/{login}", NotThere),
    ("PATCH", "/api/v1/users/{login}", NotThere),
    ("POST", "/api/v1/users/{login}/disable", NotThere),
    ("POST", "/api/v1/users/{login}/enable", NotThere),
    ("POST", "/api/v1/users/{login}/reset-password", NotThere),
    ("POST", "/api/v1/users/{login}/reset-totp", NotThere),
    ("POST", "/api/v1/users/{login}/unlock", NotThere),
    ("GET", "/api/circuit-breaker/status", Same),
    ("GET", "/api/features/available", Same),
    ("GET", "/api/degradation/status", Same),
    ("GET", "/api/v1/log-level", Same),
    ("PUT", "/api/v1/log-level", Same),
    ("GET", "/api/v1/breakers", Same),
    ("POST", "/api/v1/breakers/{name}/reset", Same),
    ("GET", "/api/v1/jobs", Less),
    ("GET", "/api/v1/jobs/{id}", NotThere),
    ("DELETE", "/api/v1/jobs/{id}", NotThere),
    ("GET", "/api/v1/events", Same),
];

/// The identities of what is at the other site.
struct There {
    count: String,
    transfer: String,
    approval: String,
    job: String,
    import: String,
    key: String,
    request: String,
}

/// The boundary of the forms sent here.
const FORM: &str = "multipart/form-data; boundary=x";

fn import() -> String {
    let field =
        |name: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let file = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s.csv\"\r\n\r\nsku,cantidad\nA,1\n\r\n--x--\r\n";
    format!("{}{}{file}", field("kind", "stock"), field("site", "centro"))
}

/// What is at `centro`: goods, a count, a transfer to `sur`, a find that waits for a second person, a job, an import, a key, somebody who works there and a wish of theirs.
fn furnish(client: &mut Client) -> Result<There> {
    let told = |answer: Response, field: &str| -> Result<String> {
        let text = answer.json()?[field].as_str().map(str::to_owned);
        text.with_context(|| format!("{field}: {} {}", answer.status, answer.text()))
    };
    add_product(client, "A", "unit")?;
    post_ok(client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "5", "unit_cost": "10"}])))?;
    let found = posting(3, "found", &json!([{"sku": "A", "quantity": "90000"}]));
    let waits = client.post("/api/v1/postings", &found)?;
    let approval =
        waits.json()?["results"][0]["approval_id"].as_str().map(str::to_owned).with_context(|| waits.text())?;
    let count = client.post("/api/v1/counts", &json!({"site": "centro", "location": "deposito"}))?;
    let moved = json!({"from_site": "centro", "to_site": "sur", "lines": [{"sku": "A", "quantity": "1"}]});
    let transfer = client.post("/api/v1/transfers", &moved)?;
    let job = client.post("/api/v1/ledger/centro/verify", &Value::Null)?;
    let import = client.send("POST", "/api/v1/imports", &[("Content-Type", FORM)], import().as_bytes())?;
    let key = client.post("/api/v1/api-keys", &json!({"name": "caja", "role": "cashier", "sites": ["centro"]}))?;
    let key = key.json()?["api_key"]["id"].as_str().map(str::to_owned).with_context(|| key.text())?;
    let ana = json!({"login": "ana", "name": "Ana", "role": "cashier", "sites": ["centro"]});
    let made = client.post("/api/v1/users", &ana)?;
    ensure!(made.status == 201, "{} {}", made.status, made.text());
    let request = client.post("/api/v1/privacy/requests", &json!({"login": "ana", "right": "objection"}))?;
    Ok(There {
        count: told(count, "id")?,
        transfer: told(transfer, "id")?,
        approval,
        job: told(job, "id")?,
        import: told(import, "id")?,
        key,
        request: told(request, "id")?,
    })
}

impl There {
    /// An address of the route, of what is at the other site where that can be said.
    fn address(&self, method: &str, path: &str) -> String {
        let one = id(1);
        let of = [
            ("/api/v1/postings/", one.as_str()),
            ("/api/v1/counts/", &self.count),
            ("/api/v1/transfers/", &self.transfer),
            ("/api/v1/approvals/", &self.approval),
            ("/api/v1/imports/", &self.import),
            ("/api/v1/api-keys/", &self.key),
            ("/api/v1/jobs/", &self.job),
            ("/api/v1/privacy/requests/", &self.request),
        ];
        let one = of.iter().find(|(beginning, _)| path.starts_with(beginning)).map_or(&*one, |(_, id)| *id);
        let filled = path.replace("{id}", one).replace("{site}", "centro").replace("{sku}", "A");
        let filled = filled.replace("{login}", "ana").replace("{day}", "2026-01-01").replace("{file}", "stock.csv");
        let filled = filled.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
        let filled = filled.collect::<Vec<_>>().join("/");
        match (method, path) {
            // A stream would not end.
            (_, "/api/v1/events") => format!("{filled}?topics=nothing"),
            (_, "/api/v1/products/search") => format!("{filled}?q=producto"),
            (_, "/api/v1/privacy/breach-report") => {
                format!("{filled}?from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z")
            }
            _ => filled,
        }
    }

    fn ask(&self, client: &mut Client, method: &str, path: &str) -> Result<Response> {
        let at_centro = json!({"site": "centro", "location": "deposito"});
        let body = match (method, path) {
            ("POST", "/api/v1/postings") => {
                posting(2, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "1"}]))
            }
            ("POST", "/api/v1/counts") => at_centro,
            ("POST", "/api/v1/transfers") => {
                json!({"from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": "1"}]})
            }
            ("POST", "/api/v1/sites") => {
                json!({"code": "otra", "name": "Otra", "timezone": "America/Argentina/Buenos_Aires"})
            }
            ("POST", "/api/v1/sites/{site}/locations") => json!({"code": "x", "name": "x"}),
            ("POST", "/api/v1/counts/{id}/lines") => json!({"lines": [{"sku": "A", "counted": "5"}]}),
            ("POST", "/api/v1/approvals/{id}/reject") => json!({"reason": "no"}),
            ("POST", "/api/v1/privacy/requests") => json!({"login": "ana", "right": "objection"}),
            ("POST", "/api/v1/privacy/requests/{id}/answer") => json!({"done": true, "answer": "hecho"}),
            ("POST", "/api/v1/imports") => {
                let form = [("Content-Type", FORM)];
                return client.send(method, path, &form, import().as_bytes());
            }
            ("PATCH" | "PUT", _) | ("POST", "/api/v1/transfers/{id}/receive") => json!({}),
            _ => Value::Null,
        };
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("If-Match", "*"), ("Content-Type", "application/json")];
        client.send(method, &self.address(method, path), &headers, text.as_bytes())
    }
}

/// Fails unless a key of another site was told what the row says, and a key of every site something else where that says so.
fn judge(away: Away, other: &Response, every: &Response) -> Result<()> {
    let (status, whole) = (other.status, every.status);
    let good = match away {
        Same => status == whole && status < 500 && status != 401,
        NotThere => status == 404 && whole != 404,
        Unknown => status == 422 && other.text().contains("unknown_site") && whole != 422,
        Whole => status == 403 && other.problem_code() == "forbidden" && whole != 403,
        Less => status == 200 && whole == 200 && other.text() != every.text(),
    };
    ensure!(good, "{status} and {whole}: {} and {}", other.text(), every.text());
    Ok(())
}

fn three_sites() -> Result<Shop> {
    let shop = Shop::on_sqlite()?;
    shop.installation.ok(&["key", "init"])?;
    for site in ["norte", "sur"] {
        shop.installation.ok(&["site", "create", site])?;
    }
    Ok(shop)
}

#[test]
fn a_key_of_one_site_is_told_nothing_of_another_by_any_route() -> Result<()> {
    let shop = three_sites()?;
    let rows: BTreeSet<_> = ROWS.iter().map(|(method, path, _)| (*method, *path)).collect();
    let table: BTreeSet<_> = access::routes().map(|(method, path, _)| (method, path)).collect();
    ensure!(rows == table, "without a row: {:?}; none of ours: {:?}", &table - &rows, &rows - &table);
    ensure!(rows.len() == ROWS.len(), "a row twice");
    let server = shop.serve()?;
    let there = furnish(&mut server.client(&shop.key).patience(HANG))?;
    let limited = ["key", "create", "--name", "de-norte", "--role", Role::Owner.name(), "--site", "norte"];
    let limited = shop.installation.run(&limited)?.last_line().to_owned();
    walk(&there, || Ok([&limited, &shop.key].map(|key| server.client(key).patience(HANG))))?;
    shop.verify().map(drop)
}

#[test]
fn a_person_of_one_site_is_told_nothing_of_another_by_any_route() -> Result<()> {
    let shop = three_sites()?;
    let server = shop.serve()?;
    let there = furnish(&mut server.client(&shop.key).patience(HANG))?;
    for (name, sites) in [("nora", &["--site", "norte"][..]), ("todos", &[])] {
        let create = [&["user", "create", name, "--role", Role::Owner.name()], sites].concat();
        let first = shop.installation.run(&create)?.last_line().to_owned();
        let session = Session::of(&login(&server, name, &first)?)?;
        let chosen = session.send(&server, "POST", "/api/v1/me/password", &json!({"new_password": PASSWORD}))?;
        ensure!(chosen.status == 200, "{}", chosen.text());
    }
    let enter = |name| {
        let Session { cookie, mark, .. } = Session::of(&login(&server, name, PASSWORD)?)?;
        let client = Client::new(server.address()).with_header("Cookie", &cookie);
        anyhow::Ok(client.with_header("X-CSRF-Token", &mark).patience(HANG))
    };
    walk(&there, || Ok([enter("nora")?, enter("todos")?]))?;
    shop.verify().map(drop)
}

/// Asks every route, of whoever is of another site and of whoever is of every site. Whoever ends their session comes in again.
fn walk(there: &There, enter: impl Fn() -> Result<[Client; 2]>) -> Result<()> {
    let [mut other, mut every] = enter()?;
    let mut faults = Vec::new();
    for (method, path, away) in ROWS {
        let (told, whole) = (there.ask(&mut other, method, path)?, there.ask(&mut every, method, path)?);
        if let Err(fault) = judge(*away, &told, &whole) {
            faults.push(format!("{method} {path} {away:?}: {fault}"));
        }
        // A refusal may say the address back.
        if told.status < 300 && told.text().contains("centro") {
            faults.push(format!("{method} {path} tells of the site: {}", told.text()));
        }
        if matches!((*method, *path), ("POST", "/api/v1/auth/logout") | ("DELETE", "/api/v1/me/sessions")) {
            [other, every] = enter()?;
        }
    }
    for table in ["stock", "valuation", "movements", "postings", "counts", "transfers"] {
        let path = format!("/api/v1/exports/{table}.csv");
        let (told, whole) = (other.get(&path)?, every.get(&path)?);
        // What came to its own site from the other one names it.
        let what = if table == "transfers" { &*there.transfer } else { "centro" };
        if judge(Less, &told, &whole).is_err() || told.text().contains(what) || !whole.text().contains(what) {
            faults.push(format!("{path} tells of the site: {}", told.text()));
        }
    }
    // What is the whole house's is given to whoever sees all of it.
    for table in ["suppliers", "orders"] {
        let path = format!("/api/v1/exports/{table}.csv");
        let (told, whole) = (other.get(&path)?.status, every.get(&path)?.status);
        if (told, whole) != (403, 200) {
            faults.push(format!("{path}: {told}, and {whole} to whoever sees every site"));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}
