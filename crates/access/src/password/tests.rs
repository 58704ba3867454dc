use super::*;

/// The least argon2 takes.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

fn cheap() -> Passwords {
    Passwords::new(CHEAP, 1).unwrap()
}

#[tokio::test]
async fn only_the_password_itself_fits() {
    let passwords = cheap();
    let kept = passwords.hash(&Typed::new("gato azul con botas")).await.unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{kept}");
    for (typed, fits) in [
        ("gato azul con botas", true),
        ("gato azul con bota", false),
        ("Gato azul con botas", false),
        ("", false),
        (" gato azul con botas", false),
    ] {
        let checked = passwords.check(&Typed::new(typed), Some(&kept)).await.unwrap();
        assert_eq!(checked, Checked { fits, outdated: false }, "{typed}");
    }
    let other = passwords.hash(&Typed::new("gato azul con botas")).await.unwrap();
    assert_ne!(kept, other, "each hash has its own salt");
}

#[tokio::test]
async fn the_same_letters_fit_however_they_were_typed() {
    let passwords = cheap();
    let kept = passwords.hash(&Typed::new("mañana café ﬁno")).await.unwrap();
    let taken_apart = Typed::new("man\u{303}ana cafe\u{301} fino");
    assert!(passwords.check(&taken_apart, Some(&kept)).await.unwrap().fits);
}

#[tokio::test]
async fn nothing_fits_nobody() {
    let passwords = cheap();
    for typed in ["", "gato azul con botas"] {
        assert!(!passwords.check(&Typed::new(typed), None).await.unwrap().fits, "{typed}");
    }
}

#[tokio::test]
async fn a_hash_of_another_cost_still_fits_and_is_known_as_outdated() {
    let kept =
        Passwords::new(Cost { passes: 2, ..CHEAP }, 1).unwrap().hash(&Typed::new("otra vez lo mismo")).await.unwrap();
    let checked = cheap().check(&Typed::new("otra vez lo mismo"), Some(&kept)).await.unwrap();
    assert_eq!(checked, Checked { fits: true, outdated: true });
}

#[tokio::test]
async fn a_damaged_hash_is_our_fault_and_not_the_callers() {
    let problem = cheap().check(&Typed::new("x"), Some("$2b$12$abc")).await.unwrap_err();
    assert_eq!(problem.status(), 500);
}

/// One thread runs everything but hashing; while every room for hashes is taken, it still answers.
#[tokio::test(flavor = "current_thread")]
async fn hashing_leaves_the_runtime_free_and_waits_in_a_bounded_queue() {
    let passwords = cheap();
    let all = Arc::clone(&passwords.0.running).acquire_owned().await.unwrap();
    let typed = Typed::new("gato azul con botas");
    let mut waiting: Vec<_> = (0..MOST_WAITING)
        .map(|_| {
            let (passwords, typed) = (passwords.clone(), typed.clone());
            tokio::spawn(async move { passwords.check(&typed, None).await })
        })
        .collect();
    while passwords.0.waiting.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let refused = passwords.check(&typed, None).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (429, "too_many_requests"));
    drop(all);
    for task in waiting.drain(..) {
        assert!(!task.await.unwrap().unwrap().fits);
    }
    assert_eq!(passwords.0.running.available_permits(), 1);
}

#[test]
fn a_password_is_never_printed() {
    assert_eq!(format!("{:?}", Typed::new("hunter2")), "Typed(***)");
}

/// The hash of the reference implementation (argon2 command, 20190702): `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`.
#[test]
fn the_bytes_are_those_of_the_reference() {
    let cost = Cost { memory_kib: 65_536, passes: 2, lanes: 1 };
    let hash = digest(cost, b"somesalt", &Typed::new("password")).unwrap();
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}
