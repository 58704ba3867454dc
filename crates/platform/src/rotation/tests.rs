use std::sync::atomic::{AtomicUsize, Ordering};

use domain::clock::FixedClock;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);
const QUARTER: Duration = Duration::from_secs(90 * 86_400);

struct Thing {
    name: &'static str,
    age_days: i64,
    by_itself: bool,
    rotated: Arc<AtomicUsize>,
    settled: Arc<AtomicUsize>,
}

impl Rotates for Thing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        let made_at =
            if self.rotated.load(Ordering::Relaxed) > 0 { NOW } else { NOW.plus_seconds(-self.age_days * 86_400) };
        Box::pin(async move {
            if self.age_days < 0 {
                Err("out of reach".into())
            } else {
                Ok(Standing { made_at: Some(made_at), ..Standing::default() })
            }
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        self.by_itself.then(|| -> BoxFuture<'_, _> {
            Box::pin(async {
                self.rotated.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
        })
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            self.settled.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    }
}

/// One that is old and can be replaced, one that is old and cannot, one that is young, one that cannot be looked at.
fn four(policy: Policy) -> (Rotation, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (rotated, settled) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let thing = |name, age_days, by_itself| -> Box<dyn Rotates> {
        let rotated = if name == "old" { Arc::clone(&rotated) } else { Arc::default() };
        Box::new(Thing { name, age_days, by_itself, rotated, settled: Arc::clone(&settled) })
    };
    let things =
        vec![thing("old", 90, true), thing("carried", 400, false), thing("young", 89, true), thing("lost", -1, true)];
    (Rotation::new(things, policy, QUARTER, Arc::new(FixedClock(NOW))), rotated, settled)
}

fn due(rotation: &Rotation) -> Vec<&'static str> {
    rotation.seen().into_iter().filter(|seen| seen.is_due).map(|seen| seen.name).collect()
}

#[tokio::test]
async fn what_is_old_is_told_and_nothing_is_replaced_unasked() {
    let (rotation, rotated, settled) = four(Policy::Remind);
    rotation.round().await;
    assert_eq!(due(&rotation), ["carried", "old"]);
    assert_eq!((rotated.load(Ordering::Relaxed), settled.load(Ordering::Relaxed)), (0, 4));
    let lost = rotation.seen().into_iter().find(|seen| seen.name == "lost").unwrap();
    assert_eq!((lost.fault.as_deref(), lost.is_due), (Some("out of reach"), false));
}

#[tokio::test]
async fn what_can_be_is_replaced_once_when_the_settings_say_so() {
    let (rotation, rotated, _) = four(Policy::Automatic);
    rotation.round().await;
    rotation.round().await;
    assert_eq!(rotated.load(Ordering::Relaxed), 1);
    assert_eq!(due(&rotation), ["carried"], "what somebody has to carry is only told");
}

#[tokio::test]
async fn switched_off_nothing_is_ever_due() {
    let (rotation, rotated, settled) = four(Policy::Off);
    rotation.round().await;
    assert!(due(&rotation).is_empty());
    assert_eq!((rotated.load(Ordering::Relaxed), settled.load(Ordering::Relaxed)), (0, 4), "changes under way go on");
}

#[tokio::test]
async fn ages_are_on_the_page_of_figures() {
    let (rotation, ..) = four(Policy::Remind);
    let mut registry = prometheus_client::registry::Registry::default();
    rotation.register(&mut registry);
    rotation.look().await;
    let mut page = String::new();
    prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
    for line in [
        r#"gondola_secret_age_seconds{secret="old"} 7776000"#,
        r#"gondola_secret_due{secret="carried"} 1"#,
        r#"gondola_secret_due{secret="young"} 0"#,
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}
