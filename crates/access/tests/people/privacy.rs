//! What people ask about what is kept of them.

use access::{
    Doer, Role,
    privacy::{
        Answer, Right,
        retention::{LetGo, Retention},
    },
};
use anyhow::{Context, Result, ensure};
use domain::{
    Money,
    audit::Action,
    ledger::{Over, PostingKind},
};
use serde_json::json;
use store::approval::{self, NewApproval};
use uuid::Uuid;

use crate::shop::{NOW, PASSWORD, Shop};

both! {
    a_person_takes_out_what_is_kept_of_them
    an_erased_person_is_named_nowhere_and_everything_still_verifies
    a_request_is_answered_once_and_only_by_whoever_may
    a_request_sent_again_under_its_key_is_written_down_once
    a_restricted_person_comes_in_no_more_and_an_owner_stays
    a_closed_account_is_erased_when_its_time_is_over
    what_waited_to_be_written_names_nobody_who_was_erased
    a_breach_report_says_who_did_what_to_whom
    whoever_is_limited_to_sites_has_no_part_in_it
}

const REQUESTS: &str = "/api/v1/privacy/requests";

async fn a_person_takes_out_what_is_kept_of_them(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    shop.open_site("centro").await?;
    let (person, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    for (number, asked_by) in [(1, person.code.as_str()), (2, "p-otra")] {
        ask_for_a_second_person(shop, number, asked_by).await?;
    }
    ana.send("PATCH", "/api/v1/me", Some(json!({"email": "ana@shop.example"}))).await?.is(200, "")?;
    let data = ana.get("/api/v1/me/data").await?.is(200, "")?;
    let account = &data.body["account"];
    ensure!(account["login"] == "ana" && account["email"] == "ana@shop.example", "{account}");
    ensure!(data.body["sessions"].as_array().is_some_and(|sessions| !sessions.is_empty()), "{}", data.body);
    let events = data.body["events"].as_array().context("events")?;
    ensure!(events.iter().any(|event| event["action"] == "user.created"), "{events:?}");
    let approvals = data.body["approvals"].as_array().context("approvals")?;
    ensure!(approvals.len() == 1 && approvals[0]["asked_by"] == person.code.as_str(), "{approvals:?}");
    ensure!(data.headers["cache-control"] == "no-store");
    ana.get("/api/v1/me/data?format=yaml").await?.is(422, "invalid")?;
    for (form, media_type) in [("csv", "text/csv"), ("xml", "application/xml")] {
        let file = ana.get(&format!("/api/v1/me/data?format={form}")).await?.is(200, "")?;
        ensure!(file.headers["content-type"].to_str()?.starts_with(media_type));
    }
    let told = shop.events().await?;
    ensure!(told.iter().filter(|event| event.action == Action::PrivacyDisclosed).count() == 3);
    Ok(())
}

async fn ask_for_a_second_person(shop: &Shop, number: u128, asked_by: &str) -> Result<()> {
    let new = NewApproval {
        id: Uuid::from_u128(number),
        posting: Uuid::from_u128(1000 + number),
        digest: [7; 32],
        site: 1,
        kind: PostingKind::Waste,
        draft: "{}".to_owned(),
        asked_by: asked_by.to_owned(),
        asked_at: NOW,
        expires_at: NOW.plus_seconds(60),
        passed: Over::Worth,
        worth: Money::from_cents(1),
        days_back: 0,
    };
    let mut tx = shop.db.write().await?;
    ensure!(approval::request(&mut tx, &new).await?);
    Ok(tx.commit().await?)
}

async fn an_erased_person_is_named_nowhere_and_everything_still_verifies(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut zulema = shop.add("zulema", Role::Cashier, &[]).await?;
    zulema.address = std::net::Ipv4Addr::new(198, 51, 100, 23).into();
    let contact = json!({"email": "zule@shop.example", "phone": "+54 11 5555 0000"});
    zulema.send("PATCH", "/api/v1/me", Some(contact)).await?.is(200, "")?;
    let mut elsewhere = shop.browser();
    elsewhere.address = zulema.address;
    elsewhere.login("zulema", "no es").await?.is(401, "wrong_credentials")?;
    let asked = json!({"right": "erasure", "note": "no vuelvo al negocio"});
    let request = zulema.post("/api/v1/me/privacy-requests", asked).await?.is(201, "")?;
    ensure!(request.body["due_at"] == Right::Erasure.due(NOW).to_string(), "{}", request.body);
    shop.write_down_what_was_told().await?;
    let (person, _) = shop.access.user(Doer::CommandLine, "zulema").await?;
    ensure!(traces(shop, &person.code).await? > 3, "before there is what will be looked for");
    let path = format!("{REQUESTS}/{}/answer", request.body["id"].as_str().context("an id")?);
    owner.post(&path, json!({"done": true, "answer": "quedó suprimida"})).await?.is(204, "")?;

    zulema.get("/api/v1/me").await?.is(401, "unauthorized")?;
    elsewhere.login("zulema", PASSWORD).await?.is(401, "wrong_credentials")?;
    owner.get("/api/v1/users/zulema").await?.is(404, "not_found")?;
    let account = owner.get(&format!("/api/v1/users/erased.{}", person.code)).await?.is(200, "")?;
    ensure!(account.body["name"] == person.code.as_str() && account.body["email"].is_null(), "{}", account.body);
    ensure!(traces(shop, &person.code).await? == 0, "{:?}", shop.events().await?);
    let listed = owner.get(REQUESTS).await?.is(200, "")?;
    ensure!(listed.body["items"][0]["state"] == "done" && listed.body["items"][0]["note"] == "", "{}", listed.body);
    let report = store::audit::verify(&shop.db, &mut |_, _| {}).await?;
    ensure!(report.fault.is_none(), "{report:?}");
    // Nobody makes anything of what is left.
    owner.post(&format!("/api/v1/users/erased.{}/enable", person.code), json!({})).await?.is(409, "account_erased")?;
    shop.add("zulema", Role::Cashier, &[]).await.map(drop)
}

/// In how many events of the log, of theirs or about them, something says who they are or where they were.
async fn traces(shop: &Shop, code: &str) -> Result<usize> {
    let events = shop.events().await?;
    let about = format!("user:{code}");
    let traced = |event: &&domain::audit::Event| {
        let all = format!("{} {}", event.actor.name, event.details);
        let named = ["zulema", "Persona zulema", "zule@", "5555", "no vuelvo"].iter().any(|word| all.contains(word));
        named || (event.actor.id == code || event.resource == about) && event.origin.address == "198.51.100.23"
    };
    Ok(events.iter().filter(traced).count())
}

async fn a_request_is_answered_once_and_only_by_whoever_may(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    let wrong = owner.post(REQUESTS, json!({"login": "a b", "right": "everything"})).await?.is(422, "invalid")?;
    ensure!(wrong.body["errors"].as_array().is_some_and(|errors| errors.len() == 2), "{}", wrong.body);
    owner.post(REQUESTS, json!({"login": "nadie", "right": "access"})).await?.is(404, "not_found")?;
    let request = owner.post(REQUESTS, json!({"login": "ana", "right": "access"})).await?.is(201, "")?;
    let path = format!("{REQUESTS}/{}", request.body["id"].as_str().context("an id")?);
    let answer = json!({"done": false, "answer": "ya se dio la semana pasada"});
    ana.post(&format!("{path}/answer"), answer.clone()).await?.is(403, "forbidden")?;
    ana.get(REQUESTS).await?.is(403, "forbidden")?;
    ana.get(&format!("{path}/data")).await?.is(403, "forbidden")?;
    let data = owner.get(&format!("{path}/data")).await?.is(200, "")?;
    ensure!(data.body["account"]["login"] == "ana", "{}", data.body);
    owner.post(&format!("{path}/answer"), answer.clone()).await?.is(204, "")?;
    owner.post(&format!("{path}/answer"), answer).await?.is(409, "request_closed")?;
    let own = ana.get("/api/v1/me/privacy-requests").await?.is(200, "")?;
    ensure!(own.body["items"][0]["state"] == "refused" && own.body["items"][0]["answer"] != "", "{}", own.body);
    Ok(())
}

async fn a_request_sent_again_under_its_key_is_written_down_once(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    (owner.repeats, ana.repeats) = (Some("k1"), Some("k1"));
    let own = json!({"right": "access"});
    let first = ana.post("/api/v1/me/privacy-requests", own.clone()).await?.is(201, "")?;
    let again = ana.post("/api/v1/me/privacy-requests", own).await?.is(201, "")?;
    ensure!(first.body == again.body && again.headers["idempotency-replayed"] == "true", "{again:?}");
    let for_her = json!({"login": "ana", "right": "objection"});
    let first = owner.post(REQUESTS, for_her.clone()).await?.is(201, "")?;
    let again = owner.post(REQUESTS, for_her).await?.is(201, "")?;
    ensure!(first.body == again.body && again.headers["idempotency-replayed"] == "true", "{again:?}");
    owner.post(REQUESTS, json!({"login": "ana", "right": "access"})).await?.is(409, "idempotency_key_reused")?;
    let written = owner.get(REQUESTS).await?.is(200, "")?;
    ensure!(written.body["items"].as_array().map(Vec::len) == Some(2), "{}", written.body);
    let told = shop.events().await?;
    ensure!(told.iter().filter(|event| event.action == Action::PrivacyRequested).count() == 2);
    Ok(())
}

async fn a_restricted_person_comes_in_no_more_and_an_owner_stays(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    for (login, status, code) in [("ana", 204, ""), ("duena", 409, "not_yourself")] {
        let request = owner.post(REQUESTS, json!({"login": login, "right": "restriction"})).await?.is(201, "")?;
        let path = format!("{REQUESTS}/{}/answer", request.body["id"].as_str().context("an id")?);
        owner.post(&path, json!({"done": true, "answer": "hecho"})).await?.is(status, code)?;
    }
    let (duena, _) = shop.access.user(Doer::CommandLine, "duena").await?;
    let request = shop.access.ask_for(Doer::CommandLine, &duena, Right::Erasure, "").await?;
    let answer = Answer { done: true, words: "hecho".into() };
    let refused = shop.access.answer_request(Doer::CommandLine, (&request, &duena), &answer).await;
    ensure!(refused.is_err_and(|problem| problem.code() == "last_owner"));
    ana.get("/api/v1/me").await?.is(401, "unauthorized")?;
    let kept = owner.get("/api/v1/users/ana").await?.is(200, "")?;
    ensure!(kept.body["name"] == "Persona ana", "{}", kept.body);
    let waiting = owner.get(REQUESTS).await?.is(200, "")?;
    ensure!(waiting.body["items"][0]["state"] == "open", "what was not done goes on waiting: {}", waiting.body);
    shop.hand.pass_seconds(100 * 86_400);
    let retention = Retention { closed_account_days: 10, answered_request_days: 200 };
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo::default(), "it stays as it is");
    Ok(())
}

async fn whoever_is_limited_to_sites_has_no_part_in_it(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut here = shop.add("socia", Role::Owner, &["centro"]).await?;
    here.set_factor_up().await?;
    let (ana, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    let request = shop.access.ask_for(Doer::CommandLine, &ana, Right::Erasure, "").await?;
    let path = format!("{REQUESTS}/{}", request.id);
    for address in [
        REQUESTS.to_owned(),
        format!("{path}/data"),
        "/api/v1/privacy/breach-report?from=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z".into(),
    ] {
        here.get(&address).await?.is(403, "forbidden")?;
    }
    here.post(&format!("{path}/answer"), json!({"done": true, "answer": "x"})).await?.is(403, "forbidden")?;
    here.post(REQUESTS, json!({"login": "ana", "right": "erasure"})).await?.is(403, "forbidden").map(drop)
}

async fn a_closed_account_is_erased_when_its_time_is_over(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let (person, sites) = shop.access.user(Doer::CommandLine, "ana").await?;
    shop.access.set_user_disabled(Doer::CommandLine, (&person, &sites), true).await?;
    let request = shop.access.ask_for(Doer::CommandLine, &person, Right::Objection, "no quiero avisos").await?;
    let answer = Answer { done: true, words: "sin avisos".into() };
    shop.access.answer_request(Doer::CommandLine, (&request, &person), &answer).await?;
    let retention = Retention { closed_account_days: 10, answered_request_days: 20 };
    shop.hand.pass_seconds(10 * 86_400);
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo::default());
    shop.hand.pass_seconds(1);
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo { accounts: 1, ..LetGo::default() });
    shop.hand.pass_seconds(10 * 86_400);
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo { requests: 1, ..LetGo::default() });
    ensure!(shop.access.user(Doer::CommandLine, "ana").await.is_err());
    let events = shop.events().await?;
    let told: Vec<&str> = events
        .iter()
        .filter(|event| event.action == Action::RetentionApplied)
        .map(|event| event.details.as_str())
        .collect();
    let counted = |accounts: u8, requests: u8| json!({"accounts": accounts, "requests": requests, "named_again": 0});
    let told = told.into_iter().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
    ensure!(told == [counted(0, 1), counted(1, 0)], "each time that something was let go, and no other: {told:?}");
    Ok(())
}

async fn what_waited_to_be_written_names_nobody_who_was_erased(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    // Told aside, and not written yet when she is erased: a failure of hers, one of a stranger at her account.
    ana.post("/api/v1/me/totp", json!({"current_password": "otra"})).await?.is(422, "invalid")?;
    shop.browser().login("ana", "no es").await?.is(401, "wrong_credentials")?;
    let (person, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    shop.add("duena", Role::Owner, &[]).await?;
    let request = shop.access.ask_for(Doer::CommandLine, &person, Right::Erasure, "").await?;
    let answer = Answer { done: true, words: "hecho".into() };
    shop.access.answer_request(Doer::CommandLine, (&request, &person), &answer).await?;
    shop.write_down_what_was_told().await?;
    let named = async || {
        let events = shop.events().await?;
        let of_her =
            |event: &&domain::audit::Event| event.actor.id == person.code || event.resource.ends_with(&person.code);
        let named = |event: &&domain::audit::Event| event.actor.name == "ana" || !event.origin.address.is_empty();
        anyhow::Ok(events.iter().filter(of_her).filter(named).count())
    };
    ensure!(named().await? == 2, "so they were written");
    let retention = Retention { closed_account_days: 10, answered_request_days: 20 };
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo { named_again: 1, ..LetGo::default() });
    ensure!(named().await? == 0);
    ensure!(shop.access.keep_no_longer(retention).await? == LetGo::default(), "once is enough");
    let report = store::audit::verify(&shop.db, &mut |_, _| {}).await?;
    ensure!(report.fault.is_none(), "{report:?}");
    Ok(())
}

async fn a_breach_report_says_who_did_what_to_whom(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    shop.add("ana", Role::Cashier, &[]).await?;
    let (ana, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    shop.hand.pass_seconds(60);
    let from = NOW.plus_seconds(60);
    shop.browser().login("ana", "no es").await?.is(401, "wrong_credentials")?;
    owner.post("/api/v1/users/ana/reset-password", json!({})).await?.is(200, "")?;
    shop.write_down_what_was_told().await?;
    let path = format!("/api/v1/privacy/breach-report?from={from}&until={}", from.plus_seconds(1));
    let report = owner.get(&path).await?.is(200, "")?.body;
    ensure!(report["people"][&ana.code].as_u64() >= Some(1), "{report}");
    ensure!(report["failed_entries"] == 1, "{report}");
    let owners = report["actors"].as_array().context("actors")?;
    ensure!(
        owners.iter().any(|actor| actor["name"] == "duena" && actor["actions"]["user.password_changed"] == 1),
        "{report}"
    );
    owner.get("/api/v1/privacy/breach-report?from=ayer").await?.is(422, "invalid").map(drop)
}
