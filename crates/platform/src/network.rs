//! Addresses and networks, as settings write them and as limits count them.
//!
//! Invariant: an IPv4 address is the same whether it came as such or mapped into IPv6, and a network has no bits below its prefix.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Bits of an IPv6 address that one customer of a provider is given whole (RFC 6177): who has one address of it has them all.
const CUSTOMER_PREFIX_V6: u8 = 64;

/// The address itself, an IPv4 one out of its IPv6 mapping.
pub fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// The addresses that share the first `prefix` bits of `address`; `None` when it has fewer bits.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Network> {
        let bits = width(address);
        (prefix <= bits).then(|| Network { base: masked(address, prefix), prefix })
    }

    /// Its first address.
    pub fn base(self) -> IpAddr {
        self.base
    }

    /// Whether it holds every address of its family.
    pub fn is_everybody(self) -> bool {
        self.prefix == 0
    }

    /// What limits count as one caller: the address, or with IPv6 the network of its customer.
    pub fn of_caller(address: IpAddr) -> Network {
        let address = plain(address);
        let prefix = if address.is_ipv6() { CUSTOMER_PREFIX_V6 } else { 32 };
        Network { base: masked(address, prefix), prefix }
    }

    /// Whether it is one caller in the sense of [`Network::of_caller`], or a part of one.
    pub fn is_one_caller(self) -> bool {
        Network::of_caller(self.base).prefix <= self.prefix
    }

    /// Whether the address lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        let address = plain(address);
        width(address) == width(self.base) && masked(address, self.prefix) == self.base
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}

/// Not an address, nor an address and a number of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network such as 10.0.0.0/8")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    /// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
    fn from_str(text: &str) -> Result<Network, NotANetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        // A prefix counts bits of what was written, so a mapped address is not made plain here.
        let whole = width(address);
        let prefix = prefix.map_or(Some(whole), |prefix| prefix.parse().ok().filter(|_| !prefix.starts_with('+')));
        let network = Network::new(address, prefix.ok_or(NotANetwork)?).ok_or(NotANetwork)?;
        let mapped = matches!(network.base, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
        match (mapped, network.prefix.checked_sub(96)) {
            (true, Some(prefix)) => Network::new(plain(network.base), prefix).ok_or(NotANetwork),
            _ => Ok(network),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == width(self.base) {
            write!(f, "{}", self.base)
        } else {
            write!(f, "{}/{}", self.base, self.prefix)
        }
    }
}

/// Several networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Networks {
        Networks(networks.into_iter().collect())
    }
}

impl Networks {
    /// Parted by commas; an empty text is none.
    pub fn parse(text: &str) -> Option<Networks> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().ok()).collect::<Option<_>>().map(Networks)
    }

    /// This machine itself.
    pub fn loopback() -> Networks {
        let of = |address: IpAddr, prefix| Network { base: masked(address, prefix), prefix };
        Networks(vec![of(Ipv4Addr::LOCALHOST.into(), 8), of(Ipv6Addr::LOCALHOST.into(), 128)])
    }

    /// Whether the address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
            ("192.0.2.0/24", "::ffff:192.0.2.200", "::ffff:192.0.3.0"),
            ("::ffff:192.0.2.0/120", "192.0.2.1", "192.0.3.1"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(ip(inside)), "{network} {inside}");
            assert!(!network.contains(ip(outside)), "{network} {outside}");
        }
    }

    #[test]
    fn odd_texts_are_no_networks() {
        for text in
            ["", "10", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "a/8", "10.0.0.0/8/8"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
        assert_eq!(Networks::parse("10.0.0.0/8, ::1").unwrap().iter().count(), 2);
        assert_eq!(Networks::parse("").unwrap(), Networks::default());
        assert_eq!(Networks::parse("10.0.0.0/8,x"), None);
    }

    #[test]
    fn a_network_prints_as_it_reads() {
        for (written, printed) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("::1", "::1"),
        ] {
            let network: Network = written.parse().unwrap();
            assert_eq!(network.to_string(), printed);
            assert_eq!(printed.parse(), Ok(network));
        }
    }

    #[test]
    fn a_caller_with_ipv6_is_the_network_of_its_customer() {
        let caller = |text| Network::of_caller(ip(text)).to_string();
        assert_eq!(caller("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(caller("192.0.2.7"), "192.0.2.7");
        assert_eq!(caller("::ffff:192.0.2.7"), "192.0.2.7");
        assert!("192.0.2.7".parse::<Network>().unwrap().is_one_caller());
        assert!(!"2001:db8::/48".parse::<Network>().unwrap().is_one_caller());
    }
}
