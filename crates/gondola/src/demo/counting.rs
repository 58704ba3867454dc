//! Counting a place: its sheet, and the posting that closes it.
//!
//! Invariant: a posting holds exactly what its sheet found other than the books; what differs a lot was counted twice, and what is worth
//! a lot is closed by who may decide it, as the program asks of everybody.

use domain::{
    Money, Quantity, Timestamp,
    counting::CountPolicy,
    ledger::{Draft, LineDraft, LotDraft, PostingKind},
};
use uuid::Uuid;

use super::{
    Event,
    restock::keeper_paper,
    sites::{Place, SITES},
    stock::Slice,
    world::World,
};

/// Who closes what is worth more than a keeper may decide.
const APPROVES: &str = "graciela.vera";

/// A sheet as it is when it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Its identity.
    pub id: Uuid,
    /// Code of the site.
    pub site: &'static str,
    /// Code of the location.
    pub place: &'static str,
    /// Who opened it.
    pub opened_by: &'static str,
    /// Who counted.
    pub counted_by: &'static str,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When what differs a lot was counted first.
    pub first_at: Timestamp,
    /// When the rest was counted, and what differs a lot again.
    pub counted_at: Timestamp,
    /// What was counted, in the order of the sheet.
    pub lines: Vec<Line>,
}

/// What was counted of a product, or of one of its lots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Code of the product.
    pub sku: String,
    /// Its lot, when lots are kept.
    pub lot: Option<LotDraft>,
    /// What there should have been.
    pub expected: Quantity,
    /// What there was.
    pub counted: Quantity,
}

impl Line {
    /// Whether it was counted twice.
    pub(crate) fn is_counted_again(&self) -> bool {
        CountPolicy::default().asks_again(self.expected, self.counted)
    }

    /// What the posting moves for it.
    fn difference(&self, place: &str) -> Option<LineDraft> {
        let difference = self.counted - self.expected;
        let (place, loss) = (Some(place.to_owned()), Some("loss".to_owned()));
        let (from, to) = if difference > Quantity::ZERO { (loss, place) } else { (place, loss) };
        (difference != Quantity::ZERO).then(|| LineDraft {
            sku: self.sku.clone(),
            quantity: difference.abs(),
            from,
            to,
            lot: self.lot.clone(),
            unit_price: None,
            line_cost: None,
        })
    }
}

/// What the books say of some products at a place.
type Books = Vec<Vec<Slice>>;

/// What the books say of these products at a site, place by place.
pub(crate) fn books(world: &World, site: usize, products: &[usize]) -> [Books; 2] {
    Place::of_site(site).map(|place| products.iter().map(|product| world.stock.slices(place, *product)).collect())
}

/// The sheets of a site's places on which these products were found otherwise than in the books before.
pub(crate) fn close(world: &mut World, site: usize, products: &[usize], before: [Books; 2]) {
    for ((place, before), after) in Place::of_site(site).into_iter().zip(before).zip(books(world, site, products)) {
        let mut worth = Money::ZERO;
        let mut lines = Vec::new();
        for ((product, before), after) in products.iter().zip(before).zip(after) {
            let found = lines_of(&world.products[*product].sku, &before, &after);
            let differs: i64 = found.iter().map(|line| (line.counted - line.expected).abs().milli()).sum();
            worth += world.cost_of(*product, differs);
            lines.extend(found);
        }
        if !lines.is_empty() {
            let closes = if worth > CountPolicy::default().approval_above { APPROVES } else { SITES[site].keeper };
            post(world, (site, place), lines, closes);
        }
    }
}

fn lines_of(sku: &str, before: &[Slice], after: &[Slice]) -> Vec<Line> {
    let of = |slices: &[Slice], lot: &Option<LotDraft>| {
        let same = slices.iter().filter(|slice| slice.lot == *lot);
        Quantity::from_milli(same.map(|slice| slice.milli).sum())
    };
    let found = after.iter().filter(|slice| before.iter().all(|known| known.lot != slice.lot));
    let lots = before.iter().chain(found).map(|slice| &slice.lot);
    lots.map(|lot| Line { sku: sku.to_owned(), lot: lot.clone(), expected: of(before, lot), counted: of(after, lot) })
        .collect()
}

fn post(world: &mut World, (site, place): (usize, Place), lines: Vec<Line>, closes: &'static str) {
    let (number, now) = (world.numbers.count(), world.now());
    let walked = i64::try_from(lines.len()).unwrap_or(0) * 20;
    let sheet = Sheet {
        id: number,
        site: SITES[site].code,
        place: place.code(),
        opened_by: SITES[site].keeper,
        counted_by: SITES[site].filler,
        opened_at: now.plus_seconds(-walked - 300),
        first_at: now.plus_seconds(-walked),
        counted_at: now,
        lines,
    };
    let mut paper = keeper_paper(site, PostingKind::Count, number.to_string(), "");
    paper.actor = closes;
    let differences = sheet.lines.iter().filter_map(|line| line.difference(sheet.place)).collect();
    let posting = world.draft(paper, differences, None);
    let posting = Draft { id: store::count::posting_of(sheet.id), ..posting };
    world.events.push_back(Event::Count { sheet, posting });
}
