//! Fields of forms, as the template draws them.
//!
//! Invariant: what was typed as a password or a code is never written into a page.

use platform::http::Problem;

use crate::{form, frame::Frame};

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// Tells it from one of the same name in another form of the page.
    pub(crate) form: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    /// As HTML names it: `text`, `password`, `email`, `tel`.
    pub(crate) kind: &'static str,
    /// As HTML names it.
    pub(crate) autocomplete: &'static str,
    pub(crate) help: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) required: bool,
    pub(crate) most_chars: usize,
    /// Whether it takes digits, so that a phone shows them first.
    pub(crate) digits: bool,
    /// Whether the page begins there.
    pub(crate) first: bool,
}

impl Field {
    /// A line of text that has to be filled in.
    pub(crate) fn new(frame: &Frame, name: &'static str, label: &str) -> Field {
        Field {
            name,
            form: "",
            label: frame.say(label),
            value: String::new(),
            kind: "text",
            autocomplete: "off",
            help: None,
            error: None,
            required: true,
            most_chars: 100,
            digits: false,
            first: false,
        }
    }

    /// A password; `autocomplete` tells password managers which.
    pub(crate) fn password(frame: &Frame, name: &'static str, label: &str, autocomplete: &'static str) -> Field {
        Field { kind: "password", autocomplete, most_chars: 200, ..Field::new(frame, name, label) }
    }

    /// A code of six digits or a recovery code.
    pub(crate) fn code(frame: &Frame, label: &str) -> Field {
        Field { autocomplete: "one-time-code", most_chars: 32, digits: true, ..Field::new(frame, "code", label) }
    }

    pub(crate) fn of_kind(mut self, kind: &'static str, autocomplete: &'static str) -> Field {
        (self.kind, self.autocomplete) = (kind, autocomplete);
        self
    }

    pub(crate) fn in_form(mut self, form: &'static str) -> Field {
        self.form = form;
        self
    }

    pub(crate) fn optional(mut self) -> Field {
        self.required = false;
        self
    }

    pub(crate) fn first(mut self) -> Field {
        self.first = true;
        self
    }

    pub(crate) fn with(mut self, value: &str) -> Field {
        value.clone_into(&mut self.value);
        self
    }

    pub(crate) fn helped(mut self, help: String) -> Field {
        self.help = Some(help);
        self
    }

    /// With what is wrong with it, when something is.
    pub(crate) fn judged(mut self, frame: &Frame, problem: Option<&Problem>) -> Field {
        self.error = faults_text(frame, problem, self.name);
        self
    }
}

/// What is wrong with one field, when something is.
pub(crate) fn faults_text(frame: &Frame, problem: Option<&Problem>, name: &str) -> Option<String> {
    let errors = problem.into_iter().flat_map(|problem| form::faults(problem, name));
    let texts: Vec<String> = errors.map(|error| error.message(frame.locale())).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// What is wrong with a form as a whole; nothing when each fault stands beside its field.
pub(crate) fn whole_fault(frame: &Frame, problem: Option<&Problem>, fields: &[&str]) -> Option<String> {
    let problem = problem?;
    let beside = |error: &platform::http::problem::FieldError| {
        fields.iter().any(|name| error.field == *name || error.field.starts_with(&format!("{name}[")))
    };
    let rest: Vec<String> =
        problem.errors().iter().filter(|error| !beside(error)).map(|error| error.message(frame.locale())).collect();
    if problem.errors().is_empty() || !rest.is_empty() {
        let detail = problem.document_in(frame.locale()).detail;
        return Some(if rest.is_empty() { detail } else { rest.join(" ") });
    }
    Some(frame.say("ui-look-below"))
}
