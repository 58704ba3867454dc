use std::{path::Path, sync::Mutex};

use store::Options;

use super::*;
use crate::vault::{MasterKey, Source};

/// A clock that is moved by hand.
struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

const SPEC: Spec = Spec {
    name: "test",
    purpose: "ring.test",
    overlap: Duration::from_secs(8 * 3600),
    public: |secret| vec![secret[0]],
};

struct Ground {
    db: Db,
    vault: Vault,
    clock: Arc<Hands>,
}

impl Ground {
    async fn new(folder: &Path) -> Ground {
        let db = Db::open(&Options::new(format!("sqlite://{}", folder.join("shop.db").display()))).await.unwrap();
        store::migrate::up(&db).await.unwrap();
        let clock = Arc::new(Hands(Mutex::new(Timestamp::from_micros(1_770_000_000_000_000))));
        let source = Source::Key(MasterKey::generate().unwrap());
        Ground { vault: Vault::load(&db, &source, &*clock).await.unwrap(), db, clock }
    }

    /// As another process sees it.
    fn ring(&self) -> KeyRing {
        KeyRing::new(SPEC, self.db.clone(), self.vault.clone(), Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    fn wait(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }
}

#[tokio::test]
async fn the_newest_signs_and_the_one_before_proves_until_the_overlap_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::new(folder.path()).await;
    let (here, there) = (ground.ring(), ground.ring());
    let first = here.signing().await.unwrap();
    assert_eq!(there.signing().await.unwrap().id, first.id, "every process signs with the same");
    assert_eq!(first.public, [first.expose()[0]]);
    let second = here.rotate(Overlap::Usual).await.unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!(here.signing().await.unwrap().id, second.id);
    let proven = there.proving(&first.id).await.unwrap().unwrap();
    assert_eq!(proven.expose(), first.expose());
    ground.wait(8 * 3600 - 1);
    assert!(here.proving(&first.id).await.unwrap().is_some());
    ground.wait(1);
    assert!(here.proving(&first.id).await.unwrap().is_none(), "its time is over");
    assert!(here.proving(&second.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_key_in_wrong_hands_ends_at_once_and_its_secret_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::new(folder.path()).await;
    let ring = ground.ring();
    let first = ring.signing().await.unwrap();
    ring.rotate(Overlap::None).await.unwrap();
    assert!(ring.proving(&first.id).await.unwrap().is_none());
    assert_eq!(store::sealed::get(&ground.db, SPEC.purpose, &first.id).await.unwrap(), None);
    assert_eq!(ring.all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_another_process_made_is_found_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::new(folder.path()).await;
    let (here, there) = (ground.ring(), ground.ring());
    let second = {
        here.signing().await.unwrap();
        here.rotate(Overlap::Usual).await.unwrap()
    };
    assert_eq!(there.proving(&second.id).await.unwrap().unwrap().expose(), second.expose());
    assert!(there.proving("0000000000000000").await.unwrap().is_none());
}

#[tokio::test]
async fn two_processes_that_start_at_once_make_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::new(folder.path()).await;
    let (here, there) = (ground.ring(), ground.ring());
    let (one, two) = tokio::join!(here.signing(), there.signing());
    one.unwrap();
    two.unwrap();
    assert_eq!(ground.ring().all().await.unwrap().iter().filter(|key| key.ends_at.is_none()).count(), 1);
}

#[tokio::test]
async fn without_an_encryption_key_there_is_no_signing_key() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::new(folder.path()).await;
    let closed = KeyRing::new(SPEC, ground.db.clone(), Vault::closed(&ground.db), ground.clock.clone());
    assert!(matches!(closed.signing().await, Err(vault::Error::NoKey)));
    let key = ground.ring().signing().await.unwrap();
    assert!(format!("{key:?}").contains("***"));
}
