//! The command line in the language of the user.
//!
//! Invariant: every text that says what a command or a flag does, and every reason why a value will not do, has its Spanish (tests
//! hold the lists against the commands).

mod argument;
mod mistakes;
mod spanish;

use std::{ffi::OsString, process::ExitCode};

use clap::{ArgMatches, Command, CommandFactory, builder::StyledStr};
use platform::{
    config::{Inputs, Settings},
    texts::Locale,
};

use super::Cli;

const TEMPLATE: &str = "{about-with-newline}\nUso: {usage}\n\n{all-args}\n";

/// A command line that asks for something wrong leaves with this.
const MISTAKEN: u8 = 2;

/// What these arguments ask for. Help, the version and mistakes are told here, in the language that the arguments, the environment
/// or the settings file ask for, and leave with the code that stands in `Err`.
pub(super) fn read(arguments: &[OsString]) -> Result<ArgMatches, ExitCode> {
    let spanish = Settings::language_of(&asked(arguments)) == Locale::Es;
    let command = if spanish { in_spanish(built()) } else { Cli::command() };
    command.try_get_matches_from(arguments).map_err(|error| {
        if let Some(mistake) = mistakes::told(&error).filter(|_| spanish) {
            remark!("{mistake}");
            return ExitCode::from(MISTAKEN);
        }
        // Whoever closed the pipe does not want to read it.
        drop(error.print());
        u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
    })
}

/// With what the parser adds by itself: `help`, `--help`, `--version`.
fn built() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// The flags that say where the language is set. They are read here before the parser exists that would say what is wrong with them.
fn asked(arguments: &[OsString]) -> Inputs {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let value = |flag: &str| {
        let place = texts
            .iter()
            .position(|text| text.strip_prefix(flag).is_some_and(|r| r.is_empty() || r.starts_with('=')))?;
        let joined = texts[place].split_once('=').map(|(_, value)| value);
        joined.or_else(|| texts.get(place + 1).copied()).map(str::to_owned)
    };
    let flags = [("language", "--language"), ("data_dir", "--data-dir")];
    let flags = flags.into_iter().filter_map(|(name, flag)| Some((name, value(flag)?))).collect();
    Inputs { config_file: value("--config").map(Into::into), flags, ..Inputs::of_process() }
}

fn in_spanish(mut command: Command) -> Command {
    if let Some(about) = command.get_about().and_then(translated) {
        command = command.about(about);
    }
    // The parser's own word for flags cannot be set; only the whole line can.
    let usage = command.render_usage().to_string().replace("[OPTIONS]", "[OPCIONES]").replace("COMMAND", "COMANDO");
    command = command
        .override_usage(usage.trim_start_matches("Usage: ").to_owned())
        .help_template(TEMPLATE)
        .subcommand_help_heading("Comandos")
        .mut_args(argument::told);
    command.mut_subcommands(in_spanish)
}

fn translated(english: &StyledStr) -> Option<String> {
    spanish::of(&english.to_string()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(command: &Command, into: &mut Vec<String>) {
        into.extend(command.get_about().map(ToString::to_string));
        for argument in command.get_arguments() {
            into.extend(argument.get_help().map(ToString::to_string));
            into.extend(
                argument.get_possible_values().iter().filter_map(|value| value.get_help()).map(ToString::to_string),
            );
        }
        command.get_subcommands().for_each(|command| texts(command, into));
    }

    #[test]
    fn every_text_has_its_spanish() {
        let mut all = Vec::new();
        texts(&built(), &mut all);
        let missing: Vec<&String> = all.iter().filter(|text| spanish::of(text).is_none()).collect();
        assert!(all.len() > 80 && missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn nothing_of_the_parser_s_own_english_is_left() {
        let mut command = in_spanish(built());
        let key = command.find_subcommand_mut("key").and_then(|key| key.find_subcommand_mut("create")).unwrap();
        let long = key.render_long_help().to_string();
        for english in ["Possible values", "possible values", "default:", "OPTIONS", "Usage"] {
            assert!(!long.contains(english), "{english}: {long}");
        }
        for spanish in ["Uso: gondola key create [OPCIONES]", "- cashier: Vende", "[si no: cashier]"] {
            assert!(long.contains(spanish), "{spanish}: {long}");
        }
        assert!(key.render_help().to_string().contains("[puede ser: owner, manager,"));
    }

    #[test]
    fn the_language_is_found_wherever_it_stands() {
        let language = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(Into::into).collect();
            let inputs = Inputs { variables: Vec::new(), ..asked(&arguments) };
            Settings::language_of(&inputs)
        };
        assert_eq!(language("gondola --help"), Locale::Es);
        assert_eq!(language("gondola --language en serve --help"), Locale::En);
        assert_eq!(language("gondola verify --language=en"), Locale::En);
        assert_eq!(language("gondola --language"), Locale::Es);
    }
}
