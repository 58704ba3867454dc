//! The pages about accounts: one's own, and those of others.

use access::{Role, totp::Shared};
use anyhow::{Context, Result, ensure};

use crate::shop::Shop;

both! {
    ones_own_particulars_are_changed
    sessions_are_shown_and_ended
    somebody_is_added_and_their_password_told_once
    mistakes_are_told_beside_their_fields_and_nothing_typed_is_lost
    an_account_is_changed_helped_and_closed
    a_manager_sees_and_gives_only_what_is_theirs
    whoever_may_not_look_after_accounts_is_told_so
}

/// What an authenticator makes of a secret as it is shown.
pub fn shared_of(spelled: &str) -> Result<Shared> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for c in spelled.chars().filter(|c| *c != ' ') {
        bits = (bits << 5) | u32::try_from(ALPHABET.find(c).context("base 32")?)?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff)?);
        }
    }
    Shared::from_bytes(&bytes).context("20 bytes")
}

async fn ones_own_particulars_are_changed(shop: Shop) -> Result<()> {
    shop.page("/cuenta").await?.shows(&["Tu cuenta", "ana · Dueño", "Sesiones abiertas", "esta"])?;
    let fields = "do=save&name=Ana+G%C3%B3mez&email=ana%40shop.example&phone=%2B54+11+5555-0000&language=en";
    let saved = shop.form_of(&shop.ana, "/cuenta", fields).await?;
    ensure!((saved.status.as_u16(), saved.header("location")) == (303, "/cuenta?done=saved"), "{}", saved.words());
    ensure!(saved.header("set-cookie").starts_with("gondola_lang=en"));
    let page = shop.page("/cuenta?done=saved").await?;
    page.shows(&["Guardado."])?;
    for kept in ["Ana Gómez", "ana@shop.example", "+54 11 5555-0000"] {
        ensure!(page.text.contains(kept), "{kept}");
    }
    let wrong = shop.form_of(&shop.ana, "/cuenta", "do=save&name=&email=x&phone=+54").await?;
    ensure!(wrong.status == 422);
    wrong.shows(&["Falta.", "No es una dirección de correo", "No es un número de teléfono", "mirá abajo"])?;
    ensure!(shop.form_of(&shop.ana, "/cuenta", "do=nothing").await?.status == 400);
    Ok(())
}

async fn sessions_are_shown_and_ended(shop: Shop) -> Result<()> {
    let other = shop.access.login("ana", &access::password::Typed::new(crate::shop::PASSWORD)).await?;
    shop.page("/cuenta").await?.shows(&["Cerrar todas las demás"])?;
    let fields = format!("do=end&session={}", other.open.session.id);
    let ended = shop.form_of(&shop.ana, "/cuenta", &fields).await?;
    ensure!(ended.header("location") == "/cuenta?done=ended");
    ensure!(shop.page_of(&other, "/").await?.status == 303);
    let mine = format!("do=end&session={}", shop.ana.open.session.id);
    let left = shop.form_of(&shop.ana, "/cuenta", &mine).await?;
    ensure!(left.header("location") == "/entrar" && left.header("set-cookie").contains("Max-Age=0"));
    ensure!(shop.page("/cuenta").await?.status == 303);
    Ok(())
}

async fn somebody_is_added_and_their_password_told_once(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    shop.page("/personas/nueva").await?.shows(&[
        "Agregar a alguien",
        "Trabaja en",
        "Todas, también las que se abran",
        "Norte",
    ])?;
    let fields = "login=Beto&name=Beto&role=stock_keeper&site.centro=1&email=&phone=&language=";
    let made = shop.form_of(&shop.ana, "/personas/nueva", fields).await?;
    ensure!(made.status == 200 && made.header("cache-control") == "no-store", "{}", made.words());
    made.shows(&["La cuenta está lista", "no se vuelve a mostrar", "beto"])?;
    let secrets = made.text.split("class=\"secret\">").skip(1).filter_map(|rest| rest.split('<').next());
    let password = secrets.last().context("a password")?.to_owned();
    let beto = shop.access.login("beto", &access::password::Typed::new(&password)).await?;
    ensure!(beto.open.principal().sites == platform::http::auth::SiteScope::only(["centro"]));
    let list = shop.page("/personas").await?;
    list.shows(&["Beto", "Repositor", "Centro", "ana", "Dueño", "Todas las sucursales"])?;
    ensure!(!list.text.contains(&password));
    Ok(())
}

async fn mistakes_are_told_beside_their_fields_and_nothing_typed_is_lost(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let fields = "login=a+b&name=Beto+P%C3%A9rez&role=cashier&email=x";
    let wrong = shop.form_of(&shop.ana, "/personas/nueva", fields).await?;
    ensure!(wrong.status == 422);
    wrong.shows(&["Lleva letras sin acentos", "No es una dirección de correo", "Elegí al menos una"])?;
    ensure!(wrong.text.contains("value=\"Beto Pérez\"") && wrong.text.contains("value=\"a b\""));
    let taken = "login=ana&name=Otra&role=cashier&every_site=1";
    let taken = shop.form_of(&shop.ana, "/personas/nueva", taken).await?;
    ensure!(taken.status == 409);
    taken.shows(&["Ya hay alguien que entra como «ana»"])
}

async fn an_account_is_changed_helped_and_closed(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let beto = shop.settled_person("beto", Role::Cashier, &["centro"]).await?;
    let page = shop.page("/personas/beto").await?;
    page.shows(&["beto", "Cajero", "la eligió su dueño", "Cerrar la cuenta"])?;
    let version = page.text.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let save = format!("do=save&version={}&name=Alberto&role=stock_keeper&site.norte=1", version.context("a version")?);
    let saved = shop.form_of(&shop.ana, "/personas/beto", &save).await?;
    ensure!(saved.header("location") == "/personas?saved=beto", "{}", saved.words());
    shop.page("/personas?saved=beto").await?.shows(&[
        "Se guardaron los datos de «beto»",
        "Alberto",
        "Repositor",
        "Norte",
    ])?;
    ensure!(shop.page_of(&beto, "/").await?.status == 303, "their sessions ended");
    let stale = shop.form_of(&shop.ana, "/personas/beto", &save).await?;
    ensure!(stale.status == 412);
    stale.shows(&["Otra persona lo cambió"])?;
    for (act, told) in [
        ("unlock", "Ya puede volver a intentar"),
        ("factor", "Se quitó el segundo factor"),
        ("disable", "La cuenta quedó cerrada"),
        ("enable", "La cuenta quedó abierta"),
    ] {
        let done = shop.form_of(&shop.ana, "/personas/beto", &format!("do={act}")).await?;
        ensure!(done.status == 303, "{act}: {}", done.words());
        shop.page(done.header("location")).await?.shows(&[told])?;
    }
    let made = shop.form_of(&shop.ana, "/personas/beto", "do=password").await?;
    made.shows(&["Contraseña de un solo uso", "no se vuelve a mostrar"])?;
    shop.page("/personas/ana").await?.shows(&["Esta cuenta la tiene que cambiar otra persona"])?;
    let own = shop.form_of(&shop.ana, "/personas/ana", "do=disable").await?;
    ensure!(own.status == 409);
    own.shows(&["Lo tuyo se cambia en tu cuenta"])?;
    ensure!(shop.page("/personas/nadie").await?.status == 404);
    ensure!(shop.page("/personas/%00").await?.status == 404);
    Ok(())
}

async fn a_manager_sees_and_gives_only_what_is_theirs(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let mara = shop.settled_person("mara", Role::Manager, &["centro"]).await?;
    shop.add_person("norma", Role::Cashier, &["norte"]).await?;
    shop.add_person("ciro", Role::Cashier, &["centro"]).await?;
    let list = shop.page_of(&mara, "/personas").await?;
    list.shows(&["Ciro", "Mara"])?;
    ensure!(!list.text.contains("Norma") && !list.text.contains("/personas/ana"));
    let new = shop.page_of(&mara, "/personas/nueva").await?;
    new.shows(&["Cajero", "Repositor", "Centro"])?;
    for not_theirs in ["Norte", "Auditor", "Todas, también"] {
        ensure!(!new.words().contains(not_theirs), "{not_theirs}");
    }
    let fields = "login=x1&name=X&role=owner&every_site=1";
    let refused = shop.form_of(&mara, "/personas/nueva", fields).await?;
    ensure!(refused.status == 422);
    refused.shows(&["Esa función no la podés dar"])?;
    ensure!(shop.page_of(&mara, "/personas/norma").await?.status == 404);
    Ok(())
}

async fn whoever_may_not_look_after_accounts_is_told_so(shop: Shop) -> Result<()> {
    let ciro = shop.settled_person("ciro", Role::Cashier, &[]).await?;
    for path in ["/personas", "/personas/nueva", "/personas/ana"] {
        let answer = shop.page_of(&ciro, path).await?;
        ensure!(answer.status == 403, "{path}");
        answer.shows(&["No permitido", "No cambió nada", "Ir al inicio"])?;
    }
    ensure!(!shop.page_of(&ciro, "/").await?.words().contains("Personas"), "what may not be seen is not offered");
    Ok(())
}
