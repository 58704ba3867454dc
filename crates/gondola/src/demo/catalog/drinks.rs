//! Soft drinks, waters, juices and energy drinks.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const DRINK: Section = Section {
    prefix: "BEB",
    season: Season::Summer,
    rhythm: Rhythm::Evening,
    case: 6,
    markup_per_mille: 330,
    basket: Basket::Few,
    ..BASE
};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Bebidas", "Gaseosas"],
        supplier: "CO",
        items: &[
            ("Coca-Cola Original 2,25 L", "Coca-Cola", 5200, 100),
            ("Coca-Cola Original 1,5 L", "Coca-Cola", 4100, 70),
            ("Coca-Cola Original 500 ml", "Coca-Cola", 2100, 60),
            ("Coca-Cola Original lata 354 ml", "Coca-Cola", 1750, 28),
            ("Coca-Cola Zero 2,25 L", "Coca-Cola", 5200, 48),
            ("Coca-Cola Zero 1,5 L", "Coca-Cola", 4100, 36),
            ("Coca-Cola Zero 500 ml", "Coca-Cola", 2100, 26),
            ("Sprite Lima Limón 2,25 L", "Sprite", 5000, 34),
            ("Sprite Lima Limón 1,5 L", "Sprite", 3950, 22),
            ("Sprite Lima Limón 500 ml", "Sprite", 2050, 14),
            ("Fanta Naranja 2,25 L", "Fanta", 5000, 26),
            ("Fanta Naranja 1,5 L", "Fanta", 3950, 16),
            ("Fanta Naranja 500 ml", "Fanta", 2050, 11),
            ("Schweppes Pomelo 1,5 L", "Schweppes", 3700, 13),
            ("Schweppes Tónica 1,5 L", "Schweppes", 3700, 15),
            ("Schweppes Citrus 1,5 L", "Schweppes", 3700, 6),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Gaseosas"],
        supplier: "Q",
        items: &[
            ("Pepsi 2,25 L", "Pepsi", 4200, 30),
            ("Pepsi 1,5 L", "Pepsi", 3300, 20),
            ("Pepsi 500 ml", "Pepsi", 1800, 12),
            ("Pepsi Black 2,25 L", "Pepsi", 4200, 14),
            ("7Up 2,25 L", "7Up", 4200, 18),
            ("7Up 1,5 L", "7Up", 3300, 11),
            ("Paso de los Toros Pomelo 1,5 L", "Paso de los Toros", 3350, 16),
            ("Paso de los Toros Tónica 1,5 L", "Paso de los Toros", 3350, 9),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Aguas"],
        supplier: "Q",
        items: &[
            ("Agua Glaciar sin gas 1,5 L", "Glaciar", 1500, 32),
            ("Agua Glaciar con gas 1,5 L", "Glaciar", 1500, 17),
            ("Agua Glaciar sin gas 500 ml", "Glaciar", 1050, 24),
            ("Agua Eco de los Andes sin gas 1,5 L", "Eco de los Andes", 1700, 14),
            ("Agua Eco de los Andes sin gas 500 ml", "Eco de los Andes", 1150, 11),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Aguas saborizadas"],
        supplier: "CO",
        items: &[
            ("Aquarius Pera 1,5 L", "Aquarius", 2500, 18),
            ("Aquarius Manzana 1,5 L", "Aquarius", 2500, 17),
            ("Aquarius Pomelo 1,5 L", "Aquarius", 2500, 13),
            ("Aquarius Uva 500 ml", "Aquarius", 1500, 7),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Aguas saborizadas"],
        supplier: "FA",
        items: &[
            ("Levité Pera 1,5 L", "Levite", 2450, 19),
            ("Levité Manzana 1,5 L", "Levite", 2450, 20),
            ("Levité Pomelo 1,5 L", "Levite", 2450, 18),
            ("Levité Naranja 500 ml", "Levite", 1450, 10),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Jugos"],
        supplier: "CO",
        rhythm: Rhythm::Morning,
        items: &[
            ("Cepita Naranja 1 L", "Cepita", 2600, 16),
            ("Cepita Manzana 1 L", "Cepita", 2600, 12),
            ("Cepita Multifruta 200 ml", "Cepita", 850, 13),
            ("Ades Manzana 1 L", "Ades", 2750, 11),
            ("Ades Naranja 1 L", "Ades", 2750, 8),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Jugos"],
        supplier: "FA",
        rhythm: Rhythm::Morning,
        items: &[
            ("Jugo Baggio Naranja 1 L", "Baggio", 1850, 17),
            ("Jugo Baggio Durazno 1 L", "Baggio", 1850, 10),
            ("Jugo Baggio Pronto Multifruta 200 ml", "Baggio", 620, 22),
        ],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Jugos"],
        case: 18,
        rhythm: Rhythm::Morning,
        basket: Basket::Many,
        items: &[
            ("Jugo en polvo Tang Naranja 15 g", "Tang", 420, 24),
            ("Jugo en polvo Clight Limonada 8 g", "Clight", 450, 13),
        ],
        ..DRINK
    },
    Section { path: &["Bebidas", "Soda"], items: &[("Soda sifón descartable 2 L", "Ivess", 1650, 30)], ..DRINK },
    Section {
        path: &["Bebidas", "Energizantes e isotónicas"],
        supplier: "CO",
        items: &[("Monster Energy 473 ml", "Monster", 2900, 13), ("Monster Ultra 473 ml", "Monster", 2900, 7)],
        ..DRINK
    },
    Section {
        path: &["Bebidas", "Energizantes e isotónicas"],
        supplier: "Q",
        items: &[
            ("Red Bull 250 ml", "Red Bull", 3100, 13),
            ("Red Bull Sin Azúcar 250 ml", "Red Bull", 3100, 5),
            ("Gatorade Manzana 500 ml", "Gatorade", 1900, 10),
            ("Gatorade Naranja 1,25 L", "Gatorade", 3200, 8),
        ],
        ..DRINK
    },
];
