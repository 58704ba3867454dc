use domain::Unit;

use super::*;

fn read_text(text: &str) -> (Vec<Incoming>, Vec<Issue>, Report) {
    let input = Input::Bytes { name: "productos.csv".to_owned(), bytes: text.as_bytes().into() };
    let report = Report::new(Kind::Products, "productos.csv".to_owned());
    let Read { gathered, mut issues, mut report } = read(&input, &Hints::default(), report, &Control::none()).unwrap();
    gathered.count(&mut report);
    let products = gathered.finish(&mut issues);
    report.take_issues(issues.clone());
    (products, issues, report)
}

fn codes(issues: &[Issue]) -> Vec<(u64, &'static str)> {
    issues.iter().map(|issue| (issue.row, issue.code.name())).collect()
}

fn barcodes(product: &Incoming) -> Vec<&str> {
    product.barcodes.iter().map(|barcode| barcode.code.as_str()).collect()
}

#[test]
fn a_raw_file_of_branches_is_one_product_each() {
    let text = "id_comercio,id_sucursal,id_producto,productos_ean,productos_descripcion,productos_cantidad_presentacion,\
        productos_unidad_medida_presentacion,productos_marca,productos_precio_lista\n\
        3,1.0,7791813421580.0,1.0,7UP FREE PET X 1.5L,1.0,unidad, ,2700.0\n\
        3,2.0,7791813421580.0,1.0,7UP FREE PET X 1.5L,1.0,unidad, ,2500.0\n\
        3,3.0,7791813421580.0,1.0,7UP FREE PET X 1.5L,1.0,unidad, ,2500.0\n\
        3,1.0,23897.0,0.0,AFEITADORA BIC COMFORT  3,1.0,unidad, ,0.01\n\
        Ultima actualizacion: 2024-10-01T16:00:01-03:00,,,,,,,,\n";
    let (products, issues, report) = read_text(text);
    let seen: Vec<_> =
        products.iter().map(|p| (p.sku.as_str(), barcodes(p), p.patch.price, p.patch.brand.clone())).collect();
    assert_eq!(
        seen,
        vec![
            ("7791813421580", vec!["7791813421580"], Some(Some("2500".parse().unwrap())), None),
            ("23897", vec![], None, None),
        ]
    );
    assert_eq!(products[1].patch.name.as_deref(), Some("AFEITADORA BIC COMFORT 3"));
    assert_eq!(products[0].patch.unit, None);
    assert_eq!(codes(&issues), [(5, "placeholder_price"), (6, "footer"), (4, "prices_differ"), (5, "not_a_gtin")]);
    let rows = report.rows;
    assert_eq!((rows.read, rows.taken, rows.refused, rows.skipped), (5, 4, 0, 1));
    assert_eq!(report.classes["repeated"], 2);
}

#[test]
fn wrong_gtins_are_kept_as_codes_of_the_shop_and_told() {
    let text = "id_producto,marca,nombre,presentacion,gtin_valid\n\
        0000000205870,SIN MARCA,Ojo de Bife 1 Kg,1.0 kg,True\n\
        10-1-2300049000008,SIN MARCA,Zapallo 1 Kg,1.0 kg,False\n\
        7791813421581,X,Mal digito,1.0 un,False\n\
        7790040133594,ARCOR,Yerba 1 Kg,1.0 kg,True\n";
    let (products, issues, _) = read_text(text);
    let seen: Vec<_> = products.iter().map(|p| (p.sku.as_str(), barcodes(p), p.patch.unit)).collect();
    assert_eq!(
        seen,
        vec![
            ("0000000205870", vec!["00205870"], Some(Unit::Kilogram)),
            ("10-1-2300049000008", vec![], Some(Unit::Kilogram)),
            ("7791813421581", vec![], None),
            ("7790040133594", vec!["7790040133594"], None),
        ]
    );
    assert_eq!(codes(&issues), [(3, "not_a_gtin"), (4, "not_a_gtin")]);
    assert_eq!(products[0].patch.brand, None);
}

#[test]
fn a_shop_s_own_sheet_is_read_with_all_it_says() {
    let text = "Código;EAN;Descripción;Rubro;Subrubro;Unidad;Precio;IVA;Stock mínimo;Unidades por bulto;Activo\n\
        BEB-1;7791813421580 96385074;Gaseosa;Bebidas;Gaseosas;un;$ 1.850,50;10,5;6;12;sí\n\
        FRU-1;;Banana;Fruta;;kg;990,00;21%;2,5;;no\n\
        MAL;123;Con errores;;;docena;-3;19;x;0;quizás\n";
    let (products, issues, _) = read_text(text);
    assert_eq!(products.len(), 2);
    let first = &products[0];
    assert_eq!(barcodes(first), ["7791813421580", "96385074"]);
    assert_eq!(first.patch.category, Some(Some("Bebidas/Gaseosas".to_owned())));
    assert_eq!(first.patch.price, Some(Some("1850.50".parse().unwrap())));
    assert_eq!(first.patch.vat_rate, Some(Some("10.5".to_owned())));
    assert_eq!(first.packs[0].factor.numerator(), 12);
    assert_eq!(products[1].patch.minimum, Some(Some("2.5".parse().unwrap())));
    assert_eq!((products[1].patch.active, products[1].patch.unit), (Some(false), Some(Unit::Kilogram)));
    let columns: Vec<_> = issues.iter().map(|issue| (issue.row, issue.column.as_str(), issue.code.name())).collect();
    assert_eq!(
        columns,
        [
            (4, "Precio", "negative"),
            (4, "Stock mínimo", "not_a_number"),
            (4, "IVA", "unknown_vat"),
            (4, "Unidades por bulto", "not_a_number"),
            (4, "Activo", "unknown_yes_no"),
            (4, "Unidad", "unknown_unit"),
        ]
    );
}

#[test]
fn the_same_code_twice_is_told_when_the_rows_disagree() {
    let (products, issues, _) = read_text("codigo,nombre,precio\nA,Pan,1.00\nA,Pan lactal,2.00\n");
    assert_eq!(products.len(), 1);
    assert_eq!(products[0].patch.price, Some(Some("2".parse().unwrap())));
    assert_eq!(codes(&issues), [(3, "names_differ"), (3, "prices_differ")]);
}

#[test]
fn a_code_that_could_not_be_reached_again_is_refused() {
    let (products, issues, _) = read_text("sku,nombre\nsearch,A\nSearch,B\n");
    assert_eq!(products.iter().map(|product| product.sku.as_str()).collect::<Vec<_>>(), ["Search"]);
    assert_eq!(codes(&issues), [(2, "bad_code")]);
    assert!(issues[0].message().es.contains("reservado"), "{:?}", issues[0].message());
}
