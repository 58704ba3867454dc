//! What sort of address an address is.
//!
//! Invariant: whatever is not known to be somebody's on the internet is not public. Sources: the IANA registries of special-purpose
//! addresses (RFC 6890 and what amends it), and what the large providers of machines publish of their metadata services.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use crate::network::{Network, plain};

/// A sort of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Somebody's on the internet.
    Public,
    /// Of a network of one's own.
    Private,
    /// This machine itself.
    Loopback,
    /// Whoever is on the same wire, and nobody else.
    LinkLocal,
    /// Where providers tell a machine its secrets.
    Metadata,
    /// Nobody's, many people's at once, or only for examples.
    Reserved,
}

impl Range {
    /// In words, for logs.
    pub const fn words(self) -> &'static str {
        match self {
            Range::Public => "public",
            Range::Private => "private",
            Range::Loopback => "this machine itself",
            Range::LinkLocal => "link-local",
            Range::Metadata => "a metadata service",
            Range::Reserved => "reserved",
        }
    }
}

/// The more particular before what holds it.
const TABLE: &[(&str, Range)] = &[
    ("169.254.169.254", Range::Metadata),
    ("169.254.170.2", Range::Metadata),
    ("100.100.100.200", Range::Metadata),
    ("168.63.129.16", Range::Metadata),
    ("192.0.0.192", Range::Metadata),
    ("fd00:ec2::254", Range::Metadata),
    ("fd20:ce::254", Range::Metadata),
    ("127.0.0.0/8", Range::Loopback),
    ("::1", Range::Loopback),
    ("169.254.0.0/16", Range::LinkLocal),
    ("fe80::/10", Range::LinkLocal),
    ("10.0.0.0/8", Range::Private),
    ("172.16.0.0/12", Range::Private),
    ("192.168.0.0/16", Range::Private),
    ("100.64.0.0/10", Range::Private),
    ("fc00::/7", Range::Private),
    // A translator of one's own may lead anywhere from there.
    ("64:ff9b:1::/48", Range::Reserved),
    ("0.0.0.0/8", Range::Reserved),
    ("192.0.0.0/24", Range::Reserved),
    ("192.0.2.0/24", Range::Reserved),
    ("192.88.99.0/24", Range::Reserved),
    ("198.18.0.0/15", Range::Reserved),
    ("198.51.100.0/24", Range::Reserved),
    ("203.0.113.0/24", Range::Reserved),
    ("224.0.0.0/3", Range::Reserved),
    ("2001:db8::/32", Range::Reserved),
    ("3fff::/20", Range::Reserved),
    // Teredo, benchmarking, ORCHID and the rest of what IETF protocols have.
    ("2001::/23", Range::Reserved),
    ("0.0.0.0/0", Range::Public),
    ("2000::/3", Range::Public),
];

static NETWORKS: LazyLock<Vec<(Network, Range)>> =
    LazyLock::new(|| TABLE.iter().filter_map(|(network, range)| Some((network.parse().ok()?, *range))).collect());

/// What sort of address it is. One that carries an IPv4 address inside is of that one's sort.
pub fn range_of(address: IpAddr) -> Range {
    let address = carried(plain(address));
    let found = NETWORKS.iter().find(|(network, _)| network.contains(address));
    found.map_or(Range::Reserved, |(_, range)| *range)
}

/// The IPv4 address that a translator would go on to (RFC 6052, RFC 3056).
fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let parts = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    let translated = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, parts[6], parts[7]) == v6;
    match parts {
        _ if translated => v4(parts[6], parts[7]).into(),
        [0x2002, high, low, ..] => v4(high, low).into(),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_is_read() {
        assert_eq!(NETWORKS.len(), TABLE.len());
    }

    #[test]
    fn each_address_is_of_its_sort() {
        for (addresses, expected) in [
            (
                &["8.8.8.8", "1.1.1.1", "200.45.191.35", "172.15.255.255", "172.32.0.0", "100.63.255.255"][..],
                Range::Public,
            ),
            (
                &["2606:4700::1111", "2800:110::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
                Range::Public,
            ),
            (
                &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255"],
                Range::Private,
            ),
            (&["fc00::1", "fdff::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"], Range::Private),
            (
                &["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
                Range::Loopback,
            ),
            (&["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "::ffff:169.254.1.1"], Range::LinkLocal),
            (&["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100.100.100.200"], Range::Metadata),
            (&["168.63.129.16", "fd00:ec2::254", "169.254.170.2", "192.0.0.192", "fd20:ce::254"], Range::Metadata),
            (&["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"], Range::Reserved),
            (&["192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "192.88.99.1", "192.0.0.8"], Range::Reserved),
            (
                &["::", "::7f00:1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "4000::1"],
                Range::Reserved,
            ),
        ] {
            for address in addresses {
                assert_eq!(range_of(address.parse().unwrap()), expected, "{address}");
            }
        }
    }
}
