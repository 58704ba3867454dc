//! People, with the real program: the first start of a shop, accounts by command, and coming in.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::{
    Result,
    binary::{Installation, Running},
    http::{Client, Response},
};

/// A shop as nobody has set it up yet.
fn shop() -> Result<Installation> {
    Ok(Installation::new()?.with("GONDOLA_MODE", "production"))
}

/// Adds somebody by command, who then chooses that password.
pub(crate) fn add_person(shop: &Installation, server: &Running, name: &str, role: &str, password: &str) -> Result<()> {
    let made = shop.run(&["user", "create", name, "--role", role])?.last_line().to_owned();
    let session = Session::of(&login(server, name, &made)?)?;
    Session::of(&session.send(server, "POST", "/api/v1/me/password", &json!({"new_password": password}))?)?;
    Ok(())
}

/// What a browser on this machine keeps of a session, and the mark its changes carry.
pub(crate) struct Session {
    pub(crate) cookie: String,
    pub(crate) mark: String,
    me: Value,
}

impl Session {
    pub(crate) fn of(answer: &Response) -> Result<Session> {
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        let cookie = answer.header("set-cookie").context("a cookie")?.split(';').next().unwrap_or_default().to_owned();
        let me = answer.json()?["me"].clone();
        let mark = me["user"]["csrf_token"].as_str().unwrap_or_default().to_owned();
        Ok(Session { cookie, mark, me })
    }

    /// Reads a page.
    pub(crate) fn read(&self, server: &Running, path: &str) -> Result<Response> {
        let headers = [("Cookie", self.cookie.as_str())];
        Client::new(server.address()).patience(crate::shop::HANG).send("GET", path, &headers, b"")
    }

    /// Sends a form of a page.
    pub(crate) fn fill(&self, server: &Running, path: &str, fields: &str) -> Result<Response> {
        let headers = [("Cookie", self.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("csrf={}&{fields}", self.mark);
        Client::new(server.address()).patience(crate::shop::HANG).send("POST", path, &headers, body.as_bytes())
    }

    pub(crate) fn send(&self, server: &Running, method: &str, path: &str, body: &Value) -> Result<Response> {
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("X-CSRF-Token", self.mark.as_str()),
            ("Content-Type", "application/json"),
        ];
        let text = body.to_string();
        let body = if body.is_null() { &b""[..] } else { text.as_bytes() };
        Client::new(server.address()).send(method, path, &headers, body)
    }
}

pub(crate) fn login(server: &Running, login: &str, password: &str) -> Result<Response> {
    let body = json!({"login": login, "password": password}).to_string();
    let origin = format!("http://{}", server.address());
    let headers = [("Content-Type", "application/json"), ("Origin", origin.as_str())];
    Client::new(server.address()).send("POST", "/api/v1/auth/login", &headers, body.as_bytes())
}

#[test]
fn a_shop_is_not_served_before_what_is_unsafe_is_set_and_is_told_all_of_it() -> Result<()> {
    let shop = shop()?;
    let ran = shop.run(&["serve", "--listen", "0.0.0.0:0"])?;
    ensure!(ran.code == Some(1), "{}", ran.output());
    for told in ["gondola key init", "allowed_hosts"] {
        ensure!(ran.stderr.contains(told), "{told}: {}", ran.output());
    }
    ensure!(!shop.data_folder().join("gondola.db").exists(), "nothing was touched");
    let trial = shop.with("GONDOLA_MODE", "trial").run(&["serve", "--listen", "0.0.0.0:0", "--language", "en"])?;
    ensure!(trial.code == Some(1) && trial.stderr.contains("mode = \"trial\""), "{}", trial.output());
    Ok(())
}

#[test]
fn the_first_start_tells_the_owners_password_once() -> Result<()> {
    let shop = shop()?;
    shop.ok(&["key", "init"])?;
    let server = shop.serve()?;
    let told = server.log();
    let password = told
        .lines()
        .skip_while(|line| !line.contains("owner"))
        .find(|line| line.len() == 19 && line.matches('-').count() == 3);
    let password = password.context("a password")?.to_owned();
    ensure!(login(&server, "owner", "otra")?.status == 401);
    let owner = Session::of(&login(&server, "owner", &password)?)?;
    ensure!(owner.me["role"] == "owner" && owner.me["user"]["next"] == "password", "{}", owner.me);
    let refused = owner.send(&server, "GET", "/api/v1/sites", &Value::Null)?;
    ensure!((refused.status, refused.problem_code().as_str()) == (403, "password_change_needed"), "{}", refused.text());
    let chosen = owner.send(&server, "POST", "/api/v1/me/password", &json!({"new_password": "gato azul con botas"}))?;
    let owner = Session::of(&chosen)?;
    ensure!(owner.me["user"]["next"] == "second_factor", "{}", owner.me);
    ensure!(owner.send(&server, "POST", "/api/v1/me/totp", &Value::Null)?.status == 200);
    drop(server);
    let again = shop.serve()?;
    let made = |log: &str| log.lines().filter(|line| line.len() == 19 && line.matches('-').count() == 3).count();
    ensure!(made(&again.log()) <= 1, "told once: {}", again.log());
    Ok(())
}

#[test]
fn accounts_are_looked_after_by_command() -> Result<()> {
    let shop = Installation::new()?;
    shop.ok(&["site", "create", "centro"])?;
    let made = shop.run(&["user", "create", "Ana", "--name", "Ana Gómez", "--role", "manager", "--site", "centro"])?;
    ensure!(made.code == Some(0), "{}", made.output());
    let first = made.last_line().to_owned();
    let list: Value = serde_json::from_str(&shop.ok(&["user", "list", "--json"])?)?;
    ensure!(
        list[0]["login"] == "ana" && list[0]["role"] == "manager" && list[0]["sites"] == json!(["centro"]),
        "{list}"
    );
    for (arguments, told) in [
        (&["user", "create", "ana"][..], "«ana»"),
        (&["user", "create", "a b"], "login"),
        (&["user", "create", "beto", "--site", "nada"], "«nada»"),
        (&["user", "password", "nadie"], "nadie"),
    ] {
        let ran = shop.run(arguments)?;
        ensure!(ran.code == Some(1) && ran.stderr.contains(told), "{arguments:?}: {}", ran.output());
    }
    let server = shop.serve()?;
    let ana = Session::of(&login(&server, "ana", &first)?)?;
    let second = shop.run(&["user", "password", "ana"])?.last_line().to_owned();
    ensure!(login(&server, "ana", &first)?.status == 401, "the one before opens nothing more");
    ensure!(login(&server, "ana", &second)?.status == 200);
    let over = || ana.send(&server, "GET", "/api/v1/me", &Value::Null).is_ok_and(|answer| answer.status == 401);
    ensure!(testkit::process::wait_until(crate::shop::HANG, over), "a session ended by a command ends in seconds");
    shop.ok(&["user", "role", "ana", "cashier", "--every-site"])?;
    shop.ok(&["user", "totp-reset", "ana"])?;
    shop.ok(&["user", "disable", "ana"])?;
    ensure!(login(&server, "ana", &second)?.status == 401);
    shop.ok(&["user", "enable", "ana"])?;
    ensure!(Session::of(&login(&server, "ana", &second)?)?.me["role"] == "cashier");
    for _ in 0..10 {
        login(&server, "ana", "otra")?;
    }
    ensure!(login(&server, "ana", &second)?.status == 429);
    ensure!(shop.ok(&["user", "unlock", "ana"])?.contains("volver a intentar"));
    // Their address has to wait all the same.
    let kept_out = login(&server, "ana", &second)?;
    ensure!(kept_out.status == 429 && kept_out.header("retry-after").is_some(), "{}", kept_out.status);
    Ok(())
}

#[test]
fn a_person_posts_under_what_names_nobody() -> Result<()> {
    let shop = crate::shop::Shop::on_sqlite()?;
    let server = shop.serve()?;
    crate::shop::add_product(&mut server.client(&shop.key), "A", "unit")?;
    add_person(&shop.installation, &server, "ana", "manager", "gato azul con botas")?;
    let ana = Session::of(&login(&server, "ana", "gato azul con botas")?)?;
    let body = crate::shop::posting(1, "receipt", &json!([{"sku": "A", "quantity": "5", "unit_cost": "10"}]));
    let posted = ana.send(&server, "POST", "/api/v1/postings", &body)?;
    ensure!(posted.status == 201, "{}", posted.text());
    let there = ana.send(&server, "GET", &format!("/api/v1/postings/{}", crate::shop::id(1)), &Value::Null)?.json()?;
    ensure!(
        there["actor"] == ana.me["id"] && there["actor"].as_str().is_some_and(|actor| actor.starts_with("p-")),
        "{there}"
    );
    shop.verify().map(drop)
}
