//! Whether the running server is shut in by whoever started it, as far as this machine's processes can be seen.
//!
//! Invariant: a server that cannot be seen, as one in a container of its own, is left for a person.

use std::{fs, path::Path};

use super::row::{Finding, by_hand, pass};
use crate::cli::Words;

/// What is looked for of a server: `seccomp` filters its calls, and it can gain no rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shut {
    filtered: bool,
    no_new_rights: bool,
}

/// What can be seen of servers of ours below `/proc`.
pub(super) fn seen(words: Words) -> Finding {
    judged(&servers(Path::new("/proc")), words)
}

fn judged(servers: &[Shut], words: Words) -> Finding {
    let well = |server: &Shut| server.filtered && server.no_new_rights;
    if servers.is_empty() {
        return by_hand(words.say(
            "desde acá no se ve el servidor: «systemd-analyze security gondola», o las opciones de su contenedor",
            "the server cannot be seen from here: “systemd-analyze security gondola”, or its container's options",
        ));
    }
    if servers.iter().all(well) {
        return pass("NoNewPrivileges, seccomp");
    }
    by_hand(words.say(
        "el servidor corre sin encierro: deploy/systemd/gondola.service lo trae, o anotá por qué acá no hace falta",
        "the server runs without a sandbox: deploy/systemd/gondola.service has one, or write down why it needs none here",
    ))
}

fn servers(proc: &Path) -> Vec<Shut> {
    let entries = fs::read_dir(proc).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| server(&entry.path())).collect()
}

/// One that serves: a process of our name told to.
fn server(process: &Path) -> Option<Shut> {
    let line = fs::read(process.join("cmdline")).ok()?;
    let mut words = line.split(|byte| *byte == 0);
    let program = words.next()?.rsplit(|byte| *byte == b'/').next()?;
    if program != b"gondola" || !words.any(|word| word == b"serve") {
        return None;
    }
    let status = fs::read_to_string(process.join("status")).ok()?;
    let said = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some(Shut { filtered: said("Seccomp:") == Some("2"), no_new_rights: said("NoNewPrivs:") == Some("1") })
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    #[test]
    fn servers_are_told_from_other_processes() {
        let proc = tempfile::tempdir().unwrap();
        let process = |pid: &str, line: &[u8], status: &str| {
            let folder = proc.path().join(pid);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("cmdline"), line).unwrap();
            fs::write(folder.join("status"), status).unwrap();
        };
        let verdict = || judged(&servers(proc.path()), Words(Locale::En)).verdict;
        process("1", b"/usr/bin/gondola\0doctor\0", "NoNewPrivs:\t0\nSeccomp:\t0\n");
        process("2", b"vi\0serve\0", "");
        assert_eq!((servers(proc.path()).len(), verdict()), (0, Verdict::ByHand));
        process("3", b"/usr/local/bin/gondola\0serve\0--config\0x\0", "Name:\tgondola\nNoNewPrivs:\t1\nSeccomp:\t2\n");
        assert_eq!(verdict(), Verdict::Pass);
        process("4", b"gondola\0serve\0", "NoNewPrivs:\t1\nSeccomp:\t0\n");
        assert_eq!((servers(proc.path()).len(), verdict()), (2, Verdict::ByHand));
    }
}
