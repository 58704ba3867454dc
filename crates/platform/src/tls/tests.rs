mod renewing;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use axum::{Router, extract::Request, routing::get};
use domain::{Clock, Timestamp, clock::FixedClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
        version::{TLS12, TLS13},
    },
};

use super::{
    authority::{Algorithm, Authority, Folder, FolderError, Order, Pair, Purpose},
    *,
};
use crate::lifecycle::{Bounds, OverTls, Server, Shutdown};

const DAY_S: i64 = 86_400;

fn now() -> Timestamp {
    domain::SystemClock.now()
}

fn order(name: &str, names: &[&str], days: i32) -> Order {
    let purpose = if names.is_empty() { Purpose::Client } else { Purpose::Server };
    let names = names.iter().map(ToString::to_string).collect();
    Order { name: name.to_owned(), names, purpose, algorithm: Algorithm::EcdsaP256, days }
}

/// An authority with a server's and a client's certificate in a folder.
struct Set {
    folder: Folder,
    files: Files,
    authority: Authority,
    own: Pair,
    _dir: tempfile::TempDir,
}

fn set() -> Set {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path().join("tls"));
    let (authority, own) = Authority::create(Algorithm::EcdsaP256, now()).unwrap();
    folder.keep("ca", &own).unwrap();
    folder
        .keep("server", &authority.issue(&order("server", &["localhost", "127.0.0.1"], 365), now()).unwrap())
        .unwrap();
    folder.keep("client", &authority.issue(&order("client", &[], 365), now()).unwrap()).unwrap();
    let files = Files {
        certificate: folder.certificate("server"),
        key: folder.key("server"),
        client_ca: Some(folder.authority_certificate()),
        client_auth: ClientAuth::Off,
        renews: false,
    };
    Set { folder, files, authority, own, _dir: dir }
}

/// A client that trusts the authority, perhaps with a certificate of its own.
fn client(trusted: &Pair, own: Option<&Pair>, versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.certificate.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(material::provider()).with_protocol_versions(versions).unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let chain = material::certificates(pair.certificate.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap()).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

fn pair(folder: &Folder, name: &str) -> Pair {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    Pair { certificate: read(&folder.certificate(name)), key: read(&folder.key(name)) }
}

struct Running {
    address: std::net::SocketAddr,
    tls: Tls,
    shutdown: Shutdown,
}

async fn serve(files: Files) -> Running {
    let tls = Tls::load(files).unwrap();
    let shutdown = Shutdown::default();
    let server = Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap().with_tls(tls.clone());
    let address = server.address();
    let router = Router::new().route(
        "/",
        get(|request: Request| async move {
            let over = request.extensions().get::<OverTls>().cloned();
            over.map_or("plain".to_owned(), |over| over.client.as_deref().unwrap_or("nobody").to_owned())
        }),
    );
    tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(5)));
    Running { address, tls, shutdown }
}

/// One request over one connection: the answer's body, or why there is none.
async fn ask(running: &Running, connector: &TlsConnector) -> std::io::Result<String> {
    let stream = TcpStream::connect(running.address).await?;
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn both_versions_are_spoken_by_name_and_by_address() {
    let set = set();
    let running = serve(set.files.clone()).await;
    for version in [&TLS12, &TLS13] {
        assert_eq!(ask(&running, &client(&set.own, None, &[version])).await.unwrap(), "nobody");
    }
    let (_, stranger) = Authority::create(Algorithm::EcdsaP256, now()).unwrap();
    assert!(
        ask(&running, &client(&stranger, None, &[&TLS13])).await.is_err(),
        "another authority's clients do not trust it"
    );
    let mut plain = TcpStream::connect(running.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "nothing is said in the clear");
    running.shutdown.trigger();
}

#[tokio::test]
async fn who_must_show_a_certificate_is_known_by_it() {
    let set = set();
    let own = pair(&set.folder, "client");
    let (stranger, _) = Authority::create(Algorithm::EcdsaP256, now()).unwrap();
    let foreign = stranger.issue(&order("client", &[], 365), now()).unwrap();
    let expired = set.authority.issue(&order("client", &[], 10), now().plus_seconds(-20 * DAY_S)).unwrap();
    for (client_auth, shown, expected) in [
        (ClientAuth::Required, None, None),
        (ClientAuth::Required, Some(&own), Some("CN=client")),
        (ClientAuth::Required, Some(&foreign), None),
        (ClientAuth::Required, Some(&expired), None),
        (ClientAuth::Optional, None, Some("nobody")),
        (ClientAuth::Optional, Some(&own), Some("CN=client")),
        (ClientAuth::Optional, Some(&foreign), None),
        (ClientAuth::Off, Some(&own), Some("nobody")),
    ] {
        let running = serve(Files { client_auth, ..set.files.clone() }).await;
        for version in [&TLS12, &TLS13] {
            let got = ask(&running, &client(&set.own, shown, &[version])).await.ok();
            assert_eq!(got.as_deref(), expected, "{client_auth:?}");
        }
        running.shutdown.trigger();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_is_replaced_under_load_without_a_failed_request() {
    let set = set();
    let running = Arc::new(serve(set.files.clone()).await);
    let (audit, _told) = crate::audit::Audit::watched();
    tokio::spawn(running.tls.clone().keep(Arc::new(domain::SystemClock), running.shutdown.clone(), audit));
    let connector = client(&set.own, None, &[&TLS13, &TLS12]);
    let (done, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (running, connector) = (Arc::clone(&running), connector.clone());
            let (done, answered) = (Arc::clone(&done), Arc::clone(&answered));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    ask(&running, &connector).await.unwrap();
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 1..=5 {
        let before = answered.load(Ordering::Relaxed);
        let fresh = set.authority.issue(&order("server", &["localhost"], 365), now()).unwrap();
        set.folder.replace("server", &fresh).unwrap();
        assert!(running.tls.reload().unwrap(), "round {round}");
        while answered.load(Ordering::Relaxed) < before + 8 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    done.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(running.tls.figures().reloads, 5);
    running.shutdown.trigger();
}

#[test]
fn files_that_cannot_be_used_change_nothing() {
    let set = set();
    let tls = Tls::load(set.files.clone()).unwrap();
    let before = tls.figures();
    assert!(!tls.reload().unwrap(), "nothing changed");
    let other = set.authority.issue(&order("server", &["localhost"], 365), now()).unwrap();
    fs::write(&set.files.key, &other.key).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Unfit(_))), "a key of another certificate");
    assert_eq!(tls.figures(), TlsFigures { stale: true, ..before.clone() });
    fs::write(&set.files.certificate, "nonsense").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Missing { .. })));
    fs::remove_file(&set.files.certificate).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Unreadable { .. })));
    fs::write(&set.files.certificate, &other.certificate).unwrap();
    assert!(tls.reload().unwrap());
    assert!(!tls.figures().stale && tls.figures().reloads == 1);
}

#[test]
fn what_cannot_be_spoken_with_is_refused_at_the_start() {
    let set = set();
    let load = |files: Files| Tls::load(files).err();
    let files = || set.files.clone();
    let nowhere = set.folder.certificate("nowhere");
    assert!(matches!(load(Files { certificate: nowhere.clone(), ..files() }), Some(TlsError::Unreadable { .. })));
    assert!(matches!(load(Files { certificate: set.files.key.clone(), ..files() }), Some(TlsError::Missing { .. })));
    assert!(matches!(load(Files { key: set.files.certificate.clone(), ..files() }), Some(TlsError::Missing { .. })));
    assert!(matches!(load(Files { key: set.folder.key("client"), ..files() }), Some(TlsError::Unfit(_))));
    let asking = |client_ca| Files { client_auth: ClientAuth::Required, client_ca, ..files() };
    assert!(matches!(load(asking(None)), Some(TlsError::NoAuthority)));
    assert!(matches!(load(asking(Some(nowhere))), Some(TlsError::Unreadable { .. })));
    assert!(matches!(load(asking(Some(set.files.key.clone()))), Some(TlsError::Missing { .. })));
}

#[test]
fn an_end_that_is_near_is_warned_of() {
    let set = set();
    for (days, care) in [(365, false), (31, false), (29, true), (1, true)] {
        let fresh = set.authority.issue(&order("server", &["localhost"], days), now()).unwrap();
        set.folder.replace("server", &fresh).unwrap();
        let figures = Tls::load(set.files.clone()).unwrap().figures();
        assert_eq!(figures.needs_care(now()), care, "{days} days");
        let left = figures.facts.seconds_left(now());
        assert!((i64::from(days - 1) * DAY_S..=i64::from(days) * DAY_S).contains(&left), "{days} days: {left}");
    }
    let ended = set.authority.issue(&order("server", &["localhost"], 5), now().plus_seconds(-9 * DAY_S)).unwrap();
    set.folder.replace("server", &ended).unwrap();
    let figures = Tls::load(set.files.clone()).unwrap().figures();
    assert!(
        figures.facts.seconds_left(now()) < 0 && figures.needs_care(now()),
        "it is spoken with all the same, and said"
    );
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_certificate_that_ended_is_told_in_the_log() {
    let set = set();
    let log = Log::default();
    let guard = crate::telemetry::to_writer(log.clone(), crate::telemetry::Style::Json, "test");
    let (tls, shutdown) = (Tls::load(set.files.clone()).unwrap(), Shutdown::default());
    let later = now().plus_seconds(400 * DAY_S);
    let (audit, _told) = crate::audit::Audit::watched();
    let keeping = tls.keep(Arc::new(FixedClock(later)), shutdown.clone(), audit);
    tokio::pin!(keeping);
    // Polled once, it has looked and waits.
    let waits = std::future::poll_fn(|cx| Poll::Ready(keeping.as_mut().poll(cx).is_pending())).await;
    assert!(waits);
    shutdown.trigger();
    keeping.await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("ends soon or has ended") && text.contains("\"CN=server\""), "{text}");
}

#[test]
fn a_folder_keeps_secrets_to_itself_and_writes_over_nothing() {
    let set = set();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["ca", "server", "client"] {
        assert_eq!((mode(&set.folder.key(name)), mode(&set.folder.certificate(name))), (0o600, 0o644), "{name}");
    }
    let before = pair(&set.folder, "server");
    assert!(matches!(set.folder.keep("server", &set.own), Err(FolderError::There(_))));
    assert!(matches!(set.folder.is_free_for(&["other", "client"]), Err(FolderError::There(_))));
    assert_eq!(pair(&set.folder, "server").certificate, before.certificate);
    let renewed = set.folder.authority().unwrap().issue(&order("server", &["a.example"], 30), now()).unwrap();
    set.folder.replace("server", &renewed).unwrap();
    assert_eq!(mode(&set.folder.key("server")), 0o600);
    let facts = set.folder.facts("server").unwrap();
    assert_eq!((facts.subject.as_str(), facts.names), ("CN=server", vec!["a.example".to_owned()]));
    let names: Vec<String> = set.folder.all().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["ca", "client", "server"]);
}

#[test]
fn names_and_addresses_are_read_back_and_nonsense_is_refused() {
    let set = set();
    let names = ["shop.example", "*.shop.example", "192.0.2.7", "2001:db8::7"];
    let issued = set.authority.issue(&order("many", &names, 30), now()).unwrap();
    set.folder.keep("many", &issued).unwrap();
    assert_eq!(set.folder.facts("many").unwrap().names, names);
    assert!(set.authority.issue(&order("odd", &["ñandú"], 30), now()).is_err(), "names travel as ASCII");
    assert!(matches!(Authority::open(&pair(&set.folder, "server")), Err(authority::AuthorityError::Foreign)));
}

#[tokio::test]
async fn a_server_is_asked_by_whoever_knows_its_certificate() {
    let set = set();
    let running = serve(Files { client_auth: ClientAuth::Required, ..set.files.clone() }).await;
    let own = trusting_only(&set.files.certificate, &set.files.key).unwrap();
    let ask_it = async |connector: &TlsConnector| {
        let stream = TcpStream::connect(running.address).await?;
        connector.connect(asking(), stream).await.map(drop)
    };
    ask_it(&own).await.unwrap();
    let other = trusting_only(&set.folder.certificate("client"), &set.folder.key("client")).unwrap();
    assert!(ask_it(&other).await.is_err(), "a server with another certificate is somebody else");
    running.shutdown.trigger();
}

#[tokio::test]
async fn who_does_not_finish_the_handshake_is_let_go() {
    let set = set();
    let tls = Tls::load(set.files.clone()).unwrap();
    let bounds = Bounds { header_timeout: Duration::from_millis(200), ..Bounds::usual() };
    let server = Server::bind(([127, 0, 0, 1], 0).into(), bounds).await.unwrap().with_tls(tls);
    let (address, shutdown) = (server.address(), Shutdown::default());
    let running = tokio::spawn(server.run(Router::new(), shutdown.clone(), Duration::from_secs(5)));
    for beginning in [&b""[..], b"\x16\x03\x01"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        assert!(said.is_empty(), "{said:?}");
    }
    // One that is in the middle of it does not hold up the end.
    let _stream = TcpStream::connect(address).await.unwrap();
    shutdown.trigger();
    assert!(running.await.unwrap());
}
