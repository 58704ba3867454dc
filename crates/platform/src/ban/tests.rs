use std::{
    net::IpAddr,
    sync::atomic::{AtomicI64, Ordering},
};

use store::{Db, Options, ban as stored, migrate};

use super::*;
use crate::{
    config::{Inputs, Settings},
    lifecycle::Shutdown,
    network::Network,
};

/// A clock that tests move.
#[derive(Clone, Default)]
struct Moved(Arc<AtomicI64>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

impl Moved {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

fn settings(more: &[(&'static str, &str)]) -> Settings {
    let mut flags = vec![("ban_after", "3".to_owned()), ("ban_window_s", "86400".to_owned())];
    flags.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Settings::load(&Inputs { flags, ..Inputs::default() }).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn from(text: &str) -> Caller {
    Caller::From(Network::of_caller(ip(text)))
}

fn strike(bans: &Bans, address: &str, times: usize) {
    for _ in 0..times {
        bans.strike(&from(address), Some(ip(address)), 401);
    }
}

fn seconds_left(bans: &Bans, address: &str) -> Option<u64> {
    bans.left(&from(address), Some(ip(address))).map(|left| left.as_secs())
}

#[test]
fn who_is_refused_too_often_is_kept_out_for_a_while() {
    let clock = Moved::default();
    let (bans, _keeper) = Bans::new(&settings(&[]).door, Arc::new(clock.clone()));
    strike(&bans, "192.0.2.1", 3);
    assert_eq!(seconds_left(&bans, "192.0.2.1"), None, "three are forgiven");
    strike(&bans, "192.0.2.1", 1);
    assert_eq!(seconds_left(&bans, "192.0.2.1"), Some(60));
    assert_eq!(seconds_left(&bans, "192.0.2.2"), None, "its neighbour is not");
    assert_eq!(bans.left(&Caller::Known("k".into()), Some(ip("192.0.2.1"))), None, "nor who is known");
    clock.forward(59);
    assert_eq!(seconds_left(&bans, "192.0.2.1"), Some(1));
    assert_eq!(bans.figures().0, 1);
    clock.forward(1);
    assert_eq!(seconds_left(&bans, "192.0.2.1"), None);
    assert_eq!(bans.figures().0, 0);
    for _ in 0..4 {
        bans.strike(&Caller::Known("k".into()), Some(ip("192.0.2.9")), 403);
    }
    assert!(bans.left(&Caller::Known("k".into()), None).is_some(), "a key is kept out wherever it comes from");
}

#[test]
fn nobody_is_kept_out_where_the_settings_say_so() {
    for (more, address) in [
        (&[][..], "127.0.0.9"),
        (&[], "::1"),
        (&[("ban_exempt", "192.0.2.0/24")], "192.0.2.7"),
        (&[("trusted_proxies", "10.0.0.0/8")], "10.0.0.1"),
        (&[("ban_after", "0")], "192.0.2.7"),
    ] {
        let (bans, _keeper) = Bans::new(&settings(more).door, Arc::new(Moved::default()));
        strike(&bans, address, 50);
        assert_eq!(seconds_left(&bans, address), None, "{more:?} {address}");
    }
    let (bans, _keeper) = Bans::new(&settings(&[("ban_exempt", "")]).door, Arc::new(Moved::default()));
    strike(&bans, "127.0.0.9", 50);
    assert!(seconds_left(&bans, "127.0.0.9").is_some(), "none exempt is possible too");
}

#[test]
fn each_ban_in_a_row_is_longer_up_to_the_longest() {
    let lengths = Lengths { first: Duration::from_secs(60), longest: Duration::from_secs(86_400) };
    let seconds: Vec<u64> = (1..=8).map(|times| lengths.of(times).as_secs()).collect();
    assert_eq!(seconds, [60, 240, 960, 3_840, 15_360, 61_440, 86_400, 86_400]);
    for odd in [i64::MIN, -1, 0] {
        assert_eq!(lengths.of(odd).as_secs(), 60);
    }
    assert_eq!(lengths.of(i64::MAX).as_secs(), 86_400);
}

#[test]
fn memory_is_bounded() {
    let clock = Moved::default();
    let (bans, _keeper) = Bans::new(&settings(&[]).door, Arc::new(clock.clone()));
    for n in 0..view::MOST + 500 {
        let network = Network::of_caller(std::net::Ipv4Addr::from_bits(u32::try_from(n).unwrap() + (9 << 24)).into());
        bans.keep_out(Subject::Network(network), 401);
    }
    assert_eq!(bans.figures().0, view::MOST);
    clock.forward(61);
    bans.keep_out("192.0.2.1".parse().unwrap(), 401);
    assert_eq!(bans.figures().0, 1, "what is over makes room");
}

/// Two processes over one database.
struct Pair {
    db: Db,
    clock: Moved,
    shutdown: Shutdown,
    bans: Vec<Bans>,
    _folder: tempfile::TempDir,
}

impl Pair {
    async fn start() -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let url = crate::config::DatabaseUrl::in_folder(folder.path());
        let db = Db::open(&Options::new(url.expose())).await.unwrap();
        migrate::up(&db).await.unwrap();
        let (clock, shutdown) = (Moved::default(), Shutdown::default());
        clock.forward(1_000_000);
        let start = |_| {
            let (bans, mut keeper) = Bans::new(&settings(&[]).door, Arc::new(clock.clone()));
            keeper.every = Duration::from_millis(10);
            tokio::spawn(keeper.run(db.clone(), shutdown.clone()));
            bans
        };
        let bans = (0..2).map(start).collect();
        Pair { db, clock, shutdown, bans, _folder: folder }
    }

    /// Looks until it is so; nextest ends a wait that is in vain.
    async fn until(&self, holds: impl Fn(&Pair) -> bool) {
        while !holds(self) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn stored(&self) -> Vec<stored::Ban> {
        stored::in_force(&self.db, self.clock.now(), 10).await.unwrap()
    }
}

#[tokio::test]
async fn what_one_process_finds_the_others_know_and_the_next_time_is_longer() {
    let pair = Pair::start().await;
    strike(&pair.bans[0], "192.0.2.1", 4);
    pair.until(|pair| seconds_left(&pair.bans[1], "192.0.2.1") == Some(60)).await;
    let first = pair.stored().await;
    assert_eq!((first[0].subject.as_str(), first[0].times, first[0].actor.as_str()), ("192.0.2.1", 1, ""));
    pair.clock.forward(60);
    assert_eq!(seconds_left(&pair.bans[0], "192.0.2.1"), None);
    strike(&pair.bans[1], "192.0.2.1", 4);
    pair.until(|pair| pair.bans.iter().all(|bans| seconds_left(bans, "192.0.2.1") == Some(240))).await;
    assert_eq!(pair.stored().await[0].times, 2);

    let mut tx = pair.db.write().await.unwrap();
    assert!(stored::lift(&mut tx, "192.0.2.1").await.unwrap());
    let wide = stored::Ban {
        subject: "198.51.100.0/24".into(),
        ends_at: pair.clock.now().plus_seconds(500),
        ..first[0].clone()
    };
    stored::put(&mut tx, &wide).await.unwrap();
    tx.commit().await.unwrap();
    pair.until(|pair| pair.bans.iter().all(|bans| seconds_left(bans, "192.0.2.1").is_none())).await;
    pair.until(|pair| pair.bans.iter().all(|bans| seconds_left(bans, "198.51.100.77") == Some(500))).await;

    pair.clock.forward(8 * 86_400);
    strike(&pair.bans[0], "192.0.2.1", 4);
    pair.until(|pair| seconds_left(&pair.bans[1], "192.0.2.1") == Some(60)).await;
    pair.shutdown.trigger();
}
