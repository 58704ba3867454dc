//! A certificate that replaces itself.

use testkit::clock::Hand;

use super::{
    super::renewal::{RenewalError, hindrance, mend, renew_when_due},
    *,
};

fn renewing() -> Set {
    let set = set();
    Set { files: Files { renews: true, ..set.files.clone() }, ..set }
}

fn facts(set: &Set) -> Facts {
    set.folder.facts("server").unwrap()
}

#[test]
fn it_is_replaced_thirty_days_before_its_end_and_not_a_day_sooner() {
    let (set, hand) = (renewing(), Hand::at(now()));
    let first = facts(&set);
    for (days, renewed) in [(0, false), (334, false), (2, true), (1, false), (333, false), (2, true)] {
        hand.pass_days(days);
        assert_eq!(renew_when_due(&set.files, hand.now()).unwrap(), renewed, "{days} days later");
    }
    let last = facts(&set);
    assert_eq!((&last.subject, &last.names, &last.issuer), (&first.subject, &first.names, &first.issuer));
    assert!(last.seconds_left(hand.now()) > 364 * DAY_S);
    assert!(Tls::load(set.files.clone()).is_ok(), "the key is that of the certificate");
}

#[test]
fn it_ends_no_later_than_its_authority_and_is_not_made_when_that_ends_soon() {
    let set = renewing();
    let authority_left = 3_652;
    let late = now().plus_seconds((authority_left - 100) * DAY_S);
    assert!(renew_when_due(&set.files, late).unwrap());
    assert!((98..=100).contains(&(facts(&set).seconds_left(late) / DAY_S)));
    // With thirty days and some hours its successor would be due at once, and every hour from then on.
    for left in [31, 30, 20] {
        let too_late = now().plus_seconds((authority_left - left) * DAY_S);
        assert!(matches!(renew_when_due(&set.files, too_late), Err(RenewalError::AuthorityEnds)), "{left} days left");
    }
}

#[test]
fn what_broke_off_between_key_and_certificate_is_mended_before_it_is_needed() {
    let set = renewing();
    assert!(!mend(&set.files, now()).unwrap(), "there is nothing to mend");
    let other = set.authority.issue(&order("server", &["localhost"], 365), now()).unwrap();
    fs::write(&set.files.key, &other.key).unwrap();
    assert!(Tls::load(set.files.clone()).is_err());
    assert!(!mend(&Files { renews: false, ..set.files.clone() }, now()).unwrap(), "the operator's own are theirs");
    assert!(mend(&set.files, now()).unwrap() && Tls::load(set.files.clone()).is_ok());
    assert!(facts(&set).names.contains(&"127.0.0.1".to_owned()), "for the names it was for: {:?}", facts(&set));
    assert!(!renew_when_due(&set.files, now()).unwrap());
}

#[test]
fn a_pair_for_which_there_is_no_room_replaces_nothing() {
    let set = renewing();
    let before = [fs::read(&set.files.key).unwrap(), fs::read(&set.files.certificate).unwrap()];
    // Where the certificate would be written first, there is something that cannot be written over.
    fs::create_dir(set.folder.certificate("server").with_extension("crt.new")).unwrap();
    let other = set.authority.issue(&order("server", &["localhost"], 365), now()).unwrap();
    assert!(set.folder.replace("server", &other).is_err());
    assert_eq!([fs::read(&set.files.key).unwrap(), fs::read(&set.files.certificate).unwrap()], before);
}

#[test]
fn of_two_that_renew_at_once_one_does() {
    let set = renewing();
    let due = now().plus_seconds(340 * DAY_S);
    let renewed = std::thread::scope(|scope| {
        let both = [0; 4].map(|_| scope.spawn(|| renew_when_due(&set.files, due).unwrap()));
        both.map(|thread| thread.join().unwrap())
    });
    assert_eq!(renewed.into_iter().filter(|did| *did).count(), 1);
    assert!(Tls::load(set.files.clone()).is_ok());
}

#[test]
fn only_a_certificate_of_the_authority_beside_it_is_replaced() {
    let set = renewing();
    assert!(hindrance(&set.files, now()).is_none());
    let apart = Files { key: set.folder.key("other"), ..set.files.clone() };
    assert!(matches!(hindrance(&apart, now()), Some(RenewalError::Apart)));
    let (stranger, _) = Authority::create(Algorithm::EcdsaP256, now()).unwrap();
    let foreign = stranger.issue(&order("server", &["localhost"], 5), now()).unwrap();
    set.folder.replace("server", &foreign).unwrap();
    assert!(matches!(renew_when_due(&set.files, now()), Err(RenewalError::Foreign)));
    assert_eq!(fs::read_to_string(&set.files.certificate).unwrap(), foreign.certificate, "it stays");
    fs::remove_file(set.folder.key("ca")).unwrap();
    let fresh = set.authority.issue(&order("server", &["localhost"], 5), now()).unwrap();
    set.folder.replace("server", &fresh).unwrap();
    assert!(matches!(hindrance(&set.files, now()), Some(RenewalError::Folder(_))));
    assert!(hindrance(&Files { renews: false, ..set.files.clone() }, now()).is_none(), "nobody wants it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_replaces_its_own_under_load_without_a_failed_request_and_tells_of_it() {
    let set = renewing();
    let short = set.authority.issue(&order("server", &["localhost"], 20), now()).unwrap();
    set.folder.replace("server", &short).unwrap();
    let running = Arc::new(serve(set.files.clone()).await);
    let (audit, mut told) = crate::audit::Audit::watched();
    let keeping = running.tls.clone().keep(Arc::new(domain::SystemClock), running.shutdown.clone(), audit);
    let keeping = tokio::spawn(keeping);
    let connector = client(&set.own, None, &[&TLS13, &TLS12]);
    let mut answered = 0;
    while running.tls.figures().reloads == 0 {
        ask(&running, &connector).await.unwrap();
        answered += 1;
    }
    ask(&running, &connector).await.unwrap();
    assert!(answered > 0 && running.tls.figures().facts.seconds_left(now()) > 363 * DAY_S);
    running.shutdown.trigger();
    keeping.await.unwrap();
    let events = told.take();
    let actions: Vec<_> = events.iter().map(|event| (event.action, event.outcome)).collect();
    assert_eq!(actions, [(domain::audit::Action::CertificateChanged, domain::audit::Outcome::Ok)]);
}
