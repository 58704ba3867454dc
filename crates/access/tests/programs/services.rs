//! One role of ours asking another: what it shows, and what that is not taken for.

use access::{
    Role, TokenKeys,
    service::{CALLER, Pass},
};
use anyhow::{Context, Result, ensure};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::Clock;
use ed25519_dalek::{Signer, SigningKey};
use platform::lifecycle::OverTls;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::house::{Answer, House, MOST_BYTES, answer};

const POST: &str = "/internal/v1/stock/post";
const BODY: &str = r#"{"drafts":[]}"#;

both! {
    a_role_opens_what_roles_ask_of_each_other_and_nothing_else
    a_role_s_token_is_for_one_request_once
    whatever_is_wrong_with_a_role_s_token_is_refused
    nobody_else_opens_what_roles_ask_of_each_other
    a_certificate_counts_when_it_is_named
    a_role_s_token_outlives_a_change_of_keys
}

fn keys(house: &House) -> TokenKeys {
    house.token_keys.clone()
}

/// What a role shows for a request to `to`.
async fn shown(house: &House, to: &str, (method, path, body): (&str, &str, &str)) -> Result<HeaderMap> {
    let clock: Arc<dyn Clock> = Arc::new(house.hand.clone());
    let mut headers = HeaderMap::new();
    Pass::signed("dashboard", keys(house), clock).show(to, (method, path), body.as_bytes(), &mut headers).await?;
    Ok(headers)
}

async fn send(house: &House, headers: &HeaderMap, (method, path, body): (&str, &str, &str)) -> Result<Answer> {
    let mut request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned()))?;
    *request.headers_mut() = headers.clone();
    answer(&house.router, request).await
}

async fn a_role_opens_what_roles_ask_of_each_other_and_nothing_else(house: &House) -> Result<()> {
    let check = ("GET", "/internal/v1/stock", "");
    let who = send(house, &shown(house, "warehouse", check).await?, check).await?;
    ensure!(who.status == 200, "{who:?}");
    assert_eq!((&who.body["kind"], &who.body["role"]), (&json!("service"), &json!("service")));
    assert_eq!((&who.body["id"], &who.body["name"]), (&json!("service:dashboard"), &json!("dashboard")));
    let post = ("POST", POST, BODY);
    let echoed = send(house, &shown(house, "warehouse", post).await?, post).await?;
    assert_eq!(echoed.body["body"], BODY, "the body is read to prove it, and handed on");
    for public in [
        ("GET", "/api/v1/stock", ""),
        ("GET", "/inventory/A", ""),
        ("POST", "/api/v1/postings", BODY),
        ("GET", "/api/v1/api-keys", ""),
        ("POST", "/api/v1/auth/token", ""),
        ("GET", "/nowhere", ""),
    ] {
        let refused = send(house, &shown(house, "warehouse", public).await?, public).await?;
        assert_eq!(refused.status, 401, "{public:?}");
    }
    Ok(())
}

async fn a_role_s_token_is_for_one_request_once(house: &House) -> Result<()> {
    let post = ("POST", POST, BODY);
    let headers = shown(house, "warehouse", post).await?;
    for other in [
        ("POST", POST, r#"{"drafts":[1]}"#),
        ("GET", "/internal/v1/stock", ""),
        ("POST", "/internal/v1/stock/post?x=1", BODY),
    ] {
        assert_eq!(send(house, &headers, other).await?.status, 401, "{other:?}");
    }
    let replayed = ("POST", "/api/v1/postings", BODY);
    assert_eq!(send(house, &headers, replayed).await?.status, 401);
    assert_eq!(send(house, &headers, post).await?.status, 200, "what was tried elsewhere did not use it up");
    assert_eq!(send(house, &headers, post).await?.status, 401, "once");
    let late = shown(house, "warehouse", post).await?;
    house.hand.pass_seconds(60);
    assert_eq!(send(house, &late, post).await?.status, 401, "a minute");
    let large = "x".repeat(MOST_BYTES + 1);
    let headers = shown(house, "warehouse", ("POST", POST, &large)).await?;
    assert_eq!(send(house, &headers, ("POST", POST, &large)).await?.status, 413);
    Ok(())
}

async fn whatever_is_wrong_with_a_role_s_token_is_refused(house: &House) -> Result<()> {
    let post = ("POST", POST, BODY);
    for to in ["dashboard", "", "gondola"] {
        assert_eq!(send(house, &shown(house, to, post).await?, post).await?.status, 401, "for {to}");
    }
    let good = shown(house, "warehouse", post).await?;
    let text = good[header::AUTHORIZATION].to_str()?.strip_prefix("Bearer ").context("a token")?.to_owned();
    let (signed, signature) = text.rsplit_once('.').context("three parts")?;
    let (head, claims) = signed.split_once('.').context("three parts")?;
    let read = |part: &str| -> Result<Value> { Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part)?)?) };
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let sign = |head: &str, claims: &str| {
        let signed = format!("{head}.{claims}");
        let signature = BASE64_URL_SAFE_NO_PAD.encode(stranger.sign(signed.as_bytes()).to_bytes());
        format!("{signed}.{signature}")
    };
    let mut owner = read(claims)?;
    owner["role"] = json!("owner");
    let mut unknown = read(head)?;
    unknown["kid"] = json!("another");
    let mut caller = read(head)?;
    caller["typ"] = json!("JWT");
    let mut none = read(head)?;
    none["alg"] = json!("none");
    for forged in [
        sign(head, claims),
        sign(&part(&unknown), claims),
        format!("{head}.{}.{signature}", part(&owner)),
        format!("{}.{claims}.{signature}", part(&caller)),
        format!("{}.{claims}.", part(&none)),
        format!("{signed}."),
        format!("{text}x"),
    ] {
        let mut headers = good.clone();
        headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {forged}"))?);
        assert_eq!(send(house, &headers, post).await?.status, 401, "{forged}");
    }
    assert_eq!(send(house, &good, post).await?.status, 200, "as it was made it opens");
    Ok(())
}

async fn nobody_else_opens_what_roles_ask_of_each_other(house: &House) -> Result<()> {
    for role in [Role::Owner, Role::Service] {
        let key = house.key(role, |_| {}).await?;
        let asked = house.send(key.text.expose(), "POST", POST, json!({})).await?;
        assert_eq!(asked.status, 403, "{}", role.name());
        let issued = house.send(key.text.expose(), "POST", "/api/v1/auth/token", Value::Null).await?;
        let token = issued.body["access_token"].as_str().context("a token")?;
        assert_eq!(house.bearing(token, "POST", POST).await?.status, 403, "{}", role.name());
    }
    assert_eq!(send(house, &HeaderMap::new(), ("POST", POST, BODY)).await?.status, 401);
    Ok(())
}

async fn a_certificate_counts_when_it_is_named(house: &House) -> Result<()> {
    let ask = async |path: &str, subject: Option<&str>, role: &'static str| -> Result<u16> {
        let mut request = Request::get(path).body(Body::empty())?;
        request.headers_mut().insert(CALLER, HeaderValue::from_static(role));
        if let Some(subject) = subject {
            request.extensions_mut().insert(OverTls { client: Some(subject.into()) });
        }
        Ok(answer(&house.router, request).await?.status.as_u16())
    };
    let stock = "/internal/v1/stock";
    assert_eq!(ask(stock, Some("CN=tablero"), "dashboard").await?, 200);
    for (path, subject, role) in [
        (stock, None, "dashboard"),
        (stock, Some("CN=prometheus"), "dashboard"),
        (stock, Some("CN=tablero2"), "dashboard"),
        (stock, Some("CN=tablero"), "owner"),
        ("/api/v1/stock", Some("CN=tablero"), "dashboard"),
    ] {
        assert_eq!(ask(path, subject, role).await?, 401, "{path} {subject:?} {role}");
    }
    Ok(())
}

async fn a_role_s_token_outlives_a_change_of_keys(house: &House) -> Result<()> {
    let post = ("POST", POST, BODY);
    let before = shown(house, "warehouse", post).await?;
    let told = platform::audit::by_system("tests", domain::audit::Action::SecretRotated);
    house.token_keys.rotate(told).await?;
    let after = shown(house, "warehouse", post).await?;
    assert_eq!(send(house, &before, post).await?.status, 200);
    assert_eq!(send(house, &after, post).await?.status, 200);
    Ok(())
}
