//! What changes while a password is looked at, which takes long enough for it.
//!
//! Invariant: the order is made, not hoped for: the node that is asked has its hashing held until another node has done the rest.

use access::{Access, Doer, Role, password::Typed, people::UserChange, session::over, totp::step_at};
use anyhow::{Context as _, Result, ensure};
use domain::{
    Clock,
    audit::{Action, Outcome},
};
use platform::vault::Place;
use serde_json::json;
use store::person;

use crate::shop::{NOW, PASSWORD, Shop, shared_of, typed};

both! {
    a_password_that_is_replaced_while_it_is_looked_at_opens_nothing
    whoever_is_closed_out_meanwhile_does_not_come_in
    a_second_factor_that_is_set_up_meanwhile_is_asked_for
    a_hash_that_is_renewed_meanwhile_is_still_that_password
    a_password_whose_hash_changes_each_time_it_is_looked_at_is_no_failure
    whoever_is_given_another_role_meanwhile_is_not_helped
    a_password_of_ones_own_does_not_replace_one_that_was_made_meanwhile
    what_could_not_be_looked_at_is_no_failure
    being_kept_out_is_told_wherever_it_is_reached
    of_two_who_set_a_second_factor_up_at_once_one_wins
}

/// Asks, and has another node do something once what was asked waits for room to hash.
async fn meanwhile<T>(
    shop: &Shop,
    asked: impl Future<Output = Result<T>>,
    done: impl AsyncFnOnce(Access) -> Result<()>,
) -> Result<T> {
    let held = shop.access.passwords.hold().await?;
    let between = async {
        while shop.access.passwords.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        done(shop.another_node()?).await?;
        drop(held);
        anyhow::Ok(())
    };
    let (answered, done) = tokio::join!(asked, between);
    done?;
    answered
}

async fn sessions_of(shop: &Shop, login: &str) -> Result<usize> {
    let (person, _) = shop.access.user(Doer::CommandLine, login).await?;
    Ok(store::session::list(&shop.db, person.id, over(shop.hand.now())).await?.len())
}

async fn a_password_that_is_replaced_while_it_is_looked_at_opens_nothing(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut thief = shop.browser();
    let answer = meanwhile(shop, thief.login("ana", PASSWORD), async |node| {
        let (ana, sites) = node.user(Doer::CommandLine, "ana").await?;
        node.reset_password(Doer::CommandLine, (&ana, &sites)).await?;
        Ok(())
    });
    answer.await?.is(401, "wrong_credentials")?;
    ensure!(thief.token().is_none() && sessions_of(shop, "ana").await? == 0);
    Ok(())
}

async fn whoever_is_closed_out_meanwhile_does_not_come_in(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut browser = shop.browser();
    let answer = meanwhile(shop, browser.login("ana", PASSWORD), async |node| {
        let (ana, sites) = node.user(Doer::CommandLine, "ana").await?;
        Ok(node.set_user_disabled(Doer::CommandLine, (&ana, &sites), true).await?)
    });
    answer.await?.is(401, "wrong_credentials")?;
    ensure!(sessions_of(shop, "ana").await? == 0);
    Ok(())
}

async fn a_second_factor_that_is_set_up_meanwhile_is_asked_for(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut browser = shop.browser();
    let answer = meanwhile(shop, browser.login("ana", PASSWORD), async |node| {
        let (ana, _) = node.user(Doer::CommandLine, "ana").await?;
        let mut tx = node.db.write().await?;
        ensure!(person::offer_factor(&mut tx, ana.id).await? && person::confirm_factor(&mut tx, ana.id, NOW).await?);
        Ok(tx.commit().await?)
    });
    let answer = answer.await?.is(200, "")?;
    ensure!(answer.body["me"]["user"]["next"] == "code", "{}", answer.body);
    Ok(())
}

/// Puts another hash of the same password in the place of the one there is.
async fn renew(node: &Access) -> Result<()> {
    let (ana, _) = node.user(Doer::CommandLine, "ana").await?;
    let kept = person::password(&node.db, ana.id).await?.map(|kept| kept.hash).unwrap_or_default();
    let renewed = node.passwords.hash(&typed(PASSWORD)).await?;
    ensure!(renewed != kept);
    let mut tx = node.db.write().await?;
    person::renew_hash(&mut tx, ana.id, &kept, &renewed).await?;
    Ok(tx.commit().await?)
}

async fn a_hash_that_is_renewed_meanwhile_is_still_that_password(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut browser = shop.browser();
    let answer = meanwhile(shop, browser.login("ana", PASSWORD), async |node| renew(&node).await);
    answer.await?.is(200, "").map(drop)
}

async fn a_password_whose_hash_changes_each_time_it_is_looked_at_is_no_failure(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let (node, passwords) = (shop.another_node()?, &shop.access.passwords);
    let mut held = passwords.hold().await?;
    let mut browser = shop.browser();
    let between = async {
        for _ in 0..3 {
            while passwords.waiting() == 0 {
                tokio::task::yield_now().await;
            }
            renew(&node).await?;
            drop(held);
            // Whoever waits has its turn first; nothing else is looked at until there is yet another hash.
            held = passwords.hold().await?;
        }
        drop(held);
        anyhow::Ok(())
    };
    let (answered, done) = tokio::join!(browser.login("ana", PASSWORD), between);
    done?;
    let answer = answered?.is(503, "unavailable")?;
    ensure!(answer.headers["retry-after"] == "1");
    for _ in 0..9 {
        shop.browser().login("ana", "otra").await?.is(401, "wrong_credentials")?;
    }
    shop.browser().login("ana", PASSWORD).await?.is(200, "").map(drop)
}

async fn whoever_is_given_another_role_meanwhile_is_not_helped(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    shop.add("ana", Role::Cashier, &["centro"]).await?;
    let mut mara = shop.add("mara", Role::Manager, &["centro"]).await?;
    let asked = mara.send("POST", "/api/v1/users/ana/reset-password", None);
    let answer = meanwhile(shop, asked, async |node| {
        let (ana, sites) = node.user(Doer::CommandLine, "ana").await?;
        let change = UserChange { role: Some(Role::Accountant), ..UserChange::default() };
        Ok(node.change_user(Doer::CommandLine, (&ana, &sites), &change, ana.version).await?)
    });
    answer.await?.is(403, "forbidden")?;
    shop.browser().login("ana", PASSWORD).await?.is(200, "").map(drop)
}

async fn a_password_of_ones_own_does_not_replace_one_that_was_made_meanwhile(shop: &Shop) -> Result<()> {
    let mut thief = shop.add("ana", Role::Cashier, &[]).await?;
    let wanted = json!({"current_password": PASSWORD, "new_password": "perro verde sin cola"});
    let mut made: Option<Typed> = None;
    let answer = meanwhile(shop, thief.post("/api/v1/me/password", wanted), async |node| {
        let (ana, sites) = node.user(Doer::CommandLine, "ana").await?;
        made = Some(node.reset_password(Doer::CommandLine, (&ana, &sites)).await?);
        Ok(())
    });
    answer.await?.is(401, "unauthorized")?;
    ensure!(sessions_of(shop, "ana").await? == 0);
    let made = made.map(|made| made.expose().to_owned()).unwrap_or_default();
    shop.browser().login("ana", &made).await?.is(200, "").map(drop)
}

async fn what_could_not_be_looked_at_is_no_failure(shop: &Shop) -> Result<()> {
    let (mut ana, ..) = shop.add_with_factor("ana", Role::Manager).await?;
    let passwords = &shop.access.passwords;
    let held = passwords.hold().await?;
    let crowd: Vec<_> = (0..64)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.check(&typed("x"), None).await.is_ok() })
        })
        .collect();
    while passwords.waiting() < crowd.len() {
        tokio::task::yield_now().await;
    }
    // More often than failures are let pass.
    for _ in 0..6 {
        shop.browser().login("ana", PASSWORD).await?.is(429, "too_many_requests")?;
        let proof = json!({"current_password": PASSWORD});
        ana.post("/api/v1/me/recovery-codes", proof).await?.is(429, "too_many_requests")?;
    }
    drop(held);
    for waited in crowd {
        ensure!(waited.await?);
    }
    shop.browser().login("ana", PASSWORD).await?.is(200, "").map(drop)
}

async fn being_kept_out_is_told_wherever_it_is_reached(shop: &Shop) -> Result<()> {
    let mut beto = shop.add("beto", Role::Manager, &[]).await?;
    let (mut ana, ..) = shop.add_with_factor("ana", Role::Manager).await?;
    beto.post("/api/v1/me/totp", json!({"current_password": PASSWORD})).await?.is(200, "")?;
    beto.address = [198, 51, 100, 1].into();
    for _ in 0..10 {
        ana.post("/api/v1/me/recovery-codes", json!({"current_password": "otra"})).await?.is(422, "invalid")?;
        beto.post("/api/v1/me/totp/confirm", json!({"code": "000000"})).await?.is(422, "invalid")?;
    }
    ana.post("/api/v1/me/recovery-codes", json!({"current_password": PASSWORD})).await?.is(429, "locked_out")?;
    beto.post("/api/v1/me/totp/confirm", json!({"code": "000000"})).await?.is(429, "locked_out")?;
    let events = shop.events().await?;
    for login in ["ana", "beto"] {
        let (person, _) = shop.access.user(Doer::CommandLine, login).await?;
        let told = |action| {
            let of = |event: &&domain::audit::Event| event.action == action && event.outcome == Outcome::Failed;
            events.iter().filter(of).filter(|event| event.actor.id == person.code).count()
        };
        ensure!(told(Action::LockedOut) == 1, "{login}: told once");
        ensure!(told(Action::LoggedIn) + told(Action::SecondFactor) == 10, "{login}: each failure is told");
    }
    Ok(())
}

/// Whichever comes first, the secret that is kept is the one whose code was given, and the other is told.
async fn of_two_who_set_a_second_factor_up_at_once_one_wins(shop: &Shop) -> Result<()> {
    const PATH: &str = "/api/v1/me/totp";
    let proof = json!({"current_password": PASSWORD});
    shop.add("ana", Role::Manager, &[]).await?;
    let (ana, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    for round in 0..10 {
        shop.hand.pass_seconds(60);
        let (mut here, mut there) = (shop.browser(), shop.browser());
        here.login("ana", PASSWORD).await?.is(200, "")?;
        there.login("ana", PASSWORD).await?.is(200, "")?;
        let offer = here.post(PATH, proof.clone()).await?.is(200, "")?;
        let shared = shared_of(offer.body["secret"].as_str().unwrap_or_default())?;
        let code = json!({"code": shared.code(step_at(shop.hand.now()))});
        let (confirmed, offered) =
            tokio::join!(here.post("/api/v1/me/totp/confirm", code), there.post(PATH, proof.clone()));
        let (confirmed, offered) = (confirmed?, offered?);
        let told = format!("{round}: {confirmed:?} {offered:?}");
        let in_force = person::factor(&shop.db, ana.id).await?.is_some_and(|factor| factor.since.is_some());
        ensure!(in_force == (confirmed.status == 200) && in_force == (offered.status == 409), "{told}");
        let place = Place { purpose: "person.totp", subject: &ana.id.to_string() };
        let kept = shop.access.vault.get(place, "test").await?.context("a secret is kept")?;
        ensure!(in_force == (kept.bytes() == shared.bytes()), "{told}");
        if in_force {
            here.post("/api/v1/me/totp/remove", proof.clone()).await?.is(204, "")?;
        } else {
            ensure!(["second_factor_replaced", "invalid"].contains(&confirmed.code()), "{told}");
        }
    }
    Ok(())
}
