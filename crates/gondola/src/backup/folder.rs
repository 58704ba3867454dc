//! The folder of backups, which may be on a disk far away.
//!
//! Invariant: whoever waits for that disk keeps nobody else waiting.

use platform::{
    backup::{Error, Folder, Kept, outlived},
    config::Settings,
};

use super::work::apart;

/// The newest backup there is.
pub(crate) async fn newest(settings: &Settings) -> anyhow::Result<Option<Kept>> {
    let folder = Folder::new(&settings.backups.folder);
    apart(move |_| Ok(folder.list()?.into_iter().next())).await
}

/// Removes those whose time is over; how many. One that cannot be removed does not keep the others.
pub(crate) async fn let_go(settings: &Settings) -> anyhow::Result<usize> {
    let (folder, keep) = (Folder::new(&settings.backups.folder), settings.backups.keep);
    apart(move |_| {
        let gone: Vec<Result<(), Error>> =
            outlived(&folder.list()?, keep).iter().map(|kept| folder.remove(kept)).collect();
        Ok(gone.into_iter().collect::<Result<Vec<()>, _>>()?.len())
    })
    .await
}
