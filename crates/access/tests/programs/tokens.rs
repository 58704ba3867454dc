//! Tokens: what they say, what they are not taken for, how they end.

use access::Role;
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{HeaderValue, Request, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use platform::vault::Place;
use serde_json::{Value, json};

use crate::house::{House, NOW, answer};

const TOKEN: &str = "/api/v1/auth/token";
const STOCK: &str = "/api/v1/stock";

both! {
    a_key_is_exchanged_for_a_token_that_ends
    a_token_may_no_more_than_its_key_and_makes_no_token
    whatever_is_wrong_with_a_token_is_refused
    what_is_malformed_is_refused
    a_token_ends_when_it_is_ended_or_its_key_is
    tokens_signed_before_a_rotation_are_taken_until_they_end
    a_key_that_signs_gets_no_token
}

async fn issue(house: &House, key: &str, body: Value) -> Result<(String, String)> {
    let issued = house.send(key, "POST", TOKEN, body).await?;
    ensure!(issued.status == 200, "{issued:?}");
    let text = |name: &str| issued.body[name].as_str().map(str::to_owned).with_context(|| name.to_owned());
    Ok((text("access_token")?, text("id")?))
}

async fn status(house: &House, token: &str) -> Result<u16> {
    Ok(house.bearing(token, "GET", STOCK).await?.status.as_u16())
}

async fn a_key_is_exchanged_for_a_token_that_ends(house: &House) -> Result<()> {
    let till = house.key(Role::Cashier, |new| new.limits.sites = Some(vec!["norte".into()])).await?;
    let issued = house.send(till.text.expose(), "POST", TOKEN, Value::Null).await?;
    assert_eq!((&issued.body["token_type"], &issued.body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let token = issued.body["access_token"].as_str().context("a token")?;
    let who = house.bearing(token, "GET", STOCK).await?.body;
    assert_eq!((&who["id"], &who["kind"], &who["role"]), (&json!(till.key.id), &json!("token"), &json!("cashier")));
    assert_eq!((&who["sites"], &who["may_sell"]), (&json!([false, true]), &json!(true)));
    let elsewhere = Request::get(STOCK).header(header::AUTHORIZATION, format!("bearer {token}")).body(Body::empty())?;
    assert_eq!(answer(&house.other_node(), elsewhere).await?.status, 200, "another node takes it");
    house.hand.pass_seconds(3599);
    assert_eq!(status(house, token).await?, 200);
    house.hand.pass_seconds(1);
    assert_eq!(status(house, token).await?, 401, "although it was seen a moment ago");
    for (seconds, expected) in [(59, 422), (60, 200), (28_800, 200), (28_801, 422)] {
        let issued = house.send(till.text.expose(), "POST", TOKEN, json!({"expires_in": seconds})).await?;
        assert_eq!(issued.status, expected, "{seconds}");
    }
    let short = house.key(Role::Cashier, |new| new.expires_at = Some(house.desk.now().plus_seconds(100))).await?;
    let issued = house.send(short.text.expose(), "POST", TOKEN, Value::Null).await?;
    assert_eq!(issued.body["expires_in"], 100, "it ends with its key");
    Ok(())
}

async fn a_token_may_no_more_than_its_key_and_makes_no_token(house: &House) -> Result<()> {
    let till = house.key(Role::Cashier, |new| new.limits.scopes = vec!["read".into(), "admin".into()]).await?;
    let (all, _) = issue(house, till.text.expose(), Value::Null).await?;
    assert_eq!(house.bearing(&all, "GET", STOCK).await?.body["may_sell"], false);
    let (wider, _) = issue(house, till.text.expose(), json!({"scopes": ["read", "post"]})).await?;
    assert_eq!(house.bearing(&wider, "GET", STOCK).await?.body["may_sell"], false, "scopes never add");
    let refused = house.bearing(&all, "POST", TOKEN).await?;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "only_for_keys"), "else one token would live for ever");
    let wrong = house.send(till.text.expose(), "POST", TOKEN, json!({"scopes": ["everything"]})).await?;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["scopes[0]"]));
    Ok(())
}

/// The key that signs, by its name.
async fn signing(house: &House, token: &str) -> Result<(String, SigningKey)> {
    let header = token.split('.').next().context("a header")?;
    let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header)?)?;
    let id = header["kid"].as_str().context("a key")?.to_owned();
    let secret = house.vault.get(Place { purpose: "token_key.secret", subject: &id }, "test").await?.context("kept")?;
    Ok((id, SigningKey::from_bytes(secret.bytes().try_into()?)))
}

fn encoded(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn forged(header: &str, claims: &str, key: &SigningKey) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

async fn whatever_is_wrong_with_a_token_is_refused(house: &House) -> Result<()> {
    let till = house.key(Role::Cashier, |_| {}).await?;
    let (token, _) = issue(house, till.text.expose(), Value::Null).await?;
    let (id, key) = signing(house, &token).await?;
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": id}).to_string();
    let now = NOW.micros() / 1_000_000;
    let claims = |change: Value| {
        let mut claims = json!({
            "iss": "gondola", "aud": "gondola", "sub": till.key.id, "name": "n", "role": "cashier", "jti": "j", "iat": now,
            "nbf": now, "exp": now + 60,
        });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        claims.to_string()
    };
    let good = claims(json!({}));
    assert_eq!(status(house, &forged(&header, &good, &key)).await?, 200, "all of it is right");
    for change in [
        json!({"iss": "somebody"}),
        json!({"aud": "somebody"}),
        json!({"aud": ["gondola", "somebody"]}),
        json!({"exp": now}),
        json!({"exp": now + 8 * 3600 + 1}),
        json!({"exp": i64::MAX}),
        json!({"exp": "never"}),
        json!({"nbf": now + 31}),
        json!({"iat": now + 31}),
        json!({"sub": "nobody"}),
        json!({"sub": ""}),
        json!({"jti": ""}),
        json!({"role": "boss"}),
        json!({"scopes": ["read"], "colour": "red"}),
        json!({"jti": null}),
    ] {
        assert_eq!(status(house, &forged(&header, &claims(change.clone()), &key)).await?, 401, "{change}");
    }
    for other in [
        json!({"alg": "none", "kid": id}),
        json!({"alg": "HS256", "typ": "JWT", "kid": id}),
        json!({"alg": "eddsa", "typ": "JWT", "kid": id}),
        json!({"alg": "EdDSA", "typ": "JOSE", "kid": id}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": "another"}),
        json!({"alg": "EdDSA", "typ": "JWT"}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": id, "crit": ["exp"]}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": id, "jwk": {}}),
    ] {
        assert_eq!(status(house, &forged(&other.to_string(), &good, &key)).await?, 401, "{other}");
    }
    let twice = format!("{{\"alg\":\"none\",{}", &header[1..]);
    assert_eq!(status(house, &forged(&twice, &good, &key)).await?, 401, "a name given twice");
    let stranger = SigningKey::from_bytes(&[7; 32]);
    assert_eq!(status(house, &forged(&header, &good, &stranger)).await?, 401, "another key");
    let unsigned = format!("{}.{}.", encoded("{\"alg\":\"none\"}"), encoded(&good));
    assert_eq!(status(house, &unsigned).await?, 401, "no signature");
    let (signed, signature) = token.rsplit_once('.').context("parts")?;
    let changed = format!("{}.{}.{signature}", signed.split('.').next().unwrap(), encoded(&good));
    assert_eq!(status(house, &changed).await?, 401, "other claims under the same signature");
    // The server's public key is no secret to sign with.
    let confused = format!("{}.{}", encoded(&json!({"alg": "HS256", "kid": id}).to_string()), encoded(&good));
    let tag = platform::http::auth::signature::sign(&key.verifying_key().to_bytes(), &confused);
    assert_eq!(status(house, &format!("{confused}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))).await?, 401);
    Ok(())
}

async fn what_is_malformed_is_refused(house: &House) -> Result<()> {
    let key = house.text(Role::Owner).await?;
    let (token, _) = issue(house, &key, Value::Null).await?;
    let (huge, padded, cut) = ("x".repeat(10_000), format!("{token}="), token[..token.len() - 1].to_owned());
    for odd in
        ["", ".", "..", "...", "a.b.c", &huge, &format!("{huge}.{huge}.{huge}"), &padded, &cut, &format!(" {token}")]
    {
        assert_eq!(status(house, odd).await?, 401, "{odd}");
    }
    for odd in [&b""[..], b"Bearer", b"Bearer ", b"\xff\xfe", b"Basic YTpi", token.as_bytes(), b"Bearer \xc3\xb1"] {
        let request = Request::get(STOCK).header(header::AUTHORIZATION, HeaderValue::from_bytes(odd)?);
        assert_eq!(answer(&house.router, request.body(Body::empty())?).await?.status, 401, "{odd:?}");
    }
    let bearer = format!("Bearer {token}");
    let twice = Request::get(STOCK).header(header::AUTHORIZATION, &bearer).header(header::AUTHORIZATION, &bearer);
    assert_eq!(answer(&house.router, twice.body(Body::empty())?).await?.status, 401, "twice");
    let both = Request::get(STOCK).header(header::AUTHORIZATION, &bearer).header("X-API-Key", &key);
    assert_eq!(answer(&house.router, both.body(Body::empty())?).await?.status, 401, "of two sorts");
    Ok(())
}

async fn a_token_ends_when_it_is_ended_or_its_key_is(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let till = house.key(Role::Cashier, |_| {}).await?;
    let revoke = |id: &str| format!("/api/v1/auth/tokens/{id}/revoke");
    let (own, own_id) = issue(house, till.text.expose(), Value::Null).await?;
    let (other, other_id) = issue(house, till.text.expose(), Value::Null).await?;
    assert_eq!((status(house, &own).await?, status(house, &other).await?), (200, 200));
    assert_eq!(house.bearing(&own, "POST", &revoke(&other_id)).await?.status, 404, "not its own");
    assert_eq!(house.bearing(&own, "POST", &revoke(&own_id)).await?.status, 204);
    assert_eq!((status(house, &own).await?, status(house, &other).await?), (401, 200), "at once");
    assert_eq!(house.send(&owner, "POST", &revoke(&other_id), Value::Null).await?.status, 204);
    assert_eq!(status(house, &other).await?, 401);
    assert_eq!(house.send(&owner, "POST", &revoke("no-name"), Value::Null).await?.status, 404);
    let (last, _) = issue(house, till.text.expose(), Value::Null).await?;
    assert_eq!(status(house, &last).await?, 200);
    house.send(&owner, "POST", &format!("/api/v1/api-keys/{}/revoke", till.key.id), Value::Null).await?;
    assert_eq!(status(house, &last).await?, 401, "with its key");
    Ok(())
}

async fn tokens_signed_before_a_rotation_are_taken_until_they_end(house: &House) -> Result<()> {
    let key = house.text(Role::Cashier).await?;
    let (before, _) = issue(house, &key, json!({"expires_in": 28_800})).await?;
    let (old, signing_before) = signing(house, &before).await?;
    house.token_keys.rotate(platform::rotation::by_itself("tokens")).await?;
    let (after, _) = issue(house, &key, Value::Null).await?;
    let (new, _) = signing(house, &after).await?;
    assert_ne!(old, new);
    assert_eq!((status(house, &before).await?, status(house, &after).await?), (200, 200));
    let elsewhere = Request::get(STOCK).header(header::AUTHORIZATION, format!("Bearer {after}")).body(Body::empty())?;
    assert_eq!(answer(&house.other_node(), elsewhere).await?.status, 200);
    // When every token of the old key has ended, so has the key.
    house.hand.pass_seconds(8 * 3600);
    let now = house.desk.now().micros() / 1_000_000;
    let claims = json!({
        "iss": "gondola", "aud": "gondola", "sub": key.split('_').nth(1), "name": "n", "role": "cashier", "jti": "j", "iat": now,
        "nbf": now, "exp": now + 60,
    });
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": old}).to_string();
    assert_eq!(status(house, &forged(&header, &claims.to_string(), &signing_before)).await?, 401);
    Ok(())
}

async fn a_key_that_signs_gets_no_token(house: &House) -> Result<()> {
    let key = house.key(Role::Service, |_| {}).await?;
    let (token, _) = issue(house, key.text.expose(), Value::Null).await?;
    assert_eq!(status(house, &token).await?, 200);
    let mut signer = platform::http::Principal::new(platform::http::auth::CallerKind::Key, "k", "k", Role::Service);
    signer.must_sign = true;
    let desk =
        access::TokenDesk::new(house.db.clone(), std::sync::Arc::new(house.hand.clone()), house.token_keys.clone());
    let asked = access::token::Asked { seconds: 60, scopes: platform::http::auth::Scopes::ALL };
    assert_eq!(desk.issue(&signer, &asked).await.unwrap_err().code(), "key_must_sign");
    Ok(())
}
