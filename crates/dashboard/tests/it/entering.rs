//! Coming in, doing what has to be done first, and leaving.

use access::{Role, login::Begun, session::Token};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use tower::ServiceExt;

use crate::shop::{Answer, PASSWORD, Shop, cookie};

both! {
    nobody_sees_anything_without_a_session
    a_password_opens_and_leaving_ends_the_session
    wrong_passwords_all_get_the_same_answer
    whoever_fails_too_often_is_told_when_to_come_back
    forms_of_other_sites_and_without_a_mark_change_nothing
    a_password_that_was_given_has_to_be_replaced
    an_owner_of_a_shop_sets_a_second_factor_up_and_uses_it
    in_the_clear_over_a_network_nobody_comes_in
}

/// Every page of people, and a form that each takes.
const PAGES: [(&str, &str); 7] = [
    ("/", ""),
    ("/cuenta", "do=save&name=X"),
    ("/cuenta/clave", "new_password=perro+verde+sin+cola&again=perro+verde+sin+cola"),
    ("/cuenta/codigo", "do=begin"),
    ("/personas", ""),
    ("/personas/nueva", "login=fulano-de-tal&name=X&role=cashier&every_site=1"),
    ("/personas/ana", "do=disable"),
];

async fn post(shop: &Shop, path: &str, body: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut request = Request::post(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(header::HOST, "shop.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    shop.send(request.body(Body::from(body.to_owned()))?).await
}

fn leads_to(answer: &Answer, path: &str) -> Result<()> {
    ensure!((answer.status.as_u16(), answer.header("location")) == (303, path), "{} {}", answer.status, answer.words());
    Ok(())
}

async fn nobody_sees_anything_without_a_session(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let unknown = format!("__Host-gondola={}", "x".repeat(43));
    // On a host with a name of its own the cookie of this machine counts for nothing.
    let plain = format!("gondola-loopback={}", shop.ana.token.expose());
    for cookie in ["", "__Host-gondola=", unknown.as_str(), plain.as_str(), "gondola_key=gk_a_b"] {
        for (path, _) in PAGES {
            let request = Request::get(path).header(header::HOST, "shop.example").header(header::COOKIE, cookie);
            let answer = shop.send(request.body(Body::empty())?).await?;
            leads_to(&answer, "/entrar")?;
            ensure!(answer.text.is_empty());
        }
    }
    let by_key = Request::get("/").header("X-API-Key", &shop.key).body(Body::empty())?;
    ensure!(shop.send(by_key).await?.status == 200, "programs may read what there is");
    let form = shop.send(Request::get("/entrar").body(Body::empty())?).await?;
    ensure!(form.status == 200 && !form.text.contains("Yerba"));
    form.shows(&["Entrar", "Usuario", "Contraseña", "gondola user password owner"])?;
    let english = shop.send(Request::get("/entrar?lang=en").body(Body::empty())?).await?;
    ensure!(!english.text.contains("ui-"));
    english.shows(&["Sign in", "User", "I cannot sign in"])
}

async fn a_password_opens_and_leaving_ends_the_session(shop: Shop) -> Result<()> {
    let body = "login=+Ana+&password=gato+azul+con+botas";
    let entered = post(&shop, "/entrar", body, &[("origin", "https://shop.example")]).await?;
    leads_to(&entered, "/")?;
    let cookie = entered.header("set-cookie").to_owned();
    for wanted in ["__Host-gondola=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        ensure!(cookie.contains(wanted), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap_or_default().to_owned();
    let token = Token::parse(pair.split('=').nth(1).unwrap_or_default()).context("a token")?;
    let get = |path: &str| Request::get(path).header(header::COOKIE, &pair).body(Body::empty());
    shop.send(get("/")?).await?.shows(&["Entraste como ana", "Personas", "Salir"])?;
    leads_to(&shop.send(get("/entrar")?).await?, "/")?;
    let mark = format!("csrf={}", token.csrf());
    let left = post(&shop, "/salir", &mark, &[("cookie", &pair)]).await?;
    leads_to(&left, "/entrar")?;
    ensure!(left.header("set-cookie").starts_with("__Host-gondola=; Path=/; Max-Age=0"));
    leads_to(&shop.send(get("/")?).await?, "/entrar")?;
    let local = [("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")];
    let entered = post(&shop, "/entrar", body, &local).await?;
    let cookie = entered.header("set-cookie").to_owned();
    ensure!(cookie.starts_with("gondola-loopback=") && !cookie.contains("Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap_or_default();
    let here = Request::get("/").header(header::HOST, "127.0.0.1:8080").header(header::COOKIE, pair);
    ensure!(shop.send(here.body(Body::empty())?).await?.status == 200);
    Ok(())
}

async fn wrong_passwords_all_get_the_same_answer(shop: Shop) -> Result<()> {
    let huge = "x".repeat(60_000);
    let mut seen = Vec::new();
    for (login, password) in
        [("ana", "otra"), ("ana", ""), ("ana", huge.as_str()), ("ana", "<script>"), ("ana", "gato+azul+con+bota")]
    {
        let answer = post(&shop, "/entrar", &format!("login={login}&password={password}"), &[]).await?;
        ensure!(answer.status == 401 && answer.header("set-cookie").is_empty(), "{login}: {}", answer.status);
        answer.shows(&["Ese usuario y esa contraseña no abren"])?;
        ensure!(!answer.text.contains("gato azul") && !answer.text.contains("<script>alert"));
        seen.push(answer.text);
    }
    ensure!(seen.iter().all(|text| *text == seen[0]), "nothing can be learned from the answer");
    let other = post(&shop, "/entrar", "login=%22%3E%3Cscript%3E&password=x", &[]).await?;
    ensure!(other.status == 401 && !other.text.contains("\"><script>"), "what was typed is shown as text");
    ensure!(post(&shop, "/entrar", "\u{0}\u{fffd}&&==", &[]).await?.status == 401);
    Ok(())
}

async fn whoever_fails_too_often_is_told_when_to_come_back(shop: Shop) -> Result<()> {
    for _ in 0..10 {
        ensure!(post(&shop, "/entrar", "login=ana&password=otra", &[]).await?.status == 401);
    }
    let answer = post(&shop, "/entrar", "login=ana&password=gato+azul+con+botas", &[]).await?;
    ensure!((answer.status.as_u16(), answer.header("retry-after")) == (429, "900"), "{}", answer.status);
    answer.shows(&["Hubo demasiados intentos fallidos", "en 15 minutos"])
}

async fn forms_of_other_sites_and_without_a_mark_change_nothing(shop: Shop) -> Result<()> {
    let own = cookie(&shop.ana);
    let other = shop.settled_person("beto", Role::Owner, &[]).await?;
    for (path, fields) in PAGES.into_iter().chain([("/salir", "x=1"), ("/entrar", "login=ana&password=x")]) {
        if fields.is_empty() {
            continue;
        }
        let marked = format!("csrf={}&{fields}", shop.ana.token.csrf());
        for foreign in [
            ("origin", "http://evil"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = post(&shop, path, &marked, &[("cookie", &own), foreign]).await?;
            ensure!(answer.status == 403 && answer.header("set-cookie").is_empty(), "{path} {foreign:?}");
            answer.shows(&["Este formulario no vino de acá"])?;
        }
        for mark in [String::new(), "csrf=x&".into(), format!("csrf={}&", other.token.csrf())] {
            let answer = post(&shop, path, &format!("{mark}{fields}"), &[("cookie", &own)]).await?;
            ensure!(answer.status == 403, "{path} with {mark:?}: {}", answer.status);
        }
    }
    shop.page("/").await?.shows(&["Entraste como ana"])?;
    let people = shop.page("/personas").await?;
    ensure!(!people.text.contains("fulano-de-tal") && !people.text.contains("cuenta cerrada"));
    Ok(())
}

async fn a_password_that_was_given_has_to_be_replaced(shop: Shop) -> Result<()> {
    let made = shop.add_person("beto", Role::Cashier, &[]).await?;
    let entered = post(&shop, "/entrar", &format!("login=beto&password={}", made.expose()), &[]).await?;
    leads_to(&entered, "/cuenta/clave")?;
    let beto = shop.access.login("beto", &made).await?;
    for (path, _) in PAGES {
        let answer = shop.page_of(&beto, path).await?;
        if path == "/cuenta/clave" {
            answer.shows(&["Elegí una contraseña", "La que usaste te la dieron", "12 caracteres o más"])?;
            ensure!(!answer.text.contains("Contraseña actual"));
        } else {
            leads_to(&answer, "/cuenta/clave")?;
        }
    }
    for (fields, told) in [
        ("new_password=corta&again=corta", "Tiene que tener al menos 12 caracteres"),
        ("new_password=perro+verde+sin+cola&again=otra", "No es igual a la de arriba"),
        ("new_password=supermercado2026&again=supermercado2026", "Es de las que se prueban primero"),
    ] {
        let answer = shop.form_of(&beto, "/cuenta/clave", fields).await?;
        ensure!(answer.status == 422 && !answer.text.contains("perro verde"), "{fields}: {}", answer.status);
        answer.shows(&[told])?;
    }
    let fields = "new_password=perro+verde+sin+cola&again=perro+verde+sin+cola";
    let chosen = shop.form_of(&beto, "/cuenta/clave", fields).await?;
    leads_to(&chosen, "/cuenta?done=password")?;
    ensure!(chosen.header("set-cookie").starts_with("__Host-gondola="));
    leads_to(&shop.page_of(&beto, "/").await?, "/entrar")
}

/// What those pages answer.
async fn ask(pages: &Router, request: Request<Body>) -> Result<Answer> {
    let (head, body) = pages.clone().oneshot(request).await?.into_parts();
    let text = String::from_utf8(to_bytes(body, 1 << 20).await?.to_vec())?;
    Ok(Answer { status: head.status, headers: head.headers, text })
}

async fn an_owner_of_a_shop_sets_a_second_factor_up_and_uses_it(shop: Shop) -> Result<()> {
    let (access, pages) = shop.in_production().await?;
    let ana = access.login("ana", &access::password::Typed::new(PASSWORD)).await?;
    let get = async |who: &Begun, path: &str| {
        ask(&pages, Request::get(path).header(header::COOKIE, cookie(who)).body(Body::empty())?).await
    };
    let send = async |who: &Begun, path: &str, fields: &str| {
        let body = Body::from(format!("csrf={}&{fields}", who.token.csrf()));
        ask(&pages, Request::post(path).header(header::COOKIE, cookie(who)).body(body)?).await
    };
    leads_to(&get(&ana, "/").await?, "/cuenta/codigo")?;
    get(&ana, "/cuenta/codigo").await?.shows(&["Segundo factor", "Empezar"])?;
    leads_to(&send(&ana, "/cuenta/codigo", "do=begin").await?, "/cuenta/codigo")?;
    let offered = get(&ana, "/cuenta/codigo").await?;
    ensure!(offered.text.contains("<svg") && offered.text.contains("</svg>"), "the picture is in the page");
    ensure!(!offered.text.contains("style=") && !offered.text.contains("<script>"), "the policy forbids both");
    let spelled =
        offered.text.split("<pre><code>").nth(1).and_then(|rest| rest.split('<').next()).context("a secret")?;
    let shared = crate::people::shared_of(spelled)?;
    let wrong = send(&ana, "/cuenta/codigo", "do=confirm&code=000000").await?;
    ensure!(wrong.status == 422);
    wrong.shows(&["No es el código"])?;
    let step = access::totp::step_at(crate::shop::NOW);
    let told = send(&ana, "/cuenta/codigo", &format!("do=confirm&code={}", shared.code(step))).await?;
    told.shows(&["Guardalos ahora", "Ya los guardé"])?;
    let codes: Vec<&str> = told.text.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    ensure!(codes.len() == 10, "{codes:?}");
    ensure!(!get(&ana, "/cuenta/codigo").await?.text.contains(codes[0]), "they are told once");
    get(&ana, "/cuenta/codigo").await?.shows(&["El segundo factor está activado", "no se puede desactivar"])?;
    get(&ana, "/").await?.shows(&["Entraste como ana"])?;
    let again = access.login("ana", &access::password::Typed::new(PASSWORD)).await?;
    leads_to(&get(&again, "/").await?, "/entrar/codigo")?;
    leads_to(&get(&again, "/cuenta/clave").await?, "/entrar/codigo")?;
    get(&again, "/entrar/codigo").await?.shows(&["Código de verificación"])?;
    let used = send(&again, "/entrar/codigo", &format!("code={}", shared.code(step))).await?;
    ensure!(used.status == 422, "a code is good once");
    leads_to(&send(&again, "/entrar/codigo", &format!("code={}", codes[0])).await?, "/")?;
    leads_to(&get(&again, "/").await?, "/entrar")
}

async fn in_the_clear_over_a_network_nobody_comes_in(shop: Shop) -> Result<()> {
    let body = "login=ana&password=gato+azul+con+botas";
    let answer = post(&shop, "/entrar", body, &[("origin", "http://shop.example")]).await?;
    ensure!(answer.status == 403 && answer.header("set-cookie").is_empty());
    answer.shows(&["Entrá por https"])
}
