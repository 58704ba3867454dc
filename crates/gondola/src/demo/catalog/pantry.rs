//! The pantry: pasta, oil, rice, flour, tins, sauces, breakfast.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const PANTRY: Section = Section { prefix: "ALM", ..BASE };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Almacén", "Fideos y pastas"],
        supplier: "FA",
        basket: Basket::Few,
        items: &[
            ("Fideos Lucchetti Tirabuzón 500 g", "Luchetti", 1650, 28),
            ("Fideos Lucchetti Spaghetti 500 g", "Luchetti", 1650, 30),
            ("Fideos Lucchetti Mostachol 500 g", "Luchetti", 1650, 16),
            ("Fideos Matarazzo Spaghetti 500 g", "Matarazzo", 2100, 18),
            ("Fideos Matarazzo Codito 500 g", "Matarazzo", 2100, 10),
            ("Fideos Matarazzo Soperos 500 g", "Matarazzo", 2050, 9),
            ("Fideos Don Vicente Tallarín 500 g", "Don Vicente", 3100, 7),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Aceites y vinagres"],
        supplier: "FA",
        items: &[
            ("Aceite de Girasol Natura 900 ml", "Natura", 3900, 28),
            ("Aceite de Girasol Natura 1,5 L", "Natura", 6200, 20),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Aceites y vinagres"],
        items: &[
            ("Aceite Cocinero Girasol 900 ml", "Cocinero", 3700, 20),
            ("Aceite Cocinero Mezcla 1,5 L", "Cocinero", 5200, 13),
            ("Vinagre Menoyo de Alcohol 500 ml", "Menoyo", 1400, 10),
            ("Aceto Menoyo 250 ml", "Menoyo", 2500, 5),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Aderezos"],
        supplier: "FA",
        items: &[("Mayonesa Natura 475 g", "Natura", 2700, 20), ("Mayonesa Natura 237 g", "Natura", 1700, 12)],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Aderezos"],
        items: &[
            ("Mayonesa Hellmann's 475 g", "Hellmann's", 3300, 20),
            ("Ketchup Hellmann's 250 g", "Hellmann's", 2100, 11),
            ("Mostaza Savora 250 g", "Savora", 1600, 9),
            ("Salsa Golf Hellmann's 250 g", "Hellmann's", 2000, 5),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Arroz y legumbres"],
        case: 10,
        items: &[
            ("Arroz Gallo Oro 1 kg", "Gallo", 3600, 17),
            ("Arroz Gallo Oro 500 g", "Gallo", 1950, 12),
            ("Arroz Ala Largo Fino 1 kg", "Ala", 2100, 26),
            ("Lentejas La Egipciana 400 g", "La Egipciana", 1900, 9),
            ("Porotos La Egipciana 400 g", "La Egipciana", 1800, 5),
            ("Garbanzos La Egipciana 400 g", "La Egipciana", 1800, 5),
            ("Polenta Presto Pronta 490 g", "Presto Pronta", 1850, 13),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Harinas y repostería"],
        vat_per_mille: 105,
        case: 10,
        items: &[
            ("Harina Pureza 0000 1 kg", "Pureza", 1500, 28),
            ("Harina Cañuelas 000 1 kg", "Cañuelas", 1250, 20),
            ("Harina Cañuelas Leudante 1 kg", "Cañuelas", 1650, 14),
            ("Premezcla Morixe Bizcochuelo Vainilla 500 g", "Morixe", 2600, 7),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Harinas y repostería"],
        items: &[
            ("Gelatina Exquisita Frutilla 40 g", "Exquisita", 950, 11),
            ("Flan Exquisita Vainilla 60 g", "Exquisita", 1100, 6),
            ("Levadura Levex seca x 2", "Levex", 1300, 10),
            ("Polvo de Hornear Royal 50 g", "Royal", 1500, 4),
            ("Rebozador Preferido 500 g", "Preferido", 1900, 11),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Azúcar, sal y endulzantes"],
        case: 10,
        items: &[
            ("Azúcar Ledesma 1 kg", "Ledesma", 1350, 52),
            ("Sal Fina Celusal 500 g", "Celusal", 1100, 14),
            ("Sal Gruesa Celusal 1 kg", "Celusal", 1500, 9),
            ("Edulcorante Hileret Líquido 250 ml", "Hileret", 2900, 7),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Conservas"],
        case: 24,
        items: &[
            ("Puré de Tomate Arcor 520 g", "Arcor", 1150, 40),
            ("Tomate Perita Arcor lata 400 g", "Arcor", 1650, 13),
            ("Arvejas Arcor lata 300 g", "Arcor", 1000, 17),
            ("Choclo Arcor Cremoso lata 300 g", "Arcor", 1500, 11),
            ("Jardinera Arcor lata 300 g", "Arcor", 1200, 6),
            ("Atún La Campagnola al natural 170 g", "La Campagnola", 3300, 17),
            ("Caballa La Campagnola 300 g", "La Campagnola", 3200, 6),
            ("Duraznos en Almíbar Arcor 820 g", "Arcor", 3400, 6),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Sopas y caldos"],
        season: Season::Winter,
        items: &[
            ("Caldo Knorr Verdura x 6", "Knorr", 1350, 13),
            ("Caldo Knorr Gallina x 6", "Knorr", 1350, 12),
            ("Sopa Knorr Quick Zapallo x 5", "Knorr", 2100, 8),
            ("Puré de Papas Knorr 200 g", "Knorr", 2100, 11),
        ],
        ..PANTRY
    },
    Section {
        path: &["Almacén", "Desayuno"],
        rhythm: Rhythm::Morning,
        items: &[
            ("Mermelada Arcor Durazno 390 g", "Arcor", 2300, 11),
            ("Mermelada Arcor Frutilla 390 g", "Arcor", 2500, 9),
            ("Miel Aleluya 500 g", "Aleluya", 4900, 4),
            ("Avena Quaker Instantánea 300 g", "Quaker", 2300, 9),
            ("Cereal Zucaritas 300 g", "Kellogg's", 5200, 6),
            ("Cacao Nesquik 360 g", "Nesquik", 3900, 10),
        ],
        ..PANTRY
    },
];
