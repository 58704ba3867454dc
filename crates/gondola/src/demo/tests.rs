//! The year as a whole: repeatable, accepted by the ledger's own rules, and of a believable shape.

mod engine;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Day, Money, Zone,
    gtin::Gtin,
    ledger::{Draft, PostingKind},
};

use super::{
    Event, mistakes,
    product::{self, Product},
    year::Year,
};

fn zone() -> Zone {
    Zone::named("America/Argentina/Buenos_Aires").unwrap()
}

fn last_day() -> Day {
    Day::from_ymd(2026, 11, 20).unwrap()
}

fn year() -> Vec<Event> {
    Year::ending(last_day(), zone()).collect()
}

fn postings(events: &[Event]) -> impl Iterator<Item = &Draft> {
    events.iter().filter_map(|event| match event {
        Event::Posting(draft) | Event::Count { posting: draft, .. } => Some(draft),
        Event::Price { .. } => None,
    })
}

#[test]
fn the_same_day_gives_the_same_year() {
    let days = |last: Day| Year::of(last, 45, zone(), 7);
    assert!(days(last_day()).eq(days(last_day())));
    assert!(days(last_day()).ne(days(last_day().plus(1))));
    assert!(days(last_day()).ne(Year::of(last_day(), 45, zone(), 8)));
}

#[test]
fn the_ledger_takes_every_posting_and_ends_with_the_stock_the_demo_thinks_it_has() {
    let mut year = Year::ending(last_day(), zone());
    let mut ledger = engine::Ledger::new(&zone());
    for event in year.by_ref() {
        if let Event::Posting(draft) | Event::Count { posting: draft, .. } = event {
            ledger.post(&draft);
        }
    }
    ledger.assert_holds(year.world());
    ledger.assert_sums_are_zero();
}

#[test]
fn events_come_in_the_order_of_their_instants_with_identities_of_their_own() {
    let events = year();
    let instants: Vec<_> = events.iter().map(Event::at).collect();
    assert!(instants.is_sorted());
    assert_eq!(zone().day_of(*instants.last().unwrap()), last_day());
    let ids: BTreeSet<_> = postings(&events).map(|draft| draft.id).collect();
    assert_eq!(ids.len(), postings(&events).count());
}

#[test]
fn every_kind_of_document_is_there_in_believable_numbers() {
    let events = year();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for draft in postings(&events) {
        *lines.entry(draft.kind.name()).or_default() += draft.lines.len();
    }
    println!("{lines:?} prices {}", events.len() - postings(&events).count());
    let total: usize = lines.values().sum();
    assert!((150_000..=220_000).contains(&total), "{total} movements");
    for kind in
        ["opening", "receipt", "sale", "customer_return", "move", "transfer_out", "transfer_in", "waste", "count"]
    {
        assert!(lines.get(kind).copied().unwrap_or(0) > 100, "{kind}: {lines:?}");
    }
    assert!(lines["sale"] * 2 > total, "{lines:?}");
    assert_eq!(postings(&events).filter(|draft| draft.kind == PostingKind::Correction).count(), 1);
}

#[test]
fn every_count_has_a_sheet_and_what_differs_a_lot_is_counted_twice() {
    let events = year();
    let sheets: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Count { sheet, posting } => Some((sheet, posting)),
            _ => None,
        })
        .collect();
    let counts = postings(&events).filter(|draft| draft.kind == PostingKind::Count).count();
    assert_eq!(sheets.len(), counts);
    assert!(counts > 400, "{counts} counts");
    for (sheet, posting) in &sheets {
        let differ = sheet.lines.iter().filter(|line| line.counted != line.expected).count();
        assert_eq!(posting.lines.len(), differ);
        assert_eq!(
            (&posting.reference.number, posting.id),
            (&sheet.id.to_string(), store::count::posting_of(sheet.id))
        );
    }
    let lines: Vec<_> = sheets.iter().flat_map(|(sheet, _)| &sheet.lines).collect();
    let again = lines.iter().filter(|line| line.is_counted_again()).count();
    let right = lines.iter().filter(|line| line.counted == line.expected).count();
    assert!(again > 10 && right * 2 > lines.len(), "{again} counted twice, {right} of {} as in the books", lines.len());
}

fn tickets_by_weekday(events: &[Event]) -> [usize; 7] {
    let mut count = [0; 7];
    for draft in postings(events).filter(|draft| draft.kind == PostingKind::Sale) {
        count[usize::from(zone().day_of(draft.effective_at.unwrap()).weekday())] += 1;
    }
    count
}

#[test]
fn saturdays_are_busy_and_siestas_are_not() {
    let events = year();
    let weekdays = tickets_by_weekday(&events);
    assert!(weekdays[5] * 10 > weekdays[1] * 15, "{weekdays:?}");
    assert!(weekdays[4] > weekdays[1] && weekdays[6] > weekdays[1], "{weekdays:?}");
    let mut hours = [0; 24];
    for draft in postings(&events).filter(|draft| draft.kind == PostingKind::Sale) {
        hours[usize::from(zone().hour_of(draft.effective_at.unwrap()))] += 1;
    }
    assert!(hours[14] * 3 < hours[11] && hours[14] * 3 < hours[19], "{hours:?}");
    assert_eq!(hours[..8].iter().sum::<i32>() + hours[22..].iter().sum::<i32>(), 0);
}

#[test]
fn beer_sells_in_summer_and_prices_rise() {
    let events = year();
    let mut by_month: BTreeMap<i8, i64> = BTreeMap::new();
    for draft in postings(&events).filter(|draft| draft.kind == PostingKind::Sale) {
        let (_, month, _) = zone().day_of(draft.effective_at.unwrap()).ymd();
        let beer = draft.lines.iter().filter(|line| line.sku.starts_with("CER-"));
        *by_month.entry(month).or_default() += beer.map(|line| line.quantity.milli() / 1000).sum::<i64>();
    }
    assert!(by_month[&1] > by_month[&7] * 3 / 2, "{by_month:?}");
    let mut prices: HashMap<&str, Vec<Money>> = HashMap::new();
    for event in &events {
        if let Event::Price { sku, price, .. } = event {
            prices.entry(sku).or_default().push(*price);
        }
    }
    assert_eq!(prices.len(), product::all().len());
    let rise: i64 = prices.values().map(|all| all.last().unwrap().minor() * 100 / all[0].minor()).sum();
    let average = rise / i64::try_from(prices.len()).unwrap();
    assert!((125..170).contains(&average), "prices rose to {average} %");
}

#[test]
fn what_is_planted_is_there() {
    let events = year();
    let found = |wanted: &dyn Fn(&Draft) -> bool| postings(&events).filter(|draft| wanted(draft)).count();
    let voids =
        found(&|d| d.kind == PostingKind::CustomerReturn && d.actor == "rocio.benitez" && d.note == "anulación");
    assert!(voids > 40, "{voids} voids");
    let numbers = |kind: PostingKind| -> HashMap<&str, usize> {
        let mut numbers = HashMap::new();
        for draft in postings(&events).filter(|draft| draft.kind == kind) {
            *numbers.entry(draft.reference.number.as_str()).or_default() += 1;
        }
        numbers
    };
    let twice = numbers(PostingKind::Receipt).values().filter(|times| **times == 2).count();
    assert_eq!(twice, 2, "receipts entered twice");
    assert_eq!(found(&|d| d.note == "vencido según el envase"), 2);
    assert!(found(&|d| d.note == "roto" && d.actor == "ezequiel.roldan") > 40);
    let (sent, arrived) = (numbers(PostingKind::TransferOut).len(), numbers(PostingKind::TransferIn).len());
    assert!((1..=2).contains(&(sent - arrived)), "{sent} sent, {arrived} arrived");
    let friday = found(&|d| {
        d.site == "alberdi"
            && d.kind == PostingKind::Count
            && zone().day_of(d.effective_at.unwrap()).weekday() == 5
            && !d.lines.is_empty()
    });
    assert!(friday > 40, "{friday} Saturdays with bottles missing");
    assert_eq!(mistakes::PLANTED.len(), 13);
}

/// What one unit cost in each receipt of a product at a site, in cents, in order.
fn unit_costs(events: &[Event], site: &str, sku: &str) -> Vec<i64> {
    postings(events)
        .filter(|draft| draft.kind == PostingKind::Receipt && draft.site == site)
        .flat_map(|draft| &draft.lines)
        .filter(|line| line.sku == sku)
        .map(|line| line.line_cost.and_then(|cost| cost.per(line.quantity)).unwrap().to_cents())
        .collect()
}

fn sku_of(name: &str) -> String {
    product::all().into_iter().find(|product| product.name == name).unwrap().sku
}

#[test]
fn strange_costs_and_prices_stand_out() {
    let events = year();
    let jumps = |site: &str, name: &str, percent: i64| {
        let costs = unit_costs(&events, site, &sku_of(name));
        costs.windows(2).filter(|pair| pair[1] * 100 > pair[0] * percent).count()
    };
    assert_eq!(jumps("deposito-norte", "Galletitas Oreo 118 g", 800), 1);
    assert_eq!(jumps("centro", "Coca-Cola Original 2,25 L", 500), 1);
    assert_eq!(jumps("centro", "Manteca La Serenísima 200 g", 135), 1);
    let yerba = sku_of("Yerba Mate Playadito 1 kg");
    let prices: Vec<i64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Price { sku, price, .. } if *sku == yerba => Some(price.to_cents()),
            _ => None,
        })
        .collect();
    assert_eq!(prices.windows(3).filter(|p| p[1] * 9 < p[0] && p[2] >= p[0]).count(), 1, "{prices:?}");
    let cheap = postings(&events).flat_map(|draft| &draft.lines).filter(|line| line.sku == yerba);
    assert!(cheap.filter_map(|line| line.unit_price).any(|price| price.to_cents() < 100_000));
}

#[test]
fn expired_cheese_is_left_in_the_books() {
    let mut year = Year::ending(last_day(), zone());
    year.by_ref().for_each(drop);
    let world = year.world();
    let cheese = world.products.iter().position(|product| product.name == "Queso Finlandia Light 180 g").unwrap();
    let floor = super::sites::Place::floor(super::sites::CENTRO);
    let room = super::sites::Place::store_room(super::sites::CENTRO);
    let stale = |place| world.stock.at(place, cheese) - world.stock.sellable(place, cheese, last_day());
    assert!(stale(floor) + stale(room) > 0);
}

fn catalogue() -> Vec<Product> {
    product::all()
}

#[test]
fn barcodes_are_valid_and_different() {
    let mut seen = BTreeSet::new();
    let products = catalogue();
    for code in products.iter().flat_map(|product| product.ean.iter().chain(&product.case_code)) {
        assert!(code.parse::<Gtin>().is_ok(), "{code}");
        assert!(code.trim_start_matches('1').starts_with("779"), "{code}");
        assert!(seen.insert(code.clone()), "{code} twice");
    }
    assert!(seen.len() > 500);
}

#[test]
fn the_catalogue_is_whole() {
    let products = catalogue();
    assert!((380..=500).contains(&products.len()), "{} products", products.len());
    let names: BTreeSet<_> = products.iter().map(|product| product.name).collect();
    let skus: BTreeSet<_> = products.iter().map(|product| product.sku.as_str()).collect();
    assert_eq!((names.len(), skus.len()), (products.len(), products.len()));
    for supplier in 0..super::suppliers::SUPPLIERS.len() {
        assert!(products.iter().any(|product| product.supplier == supplier), "supplier {supplier} sells nothing");
    }
    for product in &products {
        assert!(!product.section.path.is_empty() && product.minimum < product.maximum, "{}", product.name);
    }
}
