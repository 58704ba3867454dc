//! Backups as an operator meets them: made under load, brought back, refused when they are not whole, cut off, out of room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Ran, Running, run};
use testkit::http::Client;
use testkit::postgres::{self, Database};
use testkit::process::{Process, wait_until};

use crate::drills::ledger;
use crate::shop::{Shop, add_product, id, post_ok, posting};

/// Makes an identity beside the shop and names it in the settings.
pub(crate) fn with_identity(installation: Installation) -> Result<Installation> {
    let identity = installation.folder().join("identity.txt").display().to_string();
    let recipient = installation.ok(&["backup", "key", &identity])?.trim().to_owned();
    let installation = installation.with("GONDOLA_BACKUP_RECIPIENT", &recipient);
    Ok(installation.with("GONDOLA_BACKUP_IDENTITY_FILE", &identity))
}

/// An empty place of the same kind, with what opens the backups of `from`.
pub(crate) struct Elsewhere {
    pub(crate) installation: Installation,
    _database: Option<Database>,
}

impl Elsewhere {
    pub(crate) fn like(from: &Installation) -> Result<Elsewhere> {
        let identity = from.folder().join("identity.txt").display().to_string();
        let database = from.database_url().map(|_| postgres::fresh_database()).transpose()?;
        let installation = match &database {
            Some(database) => Installation::on_postgres(database.url())?,
            None => Installation::new()?,
        };
        let installation = installation.with("GONDOLA_BACKUP_IDENTITY_FILE", &identity);
        Ok(Elsewhere { installation, _database: database })
    }
}

fn shops() -> Result<[Shop; 2]> {
    let database = postgres::fresh_database()?;
    let on_server = with_identity(Installation::on_postgres(database.url())?)?;
    Ok([Shop::of(with_identity(Installation::new()?)?, None)?, Shop::of(on_server, Some(database))?])
}

pub(crate) fn backup(installation: &Installation) -> Result<(PathBuf, Value)> {
    let told: Value = serde_json::from_str(&installation.ok(&["backup", "--json"])?)?;
    Ok((told["file"].as_str().context("no file")?.into(), told))
}

pub(crate) fn restore(installation: &Installation, file: &Path, more: &[&str]) -> Result<Ran> {
    let file = file.display().to_string();
    installation.run(&[&["restore", &file], more].concat())
}

fn refused(ran: &Ran, words: &[&str]) -> Result<()> {
    ensure!(ran.code == Some(1) && !ran.output().contains("panicked"), "{:?}: {}", ran.code, ran.output());
    ensure!(words.iter().all(|word| ran.stderr.contains(word)), "{words:?} not in: {}", ran.stderr);
    Ok(())
}

fn receipt(number: usize) -> Value {
    posting(number, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]))
}

/// A shop with a few receipts, and its server.
fn stocked(shop: &Shop) -> Result<Running> {
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    (0..3).try_for_each(|number| post_ok(&mut client, &receipt(number)).map(drop))?;
    Ok(server)
}

fn lock(numbers: &Mutex<BTreeSet<usize>>) -> MutexGuard<'_, BTreeSet<usize>> {
    numbers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Posts until it is told to stop; what was acknowledged.
fn write_until(stop: &AtomicBool, next: &AtomicUsize, acknowledged: &Mutex<BTreeSet<usize>>, mut client: Client) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if client.post("/api/v1/postings", &receipt(number)).is_ok_and(|answer| answer.status == 201) {
            lock(acknowledged).insert(number);
        }
    }
}

#[test]
fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_and_comes_back_verified() -> Result<()> {
    for shop in shops()? {
        let server = stocked(&shop)?;
        let (stop, next, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(100), Mutex::new(BTreeSet::new()));
        let many = || lock(&acknowledged).len();
        let (before, during, made) = std::thread::scope(|scope| -> Result<_> {
            for _ in 0..3 {
                scope.spawn(|| write_until(&stop, &next, &acknowledged, server.client(&shop.key)));
            }
            let going = wait_until(Duration::from_secs(60), || many() >= 50);
            let before = lock(&acknowledged).clone();
            let made = backup(&shop.installation);
            let during = many() - before.len();
            stop.store(true, Ordering::Relaxed);
            ensure!(going, "the writers did not get going: {}", server.log());
            Ok((before, during, made?))
        })?;
        ensure!(during > 0, "writers were kept waiting");
        let (file, told) = made;
        let holds = told["manifest"]["inventory"]["rows"]["posting"].as_u64().context("no rows")?;
        ensure!(holds >= before.len() as u64 + 3 && holds <= many() as u64 + 3, "{told}");

        let elsewhere = Elsewhere::like(&shop.installation)?;
        let ran = restore(&elsewhere.installation, &file, &[])?;
        ensure!(ran.code == Some(0) && ran.stdout.contains("restaurado y verificado"), "{}", ran.output());
        elsewhere.installation.ok(&["verify"])?;
        let told = elsewhere.installation.ok(&["audit", "list", "--json", "--action", "backup.restored"])?;
        ensure!(told.lines().count() == 1, "{told}");
        let restored = elsewhere.installation.serve()?;
        let mut client = restored.client(&shop.key);
        for number in before {
            let answer = client.get(&format!("/api/v1/postings/{}", id(number)))?;
            ensure!(answer.status == 200, "{number} was acknowledged before the backup: {}", answer.text());
        }
        ensure!(client.post("/api/v1/postings", &receipt(99_999))?.status == 201, "the shop goes on");
    }
    Ok(())
}

#[test]
fn what_is_cut_or_changed_is_found_before_anything_is_touched() -> Result<()> {
    for shop in shops()? {
        drop(stocked(&shop)?);
        let (file, _) = backup(&shop.installation)?;
        shop.installation.ok(&["backup", "verify", &file.display().to_string()])?;
        let whole = fs::read(&file)?;
        let spoiled = shop.installation.folder().join("spoiled.backup");
        let proof = shop.verify()?;
        for place in [0, 100, 4095, 4096, 5000, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 4;
            for bytes in [&whole[..place], &changed[..]] {
                fs::write(&spoiled, bytes)?;
                refused(&restore(&shop.installation, &spoiled, &["--replace"])?, &["No se tocó nada"])?;
                refused(&shop.installation.run(&["backup", "verify", &spoiled.display().to_string()])?, &["copia"])?;
            }
        }
        ensure!(shop.verify()? == proof);
        ensure!(!shop.installation.data_folder().join("restoring").exists());
    }
    Ok(())
}

#[test]
fn a_shop_gives_way_only_when_told_and_is_set_aside() -> Result<()> {
    for shop in shops()? {
        let server = stocked(&shop)?;
        let (file, _) = backup(&shop.installation)?;
        post_ok(&mut server.client(&shop.key), &receipt(50))?;
        refused(&restore(&shop.installation, &file, &[])?, &["--replace"])?;
        refused(&restore(&shop.installation, &file, &["--replace"])?, &["hay un gondola andando"])?;
        let mut server = server;
        server.terminate(Duration::from_secs(30))?;
        refused(&restore(&shop.installation, &file, &[])?, &["ya tiene datos"])?;
        let told: Value = {
            let ran = restore(&shop.installation, &file, &["--replace", "--json"])?;
            ensure!(ran.code == Some(0), "{}", ran.output());
            serde_json::from_str(&ran.stdout)?
        };
        let former = told["former"][0].as_str().context("nothing was set aside")?;
        match shop.installation.database_url() {
            None => ensure!(Path::new(former).exists(), "{former}"),
            Some(_) => ensure!(former.starts_with("gondola_before_"), "{former}"),
        }
        shop.verify()?;
        let server = shop.serve()?;
        let answer = server.client(&shop.key).get(&format!("/api/v1/postings/{}", id(50)))?;
        ensure!(answer.status == 404, "it came after the backup: {}", answer.text());
    }
    Ok(())
}

#[test]
fn the_log_of_a_lost_database_does_not_spoil_the_one_that_comes_back() -> Result<()> {
    let shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    let mut server = stocked(&shop)?;
    let (file, _) = backup(&shop.installation)?;
    post_ok(&mut server.client(&shop.key), &receipt(50))?;
    server.kill()?;
    let database = shop.installation.data_folder().join("gondola.db");
    let log = database.with_file_name("gondola.db-wal");
    ensure!(fs::metadata(&log)?.len() > 0, "there is nothing to spoil it");
    fs::remove_file(&database)?;
    let ran = restore(&shop.installation, &file, &["--json"])?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    let told: Value = serde_json::from_str(&ran.stdout)?;
    ensure!(
        told["former"][0].as_str().is_some_and(|path| path.ends_with("-wal") && Path::new(path).exists()),
        "{told}"
    );
    shop.verify()?;
    let server = shop.serve()?;
    let answer = server.client(&shop.key).get(&format!("/api/v1/postings/{}", id(50)))?;
    ensure!(answer.status == 404, "it came after the backup: {}", answer.text());
    Ok(())
}

/// Has every program that connects to it from now on work in a schema of another name.
fn in_schema(database: &Database, name: &str) -> Result<()> {
    database.execute(&format!("CREATE SCHEMA \"{name}\""))?;
    let set = format!("EXECUTE format('ALTER DATABASE %I SET search_path TO \"{name}\"', current_database())");
    database.execute(&format!("DO $do$ BEGIN {set}; END $do$"))?;
    Ok(())
}

#[test]
fn a_shop_in_a_schema_of_another_name_is_in_its_backup_and_comes_back() -> Result<()> {
    let database = postgres::fresh_database()?;
    in_schema(&database, "La Tienda")?;
    let shop = Shop::of(with_identity(Installation::on_postgres(database.url())?)?, None)?;
    drop(stocked(&shop)?);
    ensure!(database.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")? == "0");
    let (file, _) = backup(&shop.installation)?;
    shop.installation.ok(&["drill"])?;
    let elsewhere = Elsewhere::like(&shop.installation)?;
    let other = elsewhere._database.as_ref().context("no database")?;
    refused(&restore(&elsewhere.installation, &file, &[])?, &["no está bien"])?;
    in_schema(other, "La Tienda")?;
    let ran = restore(&elsewhere.installation, &file, &[])?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    elsewhere.installation.ok(&["verify"])?;
    ensure!(restore(&shop.installation, &file, &["--replace"])?.code == Some(0));
    shop.verify()?;
    Ok(())
}

#[test]
fn on_a_server_nothing_is_set_aside_for_what_does_not_open_or_hold() -> Result<()> {
    let database = postgres::fresh_database()?;
    let shop = Shop::of(with_identity(Installation::on_postgres(database.url())?)?, None)?;
    drop(stocked(&shop)?);
    let (good, _) = backup(&shop.installation)?;
    let proof = ledger(&shop)?;
    // Spoiled as by somebody who can: the backup is whole, and what it holds does not verify.
    let spoil = |digit: &str| {
        let statement =
            format!("UPDATE movement SET value = value + {digit} WHERE seq = (SELECT MIN(seq) FROM movement)");
        database.execute(&format!("SET session_replication_role = replica; {statement}"))
    };
    spoil("1")?;
    let (bad, _) = backup(&shop.installation)?;
    spoil("-1")?;
    ensure!(ledger(&shop)? == proof);
    database.execute(
        "CREATE FUNCTION pg_catalog.never() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE 'a schema was touched'; END $f$",
    )?;
    database.execute(
        "CREATE EVENT TRIGGER never ON ddl_command_start WHEN TAG IN ('ALTER SCHEMA', 'DROP SCHEMA') EXECUTE FUNCTION pg_catalog.never()",
    )?;
    refused(&restore(&shop.installation, &bad, &["--replace"])?, &["no se reemplazó nada"])?;
    let other = shop.installation.folder().join("other.txt").display().to_string();
    shop.installation.ok(&["backup", "key", &other])?;
    let good = good.display().to_string();
    let command = ["restore", &good, "--replace"];
    let stranger = run(shop.installation.command(&command).env("GONDOLA_BACKUP_IDENTITY_FILE", &other))?;
    refused(&stranger, &["no abre esta copia"])?;
    let held = shop.installation.run(&command)?;
    ensure!(held.code == Some(1) && held.stderr.contains("a schema was touched"), "it would be: {}", held.output());
    ensure!(ledger(&shop)? == proof);
    let left = "SELECT COUNT(*) FROM pg_database d WHERE datname LIKE 'gondola_restore_%'
                AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)";
    let gone = wait_until(Duration::from_secs(60), || database.execute(left).is_ok_and(|count| count == "0"));
    ensure!(gone, "what it was proved in is gone");
    Ok(())
}

#[test]
fn a_backup_that_lacks_a_table_is_not_kept() -> Result<()> {
    let database = postgres::fresh_database()?;
    let shop = Shop::of(with_identity(Installation::on_postgres(database.url())?)?, None)?;
    // The tool leaves out what belongs to an extension, and says nothing.
    database.execute("ALTER EXTENSION plpgsql ADD TABLE product")?;
    refused(&shop.installation.run(&["backup"])?, &["le faltan tablas", "(product)"])?;
    ensure!(shop.installation.ok(&["backup", "list"])?.is_empty());
    database.execute("ALTER EXTENSION plpgsql DROP TABLE product")?;
    backup(&shop.installation)?;
    Ok(())
}

#[test]
fn only_whoever_has_the_identity_opens_it_and_without_a_recipient_none_is_made() -> Result<()> {
    let shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    let ran = run(shop.installation.command(&["backup"]).env_remove("GONDOLA_BACKUP_RECIPIENT"))?;
    refused(&ran, &["backup_recipient", "--plain"])?;
    ensure!(shop.installation.ok(&["backup", "list"])?.is_empty());
    let identity = shop.installation.folder().join("identity.txt");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&identity)?.permissions());
    ensure!(mode & 0o777 == 0o600, "{mode:o}");
    let again = identity.display().to_string();
    refused(&shop.installation.run(&["backup", "key", &again])?, &["no se pisa"])?;
    let (file, _) = backup(&shop.installation)?;
    let bytes = fs::read(&file)?;
    ensure!(!bytes.windows(6).any(|window| window == b"centro"), "the name of a site can be read");
    let stranger = Installation::new()?;
    refused(&restore(&stranger, &file, &[])?, &["backup_identity_file"])?;
    let other = stranger.folder().join("other.txt").display().to_string();
    stranger.ok(&["backup", "key", &other])?;
    let stranger = stranger.with("GONDOLA_BACKUP_IDENTITY_FILE", &other);
    refused(&restore(&stranger, &file, &[])?, &["no abre esta copia"])?;
    ensure!(!stranger.data_folder().join("gondola.db").exists());
    let plain: Value = serde_json::from_str(&shop.installation.ok(&["backup", "--plain", "--json"])?)?;
    ensure!(restore(&stranger, Path::new(plain["file"].as_str().context("no file")?), &[])?.code == Some(0));
    Ok(())
}

#[test]
fn one_of_an_older_version_is_brought_up_and_of_a_newer_one_refused() -> Result<()> {
    for shop in shops()? {
        drop(stocked(&shop)?);
        shop.installation.ok(&["migrate", "down", "--to", "15", "--yes"])?;
        let (file, told) = backup(&shop.installation)?;
        ensure!(told["manifest"]["inventory"]["schema"] == 15, "{told}");
        let elsewhere = Elsewhere::like(&shop.installation)?;
        let ran = restore(&elsewhere.installation, &file, &[])?;
        ensure!(ran.code == Some(0), "{}", ran.output());
        elsewhere.installation.ok(&["verify"])?;
    }
    Ok(())
}

/// Kills the command as soon as it has begun to write.
fn kill_midway(shop: &Shop) -> Result<bool> {
    let unfinished = shop.installation.data_folder().join("backups/.gondola.unfinished");
    let mut process = Process::spawn("gondola backup", &mut shop.installation.command(&["backup"]))?;
    let begun = wait_until(Duration::from_secs(60), || unfinished.exists() || !process.is_running());
    ensure!(begun, "it did not begin");
    process.kill()?;
    Ok(unfinished.exists())
}

#[test]
fn one_that_is_killed_midway_leaves_nothing_that_looks_like_a_backup() -> Result<()> {
    // A phrase takes a second to become a key, so that there is time.
    let installation = Installation::new()?.with("GONDOLA_BACKUP_PASSPHRASE", "una frase que nadie adivina");
    let shop = Shop::of(installation, None)?;
    drop(stocked(&shop)?);
    for _ in 0..3 {
        ensure!(kill_midway(&shop)?, "it was over before it could be killed");
        ensure!(shop.installation.ok(&["backup", "list"])?.is_empty());
        shop.verify()?;
    }
    let (file, _) = backup(&shop.installation)?;
    let folder = file.parent().context("no folder")?;
    ensure!(fs::read_dir(folder)?.count() == 1, "what was left half written is gone");
    ensure!(!shop.installation.data_folder().join("gondola.db.copying").exists());
    let elsewhere = Installation::new()?.with("GONDOLA_BACKUP_PASSPHRASE", "una frase que nadie adivina");
    ensure!(restore(&elsewhere, &file, &[])?.code == Some(0));
    Ok(())
}

/// Runs the program with the folder `$small` of the data on a disk of its own of 64 KB, and says what is left in it.
const SMALL_DISK: &str = "
mkdir -p data/$small
[ \"$(id -u)\" = 0 ] || map='--user --map-root-user'
export small
exec unshare --mount $map sh -c 'mount -t tmpfs -o size=64k none data/$small && { \"$0\" \"$@\"; code=$?; echo \"left: $(ls -A data/$small)\"; exit $code; }' \"$0\" \"$@\"";

#[test]
fn a_full_disk_is_said_and_leaves_nothing() -> Result<()> {
    let shop = Shop::of(with_identity(Installation::new()?)?, None)?;
    drop(stocked(&shop)?);
    // What does not compress: the disk is small, but so is a new shop.
    fs::create_dir_all(shop.installation.data_folder().join("audit"))?;
    let noise: Vec<u8> =
        (0_u32..60_000).flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes()).collect();
    fs::write(shop.installation.data_folder().join("audit/noise.bin"), noise)?;
    let preparation = format!("small=backups\n{SMALL_DISK}");
    let ran = run(&mut shop.installation.command_after(&preparation, &["backup"]))?;
    refused(&ran, &["no queda lugar"])?;
    ensure!(ran.last_line() == "left:", "{}", ran.output());
    let told = shop.installation.ok(&["audit", "list", "--json", "--action", "backup.failed"])?;
    ensure!(told.lines().count() == 1, "{told}");
    backup(&shop.installation)?;
    Ok(())
}
