use domain::{Zone, ledger::PostingKind};
use store::legacy::{Category, Movement, Order, OrderLine, Product, Supplier};

use super::*;

fn movement(id: i64, product: &str, kind: &str, quantity: &str, at: &str) -> Movement {
    Movement {
        id,
        product_id: None,
        product: product.to_owned(),
        kind: kind.to_owned(),
        quantity: quantity.to_owned(),
        unit_price: None,
        supplier: None,
        from_place: String::new(),
        to_place: "local".to_owned(),
        note: "Comando original".to_owned(),
        at: at.to_owned(),
        actor: "ana".to_owned(),
    }
}

fn product(id: i64, name: &str, stock: &str) -> Product {
    Product {
        id,
        name: name.to_owned(),
        category: Some(1),
        supplier: Some(1),
        barcode: "7791813421580".to_owned(),
        cost: Some("900".to_owned()),
        price: Some("1390.5".to_owned()),
        stock: Some(stock.to_owned()),
        minimum: Some("10".to_owned()),
        active: 1,
    }
}

fn old() -> Legacy {
    Legacy {
        suppliers: vec![Supplier {
            id: 1,
            code: "LS".to_owned(),
            name: "La Serenísima".to_owned(),
            contact: String::new(),
            phone: String::new(),
            email: String::new(),
            address: String::new(),
            rules: String::new(),
            active: 1,
        }],
        categories: vec![Category { id: 1, name: "lacteo".to_owned() }],
        products: vec![product(1, "Leche La Serenísima", "25"), product(2, "Queso", "8")],
        orders: vec![Order {
            id: 1,
            supplier: 1,
            number: "PED-1".to_owned(),
            ordered_at: "2025-09-08 08:27:00".to_owned(),
            status: "pendiente".to_owned(),
            note: String::new(),
            lines: vec![OrderLine {
                order_id: Some(1),
                id: 1,
                product: Some("LECHE la serenisima".to_owned()),
                quantity: Some("5".to_owned()),
                unit_cost: None,
                note: String::new(),
            }],
        }],
        movements: vec![
            movement(1, "Leche la Serenisima", "entrada", "10", "2025-06-25 17:05:00"),
            movement(2, "bananas", "salida", "23", "2025-06-24 18:16:00"),
            movement(3, "Bananas", "entrada", "5", "2025-06-26 18:16:00"),
            movement(4, "Bananas", "salida", "-2", "2025-06-27 18:16:00"),
            movement(5, "Bananas", "mudanza", "2", "2025-06-27 18:16:00"),
            movement(6, "Bananas", "salida", "muchas", "2025-06-27 18:16:00"),
            movement(7, "", "salida", "1", "2025-06-27 18:16:00"),
            movement(8, "Bananas", "salida", "1", "ayer"),
            movement(9, "Bananas", "ajuste", "-1", "2025-06-28 10:00:00"),
        ],
        invoices: 2,
        settings: 0,
    }
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

#[test]
fn names_that_differ_by_case_or_accent_are_one_product() {
    let mut issues = Vec::new();
    let goods = Goods::gather(&old(), &mut issues);
    let named: Vec<_> = goods.all.iter().map(|product| (product.sku.as_str(), product.name.as_str())).collect();
    assert_eq!(named, [("leche-la-serenisima", "Leche La Serenísima"), ("queso", "Queso"), ("bananas", "Bananas")]);
    let merged: Vec<_> = issues.iter().map(|issue| (issue.code, issue.detail.en.as_str())).collect();
    assert_eq!(
        merged,
        [(Code::MergedNames, "«Leche la Serenisima», «LECHE la serenisima»"), (Code::MergedNames, "«bananas»"),]
    );
    let milk = &goods.incoming()[0];
    assert_eq!(milk.patch.price, Some(Some("1390.50".parse().unwrap())));
    assert_eq!(
        (milk.patch.category.clone(), milk.patch.supplier.clone()),
        (Some(Some("lacteo".to_owned())), Some(Some("LS".to_owned())))
    );
}

#[test]
fn movements_go_the_way_their_kind_says() {
    let (old, zone) = (old(), Zone::named("America/Argentina/Buenos_Aires").unwrap());
    let goods = Goods::gather(&old, &mut Vec::new());
    let mut issues = Vec::new();
    let moved = movements::read(&old, &goods, &zone, now(), &mut issues);
    let seen: Vec<_> = moved.iter().map(|one| (one.row, one.kind, one.quantity.to_string())).collect();
    assert_eq!(
        seen,
        [
            (2, PostingKind::Sale, "23".to_owned()),
            (1, PostingKind::Receipt, "10".to_owned()),
            (3, PostingKind::Receipt, "5".to_owned()),
            (4, PostingKind::Sale, "2".to_owned()),
            (9, PostingKind::Loss, "1".to_owned()),
        ]
    );
    let told: Vec<_> = issues.iter().map(|issue| (issue.row, issue.code)).collect();
    assert_eq!(told, [(5, Code::UnknownMovement), (6, Code::NotANumber), (7, Code::Missing), (8, Code::NotADate)]);
    assert_eq!(moved[0].at.to_string(), "2025-06-24T21:16:00Z");
}

#[test]
fn orders_keep_their_number_and_lines() {
    let (old, zone) = (old(), Zone::utc());
    let goods = Goods::gather(&old, &mut Vec::new());
    let mut issues = Vec::new();
    assert_eq!(orders::read(&old, &goods, &zone, &mut issues).len(), 1);
    assert_eq!(issues, []);
}
