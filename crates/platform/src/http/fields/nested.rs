//! Lists and objects inside an object.
//!
//! Invariant: what is inside is read to its end even after an error, so that all errors are told at once; only a list that is
//! too long is not looked into.

use std::{mem, ops::RangeInclusive};

use super::{Fault, Fields, Read, Value};

impl<'a> Fields<'a> {
    /// A list of objects that must be there, each read by `each`.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        count: RangeInclusive<usize>,
        each: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.take(name) {
            Some(Value::Null) | None => self.fail(name, Fault::new("required")),
            Some(value) => self.objects(name, value, &count, each),
        }
    }

    /// A list of objects that may be missing or null.
    pub fn optional_list<T>(
        &mut self,
        name: &'static str,
        count: RangeInclusive<usize>,
        each: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.take(name) {
            Some(Value::Null) | None => None,
            Some(value) => self.objects(name, value, &count, each),
        }
    }

    /// A list of plain values that may be missing or null.
    pub fn optional_items<T>(
        &mut self,
        name: &'static str,
        count: RangeInclusive<usize>,
        read: impl Fn(&Value<'_>) -> Read<T>,
    ) -> Option<Vec<T>> {
        let value = self.take(name).filter(|value| *value != Value::Null)?;
        let items = self.items(name, value, &count)?;
        let path = self.path_of(name);
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match read(item) {
                Ok(value) => values.push(value),
                Err(fault) => self.errors.add(fault.at(format!("{path}[{index}]"))),
            }
        }
        (values.len() == items.len()).then_some(values)
    }

    /// An object that must be there.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnMut(&mut Fields<'a>) -> Option<T>) -> Option<T> {
        match self.take(name) {
            Some(Value::Null) | None => self.fail(name, Fault::new("required")),
            Some(value) => self.within(value, self.path_of(name), read),
        }
    }

    /// An object that may be missing or null.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.take(name) {
            Some(Value::Null) | None => None,
            Some(value) => self.within(value, self.path_of(name), read),
        }
    }

    fn objects<T>(
        &mut self,
        name: &str,
        value: Value<'a>,
        count: &RangeInclusive<usize>,
        mut each: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(name, value, count)?;
        let path = self.path_of(name);
        let (mut values, all) = (Vec::with_capacity(items.len()), items.len());
        for (index, item) in items.into_iter().enumerate() {
            values.extend(self.within(item, format!("{path}[{index}]"), &mut each));
        }
        (values.len() == all).then_some(values)
    }

    fn items(&mut self, name: &str, value: Value<'a>, count: &RangeInclusive<usize>) -> Option<Vec<Value<'a>>> {
        let Value::List(items) = value else { return self.fail(name, Fault::wrong_type("list")) };
        if items.len() > *count.end() {
            return self.fail(name, Fault::new("too_many_items").arg("most", *count.end()));
        }
        if items.len() < *count.start() {
            return self.fail(name, Fault::new("too_few_items").arg("least", *count.start()));
        }
        Some(items)
    }

    /// Reads the object `value` at `path`; the errors travel into it and back.
    fn within<T>(
        &mut self,
        value: Value<'a>,
        path: String,
        mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(members) = value else {
            self.errors.add(Fault::wrong_type("object").at(path));
            return None;
        };
        let mut inner = Fields::new(members, path, mem::take(&mut self.errors), self.source);
        let value = read(&mut inner);
        inner.refuse_unknown();
        self.errors = inner.errors;
        value
    }
}
