//! What goes wrong on real machines: full disks, wrong permissions, other programs, old and new files, mistaken settings.
//!
//! Invariant: each gives a message that says what it is, an exit code other than 0 (or a 503 from a running server), and harms nothing.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::binary::{Installation, Ran, run};
use testkit::postgres::Server;
use testkit::process::{Process, free_port, wait_until};

use crate::shop::{Shop, add_product, on_hand, posting};

/// The command failed, without a crash, and its message holds one of these words.
fn fails_saying(ran: &Ran, words: &[&str]) {
    assert!(ran.code.is_some_and(|code| code != 0), "{:?}: {}", ran.code, ran.output());
    assert!(!ran.output().contains("panicked"), "{}", ran.output());
    assert!(words.iter().all(|word| ran.stderr.contains(word)), "{words:?} not in: {}", ran.stderr);
}

pub(crate) fn database_file(installation: &Installation) -> std::path::PathBuf {
    installation.data_folder().join("gondola.db")
}

/// Runs SQL on a SQLite file from outside, as another program would. A system's SQLite may be too old for our views, which is no
/// concern of these statements: with `writable_schema` it reads past them.
fn python(file: &Path, script: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg("-c")
        .arg(format!("import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\ndb.execute('PRAGMA writable_schema=ON')\n{script}"));
    command.arg(file);
    command
}

pub(crate) fn change(file: &Path, sql: &str) -> Result<()> {
    let ran = run(&mut python(file, &format!("db.executescript('''{sql}''')")))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    Ok(())
}

/// Another program that holds the database, by the transaction it begins with this, until it is killed.
pub(crate) fn hold(installation: &Installation, begin: &str) -> Result<Process> {
    let script = format!("db.execute('{begin}'); print('held', flush=True); sys.stdin.read()");
    let mut holder = python(&database_file(installation), &script);
    let mut holder = Process::spawn("python3", holder.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let mut held = String::new();
    BufReader::new(holder.child().stdout.take().context("no output")?).read_line(&mut held)?;
    ensure!(held == "held\n");
    Ok(holder)
}

#[test]
fn five_mistakes_in_the_settings_are_told_at_once() -> Result<()> {
    let installation = Installation::new()?
        .with("GONDOLA_LISTEN", "nowhere")
        .with("GONDOLA_DATABASE_URL", "mysql://x")
        .with("GONDOLA_LOG_FORMAT", "xml")
        .with("GONDOLA_TIMEZONE", "Mars/Olympus")
        .with("GONDOLA_COLOUR", "red");
    for arguments in [&["serve"][..], &["config", "print"]] {
        let ran = installation.run(arguments)?;
        fails_saying(
            &ran,
            &["GONDOLA_LISTEN", "GONDOLA_DATABASE_URL", "GONDOLA_LOG_FORMAT", "GONDOLA_TIMEZONE", "GONDOLA_COLOUR"],
        );
    }
    assert!(!installation.data_folder().exists(), "nothing was made");
    Ok(())
}

#[test]
fn a_port_in_use_is_said_and_the_database_is_left_alone() -> Result<()> {
    let port = free_port()?;
    let _taken = TcpListener::bind(("127.0.0.1", port))?;
    let address = format!("127.0.0.1:{port}");
    let installation = Installation::new()?.with("GONDOLA_LISTEN", &address);
    let ran = installation.run(&["serve"])?;
    fails_saying(&ran, &[&address, "ya está en uso"]);
    assert!(!database_file(&installation).exists());
    Ok(())
}

#[test]
fn a_database_of_a_newer_program_is_not_touched() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["site", "create", "centro"])?;
    let file = database_file(&installation);
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, checksum, execution_time \
                 FROM _sqlx_migrations LIMIT 1; PRAGMA wal_checkpoint(TRUNCATE);";
    change(&file, newer)?;
    let before = fs::read(&file)?;
    for arguments in
        [&["serve"][..], &["site", "create", "norte"], &["verify"], &["migrate", "up"], &["migrate", "status"]]
    {
        fails_saying(&installation.run(arguments)?, &["9999"]);
    }
    assert!(fs::read(&file)? == before, "the file was changed");
    Ok(())
}

#[test]
fn a_file_that_is_no_database_is_not_touched() -> Result<()> {
    let installation = Installation::new()?;
    fs::create_dir_all(installation.data_folder())?;
    let file = database_file(&installation);
    let letter = "Querida abuela: ".repeat(1000);
    fs::write(&file, &letter)?;
    fails_saying(&installation.run(&["serve"])?, &["no es una base de datos"]);
    assert!(fs::read_to_string(&file)? == letter, "the file was changed");
    Ok(())
}

#[test]
fn a_database_that_another_program_holds_is_said_and_works_once_let_go() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["site", "create", "centro"])?;
    let mut holder = hold(&installation, "BEGIN EXCLUSIVE")?;
    // Each waits its half minute, so they wait together.
    std::thread::scope(|scope| -> Result<()> {
        let served = scope.spawn(|| installation.run(&["serve", "--listen", "127.0.0.1:0"]));
        fails_saying(&installation.run(&["site", "create", "norte"])?, &["otro programa"]);
        let served = served.join().map_err(|_| anyhow::anyhow!("the server's thread ended badly"))??;
        fails_saying(&served, &["otro programa"]);
        ensure!(!served.output().contains("Inner"), "{}", served.output());
        Ok(())
    })?;
    holder.kill()?;
    installation.ok(&["site", "create", "norte"])?;
    installation.ok(&["verify"])?;
    Ok(())
}

/// Root may write anywhere: it is run without the capability that lets it.
fn as_a_user() -> &'static str {
    "[ \"$(id -u)\" != 0 ] || exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override \"$0\" \"$@\""
}

#[test]
fn a_folder_that_may_not_be_written_is_said() -> Result<()> {
    let installation = Installation::new()?;
    fs::create_dir_all(installation.data_folder())?;
    fs::set_permissions(installation.data_folder(), Permissions::from_mode(0o555))?;
    for arguments in [&["serve"][..], &["site", "create", "centro"]] {
        let ran = run(&mut installation.command_after(as_a_user(), arguments))?;
        fails_saying(&ran, &["permisos"]);
    }
    assert_eq!(fs::read_dir(installation.data_folder())?.count(), 0);
    Ok(())
}

#[test]
fn a_database_that_may_not_be_written_is_said_and_stays_as_it_was() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["site", "create", "centro"])?;
    let file = database_file(&installation);
    change(&file, "PRAGMA wal_checkpoint(TRUNCATE);")?;
    let before = fs::read(&file)?;
    fs::set_permissions(&file, Permissions::from_mode(0o444))?;
    fs::set_permissions(installation.data_folder(), Permissions::from_mode(0o555))?;
    let ran = run(&mut installation.command_after(as_a_user(), &["site", "create", "norte"]))?;
    fails_saying(&ran, &["permisos"]);
    fs::set_permissions(installation.data_folder(), Permissions::from_mode(0o755))?;
    fs::set_permissions(&file, Permissions::from_mode(0o644))?;
    assert!(fs::read(&file)? == before, "the file was changed");
    installation.ok(&["verify"])?;
    Ok(())
}

#[test]
fn a_database_server_that_is_gone_is_said_long_before_the_request_runs_out_of_time() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let server = shop.serve()?;
    // Half of the time a request may take by default: whoever waits longer for an answer gives up.
    let mut client = server.client(&shop.key).patience(Duration::from_secs(15));
    add_product(&mut client, "A", "unit")?;
    // What an office does is not kept for later.
    let opening = posting(1, "opening", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
    postgres.kill()?;
    let refused = client.post("/api/v1/postings", &opening)?;
    ensure!((refused.status, refused.problem_code().as_str()) == (503, "unavailable"), "{}", refused.text());
    ensure!(refused.header("retry-after").is_some());
    postgres.restart()?;
    let posted = wait_until(Duration::from_secs(60), || {
        client.post("/api/v1/postings", &opening).is_ok_and(|answer| matches!(answer.status, 200 | 201))
    });
    ensure!(posted, "it did not go on once the database was back: {}", server.log());
    ensure!(on_hand(&mut client, "A")? == "1");
    Ok(())
}

#[test]
fn a_demo_never_goes_into_a_shop() -> Result<()> {
    let shop = Shop::on_postgres()?;
    let url = shop.installation.database_url().context("it is on a server")?.to_owned();
    let before = shop.verify()?;
    // Named by the environment, a server is left aside; named for the demo itself, it has to be empty.
    let demo = ["demo", "--no-serve", "--data-dir", "demo", "--database-url", &url];
    fails_saying(&shop.installation.run(&demo)?, &["ya tiene sucursales"]);
    fails_saying(&shop.installation.run(&["demo", "--no-serve", "--data-dir", "demo"])?, &["otra base de datos"]);
    assert_eq!(shop.verify()?, before);
    Ok(())
}

/// Puts the data folder on a disk of its own of 3 MB, with a ballast that can be thrown out. The disk exists for this process only.
const SMALL_DISK: &str = "
cp -r data seed && head -c 1000000 /dev/zero >seed/ballast || exit 1
[ \"$(id -u)\" = 0 ] || map='--user --map-root-user'
exec unshare --mount $map sh -c 'mount -t tmpfs -o size=3m none data && cp seed/* data/ && exec \"$0\" \"$@\"' \"$0\" \"$@\"";

#[test]
fn a_full_disk_is_said_loses_nothing_and_is_over_when_there_is_room() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.installation.serve_after(SMALL_DISK)?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    let receive = |number| {
        let mut body = posting(number, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
        body["postings"][0]["note"] = json!("n".repeat(400));
        body
    };
    let mut received = 0;
    let refused = loop {
        let answer = client.post("/api/v1/postings", &receive(received))?;
        if answer.status != 201 {
            break answer;
        }
        received += 1;
        ensure!(received < 20_000, "the disk never fills");
    };
    ensure!(refused.status == 503, "{} {}", refused.status, refused.text());
    ensure!(
        refused.header("content-type") == Some("application/problem+json") && refused.header("retry-after").is_some()
    );
    ensure!(on_hand(&mut client, "A")? == received.to_string(), "what was acknowledged is there, and can be read");

    let data = shop.installation.data_folder();
    let inside = Path::new("/proc").join(server.id().to_string()).join("root").join(data.strip_prefix("/")?);
    fs::remove_file(inside.join("ballast"))?;
    let room = wait_until(Duration::from_secs(20), || {
        client.post("/api/v1/postings", &receive(received)).is_ok_and(|answer| matches!(answer.status, 200 | 201))
    });
    ensure!(room, "it did not go on once there was room: {}", server.log());
    ensure!(on_hand(&mut client, "A")? == (received + 1).to_string());
    ensure!(verifies(&mut client)?, "{}", server.log());
    Ok(())
}

/// The verification as a job of the running server.
fn verifies(client: &mut testkit::http::Client) -> Result<bool> {
    let started = client.send("POST", "/api/v1/ledger/centro/verify", &[], b"")?;
    ensure!(started.status == 202, "{} {}", started.status, started.text());
    let place = started.header("location").context("no place to look")?.to_owned();
    let mut job = json!(null);
    wait_until(Duration::from_secs(60), || {
        job = client.get(&place).and_then(|answer| answer.json()).unwrap_or_default();
        !matches!(job["status"].as_str(), Some("queued" | "running"))
    });
    ensure!(job["status"] == "done", "{job}");
    Ok(job["result"]["faults"].as_array().is_some_and(Vec::is_empty))
}
