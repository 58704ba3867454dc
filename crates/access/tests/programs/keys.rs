//! Keys: what they are limited to, how they change, how they end.

use std::{collections::BTreeSet, time::Duration};

use access::{Doer, Role};
use anyhow::{Context, Result, ensure};
use axum::{body::Body, http::Request};
use domain::Stopwatch;
use platform::rotation::{Policy, Rotates, Rotation};
use serde_json::{Value, json};
use store::api_key;

use crate::house::{House, NOW, answer};

const KEYS: &str = "/api/v1/api-keys";

both! {
    a_key_is_told_once_and_listed_without_its_secret
    a_key_is_not_made_under_an_idempotency_key
    a_key_carries_its_limits
    nobody_makes_a_key_stronger_than_their_own
    nobody_touches_a_key_stronger_than_their_own
    what_is_wrong_with_a_key_is_told_at_once
    the_oldest_secret_that_serves_is_the_one_told_of
    both_secrets_serve_during_the_overlap_and_then_the_old_one_ends
    a_revoked_key_ends_at_once_here
    an_expired_key_opens_nothing_even_where_it_is_remembered
    whoever_is_limited_to_sites_sees_the_keys_of_those_sites
    a_use_is_noted
}

fn id_of(made: &Value) -> Result<&str> {
    made["api_key"]["id"].as_str().context("an id")
}

fn text_of(made: &Value) -> Result<&str> {
    made["key"].as_str().context("a key")
}

async fn a_key_is_told_once_and_listed_without_its_secret(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let made = house.send(&owner, "POST", KEYS, json!({"name": " till 1 ", "role": "cashier"})).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let (id, text) = (id_of(&made.body)?, text_of(&made.body)?);
    assert_eq!(made.headers["location"], format!("{KEYS}/{id}"));
    assert!(text.starts_with(&format!("gk_{id}_")));
    let key = &made.body["api_key"];
    assert_eq!((&key["name"], &key["created_by"], &key["state"]), (&json!("till 1"), &json!("owner"), &json!("valid")));
    let who = house.who(text).await?;
    assert_eq!((&who["id"], &who["role"], &who["kind"]), (&json!(id), &json!("cashier"), &json!("key")));
    let list = house.send(&owner, "GET", KEYS, Value::Null).await?;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(2));
    let one = house.send(&owner, "GET", &format!("{KEYS}/{id}"), Value::Null).await?;
    let secret = text.rsplit('_').next().context("a secret")?;
    assert!(!list.body.to_string().contains(secret) && !one.body.to_string().contains(secret));
    assert_eq!(house.send(text, "GET", KEYS, Value::Null).await?.status, 403, "a cashier does not look at keys");
    // Page by page it is the same list.
    let first = house.send(&owner, "GET", &format!("{KEYS}?limit=1"), Value::Null).await?;
    let next = first.body["next_cursor"].as_str().context("a cursor")?;
    let second = house.send(&owner, "GET", &format!("{KEYS}?limit=1&cursor={next}"), Value::Null).await?;
    // When it was last used is noted aside, at some moment between one answer and the next.
    let at_rest = |page: &Value, index: usize| {
        let mut key = page["items"][index].clone();
        key["last_used_at"] = Value::Null;
        key
    };
    let paged = [at_rest(&first.body, 0), at_rest(&second.body, 0)];
    assert_eq!(paged, [at_rest(&list.body, 0), at_rest(&list.body, 1)]);
    assert_eq!(second.body["next_cursor"], Value::Null);
    Ok(())
}

async fn a_key_is_not_made_under_an_idempotency_key(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let refused = house.post_keyed(&owner, KEYS, json!({"name": "till 1", "role": "cashier"})).await?;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "idempotency_of_secret"), "{refused:?}");
    let list = house.send(&owner, "GET", KEYS, Value::Null).await?;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1), "nothing was made");
    Ok(())
}

async fn a_key_carries_its_limits(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let new = json!({"name": "a", "role": "cashier", "scopes": ["read"], "sites": ["norte"], "quota_per_minute": 600});
    let made = house.send(&owner, "POST", KEYS, new).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let who = house.who(text_of(&made.body)?).await?;
    assert_eq!((&who["may_read"], &who["may_sell"]), (&json!(true), &json!(false)));
    assert_eq!((&who["sites"], &who["quota"]), (&json!([false, true]), &json!(600)));
    let posting = json!({"name": "b", "role": "cashier", "scopes": ["post"]});
    let made = house.send(&owner, "POST", KEYS, posting).await?;
    assert_eq!(house.status(text_of(&made.body)?).await?, 403, "it may post and not read");
    Ok(())
}

async fn nobody_makes_a_key_stronger_than_their_own(house: &House) -> Result<()> {
    let manager = house
        .key(Role::Manager, |new| {
            new.limits.sites = Some(vec!["centro".into()]);
            new.limits.quota_per_minute = Some(100);
            new.expires_at = Some(NOW.plus_seconds(3600));
        })
        .await?;
    let manager = manager.text.expose();
    let end = NOW.plus_seconds(3600).to_string();
    let like = |change: Value| {
        let mut new =
            json!({"name": "n", "role": "cashier", "sites": ["centro"], "quota_per_minute": 100, "expires_at": end});
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        new
    };
    assert_eq!(house.send(manager, "POST", KEYS, like(json!({}))).await?.status, 201);
    for (change, fields) in [
        (json!({"role": "owner"}), vec!["role"]),
        (json!({"sites": null}), vec!["sites"]),
        (json!({"quota_per_minute": 101}), vec!["quota_per_minute"]),
        (json!({"quota_per_minute": null, "expires_at": null}), vec!["quota_per_minute", "expires_at"]),
        (json!({"expires_at": NOW.plus_seconds(3601).to_string()}), vec!["expires_at"]),
    ] {
        let refused = house.send(manager, "POST", KEYS, like(change.clone())).await?;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, "stronger_key"), "{change}");
        assert_eq!(refused.fields(), fields, "{change}");
    }
    let elsewhere = house.send(manager, "POST", KEYS, like(json!({"sites": ["norte"]}))).await?;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.fields()), (422, vec!["sites[0]"]), "another site is not there");
    let limited = house.key(Role::Owner, |new| new.limits.scopes = vec!["admin".into(), "read".into()]).await?;
    let beyond = house.send(limited.text.expose(), "POST", KEYS, json!({"name": "n", "role": "cashier"})).await?;
    assert_eq!((beyond.status.as_u16(), beyond.fields()), (403, vec!["role"]), "its scopes do not let it sell");
    let within = json!({"name": "n", "role": "cashier", "scopes": ["read"]});
    assert_eq!(house.send(limited.text.expose(), "POST", KEYS, within).await?.status, 201);
    // An operator keeps the program running, posts nothing and does not read the audit log: nor do the keys it makes.
    let operator = house.text(Role::Operator).await?;
    for (role, status) in [("operator", 201), ("auditor", 403), ("service", 403), ("cashier", 403), ("owner", 403)] {
        let made = house.send(&operator, "POST", KEYS, json!({"name": "n", "role": role})).await?;
        ensure!(made.status == status, "{role}: {made:?}");
    }
    Ok(())
}

async fn nobody_touches_a_key_stronger_than_their_own(house: &House) -> Result<()> {
    let owner = house.key(Role::Owner, |_| {}).await?;
    let cashier = house.key(Role::Cashier, |_| {}).await?;
    let manager =
        house.key(Role::Manager, |new| new.limits.scopes = vec!["admin".into(), "read".into(), "post".into()]).await?;
    let manager = manager.text.expose();
    for verb in ["rotate", "revoke"] {
        let refused = house.send(manager, "POST", &format!("{KEYS}/{}/{verb}", owner.key.id), Value::Null).await?;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, "stronger_key"), "{verb}");
        let done = house.send(manager, "POST", &format!("{KEYS}/{}/{verb}", cashier.key.id), Value::Null).await?;
        assert_eq!(done.status, 200, "{verb}: {done:?}");
        assert_eq!(house.send(manager, "POST", &format!("{KEYS}/none/{verb}"), Value::Null).await?.status, 404);
    }
    assert_eq!(house.status(owner.text.expose()).await?, 200);
    Ok(())
}

async fn what_is_wrong_with_a_key_is_told_at_once(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let wrong = json!({
        "name": "", "role": "boss", "scopes": ["read"], "quota_per_minute": 0, "expires_at": "tomorrow", "colour": "red",
    });
    let refused = house.send(&owner, "POST", KEYS, wrong).await?;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "invalid"));
    let mut fields = refused.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["colour", "expires_at", "name", "quota_per_minute", "role"]);
    let wrong = json!({
        "name": "n", "role": "cashier", "scopes": ["everything", "keys.manage", "read"], "sites": ["nowhere", "centro"],
        "expires_at": NOW.to_string(),
    });
    let refused = house.send(&owner, "POST", KEYS, wrong).await?;
    // In order: «everything», «keys.manage», «read».
    assert_eq!(refused.fields(), ["scopes[0]", "scopes[1]", "sites[1]", "expires_at"], "{refused:?}");
    assert_eq!(refused.body["errors"][0]["code"], "unknown_scope");
    assert_eq!(refused.body["errors"][1]["code"], "scope_not_of_role");
    Ok(())
}

async fn both_secrets_serve_during_the_overlap_and_then_the_old_one_ends(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let till = house.key(Role::Cashier, |_| {}).await?;
    let old = till.text.expose();
    assert_eq!(house.status(old).await?, 200);
    let path = format!("{KEYS}/{}/rotate", till.key.id);
    let rotated = house.send(&owner, "POST", &path, json!({"overlap_seconds": 60})).await?;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let new = text_of(&rotated.body)?;
    assert_eq!(rotated.body["api_key"]["previous_until"], NOW.plus_seconds(60).to_string());
    assert_eq!(house.who(new).await?["id"], house.who(old).await?["id"], "one key with two secrets");
    house.hand.pass_seconds(59);
    assert_eq!((house.status(old).await?, house.status(new).await?), (200, 200));
    house.hand.pass_seconds(1);
    assert_eq!((house.status(old).await?, house.status(new).await?), (401, 200), "although it was seen a moment ago");
    // Without an overlap the one before ends at once, and a second rotation ends the one before that.
    let at_once = house.send(&owner, "POST", &path, json!({"overlap_seconds": 0})).await?;
    assert_eq!((house.status(new).await?, house.status(text_of(&at_once.body)?).await?), (401, 200));
    let usual = house.send(&owner, "POST", &path, Value::Null).await?;
    let day = house.desk.now().plus_seconds(86_400).to_string();
    assert_eq!(usual.body["api_key"]["previous_until"], day);
    house.send(&owner, "POST", &path, Value::Null).await?;
    assert_eq!(house.status(text_of(&at_once.body)?).await?, 401);
    assert_eq!(house.status(text_of(&usual.body)?).await?, 200);
    Ok(())
}

async fn a_revoked_key_ends_at_once_here(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let till = house.key(Role::Cashier, |_| {}).await?;
    assert_eq!(house.status(till.text.expose()).await?, 200);
    let path = format!("{KEYS}/{}", till.key.id);
    for _ in 0..2 {
        let revoked = house.send(&owner, "POST", &format!("{path}/revoke"), Value::Null).await?;
        assert_eq!((revoked.status.as_u16(), &revoked.body["state"]), (200, &json!("revoked")), "any number of times");
        assert_eq!(house.status(till.text.expose()).await?, 401);
    }
    let rotated = house.send(&owner, "POST", &format!("{path}/rotate"), Value::Null).await?;
    assert_eq!((rotated.status.as_u16(), rotated.code()), (409, "key_ended"));
    let other = Request::get("/api/v1/stock").header("X-API-Key", till.text.expose()).body(Body::empty())?;
    assert_eq!(answer(&house.other_node(), other).await?.status, 401);
    Ok(())
}

async fn an_expired_key_opens_nothing_even_where_it_is_remembered(house: &House) -> Result<()> {
    let till = house.key(Role::Cashier, |new| new.expires_at = Some(NOW.plus_seconds(2))).await?;
    assert_eq!(house.status(till.text.expose()).await?, 200);
    house.hand.pass_seconds(2);
    assert_eq!(house.status(till.text.expose()).await?, 401);
    let owner = house.text(Role::Owner).await?;
    let listed = house.send(&owner, "GET", &format!("{KEYS}/{}", till.key.id), Value::Null).await?;
    assert_eq!(listed.body["state"], "expired");
    Ok(())
}

async fn whoever_is_limited_to_sites_sees_the_keys_of_those_sites(house: &House) -> Result<()> {
    let at = |site: &str| vec![site.to_owned()];
    let manager = house.key(Role::Manager, |new| new.limits.sites = Some(at("centro"))).await?;
    let own = house.key(Role::Cashier, |new| new.limits.sites = Some(at("centro"))).await?;
    let other = house.key(Role::Cashier, |new| new.limits.sites = Some(at("norte"))).await?;
    let everywhere = house.key(Role::Cashier, |_| {}).await?;
    let key = manager.text.expose();
    let list = house.send(key, "GET", KEYS, Value::Null).await?;
    let items = list.body["items"].as_array().into_iter().flatten();
    let listed: BTreeSet<&str> = items.filter_map(|item| item["id"].as_str()).collect();
    assert_eq!(listed, BTreeSet::from([&*manager.key.id, &*own.key.id]));
    for hidden in [&other, &everywhere] {
        let path = format!("{KEYS}/{}", hidden.key.id);
        for (method, path) in
            [("GET", path.clone()), ("POST", format!("{path}/rotate")), ("POST", format!("{path}/revoke"))]
        {
            assert_eq!(house.send(key, method, &path, Value::Null).await?.status, 404, "{method} {path}");
        }
    }
    Ok(())
}

async fn a_use_is_noted(house: &House) -> Result<()> {
    let till = house.key(Role::Cashier, |_| {}).await?;
    house.hand.pass_seconds(7);
    house.who(till.text.expose()).await?;
    // It is noted aside: wait for it.
    let waited = Stopwatch::start();
    while waited.elapsed() < Duration::from_secs(20) {
        let key = api_key::find(&house.db, &till.key.id).await?.context("there")?;
        if key.last_used_at == Some(NOW.plus_seconds(7)) {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
    anyhow::bail!("the use was not noted")
}

async fn the_oldest_secret_that_serves_is_the_one_told_of(house: &House) -> Result<()> {
    let clock = || std::sync::Arc::new(house.hand.clone());
    let keys: Vec<Box<dyn Rotates>> = vec![Box::new(access::keys::KeyAges::new(house.db.clone(), clock()))];
    let quarter = std::time::Duration::from_secs(90 * 86_400);
    let rotation = Rotation::new(keys, Policy::Automatic, quarter, clock());
    assert_eq!(rotation.look().await[0].age_s, None, "no key yet");
    let (old, ended) = (house.key(Role::Cashier, |_| {}).await?, house.key(Role::Cashier, |_| {}).await?);
    house.hand.pass_seconds(90 * 86_400);
    rotation.round().await;
    let seen = &rotation.seen()[0];
    assert_eq!((seen.name, seen.age_s, seen.is_due), ("api-key", Some(90 * 86_400), true));
    let serves = house.status(old.text.expose()).await?;
    assert_eq!(serves, 200, "nobody replaces it but whoever carries it");
    house.desk.rotate(Doer::CommandLine, old.text.id(), 0).await?;
    house.desk.revoke(Doer::CommandLine, ended.text.id()).await?;
    assert_eq!((rotation.look().await[0].age_s, rotation.seen()[0].is_due), (Some(0), false));
    Ok(())
}
