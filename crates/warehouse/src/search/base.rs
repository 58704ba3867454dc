//! The bulk of the catalogue, sorted once and never changed.
//!
//! Invariant: products are in the order of their texts and words in the order of their letters, each in one long text with
//! offsets, so that what begins alike stands together and nothing is allocated per product.

use std::collections::HashMap;

use super::{
    delta::Delta,
    doc::{Hit, Query, words},
};

/// Texts one after another.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.all[start..self.ends[at] as usize]
    }

    /// Where the texts stand that begin so; the texts are sorted.
    fn beginning(&self, with: &str) -> std::ops::Range<usize> {
        let first = self.first(|text| text >= with);
        let mut end = first;
        // From the first one on they stand together: double the step, then halve it.
        let mut step = 1;
        while end + step <= self.len() && self.get(end + step - 1).starts_with(with) {
            end += step;
            step *= 2;
        }
        while step > 0 {
            if end + step <= self.len() && self.get(end + step - 1).starts_with(with) {
                end += step;
            }
            step /= 2;
        }
        first..end
    }

    /// The first text for which `reached` holds, which then holds for all that follow.
    fn first(&self, reached: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(self.get(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

/// The sorted catalogue.
#[derive(Debug, Default)]
pub(super) struct Base {
    texts: Texts,
    ids: Vec<i64>,
    words: Texts,
    /// Where the places of each word end.
    places_end: Vec<u32>,
    /// Places of the products that have each word.
    places: Vec<u32>,
}

impl Base {
    /// These products with those that changed.
    pub(super) fn with(&self, delta: &Delta) -> Base {
        let kept = (0..self.texts.len()).filter(|at| !delta.knows(self.ids[*at]));
        let mut all: Vec<(&str, i64)> = kept.map(|at| (self.texts.get(at), self.ids[at])).collect();
        all.extend(delta.texts().map(|(id, text)| (text, id)));
        all.sort_unstable();
        let mut base = Base::default();
        let mut places: HashMap<&str, Vec<u32>> = HashMap::new();
        for (place, (text, id)) in (0_u32..).zip(&all) {
            base.texts.push(text);
            base.ids.push(*id);
            for word in words(text) {
                let places = places.entry(word).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let mut sorted: Vec<(&str, Vec<u32>)> = places.into_iter().collect();
        sorted.sort_unstable_by_key(|(word, _)| *word);
        for (word, places) in sorted {
            base.words.push(word);
            base.places.extend(places);
            base.places_end.push(u32::try_from(base.places.len()).unwrap_or(u32::MAX));
        }
        base
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The best `limit` products that have every word, without those for which `hidden` holds.
    pub(super) fn find(&self, query: &Query, limit: usize, hidden: impl Fn(i64) -> bool) -> Vec<Hit> {
        let Some(marks) = self.marks(query) else { return Vec::new() };
        let whole = self.texts.beginning(query.text());
        let first = query.words().next().map_or(0..0, |word| self.texts.beginning(word));
        let mut found = Vec::new();
        // The best stand together, so that the rest need not even be looked at when they are enough.
        let others = (first.start..whole.start).chain(whole.end.max(first.start)..first.end);
        let rest = (0..first.start).chain(first.end..self.len());
        let ranked = whole.clone().map(|at| (0, at)).chain(others.map(|at| (1, at))).chain(rest.map(|at| (2, at)));
        for (rank, at) in ranked.filter(|(_, at)| marks.has(*at)) {
            if hidden(self.ids[at]) {
                continue;
            }
            found.push(Hit { rank, text: self.texts.get(at).to_owned(), id: self.ids[at] });
            if found.len() == limit {
                break;
            }
        }
        found
    }

    /// The products that have every word; `None` when some word has none.
    fn marks(&self, query: &Query) -> Option<Marks> {
        let mut all: Option<Marks> = None;
        for word in query.words() {
            let range = self.words.beginning(word);
            if range.is_empty() {
                return None;
            }
            let start = if range.start == 0 { 0 } else { self.places_end[range.start - 1] as usize };
            let end = self.places_end[range.end - 1] as usize;
            let mut marks = Marks::new(self.len());
            self.places[start..end].iter().for_each(|place| marks.set(*place as usize));
            all = Some(match all {
                Some(before) => before.and(&marks),
                None => marks,
            });
        }
        all
    }
}

/// One bit for each product.
#[derive(Debug)]
struct Marks(Vec<u64>);

impl Marks {
    fn new(count: usize) -> Marks {
        Marks(vec![0; count.div_ceil(64)])
    }

    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    fn and(mut self, other: &Marks) -> Marks {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
        self
    }
}

#[cfg(test)]
mod tests {
    use store::catalog::Entry;

    use super::*;

    fn entry(id: i64, name: &str, barcodes: &str, active: i64) -> Entry {
        let search_key = domain::fold::fold(name);
        Entry { id, changed: id, sku: String::new(), name: name.into(), search_key, barcodes: barcodes.into(), active }
    }

    fn shop() -> Base {
        let mut delta = Delta::default();
        delta.extend(&[
            entry(1, "Leche La Serenísima 1L", "7790742333001", 1),
            entry(2, "Dulce de leche", "", 1),
            entry(3, "Leche Sancor", "", 1),
            entry(4, "Lechuga", "", 1),
            entry(5, "Leche vieja", "", 0),
            entry(6, "Alfajor de dulce de leche", "", 1),
        ]);
        Base::default().with(&delta)
    }

    fn check(base: &Base, text: &str, expect: &[i64]) {
        let found = base.find(&Query::new(text), 10, |_| false);
        assert_eq!(found.iter().map(|hit| hit.id).collect::<Vec<_>>(), expect, "{text}");
        let mut sorted = found.clone();
        sorted.sort_unstable();
        assert_eq!(found, sorted, "the order of the base is the order of hits");
    }

    #[test]
    fn names_that_begin_so_come_first_then_the_alphabet() {
        let base = shop();
        check(&base, "leche", &[1, 3, 6, 2]);
        check(&base, "lech", &[1, 3, 4, 6, 2]);
        check(&base, "LECHE seren", &[1]);
        check(&base, "dulce l", &[2, 6]);
        check(&base, "779074", &[1]);
        check(&base, "leche queso", &[]);
        check(&base, "zzz", &[]);
    }

    #[test]
    fn what_changed_replaces_what_was_there() {
        let mut delta = Delta::default();
        delta.extend(&[entry(1, "Yerba", "", 1), entry(3, "Leche Sancor", "", 0)]);
        let base = shop();
        assert_eq!(base.find(&Query::new("leche"), 10, |id| delta.knows(id)).len(), 2);
        check(&base.with(&delta), "leche", &[6, 2]);
        check(&base.with(&delta), "yerba", &[1]);
    }

    #[test]
    fn ranges_end_where_the_beginning_ends() {
        let mut texts = Texts::default();
        for n in 0..100 {
            texts.push(&format!("a{n:02}"));
        }
        for n in 0..7 {
            texts.push(&format!("b{n}"));
        }
        assert_eq!((texts.beginning("a"), texts.beginning("b"), texts.beginning("a5")), (0..100, 100..107, 50..60));
        assert_eq!((texts.beginning("c"), texts.beginning("a999"), texts.beginning("")), (107..107, 100..100, 0..107));
    }
}
