//! The errors gathered while a request is read.
//!
//! Invariant: never more than [`MOST`] are kept; how many more there were is told in one last.

use std::collections::HashSet;

use crate::http::problem::FieldError;

/// Errors reported of one request.
const MOST: usize = 100;

/// Errors so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    list: Vec<FieldError>,
    more: usize,
}

impl Errors {
    pub(super) fn add(&mut self, error: FieldError) {
        if self.list.len() < MOST {
            self.list.push(error);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn into_list(mut self) -> Vec<FieldError> {
        if self.more > 0 {
            self.list.push(FieldError::new("", "more_errors").arg("count", self.more));
        }
        self.list
    }
}

/// Positions of the items whose name an earlier one has. Linear, so that a long object cannot be used to keep us busy.
pub(super) fn repeated<T>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<usize> {
    if items.len() <= 16 {
        let earlier = |index: usize| items[..index].iter().any(|item| name(item) == name(&items[index]));
        return (1..items.len()).filter(|index| earlier(*index)).collect();
    }
    let mut seen = HashSet::with_capacity(items.len());
    (0..items.len()).filter(|index| !seen.insert(name(&items[*index]))).collect()
}
