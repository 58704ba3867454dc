//! What other roles ask of the warehouse: the same cases of the warehouse in their process and of one elsewhere, over HTTP, behind its
//! gate and the table of permissions.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use access::{
    StoredKeys, TokenKeys,
    service::{Pass, Services},
};
use anyhow::{Context, Result, ensure};
use contracts::{Peer, PeerParts, Remote, Standing, Stock};
use domain::{
    Clock, Day, Money, Quantity, Unit,
    ledger::{Draft, Limits, LineDraft, LotDraft, Outcome, PostingKind, Reference, Rejection},
};
use platform::{
    audit::Audit,
    breaker::{Breaker, Policy},
    http::{
        auth::{Gate, Keys, guard},
        body::BULK_LIMIT_BYTES,
    },
    lifecycle::{Bounds, Server, Shutdown},
    network::Networks,
    outgoing::{Destination, Outgoing, OutgoingParts, Reach, SystemResolver},
    vault::{MasterKey, Source, Vault},
};
use store::ledger::read;
use uuid::Uuid;
use warehouse::api::peers;

use crate::shop::Shop;

both! {
    a_role_in_this_process_is_answered
    a_role_elsewhere_is_answered_the_same
}

/// Who does it all: not the role that asks.
const PERSON: &str = "p-ana";

async fn a_role_in_this_process_is_answered(shop: &Shop) -> Result<()> {
    cases(shop, &shop.warehouse).await
}

async fn a_role_elsewhere_is_answered_the_same(shop: &Shop) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(shop.hand.clone());
    let vault = Vault::load(&shop.db, &Source::Key(MasterKey::generate()?), clock.as_ref()).await?;
    let keys = TokenKeys::new(shop.db.clone(), Arc::clone(&clock), vault);
    let stored = Keys::new(StoredKeys::new(shop.db.clone(), Arc::clone(&clock)), Arc::clone(&clock));
    let services = Services::new(keys.clone(), Arc::clone(&clock), &["warehouse"], BULK_LIMIT_BYTES);
    let gate = Gate::new(stored, access::is_open).asking_first(services);
    let routes = peers::routes(shop.warehouse.clone(), BULK_LIMIT_BYTES);
    let bounds = Bounds {
        connections: 100,
        connections_per_address: 100,
        crowded: Networks::loopback(),
        header_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_secs(10),
    };
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), bounds).await?;
    let (address, shutdown) = (server.address(), Shutdown::default());
    let serving = tokio::spawn(server.run(guard(access::enforce(routes), gate), shutdown.clone(), Duration::ZERO));
    let place = Destination::parse(&format!("http://{address}"), Reach::Own).context("a place")?;
    let (audit, _told) = Audit::watched();
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.clone()],
        networks: Networks::default(),
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit,
        clock: Arc::clone(&clock),
    });
    let remote = Remote::new(Peer::new(PeerParts {
        role: "warehouse",
        place,
        outgoing,
        pass: Pass::signed("dashboard", keys, Arc::clone(&clock)),
        breaker: Breaker::new("warehouse", Policy::new(5, Duration::from_secs(30)), clock),
        patience: Duration::from_secs(60),
        most_bytes: BULK_LIMIT_BYTES,
    }));
    cases(shop, &remote).await?;
    shutdown.trigger();
    serving.await?;
    let gone = remote.check().await.map_err(|problem| problem.code());
    ensure!(gone == Err("role_away") && remote.standing() == Standing::Away, "{gone:?}");
    Ok(())
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn draft(number: u128, kind: PostingKind, (sku, quantity): (&str, i64)) -> Draft {
    let bought = kind == PostingKind::Receipt;
    let line = LineDraft {
        sku: sku.to_owned(),
        quantity: Quantity::from_milli(quantity * 1000),
        line_cost: bought.then(|| Money::from_minor(50_000 * quantity)),
        unit_price: (!bought).then(|| Money::from_minor(90_000)),
        ..LineDraft::default()
    };
    Draft {
        id: id(number),
        site: "centro".to_owned(),
        kind,
        effective_at: None,
        reference: Reference { kind: "ticket".to_owned(), number: "A-1 ñ".to_owned() },
        actor: PERSON.to_owned(),
        device: "tablero".to_owned(),
        note: String::new(),
        corrects: None,
        lines: vec![line],
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    }
}

async fn post(stock: &dyn Stock, drafts: Vec<Draft>) -> Result<Vec<Outcome>> {
    let outcomes = stock.post(drafts).await?;
    outcomes.into_iter().collect::<Option<_>>().context("kept, though the ledger is there")
}

/// Whatever is asked of a warehouse, wherever it is.
async fn cases(shop: &Shop, stock: &dyn Stock) -> Result<()> {
    stock.check().await?;
    assert_eq!(stock.standing(), Standing::Here);
    assert_eq!(post(stock, Vec::new()).await?, Vec::new());

    let receipt = draft(1, PostingKind::Receipt, ("A", 10));
    let seen = stock.preview(std::slice::from_ref(&receipt)).await?;
    let [Outcome::Posted(seen)] = seen.as_slice() else { anyhow::bail!("{seen:?}") };
    ensure!(read::posting(&shop.db, id(1)).await?.is_none(), "only looked at");
    let posted = post(stock, vec![receipt.clone()]).await?;
    let [Outcome::Posted(posted)] = posted.as_slice() else { anyhow::bail!("{posted:?}") };
    assert_eq!((posted.seq, &posted.lines), (1, &seen.lines));
    assert_eq!(posted.lines[0].value, Money::from_minor(500_000));
    let written = read::posting(&shop.db, id(1)).await?.context("it is in the ledger")?;
    assert_eq!(written.entry.actor, PERSON, "who did it, not who asked for them");

    assert_eq!(post(stock, vec![receipt.clone()]).await?, [Outcome::Duplicate(posted.clone())]);
    let other = Draft { note: "otra".to_owned(), ..receipt };
    assert_eq!(post(stock, vec![other]).await?, [Outcome::Rejected(Rejection::IdempotencyConflict)]);

    let many = vec![
        draft(2, PostingKind::Sale, ("A", 11)),
        draft(3, PostingKind::Sale, ("A", 4)),
        Draft { site: "luna".to_owned(), ..draft(4, PostingKind::Sale, ("A", 1)) },
        draft(5, PostingKind::Sale, ("Z", 1)),
    ];
    let outcomes = post(stock, many).await?;
    let (available, requested) = (Quantity::from_milli(10_000), Quantity::from_milli(11_000));
    let short = Rejection::InsufficientStock { line: 0, sku: "A".to_owned(), available, requested };
    assert_eq!(outcomes[0], Outcome::Rejected(short));
    assert!(matches!(&outcomes[1], Outcome::Posted(posted) if posted.seq == 2), "{:?}", outcomes[1]);
    assert_eq!(outcomes[2], Outcome::Rejected(Rejection::UnknownSite { site: "luna".to_owned() }));
    assert_eq!(outcomes[3], Outcome::Rejected(Rejection::UnknownProduct { line: 0, sku: "Z".to_owned() }));

    let yesterday = Some(shop.hand.now().plus_seconds(-86_400));
    let late = |number, may_back_date| {
        let draft = draft(number, PostingKind::Sale, ("A", 1));
        Draft { effective_at: yesterday, may_back_date, ..draft }
    };
    assert_eq!(post(stock, vec![late(6, false)]).await?, [Outcome::Rejected(Rejection::BackDatingForbidden)]);
    assert!(matches!(post(stock, vec![late(7, true)]).await?.as_slice(), [Outcome::Posted(_)]));
    with_lots(shop, stock).await
}

async fn with_lots(shop: &Shop, stock: &dyn Stock) -> Result<()> {
    shop.add_product("L", Unit::Piece, |patch| {
        (patch.tracks_lots, patch.tracks_expiry) = (Some(true), Some(true));
    })
    .await?;
    let lot = LotDraft { code: "L-1 á".to_owned(), expires_on: Some(Day::from_number(40_000)) };
    let mut receipt = draft(8, PostingKind::Receipt, ("L", 2));
    receipt.lines[0].lot = Some(lot.clone());
    let posted = post(stock, vec![receipt]).await?;
    let [Outcome::Posted(posted)] = posted.as_slice() else { anyhow::bail!("{posted:?}") };
    assert_eq!(posted.lines[0].lot, Some(lot));
    assert_eq!(posted.lines[0].on_hand_after, Quantity::from_milli(2_000));
    Ok(())
}
