//! The database: its version, the end of its chains, its copies, who follows it, and whether it has room for us.
//!
//! Invariant: proving is bounded, and says what of it was proved; the whole is `gondola verify`.

use domain::Timestamp;
use store::{ledger::recent::Recent, migrate, server::Server, turn::Turn};

use super::{
    row::{Finding, Group, Row, by_hand, fail, pass},
    scene::{Scene, ago},
};
use crate::{backup::Tried, cli::Words};

/// Postings of each site that are proved.
const PROVED: i64 = 20_000;
/// A backup older than this is one too old: a day, and two hours of patience.
pub(super) const BACKUP_LATE_S: i64 = 26 * 3600;

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> [Row; 5] {
    let row = |what, found| scene.row(Group::Database, what, found);
    let backups = scene.turn(Tried::Backup.name()).await;
    [
        row(("migrations", "versión", "version"), version(scene).await),
        row(("integrity", "cadena de asientos", "chain of postings"), integrity(scene).await),
        row(("backups", "copias", "backups"), backups.map(|turn| backup(turn.as_ref(), scene.now, scene.words))),
        row(("replication", "réplica", "replication"), replication(scene).await),
        row(("pooling", "conexiones", "connections"), pooling(scene).await),
    ]
}

async fn version(scene: &Scene) -> anyhow::Result<Finding> {
    migrate::check(scene.db()?).await?;
    Ok(pass(migrate::newest().to_string()))
}

async fn integrity(scene: &Scene) -> anyhow::Result<Finding> {
    let found = store::ledger::recent::verify(scene.db()?, PROVED).await?;
    Ok(proved(&found, scene.words))
}

fn proved(found: &[Recent], words: Words) -> Finding {
    let broken = |site: &Recent| site.fault.as_ref().map(|fault| format!("{}: {fault}", site.site));
    let faults: Vec<String> = found.iter().filter_map(broken).collect();
    if !faults.is_empty() {
        let what = words.say(
            "no abras: «gondola verify» dice hasta dónde se puede creer",
            "do not open: “gondola verify” says how far it can be believed",
        );
        return fail(format!("{}; {what}", faults.join("; ")));
    }
    let whole = found.iter().all(|site| site.proved == site.head);
    let count = words.postings(found.iter().map(|site| site.proved).sum::<i64>());
    let signed = found.iter().filter(|site| site.signed.is_some()).count();
    let signed = words.counted(signed as u64, ["lugar firmado", "lugares firmados"], ["signed place", "signed places"]);
    let more = match whole {
        true => words.say(
            "todos enlazados; los saldos los prueba «gondola verify»",
            "all linked; balances are proved by “gondola verify”",
        ),
        false => words.say(
            "los más nuevos, enlazados; todo lo demás lo prueba «gondola verify»",
            "the newest, linked; all the rest is proved by “gondola verify”",
        ),
    };
    pass(format!("{count}, {signed}: {more}"))
}

fn backup(turn: Option<&Turn>, now: Timestamp, words: Words) -> Finding {
    let last = turn.and_then(|turn| turn.succeeded_at);
    let age_s = last.map(|at| (now.micros() - at.micros()) / 1_000_000);
    match (last, age_s) {
        (Some(at), Some(0..=BACKUP_LATE_S)) => {
            pass(format!("{} {}", words.say("la última,", "the last,"), ago(words, at, now)))
        }
        (Some(at), _) => fail(format!(
            "{} {}; {}",
            words.say("la última,", "the last,"),
            ago(words, at, now),
            words.say("«gondola backup» dice por qué no se hacen", "“gondola backup” says why none are made")
        )),
        (None, _) => fail(words.say(
            "ninguna: «gondola backup key ARCHIVO», backup_recipient, «gondola backup»",
            "none: “gondola backup key FILE”, backup_recipient, “gondola backup”",
        )),
    }
}

async fn replication(scene: &Scene) -> anyhow::Result<Finding> {
    let server = store::server::look(scene.db()?).await?;
    let apart = scene.settings.objects.address.is_some();
    Ok(followed(server.as_ref(), apart, scene.words))
}

/// A file is not followed by anybody: copies elsewhere stand for it.
fn followed(server: Option<&Server>, apart: bool, words: Words) -> Finding {
    match server {
        Some(Server { replicas: 0, .. }) => fail(words.say(
            "nadie sigue al servidor: docs/disaster-recovery.md, «PostgreSQL: nothing may be missing»",
            "nobody follows the server: docs/disaster-recovery.md, “PostgreSQL: nothing may be missing”",
        )),
        Some(Server { replicas, synchronous, .. }) => {
            let waits = if synchronous.is_empty() { words.say("ninguno", "none") } else { synchronous };
            let who = words.say("se espera a", "a commit waits for");
            pass(format!(
                "{}; {who}: {waits}",
                words.counted(*replicas, ["lo sigue", "lo siguen"], ["follows", "follow"])
            ))
        }
        None if apart => pass(words.say(
            "SQLite no se replica; las copias van a object_store_url",
            "SQLite is not replicated; backups go to object_store_url",
        )),
        None => by_hand(words.say(
            "SQLite no se replica: que backup_folder sea un disco de otra máquina, o poné object_store_url",
            "SQLite is not replicated: have backup_folder be a disk of another machine, or set object_store_url",
        )),
    }
}

async fn pooling(scene: &Scene) -> anyhow::Result<Finding> {
    let server = store::server::look(scene.db()?).await?;
    Ok(room(server.as_ref(), scene.settings.database_pool_size, scene.words))
}

fn room(server: Option<&Server>, pool: u32, words: Words) -> Finding {
    let Some(server) = server else {
        return pass(format!("SQLite, {}", words.counted(pool, ["lector", "lectores"], ["reader", "readers"])));
    };
    let said = format!("database_pool_size {pool}, max_connections {}", server.most_connections);
    match server.most_connections / i64::from(pool.max(1)) {
        0 => fail(format!(
            "{said}: {}",
            words.say(
                "no entra ni un proceso; bajá el primero o subí el segundo",
                "not even one process fits; lower the first or raise the second"
            )
        )),
        fit => {
            let fit = words.counted(
                fit,
                ["proceso de estos", "procesos de estos"],
                ["process like this", "processes like this"],
            );
            pass(format!("{said}: {} {fit}", words.say("entran", "room for")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);
    const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

    fn turn(hours: i64) -> Turn {
        let at = NOW.plus_seconds(-hours * 3600);
        let detail = String::new();
        Turn {
            next_at: at,
            succeeded_at: Some(at),
            failed_at: None,
            took: Duration::ZERO,
            bytes: 0,
            extra_ms: 0,
            detail,
        }
    }

    #[test]
    fn a_backup_of_yesterday_passes_and_an_older_one_or_none_fails() {
        let verdict = |turn: Option<&Turn>| backup(turn, NOW, WORDS).verdict;
        assert_eq!(verdict(Some(&turn(25))), Verdict::Pass);
        assert_eq!([verdict(Some(&turn(27))), verdict(None)], [Verdict::Fail; 2]);
        assert_eq!(verdict(Some(&Turn { succeeded_at: None, ..turn(1) })), Verdict::Fail);
    }

    #[test]
    fn a_fault_of_any_site_fails_and_what_was_not_proved_is_said() {
        let site = |head, proved, fault: Option<&str>| Recent {
            site: "centro".to_owned(),
            head,
            proved,
            signed: Some(1),
            fault: fault.map(str::to_owned),
        };
        let whole = proved(&[site(3, 3, None)], WORDS);
        assert!(whole.verdict == Verdict::Pass && whole.said.contains("3 postings, 1 signed place"), "{whole:?}");
        assert!(proved(&[site(9, 3, None)], WORDS).said.contains("the newest"));
        let broken = proved(&[site(3, 3, None), site(3, 3, Some("2: another hash"))], WORDS);
        assert!(broken.verdict == Verdict::Fail && broken.said.contains("centro: 2: another hash"), "{broken:?}");
    }

    #[test]
    fn a_server_is_followed_and_a_file_is_copied_elsewhere() {
        let server = |replicas| Server { most_connections: 97, replicas, synchronous: "ANY 1 (b)".to_owned() };
        let verdict = |server: Option<&Server>, apart| followed(server, apart, WORDS).verdict;
        assert_eq!(verdict(Some(&server(1)), false), Verdict::Pass);
        assert_eq!(verdict(Some(&server(0)), true), Verdict::Fail);
        assert_eq!([verdict(None, true), verdict(None, false)], [Verdict::Pass, Verdict::ByHand]);
        assert_eq!([room(Some(&server(0)), 97, WORDS).verdict, room(None, 20, WORDS).verdict], [Verdict::Pass; 2]);
        assert_eq!(room(Some(&server(0)), 98, WORDS).verdict, Verdict::Fail);
    }
}
