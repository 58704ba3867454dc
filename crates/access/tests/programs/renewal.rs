//! Keys that replace their own secrets.

use access::{
    Doer, Role,
    keys::{Made, OVERLAP_SECONDS},
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{Request, header},
};
use domain::audit::Action;
use platform::secrets::KeyText;
use serde_json::{Value, json};

use crate::house::{Answer, House, NOW, answer};

both! {
    a_key_replaces_its_own_secret_and_asking_again_changes_nothing
    whoever_has_only_the_secret_before_cannot_push_the_present_one_out
    a_secret_that_was_replaced_is_told_of_when_it_is_shown_again_and_whoever_shows_it_is_not
    of_two_renewals_at_once_one_is_done
    only_the_key_itself_renews_it_and_only_within_its_scopes
    a_secret_that_was_not_made_by_chance_is_refused
}

const RENEW: &str = "/api/v1/api-keys/self/renew";

/// The key of a till, and what it is to be next.
async fn till(house: &House) -> Result<(Made, KeyText)> {
    let made = house.key(Role::Cashier, |_| {}).await?;
    let next = KeyText::with_id(&made.key.id)?;
    Ok((made, next))
}

async fn renew(house: &House, with: &KeyText, next: &KeyText) -> Result<Answer> {
    house
        .send(with.expose(), "POST", RENEW, json!({"secret": next.expose_secret(), "overlap_seconds": OVERLAP_SECONDS}))
        .await
}

/// The key that was answered, but for when it was used, which is noted while others are answered.
fn standing(answer: &Answer) -> Value {
    let mut key = answer.body.clone();
    key["last_used_at"] = Value::Null;
    key
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.code())
}

async fn a_key_replaces_its_own_secret_and_asking_again_changes_nothing(house: &House) -> Result<()> {
    let (first, second) = till(house).await?;
    let (old, new) = (&first.text, &second);
    let renewed = renew(house, old, new).await?;
    ensure!(renewed.status == 200 && renewed.body["id"] == old.id(), "{renewed:?}");
    ensure!(renewed.body["previous_until"] == NOW.plus_seconds(OVERLAP_SECONDS).to_string(), "{renewed:?}");
    ensure!(!renewed.body.to_string().contains(new.expose_secret()), "whoever asked has it");
    house.hand.pass_seconds(30);
    // The answer was lost: with either secret it is as if it came now, and the overlap is no longer for it.
    for with in [old, new] {
        let again = renew(house, with, new).await?;
        ensure!(again.status == 200 && standing(&again) == standing(&renewed), "{again:?}");
    }
    house.hand.pass_seconds(OVERLAP_SECONDS - 31);
    ensure!((house.status(old.expose()).await?, house.status(new.expose()).await?) == (200, 200));
    house.hand.pass_seconds(1);
    ensure!((house.status(old.expose()).await?, house.status(new.expose()).await?) == (401, 200));
    let third = KeyText::with_id(old.id())?;
    ensure!(renew(house, new, &third).await?.status == 200, "the next quarter");
    ensure!((house.status(new.expose()).await?, house.status(third.expose()).await?) == (200, 200));
    let events = store::audit::list(&house.db, i64::MAX, &store::audit::Filter::default(), 100).await?;
    let renewals: Vec<_> = events.iter().filter(|record| record.event.action == Action::KeyRotated).collect();
    ensure!(renewals.len() == 2, "each once: {renewals:?}");
    let event = &renewals[0].event;
    ensure!(event.actor.name == "cashier" && event.details.contains("by_itself"), "{event:?}");
    Ok(())
}

/// What the gate told of credentials since the last time.
fn of_credentials(house: &House) -> Result<Vec<(Action, String)>> {
    let told = house.told.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.take();
    Ok(told.into_iter().map(|event| (event.action, event.resource)).collect())
}

async fn a_secret_that_was_replaced_is_told_of_when_it_is_shown_again_and_whoever_shows_it_is_not(
    house: &House,
) -> Result<()> {
    let (first, second) = till(house).await?;
    renew(house, &first.text, &second).await?;
    ensure!(house.status(first.text.expose()).await? == 200 && of_credentials(house)?.is_empty(), "while both serve");
    house.hand.pass_seconds(OVERLAP_SECONDS);
    let made_up = KeyText::with_id(first.text.id())?;
    let mut answers = Vec::new();
    for (text, action) in [(&first.text, Action::ReplacedSecretShown), (&made_up, Action::Authenticated)] {
        let answer = house.send(text.expose(), "GET", "/api/v1/stock", Value::Null).await?;
        answers.push((answer.status, answer.headers, answer.body));
        ensure!(of_credentials(house)? == [(action, format!("key:{}", first.text.id()))], "{action:?}");
    }
    ensure!(answers[0].0 == 401 && answers[0] == answers[1], "the same answer for each: {answers:?}");
    house.desk.revoke(Doer::CommandLine, first.text.id()).await?;
    ensure!(house.status(first.text.expose()).await? == 401);
    let ended = of_credentials(house)?;
    ensure!(ended == [(Action::Authenticated, format!("key:{}", first.text.id()))], "its key has ended: {ended:?}");
    Ok(())
}

async fn whoever_has_only_the_secret_before_cannot_push_the_present_one_out(house: &House) -> Result<()> {
    let (first, second) = till(house).await?;
    renew(house, &first.text, &second).await?;
    let other = KeyText::with_id(first.text.id())?;
    for with in [&first.text, &second] {
        let refused = renew(house, with, &other).await?;
        ensure!(told(&refused) == (409, "key_replaced_meanwhile"), "{refused:?}");
    }
    ensure!(house.status(second.expose()).await? == 200 && house.status(other.expose()).await? == 401);
    // The one that is taken back in is as good as any other.
    house.hand.pass_seconds(OVERLAP_SECONDS);
    ensure!(renew(house, &second, &first.text).await?.status == 200);
    Ok(())
}

async fn of_two_renewals_at_once_one_is_done(house: &House) -> Result<()> {
    let (first, second) = till(house).await?;
    let third = KeyText::with_id(first.text.id())?;
    let node = house.other_node();
    let there = Request::post(RENEW).header("X-API-Key", first.text.expose());
    let there = there.header(header::CONTENT_TYPE, "application/json");
    let there = there.body(Body::from(json!({"secret": third.expose_secret()}).to_string()))?;
    let (here, there) = tokio::join!(renew(house, &first.text, &second), answer(&node, there));
    let (here, there) = (here?, there?);
    let mut both = [told(&here), told(&there)];
    both.sort_unstable();
    ensure!(both == [(200, ""), (409, "key_replaced_meanwhile")], "{here:?} {there:?}");
    let (done, other) = if here.status == 200 { (&second, &third) } else { (&third, &second) };
    ensure!(house.status(done.expose()).await? == 200 && house.status(other.expose()).await? == 401);
    ensure!(house.status(first.text.expose()).await? == 200, "the one before serves on");
    Ok(())
}

async fn only_the_key_itself_renews_it_and_only_within_its_scopes(house: &House) -> Result<()> {
    let limited = async |scopes: &[&str]| {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        house.key(Role::Cashier, |new| new.limits.scopes = scopes).await
    };
    let (sells, renews) = (limited(&["postings.sell"]).await?, limited(&["postings.sell", "keys.renew"]).await?);
    let refused = renew(house, &sells.text, &KeyText::with_id(sells.text.id())?).await?;
    ensure!(told(&refused) == (403, "forbidden"), "{refused:?}");
    ensure!(renew(house, &renews.text, &KeyText::with_id(renews.text.id())?).await?.status == 200);
    let (key, next) = till(house).await?;
    let token = house.send(key.text.expose(), "POST", "/api/v1/auth/token", Value::Null).await?;
    let token = token.body["access_token"].as_str().context("a token")?;
    let bearing = Request::post(RENEW).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let bearing = bearing.header(header::CONTENT_TYPE, "application/json");
    let body = Body::from(json!({"secret": next.expose_secret()}).to_string());
    let refused = answer(&house.router, bearing.body(body)?).await?;
    ensure!(told(&refused) == (403, "only_by_the_key"), "{refused:?}");
    ensure!(house.status(next.expose()).await? == 401);
    Ok(())
}

async fn a_secret_that_was_not_made_by_chance_is_refused(house: &House) -> Result<()> {
    let (key, _) = till(house).await?;
    let whole = key.text.expose().to_owned();
    for secret in ["a".repeat(43), "corto".to_owned(), ["abcdefghijklmnop"; 3].join(" "), whole] {
        let refused = house.send(key.text.expose(), "POST", RENEW, json!({"secret": secret})).await?;
        ensure!(refused.status == 422 && refused.fields() == ["secret"], "{secret}: {refused:?}");
    }
    let body = json!({"secret": KeyText::with_id(key.text.id())?.expose_secret(), "overlap_seconds": OVERLAP_SECONDS - 1, "id": "k"});
    let refused = house.send(key.text.expose(), "POST", RENEW, body).await?;
    ensure!(refused.status == 422 && refused.fields().len() == 2, "{refused:?}");
    ensure!(house.status(key.text.expose()).await? == 200);
    Ok(())
}
