//! Biscuits, chocolate, sweets, gum and alfajores.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const SWEET: Section = Section {
    prefix: "GOL",
    supplier: "TER",
    season: Season::School,
    rhythm: Rhythm::Afternoon,
    case: 24,
    markup_per_mille: 400,
    basket: Basket::Few,
    ..BASE
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Golosinas", "Galletitas dulces"],
        prefix: "GAL",
        items: &[
            ("Galletitas Oreo 118 g", "Oreo", 2100, 36),
            ("Galletitas Oreo x 3 354 g", "Oreo", 5400, 10),
            ("Galletitas Pepitos 118 g", "Pepitos", 2000, 28),
            ("Galletitas Terrabusi Variedad 390 g", "Terrabusi", 3600, 15),
            ("Galletitas Terrabusi Melba 120 g", "Terrabusi", 1500, 15),
            ("Galletitas Chocolinas 170 g", "Chocolinas", 2100, 22),
            ("Galletitas Rumba 112 g", "Rumba", 1500, 14),
            ("Galletitas Sonrisas 108 g", "Sonrisas", 1500, 13),
            ("Galletitas Surtido Bagley 400 g", "Bagley", 3400, 11),
            ("Galletitas Toddy con Chips 126 g", "Toddy", 2200, 14),
        ],
        ..SWEET
    },
    Section {
        path: &["Golosinas", "Galletitas saladas"],
        prefix: "GAL",
        season: Season::Flat,
        items: &[
            ("Galletitas de Agua Criollitas x 3 300 g", "Criollitas", 2600, 22),
            ("Galletitas Express Terrabusi x 3 300 g", "Terrabusi", 2500, 15),
            ("Galletitas Traviata x 3 300 g", "Traviata", 2600, 20),
            ("Galletitas Cerealitas 212 g", "Terrabusi", 2300, 12),
            ("Galletitas Club Social x 6 141 g", "Club Social", 2100, 12),
        ],
        ..SWEET
    },
    Section {
        path: &["Golosinas", "Chocolates"],
        season: Season::Winter,
        items: &[
            ("Chocolate Milka Leche 100 g", "Milka", 4600, 15),
            ("Chocolate Milka Oreo 100 g", "Milka", 4700, 10),
            ("Chocolate Milka Almendras 100 g", "Milka", 4900, 6),
            ("Chocolate Cofler Block 38 g", "Cofler", 1900, 17),
            ("Chocolate Shot Terrabusi 35 g", "Terrabusi", 1700, 12),
            ("Rhodesia 22 g", "Rhodesia", 850, 26),
            ("Tita 18 g", "Tita", 800, 21),
            ("Bon o Bon 15 g", "Bon o Bon", 550, 34),
        ],
        ..SWEET
    },
    Section {
        path: &["Golosinas", "Alfajores"],
        items: &[
            ("Alfajor Terrabusi Triple 70 g", "Terrabusi", 1500, 26),
            ("Alfajor Milka Dulce de Leche 70 g", "Milka", 2100, 15),
            ("Alfajor Oreo Triple 56 g", "Oreo", 1800, 16),
            ("Alfajor Pepitos Triple 57 g", "Pepitos", 1800, 11),
            ("Alfajor Jorgito Chocolate 50 g", "Jorgito", 1100, 20),
            ("Alfajor Guaymallén Dulce de Leche 38 g", "Guaymallén", 550, 38),
        ],
        ..SWEET
    },
    Section {
        path: &["Golosinas", "Chicles y caramelos"],
        season: Season::Flat,
        items: &[
            ("Chicle Beldent Menta 10 g", "Beldent", 850, 26),
            ("Chicle Beldent Frutilla 10 g", "Beldent", 850, 14),
            ("Chicle Infinit Menta 26 g", "Infinit", 1900, 8),
            ("Caramelos Halls Mentol 28 g", "Halls", 950, 19),
            ("Caramelos Sugus Surtidos 150 g", "Sugus", 1700, 7),
            ("Gomitas Mogul Ositos 80 g", "Mogul", 1300, 15),
            ("Pastillas DRF Menta 23 g", "DRF", 650, 9),
        ],
        ..SWEET
    },
    Section {
        path: &["Golosinas", "Turrones y mantecol"],
        season: Season::Festive,
        supplier: "MAX",
        items: &[
            ("Mantecol 110 g", "Mantecol", 2300, 12),
            ("Turrón de Maní Arcor 25 g", "Arcor", 450, 20),
            ("Turrón Blando Georgalos 80 g", "Georgalos", 1900, 5),
        ],
        ..SWEET
    },
];
