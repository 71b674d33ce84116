use crate::domain::field::Fault;
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// How many addresses and networks a list may have.
const MAX_NETWORKS: usize = 50;

/// Addresses and networks from which something is allowed; an empty list allows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AddressList(Vec<IpNet>);

impl AddressList {
    /// Reads addresses and networks in CIDR notation, separated by commas or white space.
    ///
    /// # Errors
    /// [`Fault::NotANetwork`]; [`Fault::TooMany`] above 50.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|p| !p.is_empty());
        let network = |part: &str| {
            let network = part.parse::<IpNet>().ok();
            network
                .or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))
                .map(|network| network.trunc())
                .ok_or(Fault::NotANetwork)
        };
        let networks = parts.map(network).collect::<Result<Vec<_>, _>>()?;
        if networks.len() > MAX_NETWORKS { Err(Fault::TooMany) } else { Ok(Self(networks)) }
    }

    /// Whether `address` is allowed. An unknown address is allowed by an empty list only.
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        let contains = |address: IpAddr| {
            let address = address.to_canonical();
            self.0.iter().any(|network| network.contains(&address))
        };
        self.0.is_empty() || address.is_some_and(contains)
    }
}

impl fmt::Display for AddressList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |network: &IpNet| {
            let single = network.prefix_len() == network.max_prefix_len();
            if single { network.addr().to_string() } else { network.to_string() }
        };
        f.write_str(&self.0.iter().map(part).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_allowed_by_itself_or_by_its_network() {
        let list = AddressList::parse("10.1.2.3/8, 192.0.2.7\n2001:db8::/32").unwrap();
        assert_eq!(list.to_string(), "10.0.0.0/8, 192.0.2.7, 2001:db8::/32");
        assert_eq!(AddressList::parse(&list.to_string()), Ok(list.clone()));
        let allowed = |text: &str| list.allows(Some(text.parse().unwrap()));
        assert!(allowed("10.255.0.1") && allowed("192.0.2.7") && allowed("2001:db8::1"));
        assert!(allowed("::ffff:10.0.0.1"), "an IPv4 address in IPv6 form");
        assert!(!allowed("192.0.2.8") && !allowed("2001:db9::1") && !list.allows(None));
        assert!(AddressList::default().allows(None));
        for text in ["10.0.0.0/33", "localhost", "10.0.0"] {
            assert_eq!(AddressList::parse(text), Err(Fault::NotANetwork), "{text}");
        }
        assert_eq!(AddressList::parse(&"10.0.0.1 ".repeat(51)), Err(Fault::TooMany));
    }
}
