//! Opening what the older system's movements need, and the stock it states beyond them.
//!
//! Invariant: stock that is stated and that no movement explains was there from the beginning, and is opened the first time
//! alone; what is said of a product follows from the file and from what was opened of it, so that it is said again each time.

use domain::{Quantity, ledger::LineDraft};
use store::{ledger::read, stock::StockFilter};

use super::{Work, goods::Product, movements::Moved};
use crate::imports::{
    Code, ImportError, Issue, Report,
    opening::{self, Made, Opened, Openings},
    post::MAX_LINES,
};

/// What is to be opened, by place.
pub(super) struct Wanted {
    pub(super) quantities: Vec<Quantity>,
    /// What was opened before.
    opened: Opened,
}

impl Work<'_> {
    fn openings(&self) -> Openings<'_> {
        let (context, control, ledger) = (self.context, self.control, &self.ledger);
        Openings { context, control, ledger, origin: &self.origin, space: self.space }
    }

    fn by_place(&self, of: impl Fn(&str) -> Quantity) -> Vec<Quantity> {
        self.goods.all.iter().map(|product| of(&product.sku)).collect()
    }

    /// What each product comes to by all its movements, and how far it falls short on the way when there is nothing to begin with.
    fn by_movements(&self) -> (Vec<Quantity>, Vec<Quantity>) {
        let nothing = self.by_place(|_| Quantity::ZERO);
        let mut net = nothing.clone();
        self.moved.iter().map(Moved::change).for_each(|(place, moved)| net[place] += moved);
        (net, opening::lacking(nothing, self.moved.iter().map(Moved::change)))
    }

    /// What is to be opened for the movements that do not stand.
    pub(super) async fn wanted(&self) -> Result<Wanted, ImportError> {
        // In this order: whoever imports the same meanwhile can only make less of it necessary.
        // The older system has one file: whatever was opened under its name was for what it holds.
        let opened = self.openings().opened(|_| true).await?;
        let filter = StockFilter { sites: self.site.id.into(), ..StockFilter::default() };
        let there = opening::held(&self.context.db, &filter).await?;
        let held = self.by_place(|sku| there.get(sku).copied().unwrap_or(Quantity::ZERO));
        let ids: Vec<_> = self.moved.iter().map(|one| one.id(self.space)).collect();
        let digests = read::digests(&self.context.db, &ids).await?;
        let (standing, missing): (Vec<&Moved>, Vec<&Moved>) =
            self.moved.iter().partition(|one| digests.contains_key(&one.id(self.space)));
        let before = self.by_place(|sku| opened.of(sku));
        let at_hand = opening::at_hand(held.clone(), &before, standing.iter().copied().map(Moved::change));
        let possible = missing.into_iter().filter(|one| self.open_from.is_none_or(|from| one.at >= from));
        let lacking = opening::lacking(at_hand, possible.map(Moved::change));
        let (net, _) = self.by_movements();
        let first_time = |place: usize| standing.is_empty() && place >= considered(&before);
        let unexplained = |place: usize| match self.goods.all[place].stated {
            Some(stated) if first_time(place) && held[place] <= Quantity::ZERO => stated - held[place] - net[place],
            _ => Quantity::ZERO,
        };
        let quantities = lacking.into_iter().enumerate().map(|(place, lacking)| lacking.max(unexplained(place)));
        Ok(Wanted { quantities: quantities.collect(), opened })
    }

    /// Opens it; gives what was opened now, by place.
    pub(super) async fn open(
        &self,
        report: &mut Report,
        issues: &mut Vec<Issue>,
    ) -> Result<Vec<Quantity>, ImportError> {
        let Wanted { quantities, mut opened } = self.wanted().await?;
        let before = self.by_place(|sku| opened.of(sku));
        let first = self.moved.first().map_or_else(|| self.context.clock.now(), |first| first.at);
        let at = self.open_from.map_or(opening::before(first), |from| from.max(opening::before(first)));
        let lines = self.goods.all.iter().zip(quantities).map(|(product, quantity)| line(product, quantity)).collect();
        let Made { postings, refused } = self.openings().post(at, lines, &mut opened).await?;
        report.postings.openings = postings;
        for (sku, why) in &refused {
            let product = self.goods.all.iter().find(|product| product.sku == *sku);
            let (row, name) = product.map_or((0, sku), |product| (product.row, &product.name));
            issues.push(Issue::new(row, Code::NotOpened).at("productos").value(name).detail(why));
        }
        let after = self.by_place(|sku| opened.of(sku));
        issues.extend(self.said(&after));
        Ok(after.into_iter().zip(before).map(|(after, before)| after - before).collect())
    }

    /// What there is to say of each product of which so much was opened.
    fn said(&self, opened: &[Quantity]) -> Vec<Issue> {
        let (net, short) = self.by_movements();
        let mut issues = Vec::new();
        for (place, product) in self.goods.all.iter().enumerate() {
            if short[place] > Quantity::ZERO && opened[place] > Quantity::ZERO {
                let issue = Issue::new(0, Code::Oversold).at("movimientos_stock").value(&product.name);
                issues.push(issue.detail(opened[place].to_string()));
            }
            let comes_to = net[place] + opened[place];
            if let Some(stated) = product.stated.filter(|stated| *stated != comes_to) {
                let issue = Issue::new(product.row, Code::StatedStock).at("productos").value(&stated.to_string());
                issues.push(issue.detail(format!("{}: {comes_to}", product.name)));
            }
        }
        issues
    }

    /// What would be said if it were opened, short of what only an opening makes true.
    pub(super) async fn not_done(&self) -> Result<Vec<Issue>, ImportError> {
        let Wanted { quantities, opened } = self.wanted().await?;
        let before = self.by_place(|sku| opened.of(sku));
        let after: Vec<Quantity> = before.into_iter().zip(quantities).map(|(before, more)| before + more).collect();
        Ok(self.said(&after).into_iter().filter(|issue| issue.code != Code::Oversold).collect())
    }
}

/// Places below this one were looked at when the openings that stand were made.
fn considered(before: &[Quantity]) -> usize {
    let last = before.iter().rposition(|opened| *opened > Quantity::ZERO);
    last.map_or(0, |last| (last / MAX_LINES + 1) * MAX_LINES)
}

fn line(product: &Product, quantity: Quantity) -> Option<LineDraft> {
    let line_cost = product.cost.and_then(|cost| cost.times(quantity));
    let line = LineDraft { sku: product.sku.clone(), quantity, line_cost, ..LineDraft::default() };
    (quantity > Quantity::ZERO).then_some(line)
}
