//! Cleaning, paper, household, pets and tobacco.
//!
//! Invariant: prices are in pesos of the last day, VAT included.

use super::{BASE, Basket, Section};
use crate::demo::seasons::{Rhythm, Season};

const HOME: Section = Section { prefix: "LIM", markup_per_mille: 370, ..BASE };
const THINGS: Section = Section { prefix: "BAZ", ..HOME };

pub(super) const SECTIONS: &[Section] = &[
    Section {
        path: &["Limpieza", "Cocina y pisos"],
        items: &[
            ("Lavandina Ayudín 1 L", "Ayudín", 1700, 26),
            ("Lavandina Ayudín 2 L", "Ayudín", 2900, 12),
            ("Detergente Magistral Limón 500 ml", "Magistral", 3100, 22),
            ("Detergente Ala Limón 500 ml", "Ala", 1900, 14),
            ("Limpiador Cif Crema 375 g", "Cif", 2900, 8),
            ("Limpiador Procenex Lavanda 900 ml", "Procenex", 1900, 15),
            ("Limpiador Poett Primavera 900 ml", "Poett", 1950, 15),
            ("Desinfectante Lysoform aerosol 360 ml", "Lysoform", 4200, 9),
            ("Limpiavidrios Cif 450 ml", "Cif", 2700, 5),
            ("Esponja Mortimer", "Mortimer", 950, 15),
            ("Lana de Acero Virulana x 10", "Virulana", 1500, 6),
            ("Trapo de Piso Mortimer", "Mortimer", 1900, 6),
        ],
        ..HOME
    },
    Section {
        path: &["Limpieza", "Ropa"],
        items: &[
            ("Jabón Líquido Skip 3 L", "Skip", 15900, 6),
            ("Jabón Líquido Skip doypack 800 ml", "Skip", 5200, 8),
            ("Jabón en Polvo Ala 800 g", "Ala", 3900, 12),
            ("Jabón en Pan Zorro 150 g", "Zorro", 1100, 8),
            ("Suavizante Vivere doypack 900 ml", "Vivere", 3200, 11),
        ],
        ..HOME
    },
    Section {
        path: &["Limpieza", "Papeles"],
        case: 10,
        items: &[
            ("Papel Higiénico Higienol Max x 4", "Higienol", 3600, 30),
            ("Papel Higiénico Elite Doble Hoja x 4", "Elite", 4300, 18),
            ("Rollo de Cocina Sussex x 3", "Sussex", 2900, 24),
            ("Servilletas Elite x 70", "Elite", 1200, 15),
            ("Pañuelos Elite x 10", "Elite", 450, 11),
            ("Bolsas de Residuos Asurin 45 x 60 x 30", "Asurin", 2100, 18),
            ("Bolsas de Consorcio Asurin 80 x 110 x 10", "Asurin", 2900, 9),
        ],
        ..HOME
    },
    Section {
        path: &["Limpieza", "Insecticidas y repelentes"],
        season: Season::Summer,
        items: &[
            ("Insecticida Raid Moscas y Mosquitos 360 ml", "Raid", 4600, 9),
            ("Espirales Raid x 12", "Raid", 2300, 12),
            ("Repelente Off! aerosol 165 ml", "Off!", 5200, 11),
        ],
        ..HOME
    },
    Section {
        path: &["Bazar", "Hogar"],
        items: &[
            ("Fósforos Tres Patitos x 220", "Tres Patitos", 1200, 11),
            ("Velas Ranchera x 6", "Ranchera", 1900, 4),
            ("Pilas Energizer AA x 2", "Energizer", 3300, 8),
            ("Pilas Energizer AAA x 2", "Energizer", 3300, 6),
            ("Lámpara LED Osram 9 W", "Osram", 1900, 5),
            ("Encendedor Bic", "Bic", 1300, 16),
            ("Escobillón Mortimer", "Mortimer", 5900, 2),
        ],
        ..THINGS
    },
    Section {
        path: &["Bazar", "Parrilla"],
        rhythm: Rhythm::Morning,
        season: Season::Party,
        case: 1,
        items: &[("Carbón Leguizamo 4 kg", "Leguizamo", 4200, 20), ("Leña bolsa 10 kg", "", 4900, 8)],
        ..THINGS
    },
    Section {
        path: &["Mascotas", "Alimento"],
        prefix: "MAS",
        case: 6,
        items: &[
            ("Alimento Dogui Adulto 1,5 kg", "Dogui", 5200, 9),
            ("Alimento Pedigree Adulto 1,5 kg", "Pedigree", 8200, 6),
            ("Alimento Whiskas Carne 500 g", "Whiskas", 4300, 7),
            ("Sobre Whiskas Pollo 85 g", "Whiskas", 1250, 19),
            ("Piedras Sanitarias Absorsol 2 kg", "Absorsol", 3100, 6),
        ],
        ..HOME
    },
    Section {
        path: &["Kiosco", "Cigarrillos"],
        prefix: "KIO",
        markup_per_mille: 90,
        case: 10,
        basket: Basket::Few,
        rhythm: Rhythm::Evening,
        items: &[
            ("Cigarrillos Marlboro Box 20", "Marlboro", 5600, 44),
            ("Cigarrillos Philip Morris Box 20", "Philip Morris", 5000, 32),
            ("Cigarrillos Camel Box 20", "Camel", 5300, 16),
            ("Cigarrillos Lucky Strike Box 20", "Lucky Strike", 5100, 18),
        ],
        ..HOME
    },
];
