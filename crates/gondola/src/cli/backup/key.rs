//! `gondola backup key`.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use platform::{backup::new_identity, config::Settings};

use crate::cli::{Failure, Outcome, Words};

/// Where to.
#[derive(Args)]
pub(super) struct Arguments {
    /// A file that is not there yet, for the identity: keep it apart from the backups and from this machine.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs it.
pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let path = &arguments.file;
    let (identity, recipient) = new_identity();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match file {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(path).into()),
        file => file.with_context(|| path.display().to_string())?,
    };
    writeln!(file, "# public key: {recipient}\n{}", identity.expose())
        .and_then(|()| file.sync_all())
        .with_context(|| path.display().to_string())?;
    answer!("{recipient}");
    let es = format!(
        "{}: guardalo aparte de las copias y de esta máquina; sin él no se abren. Poné backup_recipient = \"{recipient}\"",
        path.display()
    );
    let en = format!(
        "{}: keep it apart from the backups and from this machine; nothing opens them without it. Set backup_recipient = \"{recipient}\"",
        path.display()
    );
    remark!("{}", Words(settings.language).say(&es, &en));
    Ok(ExitCode::SUCCESS)
}

fn taken(path: &std::path::Path) -> Failure {
    let path = path.display();
    Failure::new(
        format!("{path} ya existe y no se pisa: podría ser lo único que abre las copias hechas hasta ahora"),
        format!("{path} is there already and is not overwritten: it may be all that opens the backups made so far"),
    )
}
