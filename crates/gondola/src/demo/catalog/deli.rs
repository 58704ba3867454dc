//! Dried fruit, seeds, snacks, olives, spices, sauces and gourmet oils; disposables beside them.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const DELI: Section = Section { prefix: "DEL", supplier: "ACE", markup_per_mille: 450, ..BASE };
const DISPOSABLE: Section =
    Section { prefix: "DES", supplier: "MU", season: Season::Party, markup_per_mille: 480, ..BASE };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Gourmet", "Frutos secos y semillas"],
        items: &[
            ("Maní Salado Aceitumar 200 g", "Aceitumar", 1700, 16),
            ("Almendras Aceitumar 100 g", "Aceitumar", 3300, 9),
            ("Nueces Mariposa Aceitumar 100 g", "Aceitumar", 2900, 9),
            ("Castañas de Cajú Aceitumar 100 g", "Aceitumar", 3400, 5),
            ("Mix de Frutos Secos Aceitumar 150 g", "Aceitumar", 3300, 8),
            ("Pasas de Uva Aceitumar 150 g", "Aceitumar", 1500, 5),
            ("Semillas de Chía Aceitumar 200 g", "Aceitumar", 2300, 4),
            ("Semillas de Girasol Aceitumar 200 g", "Aceitumar", 1400, 4),
            ("Maní con Chocolate Chocolart 100 g", "Chocolart", 2300, 9),
            ("Garrapiñada Cris-Jor 100 g", "Cris-Jor", 1500, 8),
        ],
        ..DELI
    },
    Section {
        path: &["Gourmet", "Aceitunas y conservas"],
        items: &[
            ("Aceitunas Verdes Aceitumar 200 g", "Aceitumar", 2200, 15),
            ("Aceitunas Negras Aceitumar 200 g", "Aceitumar", 2500, 6),
            ("Aceitunas Rellenas Aceitumar 200 g", "Aceitumar", 2700, 5),
            ("Pickles La Delfina 330 g", "La Delfina", 2600, 4),
            ("Berenjenas en Escabeche La Delfina 330 g", "La Delfina", 4300, 3),
            ("Morrones Asados El Ruedo 350 g", "El Ruedo", 3900, 3),
        ],
        ..DELI
    },
    Section {
        path: &["Gourmet", "Aceites de oliva"],
        items: &[
            ("Aceite de Oliva Laur Clásico 500 ml", "Laur", 11900, 6),
            ("Aceite de Oliva Tau Delta 500 ml", "Tau Delta", 12900, 3),
            ("Aceite de Oliva Zoraida 250 ml", "Zoraida", 6900, 4),
        ],
        ..DELI
    },
    Section {
        path: &["Gourmet", "Especias y salsas"],
        case: 20,
        items: &[
            ("Orégano Cumaná 25 g", "Cumaná", 850, 13),
            ("Pimentón Cumaná 25 g", "Cumaná", 900, 9),
            ("Provenzal Cumaná 25 g", "Cumaná", 850, 8),
            ("Pimienta Negra Cumaná 25 g", "Cumaná", 1500, 6),
            ("Salsa de Soja Sakanashi 200 ml", "Sakanashi", 2600, 7),
            ("Fideos de Arroz Shun Yuan 200 g", "Shun Yuan", 3100, 3),
            ("Salsa Agridulce Healthy Boy 300 ml", "Healthy Boy", 4600, 3),
            ("Chimichurri Contraviento 200 g", "Contraviento", 2900, 5),
        ],
        ..DELI
    },
    Section {
        path: &["Snacks", "Papas fritas y salados"],
        season: Season::Party,
        rhythm: Rhythm::Evening,
        basket: Basket::Few,
        case: 14,
        items: &[
            ("Papas Fritas Lay's Clásicas 145 g", "Lay's", 4300, 26),
            ("Papas Fritas Lay's Jamón Serrano 85 g", "Lay's", 2900, 15),
            ("Doritos Queso 140 g", "Doritos", 4200, 18),
            ("Cheetos Queso 94 g", "Cheetos", 2400, 16),
            ("Palitos Salados PepsiCo 120 g", "PepsiCo", 1900, 13),
            ("Saladix Pizza 100 g", "Saladix", 1700, 15),
            ("Chizitos Marvavic 200 g", "Marvavic", 1800, 9),
        ],
        ..DELI
    },
    Section {
        path: &["Bazar", "Descartables"],
        items: &[
            ("Vasos Plásticos Multienvase 180 ml x 50", "Multienvase", 3300, 7),
            ("Platos Descartables Multienvase x 10", "Multienvase", 2300, 6),
            ("Cubiertos Descartables Multienvase x 24", "Multienvase", 2100, 4),
            ("Bandejas de Cartón Multienvase x 10", "Multienvase", 2600, 3),
            ("Sorbetes Multienvase x 100", "Multienvase", 1500, 2),
            ("Envases Multienvase con tapa 500 cc x 5", "Multienvase", 1900, 4),
            ("Film Adherente Multienvase 30 m", "Multienvase", 2300, 6),
            ("Papel Aluminio Multienvase 10 m", "Multienvase", 2600, 6),
        ],
        ..DISPOSABLE
    },
];
