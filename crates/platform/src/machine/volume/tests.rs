use std::os::unix::fs::symlink;

use super::*;

/// What a kernel tells, made up.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        fs::create_dir_all(tree.at("proc/self")).unwrap();
        fs::create_dir_all(tree.at("sys/dev/block")).unwrap();
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A device that calls itself `uuid` and is made of others.
    fn device(&self, name: &str, uuid: Option<&str>, slaves: &[&str]) -> &Tree {
        fs::create_dir_all(self.at(&format!("sys/devices/{name}/slaves"))).unwrap();
        if let Some(uuid) = uuid {
            self.write(&format!("sys/devices/{name}/dm/uuid"), &format!("{uuid}\n"));
        }
        for slave in slaves {
            symlink(format!("../../{slave}"), self.at(&format!("sys/devices/{name}/slaves/{slave}"))).unwrap();
        }
        self
    }

    /// A disk with a partition.
    fn disk(&self, name: &str, partition: &str) -> &Tree {
        self.write(&format!("sys/devices/{name}/device/model"), "DISK\n");
        fs::create_dir_all(self.at(&format!("sys/devices/{name}/slaves"))).unwrap();
        self.write(&format!("sys/devices/{name}/{partition}/partition"), "1\n");
        self
    }

    /// What lies on the device at that place of the tree, which is mounted.
    fn seen(&self, device: &str) -> (AtRest, String) {
        let _ = fs::remove_file(self.at("sys/dev/block/8:1"));
        symlink(format!("../../devices/{device}"), self.at("sys/dev/block/8:1")).unwrap();
        self.mounted("8:1", "ext4", false)
    }

    fn mounted(&self, device: &str, file_system: &str, is_encrypted: bool) -> (AtRest, String) {
        let other = "26 1 9:9 / / rw,relatime - xfs /dev/md9 rw";
        let line = format!("27 26 {device} /part /srv/a\\040b rw,relatime shared:1 master:2 - {file_system} /dev/x rw");
        self.write("proc/self/mountinfo", &format!("nonsense\n{other}\n{line}\n"));
        let kernel = Kernel { proc: self.at("proc"), sys: self.at("sys") };
        let Volume { at_rest, on } = kernel.volume(Place { mount: 27, is_encrypted });
        (at_rest, on)
    }
}

fn said(at_rest: AtRest, on: &str) -> (AtRest, String) {
    (at_rest, on.to_owned())
}

#[test]
fn a_luks_volume_is_encrypted_also_beneath_lvm_and_an_array() {
    let tree = Tree::new();
    tree.disk("sda", "sda1").disk("sdb", "sdb1");
    tree.device("dm-0", Some("CRYPT-LUKS2-5f4dcc3b-data"), &["sda"]);
    assert_eq!(tree.seen("dm-0"), said(AtRest::Encrypted, "dm-0 (ext4)"));
    tree.device("dm-1", Some("LVM-abc"), &["dm-0"]);
    assert_eq!(tree.seen("dm-1").0, AtRest::Encrypted);
    tree.device("dm-2", Some("CRYPT-PLAIN-more"), &["sdb"]).device("md0", None, &["dm-0", "dm-2"]);
    assert_eq!(tree.seen("md0").0, AtRest::Encrypted);
    tree.device("md1", None, &["dm-0", "sdb"]);
    assert_eq!(tree.seen("md1").0, AtRest::Clear, "half of it can be read");
}

#[test]
fn a_disk_and_its_partitions_are_in_clear() {
    let tree = Tree::new();
    tree.disk("sda", "sda1");
    assert_eq!(tree.seen("sda"), said(AtRest::Clear, "sda (ext4)"));
    assert_eq!(tree.seen("sda/sda1"), said(AtRest::Clear, "sda1 (ext4)"));
    tree.device("dm-1", Some("LVM-abc"), &["sda"]);
    assert_eq!(tree.seen("dm-1").0, AtRest::Clear);
}

#[test]
fn what_only_proves_a_disk_does_not_encrypt_it() {
    let tree = Tree::new();
    tree.disk("sda", "sda1");
    for uuid in ["CRYPT-VERITY-abc", "CRYPT-INTEGRITY-abc", "CRYPT-SUBDEV-abc", "mpath-abc", ""] {
        tree.device("dm-3", Some(uuid), &[]);
        let _ = symlink("../../sda", tree.at("sys/devices/dm-3/slaves/sda"));
        assert_eq!(tree.seen("dm-3").0, AtRest::Clear, "{uuid}");
    }
}

#[test]
fn what_cannot_be_followed_to_a_disk_is_unknown() {
    let tree = Tree::new();
    for file_system in ["overlay", "btrfs", "zfs", "tmpfs", "nfs4", "9p", "fuse.gocryptfs"] {
        assert_eq!(tree.mounted("0:45", file_system, false), said(AtRest::Unknown, file_system));
    }
    tree.device("loop0", None, &[]);
    assert_eq!(tree.seen("loop0"), said(AtRest::Unknown, "loop0 (ext4)"), "a file of another file system");
    tree.device("dm-4", Some("LVM-abc"), &["gone"]);
    assert_eq!(tree.seen("dm-4").0, AtRest::Unknown);
    tree.device("dm-5", Some("LVM-abc"), &["dm-6"]).device("dm-6", Some("LVM-abc"), &["dm-5"]);
    assert_eq!(tree.seen("dm-5").0, AtRest::Unknown, "a circle ends");
    let kernel = Kernel { proc: tree.at("nowhere"), sys: tree.at("sys") };
    assert_eq!(kernel.volume(Place { mount: 27, is_encrypted: true }).at_rest, AtRest::Unknown);
}

#[test]
fn a_folder_that_the_file_system_encrypts_is_encrypted() {
    let tree = Tree::new();
    tree.disk("sda", "sda1");
    assert_eq!(tree.seen("sda").0, AtRest::Clear);
    assert_eq!(tree.mounted("8:1", "ext4", true), said(AtRest::Encrypted, "fscrypt (ext4)"));
    assert_eq!(tree.mounted("0:45", "ecryptfs", false), said(AtRest::Encrypted, "ecryptfs"));
}

#[test]
fn the_kernel_of_this_machine_tells_of_itself() {
    let seen = Volume::of(Path::new("/proc/self"));
    assert_eq!((seen.at_rest, seen.on.as_str()), (AtRest::Unknown, "proc"));
    let folder = tempfile::tempdir().unwrap();
    let there = Volume::of(folder.path());
    assert!(!there.on.starts_with("mount ") && !there.on.starts_with('/'), "{there:?}");
    assert_eq!(Volume::of(&folder.path().join("not/yet")), there, "where it would be made");
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let (link, file) = (folder.path().join("link"), folder.path().join("file"));
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
    fs::write(&file, "").unwrap();
    for lost in [link.clone(), link.join("below"), file.join("below")] {
        let seen = Volume::of(&lost);
        assert_eq!((seen.at_rest, seen.on), (AtRest::Unknown, lost.display().to_string()));
    }
}
