//! A naive model of the ledger, written from its description: no batches, no indexes, no log of changes; what there is is
//! copied before each posting and put back when a line is refused.

use std::collections::BTreeMap;

use domain::{
    Day,
    ledger::{Draft, LineDraft, LotDraft, PostingKind as Kind},
};

/// The lot of goods without one.
pub const NO_LOT: (&str, Option<i32>) = ("", None);

/// Place, SKU, lot code, last day.
type Held = (String, String, String, Option<i32>);

/// Place, day, SKU, kind.
type FlowKey = (String, i32, String, &'static str);

/// Sums of a flow: quantity, value, revenue.
pub type Sums = (i64, i64, i64);

/// A site as the model sees it.
#[derive(Debug, Default)]
pub struct Model {
    /// Whether sales may leave less than nothing.
    pub oversell: bool,
    /// What places hold, virtual ones included, in thousandths.
    pub stock: BTreeMap<Held, i64>,
    /// Quantity, value and last unit cost by SKU.
    pub books: BTreeMap<String, (i64, i64, i64)>,
    /// Flows by place, day, SKU, kind.
    pub flows: BTreeMap<FlowKey, Sums>,
    /// Flows of the posting in hand.
    pub pending: Vec<(FlowKey, Sums)>,
}

/// A posting that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Where.
    pub site: String,
    /// Its kind.
    pub kind: Kind,
    /// What it links to.
    pub link: Option<u128>,
    /// What it moved.
    pub moved: Vec<Moved>,
}

/// Every posting taken, of all sites.
pub type Taking = BTreeMap<u128, Taken>;

/// Of a product, what corrections left of a posting.
fn kept(taking: &Taking, id: u128, sku: &str) -> i64 {
    let moved: i64 = taking[&id].moved.iter().filter(|m| m.sku == sku).map(|m| m.quantity).sum();
    let back = taking.iter().filter(|(_, t)| t.link == Some(id) && t.kind == Kind::Correction);
    moved - back.map(|(back, _)| kept(taking, *back, sku)).sum::<i64>()
}

/// Of a product, what nobody took from a posting yet.
pub fn left_of(taking: &Taking, id: u128, sku: &str) -> i64 {
    let moved: i64 = taking[&id].moved.iter().filter(|m| m.sku == sku).map(|m| m.quantity).sum();
    let linked = taking.iter().filter(|(_, t)| t.link == Some(id));
    moved - linked.map(|(linked, _)| kept(taking, *linked, sku)).sum::<i64>()
}

/// What is left of each movement of a posting after its corrections: product, lot and way, pooled.
fn unmoved(taking: &Taking, id: u128) -> Vec<(usize, i64)> {
    let mut pool = taken_back(taking, id);
    let mut left = Vec::new();
    for (index, m) in taking[&id].moved.iter().enumerate().rev() {
        let gone = pool.get_mut(&(m.sku.clone(), m.lot.clone(), m.from.clone(), m.to.clone()));
        let gone = gone.map_or(0, |pool| {
            let gone = (*pool).min(m.quantity);
            *pool -= gone;
            gone
        });
        if m.quantity > gone {
            left.push((index, m.quantity - gone));
        }
    }
    left
}

type Way = (String, (String, Option<i32>), String, String);

fn taken_back(taking: &Taking, id: u128) -> BTreeMap<Way, i64> {
    let mut sums = BTreeMap::new();
    for (back, taken) in taking.iter().filter(|(_, t)| t.link == Some(id) && t.kind == Kind::Correction) {
        for m in &taken.moved {
            *sums.entry((m.sku.clone(), m.lot.clone(), m.to.clone(), m.from.clone())).or_default() += m.quantity;
        }
        for ((sku, lot, from, to), again) in taken_back(taking, *back) {
            *sums.entry((sku, lot, to, from)).or_default() -= again;
        }
    }
    sums
}

fn may_link(kind: Kind, original: Kind) -> bool {
    matches!(
        (kind, original),
        (Kind::Correction, _)
            | (Kind::CustomerReturn, Kind::Sale)
            | (Kind::SupplierReturn, Kind::Receipt)
            | (Kind::TransferIn, Kind::TransferOut)
            | (Kind::Loss, Kind::TransferIn)
    )
}

/// A movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Place it left.
    pub from: String,
    /// Place it entered.
    pub to: String,
    /// Which product.
    pub sku: String,
    /// Which lot.
    pub lot: (String, Option<i32>),
    /// How much, in thousandths.
    pub quantity: i64,
    /// Its book value, in 1/10 000.
    pub value: i64,
    /// Sold for.
    pub revenue: i64,
}

fn own(place: &str) -> bool {
    matches!(place, "deposito" | "salon")
}

/// `part / whole` of an amount, half away from zero.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    let doubled = 2 * amount * part;
    let rounded = (doubled.abs() + whole) / (2 * whole);
    i64::try_from(if doubled < 0 { -rounded } else { rounded }).unwrap()
}

/// Parts of an amount in proportion, largest remainder first.
fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i64 = weights.iter().sum();
    let exact = |w: &i64| i128::from(amount) * i128::from(*w);
    let mut parts: Vec<i64> =
        weights.iter().map(|w| i64::try_from(exact(w).div_euclid(i128::from(whole))).unwrap()).collect();
    let mut rest: Vec<(i128, usize)> =
        weights.iter().enumerate().map(|(i, w)| (exact(w).rem_euclid(i128::from(whole)), i)).collect();
    rest.sort_by_key(|(remainder, i)| (-remainder, *i));
    for (_, i) in rest.iter().take(usize::try_from(amount - parts.iter().sum::<i64>()).unwrap()) {
        parts[*i] += 1;
    }
    parts
}

impl Model {
    /// Posts a draft on a day. What it moved, or `None` when it is refused.
    pub fn post(&mut self, draft: &Draft, day: Day, taking: &mut Taking) -> Option<Vec<Moved>> {
        let before = (self.stock.clone(), self.books.clone());
        let moved = self.attempt(draft, day, taking);
        match &moved {
            Some(moved) => {
                let link = draft.corrects.map(|id| id.as_u128());
                let (site, kind, moved) = (draft.site.clone(), draft.kind, moved.clone());
                taking.insert(draft.id.as_u128(), Taken { site, kind, link, moved });
                for (key, change) in std::mem::take(&mut self.pending) {
                    let sums = self.flows.entry(key).or_default();
                    *sums = (sums.0 + change.0, sums.1 + change.1, sums.2 + change.2);
                }
            }
            None => {
                (self.stock, self.books) = before;
                self.pending.clear();
            }
        }
        moved
    }

    fn attempt(&mut self, draft: &Draft, day: Day, taking: &Taking) -> Option<Vec<Moved>> {
        let link = draft.corrects.map(|id| id.as_u128());
        if let Some(id) = link {
            let original = taking.get(&id)?;
            let near = original.site == draft.site || draft.kind == Kind::TransferIn;
            if !near || !may_link(draft.kind, original.kind) {
                return None;
            }
            let mut asked: BTreeMap<&str, i64> = BTreeMap::new();
            for line in &draft.lines {
                *asked.entry(&line.sku).or_default() += line.quantity.milli();
            }
            if asked.iter().any(|(sku, quantity)| *quantity > left_of(taking, id, sku)) {
                return None;
            }
        } else if matches!(draft.kind, Kind::Correction | Kind::TransferIn) {
            return None;
        }
        if let (Kind::Correction, Some(id)) = (draft.kind, link) {
            return self.take_back(id, draft, day, taking);
        }
        let original = link.map(|id| &taking[&id]);
        let mut all = Vec::new();
        for line in &draft.lines {
            all.extend(self.line(draft, line, day, original)?);
        }
        Some(all)
    }

    fn take_back(&mut self, id: u128, draft: &Draft, day: Day, taking: &Taking) -> Option<Vec<Moved>> {
        let original = &taking[&id];
        let mut left = unmoved(taking, id);
        if left.is_empty() {
            return None;
        }
        let mut parts = left.clone();
        if !draft.lines.is_empty() {
            parts.clear();
            for line in &draft.lines {
                let mut wanted = line.quantity.milli();
                for (index, quantity) in left.iter_mut().filter(|(i, _)| original.moved[*i].sku == line.sku) {
                    let taken = wanted.min(*quantity);
                    if taken > 0 {
                        parts.push((*index, taken));
                        (*quantity, wanted) = (*quantity - taken, wanted - taken);
                    }
                }
                if wanted > 0 {
                    return None;
                }
            }
        }
        for (index, _) in &parts {
            let sku = &original.moved[*index].sku;
            let asked: i64 = parts.iter().filter(|(i, _)| original.moved[*i].sku == *sku).map(|part| part.1).sum();
            if asked > left_of(taking, id, sku) {
                return None;
            }
        }
        let mut all = Vec::new();
        for (index, quantity) in parts {
            let m = &original.moved[index];
            if own(&m.to) && self.held(&m.to, &m.sku, &m.lot) < quantity {
                return None;
            }
            let of_it = |amount| share(amount, quantity, m.quantity);
            let (from, to, revenue) = (m.to.clone(), m.from.clone(), -of_it(m.revenue));
            let back = Moved { from, to, quantity, revenue, ..m.clone() };
            all.push(self.carry(back, Some(of_it(m.value)), Kind::Correction, day));
        }
        Some(all)
    }

    fn line(&mut self, draft: &Draft, line: &LineDraft, day: Day, original: Option<&Taken>) -> Option<Vec<Moved>> {
        let (from, to) = route(draft.kind, line);
        let picks = match (from.as_deref(), to.as_deref()) {
            (Some(from), to) if !own(from) => self.picks_in(draft.kind, line, from, to),
            (from, to) => self.picks_out(draft.kind, line, (from, to?), day)?,
        };
        let weights: Vec<i64> = picks.iter().map(|pick| pick.quantity).collect();
        let mut cost = line.line_cost.map(domain::Money::minor);
        if let Some(original) = original.filter(|_| draft.kind != Kind::Loss) {
            let same: Vec<&Moved> = original.moved.iter().filter(|m| m.sku == line.sku).collect();
            let (quantity, value) = same.iter().fold((0, 0), |sum, m| (sum.0 + m.quantity, sum.1 + m.value));
            cost = cost.or_else(|| (quantity > 0).then(|| share(value, line.quantity.milli(), quantity)));
        }
        let price = line.unit_price.map_or(0, domain::Money::minor);
        let revenue = match draft.kind {
            Kind::Sale => share(price, line.quantity.milli(), 1000),
            Kind::CustomerReturn => -share(price, line.quantity.milli(), 1000),
            _ => 0,
        };
        let costs = cost.map(|cost| split(cost, &weights));
        let revenues = split(revenue, &weights);
        let carried = picks.into_iter().enumerate().map(|(i, pick)| {
            let cost = costs.as_ref().map(|costs| costs[i]);
            self.carry(Moved { revenue: revenues[i], ..pick }, cost, draft.kind, day)
        });
        Some(carried.collect())
    }

    fn picks_in(&self, kind: Kind, line: &LineDraft, from: &str, to: Option<&str>) -> Vec<Moved> {
        let lot = line.lot.as_ref().map_or(("", None), lot_key);
        let pick = |to: &str, lot: (&str, Option<i32>), quantity| moved(from, to, &line.sku, lot, quantity);
        if let Some(to) = to {
            return vec![pick(to, lot, line.quantity.milli())];
        }
        let (mut picks, mut left) = (Vec::new(), line.quantity.milli());
        for place in ["salon", "deposito"] {
            let short = (-self.held(place, &line.sku, &(String::new(), None))).min(left);
            if short > 0 {
                picks.push(pick(place, NO_LOT, short));
                left -= short;
            }
        }
        if left > 0 {
            let floor = matches!(kind, Kind::CustomerReturn | Kind::Found);
            picks.push(pick(if floor { "salon" } else { "deposito" }, lot, left));
        }
        picks
    }

    fn picks_out(
        &self,
        kind: Kind,
        line: &LineDraft,
        (from, to): (Option<&str>, &str),
        day: Day,
    ) -> Option<Vec<Moved>> {
        let floor_first = matches!(kind, Kind::Sale | Kind::Waste | Kind::Loss | Kind::Consumption | Kind::Count);
        let both = if floor_first { ["salon", "deposito"] } else { ["deposito", "salon"] };
        let places: Vec<&str> =
            from.map_or_else(|| both.to_vec(), |from| vec![from]).into_iter().filter(|p| *p != to).collect();
        let wanted = line.quantity.milli();
        let lots_of = |place: &str| -> Vec<(Held, i64)> {
            let mut lots: Vec<(Held, i64)> = self
                .stock
                .iter()
                .filter(|((p, sku, ..), held)| p == place && *sku == line.sku && **held > 0)
                .filter(|((.., last), _)| kind != Kind::Sale || last.is_none_or(|last| day.number() <= last))
                .filter(|((_, _, code, last), _)| {
                    line.lot.as_ref().is_none_or(|lot| {
                        *code == lot.code && (lot.expires_on.is_none() || *last == lot.expires_on.map(Day::number))
                    })
                })
                .map(|(key, held)| (key.clone(), *held))
                .collect();
            lots.sort_by_key(|((_, _, code, last), _)| (last.unwrap_or(i32::MAX), code.clone()));
            lots
        };
        let sum = |lots: &[(Held, i64)]| lots.iter().map(|(_, held)| held).sum::<i64>();
        let enough = places.iter().map(|place| lots_of(place)).find(|lots| sum(lots) >= wanted);
        let lots = enough.unwrap_or_else(|| places.iter().flat_map(|place| lots_of(place)).collect());
        let (mut picks, mut left) = (Vec::new(), wanted);
        for ((place, _, code, last), held) in lots {
            let taken = held.min(left);
            if taken > 0 {
                picks.push(moved(&place, to, &line.sku, (&code, last), taken));
                left -= taken;
            }
        }
        if left > 0 {
            if kind != Kind::Sale || !self.oversell || line.lot.is_some() {
                return None;
            }
            picks.push(moved(places[0], to, &line.sku, NO_LOT, left));
        }
        Some(picks)
    }

    fn held(&self, place: &str, sku: &str, lot: &(String, Option<i32>)) -> i64 {
        self.stock.get(&(place.to_owned(), sku.to_owned(), lot.0.clone(), lot.1)).copied().unwrap_or(0)
    }

    fn carry(&mut self, mut m: Moved, cost: Option<i64>, kind: Kind, day: Day) -> Moved {
        let book = self.books.entry(m.sku.clone()).or_default();
        let (on_hand, value, last) = *book;
        let average = |q: i64| {
            if on_hand <= 0 {
                0
            } else if q >= on_hand {
                value
            } else {
                share(value, q, on_hand)
            }
        };
        let mut settled = 0;
        match (own(&m.from), own(&m.to)) {
            (false, true) => {
                let estimate =
                    if on_hand > 0 { share(value, m.quantity, on_hand) } else { share(last, m.quantity, 1000) };
                m.value = cost.unwrap_or(estimate);
                settled = share(m.value, (-on_hand).clamp(0, m.quantity), m.quantity);
                *book = (on_hand + m.quantity, value + m.value - settled, share(m.value, 1000, m.quantity));
            }
            (true, false) => {
                m.value = cost.map_or_else(
                    || average(m.quantity),
                    |c| if m.quantity < on_hand && c < value { c } else { average(m.quantity) },
                );
                *book = (on_hand - m.quantity, value - m.value, last);
            }
            (true, true) => m.value = average(m.quantity),
            (false, false) => m.value = 0,
        }
        *self.stock.entry((m.from.clone(), m.sku.clone(), m.lot.0.clone(), m.lot.1)).or_default() -= m.quantity;
        *self.stock.entry((m.to.clone(), m.sku.clone(), m.lot.0.clone(), m.lot.1)).or_default() += m.quantity;
        let sold = |counts: bool| if counts { m.revenue } else { 0 };
        if own(&m.from) {
            self.flow(&m.from, &m.sku, (day, kind), (-m.quantity, -m.value, sold(true)));
        }
        if own(&m.to) {
            let revenue = sold(!own(&m.from));
            self.flow(&m.to, &m.sku, (day, kind), (m.quantity, m.value - settled, revenue));
        }
        m
    }

    fn flow(&mut self, place: &str, sku: &str, (day, kind): (Day, Kind), change: Sums) {
        self.pending.push(((place.to_owned(), day.number(), sku.to_owned(), kind.name()), change));
    }
}

fn moved(from: &str, to: &str, sku: &str, lot: (&str, Option<i32>), quantity: i64) -> Moved {
    let lot = (lot.0.to_owned(), lot.1);
    Moved { from: from.to_owned(), to: to.to_owned(), sku: sku.to_owned(), lot, quantity, value: 0, revenue: 0 }
}

fn lot_key(lot: &LotDraft) -> (&str, Option<i32>) {
    (&lot.code, lot.expires_on.map(Day::number))
}

/// Where a line goes by its kind; an own place it does not name stays open.
fn route(kind: Kind, line: &LineDraft) -> (Option<String>, Option<String>) {
    let counterpart = |code: &str| Some(code.to_owned());
    let (from, to) = match kind {
        Kind::Opening => (counterpart("opening"), None),
        Kind::Receipt => (counterpart("supplier"), None),
        Kind::Sale => (None, counterpart("customer")),
        Kind::CustomerReturn => (counterpart("customer"), None),
        Kind::SupplierReturn => (None, counterpart("supplier")),
        Kind::TransferOut => (None, counterpart("transit")),
        Kind::TransferIn => (counterpart("transit"), None),
        Kind::Waste => (None, counterpart("waste")),
        Kind::Loss | Kind::Count => (None, counterpart("loss")),
        Kind::Found => (counterpart("loss"), None),
        Kind::Production => (counterpart("production"), None),
        Kind::Consumption => (None, counterpart("production")),
        Kind::Move | Kind::Correction => (None, None),
    };
    (line.from.clone().or(from), line.to.clone().or(to))
}
