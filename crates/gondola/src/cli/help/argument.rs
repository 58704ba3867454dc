//! One argument of a command, told in Spanish.
//!
//! Invariant: what the parser would add by itself in English, the values there are and which one is taken when none is given, is
//! said here and hidden there.

use clap::{Arg, builder::PossibleValue};

use super::{spanish, translated};

/// This argument with its heading and everything its user reads of it.
pub(super) fn told(argument: Arg) -> Arg {
    let heading = heading(&argument);
    let help = argument.get_help().and_then(translated);
    let argument = argument.help_heading(heading);
    let Some(help) = help else { return argument };
    let (values, otherwise) = (argument.get_possible_values(), otherwise(&argument));
    let short = format!("{help}{}{otherwise}", between_commas(&values));
    let long = if explained(&values) { format!("{help}{otherwise}{}", one_a_line(&values)) } else { short.clone() };
    argument.hide_possible_values(true).hide_default_value(true).help(short).long_help(long)
}

fn heading(argument: &Arg) -> &'static str {
    match (argument.is_positional(), argument.is_global_set()) {
        (true, _) => "Argumentos",
        (_, true) => "Opciones de todos los comandos",
        _ => "Opciones",
    }
}

/// What is taken when none is given; nothing for an empty text, which is none as well.
fn otherwise(argument: &Arg) -> String {
    let takes = argument.get_num_args().is_none_or(|count| count.takes_values());
    let values: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let value = values.join(" ");
    if takes && !value.is_empty() { format!(" [si no: {value}]") } else { String::new() }
}

fn explained(values: &[PossibleValue]) -> bool {
    values.iter().any(|value| value.get_help().is_some())
}

fn between_commas(values: &[PossibleValue]) -> String {
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    if names.is_empty() { String::new() } else { format!(" [puede ser: {}]", names.join(", ")) }
}

fn one_a_line(values: &[PossibleValue]) -> String {
    let line = |value: &PossibleValue| {
        let words = value.get_help().map(ToString::to_string).unwrap_or_default();
        format!("\n- {}: {}", value.get_name(), spanish::of(&words).unwrap_or_default())
    };
    format!("\n\nPuede ser:{}", values.iter().map(line).collect::<String>())
}
