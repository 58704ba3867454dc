//! Personal care, babies and the first-aid shelf.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Section};
use crate::demo::seasons::Season;

const CARE: Section = Section { prefix: "PER", markup_per_mille: 400, ..BASE };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Perfumería", "Cabello"],
        items: &[
            ("Shampoo Sedal Ceramidas 340 ml", "Sedal", 3600, 12),
            ("Acondicionador Sedal Ceramidas 340 ml", "Sedal", 3600, 9),
            ("Shampoo Pantene Restauración 400 ml", "Pantene", 6200, 7),
            ("Shampoo Head & Shoulders 375 ml", "Head & Shoulders", 7200, 6),
            ("Crema de Peinar Sedal 300 ml", "Sedal", 3700, 5),
        ],
        ..CARE
    },
    Section {
        path: &["Perfumería", "Higiene personal"],
        items: &[
            ("Jabón de Tocador Dove 90 g", "Dove", 1500, 16),
            ("Jabón de Tocador Lux x 3", "Lux", 2900, 12),
            ("Desodorante Rexona Clinical aerosol 150 ml", "Rexona", 4100, 13),
            ("Desodorante Axe Apollo aerosol 150 ml", "Axe", 3900, 10),
            ("Desodorante Dove Original aerosol 150 ml", "Dove", 3900, 8),
            ("Crema Nivea Milk 250 ml", "Nivea", 5900, 4),
            ("Máquina de Afeitar Prestobarba Gillette x 2", "Gillette", 3600, 10),
            ("Espuma de Afeitar Gillette 150 ml", "Gillette", 5200, 3),
        ],
        ..CARE
    },
    Section {
        path: &["Perfumería", "Cuidado bucal"],
        items: &[
            ("Pasta Dental Colgate Triple Acción 90 g", "Colgate", 2600, 17),
            ("Cepillo Dental Colgate Medio", "Colgate", 2100, 9),
            ("Enjuague Bucal Listerine 250 ml", "Listerine", 5200, 4),
        ],
        ..CARE
    },
    Section {
        path: &["Perfumería", "Cuidado femenino"],
        items: &[
            ("Toallas Femeninas Nosotras x 8", "Nosotras", 1900, 13),
            ("Toallas Femeninas Always Nocturna x 8", "Always", 2600, 8),
            ("Protectores Diarios Carefree x 20", "Carefree", 1900, 7),
            ("Tampones O.B. Medio x 8", "O.B.", 3900, 4),
        ],
        ..CARE
    },
    Section {
        path: &["Bebés", "Pañales y cuidado"],
        case: 4,
        markup_per_mille: 280,
        items: &[
            ("Pañales Pampers G x 30", "Pampers", 14900, 6),
            ("Pañales Huggies M x 34", "Huggies", 15900, 5),
            ("Pañales Babysec XG x 24", "Babysec", 9900, 6),
            ("Toallitas Húmedas Huggies x 48", "Huggies", 3300, 8),
            ("Óleo Calcáreo Algabo 500 ml", "Algabo", 3400, 3),
        ],
        ..CARE
    },
    Section {
        path: &["Perfumería", "Botiquín"],
        items: &[
            ("Alcohol en Gel Algabo 250 ml", "Algabo", 2100, 5),
            ("Alcohol Etílico Bialcohol 250 ml", "Bialcohol", 2200, 8),
            ("Algodón Estrella 75 g", "Estrella", 1700, 5),
            ("Hisopos Estrella x 100", "Estrella", 1800, 5),
            ("Apósitos Curitas x 20", "Curitas", 2100, 5),
        ],
        ..CARE
    },
    Section {
        path: &["Perfumería", "Solares"],
        season: Season::Summer,
        items: &[
            ("Protector Solar Dermaglós FPS 50 180 ml", "Dermaglós", 18900, 4),
            ("Post Solar Dermaglós 200 ml", "Dermaglós", 9900, 2),
        ],
        ..CARE
    },
];
