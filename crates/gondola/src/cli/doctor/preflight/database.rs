//! The database: its version, the end of its chains, its copies, who follows it, and whether it has room for us.
//!
//! Invariant: proving is bounded, and says what of it was proved; the whole is `gondola verify`.

use std::time::Duration;

use domain::Timestamp;
use store::{
    ledger::recent::Recent,
    migrate,
    server::{self, Server},
    turn::Turn,
};

use super::{
    row::{Finding, Group, Row, Verdict, by_hand, fail, pass},
    scene::{Scene, ago},
};
use crate::{
    backup::{Tried, afar},
    cli::Words,
};

/// Postings of each site that are proved.
const PROVED: i64 = 20_000;

/// Where backups go apart from this machine, if anywhere: the newest one there, or why that cannot be known.
type Apart = Option<Result<Option<Timestamp>, String>>;

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> [Row; 5] {
    let row = |what, found| scene.row(Group::Database, what, found);
    let (backups, apart) = (scene.turn(Tried::Backup.name()).await, delivered(scene).await);
    let backups = backups.map(|turn| backups_of(turn.as_ref(), &apart, scene));
    [
        row(("migrations", "versión", "version"), version(scene).await),
        row(("integrity", "cadena de asientos", "chain of postings"), integrity(scene).await),
        row(("backups", "copias", "backups"), backups),
        row(("replication", "réplica", "replication"), replication(scene, &apart).await),
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
    let count = found.iter().map(|site| site.proved).sum::<i64>();
    if count == 0 {
        return fail(words.say(
            "no hay ningún asiento: «gondola site create», los productos y el recuento inicial (docs/guia.md)",
            "there is no posting: “gondola site create”, the products and the opening count (docs/guia.md)",
        ));
    }
    let whole = found.iter().all(|site| site.proved == site.head);
    let count = words.postings(count);
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

fn backups_of(turn: Option<&Turn>, apart: &Apart, scene: &Scene) -> Finding {
    let (settings, words) = (&scene.settings, scene.words);
    let due = (scene.now, settings.backups.late_after(settings.mode));
    let made = backup(turn, due, words);
    match apart.as_ref().map(|apart| away(apart, due, words)) {
        Some(away) if made.verdict == Verdict::Pass && away.verdict != Verdict::Pass => away,
        _ => made,
    }
}

/// Whether one of that instant is late at another.
fn is_late(at: Timestamp, (now, late_after): (Timestamp, Duration)) -> bool {
    i128::from(now.micros()) - i128::from(at.micros()) > i128::try_from(late_after.as_micros()).unwrap_or(i128::MAX)
}

fn backup(turn: Option<&Turn>, due: (Timestamp, Duration), words: Words) -> Finding {
    let failed = turn.filter(|turn| turn.failed_at > turn.succeeded_at);
    if let Some(Turn { detail, .. }) = failed {
        return fail(format!("{}: {detail}", words.say("no se pudo hacer la última", "the last could not be made")));
    }
    let Some(at) = turn.and_then(|turn| turn.succeeded_at) else {
        return fail(words.say(
            "ninguna: «gondola backup key ARCHIVO», backup_recipient, «gondola backup»",
            "none: “gondola backup key FILE”, backup_recipient, “gondola backup”",
        ));
    };
    let said = format!("{} {}", words.say("la última,", "the last,"), ago(words, at, due.0));
    if !is_late(at, due) {
        return pass(said);
    }
    let what = words.say("«gondola backup» dice por qué no se hacen", "“gondola backup” says why none are made");
    fail(format!("{said}; {what}"))
}

async fn delivered(scene: &Scene) -> Apart {
    let place = afar::of(&scene.settings)?;
    let newest = async {
        place.check().await?;
        anyhow::Ok(afar::kept(&*place).await?.first().map(|kept| kept.instant))
    };
    Some(newest.await.map_err(|error| scene.words.failure(&error)))
}

/// How the copies in object_store_url stand.
fn away(newest: &Result<Option<Timestamp>, String>, due: (Timestamp, Duration), words: Words) -> Finding {
    let what =
        words.say("docs/runbook.md, «Backups are not delivered»", "docs/runbook.md, “Backups are not delivered”");
    match newest {
        Err(why) => fail(format!("object_store_url: {why}; {what}")),
        Ok(None) => {
            fail(format!("{}; {what}", words.say("object_store_url: ninguna copia", "object_store_url: no backup")))
        }
        Ok(Some(at)) => {
            let said = words.say("la última en object_store_url,", "the last in object_store_url,");
            let said = format!("{said} {}", ago(words, *at, due.0));
            if is_late(*at, due) { fail(format!("{said}; {what}")) } else { pass(said) }
        }
    }
}

async fn replication(scene: &Scene, apart: &Apart) -> anyhow::Result<Finding> {
    let (settings, words) = (&scene.settings, scene.words);
    let due = (scene.now, settings.backups.late_after(settings.mode));
    Ok(match server::look(scene.db()?).await? {
        Some(server) => followed(&server, words),
        None => copied(apart.as_ref().map(|apart| away(apart, due, words)), words),
    })
}

/// A file is not followed by anybody: copies elsewhere stand for it.
fn copied(away: Option<Finding>, words: Words) -> Finding {
    let alone = words.say("SQLite no se replica", "SQLite is not replicated");
    match away {
        Some(away) => Finding { said: format!("{alone}; {}", away.said), ..away },
        None => by_hand(format!(
            "{alone}: {}",
            words.say(
                "que backup_folder sea un disco de otra máquina, o poné object_store_url",
                "have backup_folder be a disk of another machine, or set object_store_url",
            )
        )),
    }
}

fn followed(server: &Server, words: Words) -> Finding {
    if server.replicas == 0 {
        return fail(words.say(
            "nadie sigue al servidor: docs/disaster-recovery.md, «PostgreSQL: nothing may be missing»",
            "nobody follows the server: docs/disaster-recovery.md, “PostgreSQL: nothing may be missing”",
        ));
    }
    let waits = if server.synchronous.is_empty() { words.say("ninguno", "none") } else { server.synchronous.as_str() };
    let who = words.say("se espera a", "a commit waits for");
    let count = words.counted(server.replicas, ["lo sigue", "lo siguen"], ["follows", "follow"]);
    pass(format!("{count}; {who}: {waits}"))
}

async fn pooling(scene: &Scene) -> anyhow::Result<Finding> {
    let server = server::look(scene.db()?).await?;
    Ok(room(server.as_ref(), scene.settings.database_pool_size, scene.words))
}

fn room(server: Option<&Server>, pool: u32, words: Words) -> Finding {
    let Some(server) = server else {
        return pass(
            words.say("SQLite: un archivo, sin servidor que agotar", "SQLite: a file, no server to use up").to_owned(),
        );
    };
    let each = server::connections(pool);
    let said = words.say("un proceso usa hasta", "a process uses up to");
    let of = words.say("de", "of");
    let said = format!("database_pool_size {pool}: {said} {each} {of} {}", server.most_connections);
    match server.most_connections / i64::from(each) {
        0 => fail(format!(
            "{said}; {}",
            words.say(
                "no entra ni uno: bajá database_pool_size o subí max_connections",
                "not even one fits: lower database_pool_size or raise max_connections"
            )
        )),
        fit => {
            let fit = words.counted(
                fit,
                ["proceso de estos", "procesos de estos"],
                ["process like this", "processes like this"],
            );
            pass(format!("{said}; {} {fit}", words.say("entran", "room for")))
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::*;

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

    const DAILY: (Timestamp, Duration) = (NOW, Duration::from_secs(26 * 3600));
    const USUAL: (Timestamp, Duration) = (NOW, Duration::from_secs(100 * 60));

    #[test]
    fn a_backup_that_is_late_or_could_not_be_made_fails() {
        let verdict = |turn: Option<&Turn>, due| backup(turn, due, WORDS).verdict;
        assert_eq!([verdict(Some(&turn(25)), DAILY), verdict(Some(&turn(1)), USUAL)], [Verdict::Pass; 2]);
        assert_eq!([verdict(Some(&turn(27)), DAILY), verdict(Some(&turn(2)), USUAL)], [Verdict::Fail; 2]);
        assert_eq!(verdict(None, DAILY), Verdict::Fail);
        assert_eq!(verdict(Some(&Turn { succeeded_at: None, ..turn(1) }), DAILY), Verdict::Fail);
        let then = |hours: i64| Turn {
            failed_at: Some(NOW.plus_seconds(-hours * 3600)),
            detail: "full".to_owned(),
            ..turn(2)
        };
        let failed = backup(Some(&then(1)), DAILY, WORDS);
        assert!(failed.verdict == Verdict::Fail && failed.said.contains("full"), "{failed:?}");
        assert_eq!(verdict(Some(&then(3)), DAILY), Verdict::Pass);
    }

    #[test]
    fn a_file_is_copied_elsewhere_and_the_copies_arrive() {
        let at = |hours: i64| Ok(Some(NOW.plus_seconds(-hours * 3600)));
        let verdict =
            |newest: Option<Result<_, String>>| copied(newest.map(|newest| away(&newest, USUAL, WORDS)), WORDS).verdict;
        assert_eq!([verdict(Some(at(1))), verdict(None)], [Verdict::Pass, Verdict::ByHand]);
        let wrong = [at(2), Ok(None), Err("AccessDenied".to_owned())];
        assert_eq!(wrong.map(|newest| verdict(Some(newest))), [Verdict::Fail; 3]);
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
    fn a_shop_that_has_nothing_shows_nothing() {
        let empty = Recent { site: "centro".to_owned(), head: 0, proved: 0, signed: None, fault: None };
        assert_eq!([proved(&[], WORDS).verdict, proved(&[empty], WORDS).verdict], [Verdict::Fail; 2]);
    }

    #[test]
    fn a_server_is_followed_and_has_room_for_a_process() {
        let server = |replicas| Server { most_connections: 97, replicas, synchronous: "ANY 1 (b)".to_owned() };
        assert_eq!([0, 1].map(|replicas| followed(&server(replicas), WORDS).verdict), [Verdict::Fail, Verdict::Pass]);
        // The ledger has two of its own.
        assert_eq!([room(Some(&server(0)), 95, WORDS).verdict, room(None, 20, WORDS).verdict], [Verdict::Pass; 2]);
        assert_eq!(room(Some(&server(0)), 96, WORDS).verdict, Verdict::Fail);
    }
}
