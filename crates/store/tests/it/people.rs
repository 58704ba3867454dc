//! People, their proofs and their sessions.

use anyhow::{Context, Result};
use domain::Timestamp;
use store::{
    Db, Rule, Tx, lockout,
    person::{self, NewPerson, Particulars, Password, PersonFilter},
    session::{self, NewSession, Over},
};
use uuid::Uuid;

use crate::both::NOW;

both! {
    somebody_is_added_found_and_changed
    a_login_belongs_to_one_person
    people_are_listed_by_login_role_and_site
    a_password_replaces_the_one_before
    a_step_of_time_is_used_once
    a_recovery_code_opens_once
    a_session_lives_until_it_is_over_or_ended
    a_code_is_turned_into_a_login
    failures_are_counted_until_they_are_forgotten
    the_last_of_a_role_is_known
}

pub fn new(number: u128, login: &str, role: &str, sites: Option<Vec<i64>>) -> NewPerson {
    NewPerson {
        id: Uuid::from_u128(number),
        code: format!("p-{number}"),
        login: login.to_owned(),
        name: login.to_uppercase(),
        role: role.to_owned(),
        sites,
        language: None,
        created_by: "tester".to_owned(),
    }
}

async fn add(db: &Db, new: &NewPerson) -> Result<()> {
    let mut tx = db.write().await?;
    person::create(&mut tx, new, NOW).await?;
    Ok(tx.commit().await?)
}

/// Two sites, by their numbers.
async fn sites(db: &Db) -> Result<[i64; 2]> {
    let mut tx = db.write().await?;
    let first = crate::places::create_site(&mut tx, "centro").await?;
    let second = crate::places::create_site(&mut tx, "norte").await?;
    tx.commit().await?;
    Ok([first.id, second.id])
}

async fn somebody_is_added_found_and_changed(db: Db) -> Result<()> {
    let [centro, norte] = sites(&db).await?;
    assert!(person::is_empty(&db).await?);
    add(&db, &new(1, "ana", "cashier", Some(vec![norte, centro]))).await?;
    assert!(!person::is_empty(&db).await?);
    let ana = person::by_login(&db, "ana").await?.context("there")?;
    assert_eq!((ana.sites.clone(), ana.version, ana.seen_at), (Some(vec![centro, norte]), 1, None));
    assert_eq!(person::get(&db, ana.id).await?.as_ref(), Some(&ana));
    assert_eq!(person::by_login(&db, "Ana").await?, None);
    let mut tx = db.write().await?;
    let to = Particulars { name: "Ana".into(), role: "manager".into(), language: Some("en".into()) };
    person::update(&mut tx, ana.id, &to).await?;
    person::set_sites(&mut tx, ana.id, None).await?;
    person::saw(&mut tx, ana.id, NOW.plus_seconds(9)).await?;
    person::set_disabled(&mut tx, ana.id, Some(NOW)).await?;
    let changed = person::lock(&mut tx, ana.id).await?.context("there")?;
    tx.commit().await?;
    assert_eq!(
        (changed.name.as_str(), changed.role.as_str(), changed.language.as_deref()),
        ("Ana", "manager", Some("en"))
    );
    assert_eq!((changed.sites, changed.version), (None, 3));
    assert_eq!((changed.seen_at, changed.disabled_at), (Some(NOW.plus_seconds(9)), Some(NOW)));
    Ok(())
}

async fn a_login_belongs_to_one_person(db: Db) -> Result<()> {
    add(&db, &new(1, "ana", "cashier", None)).await?;
    let mut tx = db.write().await?;
    let error = person::create(&mut tx, &new(2, "ana", "owner", None), NOW).await.unwrap_err();
    assert_eq!(error.rule(), Some(Rule::PersonLogin));
    Ok(())
}

async fn people_are_listed_by_login_role_and_site(db: Db) -> Result<()> {
    let [centro, norte] = sites(&db).await?;
    add(&db, &new(1, "beto", "cashier", Some(vec![centro]))).await?;
    add(&db, &new(2, "ana", "owner", None)).await?;
    add(&db, &new(3, "caro", "cashier", Some(vec![norte, centro]))).await?;
    let logins = async |filter: PersonFilter, limit| {
        let people = person::list(&db, &filter, limit).await?;
        anyhow::Ok(people.into_iter().map(|person| person.login).collect::<Vec<_>>())
    };
    assert_eq!(logins(PersonFilter::default(), 10).await?, ["ana", "beto", "caro"]);
    let mut tx = db.write().await?;
    assert_eq!(person::site_codes(&mut tx, Uuid::from_u128(3)).await?, ["centro", "norte"]);
    assert!(person::site_codes(&mut tx, Uuid::from_u128(2)).await?.is_empty(), "none by name, since it is every one");
    tx.rollback().await?;
    assert_eq!(logins(PersonFilter { after: Some("ana".into()), ..PersonFilter::default() }, 1).await?, ["beto"]);
    assert_eq!(
        logins(PersonFilter { role: Some("cashier".into()), ..PersonFilter::default() }, 9).await?,
        ["beto", "caro"]
    );
    assert_eq!(logins(PersonFilter { site: Some(norte), ..PersonFilter::default() }, 9).await?, ["ana", "caro"]);
    let within = |sites: Vec<i64>| PersonFilter { within: Some(sites), ..PersonFilter::default() };
    assert_eq!(logins(within(vec![centro]), 9).await?, ["beto"]);
    assert_eq!(logins(within(vec![norte, centro]), 9).await?, ["beto", "caro"]);
    assert_eq!(logins(within(Vec::new()), 9).await?, [""; 0]);
    let all = person::list(&db, &PersonFilter::default(), 10).await?;
    assert_eq!(
        all.iter().map(|p| p.sites.clone()).collect::<Vec<_>>(),
        [None, Some(vec![centro]), Some(vec![centro, norte])]
    );
    Ok(())
}

async fn a_password_replaces_the_one_before(db: Db) -> Result<()> {
    let one = Uuid::from_u128(1);
    add(&db, &new(1, "ana", "owner", None)).await?;
    assert_eq!(person::password(&db, one).await?, None);
    let first =
        Password { hash: "$argon2id$1".into(), set_at: NOW, one_time: true, usable_until: Some(NOW.plus_seconds(5)) };
    let second = Password { hash: "$argon2id$2".into(), one_time: false, usable_until: None, ..first.clone() };
    for password in [first, second] {
        let mut tx = db.write().await?;
        person::set_password(&mut tx, one, &password).await?;
        tx.commit().await?;
        let mut tx = db.write().await?;
        let seen = person::credential_in(&mut tx, one).await?.context("there")?;
        assert_eq!((seen.hash.as_ref(), seen.usable_until), (Some(&password.hash), password.usable_until));
        assert_eq!(person::credential(&db, "ana").await?, Some(seen), "the same look, by login");
        assert_eq!(person::password(&db, one).await?, Some(password));
        tx.rollback().await?;
    }
    Ok(())
}

async fn a_step_of_time_is_used_once(db: Db) -> Result<()> {
    let one = Uuid::from_u128(1);
    add(&db, &new(1, "ana", "owner", None)).await?;
    let mut tx = db.write().await?;
    assert!(!person::use_step(&mut tx, one, 100).await?, "nothing is being set up");
    assert!(!person::confirm_factor(&mut tx, one, NOW).await?);
    assert!(person::offer_factor(&mut tx, one).await? && person::offer_factor(&mut tx, one).await?);
    assert!(person::use_step(&mut tx, one, 100).await?);
    assert!(person::confirm_factor(&mut tx, one, NOW).await?);
    assert!(!person::confirm_factor(&mut tx, one, NOW).await? && !person::offer_factor(&mut tx, one).await?);
    for (step, fits) in [(99, false), (100, false), (101, true), (101, false)] {
        assert_eq!(person::use_step(&mut tx, one, step).await?, fits, "{step}");
    }
    tx.commit().await?;
    let factor = person::factor(&db, one).await?.context("there")?;
    assert_eq!((factor.since, factor.last_step), (Some(NOW), 101));
    let mut tx = db.write().await?;
    assert!(person::forget_factor(&mut tx, one).await? && !person::forget_factor(&mut tx, one).await?);
    tx.commit().await?;
    assert_eq!(person::factor(&db, one).await?, None);
    Ok(())
}

async fn a_recovery_code_opens_once(db: Db) -> Result<()> {
    let one = Uuid::from_u128(1);
    add(&db, &new(1, "ana", "owner", None)).await?;
    let mut tx = db.write().await?;
    person::replace_recovery(&mut tx, one, &[[1; 32], [2; 32]]).await?;
    person::replace_recovery(&mut tx, one, &[[3; 32], [4; 32], [5; 32]]).await?;
    assert!(!person::use_recovery(&mut tx, one, &[1; 32], NOW).await?, "replaced");
    assert!(person::use_recovery(&mut tx, one, &[3; 32], NOW).await?);
    assert!(!person::use_recovery(&mut tx, one, &[3; 32], NOW).await?, "used");
    tx.commit().await?;
    assert_eq!(person::recovery_left(&db, one).await?, 2);
    let mut tx = db.write().await?;
    person::replace_recovery(&mut tx, one, &[]).await?;
    tx.commit().await?;
    assert_eq!(person::recovery_left(&db, one).await?, 0);
    Ok(())
}

async fn a_session_lives_until_it_is_over_or_ended(db: Db) -> Result<()> {
    let one = Uuid::from_u128(1);
    add(&db, &new(1, "ana", "owner", None)).await?;
    let begin = |number: u8| NewSession {
        id: Uuid::from_u128(u128::from(number)),
        person: one,
        token_hash: [number; 32],
        passed: number > 1,
        address: "192.0.2.7".into(),
        agent: "curl".into(),
    };
    let mut tx = db.write().await?;
    for number in 1..=4_u8 {
        session::create(&mut tx, &begin(number), NOW.plus_seconds(i64::from(number))).await?;
    }
    session::touch(&mut tx, Uuid::from_u128(1), NOW.plus_seconds(50)).await?;
    session::touch(&mut tx, Uuid::from_u128(1), NOW.plus_seconds(40)).await?;
    tx.commit().await?;
    let first = session::find(&db, &[1; 32]).await?.context("there")?;
    assert_eq!((first.passed, first.seen_at, first.created_at), (false, NOW.plus_seconds(50), NOW.plus_seconds(1)));
    assert_eq!(session::find(&db, &[9; 32]).await?, None);
    let over = |begun: i64, seen: i64| Over { begun_at: NOW.plus_seconds(begun), seen_at: NOW.plus_seconds(seen) };
    let listed = async |over| {
        let sessions = session::list(&db, one, over).await?;
        anyhow::Ok(sessions.into_iter().map(|session| session.id.as_u128()).collect::<Vec<_>>())
    };
    assert_eq!(listed(over(0, 0)).await?, [4, 3, 2, 1]);
    assert_eq!(listed(over(0, 2)).await?, [4, 3, 1]);
    let mut tx = db.write().await?;
    assert!(!session::end(&mut tx, Uuid::from_u128(2), Uuid::from_u128(4)).await?, "of somebody else");
    assert!(session::stands(&mut tx, one, Uuid::from_u128(4)).await?);
    assert!(!session::stands(&mut tx, Uuid::from_u128(2), Uuid::from_u128(4)).await?, "of somebody else");
    assert!(session::end(&mut tx, one, Uuid::from_u128(4)).await?);
    assert!(!session::stands(&mut tx, one, Uuid::from_u128(4)).await?);
    assert_eq!(session::keep_newest(&mut tx, one, 2).await?, 1);
    assert_eq!(session::purge(&mut tx, over(2, 2)).await?, 1);
    assert_eq!(session::end_all(&mut tx, one, Some(Uuid::from_u128(3))).await?, 0);
    assert_eq!(session::end_all(&mut tx, one, None).await?, 1);
    tx.commit().await?;
    assert!(listed(over(0, 0)).await?.is_empty());
    Ok(())
}

async fn failures_are_counted_until_they_are_forgotten(db: Db) -> Result<()> {
    let at = |second: i64| NOW.plus_seconds(second);
    let mut tx = db.write().await?;
    assert_eq!(lockout::lock(&mut tx, "a").await?, []);
    lockout::keep(&mut tx, "a", &[at(1), at(2)]).await?;
    assert_eq!(lockout::lock(&mut tx, "a").await?, [at(1), at(2)]);
    assert_eq!(lockout::lock(&mut tx, "b").await?, []);
    lockout::keep(&mut tx, "b", &[at(5)]).await?;
    assert_eq!(lockout::purge(&mut tx, at(3)).await?, 1, "a is the one");
    assert_eq!(lockout::lock(&mut tx, "a").await?, Vec::<Timestamp>::new());
    lockout::keep(&mut tx, "a", &[]).await?;
    assert!(!lockout::forget(&mut tx, "a").await? && lockout::forget(&mut tx, "b").await?);
    Ok(tx.commit().await?)
}

async fn the_last_of_a_role_is_known(db: Db) -> Result<()> {
    let one = Uuid::from_u128(1);
    add(&db, &new(1, "ana", "owner", None)).await?;
    add(&db, &new(2, "beto", "owner", None)).await?;
    let mut tx = db.write().await?;
    person::lock_role(&mut tx, "owner").await?;
    assert_eq!(person::count_able(&mut tx, "owner", None, NOW).await?, 0, "nobody has a password");
    let end = NOW.plus_seconds(60);
    for (number, usable_until) in [(1, None), (2, Some(end))] {
        let kept = Password { hash: "x".into(), set_at: NOW, one_time: usable_until.is_some(), usable_until };
        person::set_password(&mut tx, Uuid::from_u128(number), &kept).await?;
    }
    assert_eq!(person::count_able(&mut tx, "owner", None, NOW).await?, 2);
    assert_eq!(person::count_able(&mut tx, "owner", Some(one), NOW).await?, 1);
    assert_eq!(person::count_able(&mut tx, "owner", Some(one), end).await?, 0, "that password is over");
    assert_eq!(person::count_able(&mut tx, "owner", None, end).await?, 1);
    person::set_disabled(&mut tx, Uuid::from_u128(2), Some(NOW)).await?;
    assert_eq!(person::count_able(&mut tx, "owner", Some(one), NOW).await?, 0);
    Ok(())
}

async fn a_code_is_turned_into_a_login(db: Db) -> Result<()> {
    for (number, login) in [(1, "ana"), (12, "beto")] {
        add(&db, &new(number, login, "owner", None)).await?;
    }
    let mut logins = person::logins(&db, &["p-1", "p-12", "p-", "caja, 1", "%"]).await?;
    logins.sort();
    assert_eq!(logins, [("p-1".to_owned(), "ana".to_owned()), ("p-12".to_owned(), "beto".to_owned())]);
    assert_eq!(person::logins(&db, &["p-2"]).await?, []);
    Ok(())
}

/// A row in each table, for whoever takes the tables away.
pub async fn fill(tx: &mut Tx) -> Result<()> {
    let one = new(1, "ana", "owner", Some(Vec::new()));
    person::create(tx, &one, NOW).await?;
    let password = Password { hash: "$argon2id$".into(), set_at: NOW, one_time: false, usable_until: None };
    person::set_password(tx, one.id, &password).await?;
    person::offer_factor(tx, one.id).await?;
    person::replace_recovery(tx, one.id, &[[1; 32]]).await?;
    let (address, agent) = (String::new(), String::new());
    let session = NewSession { id: one.id, person: one.id, token_hash: [1; 32], passed: true, address, agent };
    session::create(tx, &session, NOW).await?;
    lockout::lock(tx, "a").await?;
    Ok(lockout::keep(tx, "a", &[NOW]).await?)
}
