//! How much of a plan stands in the ledger already.
//!
//! Invariant: every posting of a plan is one thing: missing, there as the file says it, there in part and that part as the file says
//! it, or there and otherwise. Nothing is missing of a document of which anything is there and otherwise: a row that moved on to
//! the next part, or is taken for another class than before, would be posted twice.

use std::collections::{HashMap, HashSet};

use domain::{
    Quantity, Timestamp, ids,
    ledger::{Draft, canonical},
};
use store::ledger::read;
use uuid::Uuid;

use super::{
    Work,
    class::Class,
    opening::moves,
    plan::{Group, Line, Plan},
};
use crate::imports::{ImportError, opening::open_from};

/// What there is of a document.
pub(super) enum State {
    Missing,
    Stands,
    Partly(Part),
    /// What stands is not what the file says now.
    Changed,
}

impl State {
    fn lacks_something(&self) -> bool {
        matches!(self, State::Missing | State::Partly(Part { rest: Some(_), .. }))
    }
}

/// A document over several postings: rows that were refused and have been put right since come after the others.
pub(super) struct Part {
    /// What stands, with what it is known by.
    pub(super) there: Vec<(Uuid, Group)>,
    /// What does not, if anything, with what it will be known by.
    pub(super) rest: Option<(Uuid, Group)>,
}

impl Part {
    fn lines_there(&self) -> impl Iterator<Item = &[Line]> {
        self.there.iter().map(|(_, group)| group.lines.as_slice())
    }
}

/// How much of a plan stands.
pub(super) struct Standing {
    /// Of each of its groups.
    pub(super) states: Vec<State>,
    /// What happened before is of a closed day and cannot be posted.
    pub(super) open_from: Option<Timestamp>,
}

impl Standing {
    /// What moved by what stands, in the order of the plan.
    pub(super) fn moves<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (usize, Quantity)> + 'a {
        plan.groups.iter().zip(&self.states).flat_map(|(group, state)| {
            let lines: Vec<&[Line]> = match state {
                State::Missing => Vec::new(),
                State::Stands | State::Changed => vec![&group.lines],
                State::Partly(part) => part.lines_there().collect(),
            };
            lines.into_iter().flat_map(|lines| moves(group, lines))
        })
    }

    /// What is still to be posted, in the order in which it will be: whole documents, then what others lack.
    pub(super) fn missing<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a Group> + 'a {
        let both = || plan.groups.iter().zip(&self.states);
        let whole = both().filter(|(_, state)| matches!(state, State::Missing)).map(|(group, _)| group);
        let rests = both().filter_map(|(_, state)| match state {
            State::Partly(Part { rest: Some((_, rest)), .. }) => Some(rest),
            _ => None,
        });
        whole.chain(rests).filter(|group| self.open_from.is_none_or(|from| group.at >= from))
    }

    /// What that will move.
    pub(super) fn missing_moves<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (usize, Quantity)> + 'a {
        self.missing(plan).flat_map(|group| moves(group, &group.lines))
    }
}

impl Work<'_> {
    pub(super) async fn standing(&self, plan: &Plan) -> Result<Standing, ImportError> {
        let ids: Vec<Uuid> = plan.groups.iter().map(|group| self.drafter(plan).id(group)).collect();
        let digests = read::digests(&self.context.db, &ids).await?;
        let mut states = Vec::with_capacity(ids.len());
        for (group, id) in plan.groups.iter().zip(&ids) {
            states.push(match digests.get(id) {
                None => State::Missing,
                Some(digest) if *digest == canonical::draft_digest(&self.drafter(plan).draft(group)) => State::Stands,
                Some(_) => self.partly(plan, group).await?.map_or(State::Changed, State::Partly),
            });
        }
        self.hold_back(plan, &mut states).await?;
        Ok(Standing { states, open_from: open_from(self.context, &self.site).await? })
    }

    /// Adds nothing to documents of which something stands that the file does not say any more: what they seem to lack may be that.
    async fn hold_back(&self, plan: &Plan, states: &mut [State]) -> Result<(), ImportError> {
        let mut changed = self.said_otherwise(plan, states).await?;
        let both = plan.groups.iter().zip(&*states);
        changed.extend(both.filter(|(_, state)| matches!(state, State::Changed)).map(|(group, _)| group.document()));
        for (group, state) in plan.groups.iter().zip(states) {
            if state.lacks_something() && changed.contains(&group.document()) {
                *state = State::Changed;
            }
        }
        Ok(())
    }

    /// The documents that lack something and have a posting of a class that no line of theirs is of: what a line is taken for depends
    /// on the whole file.
    async fn said_otherwise(&self, plan: &Plan, states: &[State]) -> Result<HashSet<(u32, Timestamp)>, ImportError> {
        let both = plan.groups.iter().zip(states).filter(|(_, state)| state.lacks_something());
        let lacking: HashMap<_, &Group> = both.map(|(group, _)| (group.document(), group)).collect();
        if !self.has_any_of_those_days(lacking.values().map(|group| group.at)).await? {
            return Ok(HashSet::new());
        }
        let said: HashSet<_> = plan.groups.iter().map(|group| (group.document(), group.class)).collect();
        let others = lacking.iter().flat_map(|(document, group)| {
            let unsaid = Class::ALL.into_iter().filter(|class| !said.contains(&(*document, *class)));
            unsaid.map(|class| (self.drafter(plan).id(&group.as_of_class(class)), *document))
        });
        let others: Vec<_> = others.collect();
        let ids: Vec<Uuid> = others.iter().map(|(id, _)| *id).collect();
        let standing = read::digests(&self.context.db, &ids).await?;
        Ok(others.into_iter().filter(|(id, _)| standing.contains_key(id)).map(|(_, document)| document).collect())
    }

    /// Whether anything was posted on the days of those instants, or on one beside them. When a file is first imported nothing was, most
    /// often, and none of its documents has to be looked for.
    async fn has_any_of_those_days(&self, instants: impl Iterator<Item = Timestamp>) -> Result<bool, ImportError> {
        let days: Vec<_> = instants.map(|at| self.site.zone.day_of(at)).collect();
        let Some((first, last)) = days.iter().min().zip(days.iter().max()) else { return Ok(false) };
        Ok(read::any_between(&self.context.db, self.site.id, (first.plus(-1), last.plus(1))).await?)
    }

    /// A document of which something else stands than the file says; `None` when what stands is not a part of that.
    async fn partly(&self, plan: &Plan, group: &Group) -> Result<Option<Part>, ImportError> {
        let (mut id, mut left, mut there) = (self.drafter(plan).id(group), group.clone(), Vec::new());
        loop {
            let Some(stands) = read::posting(&self.context.db, id).await? else {
                return Ok(Some(Part { there, rest: Some((id, left)) }));
            };
            let skus: HashSet<&str> = stands.entry.movements.iter().map(|movement| &*movement.sku).collect();
            let (same, rest) = left.divided(|line| skus.contains(plan.skus[line.product as usize].as_str()));
            let draft = Draft { id, ..self.drafter(plan).draft(&same) };
            if same.lines.is_empty() || canonical::draft_digest(&draft) != stands.entry.digest {
                return Ok(None);
            }
            there.push((id, same));
            if rest.lines.is_empty() {
                return Ok(Some(Part { there, rest: None }));
            }
            (id, left) = (ids::named(id, "rest"), rest);
        }
    }
}
