//! TLS as its clients meet it: curl, OpenSSL, Prometheus and Alertmanager against the real server.
//!
//! Invariant: certificates are made by the program's own commands, in a folder of the test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use testkit::binary::{Ran, Running, run};
use testkit::process::{Process, Signal, find_program, free_port, send, wait_until};
use testkit::{Result, workspace_root};

use crate::shop::Shop;

const PATIENCE: Duration = Duration::from_secs(30);

/// A shop that speaks TLS with certificates of its own.
struct Secure {
    shop: Shop,
}

impl Secure {
    fn make(settings: &[(&str, &str)]) -> Result<Secure> {
        let mut shop = Shop::on_sqlite()?;
        shop.installation.ok(&["tls", "init"])?;
        let file = |name: &str| shop.installation.data_folder().join("tls").join(name).display().to_string();
        let (certificate, authority) = (file("server.crt"), file("ca.crt"));
        shop.installation = shop.installation.with("GONDOLA_TLS_CERTIFICATE", &certificate);
        if settings.iter().any(|(name, _)| *name == "GONDOLA_TLS_CLIENT_AUTH") {
            shop.installation = shop.installation.with("GONDOLA_TLS_CLIENT_CA", &authority);
        }
        for (name, value) in settings {
            shop.installation = shop.installation.with(name, value);
        }
        Ok(Secure { shop })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.shop.installation.data_folder().join("tls").join(name)
    }

    /// curl, trusting the shop's authority.
    fn curl(&self, arguments: &[&str]) -> Result<Ran> {
        let mut command = Command::new(find_program("curl", &[])?);
        command.args(["--silent", "--show-error", "--include", "--max-time", "20", "--cacert"]);
        run(command.arg(self.file("ca.crt")).args(arguments))
    }

    /// The same, showing a certificate.
    fn curl_as(&self, name: &str, arguments: &[&str]) -> Result<Ran> {
        let (certificate, key) = (self.file(&format!("{name}.crt")), self.file(&format!("{name}.key")));
        let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
        self.curl(&[&["--cert", &certificate, "--key", &key], arguments].concat())
    }

    /// What a handshake with OpenSSL comes to.
    fn handshake(&self, server: &Running, arguments: &[&str]) -> Result<Ran> {
        let mut command = Command::new(find_program("openssl", &[])?);
        command.args(["s_client", "-connect", server.address(), "-CAfile"]).arg(self.file("ca.crt"));
        run(command.args(arguments).stdin(Stdio::null()))
    }
}

/// `https://localhost:PORT` of a server.
fn url(server: &Running, path: &str) -> String {
    let port = server.address().rsplit(':').next().unwrap_or_default();
    format!("https://localhost:{port}{path}")
}

fn has_line(answer: &str, line: &str) -> bool {
    answer.lines().any(|found| found.trim_end().eq_ignore_ascii_case(line))
}

/// A service manager's question is answered too.
fn healthy(secure: &Secure, server: &Running) -> Result<()> {
    let mut command = secure.shop.installation.command(&["health"]);
    let ran = run(command.env("GONDOLA_LISTEN", server.address()))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    Ok(())
}

#[test]
fn the_server_speaks_tls_of_this_decade_and_says_so_to_browsers() -> Result<()> {
    let secure = Secure::make(&[])?;
    let server = secure.shop.serve()?;
    let answer = secure.curl(&[&url(&server, "/health")])?;
    ensure!(answer.stdout.starts_with("HTTP/1.1 200"), "{}", answer.output());
    assert!(
        has_line(&answer.stdout, "strict-transport-security: max-age=31536000; includeSubDomains"),
        "{}",
        answer.stdout
    );
    let refused = secure.curl(&[&url(&server, "/api/v1/products")])?;
    assert!(refused.stdout.starts_with("HTTP/1.1 401") && refused.stdout.contains("strict-transport-security"));
    for (arguments, spoken) in [
        (&["-tls1_3"][..], true),
        (&["-tls1_2"], true),
        (&["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], false),
        (&["-tls1", "-cipher", "ALL@SECLEVEL=0"], false),
        (&["-tls1_2", "-cipher", "AES128-SHA@SECLEVEL=0"], false),
    ] {
        let shaken = secure.handshake(&server, arguments)?;
        let verified = shaken.stdout.contains("Verification: OK") && shaken.stdout.contains("Cipher is TLS_")
            || shaken.stdout.contains("Verification: OK") && shaken.stdout.contains("Cipher is ECDHE-");
        assert_eq!(verified, spoken, "{arguments:?}: {}", shaken.output());
    }
    let alpn = secure.handshake(&server, &["-alpn", "h2,http/1.1"])?;
    assert!(alpn.stdout.contains("ALPN protocol: http/1.1"), "{}", alpn.stdout);
    healthy(&secure, &server)
}

#[test]
fn who_asks_in_the_clear_is_sent_to_tls() -> Result<()> {
    let port = free_port()?;
    let listen = format!("127.0.0.1:{port}");
    let secure = Secure::make(&[("GONDOLA_REDIRECT_LISTEN", &listen)])?;
    let server = secure.shop.serve()?;
    for (arguments, status, path) in [
        (&[][..], "301", "/api/v1/products?limit=1"),
        (&["--head"], "301", "/"),
        (&["--data", "x"], "307", "/api/v1/postings"),
    ] {
        let answer = secure.curl(&[arguments, &[&format!("http://localhost:{port}{path}")]].concat())?;
        ensure!(answer.stdout.starts_with(&format!("HTTP/1.1 {status}")), "{}", answer.output());
        assert!(has_line(&answer.stdout, &format!("location: {}", url(&server, path))), "{}", answer.stdout);
        assert!(!answer.stdout.contains("strict-transport-security"), "no promise in the clear");
        assert!(has_line(&answer.stdout, "x-content-type-options: nosniff"));
    }
    let evil = secure.curl(&["-H", "Host: evil.example", &format!("http://localhost:{port}/")])?;
    assert!(evil.stdout.starts_with("HTTP/1.1 421"), "nobody is sent elsewhere: {}", evil.stdout);
    let followed = secure.curl(&["--location", &format!("http://localhost:{port}/health")])?;
    assert!(
        followed.stdout.contains("HTTP/1.1 301") && followed.stdout.contains("HTTP/1.1 200"),
        "{}",
        followed.output()
    );
    Ok(())
}

#[test]
fn figures_that_are_told_apart_are_told_over_tls_too() -> Result<()> {
    let port = free_port()?;
    let secure = Secure::make(&[("GONDOLA_METRICS_LISTEN", &format!("127.0.0.1:{port}"))])?;
    let _server = secure.shop.serve()?;
    let key = format!("X-API-Key: {}", secure.shop.key);
    let page = secure.curl(&["-H", &key, &format!("https://localhost:{port}/metrics")])?;
    ensure!(page.stdout.starts_with("HTTP/1.1 200") && page.stdout.contains("gondola_build_info"), "{}", page.output());
    let clear = secure.curl(&[&format!("http://localhost:{port}/health")])?;
    ensure!(!clear.stdout.contains("HTTP/1.1 200"), "{}", clear.output());
    Ok(())
}

/// The number of the certificate that a server shows.
fn serial(secure: &Secure, server: &Running) -> Result<String> {
    first_certificate(&secure.handshake(server, &[])?.stdout)
}

/// The first of a text, without what stands around it.
fn first_certificate(text: &str) -> Result<String> {
    let certificate = text.split("-----BEGIN CERTIFICATE-----").nth(1).context("no certificate")?;
    Ok(certificate.split("-----END").next().unwrap_or_default().split_whitespace().collect())
}

#[test]
fn a_renewed_certificate_is_used_without_a_restart() -> Result<()> {
    let secure = Secure::make(&[])?;
    let server = secure.shop.serve()?;
    let before = serial(&secure, &server)?;
    secure.shop.installation.ok(&["tls", "renew"])?;
    send(server.id(), Signal::HUP)?;
    let renewed = wait_until(PATIENCE, || serial(&secure, &server).is_ok_and(|now| now != before));
    ensure!(renewed, "on SIGHUP: {}", server.log());
    let before = serial(&secure, &server)?;
    secure.shop.installation.ok(&["tls", "renew"])?;
    let renewed = wait_until(PATIENCE, || serial(&secure, &server).is_ok_and(|now| now != before));
    ensure!(renewed, "by itself: {}", server.log());
    let told =
        || secure.shop.installation.ok(&["audit", "list", "--json", "--action", "tls.certificate"]).unwrap_or_default();
    let both = wait_until(PATIENCE, || told().matches("\"outcome\":\"ok\"").count() == 2);
    ensure!(both, "{}", told());
    let (authority, other) = (secure.file("ca.crt"), secure.file("server.crt"));
    fs::copy(authority, other)?;
    send(server.id(), Signal::HUP)?;
    let failed = wait_until(PATIENCE, || told().matches("\"outcome\":\"failed\"").count() >= 1);
    ensure!(failed, "what cannot be used is told as well: {}", told());
    Ok(())
}

#[test]
fn with_client_certificates_nobody_else_gets_to_speak() -> Result<()> {
    let secure = Secure::make(&[("GONDOLA_TLS_CLIENT_AUTH", "required")])?;
    let server = secure.shop.serve()?;
    let without = secure.curl(&[&url(&server, "/health")])?;
    assert!(without.code != Some(0) && without.stdout.is_empty(), "{}", without.output());
    let with = secure.curl_as("client", &[&url(&server, "/health")])?;
    assert!(with.stdout.starts_with("HTTP/1.1 200"), "{}", with.output());
    healthy(&secure, &server)
}

#[test]
fn what_gondola_gives_out_is_what_openssl_expects() -> Result<()> {
    let secure = Secure::make(&[])?;
    let installation = &secure.shop.installation;
    installation.ok(&[
        "tls",
        "issue",
        "prometheus",
        "--name",
        "prometheus",
        "--name",
        "10.0.0.7",
        "--algorithm",
        "rsa",
    ])?;
    for name in ["server", "client", "prometheus"] {
        let mut command = Command::new(find_program("openssl", &[])?);
        let verified = run(command
            .arg("verify")
            .arg("-CAfile")
            .arg(secure.file("ca.crt"))
            .arg(secure.file(&format!("{name}.crt"))))?;
        assert!(verified.stdout.contains(": OK"), "{name}: {}", verified.output());
    }
    let text = |name: &str| {
        let mut command = Command::new(find_program("openssl", &[])?);
        anyhow::Ok(run(command.args(["x509", "-noout", "-text", "-in"]).arg(secure.file(name)))?.stdout)
    };
    let rsa = text("prometheus.crt")?;
    for part in
        ["(4096 bit)", "DNS:prometheus", "IP Address:10.0.0.7", "TLS Web Server Authentication", "CN = prometheus"]
    {
        assert!(rsa.contains(part), "{part}: {rsa}");
    }
    let server = text("server.crt")?;
    for part in ["NIST CURVE: P-256", "DNS:localhost", "IP Address:127.0.0.1"] {
        assert!(server.contains(part), "{part}: {server}");
    }
    assert!(text("ca.crt")?.contains("CA:TRUE, pathlen:0"));
    assert!(!text("client.crt")?.contains("TLS Web Server Authentication"));
    for name in ["ca.key", "server.key", "client.key", "prometheus.key"] {
        let mode = fs::metadata(secure.file(name))?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    for arguments in [
        &["tls", "init"][..],
        &["tls", "issue", "prometheus"],
        &["tls", "issue", "../x"],
        &["tls", "renew", "ca"],
        &["tls", "renew", "nobody"],
    ] {
        let ran = installation.run(arguments)?;
        assert!(ran.code == Some(1) && ran.stderr.starts_with("error: "), "{arguments:?}: {}", ran.output());
    }
    let shown: serde_json::Value = serde_json::from_str(&installation.ok(&["tls", "show", "--json"])?)?;
    assert_eq!(shown.as_array().map(Vec::len), Some(4), "{shown}");
    assert!((363..=365).contains(&shown[3]["days_left"].as_i64().unwrap_or_default()), "{shown}");
    Ok(())
}

#[test]
fn a_certificate_that_ends_soon_is_told_everywhere() -> Result<()> {
    let secure = Secure::make(&[("GONDOLA_LOG_FORMAT", "json")])?;
    let installation = &secure.shop.installation;
    let checked = |installation: &testkit::binary::Installation| -> Result<serde_json::Value> {
        let said: serde_json::Value = serde_json::from_str(&installation.run(&["doctor", "--json"])?.stdout)?;
        let checks = said["checks"].as_array().context("no checks")?.clone();
        checks.into_iter().find(|check| check["check"] == "certificate").context("no certificate")
    };
    assert_eq!(checked(installation)?["ok"], true);
    installation.ok(&["tls", "renew", "--days", "10"])?;
    let soon = checked(installation)?;
    assert!(soon["ok"] == false && soon["text"].as_str().is_some_and(|text| text.contains("tls renew")), "{soon}");
    let server = secure.shop.serve()?;
    let log = || fs::read_to_string(installation.folder().join("server.log")).unwrap_or_default();
    ensure!(wait_until(PATIENCE, || log().contains("ends soon")), "{}", log());
    let key = format!("X-API-Key: {}", secure.shop.key);
    let deep = secure.curl(&["-H", &key, &url(&server, "/health/deep")])?.stdout;
    let body: serde_json::Value = serde_json::from_str(deep.split("\r\n\r\n").nth(1).unwrap_or_default())?;
    let component = body.to_string();
    assert!(component.contains("\"certificate\"") && component.contains("CN=server"), "{component}");
    let page = secure.curl(&["-H", &key, &url(&server, "/metrics")])?.stdout;
    let left =
        page.lines().find_map(|line| line.strip_prefix("gondola_certificate_expires_seconds ")).context("no figure")?;
    assert!((8 * 86_400..=10 * 86_400).contains(&left.trim().parse::<i64>()?), "{left}");
    fs::set_permissions(secure.file("server.key"), fs::Permissions::from_mode(0o644))?;
    assert!(checked(installation)?["text"].as_str().is_some_and(|text| text.contains("chmod 600")));
    Ok(())
}

#[test]
fn a_server_replaces_its_certificate_by_itself_before_it_ends() -> Result<()> {
    let secure = Secure::make(&[("GONDOLA_TLS_RENEW", "true")])?;
    let installation = &secure.shop.installation;
    let days = || -> Result<i64> {
        let shown: serde_json::Value = serde_json::from_str(&installation.ok(&["tls", "show", "--json"])?)?;
        let own = shown.as_array().and_then(|all| all.iter().find(|one| one["name"] == "server"));
        own.and_then(|one| one["days_left"].as_i64()).context("days")
    };
    installation.ok(&["tls", "renew", "--days", "10"])?;
    let on_disk = || first_certificate(&fs::read_to_string(secure.file("server.crt"))?);
    // It is replaced as soon as the server looks, which may be before anybody asks it.
    let before = on_disk()?;
    let server = secure.shop.serve()?;
    let is_new = |now: &String| *now != before && on_disk().is_ok_and(|kept| kept == *now);
    let renewed = wait_until(PATIENCE, || serial(&secure, &server).is_ok_and(|now| is_new(&now)));
    ensure!(renewed && days()? >= 363, "{}: {}", days()?, server.log());
    healthy(&secure, &server)?;
    let told = || installation.ok(&["audit", "list", "--json", "--action", "tls.certificate"]).unwrap_or_default();
    ensure!(wait_until(PATIENCE, || told().matches("\"outcome\":\"ok\"").count() == 1), "{}", told());
    // Without the authority it says so long before it is needed.
    fs::remove_file(secure.file("ca.key"))?;
    let doctor = installation.run(&["doctor"])?;
    ensure!(doctor.code == Some(1) && doctor.stdout.contains("tls_renew"), "{}", doctor.output());
    drop(server);
    let server = secure.shop.serve()?;
    ensure!(wait_until(PATIENCE, || server.log().contains("tls_renew")), "{}", server.log());
    Ok(())
}

#[test]
fn tls_that_cannot_be_spoken_stops_the_start_with_a_reason() -> Result<()> {
    let secure = Secure::make(&[])?;
    let refuses = |name: &str, value: &str, part: &str| -> Result<()> {
        let mut command = secure.shop.installation.command(&["serve"]);
        let ran = run(command.env(name, value).env("GONDOLA_LISTEN", "127.0.0.1:0"))?;
        ensure!(
            ran.code.is_some_and(|code| code != 0) && ran.stderr.contains(part),
            "{name}={value}: {}",
            ran.output()
        );
        Ok(())
    };
    refuses("GONDOLA_TLS_CERTIFICATE", "/nowhere/server.crt", "/nowhere/server.crt")?;
    refuses("GONDOLA_TLS_KEY", &secure.file("client.key").display().to_string(), "certificado")?;
    refuses("GONDOLA_TLS_CLIENT_AUTH", "required", "tls_client_ca")?;
    refuses("GONDOLA_TLS_CLIENT_AUTH", "perhaps", "required")
}

/// A file of `deploy` with the paths and ports of a test in it.
fn adapted(secure: &Secure, file: &str, changes: &[(&str, &str)]) -> Result<PathBuf> {
    let text = fs::read_to_string(workspace_root().join("deploy").join(file))?;
    let folder = secure.file("ca.crt");
    let folder = folder.parent().context("a folder")?.display().to_string();
    let mut text = text.replace("/etc/gondola/tls", &folder);
    for (from, to) in changes {
        ensure!(text.contains(from), "{from} is not in {file}");
        text = text.replace(from, to);
    }
    let path = secure.shop.installation.folder().join(file.replace('/', "-"));
    fs::write(&path, text)?;
    Ok(path)
}

#[test]
fn prometheus_and_alertmanager_speak_mutual_tls_with_us_and_with_each_other() -> Result<()> {
    let secure = Secure::make(&[("GONDOLA_TLS_CLIENT_AUTH", "required")])?;
    for whom in ["prometheus", "alertmanager"] {
        secure.shop.installation.ok(&["tls", "issue", whom, "--name", whom, "--name", "localhost"])?;
    }
    let server = secure.shop.serve()?;
    let (prometheus_port, alert_port) = (free_port()?, free_port()?);
    let gondola = server.address().replace("127.0.0.1", "localhost");
    let alerting = format!("localhost:{alert_port}");
    let key = secure.shop.installation.folder().join("prometheus.key");
    fs::write(&key, &secure.shop.key)?;
    let key = key.display().to_string();
    let settings = adapted(
        &secure,
        "prometheus/prometheus.yml",
        &[
            ("localhost:8080", &gondola),
            ("localhost:9093", &alerting),
            ("scrape_interval: 15s", "scrape_interval: 1s"),
            ("/etc/gondola/prometheus.key", &key),
        ],
    )?;
    let web = adapted(&secure, "prometheus/web-config.yml", &[])?;
    let checked = run(Command::new(find_program("promtool", &[])?).args(["check", "web-config"]).arg(&web))?;
    ensure!(checked.code == Some(0), "{}", checked.output());
    let folder = secure.shop.installation.folder();
    let alert_settings = folder.join("alertmanager.yml");
    fs::write(&alert_settings, "route: { receiver: none }\nreceivers: [{ name: none }]\n")?;
    let alert_web = adapted(&secure, "alertmanager/web-config.yml", &[])?;
    let mut command = Command::new(find_program("prometheus-alertmanager", &[])?);
    command.arg(format!("--config.file={}", alert_settings.display()));
    command.arg(format!("--web.config.file={}", alert_web.display())).arg(format!("--web.listen-address={alerting}"));
    command.arg(format!("--storage.path={}", folder.join("alert-data").display())).arg("--cluster.listen-address=");
    let _alertmanager = Process::spawn("alertmanager", command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let mut command = Command::new(find_program("prometheus", &[])?);
    command.arg(format!("--config.file={}", settings.display())).arg(format!("--web.config.file={}", web.display()));
    command.arg(format!("--web.listen-address=localhost:{prometheus_port}"));
    command.arg(format!("--storage.tsdb.path={}", folder.join("prometheus-data").display()));
    let _prometheus = Process::spawn("prometheus", command.stdout(Stdio::null()).stderr(Stdio::null()))?;

    let api = |path: &str| format!("https://localhost:{prometheus_port}/api/v1/{path}");
    let said = |path: &str| secure.curl_as("client", &[&api(path)]).map(|ran| ran.stdout).unwrap_or_default();
    let heard = || said("targets").contains("\"health\":\"up\"") && said("alertmanagers").contains(&alerting);
    ensure!(wait_until(PATIENCE, heard), "{} {}", said("targets"), said("alertmanagers"));
    for port in [prometheus_port, alert_port] {
        let refused = secure.curl(&[&format!("https://localhost:{port}/-/healthy")])?;
        assert!(refused.code != Some(0) && refused.stdout.is_empty(), "without a certificate: {}", refused.output());
        let answered = secure.curl_as("client", &[&format!("https://localhost:{port}/-/healthy")])?;
        assert!(answered.stdout.contains(" 200"), "{}", answered.output());
    }
    Ok(())
}
