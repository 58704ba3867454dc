//! Signed requests: nobody changes one, nobody sends one twice.

use access::{
    Role,
    keys::{Made, OVERLAP_SECONDS},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Request, header::CONTENT_TYPE},
};
use domain::Clock;
use platform::{
    http::{
        auth::signature::{self, hex},
        context,
    },
    secrets::KeyText,
};
use serde_json::{Value, json};

use crate::house::{Answer, House, MOST_BYTES, NOW, answer};

both! {
    a_signed_request_comes_in_once_on_any_node
    whatever_is_changed_is_refused
    a_signature_of_another_time_is_refused
    what_is_malformed_is_refused
    a_key_that_signs_opens_nothing_by_its_secret_and_another_signs_nothing
    both_secrets_sign_during_an_overlap
    a_key_that_signs_renews_itself
    a_revoked_or_expired_key_signs_nothing
    the_body_arrives_whole_and_has_a_limit
    no_secret_stands_in_the_clear
    nonces_are_forgotten_when_they_need_not_be_remembered
}

const SECONDS: i64 = NOW.micros() / 1_000_000;

/// A request to be signed, and what becomes of it.
#[derive(Clone)]
struct Sent {
    id: String,
    secret: String,
    method: &'static str,
    path: String,
    query: String,
    body: String,
    seconds: i64,
    nonce: String,
}

impl Sent {
    fn of(key: &Made) -> Sent {
        Sent { id: key.key.id.clone(), secret: key.text.expose_secret().to_owned(), ..Sent::blank() }
    }

    fn blank() -> Sent {
        Sent {
            id: String::new(),
            secret: String::new(),
            method: "POST",
            path: "/api/v1/postings".into(),
            query: "b=2&a=1".into(),
            body: "{\"ñ\":1}".into(),
            seconds: SECONDS,
            nonce: "0123456789abcdef".into(),
        }
    }

    /// By whoever has that secret, at the hour of the house.
    fn by(house: &House, text: &KeyText) -> Sent {
        Sent {
            id: text.id().to_owned(),
            secret: text.expose_secret().to_owned(),
            seconds: house.hand.now().micros() / 1_000_000,
            ..Sent::blank()
        }
    }

    fn numbered(mut self, number: usize) -> Sent {
        self.nonce = format!("nonce-number-{number:08}");
        self
    }

    fn signature(&self) -> Result<String> {
        let timestamp = self.seconds.to_string();
        let request = signature::Request {
            method: self.method,
            path: &self.path,
            query: &self.query,
            timestamp: &timestamp,
            nonce: &self.nonce,
        };
        let text = request.text(self.body.as_bytes()).context("a query")?;
        Ok(format!("v1={}", hex(&signature::sign(self.secret.as_bytes(), &text))))
    }

    /// The request with that signature.
    fn request(&self, signature: &str) -> Result<Request<Body>> {
        let uri = if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) };
        let request = Request::builder().method(self.method).uri(uri).header("X-API-Key", format!("gk_{}", self.id));
        let request = request.header("X-Timestamp", self.seconds).header("X-Nonce", &self.nonce);
        Ok(request.header("X-Signature", signature).body(Body::from(self.body.clone()))?)
    }

    async fn send(&self, router: &Router) -> Result<Answer> {
        answer(router, self.request(&self.signature()?)?).await
    }
}

async fn signer(house: &House) -> Result<Made> {
    house.key(Role::Service, |new| new.limits.require_signature = true).await
}

fn is_refused(what: &str, answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "unauthorized"), "{what}: {answer:?}");
}

async fn a_signed_request_comes_in_once_on_any_node(house: &House) -> Result<()> {
    let sent = Sent::of(&signer(house).await?);
    let first = sent.send(&house.router).await?;
    assert_eq!((first.status.as_u16(), &first.body["body"]), (200, &json!("{\"ñ\":1}")));
    let again = sent.send(&house.router).await?;
    is_refused("again", &again);
    is_refused("again elsewhere", &sent.send(&house.other_node()).await?);
    let mut respelt = sent.clone();
    respelt.query = "a=1&b=%32".into();
    is_refused("the same in other letters", &answer(&house.router, respelt.request(&sent.signature()?)?).await?);
    assert_eq!(sent.clone().numbered(1).send(&house.other_node()).await?.status, 200);
    // Nothing tells one refusal from another.
    let unknown = Sent { id: "nobody".into(), ..sent }.send(&house.router).await?;
    let plain = |answer: &Answer| (answer.body["title"].clone(), answer.body["detail"].clone());
    assert_eq!(plain(&unknown), plain(&again));
    Ok(())
}

async fn whatever_is_changed_is_refused(house: &House) -> Result<()> {
    let sent = Sent::of(&signer(house).await?);
    let signature = sent.signature()?;
    let changed = |change: fn(&mut Sent)| {
        let mut changed = sent.clone();
        change(&mut changed);
        changed
    };
    for (what, changed) in [
        ("the body", changed(|sent| sent.body = "{\"ñ\":2}".into())),
        ("no body", changed(|sent| sent.body = String::new())),
        ("the path", changed(|sent| sent.path = "/api/v1/stock".into())),
        ("the query", changed(|sent| sent.query = "b=2&a=2".into())),
        ("no query", changed(|sent| sent.query = String::new())),
        ("a query more", changed(|sent| sent.query = "b=2&a=1&c=".into())),
        ("the method", changed(|sent| sent.method = "PUT")),
        ("the time", changed(|sent| sent.seconds += 1)),
        ("the nonce", changed(|sent| sent.nonce = "0123456789abcdeg".into())),
    ] {
        is_refused(what, &answer(&house.router, changed.request(&signature)?).await?);
    }
    let other = signer(house).await?;
    let stolen = Sent { id: other.key.id, ..sent.clone() };
    is_refused("another's name", &answer(&house.router, stolen.request(&signature)?).await?);
    assert_eq!(answer(&house.router, sent.request(&signature)?).await?.status, 200, "none of it used up the nonce");
    Ok(())
}

async fn a_signature_of_another_time_is_refused(house: &House) -> Result<()> {
    let sent = Sent::of(&signer(house).await?);
    for (number, (seconds, status)) in
        [(-301, 401), (-300, 200), (300, 200), (301, 401), (-SECONDS, 401), (100_000_000, 401)].into_iter().enumerate()
    {
        let sent = Sent { seconds: SECONDS + seconds, ..sent.clone() }.numbered(number);
        assert_eq!(sent.send(&house.router).await?.status, status, "{seconds}");
    }
    Ok(())
}

async fn what_is_malformed_is_refused(house: &House) -> Result<()> {
    let key = signer(house).await?;
    let sent = Sent::of(&key);
    let huge = "9".repeat(10_000);
    let headers: &[(&str, &[&[u8]])] = &[
        ("x-signature", &[b"", b"v1=", b"v2=00", b"\xff", b"v1=zz", huge.as_bytes()]),
        ("x-timestamp", &[b"", b"now", b"-1", b"1.5", b"+1", b"\xff", huge.as_bytes()]),
        ("x-nonce", &[b"", b"short", b"0123456789abcde ", b"0123456789abcde\xc3\xb1", huge.as_bytes()]),
        ("x-api-key", &[b"", b"gk_", b"\xff", key.text.expose().as_bytes(), huge.as_bytes()]),
    ];
    for (name, values) in headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        for value in *values {
            let mut request = sent.request(&sent.signature()?)?;
            request.headers_mut().insert(&name, HeaderValue::from_bytes(value)?);
            is_refused(&format!("{name}: {value:?}"), &answer(&house.router, request).await?);
        }
        let mut twice = sent.request(&sent.signature()?)?;
        let value = twice.headers()[&name].clone();
        twice.headers_mut().append(&name, value);
        is_refused(&format!("{name} twice"), &answer(&house.router, twice).await?);
        let mut without = sent.request(&sent.signature()?)?;
        without.headers_mut().remove(&name);
        is_refused(&format!("no {name}"), &answer(&house.router, without).await?);
    }
    let odd = Sent { query: "a=%zz".into(), ..sent.clone() };
    is_refused("a query that is not encoded", &answer(&house.router, odd.request(&sent.signature()?)?).await?);
    Ok(())
}

async fn a_key_that_signs_opens_nothing_by_its_secret_and_another_signs_nothing(house: &House) -> Result<()> {
    let signs = signer(house).await?;
    assert_eq!(house.status(signs.text.expose()).await?, 401);
    let plain = house.key(Role::Service, |_| {}).await?;
    assert_eq!(house.status(plain.text.expose()).await?, 200);
    is_refused("a key that does not sign", &Sent::of(&plain).send(&house.router).await?);
    Ok(())
}

async fn both_secrets_sign_during_an_overlap(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let key = signer(house).await?;
    let old = Sent::of(&key);
    assert_eq!(old.clone().numbered(1).send(&house.router).await?.status, 200);
    let path = format!("/api/v1/api-keys/{}/rotate", key.key.id);
    let rotated = house.send(&owner, "POST", &path, json!({"overlap_seconds": 60})).await?;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let secret = rotated.body["key"].as_str().and_then(|key| key.rsplit('_').next()).context("a secret")?;
    let new = Sent { secret: secret.to_owned(), ..old.clone() };
    assert_eq!(old.clone().numbered(2).send(&house.router).await?.status, 200);
    assert_eq!(new.clone().numbered(3).send(&house.router).await?.status, 200);
    house.hand.pass_seconds(60);
    is_refused("the old secret", &old.numbered(4).send(&house.router).await?);
    assert_eq!(new.clone().numbered(5).send(&house.router).await?.status, 200);
    let at_once = house.send(&owner, "POST", &path, json!({"overlap_seconds": 0})).await?;
    assert_eq!(at_once.status, 200);
    is_refused("a secret that ended", &new.numbered(6).send(&house.router).await?);
    Ok(())
}

/// Asks, at the hour of the house, that the key have the secret of `next`.
async fn renewed(house: &House, key: &KeyText, next: &KeyText, (number, secure): (usize, bool)) -> Result<Answer> {
    let asks = Sent { path: "/api/v1/api-keys/self/renew".into(), query: String::new(), ..Sent::by(house, key) };
    let asks = Sent { body: json!({"secret": next.expose_secret()}).to_string(), ..asks.numbered(number) };
    let mut request = asks.request(&asks.signature()?)?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    context::scope(context::Context { secure, ..Default::default() }, answer(&house.router, request)).await
}

async fn a_key_that_signs_renews_itself(house: &House) -> Result<()> {
    let key = signer(house).await?.text;
    let next = KeyText::with_id(key.id())?;
    let overheard = renewed(house, &key, &next, (0, false)).await?;
    assert_eq!((overheard.status.as_u16(), overheard.code()), (403, "secret_in_the_clear"));
    for number in [1, 2] {
        let renewed = renewed(house, &key, &next, (number, true)).await?;
        assert_eq!(renewed.status, 200, "once more changes nothing: {renewed:?}");
    }
    assert_eq!(Sent::by(house, &next).numbered(3).send(&house.router).await?.status, 200);
    assert_eq!(Sent::by(house, &key).numbered(4).send(&house.other_node()).await?.status, 200);
    house.hand.pass_seconds(OVERLAP_SECONDS);
    is_refused("the old secret", &Sent::by(house, &key).numbered(5).send(&house.router).await?);
    assert_eq!(Sent::by(house, &next).numbered(6).send(&house.other_node()).await?.status, 200);
    // One that comes back is kept, though it is the one that ends.
    assert_eq!(renewed(house, &next, &key, (7, true)).await?.status, 200);
    for (number, secret) in [(8, &key), (9, &next)] {
        assert_eq!(Sent::by(house, secret).numbered(number).send(&house.router).await?.status, 200, "{number}");
    }
    Ok(())
}

async fn a_revoked_or_expired_key_signs_nothing(house: &House) -> Result<()> {
    let owner = house.text(Role::Owner).await?;
    let key = signer(house).await?;
    let sent = Sent::of(&key);
    assert_eq!(sent.clone().numbered(1).send(&house.router).await?.status, 200);
    let revoked = house.send(&owner, "POST", &format!("/api/v1/api-keys/{}/revoke", key.key.id), Value::Null).await?;
    assert_eq!(revoked.status, 200);
    is_refused("revoked", &sent.numbered(2).send(&house.router).await?);
    let ends = house
        .key(Role::Service, |new| {
            new.limits.require_signature = true;
            new.expires_at = Some(NOW.plus_seconds(2));
        })
        .await?;
    let sent = Sent::of(&ends);
    assert_eq!(sent.clone().numbered(1).send(&house.router).await?.status, 200);
    house.hand.pass_seconds(2);
    is_refused("expired", &sent.numbered(2).send(&house.router).await?);
    Ok(())
}

async fn the_body_arrives_whole_and_has_a_limit(house: &House) -> Result<()> {
    let sent = Sent::of(&signer(house).await?);
    let large = Sent { body: "x".repeat(MOST_BYTES), ..sent.clone() }.numbered(1).send(&house.router).await?;
    assert_eq!(large.body["body"].as_str().map(str::len), Some(MOST_BYTES));
    let larger = Sent { body: "x".repeat(MOST_BYTES + 1), ..sent }.numbered(2).send(&house.router).await?;
    assert_eq!((larger.status.as_u16(), larger.code()), (413, "too_large"));
    Ok(())
}

async fn no_secret_stands_in_the_clear(house: &House) -> Result<()> {
    let key = signer(house).await?;
    let purpose = "api_key.secret";
    let subject = format!("{}/{}", key.key.id, &hex(&key.text.secret_hash())[..16]);
    let kept = store::sealed::get(&house.db, purpose, &subject).await?.context("it is kept")?;
    let secret = key.text.expose_secret().as_bytes();
    ensure!(!kept.windows(16).any(|part| secret.windows(16).any(|secret| part == secret)), "encrypted");
    let owner = house.text(Role::Owner).await?;
    house.send(&owner, "POST", &format!("/api/v1/api-keys/{}/revoke", key.key.id), Value::Null).await?;
    ensure!(store::sealed::get(&house.db, purpose, &subject).await?.is_none(), "and gone with its key");
    Ok(())
}

async fn nonces_are_forgotten_when_they_need_not_be_remembered(house: &House) -> Result<()> {
    let sent = Sent::of(&signer(house).await?);
    assert_eq!(sent.send(&house.router).await?.status, 200);
    let nonces = access::StoredNonces::new(house.db.clone());
    assert_eq!(nonces.purge(NOW.plus_seconds(600)).await?, 0, "while its signature might be taken");
    assert_eq!(nonces.purge(NOW.plus_seconds(601)).await?, 1);
    Ok(())
}

/// The vectors of the document were computed by another program (Python's `hmac`, `hashlib` and `urllib`).
#[test]
fn the_vectors_of_the_document_hold() -> Result<()> {
    let document = std::fs::read_to_string(testkit::workspace_root().join("docs/api.md"))?;
    let (_, block) = document.split_once("<!-- vectors -->").context("the vectors")?;
    let block = block.split("```json").nth(1).and_then(|rest| rest.split("```").next()).context("a block")?;
    let vectors: Value = serde_json::from_str(block)?;
    let secret = vectors["secret"].as_str().context("a secret")?;
    let requests = vectors["requests"].as_array().context("requests")?;
    ensure!(requests.len() == 5, "{} vectors", requests.len());
    for vector in requests {
        let text = |name: &str| vector[name].as_str().with_context(|| format!("{name} of {vector}"));
        let request = signature::Request {
            method: text("method")?,
            path: text("path")?,
            query: text("query")?,
            timestamp: text("timestamp")?,
            nonce: text("nonce")?,
        };
        let signed = request.text(text("body")?.as_bytes()).context("a query")?;
        assert_eq!(signed, text("text")?);
        assert_eq!(hex(&signature::sign(secret.as_bytes(), &signed)), text("signature")?);
    }
    Ok(())
}
