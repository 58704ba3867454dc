//! What a person's session opens: every route of the table and every page, for every role, and for whoever has a session no more.
//!
//! Invariant: what is expected of a route comes from the table of permissions, of a page from its row here; a page without a row is a fault.

use std::collections::BTreeSet;

use access::{Permission, Role, Rule, people::PERSONS};
use anyhow::{Context, ensure};
use testkit::{
    Result,
    binary::Running,
    http::{Client, Response},
    older,
    process::wait_until,
};

use crate::{
    people::{Session, add_person, login},
    permissions::{Route, address, lets_in, table},
    shop::{HANG, Shop, add_product},
};

const PASSWORD: &str = "gato azul con botas";
const LOGIN_PAGE: &str = "/entrar";

/// Whom a page is shown to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Everybody,
    Person,
    May(Permission),
}

use Page::{Everybody, May, Person};

/// Method, address and whom it is shown to. The page of the API is behind its own permission, as it is served beside them.
const PAGES: &[(&str, &str, Page)] = &[
    ("GET", "/", May(Permission::StockRead)),
    ("GET", "/entrar", Everybody),
    ("POST", "/entrar", Everybody),
    ("GET", "/entrar/codigo", Everybody),
    ("POST", "/entrar/codigo", Everybody),
    ("POST", "/salir", Everybody),
    ("GET", "/cuenta", Person),
    ("POST", "/cuenta", Person),
    ("GET", "/cuenta/clave", Person),
    ("POST", "/cuenta/clave", Person),
    ("GET", "/cuenta/codigo", Person),
    ("POST", "/cuenta/codigo", Person),
    ("GET", "/personas", May(Permission::UsersRead)),
    ("GET", "/personas/nueva", May(Permission::UsersWrite)),
    ("POST", "/personas/nueva", May(Permission::UsersWrite)),
    ("GET", "/personas/{login}", May(Permission::UsersRead)),
    ("POST", "/personas/{login}", May(Permission::UsersWrite)),
    ("GET", "/aprobaciones", May(Permission::ApprovalsRead)),
    ("GET", "/aprobaciones/{id}", May(Permission::ApprovalsRead)),
    ("POST", "/aprobaciones/{id}", May(Permission::ApprovalsRead)),
    ("GET", "/assets/{name}", Everybody),
];

/// A browser with a cookie, or with none, and the mark that its changes carry.
struct Browser {
    client: Client,
    mark: String,
}

impl Browser {
    fn with(server: &Running, cookie: &str, mark: &str) -> Browser {
        let client = Client::new(server.address()).patience(HANG);
        let client = if cookie.is_empty() { client } else { client.with_header("Cookie", cookie) };
        Browser { client, mark: mark.to_owned() }
    }

    /// Somebody of whom an account was made.
    fn of(server: &Running, name: &str) -> Result<Browser> {
        let Session { cookie, mark, .. } = Session::of(&login(server, name, PASSWORD)?)?;
        Ok(Browser::with(server, &cookie, &mark))
    }

    fn ask(&mut self, (method, path): &Route) -> Result<Response> {
        self.client.send(method, &address(path), &[("If-Match", "*"), ("X-CSRF-Token", &self.mark)], b"")
    }

    fn look(&mut self, method: &str, path: &str, more: &[(&str, &str)]) -> Result<Response> {
        let body = if method == "GET" { String::new() } else { format!("csrf={}", self.mark) };
        let headers = [&[("Content-Type", "application/x-www-form-urlencoded")][..], more].concat();
        self.client.send(method, &address(path), &headers, body.as_bytes())
    }
}

fn is_sent_to_login(answer: &Response) -> bool {
    answer.status == 303 && answer.header("location") == Some(LOGIN_PAGE)
}

/// Whether what was asked ended the session that asked.
fn ends_session(method: &str, path: &str) -> bool {
    matches!((method, path), ("POST", "/api/v1/auth/logout" | "/salir") | ("DELETE", "/api/v1/me/sessions"))
}

/// What somebody of that role types to come in.
fn name_of(role: Role) -> String {
    format!("de-{}", role.name().replace('_', "-"))
}

/// Every route and page as that person.
fn walk(server: &Running, role: Role) -> Result<()> {
    let mut browser = Browser::of(server, &name_of(role))?;
    let mut faults = Vec::new();
    for (route, rule) in table() {
        let answer = browser.ask(&route)?;
        let (status, what) = (answer.status, format!("{route:?} as {}: {}", role.name(), answer.text()));
        if rule == Rule::Session || lets_in(rule, role) {
            // Coming in is refused to whoever gives no password.
            let in_vain = rule == Rule::Open && status == 401;
            // A token is had for a key alone, whoever asks.
            let for_keys = route.1 == "/api/v1/auth/token" && answer.problem_code() == "only_for_keys";
            if !(in_vain || for_keys || ![401, 403, 405].contains(&status) && status < 500) {
                faults.push(format!("{status} {what}"));
            }
        } else if (status, answer.problem_code().as_str()) != (403, "forbidden") {
            faults.push(format!("{status} {what}"));
        }
        if ends_session(&route.0, &route.1) {
            browser = Browser::of(server, &name_of(role))?;
        }
    }
    for (method, path, page) in PAGES {
        let answer = browser.look(method, path, &[])?;
        let (status, what) = (answer.status, format!("{method} {path} as {}", role.name()));
        let shown = match page {
            Everybody => status < 500,
            Person => ![401, 403, 405].contains(&status) && status < 500 && !is_sent_to_login(&answer),
            May(permission) if permission.roles().contains(&role) => {
                ![401, 403, 405].contains(&status) && status < 500 && !is_sent_to_login(&answer)
            }
            May(_) => status == 403,
        };
        if !shown {
            faults.push(format!("{status} {what}"));
        }
        if ends_session(method, path) {
            browser = Browser::of(server, &name_of(role))?;
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn every_route_and_page_lets_in_the_people_of_its_row_and_no_others() -> Result<()> {
    for role in PERSONS {
        // A shop for each: whoever tries every route fails to come in a few times, and this address would have to wait.
        let shop = Shop::on_sqlite()?;
        shop.installation.ok(&["key", "init"])?;
        let server = shop.serve()?;
        add_product(&mut server.client(&shop.key), "A", "unit")?;
        add_person(&shop.installation, &server, &name_of(role), role.name(), PASSWORD)?;
        walk(&server, role)?;
        shop.verify()?;
    }
    Ok(())
}

/// The cookie of somebody's session after it was ended by what `end` does, once the server has heard of it.
fn ended(server: &Running, name: &str, end: impl FnOnce(&Session) -> Result<()>) -> Result<String> {
    let session = Session::of(&login(server, name, PASSWORD)?)?;
    let mut browser = Browser::with(server, &session.cookie, &session.mark);
    let sites = ("GET".to_owned(), "/api/v1/sites".to_owned());
    ensure!(browser.ask(&sites)?.status == 200, "it opens before it is ended");
    end(&session)?;
    let over = || browser.ask(&sites).is_ok_and(|answer| answer.status == 401);
    ensure!(wait_until(HANG, over), "a session of {name} that was ended opens nothing");
    Ok(session.cookie)
}

/// Cookies that open nothing, with what each is.
fn useless(shop: &Shop, server: &Running) -> Result<Vec<(&'static str, String)>> {
    for name in ["ana", "beto", "caro", "dora"] {
        add_person(&shop.installation, server, name, "owner", PASSWORD)?;
    }
    let good = Session::of(&login(server, "dora", PASSWORD)?)?.cookie;
    let (name, token) = good.split_once('=').context("a cookie")?;
    let last = if token.ends_with('A') { "B" } else { "A" };
    let other = format!("{name}={}{last}", &token[..token.len() - 1]);
    let left = ended(server, "ana", |session| {
        let answer = session.send(server, "POST", "/api/v1/auth/logout", &serde_json::Value::Null)?;
        ensure!(answer.status == 204, "{} {}", answer.status, answer.text());
        Ok(())
    })?;
    let closed_out = ended(server, "beto", |_| shop.installation.ok(&["user", "disable", "beto"]).map(drop))?;
    // Nobody used it since a year that is long over.
    let file = shop.installation.data_folder().join("gondola.db");
    let unused = "UPDATE person_session SET seen_at = 1 WHERE person = (SELECT id FROM person WHERE login = 'caro')";
    let expired = ended(server, "caro", |_| older::make(&file, unused))?;
    Ok(vec![
        ("nobody", String::new()),
        ("a made-up cookie", other),
        ("a cookie that is none", format!("{name}=x")),
        ("an empty cookie", format!("{name}=")),
        ("two cookies", format!("{good}; {good}")),
        ("a cookie of ten kilobytes", format!("{name}={}", "x".repeat(10_000))),
        ("a cookie that is not ASCII", format!("{name}=ñandú")),
        ("whoever left", left),
        ("whoever was closed out", closed_out),
        ("whoever was away too long", expired),
    ])
}

#[test]
fn without_a_session_that_lasts_only_what_is_open_answers() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    for (who, cookie) in useless(&shop, &server)? {
        let mut browser = Browser::with(&server, &cookie, "");
        for (route, rule) in table() {
            let answer = browser.ask(&route)?;
            let expected = if rule == Rule::Open { answer.status < 500 } else { answer.status == 401 };
            ensure!(expected, "{} {route:?} for {who}: {}", answer.status, answer.text());
        }
        for (method, path, page) in PAGES {
            let answer = browser.look(method, path, &[])?;
            let expected = if *page == Everybody { answer.status < 500 } else { is_sent_to_login(&answer) };
            ensure!(expected, "{} {method} {path} for {who}: {}", answer.status, answer.text());
        }
    }
    Ok(())
}

#[test]
fn a_session_changes_nothing_without_its_mark_or_for_another_site() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    for name in ["ana", "beto"] {
        add_person(&shop.installation, &server, name, "owner", PASSWORD)?;
    }
    let own = Session::of(&login(&server, "ana", PASSWORD)?)?;
    let other = Session::of(&login(&server, "beto", PASSWORD)?)?;
    for mark in ["", "x", &other.mark] {
        let mut browser = Browser::with(&server, &own.cookie, mark);
        for (route, rule) in table().into_iter().filter(|((method, _), rule)| method != "GET" && *rule != Rule::Open) {
            let answer = browser.ask(&route)?;
            let said = (answer.status, answer.problem_code());
            ensure!(said == (403, "csrf".into()), "{said:?} {route:?} {rule:?} with {mark:?}");
        }
        for (method, path, _) in PAGES.iter().filter(|(method, ..)| *method != "GET") {
            let status = browser.look(method, path, &[])?.status;
            ensure!(status == 403, "{status} {method} {path} with {mark:?}");
        }
    }
    let mut browser = Browser::with(&server, &own.cookie, &own.mark);
    for elsewhere in [("Origin", "https://otro.example"), ("Sec-Fetch-Site", "cross-site")] {
        for (method, path, _) in PAGES.iter().filter(|(method, ..)| *method != "GET") {
            let status = browser.look(method, path, &[elsewhere])?.status;
            ensure!(status == 403, "{status} {method} {path} from {elsewhere:?}");
        }
    }
    let still = browser.ask(&("GET".to_owned(), "/api/v1/me".to_owned()))?;
    ensure!(still.status == 200, "none of it ended the session: {}", still.text());
    Ok(())
}

#[test]
fn every_page_has_its_row() -> Result<()> {
    let source = std::fs::read_to_string(testkit::workspace_root().join("crates/dashboard/src/lib.rs"))?;
    let visit = std::fs::read_to_string(testkit::workspace_root().join("crates/dashboard/src/visit.rs"))?;
    let constant = |name: &str| {
        let text = format!("{source}{visit}");
        let line = text.lines().find(|line| line.contains(&format!("const {name}: &str")))?.to_owned();
        line.split('"').nth(1).map(str::to_owned)
    };
    let mut served = BTreeSet::new();
    for line in source.lines().filter_map(|line| line.trim().strip_prefix(".route(")) {
        let (path, handlers) = line.split_once(", ").context("a path and its handlers")?;
        let path = match path.strip_prefix('"') {
            Some(path) => path.trim_end_matches('"').to_owned(),
            None => constant(path.rsplit("::").next().unwrap_or(path)).with_context(|| path.to_owned())?,
        };
        for (method, name) in [("GET", "get("), ("POST", "post(")] {
            if handlers.contains(name) {
                served.insert((method, path.clone()));
            }
        }
    }
    let rows: BTreeSet<_> = PAGES.iter().map(|(method, path, _)| (*method, (*path).to_owned())).collect();
    ensure!(served == rows, "without a row: {:?}; not served: {:?}", &served - &rows, &rows - &served);
    Ok(())
}
