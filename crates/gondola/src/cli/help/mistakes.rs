//! What is wrong with a command line, in Spanish.
//!
//! Invariant: every kind of mistake that the parser tells apart has its own words, made of what it knows of the mistake: nothing of
//! its English gets through.

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What to tell of a mistake; `None` when it is none, but a call for help or for the version.
pub(super) fn told(error: &Error) -> Option<String> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return None;
    }
    let mut text = format!("error: {}", Mistake(error).what());
    if let Some(usage) = Mistake(error).usage() {
        text.push_str(&format!("\n\nUso: {usage}"));
    }
    text.push_str("\n\n«--help» muestra la ayuda.");
    Some(text)
}

struct Mistake<'e>(&'e Error);

impl Mistake<'_> {
    fn what(&self) -> String {
        let (argument, value) = (self.text(ContextKind::InvalidArg), self.text(ContextKind::InvalidValue));
        let number = |kind| self.number(kind);
        match self.0.kind() {
            ErrorKind::InvalidSubcommand => {
                let name = self.text(ContextKind::InvalidSubcommand);
                format!("no existe el comando «{name}»{}", self.meant(ContextKind::SuggestedSubcommand))
            }
            ErrorKind::UnknownArgument => self.unknown(&argument),
            ErrorKind::InvalidValue if value.is_empty() => {
                format!("a «{argument}» le falta el valor{}", self.choices())
            }
            ErrorKind::InvalidValue => {
                let meant = self.meant(ContextKind::SuggestedValue);
                format!("«{value}» no sirve para «{argument}»{meant}{}", self.choices())
            }
            ErrorKind::ValueValidation => format!("«{value}» no sirve para «{argument}»{}", self.cause()),
            ErrorKind::MissingRequiredArgument => format!("falta {}", self.list(ContextKind::InvalidArg)),
            ErrorKind::MissingSubcommand => {
                let name = self.text(ContextKind::InvalidSubcommand);
                format!("a «{name}» le falta decir qué: {}", self.list(ContextKind::ValidSubcommand))
            }
            ErrorKind::ArgumentConflict => self.conflict(&argument),
            ErrorKind::NoEquals => format!("el valor de «{argument}» va pegado, con un signo igual"),
            ErrorKind::TooManyValues => format!("«{value}» está de más: «{argument}» ya tiene su valor"),
            ErrorKind::TooFewValues => {
                let (least, found) = (number(ContextKind::MinValues), number(ContextKind::ActualNumValues));
                format!("«{argument}» necesita al menos {least} valores y tiene {found}")
            }
            ErrorKind::WrongNumberOfValues => {
                let (wanted, found) = (number(ContextKind::ExpectedNumValues), number(ContextKind::ActualNumValues));
                format!("«{argument}» necesita {wanted} valores y tiene {found}")
            }
            ErrorKind::InvalidUtf8 => "hay caracteres que no son UTF-8".to_owned(),
            _ => "no se entiende la orden".to_owned(),
        }
    }

    fn unknown(&self, argument: &str) -> String {
        let kind = if argument.starts_with('-') { "la opción" } else { "qué hacer con" };
        let negation = if argument.starts_with('-') { "no existe" } else { "no se sabe" };
        let meant = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand].map(|kind| self.meant(kind));
        let dashes = match self.0.get(ContextKind::TrailingArg) {
            Some(_) => format!("; si es un valor, va después de «--»: «-- {argument}»"),
            None => String::new(),
        };
        format!("{negation} {kind} «{argument}»{}{dashes}", meant.concat())
    }

    fn conflict(&self, argument: &str) -> String {
        let other = self.list(ContextKind::PriorArg);
        if other.is_empty() || other == format!("«{argument}»") {
            return format!("«{argument}» va una sola vez");
        }
        format!("«{argument}» no va junto con {other}")
    }

    /// What was meant, when something is near.
    fn meant(&self, kind: ContextKind) -> String {
        let near = self.texts(kind);
        if near.is_empty() {
            return String::new();
        }
        format!("; ¿quisiste decir {}?", near.iter().map(|one| format!("«{one}»")).collect::<Vec<_>>().join(" o "))
    }

    /// The values there are to choose from.
    fn choices(&self) -> String {
        let values = self.texts(ContextKind::ValidValue);
        if values.is_empty() { String::new() } else { format!(": puede ser {}", values.join(", ")) }
    }

    /// Why a value will not do.
    fn cause(&self) -> String {
        let cause = std::error::Error::source(self.0).map(ToString::to_string).unwrap_or_default();
        super::spanish::cause(&cause).map_or_else(String::new, |cause| format!(": {cause}"))
    }

    /// How the command is used, on one line.
    fn usage(&self) -> Option<String> {
        let ContextValue::StyledStr(usage) = self.0.get(ContextKind::Usage)? else { return None };
        let usage = usage.to_string();
        let usage = usage.trim().strip_prefix("Usage:").unwrap_or(&usage).trim().to_owned();
        (!usage.is_empty()).then_some(usage)
    }

    fn text(&self, kind: ContextKind) -> String {
        self.texts(kind).into_iter().next().unwrap_or_default()
    }

    fn texts(&self, kind: ContextKind) -> Vec<String> {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => vec![text.clone()],
            Some(ContextValue::Strings(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    fn list(&self, kind: ContextKind) -> String {
        self.texts(kind).iter().map(|text| format!("«{text}»")).collect::<Vec<_>>().join(", ")
    }

    fn number(&self, kind: ContextKind) -> isize {
        match self.0.get(kind) {
            Some(ContextValue::Number(number)) => *number,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{Arg, Command};

    use super::*;
    use crate::cli::help::{built, in_spanish};

    fn of(command: Command, line: &[&str]) -> String {
        let error = command.try_get_matches_from(line).unwrap_err();
        told(&error).unwrap()
    }

    #[test]
    fn every_kind_of_mistake_has_its_words() {
        let odd = || {
            Command::new("odd")
                .arg(Arg::new("pair").long("pair").num_args(2))
                .arg(Arg::new("many").long("many").num_args(2..=3))
                .arg(Arg::new("glued").long("glued").require_equals(true))
                .arg(Arg::new("once").long("once"))
        };
        for (line, expected) in [
            (&["odd", "--pair", "1"][..], "«--pair <pair> <pair>» necesita 2 valores y tiene 1"),
            (&["odd", "--many", "1"], "necesita al menos 2 valores y tiene 1"),
            (&["odd", "--many", "1", "2", "3", "4"], "no se sabe qué hacer con «4»"),
            (&["odd", "--glued", "1"], "va pegado, con un signo igual"),
            (&["odd", "--once", "1", "--once", "2"], "va una sola vez"),
        ] {
            let text = of(odd(), line);
            assert!(text.contains(expected), "{text}");
            assert!(!["Usage", "error:  ", "cannot", "value"].iter().any(|english| text.contains(english)), "{text}");
        }
    }

    /// The options and arguments of each command with the words that lead to it.
    fn leaves(command: &Command, path: &[String], into: &mut Vec<(Vec<String>, Arg)>) {
        let path = [path, &[command.get_name().to_owned()]].concat();
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            into.push((path.clone(), argument.clone()));
        }
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            leaves(inner, &path, into);
        }
    }

    #[test]
    fn whatever_value_will_not_do_is_told_why() {
        let mut all = Vec::new();
        leaves(&built(), &[], &mut all);
        let mut refused = 0;
        for (path, argument) in all {
            let mut line: Vec<OsString> = path.iter().map(Into::into).collect();
            line.extend(argument.get_long().map(|long| format!("--{long}").into()));
            for value in ["¿?", "999999999999999999999", "-1"] {
                let line = [line.clone(), vec![value.into()]].concat();
                let Err(error) = in_spanish(built()).try_get_matches_from(line) else { continue };
                let text = told(&error).unwrap_or_default();
                if matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
                    refused += 1;
                    assert!(
                        text.lines().next().is_some_and(|line| line.contains(": ") && line.matches(':').count() > 1),
                        "{path:?} {argument}: {text}"
                    );
                }
            }
        }
        assert!(refused >= 10, "{refused}");
    }
}
