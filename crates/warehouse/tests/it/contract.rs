//! What other roles ask of the warehouse: the same cases of the warehouse in their process and of one elsewhere, over HTTP, behind its
//! gate and the table of permissions.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use access::{
    StoredKeys, TokenKeys,
    service::{Pass, Services},
};
use anyhow::{Context, Result, ensure};
use contracts::{
    Peer, PeerParts, Remote, Standing, Stock,
    approval::{self, Again, Asked, Came, Decides, Passed, Verdict},
    wire,
};
use domain::{
    Clock, Day, Money, Quantity, Role, Unit,
    ledger::{Draft, Limits, LineDraft, LotDraft, Outcome, Over, PostingKind, Reference, Rejection},
};
use platform::{
    audit::Audit,
    breaker::{Breaker, Policy},
    http::{
        Principal, Problem,
        auth::{CallerKind, Gate, Keys, guard},
        body::BULK_LIMIT_BYTES,
    },
    lifecycle::{Bounds, Server, Shutdown},
    network::Networks,
    outgoing::{Destination, Outgoing, OutgoingParts, Reach, SystemResolver},
    vault::{MasterKey, Source, Vault},
};
use store::{approval::State, ledger::read, person as account};
use uuid::Uuid;
use warehouse::api::peers;

use crate::{
    approvals::{audited, person},
    shop::Shop,
};

both! {
    a_role_in_this_process_is_answered
    a_role_elsewhere_is_answered_the_same
}

/// Who does it all: not the role that asks.
const PERSON: &str = "p-ana";

async fn a_role_in_this_process_is_answered(shop: &Shop) -> Result<()> {
    cases(shop, &shop.warehouse).await?;
    deciding(shop, &shop.warehouse.approvals).await
}

async fn a_role_elsewhere_is_answered_the_same(shop: &Shop) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(shop.hand.clone());
    let vault = Vault::load(&shop.db, &Source::Key(MasterKey::generate()?), clock.as_ref()).await?;
    let keys = TokenKeys::new(shop.db.clone(), Arc::clone(&clock), vault);
    let stored = Keys::new(StoredKeys::new(shop.db.clone(), Arc::clone(&clock)), Arc::clone(&clock));
    let services = Services::new(keys.clone(), Arc::clone(&clock), &["warehouse"], BULK_LIMIT_BYTES);
    let gate = Gate::new(stored, access::is_open).asking_first(services);
    let routes = peers::routes(shop.warehouse.clone(), BULK_LIMIT_BYTES);
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Bounds::usual()).await?;
    let (address, shutdown) = (server.address(), Shutdown::default());
    let serving = tokio::spawn(server.run(guard(access::enforce(routes), gate), shutdown.clone(), Duration::ZERO));
    let place = Destination::parse(&format!("http://{address}"), Reach::Own).context("a place")?;
    let (audit, _told) = Audit::watched();
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.clone()],
        networks: Networks::default(),
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit: Some(audit),
        clock: Arc::clone(&clock),
    });
    let peer = Peer::new(PeerParts {
        role: "warehouse",
        place,
        outgoing,
        pass: Pass::signed("dashboard", keys, Arc::clone(&clock)),
        breaker: Breaker::new("warehouse", Policy::new(5, Duration::from_secs(30)), clock),
        patience: Duration::from_secs(60),
        most_bytes: wire::MOST_ANSWER_BYTES,
    });
    let remote = Remote::new(peer.clone());
    cases(shop, &remote).await?;
    let desk = approval::Remote::new(peer, shop.warehouse.approvals.requests().clone());
    deciding(shop, &desk).await?;
    who_decides_is_looked_up(shop, &desk).await?;
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
    // No role lets go by what takes a second person.
    let old = Draft { effective_at: Some(shop.hand.now().plus_seconds(-9 * 86_400)), ..late(9, true) };
    let alone = [stock.preview(std::slice::from_ref(&old)).await?, post(stock, vec![old]).await?].concat();
    for outcome in alone {
        ensure!(matches!(outcome, Outcome::Rejected(Rejection::ApprovalNeeded { days_back: 9, .. })), "{outcome:?}");
    }
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

/// A waste of so many of A, for which `p-ana` asks: its request.
async fn waits(shop: &Shop, number: u128, quantity: i64) -> Result<Uuid> {
    let asked = draft(number, PostingKind::Waste, ("A", quantity));
    let passed = Passed { over: Over::Worth, worth: Money::from_cents(20_000_000), days_back: 0 };
    match shop.warehouse.approvals.ask(&asked, passed, None, Again::No).await? {
        Asked::Waits(request) => Ok(request.id),
        Asked::Decided(outcome) => anyhow::bail!("{outcome:?}"),
    }
}

fn code(decided: Result<Came, Problem>) -> &'static str {
    decided.map_or_else(
        |problem| problem.code(),
        |came| match came {
            Came::Made => "decided",
            Came::Waits => "waits",
        },
    )
}

/// However it is decided, of a desk wherever it is.
async fn deciding(shop: &Shop, desk: &dyn Decides) -> Result<()> {
    shop.add_site("norte").await?;
    let (ana, beto) =
        (person(shop, PERSON, Role::Owner, &[]).await?, person(shop, "p-beto", Role::Manager, &[]).await?);
    let (eva, nora) =
        (person(shop, "p-eva", Role::Cashier, &[]).await?, person(shop, "p-nora", Role::Manager, &["norte"]).await?);
    let (one, other, large) = (waits(shop, 20, 1).await?, waits(shop, 21, 1).await?, waits(shop, 22, 900).await?);
    let key = Principal::new(CallerKind::Key, "caja", "caja", Role::Owner);
    for (who, told) in [(&ana, "approval_own"), (&eva, "forbidden"), (&nora, "not_found"), (&key, "approval_by_person")]
    {
        assert_eq!(code(desk.decide(who, one, Verdict::Approve).await), told);
    }
    ensure!(read::posting(&shop.db, id(20)).await?.is_none());
    assert_eq!(code(desk.decide(&beto, one, Verdict::Approve).await), "decided");
    let written = read::posting(&shop.db, id(20)).await?.context("it is in the ledger")?;
    assert_eq!(written.entry.actor, PERSON, "who asked");
    assert_eq!(code(desk.decide(&beto, one, Verdict::Approve).await), "decided", "the same again");
    let late = desk.decide(&beto, one, Verdict::Reject("no")).await;
    ensure!(late.as_ref().is_err_and(|problem| problem.to_string().contains("granted")), "{late:?}");
    assert_eq!(code(late), "approval_decided");
    assert_eq!(code(desk.decide(&beto, other, Verdict::Reject("no se cayó")).await), "decided");
    let refused = shop.warehouse.approvals.find(&beto, other).await?;
    assert_eq!((refused.state, &*refused.decided_by, &*refused.answer), (State::Refused, "p-beto", "no se cayó"));
    let short = desk.decide(&beto, large, Verdict::Approve).await;
    assert_eq!(code(short), "insufficient_stock");
    assert_eq!(shop.warehouse.approvals.find(&beto, large).await?.state, State::Pending);
    assert_eq!(code(desk.decide(&beto, Uuid::from_u128(1), Verdict::Approve).await), "not_found");
    let told = audited(shop).await?;
    let by_beto: Vec<&str> = told.iter().filter(|(_, who)| who == "beto").map(|(action, _)| &**action).collect();
    assert_eq!(by_beto, ["approval.granted", "approval.refused"], "by the person, not the role that asks: {told:?}");
    Ok(())
}

/// What a role says of somebody else than there is opens nothing, and neither does an account that is closed.
async fn who_decides_is_looked_up(shop: &Shop, desk: &dyn Decides) -> Result<()> {
    let request = waits(shop, 23, 1).await?;
    for (code_of, login) in [("p-eva", "eva"), ("p-eva", "beto"), ("p-nadie", "nadie"), ("p-beto", "a\0b")] {
        let claimed = Principal::new(CallerKind::User, code_of, login, Role::Owner);
        assert_eq!(code(desk.decide(&claimed, request, Verdict::Approve).await), "forbidden", "{login}");
    }
    let beto = account::by_login(&shop.db, "beto").await?.context("beto")?;
    let mut tx = shop.db.write().await?;
    account::set_disabled(&mut tx, beto.id, Some(shop.hand.now())).await?;
    tx.commit().await?;
    let claimed = Principal::new(CallerKind::User, "p-beto", "beto", Role::Manager);
    assert_eq!(code(desk.decide(&claimed, request, Verdict::Approve).await), "forbidden");
    assert_eq!(shop.warehouse.approvals.find(&claimed, request).await?.state, State::Pending);
    Ok(())
}
