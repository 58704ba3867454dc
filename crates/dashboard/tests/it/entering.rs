//! Coming in with a key, and leaving.

use anyhow::{Result, ensure};
use axum::{
    body::Body,
    http::{Request, header},
};

use crate::shop::{Answer, Shop};

both! {
    nobody_sees_anything_without_a_key
    a_key_opens_and_is_forgotten_when_leaving
    wrong_keys_all_get_the_same_answer
    forms_of_other_sites_change_nothing
}

async fn post(shop: &Shop, path: &str, body: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut request = Request::post(path).header(header::HOST, "shop:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    shop.send(request.body(Body::from(body.to_owned()))?).await
}

async fn nobody_sees_anything_without_a_key(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    for cookie in ["", "gondola_key=", "gondola_key=gk_a_b", "gondola_key=null"] {
        let answer = shop.send(Request::get("/").header(header::COOKIE, cookie).body(Body::empty())?).await?;
        ensure!((answer.status.as_u16(), answer.header("location")) == (303, "/entrar"), "{cookie}");
        ensure!(answer.text.is_empty());
    }
    let by_header = Request::get("/").header("X-API-Key", &shop.key).body(Body::empty())?;
    ensure!(shop.send(by_header).await?.status == 200);
    let form = shop.send(Request::get("/entrar").body(Body::empty())?).await?;
    ensure!(form.status == 200 && !form.text.contains("Yerba"));
    form.shows(&["Entrar", "Clave", "gondola key create --name ana --role owner"])?;
    let english = shop.send(Request::get("/entrar?lang=en").body(Body::empty())?).await?;
    ensure!(!english.text.contains("ui-"));
    english.shows(&["Sign in", "Key", "A key begins with gk_"])
}

async fn a_key_opens_and_is_forgotten_when_leaving(shop: Shop) -> Result<()> {
    let entered = post(&shop, "/entrar", &format!("key=+{}%0A", shop.key), &[("origin", "http://shop:8080")]).await?;
    ensure!((entered.status.as_u16(), entered.header("location")) == (303, "/"));
    let cookie = entered.header("set-cookie").to_owned();
    ensure!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap_or_default().to_owned();
    let inside = shop.send(Request::get("/").header(header::COOKIE, &pair).body(Body::empty())?).await?;
    inside.shows(&["Entraste con la clave ana", "Salir"])?;
    let again = shop.send(Request::get("/entrar").header(header::COOKIE, &pair).body(Body::empty())?).await?;
    ensure!((again.status.as_u16(), again.header("location")) == (303, "/"));
    let secure = post(
        &shop,
        "/entrar",
        &format!("key={}", shop.key),
        &[("sec-fetch-site", "same-origin"), ("origin", "https://shop")],
    )
    .await?;
    ensure!(secure.header("set-cookie").ends_with("; Secure"));
    let left = post(&shop, "/salir", "", &[("origin", "http://shop:8080")]).await?;
    ensure!((left.status.as_u16(), left.header("location")) == (303, "/entrar"));
    ensure!(left.header("set-cookie").starts_with("gondola_key=; Path=/; Max-Age=0"));
    Ok(())
}

async fn wrong_keys_all_get_the_same_answer(shop: Shop) -> Result<()> {
    let mut forged = shop.key.clone();
    forged.replace_range(forged.len() - 1.., if forged.ends_with('a') { "b" } else { "a" });
    let huge = "x".repeat(100_000);
    let mut seen = Vec::new();
    for key in [forged.as_str(), "", "gk_unknown_0123456789abcdef", "<script>", huge.as_str()] {
        let answer = post(&shop, "/entrar", &format!("key={key}"), &[]).await?;
        ensure!(answer.status == 401 && answer.header("set-cookie").is_empty(), "{key}");
        answer.shows(&["Esa clave no abre"])?;
        seen.push(answer.text);
    }
    ensure!(seen.iter().all(|text| *text == seen[0]), "nothing can be learned from the answer");
    ensure!(post(&shop, "/entrar", "\u{0}\u{fffd}&&==", &[]).await?.status == 401);
    Ok(())
}

async fn forms_of_other_sites_change_nothing(shop: Shop) -> Result<()> {
    for path in ["/entrar", "/salir"] {
        for foreign in [
            ("origin", "http://evil"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = post(&shop, path, &format!("key={}", shop.key), &[foreign]).await?;
            ensure!(answer.status == 403 && answer.header("set-cookie").is_empty(), "{path} {foreign:?}");
            answer.shows(&["Este formulario no vino de acá"])?;
        }
    }
    Ok(())
}
