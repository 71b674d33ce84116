//! What the machine shows of itself. Nothing here fails: a signal that cannot be read is absent.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The signals that tell this machine from others, as they are; they leave the process as hashes
/// only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// The system's own id (machine-id(5)).
    pub machine_id: Option<String>,
    /// The firmware's id, or the one that the hypervisor gave; root alone can read it.
    pub product_uuid: Option<String>,
    /// The addresses of the network cards that are there in hardware, or in a virtual machine's.
    pub macs: BTreeSet<String>,
    /// The id of the file system at `/`.
    pub root_file_system: Option<String>,
}

impl Machine {
    /// Reads the signals under a root, which is `/` outside of tests.
    #[must_use]
    pub fn read(root: &Path) -> Self {
        Self {
            machine_id: line(&root.join("etc/machine-id")).filter(|id| id != "uninitialized"),
            product_uuid: line(&root.join("sys/class/dmi/id/product_uuid"))
                .map(|uuid| uuid.to_ascii_lowercase())
                .filter(|uuid| is_own(uuid)),
            macs: macs(&root.join("sys/class/net")),
            root_file_system: root_file_system(root),
        }
    }
}

/// Whether this is a UUID, and none that makers of firmware have left in many machines.
fn is_own(uuid: &str) -> bool {
    let digits: BTreeSet<char> = uuid.chars().filter(|c| *c != '-').collect();
    let is_uuid = uuid.len() == 36 && digits.iter().all(char::is_ascii_hexdigit);
    is_uuid && digits.len() > 1 && uuid != "03000200-0400-0500-0006-000700080009"
}

/// The addresses that cards were made with: neither those of bridges, tunnels and containers,
/// which have no device behind them, nor those drawn at random or set by hand.
fn macs(interfaces: &Path) -> BTreeSet<String> {
    const PERMANENT: &str = "0";
    let entries = fs::read_dir(interfaces).into_iter().flatten().flatten();
    let cards = entries.map(|entry| entry.path()).filter(|card| card.join("device").exists());
    let permanent =
        |card: &Path| line(&card.join("addr_assign_type")).is_none_or(|kind| kind == PERMANENT);
    cards
        .filter(|card| permanent(card))
        .filter_map(|card| line(&card.join("address")))
        .map(|mac| mac.to_ascii_lowercase())
        .filter(|mac| mac.chars().any(|c| c.is_ascii_hexdigit() && c != '0'))
        .collect()
}

/// The id of what is mounted at `/`: the name in `/dev/disk/by-uuid` of the same device. A
/// container's root is an overlay, which is none.
fn root_file_system(root: &Path) -> Option<String> {
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let source = mounts.lines().rev().find_map(root_source)?;
    let device = fs::canonicalize(root.join(source.trim_start_matches('/'))).ok()?;
    let links = fs::read_dir(root.join("dev/disk/by-uuid")).ok()?.flatten();
    let mut names = links.filter(|link| fs::canonicalize(link.path()).is_ok_and(|to| to == device));
    names.next()?.file_name().into_string().ok()
}

/// The source of a line of mountinfo (proc(5)), if it is mounted at `/` and a device.
fn root_source(line: &str) -> Option<&str> {
    let (before, after) = line.split_once(" - ")?;
    if before.split(' ').nth(4)? != "/" {
        return None;
    }
    after.split(' ').nth(1).filter(|source| source.starts_with("/dev/"))
}

fn line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const UUID: &str = "4c4c4544-0042-3510-8056-b4c04f4d3233";

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn card(root: &Path, name: &str, mac: &str, assigned: &str, has_device: bool) {
        let card = format!("sys/class/net/{name}");
        write(root, &format!("{card}/address"), mac);
        write(root, &format!("{card}/addr_assign_type"), assigned);
        if has_device {
            fs::create_dir(root.join(card).join("device")).unwrap();
        }
    }

    #[test]
    fn a_server_shows_all_its_signals() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
        write(root, "sys/class/dmi/id/product_uuid", &format!("{}\n", UUID.to_uppercase()));
        card(root, "eth0", "52:54:00:AA:BB:CC\n", "0\n", true);
        card(root, "eth1", "52:54:00:aa:bb:cd\n", "0\n", true);
        card(root, "lo", "00:00:00:00:00:00\n", "0\n", false);
        card(root, "docker0", "02:42:aa:bb:cc:dd\n", "1\n", false);
        card(root, "wlan0", "02:11:22:33:44:55\n", "3\n", true);
        write(root, "dev/vda1", "");
        write(root, "dev/vda2", "");
        fs::create_dir_all(root.join("dev/disk/by-uuid")).unwrap();
        symlink(root.join("dev/vda1"), root.join("dev/disk/by-uuid/AAAA-BBBB")).unwrap();
        symlink(root.join("dev/vda2"), root.join("dev/disk/by-uuid/0a1b")).unwrap();
        let mounts = "21 1 0:5 / /proc rw - proc proc rw\n\
                      22 1 254:2 / / rw,relatime shared:1 - ext4 /dev/vda2 rw\n\
                      23 22 254:1 / /boot rw shared:2 - vfat /dev/vda1 rw\n";
        write(root, "proc/self/mountinfo", mounts);
        let expected = Machine {
            machine_id: Some("3d1219c7c4c5404aaa1f6d2a48adfda4".into()),
            product_uuid: Some(UUID.into()),
            macs: ["52:54:00:aa:bb:cc".to_owned(), "52:54:00:aa:bb:cd".into()].into(),
            root_file_system: Some("0a1b".into()),
        };
        assert_eq!(Machine::read(root), expected);
    }

    #[test]
    fn a_container_shows_nothing_that_is_not_its_own() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(Machine::read(root), Machine::default());
        write(root, "etc/machine-id", "");
        card(root, "eth0", "02:42:ac:11:00:02\n", "1\n", false);
        write(root, "proc/self/mountinfo", "1 0 0:40 / / rw - overlay overlay rw\n");
        assert_eq!(Machine::read(root), Machine::default());
    }

    #[test]
    fn an_id_that_many_machines_have_is_none() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for uuid in [
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009",
            "Not Settable",
        ] {
            write(root, "sys/class/dmi/id/product_uuid", uuid);
            write(root, "etc/machine-id", "uninitialized\n");
            let machine = Machine::read(root);
            assert_eq!((machine.product_uuid, machine.machine_id), (None, None), "{uuid}");
        }
    }
}
