//! Looking into the audit log, keeping it up, watching it.

use access::audit::{
    Desk, apart, routes,
    upkeep::{Done, Upkeep},
    watch::{TOPIC, Watcher},
};
use anyhow::{Context, Result, ensure};
use axum::{Extension, Router, body::Body, body::to_bytes, http::Request};
use domain::{Role, Zone, audit::Action, hours::Hours};
use ed25519_dalek::SigningKey;
use platform::{
    audit::{Audit, Told, by_system},
    events::Events,
    http::{Principal, auth::CallerKind},
};
use serde_json::Value;
use tower::ServiceExt;

use crate::place::{NOW, Place, refused};

fn zone() -> Result<Zone> {
    Ok(Zone::named("America/Argentina/Buenos_Aires")?)
}

/// The routes, asked by an auditor.
fn asked(place: &Place) -> Result<(Router, Told)> {
    let (audit, told) = Audit::watched();
    let desk = Desk { db: place.db.clone(), clock: place.clock(), audit, zone: zone()? };
    let (router, _) = routes(desk).split_for_parts();
    let auditor = Principal::new(CallerKind::Key, "k9", "auditora", Role::Auditor);
    Ok((router.layer(Extension(auditor)), told))
}

async fn get(router: &Router, path: &str) -> Result<(u16, String)> {
    let answer = router.clone().oneshot(Request::get(path).body(Body::empty())?).await?;
    let status = answer.status().as_u16();
    Ok((status, String::from_utf8(to_bytes(answer.into_body(), 10_000_000).await?.to_vec())?))
}

async fn events_are_listed_page_by_page_and_looking_is_told_once(place: &Place) -> Result<()> {
    let events: Vec<_> = (0..5).map(|number| refused(number, "192.0.2.1")).collect();
    place.add(&events).await?;
    place.add(&[by_system("cli", Action::SiteCreated).on("site", "centro").at(NOW)]).await?;
    let (router, mut told) = asked(place)?;
    let (mut seqs, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, body) = get(&router, &format!("/api/v1/audit?action=auth&limit=2{cursor}")).await?;
        ensure!(status == 200, "{body}");
        let page: Value = serde_json::from_str(&body)?;
        seqs.extend(page["items"].as_array().context("items")?.iter().filter_map(|item| item["seq"].as_i64()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seqs, [5, 4, 3, 2, 1]);
    let told = told.take();
    assert_eq!(
        told.iter().map(|event| (event.action, event.actor.name.as_str())).collect::<Vec<_>>(),
        [(Action::SensitiveRead, "auditora")]
    );
    let (_, body) = get(&router, "/api/v1/audit?resource=site:").await?;
    let page: Value = serde_json::from_str(&body)?;
    assert_eq!(page["items"][0]["at"], "2026-02-02T10:00:00-03:00");
    assert_eq!((&page["items"][0]["actor"], &page["next_cursor"]), (&"cli".into(), &Value::Null));
    for wrong in ["action=nothing", "outcome=good", "from=yesterday", "who=me", "cursor=x", "limit=0"] {
        assert_eq!(get(&router, &format!("/api/v1/audit?{wrong}")).await?.0, 422, "{wrong}");
    }
    Ok(())
}

async fn the_log_leaves_as_a_file_without_formulas(place: &Place) -> Result<()> {
    place.add(&[by_system("=1+1", Action::SiteCreated).on("site", "centro").detail("name", "@x").at(NOW)]).await?;
    let (router, mut told) = asked(place)?;
    let (status, body) = get(&router, "/api/v1/exports/audit.csv?action=site").await?;
    assert_eq!(status, 200);
    let lines: Vec<&str> = body.lines().collect();
    ensure!(lines.len() == 2 && lines[0].starts_with("seq,at,actor_kind") && lines[1].contains(",'=1+1,"), "{body}");
    let told = told.take();
    assert_eq!(
        (told[0].action, told[0].resource.as_str(), told[0].details.as_str()),
        (Action::Exported, "export:audit", r#"{"rows":1}"#)
    );
    let sheet = router.oneshot(Request::get("/api/v1/exports/audit.xlsx").body(Body::empty())?).await?;
    assert_eq!(sheet.status(), 200);
    Ok(())
}

async fn the_log_is_signed_once_a_day_and_lets_go_of_what_is_old(place: &Place) -> Result<()> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let run = || async {
        let upkeep =
            Upkeep { db: &place.db, data_dir: place.folder(), key: &key, clock: place.clock(), keep_days: 100 };
        upkeep.run().await
    };
    assert_eq!(run().await?, Done::default(), "nothing to sign");
    place.add(&[refused(0, "192.0.2.1"), refused(1, "192.0.2.1")]).await?;
    assert_eq!(run().await?, Done { signed: true, removed: 0 });
    assert_eq!(run().await?, Done::default(), "not twice a day");
    let log = place.log().await?;
    let told: Vec<_> = log.iter().filter(|record| record.event.action == Action::AuditSigned).collect();
    ensure!(told.len() == 1 && told[0].link.seq == 3 && told[0].event.resource == "audit:2", "{told:?}");
    place.hand.pass_days(101);
    assert_eq!(run().await?, Done { signed: false, removed: 3 }, "nothing but that happened since it was signed");
    assert_eq!(run().await?, Done { signed: true, removed: 0 });
    let report = store::audit::verify(&place.db, &mut |_, _| {}).await?;
    ensure!(report.fault.is_none() && (report.cut, report.events) == (3, 2), "{report:?}");
    ensure!(apart::compare(&place.db, place.folder()).await?.is_none());
    let copy = place.folder().join("audit/000000000003-cut.txt");
    let text = std::fs::read_to_string(&copy)?;
    std::fs::write(&copy, text.replace("seq 3", "seq 4"))?;
    let fault = apart::compare(&place.db, place.folder()).await?;
    ensure!(fault.as_ref().is_some_and(|fault| fault.seq == Some(3)), "{fault:?}");
    Ok(())
}

async fn what_is_unusual_is_told_once_whoever_looks(place: &Place) -> Result<()> {
    let watcher = || -> Result<Watcher> {
        let events = Events::new(&[TOPIC], &place.hand);
        Ok(Watcher::new(place.db.clone(), place.clock(), events, (zone()?, Hours::NIGHT)))
    };
    let mut first = watcher()?;
    place.add(&(0..4).map(|second| refused(second, "203.0.113.9")).collect::<Vec<_>>()).await?;
    assert_eq!(first.look().await?, 0);
    place.add(&[refused(4, "203.0.113.9")]).await?;
    assert_eq!(first.look().await?, 1);
    assert_eq!(first.look().await?, 0);
    assert_eq!(watcher()?.look().await?, 0, "another node, or this one after a restart, finds it told");
    place.add(&(10..15).map(|second| refused(second, "203.0.113.9")).collect::<Vec<_>>()).await?;
    assert_eq!(first.look().await?, 0, "the same about the same is told once an hour");
    let log = place.log().await?;
    let found: Vec<_> = log.iter().filter(|record| record.event.action == Action::AnomalyDetected).collect();
    ensure!(found.len() == 1 && found[0].event.resource == "anomaly:brute_force", "{found:?}");
    ensure!(found[0].event.details.contains("address:203.0.113.9"), "{found:?}");
    Ok(())
}

both! {
    events_are_listed_page_by_page_and_looking_is_told_once the_log_leaves_as_a_file_without_formulas
    the_log_is_signed_once_a_day_and_lets_go_of_what_is_old what_is_unusual_is_told_once_whoever_looks
}
