//! A command line that asks for something wrong.

use anyhow::ensure;
use testkit::Result;
use testkit::binary::Installation;

/// What is typed, what is told of it in Spanish, and what in English.
const MISTAKES: &[(&[&str], &str, &str)] = &[
    (&["verfy"], "no existe el comando «verfy»; ¿quisiste decir «verify»?", "unrecognized subcommand 'verfy'"),
    (&["site", "craete", "norte"], "no existe el comando «craete»; ¿quisiste decir «create»?", "'create'"),
    (&["verify", "--flie", "x"], "no existe la opción «--flie»; ¿quisiste decir «--file»?", "'--file'"),
    (&["verify", "x"], "no se sabe qué hacer con «x»", "unexpected argument 'x' found"),
    (&["verify", "--file"], "a «--file <FILE>» le falta el valor", "a value is required for '--file <FILE>'"),
    (
        &["verify", "--file", "a", "--site", "b"],
        "«--file <FILE>» no va junto con «--site <SITE>»",
        "cannot be used with",
    ),
    (&["verify", "--site", "a", "--site", "b"], "«--site <SITE>» va una sola vez", "cannot be used multiple times"),
    (&["site", "create"], "falta «<CODE>»", "required arguments were not provided"),
    (&["key", "create", "--name", "x", "--role", "bos"], "«bos» no sirve para «--role <ROLE>»", "invalid value 'bos'"),
    (&["key", "create", "--name", "x", "--role", "owne"], "¿quisiste decir «owner»?: puede ser owner, ", "'owner'"),
    (&["key", "create", "--name", "x", "--expires-in", "0"], "tiene que estar entre 1 y 3650", "0 is not in 1..=3650"),
    (&["key", "create", "--name", "x", "--expires-in", "one"], "tiene que ser un número entero", "invalid digit"),
    (&["import", "sales", "f.csv", "--map", "sku"], "tiene que ser CAMPO=COLUMNA", "expected FIELD=COLUMN"),
    (&["demo", "--ends-on", "20/11/2026"], "tiene que ser un día, como 2026-11-20", "not a day as YYYY-MM-DD"),
    (&["export", "stok", "f.csv"], "¿quisiste decir «stock»?", "'stock'"),
    (&["migrate", "down", "--to", "x"], "tiene que ser un número entero", "invalid digit"),
];

#[test]
fn mistaken_arguments_are_told_in_the_language_of_the_user() -> Result<()> {
    let installation = Installation::new()?;
    for (arguments, spanish, english) in MISTAKES {
        let ran = installation.run(arguments)?;
        ensure!(ran.code == Some(2) && ran.stdout.is_empty(), "{arguments:?}: {}", ran.output());
        ensure!(ran.stderr.starts_with("error: ") && ran.stderr.contains(spanish), "{}", ran.output());
        let foreign = ["Usage", "error: the", "found", "invalid", "not provided", "For more", "similar", "tip:"];
        ensure!(!foreign.iter().any(|word| ran.stderr.contains(word)), "{}", ran.output());
        let ran = installation.run(&[arguments, &["--language", "en"][..]].concat())?;
        ensure!(ran.code == Some(2) && !ran.stderr.contains("Uso"), "{arguments:?}: {}", ran.output());
        // A flag at the end may be what is wrong with the line, and then it is not read.
        let ran = installation.run(&[&["--language", "en"][..], arguments].concat())?;
        ensure!(ran.code == Some(2) && ran.stderr.contains(english), "{arguments:?}: {}", ran.output());
    }
    ensure!(!installation.data_folder().exists(), "nothing was made");
    Ok(())
}

#[test]
fn a_command_without_what_to_do_shows_its_help() -> Result<()> {
    let installation = Installation::new()?;
    for arguments in [&[][..], &["site"], &["migrate"]] {
        let ran = installation.run(arguments)?;
        ensure!(ran.code == Some(2) && ran.stderr.contains("Uso: gondola"), "{}", ran.output());
    }
    let version = installation.ok(&["--version"])?;
    ensure!(version.starts_with("gondola "), "{version}");
    Ok(())
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_told() -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let installation = Installation::new()?;
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let ran = testkit::binary::run(installation.command(&["site", "create"]).arg(odd))?;
    ensure!(ran.code == Some(2) && ran.stderr.contains("no son UTF-8"), "{}", ran.output());
    Ok(())
}
