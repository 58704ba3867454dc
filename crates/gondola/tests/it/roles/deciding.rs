//! A second person who decides on pages that run apart from the warehouse.

use super::*;
use crate::people::{Session, add_person, login};

const PASSWORD: &str = "tres tristes tigres 3";

/// Finds goods that are worth more than one person posts alone; gives the page of the request.
fn waits(depot: &mut Client, number: usize) -> Result<String> {
    let found = posting(number, "found", &json!([{"sku": "A", "quantity": "90000"}]));
    let answer = depot.post("/api/v1/postings", &found)?;
    let request = answer.json()?["results"][0]["approval_id"].as_str().map(str::to_owned);
    Ok(format!("/aprobaciones/{}?lang=en", request.with_context(|| answer.text())?))
}

#[test]
fn pages_that_run_apart_have_the_warehouse_decide_and_say_so_when_it_is_away() -> Result<()> {
    let apart = Apart::make()?;
    let (mut warehouse, dashboard) = (apart.warehouse()?, apart.dashboard()?);
    let (mut depot, mut pages) = (apart.client(&warehouse), apart.client(&dashboard));
    add_product(&mut depot, "A", "unit")?;
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "5", "unit_cost": "10"}])))?;
    add_person(&apart.shop.installation, &warehouse, "beto", "manager", PASSWORD)?;
    let (first, second) = (waits(&mut depot, 2)?, waits(&mut depot, 3)?);
    let beto = Session::of(&login(&dashboard, "beto", PASSWORD)?)?;

    let approved = beto.fill(&dashboard, &first, "do=approve")?;
    ensure!(approved.status == 303, "{} {}", approved.status, approved.text());
    ensure!(on_hand(&mut depot, "A")? == "90005");
    let events = depot.get("/api/v1/audit?action=approval.granted")?.json()?;
    let event = &events["items"][0];
    ensure!(event["actor"] == "beto" && event["address"] == "127.0.0.1", "{event}");
    ensure!(event["request_id"] == approved.header("x-request-id").unwrap_or_default(), "of the pages: {event}");
    ensure!(beto.fill(&dashboard, &first, "do=approve")?.status == 303, "the same again changes nothing");
    ensure!(beto.fill(&dashboard, &first, "do=reject&reason=no")?.status == 409);

    warehouse.kill()?;
    let away = beto.fill(&dashboard, &second, "do=approve")?;
    let said = away.text();
    ensure!(away.status == 503 && said.contains("service of this installation does not answer"), "{said}");
    ensure!(said.contains("90.000") || said.contains("90,000"), "what waits is shown all the same: {said}");

    let warehouse = apart.warehouse()?;
    told(&mut pages, false, &dashboard)?;
    breaker_is(&mut pages, "closed")?;
    ensure!(beto.fill(&dashboard, &second, "do=approve")?.status == 303, "{}", dashboard.log());
    ensure!(on_hand(&mut apart.client(&warehouse), "A")? == "180005");
    Ok(())
}
