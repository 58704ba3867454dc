//! The pages where a second person decides.

use access::Role;
use anyhow::{Context, Result, ensure};
use contracts::approval::{Again, Asked, Passed};
use domain::{
    Money,
    audit::Action,
    ledger::{Draft, Limits, LineDraft, Over, PostingKind, Reference},
};
use platform::http::{Principal, auth::CallerKind};
use store::approval::{self, State};
use uuid::Uuid;

use crate::shop::{Shop, desk};

both! {
    what_waits_is_listed_looked_at_and_approved
    it_is_rejected_with_a_reason
    ones_own_is_only_taken_back
    whoever_may_not_decide_sees_no_link_and_changes_nothing
}

/// A waste of two of yerba, which somebody of that code asked for.
async fn asked(shop: &Shop, number: u128, code: &str) -> Result<String> {
    let line = LineDraft { sku: "YER-1".into(), quantity: domain::Quantity::units(2), ..LineDraft::default() };
    let draft = Draft {
        id: Uuid::from_u128(number),
        site: "centro".into(),
        kind: PostingKind::Waste,
        effective_at: None,
        reference: Reference::default(),
        actor: code.to_owned(),
        device: String::new(),
        note: "se cayó la estantería".into(),
        corrects: None,
        lines: vec![line],
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    };
    let passed = Passed { over: Over::Worth, worth: Money::from_cents(15_000_000), days_back: 0 };
    let by = Principal::new(CallerKind::User, code, "leo", Role::StockKeeper);
    match desk(&shop.db).ask(&draft, passed, Some(&by), Again::No).await? {
        Asked::Waits(approval) => Ok(format!("/aprobaciones/{}", approval.id)),
        Asked::Decided(outcome) => anyhow::bail!("{outcome:?}"),
    }
}

async fn state(shop: &Shop, page: &str) -> Result<State> {
    let id = page.rsplit('/').next().context("an id")?.parse()?;
    Ok(approval::get(&shop.db, id).await?.context("a request")?.state)
}

async fn what_waits_is_listed_looked_at_and_approved(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    shop.page("/aprobaciones").await?.shows(&["Aprobaciones", "No hay nada esperando."])?;
    let leo = shop.settled_person("leo", Role::StockKeeper, &["centro"]).await?;
    let page = asked(&shop, 900, &leo.open.person.code).await?;
    let list = shop.page("/aprobaciones").await?;
    list.shows(&["Merma", "Centro", "$ 150.000,00", "leo", "espera", "vale más de lo que una persona asienta sola"])?;
    ensure!(list.text.contains(&page), "a link to it");
    let one = shop.page(&page).await?;
    one.shows(&[
        "Lo que se pidió",
        "leo",
        "se cayó la estantería",
        "Qué le haría al stock",
        "YER-1",
        "Quedarían",
        "Aprobar",
    ])?;
    let approved = shop.form_of(&shop.ana, &page, "do=approve").await?;
    ensure!(
        approved.status == 303 && approved.header("location") == format!("{page}?done=approved"),
        "{}",
        approved.text
    );
    shop.page(&format!("{page}?done=approved")).await?.shows(&["Aprobado: ya está asentado.", "aprobado", "ana"])?;
    ensure!(state(&shop, &page).await? == State::Granted);
    let posting = store::ledger::read::posting(&shop.db, Uuid::from_u128(900)).await?.context("posted")?;
    ensure!(posting.entry.actor == leo.open.person.code);
    let late = shop.form_of(&shop.ana, &page, "do=reject&reason=no").await?;
    ensure!(late.status == 409);
    late.shows(&["Mientras tanto este pedido cambió"])?;
    shop.page("/aprobaciones").await?.shows(&["No hay nada esperando."])?;
    shop.page("/aprobaciones?todo=1").await?.shows(&["Merma", "aprobado"])?;
    Ok(())
}

async fn it_is_rejected_with_a_reason(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let page = asked(&shop, 900, "p-leo").await?;
    let empty = shop.form_of(&shop.ana, &page, "do=reject&reason=").await?;
    ensure!(empty.status == 422 && empty.text.contains("f-reason-error"), "{}", empty.text);
    ensure!(shop.form_of(&shop.ana, &page, "do=nothing").await?.status == 400);
    ensure!(state(&shop, &page).await? == State::Pending);
    let rejected = shop.form_of(&shop.ana, &page, "do=reject&reason=no+se+cay%C3%B3+nada").await?;
    ensure!(rejected.header("location") == format!("{page}?done=rejected"), "{}", rejected.text);
    shop.page(&page).await?.shows(&["rechazado", "no se cayó nada"])?;
    ensure!(state(&shop, &page).await? == State::Refused);
    Ok(())
}

async fn ones_own_is_only_taken_back(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    shop.settled_person("eva", Role::Owner, &[]).await?;
    let page = asked(&shop, 900, &shop.ana.open.person.code).await?;
    let one = shop.page(&page).await?;
    one.shows(&["Lo pediste vos", "Retirar el pedido"])?;
    ensure!(!one.text.contains("value=\"approve\""), "{}", one.text);
    let own = shop.form_of(&shop.ana, &page, "do=approve").await?;
    ensure!(own.status == 403);
    own.shows(&["Un pedido lo aprueba otra persona"])?;
    ensure!(state(&shop, &page).await? == State::Pending);
    let told = store::audit::list(&shop.db, i64::MAX, &store::audit::Filter::default(), 1).await?;
    let told = &told.first().context("an event")?.event;
    ensure!(told.action == Action::AccessDenied && told.resource.starts_with("approval:"), "{told:?}");
    ensure!(shop.form_of(&shop.ana, &page, "do=reject&reason=me+equivoqu%C3%A9").await?.status == 303);
    // So does whoever may not decide on others'.
    let leo = shop.settled_person("leo", Role::StockKeeper, &["centro"]).await?;
    let page = asked(&shop, 901, &leo.open.person.code).await?;
    shop.page_of(&leo, &page).await?.shows(&["Retirar el pedido"])?;
    ensure!(shop.form_of(&leo, &page, "do=approve").await?.status == 403);
    ensure!(shop.form_of(&leo, &page, "do=reject&reason=no").await?.status == 303);
    ensure!(state(&shop, &page).await? == State::Refused);
    Ok(())
}

async fn whoever_may_not_decide_sees_no_link_and_changes_nothing(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let page = asked(&shop, 900, "p-leo").await?;
    ensure!(shop.page("/").await?.text.contains("href=\"/aprobaciones\""));
    let cashier = shop.settled_person("caja", Role::Cashier, &["centro"]).await?;
    ensure!(!shop.page_of(&cashier, "/").await?.text.contains("href=\"/aprobaciones\""));
    let seen = shop.page_of(&cashier, &page).await?;
    ensure!(seen.status == 200 && !seen.text.contains("value=\"approve\"") && !seen.text.contains("value=\"reject\""));
    ensure!(shop.form_of(&cashier, &page, "do=approve").await?.status == 403);
    let norte = shop.settled_person("nora", Role::Manager, &["norte"]).await?;
    ensure!(shop.page_of(&norte, &page).await?.status == 404);
    ensure!(shop.form_of(&norte, &page, "do=approve").await?.status == 404);
    shop.page_of(&norte, "/aprobaciones").await?.shows(&["No hay nada esperando."])?;
    // Sent from elsewhere, or without the mark, it is not looked at.
    let cookie = crate::shop::cookie(&shop.ana);
    let bare = axum::http::Request::post(&page).header("cookie", cookie).body("do=approve".into())?;
    ensure!(shop.send(bare).await?.status == 403);
    ensure!(shop.send(axum::http::Request::get(&page).body(axum::body::Body::empty())?).await?.status == 303);
    ensure!(state(&shop, &page).await? == State::Pending);
    Ok(())
}
