//! The folder of backups, which may be on a disk far away.
//!
//! Invariant: whoever waits for that disk keeps nobody else waiting.

use platform::{
    backup::{Error, Folder, Kept, outlived},
    config::Settings,
};

use super::{
    afar::{self, Afar},
    work::apart,
};

/// Those in the folder, the newest first.
pub(crate) async fn here(settings: &Settings) -> anyhow::Result<Vec<Kept>> {
    let folder = Folder::new(&settings.backups.folder);
    apart(move |_| Ok(folder.list()?)).await
}

/// The newest backup there is: in the place apart where there is one, since it is the one that is left when this machine is lost.
pub(crate) async fn newest(settings: &Settings, afar: &Afar) -> anyhow::Result<Option<Kept>> {
    let all = match afar {
        Some(place) => afar::kept(&**place).await?,
        None => here(settings).await?,
    };
    Ok(all.into_iter().next())
}

/// Removes those whose time is over from the folder; how many. One that cannot be removed does not keep the others.
pub(crate) async fn let_go(settings: &Settings) -> anyhow::Result<usize> {
    let (folder, keep) = (Folder::new(&settings.backups.folder), settings.backups.keep);
    apart(move |_| {
        let gone: Vec<Result<(), Error>> =
            outlived(&folder.list()?, keep).iter().map(|kept| folder.remove(kept)).collect();
        Ok(gone.into_iter().collect::<Result<Vec<()>, _>>()?.len())
    })
    .await
}
