//! Who may do what, asked of a running server: every route of its document, every role, every sort of credential.
//!
//! Invariant: what is expected comes from the table of permissions alone; a route that the table or the document leaves out is a fault.

use std::collections::{BTreeMap, BTreeSet};

use access::{Permission, Role, Rule};
use anyhow::{Context, ensure};
use domain::{Clock, SystemClock};
use serde_json::json;
use testkit::{
    Result,
    http::{Client, Response},
};

use crate::shop::{HANG, Shop, add_product};

/// Method and template of a path.
pub(crate) type Route = (String, String);

/// The routes of the served document.
fn documented(client: &mut Client) -> Result<BTreeSet<Route>> {
    let document = client.get("/api/v1/openapi.json")?.json()?;
    let paths = document["paths"].as_object().context("paths")?;
    let routes = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        methods.map(|method| (method, path.clone()))
    });
    Ok(routes.collect())
}

/// What each route asks for.
pub(crate) fn table() -> BTreeMap<Route, Rule> {
    access::routes().map(|(method, path, rule)| ((method.to_owned(), path.to_owned()), rule)).collect()
}

/// An address of the route: the product and the site are there, everything else is not.
pub(crate) fn address(path: &str) -> String {
    let filled = path.replace("{sku}", "A").replace("{site}", "centro");
    let filled = filled.replace("{id}", "01930000-0000-7000-8000-0000000000ff").replace("{file}", "nothing.csv");
    let filled = filled.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
    let filled = filled.collect::<Vec<_>>().join("/");
    // A stream would not end.
    if filled == "/api/v1/events" { format!("{filled}?topics=nothing") } else { filled }
}

/// Without a body: what a route says to that is not what is asked here.
fn ask(client: &mut Client, (method, path): &Route) -> Result<Response> {
    client.send(method, &address(path), &[("If-Match", "*")], b"")
}

/// Whether the table lets a key of that role in.
pub(crate) fn lets_in(rule: Rule, role: Role) -> bool {
    match rule {
        Rule::Open | Rule::Known => true,
        // A key is no person, nor a role of ours.
        Rule::Session | Rule::Peer => false,
        Rule::Needs(permission) => permission.roles().contains(&role),
    }
}

/// A client for a new key of that role.
fn client_of(shop: &Shop, server: &testkit::binary::Running, role: Role) -> Result<(String, Client)> {
    let ran = shop.installation.run(&["key", "create", "--name", role.name(), "--role", role.name()])?;
    let key = ran.last_line().to_owned();
    let client = server.client(&key).patience(HANG);
    Ok((key, client))
}

#[test]
fn the_table_and_the_served_document_have_the_same_routes() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let (served, listed) = (documented(&mut server.client(&shop.key))?, table().into_keys().collect());
    ensure!(served == listed, "without a row: {:?}; not served: {:?}", &served - &listed, &listed - &served);
    Ok(())
}

#[test]
fn every_route_lets_in_the_roles_of_its_row_and_no_others() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    // Tokens are signed with what is kept encrypted.
    shop.installation.ok(&["key", "init"])?;
    let server = shop.serve()?;
    add_product(&mut server.client(&shop.key), "A", "unit")?;
    for role in Role::ALL {
        let (_, mut client) = client_of(&shop, &server, role)?;
        for (route, rule) in table() {
            let answer = ask(&mut client, &route)?;
            let (status, what) = (answer.status, format!("{route:?} as {}: {}", role.name(), answer.text()));
            if lets_in(rule, role) {
                ensure!(![401, 403, 405].contains(&status) && status < 500, "{status} {what}");
            } else {
                let code = if rule == Rule::Session { "only_for_people" } else { "forbidden" };
                ensure!((status, answer.problem_code().as_str()) == (403, code), "{status} {what}");
            }
        }
    }
    shop.verify().map(drop)
}

/// A key whose time is over.
fn expired_key(owner: &mut Client) -> Result<String> {
    let until = SystemClock.now().plus_seconds(3).to_string();
    let made = owner.post("/api/v1/api-keys", &json!({"name": "de un rato", "role": "owner", "expires_at": until}))?;
    ensure!(made.status == 201, "{} {}", made.status, made.text());
    let made = made.json()?;
    let path = format!("/api/v1/api-keys/{}", made["api_key"]["id"].as_str().context("an id")?);
    let mut over = || anyhow::Ok(owner.get(&path)?.json()?["state"] == "expired");
    ensure!(testkit::process::wait_until(HANG, || over().unwrap_or(false)), "a key ends when its time is over");
    made["key"].as_str().map(str::to_owned).context("a key")
}

#[test]
fn without_a_valid_credential_only_what_is_open_answers() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let (revoked, mut client) = client_of(&shop, &server, Role::Owner)?;
    ensure!(ask(&mut client, &("GET".into(), "/api/v1/sites".into()))?.status == 200, "it works before it is revoked");
    let id = revoked.split('_').nth(1).context("the id of a key")?;
    shop.installation.ok(&["key", "revoke", id])?;
    let gone = || Ok::<_, anyhow::Error>(server.client(&revoked).get("/api/v1/sites")?.status == 401);
    ensure!(testkit::process::wait_until(HANG, || gone().unwrap_or(false)), "a key revoked elsewhere ends in seconds");
    let expired = expired_key(&mut server.client(&shop.key))?;
    let wrong = format!("{}x", shop.key);
    let mut clients = [
        ("nobody", Client::new(server.address()).patience(HANG)),
        ("a wrong key", server.client(&wrong).patience(HANG)),
        ("a revoked key", server.client(&revoked).patience(HANG)),
        ("an expired key", server.client(&expired).patience(HANG)),
    ];
    for (who, client) in &mut clients {
        for (route, rule) in table() {
            let status = ask(client, &route)?.status;
            let expected = if rule == Rule::Open { status != 401 && status < 500 } else { status == 401 };
            ensure!(expected, "{status} {route:?} for {who}");
        }
    }
    Ok(())
}

#[test]
fn the_older_key_reads_the_older_paths_when_it_is_set_and_is_never_a_default() -> Result<()> {
    const OLDER: &str = "una-clave-de-antes";
    let inventory = ("GET".to_owned(), "/inventory/{sku}".to_owned());
    let mut shop = Shop::on_sqlite()?;
    {
        let server = shop.serve()?;
        add_product(&mut server.client(&shop.key), "A", "unit")?;
        ensure!(ask(&mut server.client(OLDER), &inventory)?.status == 401, "nobody set it");
        ensure!(ask(&mut server.client(""), &inventory)?.status == 401, "an empty one is none");
    }
    shop.installation = shop.installation.with("DASHBOARD_API_KEY", OLDER);
    let server = shop.serve()?;
    let mut client = server.client(OLDER).patience(HANG);
    for (route, rule) in table() {
        let status = ask(&mut client, &route)?.status;
        match rule {
            Rule::Open => ensure!(status < 500, "{status} {route:?}"),
            Rule::Known => ensure!(status == 200, "{status} {route:?}"),
            Rule::Needs(Permission::CompatRead) => ensure!(status == 200, "{status} {route:?}"),
            Rule::Session | Rule::Peer | Rule::Needs(_) => ensure!(status == 403, "{status} {route:?}"),
        }
    }
    ensure!(ask(&mut server.client("una-clave-de-ante"), &inventory)?.status == 401, "another key");
    ensure!(!shop.installation.ok(&["config", "print"])?.contains(OLDER), "it is not shown");
    Ok(())
}

#[test]
fn every_permission_is_needed_somewhere() {
    let of_routes: BTreeSet<&str> = access::routes()
        .filter_map(|(_, _, rule)| match rule {
            Rule::Needs(permission) => Some(permission.name()),
            Rule::Open | Rule::Known | Rule::Session | Rule::Peer => None,
        })
        .collect();
    // Finer than a route: what is in the body decides.
    let finer = ["postings.sell", "postings.handle", "postings.correct", "postings.back_date", "counts.approve"];
    // Of pages, which the document does not describe.
    let pages = ["docs.read"];
    let unused: Vec<&str> = Permission::ALL
        .iter()
        .map(|permission| permission.name())
        .filter(|name| !of_routes.contains(name) && !pages.contains(name))
        .collect();
    assert_eq!(unused, finer);
}
