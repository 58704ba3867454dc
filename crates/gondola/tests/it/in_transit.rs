//! What the program asks of its database, its cache, the object store and a model, and tells a collector, over TLS, of servers that speak nothing else.
//!
//! Invariant: certificates are made by the program's own command; a server that shows one of another authority is told nothing.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::{
    Result,
    binary::Installation,
    collector::Collector,
    model::{Model, Says},
    objects,
    postgres::{self, Papers},
    process::{Process, find_program, free_port, wait_until},
    redis,
};

use crate::backups::with_identity;
use crate::shop::{HANG, Shop, add_product, post_ok, posting};

/// Certificates of an authority of its own, in the folder of an installation that goes with them.
fn authority() -> Result<(Installation, Papers)> {
    let installation = Installation::new()?;
    installation.ok(&["tls", "init"])?;
    let file = |name: &str| installation.data_folder().join("tls").join(name);
    let (certificate, key, authority) = (file("server.crt"), file("server.key"), file("ca.crt"));
    Ok((installation, Papers { certificate, key, authority }))
}

#[test]
fn the_database_is_asked_over_tls_and_only_when_it_shows_the_right_certificate() -> Result<()> {
    let ((_ours, papers), (_others, foreign)) = (authority()?, authority()?);
    let cluster = postgres::Server::start_secure(papers.clone())?;
    let database = cluster.fresh_database()?;
    let good = database.url();
    let bare = good.split('?').next().unwrap_or_default();
    let other = good.replace(&papers.authority.display().to_string(), &foreign.authority.display().to_string());
    for (what, url, told) in [
        ("of another authority", other.clone(), "sslrootcert"),
        ("of no authority that is known", format!("{bare}?sslmode=verify-full"), "certificate"),
        ("in the clear", format!("{bare}?sslmode=disable"), "encryption"),
        ("by a file that is not there", good.replace("ca.crt", "none.crt"), "none.crt"),
    ] {
        let ran = Installation::on_postgres(&url)?.run(&["migrate", "up"])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains(told), "{what}: {}", ran.output());
    }
    ensure!(database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")? == "0", "nothing was made");

    let shop = Shop::of(Installation::on_postgres(good)?, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}])))?;
    let spoken = "SELECT count(*) > 0 AND bool_and(ssl AND version IN ('TLSv1.2', 'TLSv1.3')) FROM pg_stat_ssl
                  JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL AND pid <> pg_backend_pid()";
    ensure!(database.execute(spoken)? == "t", "every connection of the server's is encrypted");
    shop.verify()?;
    // One that starts while the certificate is wrong does not wait as for a server that is away: somebody has to do something.
    let wrong = Installation::on_postgres(&other)?.run(&["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(wrong.code == Some(1) && wrong.stderr.contains("certificate"), "{}", wrong.output());
    Ok(())
}

/// A shop whose cache is at that address, and which trusts that authority.
fn sharing(cache: &redis::Server, authority: &Path) -> Result<Shop> {
    let mut shop = Shop::on_sqlite()?;
    let installation = shop.installation.with("GONDOLA_RATELIMIT_ENABLED", "true");
    let installation = installation.with("GONDOLA_CACHE_URL", &cache.url());
    shop.installation = installation.with("SSL_CERT_FILE", &authority.display().to_string());
    Ok(shop)
}

#[test]
fn the_cache_is_asked_over_tls_and_only_when_it_shows_the_right_certificate() -> Result<()> {
    let ((_ours, papers), (_others, foreign)) = (authority()?, authority()?);
    let cache = redis::Server::start_secure(papers.clone())?;
    let shop = sharing(&cache, &papers.authority)?;
    let server = shop.serve()?;
    let shared = || server.log().contains("limits are shared");
    ensure!(wait_until(HANG, shared), "{}", server.log());

    let shop = sharing(&cache, &foreign.authority)?;
    let server = shop.serve()?;
    let refused =
        || server.log().lines().any(|line| line.contains("cache does not answer") && line.contains("ertificate"));
    ensure!(wait_until(HANG, refused), "{}", server.log());
    ensure!(!server.log().contains("limits are shared"), "{}", server.log());
    ensure!(server.client(&shop.key).get("/api/v1/products")?.status == 200, "it limits by itself");
    Ok(())
}

/// The end of TLS before what speaks none and is at `host:port`: haproxy, at the `host:port` it gives.
fn before(to: &str, papers: &Papers, folder: &Path) -> Result<(Process, String)> {
    let port = free_port()?;
    let (pair, settings) = (folder.join("pair.pem"), folder.join("haproxy.cfg"));
    fs::write(&pair, [fs::read(&papers.certificate)?, fs::read(&papers.key)?].concat())?;
    let shown = pair.display();
    let text = format!(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
         listen ours\n  bind 127.0.0.1:{port} ssl crt {shown} alpn h2,http/1.1\n  server theirs {to}\n"
    );
    fs::write(&settings, text)?;
    let mut command = Command::new(find_program("haproxy", &[PathBuf::from("/usr/sbin")])?);
    let process = Process::spawn("haproxy", command.arg("-db").arg("-f").arg(&settings))?;
    ensure!(wait_until(HANG, || TcpStream::connect(("127.0.0.1", port)).is_ok()), "haproxy does not listen");
    Ok((process, format!("localhost:{port}")))
}

#[test]
fn traces_go_over_tls_and_only_to_whoever_shows_the_right_certificate() -> Result<()> {
    [Collector::start()?, Collector::start_grpc()?].iter().try_for_each(is_told_over_tls)
}

fn is_told_over_tls(collector: &Collector) -> Result<()> {
    let ((ours, papers), (_others, foreign)) = (authority()?, authority()?);
    let url = collector.url();
    let (scheme, to) = url.split_once("://").context("a collector has a scheme")?;
    let (_end, at) = before(to, &papers, ours.folder())?;
    let url = format!("{scheme}s://{at}");
    let tracing_to = |authority: &Path| -> Result<Shop> {
        let mut shop = Shop::on_sqlite()?;
        let installation = shop.installation.with("GONDOLA_TRACE_ENDPOINT", &url).with("GONDOLA_TRACE_PERCENT", "100");
        shop.installation = installation.with("GONDOLA_TRACE_CA", &authority.display().to_string());
        Ok(shop)
    };
    let wrong = tracing_to(&foreign.authority)?;
    let server = wrong.serve()?;
    ensure!(server.client(&wrong.key).get("/api/v1/products")?.status == 200);
    let lost = || server.log().lines().any(|line| line.contains("traces are lost") && line.contains("ertificate"));
    ensure!(wait_until(HANG, lost), "{}", server.log());
    ensure!(collector.spans()?.is_empty(), "another's certificate is told nothing");
    drop(server);

    let right = tracing_to(&papers.authority)?;
    let server = right.serve()?;
    ensure!(server.client(&right.key).get("/api/v1/products")?.status == 200);
    ensure!(wait_until(HANG, || collector.spans().is_ok_and(|came| !came.is_empty())), "{}", server.log());

    let bare = Installation::new()?.with("GONDOLA_TRACE_ENDPOINT", &url).run(&["config", "print"])?;
    ensure!(
        bare.code == Some(2) && bare.stderr.contains("trace_ca"),
        "whom to trust has to be said: {}",
        bare.output()
    );
    Ok(())
}

#[test]
fn backups_go_over_tls_and_only_to_whoever_shows_the_right_certificate() -> Result<()> {
    let ((ours, papers), (_others, foreign)) = (authority()?, authority()?);
    let store = objects::Server::start()?;
    let (_end, at) = before(&store.address(), &papers, ours.folder())?;
    let url = objects::url_at(&at).replace("endpoint=http:", "endpoint=https:");
    let shop = with_identity(Installation::new()?)?;
    shop.ok(&["migrate", "up"])?;
    let shop = shop.with("GONDOLA_OBJECT_STORE_URL", &url).with("GONDOLA_OBJECT_STORE_KEY_ID", "id");
    let mut shop = shop.with("GONDOLA_OBJECT_STORE_SECRET", "key");
    let held = || store.client().get(&format!("/{}", objects::BUCKET)).map(|page| page.text().contains("<Key>"));
    let foreign = foreign.authority.display().to_string();
    for (what, authority) in [("of none we know", ""), ("of another authority", foreign.as_str())] {
        shop = shop.with("GONDOLA_OBJECT_STORE_CA", authority);
        let ran = shop.run(&["backup"])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("ertificate"), "{what}: {}", ran.output());
        ensure!(!held()?, "{what} is told nothing");
    }
    let shop = shop.with("GONDOLA_OBJECT_STORE_CA", &papers.authority.display().to_string());
    shop.ok(&["backup"])?;
    ensure!(held()?, "it came");
    let all: Vec<Value> = serde_json::from_str(&shop.ok(&["backup", "list", "--json"])?)?;
    let there = all.iter().filter_map(|one| one["file"].as_str()).find(|file| file.starts_with("s3://"));
    shop.ok(&["backup", "verify", there.context("none in the store")?])?;
    Ok(())
}

#[test]
fn a_model_is_asked_over_tls_and_only_when_it_shows_the_right_certificate() -> Result<()> {
    let ((ours, papers), (_others, foreign)) = (authority()?, authority()?);
    let model = Model::saying([Says::Words("sí", 1, 1)])?;
    let (_end, at) = before(model.address(), &papers, ours.folder())?;
    let asking = Installation::new()?;
    asking.ok(&["migrate", "up"])?;
    let asking = asking.with("GONDOLA_MODEL_URL", &format!("https://{at}/v1"));
    let asking = asking.with("GONDOLA_MODEL_NAME", "stub");
    let mut asking = asking.with("GONDOLA_OUTGOING_NETWORKS", "127.0.0.0/8,::1/128");
    let foreign = foreign.authority.display().to_string();
    for (what, authority) in [("of none we know", ""), ("of another authority", foreign.as_str())] {
        asking = asking.with("GONDOLA_MODEL_CA", authority);
        let ran = asking.run(&["model", "ask", "¿hay bananas?"])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("ertificate"), "{what}: {}", ran.output());
        ensure!(model.asked().is_empty(), "{what} is told nothing");
    }
    let asking = asking.with("GONDOLA_MODEL_CA", &papers.authority.display().to_string());
    let answered = asking.ok(&["model", "ask", "¿hay bananas?"])?;
    ensure!(answered.contains("sí") && model.asked().len() == 1, "{answered}");
    Ok(())
}
