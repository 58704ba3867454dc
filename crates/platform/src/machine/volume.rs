//! Whether what is written into a folder is encrypted on its way to the disk.
//!
//! Invariant: "encrypted" is said of what the kernel itself encrypts (dm-crypt anywhere beneath, fscrypt, ecryptfs), "clear" of a disk of
//! this machine with nothing of that between; whatever cannot be followed that far is unknown, never one of the two.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, Statx, StatxAttributes, StatxFlags, statx},
    io::Errno,
};

/// How a device-mapper device that encrypts calls itself; verity and integrity, of the same family, do not encrypt.
const ENCRYPTING: [&str; 6] =
    ["CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-PLAIN-", "CRYPT-TCRYPT-", "CRYPT-BITLK-", "CRYPT-LOOPAES-"];
/// File systems that encrypt by themselves, in the kernel.
const ENCRYPTING_FILES: [&str; 1] = ["ecryptfs"];
/// Devices upon devices that are followed.
const DEEPEST: u8 = 16;

/// How something lies on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRest {
    /// Whoever takes the disk away cannot read it.
    Encrypted,
    /// Nothing that this machine can see encrypts it.
    Clear,
    /// It cannot be seen from here.
    Unknown,
}

impl AtRest {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            AtRest::Encrypted => "encrypted",
            AtRest::Clear => "clear",
            AtRest::Unknown => "unknown",
        }
    }

    /// What holds for something that lies on several: all must be encrypted, and one in clear is enough to be read.
    fn and(self, other: AtRest) -> AtRest {
        match (self, other) {
            (AtRest::Encrypted, AtRest::Encrypted) => AtRest::Encrypted,
            (AtRest::Clear, _) | (_, AtRest::Clear) => AtRest::Clear,
            _ => AtRest::Unknown,
        }
    }
}

/// What a folder lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// How it lies there.
    pub at_rest: AtRest,
    /// By what that is known: a device and its file system, or the file system alone.
    pub on: String,
}

impl Volume {
    /// That of a file or folder; of what is not there yet, where it would be made.
    pub fn of(path: &Path) -> Volume {
        let place = std::path::absolute(path).ok().and_then(|path| Place::of_nearest(&path));
        match place {
            Some(place) => Kernel::default().volume(place),
            None => Volume { at_rest: AtRest::Unknown, on: path.display().to_string() },
        }
    }
}

/// Where the kernel says that a path is.
#[derive(Debug, Clone, Copy)]
struct Place {
    mount: u64,
    is_encrypted: bool,
}

impl Place {
    /// That of `path`; of one that is not there, that of the folder it would be made in. One that cannot be looked at (a link that leads
    /// nowhere, a server that is gone) lies nobody knows where, and surely not where its parent does.
    fn of_nearest(path: &Path) -> Option<Place> {
        let is_missing = |how| at_path(path, how).err() == Some(Errno::NOENT);
        match at_path(path, AtFlags::empty()) {
            Ok(found) => Place::told(&found),
            Err(Errno::NOENT) if is_missing(AtFlags::SYMLINK_NOFOLLOW) => Place::of_nearest(path.parent()?),
            Err(_) => None,
        }
    }

    fn told(found: &Statx) -> Option<Place> {
        // Kernels before 5.8 do not say which mount.
        let is_told = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID);
        let is_encrypted = found.stx_attributes.contains(StatxAttributes::ENCRYPTED);
        is_told.then_some(Place { mount: found.stx_mnt_id, is_encrypted })
    }
}

/// Which mount a path is of is known here: no server has to be asked for it.
fn at_path(path: &Path, how: AtFlags) -> Result<Statx, Errno> {
    statx(CWD, path, how | AtFlags::STATX_DONT_SYNC, StatxFlags::MNT_ID)
}

/// Where the kernel tells of itself.
struct Kernel {
    proc: PathBuf,
    sys: PathBuf,
}

impl Default for Kernel {
    fn default() -> Kernel {
        Kernel { proc: "/proc".into(), sys: "/sys".into() }
    }
}

impl Kernel {
    fn volume(&self, place: Place) -> Volume {
        let table = fs::read_to_string(self.proc.join("self/mountinfo")).unwrap_or_default();
        let Some(mount) = table.lines().filter_map(Mount::read).find(|mount| mount.id == place.mount) else {
            return Volume { at_rest: AtRest::Unknown, on: format!("mount {}", place.mount) };
        };
        if place.is_encrypted {
            return Volume { at_rest: AtRest::Encrypted, on: format!("fscrypt ({})", mount.file_system) };
        }
        if ENCRYPTING_FILES.contains(&mount.file_system) {
            return Volume { at_rest: AtRest::Encrypted, on: mount.file_system.to_owned() };
        }
        // What has no device of its own (overlay, btrfs, zfs, tmpfs, a network's) does not say on what it lies.
        match fs::canonicalize(self.sys.join("dev/block").join(mount.device)) {
            Ok(device) => {
                Volume { at_rest: at_rest(&device, DEEPEST), on: format!("{} ({})", name(&device), mount.file_system) }
            }
            Err(_) => Volume { at_rest: AtRest::Unknown, on: mount.file_system.to_owned() },
        }
    }
}

/// A line of the table of mounts (proc_pid_mountinfo(5)).
struct Mount<'t> {
    id: u64,
    device: &'t str,
    file_system: &'t str,
}

impl Mount<'_> {
    fn read(line: &str) -> Option<Mount<'_>> {
        let (own, shared) = line.split_once(" - ")?;
        let mut fields = own.split(' ');
        let id = fields.next()?.parse().ok()?;
        Some(Mount { id, device: fields.nth(1)?, file_system: shared.split(' ').next()? })
    }
}

/// How what is written to a device lies on the disks beneath it.
fn at_rest(device: &Path, deepest: u8) -> AtRest {
    if encrypts(device) {
        return AtRest::Encrypted;
    }
    let Some(deeper) = deepest.checked_sub(1) else { return AtRest::Unknown };
    let each = beneath(device).into_iter().map(|device| at_rest(&device, deeper));
    // A disk hangs on a bus; a file, a network or memory that looks like one does not.
    let itself = if device.join("device").exists() { AtRest::Clear } else { AtRest::Unknown };
    each.reduce(AtRest::and).unwrap_or(itself)
}

fn encrypts(device: &Path) -> bool {
    let id = fs::read_to_string(device.join("dm/uuid")).unwrap_or_default();
    ENCRYPTING.iter().any(|kind| id.starts_with(kind))
}

/// The devices that one is made of: those of a volume or an array, the disk of a partition; none of a disk.
fn beneath(device: &Path) -> Vec<PathBuf> {
    if device.join("partition").exists() {
        return device.parent().map(Path::to_owned).into_iter().collect();
    }
    let entries = fs::read_dir(device.join("slaves")).into_iter().flatten();
    // One that cannot be followed stays in the list, as a device of which nothing is known.
    entries.flatten().map(|entry| fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path())).collect()
}

fn name(device: &Path) -> String {
    device.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
