//! A second person who decides on pages that run apart from the warehouse.

use super::*;
use crate::people::{Session, add_person, login};

pub(super) const PASSWORD: &str = "tres tristes tigres 3";

/// Finds goods that are worth more than one person posts alone; gives the page of the request.
pub(super) fn waits(depot: &mut Client, number: usize) -> Result<String> {
    let found = posting(number, "found", &json!([{"sku": "A", "quantity": "90000"}]));
    let answer = depot.post("/api/v1/postings", &found)?;
    let request = answer.json()?["results"][0]["approval_id"].as_str().map(str::to_owned);
    Ok(format!("/aprobaciones/{}?lang=en", request.with_context(|| answer.text())?))
}

#[test]
fn pages_that_run_apart_have_the_warehouse_decide_and_keep_what_it_cannot_be_told_while_it_is_away() -> Result<()> {
    let apart = Apart::make()?;
    let (mut warehouse, mut dashboard) = (apart.warehouse()?, apart.dashboard()?);
    let mut depot = apart.client(&warehouse);
    add_product(&mut depot, "A", "unit")?;
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "5", "unit_cost": "10"}])))?;
    add_person(&apart.shop.installation, &warehouse, "beto", "manager", PASSWORD)?;
    let (first, second, third) = (waits(&mut depot, 2)?, waits(&mut depot, 3)?, waits(&mut depot, 4)?);
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
    for address in [&second, &third] {
        let kept = beto.fill(&dashboard, address, "do=approve")?;
        ensure!(kept.status == 303, "{} {}", kept.status, kept.text());
        ensure!(kept.header("location").is_some_and(|to| to.contains("done=kept")), "{:?}", kept.header("location"));
        ensure!(beto.fill(&dashboard, address, "do=approve")?.status == 303, "the same again is the same");
        let other = beto.fill(&dashboard, address, "do=reject&reason=no")?;
        ensure!(
            other.status == 409 && other.text().contains("Until then nothing else can be decided"),
            "{}",
            other.text()
        );
    }
    is_told(&beto, &dashboard, &second)?;
    // What was answered as waiting outlives the process that took it.
    dashboard.kill()?;
    let dashboard = apart.dashboard()?;
    let beto = Session::of(&login(&dashboard, "beto", PASSWORD)?)?;
    is_told(&beto, &dashboard, &second)?;
    // Meanwhile somebody else decided on the third.
    let number = third.trim_start_matches("/aprobaciones/").trim_end_matches("?lang=en");
    apart.shop.execute(&format!(
        "UPDATE approval SET state = 'refused', decided_at = asked_at, decided_by = 'p-otra', answer = 'no' WHERE id = '{number}'"
    ))?;

    let warehouse = apart.warehouse()?;
    let mut depot = apart.client(&warehouse);
    let came = wait_until(KNOWN, || on_hand(&mut depot, "A").is_ok_and(|quantity| quantity == "180005"));
    ensure!(came, "it is never made: {} {}", dashboard.log(), warehouse.log());
    let mut pages = apart.client(&dashboard);
    let empty =
        wait_until(KNOWN, || figures::metrics(&mut pages).is_ok_and(|page| page.contains("gondola_outbox_length 0\n")));
    ensure!(empty, "{}", dashboard.log());
    let events = depot.get("/api/v1/audit?action=approval.granted")?.json()?;
    ensure!(events["items"].as_array().is_some_and(|items| items.len() == 2), "each once: {events}");
    ensure!(events["items"][0]["actor"] == "beto", "{events}");
    let declined = beto.read(&dashboard, &third)?.text();
    ensure!(declined.contains("It could not be carried out") && declined.contains("beto had decided"), "{declined}");
    ensure!(on_hand(&mut depot, "A")? == "180005");
    apart.shop.verify().map(drop)
}

/// Whether the pages say that a decision on that request waits.
fn is_told(who: &Session, dashboard: &Running, address: &str) -> Result<()> {
    let told = |path: &str, words: &str| {
        wait_until(KNOWN, || who.read(dashboard, path).is_ok_and(|page| page.text().contains(words)))
    };
    ensure!(told(address, "It waits for the warehouse service"), "{}", who.read(dashboard, address)?.text());
    let page = who.read(dashboard, address)?.text();
    ensure!(page.contains("beto decided on") && !page.contains("do=\"approve\""), "{page}");
    ensure!(!page.contains("value=\"approve\""), "nothing is left to decide: {page}");
    ensure!(page.contains("90.000") || page.contains("90,000"), "what waits is shown all the same: {page}");
    let list = "/aprobaciones?lang=en";
    ensure!(told(list, "2 decisions wait for the warehouse service"), "{}", who.read(dashboard, list)?.text());
    Ok(())
}
