//! Fruit, vegetables and eggs.
//!
//! Invariant: sold by weight unless the name says otherwise, at the reduced VAT, with no barcode but the scale's.

use domain::Unit;

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const FRUIT: Section = Section {
    path: &["Frutas y verduras", "Frutas"],
    prefix: "FRU",
    supplier: "FR",
    rhythm: Rhythm::Morning,
    unit: Unit::Kilogram,
    vat_per_mille: 105,
    case: 1,
    markup_per_mille: 550,
    basket: Basket::Produce,
    ..BASE
};
const VEGETABLE: Section = Section { path: &["Frutas y verduras", "Verduras"], prefix: "VER", ..FRUIT };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        items: &[
            ("Banana Ecuador por kg", "", 3200, 62),
            ("Banana Misiones por kg", "", 2400, 16),
            ("Manzana Roja por kg", "", 3400, 32),
            ("Manzana Verde por kg", "", 3500, 14),
            ("Pera Williams por kg", "", 3000, 15),
            ("Limón por kg", "", 2600, 26),
            ("Kiwi por kg", "", 6900, 7),
            ("Palta por kg", "", 8200, 17),
        ],
        ..FRUIT
    },
    Section {
        season: Season::Winter,
        items: &[
            ("Naranja para Jugo por kg", "", 1700, 34),
            ("Mandarina por kg", "", 2100, 28),
            ("Pomelo por kg", "", 2300, 8),
        ],
        ..FRUIT
    },
    Section {
        season: Season::Summer,
        items: &[
            ("Durazno por kg", "", 3900, 18),
            ("Ciruela por kg", "", 3900, 10),
            ("Uva Rosada por kg", "", 4600, 10),
            ("Sandía por kg", "", 1400, 16),
            ("Melón por kg", "", 2200, 9),
            ("Frutilla por kg", "", 7200, 10),
        ],
        ..FRUIT
    },
    Section {
        items: &[
            ("Papa por kg", "", 1300, 76),
            ("Cebolla por kg", "", 1250, 56),
            ("Zanahoria por kg", "", 1400, 36),
            ("Tomate Redondo por kg", "", 3300, 60),
            ("Tomate Perita por kg", "", 3100, 24),
            ("Lechuga Criolla por kg", "", 4200, 30),
            ("Lechuga Mantecosa por kg", "", 4400, 14),
            ("Morrón Rojo por kg", "", 6200, 18),
            ("Morrón Verde por kg", "", 4300, 12),
            ("Zapallito Redondo por kg", "", 2600, 16),
            ("Berenjena por kg", "", 2900, 11),
            ("Batata por kg", "", 2100, 12),
            ("Remolacha por kg", "", 2200, 6),
            ("Pepino por kg", "", 2700, 6),
        ],
        ..VEGETABLE
    },
    Section {
        season: Season::Winter,
        items: &[
            ("Calabaza por kg", "", 1500, 26),
            ("Zapallo Cabutia por kg", "", 1600, 10),
            ("Brócoli por kg", "", 4100, 7),
            ("Espinaca por kg", "", 3900, 7),
        ],
        ..VEGETABLE
    },
    Section {
        unit: Unit::Piece,
        basket: Basket::Few,
        items: &[
            ("Ajo cabeza", "", 900, 24),
            ("Choclo", "", 1100, 15),
            ("Acelga atado", "", 2100, 12),
            ("Rúcula atado", "", 1500, 10),
            ("Perejil atado", "", 900, 13),
            ("Cebolla de Verdeo atado", "", 1900, 8),
            ("Tomate Cherry 250 g", "", 2600, 9),
            ("Ananá", "", 5900, 3),
        ],
        ..VEGETABLE
    },
    Section {
        path: &["Frutas y verduras", "Huevos"],
        prefix: "HUE",
        unit: Unit::Piece,
        basket: Basket::Single,
        items: &[("Huevos Blancos docena", "", 3900, 44), ("Huevos Color maple x 30", "", 9200, 18)],
        ..FRUIT
    },
];
