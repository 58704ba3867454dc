//! The pages behind the door of a node: what whoever has a session looks for is theirs to look for.
//!
//! Invariant: the texts look like what tools of attack send, since a search of staff may.

use std::{net::SocketAddr, sync::Arc};

use access::StoredKeys;
use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, header},
};
use domain::{Clock, RandomIds, clock::FixedClock};
use platform::{
    audit::{Audit, Told},
    ban::Bans,
    config::{Inputs, Settings},
    http::{
        Shell,
        auth::{Gate, Keys, guard},
        door::counted,
        shell,
    },
};
use tower::ServiceExt;

use crate::shop::{NOW, Shop, cookie};

both! {
    what_somebody_with_a_session_searches_for_keeps_nobody_out
}

/// As a node surrounds its pages, with a door that forgives three refusals.
fn behind_a_door(shop: &Shop) -> Result<(Router, Told)> {
    let flags = [("ban_after", "3"), ("ban_window_s", "86400")].map(|(name, value)| (name, value.to_owned()));
    let settings = Settings::load(&Inputs { flags: flags.into(), ..Inputs::default() })?;
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(NOW));
    let (audit, told) = Audit::watched();
    let mut around = Shell::new(&settings, Arc::clone(&clock), Arc::new(RandomIds));
    around.door =
        around.door.keeping_out(Bans::new(&settings.door, Arc::clone(&clock)).0).telling(audit, Arc::clone(&clock));
    let keys = Keys::new(StoredKeys::new(shop.db.clone(), Arc::clone(&clock)), clock);
    let pages = counted(access::enforce(shop.pages.clone()), &around.door);
    Ok((shell(guard(pages, Gate::new(keys, access::is_open)), around), told))
}

async fn what_somebody_with_a_session_searches_for_keeps_nobody_out(shop: Shop) -> Result<()> {
    let (app, mut told) = behind_a_door(&shop)?;
    let search = async |cookie: &str| {
        let mut request = Request::get("/?q=x%27%20or%201%3D1--").header(header::COOKIE, cookie).body(Body::empty())?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 7], 1))));
        anyhow::Ok(app.clone().oneshot(request).await?.status().as_u16())
    };
    let ana = cookie(&shop.ana);
    for _ in 0..20 {
        ensure!(search(&ana).await? == 200);
    }
    let by = |told: &mut Told| told.take().into_iter().map(|event| event.actor.name).collect::<Vec<_>>();
    ensure!(by(&mut told) == ["ana"; 20], "what is told is told of her");
    for _ in 0..4 {
        ensure!(search("a=b").await? == 303, "her address has no strike from her");
    }
    ensure!(by(&mut told) == [""; 4] && search("a=b").await? == 403, "a stranger's searches are strikes");
    Ok(())
}
