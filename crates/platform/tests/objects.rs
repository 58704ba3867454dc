//! Objects in a folder and in a store that speaks S3, which is real: what is put comes back, and what is away is told of.
//!
//! Invariant: a place is asked through nothing but what the program asks it through.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected has failed")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Stopwatch, SystemClock};
use platform::{
    breaker::{Breaker, Policy, State},
    config::{Inputs, Settings},
    objects::{self, Error, Keys, Means, Object, Objects},
    outgoing::{Outgoing, OutgoingParts, SystemResolver},
    secret::Secret,
};
use sha2::{Digest, Sha256};
use testkit::{
    line::{Fault, Line},
    objects::{BUCKET, Server, url_at},
};

const MEBIBYTE: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

fn asked(url: &str, keys: (&str, &str), patience: Duration) -> (Arc<dyn Objects>, Breaker) {
    let flags = [("object_store_url", url), ("object_store_key_id", keys.0), ("object_store_secret", keys.1)];
    let flags = flags.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let settings = Settings::load(&Inputs { flags, ..Inputs::default() }).unwrap();
    let address = settings.objects.address.unwrap();
    let clock = Arc::new(SystemClock);
    let breaker = Breaker::new("objects", Policy::new(5, Duration::from_millis(1)), clock.clone());
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: address.destination().cloned().into_iter().collect(),
        networks: settings.objects.networks,
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit: None,
        clock: clock.clone(),
    });
    let keys = Some(Keys { id: Secret::new(keys.0), secret: Secret::new(keys.1) });
    let bulkhead = objects::room("objects");
    let means = Means { keys, outgoing, breaker: breaker.clone(), bulkhead, patience, clock };
    (objects::at(&address, means), breaker)
}

fn in_store(server: &Server) -> Arc<dyn Objects> {
    asked(&server.url(), ("id", "key"), PATIENCE).0
}

/// A file of so many bytes, which is not the beginning of a larger one.
fn file(folder: &Path, bytes: usize) -> PathBuf {
    let path = folder.join(bytes.to_string());
    let byte = |n: usize| n.wrapping_mul(2_654_435_761).wrapping_add(bytes).to_le_bytes()[1];
    fs::write(&path, (0..bytes).map(byte).collect::<Vec<u8>>()).unwrap();
    path
}

async fn what_is_put_comes_back(place: &dyn Objects) {
    let folder = tempfile::tempdir().unwrap();
    let back = folder.path().join("back");
    place.check().await.unwrap();
    assert!(place.list().await.unwrap().is_empty());
    // One byte, a whole piece, one more than that, and several pieces; each over what was there before.
    for bytes in [1, 8 * MEBIBYTE, 8 * MEBIBYTE + 1, 21 * MEBIBYTE] {
        let from = file(folder.path(), bytes);
        let object = Object { name: "a.backup".to_owned(), bytes: bytes as u64 };
        assert_eq!(place.put("a.backup", &from).await.unwrap(), object);
        assert_eq!(place.get("a.backup", &back).await.unwrap(), object);
        assert!(fs::read(&from).unwrap() == fs::read(&back).unwrap(), "{bytes}");
        assert_eq!(place.list().await.unwrap(), [object]);
    }
    place.put("b", &file(folder.path(), 7)).await.unwrap();
    let names: Vec<String> = place.list().await.unwrap().into_iter().map(|object| object.name).collect();
    assert_eq!(names, ["a.backup", "b"]);
    // The second time there is none.
    place.remove("b").await.unwrap();
    place.remove("b").await.unwrap();
    assert_eq!(place.list().await.unwrap().len(), 1);
    assert!(matches!(place.get("b", &back).await, Err(Error::Missing(_))));
    assert_eq!(fs::metadata(&back).unwrap().len(), 21 << 20, "what was there stays");
    assert!(matches!(place.put("b", &file(folder.path(), 0)).await, Err(Error::Unfit { .. })));
    assert!(matches!(place.put("b", &folder.path().join("none")).await, Err(Error::File { .. })));
    for name in ["../b", "", "a/b"] {
        assert!(matches!(place.get(name, &back).await, Err(Error::Unfit { .. })), "{name}");
    }
    let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with('.')).count(), 0, "nothing unfinished stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_objects() {
    let folder = tempfile::tempdir().unwrap();
    let place = asked(&format!("file://{}", folder.path().display()), ("-", "-"), PATIENCE).0;
    what_is_put_comes_back(&*place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_mounted_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let (gone, from) = (folder.path().join("mount"), file(folder.path(), 1));
    let (place, breaker) = asked(&format!("file://{}", gone.display()), ("-", "-"), PATIENCE);
    for _ in 0..5 {
        assert!(matches!(place.put("a", &from).await, Err(Error::File { .. })));
    }
    assert!(place.check().await.is_err() && breaker.state() != State::Closed && !gone.exists());
    fs::create_dir(&gone).unwrap();
    place.check().await.unwrap();
    assert!(place.list().await.unwrap().is_empty());
}

/// Threads of this process, which is one test, that work on files of a folder.
fn at_work() -> usize {
    let names =
        fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| fs::read_to_string(task.path().join("comm")));
    names.filter(|name| name.as_ref().is_ok_and(|name| name.trim() == "objects")).count()
}

/// Opening a pipe that nobody holds the other end of never ends, as on a disk whose machine is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_hangs_keeps_nobody_and_no_more_threads_than_there_is_room_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = |name: &str| {
        let path = folder.path().join(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    let own = tempfile::tempdir().unwrap();
    let from = file(own.path(), 1);
    let (there, unfinished) = (pipe("there"), pipe(".put.unfinished"));
    let url = format!("file://{}", folder.path().display());
    let (place, breaker) = asked(&url, ("-", "-"), Duration::from_millis(200));
    let back = own.path().join("back");
    let hung = (0..4).map(|_| async { (place.get("there", &back).await, place.put("put", &from).await) });
    for (got, put) in futures_util::future::join_all(hung).await {
        assert!(matches!(got, Err(Error::Away { .. })), "{got:?}");
        assert!(matches!(put, Err(Error::Away { .. } | Error::Asleep(_))), "{put:?}");
    }
    assert_ne!(breaker.state(), State::Closed);
    // As often as anybody likes: it is refused, or hangs in what room there is.
    for _ in 0..20 {
        assert!(place.put("put", &from).await.is_err());
        assert!(at_work() <= 8, "{}", at_work());
    }
    assert!(matches!(place.list().await, Err(Error::Crowded | Error::Asleep(_))));
    place.check().await.unwrap();

    // It moves again: what nobody waits for leaves nothing, and there is room.
    let writes = thread::spawn(move || fs::write(there, b"x"));
    let reads = thread::spawn(move || fs::read(unfinished));
    while at_work() > 0 {
        tokio::task::yield_now().await;
    }
    writes.join().unwrap().unwrap();
    drop(reads);
    fs::remove_file(folder.path().join("there")).unwrap();
    place.check().await.unwrap();
    place.put("put", &from).await.unwrap();
    assert_eq!(place.list().await.unwrap().len(), 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_proves_every_signature_keeps_objects() {
    let (server, (id, key)) = Server::guarded().unwrap();
    what_is_put_comes_back(&*asked(&server.url(), (&id, &key), PATIENCE).0).await;
    let folder = tempfile::tempdir().unwrap();
    let from = file(folder.path(), 1);
    for (id, key, code) in [(&*id, "another", "SignatureDoesNotMatch"), ("nobody", &*key, "InvalidAccessKeyId")] {
        let (place, breaker) = asked(&server.url(), (id, key), PATIENCE);
        match place.put("a", &from).await {
            Err(Error::Refused { code: told, .. }) => assert_eq!(told, code),
            other => panic!("{other:?}"),
        }
        assert!(place.check().await.is_err());
        assert_eq!(breaker.state(), State::Closed, "it answers");
    }
    let nowhere = server.url().replace(BUCKET, "nowhere");
    match asked(&nowhere, (&id, &key), PATIENCE).0.list().await {
        Err(Error::Refused { code, .. }) => assert_eq!(code, "NoSuchBucket"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_cut_or_changed_is_told_and_nothing_comes_of_it() {
    let server = Server::start().unwrap();
    let place = in_store(&server);
    let folder = tempfile::tempdir().unwrap();
    let from = file(folder.path(), 3 * MEBIBYTE);
    place.put("a", &from).await.unwrap();
    let whole = fs::read(&from).unwrap();
    let mut changed = whole.clone();
    changed[MEBIBYTE] ^= 1;
    let path = format!("/{BUCKET}/shop/a");
    let sum = server.client().get(&path).unwrap().header("x-amz-meta-sha256").unwrap().to_owned();
    for spoiled in [&whole[..MEBIBYTE], &changed] {
        let put = server.client().send("PUT", &path, &[("x-amz-meta-sha256", &sum)], spoiled).unwrap();
        assert_eq!(put.status, 200, "{}", put.text());
        let back = folder.path().join("back");
        assert!(matches!(place.get("a", &back).await, Err(Error::Damaged { .. })));
        assert!(!back.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_somebody_left_is_forgotten_by_the_next() {
    let server = Server::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let begun = server.client().send("POST", &format!("/{BUCKET}/shop/a?uploads"), &[], b"").unwrap();
    assert!(begun.text().contains("<UploadId>"), "{}", begun.text());
    let uploads = || server.client().get(&format!("/{BUCKET}?uploads&prefix=shop/a")).unwrap().text();
    assert!(uploads().contains("<UploadId>"));
    in_store(&server).put("a", &file(folder.path(), 9 * MEBIBYTE)).await.unwrap();
    assert!(!uploads().contains("<UploadId>"), "{}", uploads());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_objects_than_a_page_holds_are_all_told_of() {
    let server = Server::start().unwrap();
    let mut client = server.client();
    for number in 0..1_003 {
        let put = client.send("PUT", &format!("/{BUCKET}/shop/{number:05}"), &[], b"x").unwrap();
        assert_eq!(put.status, 200);
    }
    // Of somebody else.
    for other in ["shop/deeper/a", "shopping", "a"] {
        client.send("PUT", &format!("/{BUCKET}/{other}"), &[], b"x").unwrap();
    }
    let all = in_store(&server).list().await.unwrap();
    assert_eq!((all.len(), all[1_002].name.as_str()), (1_003, "01002"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_dies_hangs_or_crawls_is_told_of_in_time_and_used_again() {
    let mut server = Server::start().unwrap();
    let line = Line::to(&server.address()).unwrap();
    let (place, breaker) = asked(&url_at(&line.address()), ("id", "key"), Duration::from_secs(3));
    let folder = tempfile::tempdir().unwrap();
    let from = file(folder.path(), MEBIBYTE);
    place.put("a", &from).await.unwrap();

    server.pause().unwrap();
    let watch = Stopwatch::start();
    assert!(matches!(place.list().await, Err(Error::Away { .. })));
    assert!(watch.elapsed() < Duration::from_secs(30), "three tries, and no more: {:?}", watch.elapsed());
    assert!(place.check().await.is_err());
    server.resume().unwrap();
    while place.check().await.is_err() {}
    assert_eq!(place.list().await.unwrap().len(), 1);
    assert_eq!(breaker.state(), State::Closed);

    server.kill().unwrap();
    while breaker.state() == State::Closed {
        assert!(place.put("b", &from).await.is_err());
    }
    server.restart().unwrap();
    while place.check().await.is_err() {}
    place.put("b", &from).await.unwrap();
    assert_eq!(breaker.state(), State::Closed);

    line.fault(Fault::Slow(Duration::from_millis(200)));
    place.put("c", &from).await.unwrap();
    let back = folder.path().join("back");
    place.get("c", &back).await.unwrap();
    assert_eq!(fs::metadata(&back).unwrap().len(), 1 << 20);
}

/// A store that does nothing but hold a body against the sum it comes with, as Amazon's does.
fn strict_store() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer_strictly(BufReader::new(stream))));
    address
}

fn answer_strictly(mut stream: BufReader<TcpStream>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_until(b'\n', &mut head).unwrap() > 0, "it broke off");
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("0");
    let mut body = vec![0; field("content-length").parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    // Compared without their case, since the whole head was brought to one: enough for these bytes.
    let sum = STANDARD.encode(Sha256::digest(&body)).to_lowercase();
    let (status, said) = match field("x-amz-checksum-sha256") == sum {
        true => ("200 OK", ""),
        false => ("400 Bad Request", "<Error><Code>BadDigest</Code><Message>it does not match</Message></Error>"),
    };
    let length = said.len();
    write!(stream.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{said}")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_sums_is_told_from_one_that_holds_what_comes_against_them() {
    let strict = asked(&url_at(&strict_store().to_string()), ("id", "key"), PATIENCE).0;
    assert_eq!(strict.holds_sums().await.unwrap(), Some(true));
    let server = Server::start().unwrap();
    let careless = in_store(&server);
    assert_eq!(careless.holds_sums().await.unwrap(), Some(false));
    assert!(careless.list().await.unwrap().is_empty(), "what it was tried with does not stay");
    let folder = tempfile::tempdir().unwrap();
    let place = asked(&format!("file://{}", folder.path().display()), ("-", "-"), PATIENCE).0;
    assert_eq!(place.holds_sums().await.unwrap(), None);
    drop(server);
    assert!(careless.holds_sums().await.is_err(), "one that is away is neither");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_careless_store_took_damaged_does_not_come_back() {
    let (server, folder) = (Server::start().unwrap(), tempfile::tempdir().unwrap());
    let place = in_store(&server);
    place.put("a", &file(folder.path(), 9)).await.unwrap();
    // As if changed on its way: the sum beside it is that of what was sent.
    let head = server.client().send("HEAD", &format!("/{BUCKET}/shop/a"), &[], b"").unwrap();
    let sum = head.header("x-amz-meta-sha256").unwrap().to_owned();
    let sent = [("x-amz-meta-sha256", sum.as_str())];
    let damaged = server.client().send("PUT", &format!("/{BUCKET}/shop/a"), &sent, b"012345678").unwrap();
    assert_eq!(damaged.status, 200, "it takes anything");
    assert!(matches!(place.get("a", &folder.path().join("back")).await, Err(Error::Damaged { .. })));
}
