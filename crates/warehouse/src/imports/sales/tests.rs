use std::collections::HashMap;

use domain::{
    Money, Quantity, Zone,
    ledger::{Draft, PostingKind},
};

use super::*;

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn read_text(text: &str) -> (Sales, Report) {
    let input = Input::Bytes { name: "ventas.csv".to_owned(), bytes: text.as_bytes().into() };
    let zone = Zone::named("Europe/London").unwrap();
    let report = Report::new(Kind::Sales, "ventas.csv".to_owned());
    rows::read(&input, &Hints::default(), &zone, report, &Control::none()).unwrap()
}

fn plan_of(sales: &Sales) -> Plan {
    let options = Options { create_missing: true, ..Options::default() };
    let names = Names::choose(sales);
    Plan::make(sales, &names, &Known::default(), &options, &mut Vec::new())
}

fn origin() -> Origin {
    Origin { site: "centro".to_owned(), actor: "ana".to_owned(), source: "ventas.csv".to_owned() }
}

fn drafts(text: &str) -> Vec<Draft> {
    let (sales, _) = read_text(&format!("{HEADER}{text}"));
    let plan = plan_of(&sales);
    let origin = origin();
    let drafter = Drafter { sales: &sales, plan: &plan, origin: &origin, space: SPACE, location: None };
    plan.groups.iter().map(|group| drafter.draft(group)).collect()
}

/// Kind, document, note and lines (SKU, quantity, price) of each draft.
type Seen = (&'static str, String, String, Vec<(String, String, Option<String>)>);

fn seen(text: &str) -> Vec<Seen> {
    let line = |line: &domain::ledger::LineDraft| {
        (line.sku.clone(), line.quantity.to_string(), line.unit_price.map(|price| price.to_string()))
    };
    let draft =
        |draft: Draft| (draft.kind.name(), draft.reference.number, draft.note, draft.lines.iter().map(line).collect());
    drafts(text).into_iter().map(draft).collect()
}

fn line(sku: &str, quantity: &str, price: Option<&str>) -> (String, String, Option<String>) {
    (sku.to_owned(), quantity.to_owned(), price.map(str::to_owned))
}

fn expect(kind: &'static str, number: &str, note: &str, lines: &[(String, String, Option<String>)]) -> Seen {
    (kind, number.to_owned(), note.to_owned(), lines.to_vec())
}

#[test]
fn lines_of_one_ticket_are_one_posting() {
    let text = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,UK\n\
        536366,71053,LANTERN,1,2010-12-01 08:25:00,3.39,,UK\n\
        536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850,UK\n\
        536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,UK\n";
    assert_eq!(
        seen(text),
        [
            expect("sale", "536366", "", &[line("71053", "1", Some("3.39"))]),
            expect(
                "sale",
                "536365",
                "",
                &[
                    line("85123A", "6", Some("2.55")),
                    line("71053", "6", Some("3.39")),
                    line("85123A", "6", Some("2.55"))
                ]
            ),
        ]
    );
}

#[test]
fn every_kind_of_row_is_understood() {
    let text = "1,A,RUSTY LAMP,5,2010-12-01 08:00:00,2.00,,UK\n\
        C2,A,RUSTY LAMP,-1,2010-12-01 09:00:00,2.00,,UK\n\
        3,A,damaged,-2,2010-12-01 10:00:00,0,,UK\n\
        4,A,missing?,-1,2010-12-01 11:00:00,0,,UK\n\
        5,A,,-1,2010-12-01 12:00:00,0,,UK\n\
        6,A,RUSTY LAMP,-1,2010-12-01 13:00:00,0,,UK\n\
        7,A,check,3,2010-12-01 14:00:00,0,,UK\n\
        8,A,,3,2010-12-01 15:00:00,0,,UK\n\
        9,A,RUSTY LAMP,3,2010-12-01 16:00:00,0,,UK\n\
        A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,UK\n\
        A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,UK\n";
    let one = |quantity, price: Option<&str>| vec![line("A", quantity, price)];
    assert_eq!(
        seen(text),
        [
            expect("sale", "1", "", &one("5", Some("2.00"))),
            expect("customer_return", "C2", "", &one("1", Some("2.00"))),
            expect("waste", "3", "damaged", &one("2", None)),
            expect("loss", "4", "missing?", &one("1", None)),
            expect("loss", "5", "", &one("1", None)),
            expect("loss", "6", "RUSTY LAMP", &one("1", None)),
            expect("found", "7", "check", &one("3", None)),
            expect("sale", "8", "", &one("3", Some("0.00"))),
            expect("sale", "9", "", &one("3", Some("0.00"))),
            expect("sale", "A563185", "", &[line("B", "1", Some("11062.06"))]),
            expect("sale", "A563186", "", &[line("B", "1", Some("-11062.06"))]),
        ]
    );
    let (sales, _) = read_text(&format!("{HEADER}{text}"));
    let plan = plan_of(&sales);
    let counts: Vec<u64> = Class::ALL.iter().map(|class| plan.classes.get(class).copied().unwrap_or(0)).collect();
    assert_eq!((counts, plan.sales_at_zero), (vec![3, 1, 1, 3, 1, 2], 2));
}

#[test]
fn codes_that_differ_by_case_are_different_goods() {
    let text = "1,m,Manual,1,2010-12-01 08:00:00,1,,UK\n1,M,Manual,2,2010-12-01 08:00:00,1,,UK\n";
    assert_eq!(drafts(text)[0].lines.iter().map(|line| line.sku.as_str()).collect::<Vec<_>>(), ["m", "M"]);
}

#[test]
fn the_same_file_makes_the_same_postings_and_another_source_others() {
    let text = "1,A,X,1,2010-12-01 08:00:00,1,,UK\nC2,A,X,-1,2010-12-01 08:00:00,1,,UK\n";
    let ids = |drafts: &[Draft]| drafts.iter().map(|draft| draft.id).collect::<Vec<_>>();
    let (once, again) = (drafts(text), drafts(text));
    assert_eq!(once, again);
    assert_ne!(once[0].id, once[1].id);
    let moved = drafts(&text.replace("08:00", "09:00"));
    assert!(ids(&moved).iter().all(|id| !ids(&once).contains(id)));
}

#[test]
fn a_huge_ticket_is_cut() {
    let rows: String = (0..12_001).map(|i| format!("1,S{i},X,1,2010-12-01 08:00:00,1,,UK\n")).collect();
    let drafts = drafts(&rows);
    assert_eq!(drafts.iter().map(|draft| draft.lines.len()).collect::<Vec<_>>(), [5000, 5000, 2001]);
    assert_eq!(drafts.iter().map(|draft| draft.id).collect::<std::collections::HashSet<_>>().len(), 3);
    assert!(drafts.iter().all(|draft| draft.kind == PostingKind::Sale));
}

#[test]
fn local_times_are_in_the_zone_of_the_shop() {
    let draft = drafts("1,A,X,1,2011-07-01 08:00:00,1,,UK\n").remove(0);
    assert_eq!(draft.effective_at.unwrap().to_string(), "2011-07-01T07:00:00Z");
}

#[test]
fn wrong_rows_are_told_and_still_counted_in_the_sums_of_the_file() {
    let text = format!(
        "{HEADER}1,A,X,1,2010-12-01 08:00:00,1,,UK\n1,A,X,2,ayer,1,,UK\nC1,A,X,3,2010-12-01 08:00:00,1,,UK\n\
         1,A,X,0,2010-12-01 08:00:00,=1,,UK\n1,,X,1,2010-12-01 08:00:00,1,,UK\n1,A,X,1e30,2010-12-01 08:00:00,1,,UK\n"
    );
    let (sales, mut report) = read_text(&text);
    let issues: Vec<_> = sales.issues.iter().map(|issue| (issue.row, issue.code.name())).collect();
    assert_eq!(
        issues,
        [
            (3, "not_a_date"),
            (4, "positive_return"),
            (5, "formula"),
            (5, "zero"),
            (6, "missing_value"),
            (7, "out_of_range")
        ]
    );
    let sums: Vec<_> = sales.tally.file_sums().collect();
    assert_eq!(sums, [("A".to_owned(), "6".parse().unwrap())]);
    report.take_issues(sales.issues);
    assert_eq!((report.rows.read, report.rows.taken, report.rows.refused), (6, 1, 5));
}

#[test]
fn the_commonest_name_of_real_trade_is_chosen() {
    let text = format!(
        "{HEADER}1,A,LAMP OLD,1,2010-12-01 08:00:00,1,,\n2,A,LAMP,1,2010-12-01 08:00:00,1,,\n3,A,LAMP,1,2010-12-01 08:00:00,1,,\n\
         4,A,check,-1,2010-12-01 08:00:00,0,,\n5,A,check,-1,2010-12-01 08:00:00,0,,\n6,A,check,-1,2010-12-01 08:00:00,0,,\n\
         7,B,damaged,-1,2010-12-01 08:00:00,0,,\n8,C,,1,2010-12-01 08:00:00,0,,\n9,D,VASE,1,2010-12-01 08:00:00,0,,\n"
    );
    let (sales, _) = read_text(&text);
    let names = Names::choose(&sales);
    let chosen: Vec<_> = (0..4).map(|code| names.place(code).map(|place| sales.texts.get(place))).collect();
    assert_eq!(chosen, [Some("LAMP"), None, None, Some("VASE")]);
}

#[test]
fn without_ticket_numbers_negative_lines_are_returns() {
    let (sales, _) = read_text("codigo;cantidad;fecha;precio\nA;-1;01/12/2010 10:00;5,50\nA;-1;02/12/2010 10:00;\n");
    let plan = plan_of(&sales);
    assert_eq!(plan.groups.iter().map(|group| group.class).collect::<Vec<_>>(), [Class::CustomerReturn, Class::Loss]);
}

proptest::proptest! {
    /// With the opening no balance falls below zero, and each product that needed one touches zero.
    #[test]
    fn the_opening_is_the_least_that_suffices(
        moves in proptest::collection::vec((0u8..3, -5i64..6, 0u32..50), 1..60),
        held in 0i64..4,
    ) {
        let mut text = HEADER.to_owned();
        for (i, (code, quantity, minute)) in moves.iter().filter(|(_, quantity, _)| *quantity != 0).enumerate() {
            let credit = if *quantity < 0 { "C" } else { "" };
            text.push_str(&format!("{credit}{i},P{code},X,{quantity},2010-12-01 08:{minute:02}:00,1,,\n"));
        }
        let (sales, _) = read_text(&format!("{text}X,P0,X,0,2010-12-01 08:00:00,1,,\n"));
        let plan = plan_of(&sales);
        let before: HashMap<String, Quantity> = [("P0".to_owned(), Quantity::units(held))].into();
        let lacking = opening::lacking(&plan, &before);
        for (place, sku) in plan.skus.iter().enumerate() {
            let mut balance = before.get(sku).copied().unwrap_or(Quantity::ZERO) + lacking[place];
            let mut lowest = balance;
            for group in &plan.groups {
                for line in group.lines.iter().filter(|line| line.product as usize == place) {
                    balance += if group.class.comes_in() { line.moved } else { -line.moved };
                    lowest = lowest.min(balance);
                }
            }
            proptest::prop_assert!(lowest >= Quantity::ZERO);
            proptest::prop_assert!(lacking[place] == Quantity::ZERO || lowest == Quantity::ZERO);
        }
    }

    #[test]
    fn a_line_s_amount_survives(quantity in 1i64..1000, cents in 0i64..1_000_000) {
        let text = format!("1,A,X,{quantity},2010-12-01 08:00:00,{}.{:02},,UK\n", cents / 100, cents % 100);
        let draft = drafts(&text).remove(0);
        let amount = draft.lines[0].unit_price.and_then(|price| price.times(draft.lines[0].quantity));
        proptest::prop_assert_eq!(amount, Some(Money::from_cents(cents * quantity)));
    }
}
