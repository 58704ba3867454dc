//! Files this process may have open at once. Every connection is one, and so is every file of the database.
//!
//! Invariant: connections never take the last of them: what a request needs to be answered can always be opened.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files kept for what is no connection of a client: databases, the journal, logs, programs that help, lines to other services.
const KEPT: u64 = 256;

/// Takes as many as this process may ask for, which shells and service managers keep at 1 024 until somebody asks. How many that is;
/// `None` is without a limit.
pub fn raise_open_files() -> Option<u64> {
    let found = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: found.maximum, ..found };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => found.maximum,
        Err(_) => found.current,
    }
}

/// How many of so many connections there is room for, at the least one.
pub fn room_for(connections: usize) -> usize {
    within(connections, getrlimit(Resource::Nofile).current)
}

fn within(connections: usize, files: Option<u64>) -> usize {
    // A small limit is shared in halves: without files of its own a server answers nobody.
    let free = files.map(|files| files.saturating_sub(KEPT.min(files / 2)).max(1));
    free.map_or(connections, |free| connections.min(usize::try_from(free).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        assert_eq!(within(10_000, None), 10_000);
        assert_eq!(within(10_000, Some(65_536)), 10_000);
        assert_eq!(within(10_000, Some(1_024)), 768);
        assert_eq!(within(10_000, Some(256)), 128);
        assert_eq!(within(100, Some(1_024)), 100);
        assert_eq!(within(10, Some(0)), 1);
    }
}
