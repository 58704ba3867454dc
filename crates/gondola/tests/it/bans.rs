//! Who is refused again and again is kept out: by the program, on all its nodes, by hand, and by the firewall that reads its log.
//!
//! Invariant: the tests come from this machine, which is exempt unless told; the addresses they stand for are written by a trusted proxy.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use testkit::Result;
use testkit::binary::{Running, run};
use testkit::http::{Client, Response};
use testkit::process::{find_program, wait_until};
use testkit::workspace_root;

use crate::shop::Shop;

const PRODUCTS: &str = "/api/v1/products";
const PATIENCE: Duration = Duration::from_secs(20);

/// A shop behind a proxy, which keeps out whoever was refused more than three times.
fn strict(mut shop: Shop) -> Shop {
    shop.installation = shop
        .installation
        .with("GONDOLA_TRUSTED_PROXIES", "127.0.0.0/8")
        .with("GONDOLA_BAN_AFTER", "3")
        .with("GONDOLA_BAN_WINDOW_S", "86400");
    shop
}

fn ask(server: &Running, address: &str, key: &str) -> Result<Response> {
    Client::new(server.address()).with_header("X-Forwarded-For", address).key(key).get(PRODUCTS)
}

/// Waits until a page that is open to everyone is answered so.
fn until(what: &str, server: &Running, address: &str, status: u16) -> Result<()> {
    let mut client = Client::new(server.address()).with_header("X-Forwarded-For", address);
    let seen = || client.get("/entrar").is_ok_and(|answer| answer.status == status);
    ensure!(wait_until(PATIENCE, seen), "{what}: {address} never got {status}; {}", server.log());
    Ok(())
}

#[test]
fn a_ban_holds_on_every_node_and_an_operator_may_add_and_lift() -> Result<()> {
    let shop = strict(Shop::on_postgres()?);
    let (one, other) = (shop.installation.serve_logging("one")?, shop.installation.serve_logging("other")?);
    assert_eq!(ask(&one, "203.0.113.7", &shop.key)?.status, 200);
    for _ in 0..4 {
        assert_eq!(ask(&one, "203.0.113.7", "guess")?.status, 401);
    }
    let kept_out = ask(&one, "203.0.113.7", "guess")?;
    assert_eq!((kept_out.status, kept_out.problem_code().as_str()), (403, "kept_out"));
    assert!(kept_out.header("retry-after").is_some());
    until("the other node learns", &other, "203.0.113.7", 403)?;
    assert_eq!(ask(&one, "203.0.113.8", "guess")?.status, 401, "its neighbour is not meant");
    assert_eq!(ask(&one, "203.0.113.7", &shop.key)?.status, 200, "a key that was good a moment ago goes on");

    let listed: serde_json::Value = serde_json::from_str(&shop.installation.ok(&["ban", "list", "--json"])?)?;
    assert_eq!((&listed[0]["subject"], &listed[0]["times"]), (&"203.0.113.7".into(), &1.into()), "{listed}");
    shop.installation.ok(&["ban", "lift", "203.0.113.7"])?;
    until("lifted here", &one, "203.0.113.7", 200)?;
    until("lifted there", &other, "203.0.113.7", 200)?;

    shop.installation.ok(&["ban", "add", "198.51.100.0/24", "--for", "2h", "--reason", "ruido"])?;
    until("a network", &one, "198.51.100.99", 403)?;
    until("a network", &other, "198.51.100.1", 403)?;
    let list = shop.installation.ok(&["ban", "list"])?;
    assert!(list.contains("198.51.100.0/24") && list.contains("ruido"), "{list}");

    let log = shop.installation.ok(&["audit", "list", "--json", "--action", "ban"])?;
    let told: Vec<serde_json::Value> = log.lines().rev().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let told: Vec<_> =
        told.iter().map(|event| [&event["action"], &event["actor"], &event["details"]["subject"]]).collect();
    let expected = [
        ["ban.set", "door", "203.0.113.7"],
        ["ban.lifted", "cli", "203.0.113.7"],
        ["ban.set", "cli", "198.51.100.0/24"],
    ];
    assert_eq!(serde_json::json!(told), serde_json::json!(expected));
    Ok(())
}

#[test]
fn a_ban_that_makes_no_sense_is_refused() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    for arguments in [
        &["ban", "add", "somebody"][..],
        &["ban", "add", "0.0.0.0/0"],
        &["ban", "add", "192.0.2.1", "--for", "soon"],
        &["ban", "lift", "192.0.2.1"],
    ] {
        let ran = shop.installation.run(arguments)?;
        assert!(ran.code == Some(1) && ran.stderr.starts_with("error: "), "{arguments:?}: {}", ran.output());
    }
    assert_eq!(shop.installation.ok(&["ban", "list", "--json"])?.trim(), "[]");
    Ok(())
}

/// How many lines of the log the filter takes for refusals.
fn matched(log: &Path) -> Result<String> {
    let filter = workspace_root().join("deploy/fail2ban/filter.d/gondola.conf");
    let ran = run(Command::new(find_program("fail2ban-regex", &[])?).arg(log).arg(filter))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    let line = ran.stdout.lines().find(|line| line.starts_with("Lines: ")).context("no summary")?;
    Ok(line.to_owned())
}

#[test]
fn the_firewall_finds_the_refusals_in_both_forms_of_the_log() -> Result<()> {
    for format in ["human", "json"] {
        let mut shop = Shop::on_sqlite()?;
        shop.installation =
            shop.installation.with("GONDOLA_TRUSTED_PROXIES", "127.0.0.0/8").with("GONDOLA_LOG_FORMAT", format);
        let server = shop.serve()?;
        let mut client = Client::new(server.address()).with_header("X-Forwarded-For", "203.0.113.7");
        let refused =
            [PRODUCTS, "/x%20client=192.0.2.66%20status=401", "/\",\"client\":\"192.0.2.66\",\"status\":401,\""];
        for path in refused {
            let path = path.replace('"', "%22");
            assert_eq!(client.get(&path)?.status, 401);
        }
        let mut known = server.client(&shop.key).with_header("X-Forwarded-For", "203.0.113.8");
        assert_eq!(known.get(PRODUCTS)?.status, 200);
        assert_eq!(known.get("/api/v1/products/none?client=192.0.2.66&status=401")?.status, 422);
        let log = shop.installation.folder().join("server.log");
        let found = fs::read_to_string(&log)?.matches("request refused").count();
        ensure!(found == 4, "{format}: {}", server.log());
        let summary = matched(&log)?;
        assert!(summary.contains(" 3 matched,"), "{format}: {summary}");
    }
    Ok(())
}

#[test]
fn the_firewall_accepts_our_filter_and_jail() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("fail2ban");
    let copied = Command::new("cp").arg("-r").arg("/etc/fail2ban").arg(&config).status()?;
    ensure!(copied.success(), "fail2ban is not installed; ./scripts/test installs what the tests need");
    for file in ["filter.d/gondola.conf", "jail.d/gondola.conf"] {
        fs::copy(workspace_root().join("deploy/fail2ban").join(file), config.join(file))?;
    }
    // Whatever else the machine has is not ours to judge.
    fs::write(config.join("jail.local"), "[DEFAULT]\nenabled = false\n")?;
    fs::remove_file(config.join("jail.d/defaults-debian.conf")).ok();
    let log = folder.path().join("gondola.log");
    fs::write(&log, "")?;
    let jail = fs::read_to_string(config.join("jail.d/gondola.conf"))?;
    fs::write(
        config.join("jail.d/gondola.conf"),
        jail.replace("/var/log/gondola/gondola.log", &log.display().to_string()),
    )?;
    let client = find_program("fail2ban-client", &[])?;
    let ran = run(Command::new(client).arg("-c").arg(&config).arg("--dp"))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    for part in ["'gondola'", "request refused", "'maxretry', 30"] {
        assert!(ran.stdout.contains(part), "{part} not in {}", ran.output());
    }
    Ok(())
}
