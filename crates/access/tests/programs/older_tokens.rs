//! Tokens of the older system's agents.

use anyhow::Result;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::house::{House, OLDER_SECRETS};

const INVENTORY: &str = "/inventory/A";

both! {
    an_older_token_opens_the_older_paths_and_nothing_else
    whatever_is_wrong_with_an_older_token_is_refused
    an_older_token_ends_by_its_name
}

fn token(header: &Value, claims: &Value, secret: &str) -> Result<String> {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(signed.as_bytes());
    Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn claims(house: &House) -> Value {
    let now = house.desk.now().micros() / 1_000_000;
    json!({"sub": "agente-negocio", "role": "service", "jti": "j1", "iat": now, "exp": now + 3600, "permissions": ["*"]})
}

async fn status(house: &House, token: &str) -> Result<u16> {
    Ok(house.bearing(token, "GET", INVENTORY).await?.status.as_u16())
}

async fn an_older_token_opens_the_older_paths_and_nothing_else(house: &House) -> Result<()> {
    for secret in OLDER_SECRETS {
        let token = token(&header(), &claims(house), secret)?;
        let who = house.bearing(&token, "GET", INVENTORY).await?;
        assert_eq!(who.status, 200, "{who:?}");
        assert_eq!(
            (&who.body["id"], &who.body["kind"], &who.body["may_sell"], &who.body["may_read"]),
            (&json!("agent:agente-negocio"), &json!("token"), &json!(false), &json!(false))
        );
        for (method, path) in [("GET", "/api/v1/stock"), ("POST", "/api/v1/postings"), ("GET", "/api/v1/api-keys")] {
            assert_eq!(house.bearing(&token, method, path).await?.status, 403, "{method} {path}");
        }
        let refused = house.bearing(&token, "POST", "/api/v1/auth/token").await?;
        assert_eq!(refused.status, 403, "no other token for it");
    }
    house.hand.pass_seconds(3600);
    let late = claims(house);
    let mut ended = late.clone();
    ended["exp"] = late["iat"].clone();
    assert_eq!(status(house, &token(&header(), &ended, OLDER_SECRETS[0])?).await?, 401);
    Ok(())
}

async fn whatever_is_wrong_with_an_older_token_is_refused(house: &House) -> Result<()> {
    let good = claims(house);
    let now = house.desk.now().micros() / 1_000_000;
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for (what, claims) in [
        ("expired", with("exp", json!(now))),
        ("too long", with("exp", json!(now + 8 * 3600 + 1))),
        ("of the future", with("iat", json!(now + 60))),
        ("not yet", with("nbf", json!(now + 60))),
        ("for somebody else", with("aud", json!("another"))),
        ("of no role of ours", with("role", json!("root"))),
        ("no name", with("jti", json!(""))),
        ("an odd subject", with("sub", json!("a\nb"))),
        ("no end", with("exp", Value::Null)),
    ] {
        assert_eq!(status(house, &token(&header(), &claims, OLDER_SECRETS[0])?).await?, 401, "{what}");
    }
    let fine = token(&header(), &good, OLDER_SECRETS[0])?;
    assert_eq!(status(house, &fine).await?, 200);
    assert_eq!(status(house, &token(&header(), &good, "some-other-secret-of-32-characters")?).await?, 401);
    for header in [json!({"alg": "none"}), json!({"alg": "HS512"}), json!({"alg": "EdDSA", "kid": "x"})] {
        assert_eq!(status(house, &token(&header, &good, OLDER_SECRETS[0])?).await?, 401, "{header}");
    }
    let unsigned = fine.rsplit_once('.').map_or("", |(signed, _)| signed);
    for odd in
        [format!("{unsigned}."), unsigned.to_owned(), format!("{fine}="), format!("{fine}.x"), format!("x{fine}")]
    {
        assert_eq!(status(house, &odd).await?, 401, "{odd}");
    }
    Ok(())
}

async fn an_older_token_ends_by_its_name(house: &House) -> Result<()> {
    let token = token(&header(), &claims(house), OLDER_SECRETS[0])?;
    let owner = house.text(access::Role::Owner).await?;
    let ended = house.send(&owner, "POST", "/api/v1/auth/tokens/j1/revoke", Value::Null).await?;
    assert_eq!(ended.status, 204, "{ended:?}");
    assert_eq!(status(house, &token).await?, 401);
    Ok(())
}
