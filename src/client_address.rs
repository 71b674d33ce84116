//! The address of the client, also behind reverse proxies.
//!
//! `Forwarded` (RFC 7239) and `X-Forwarded-For` can be written by anyone. They are believed hop by
//! hop from the right, and only as far as each hop is a proxy that the setting `trusted_proxies`
//! names.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The proxies whose headers are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses addresses and networks in CIDR notation, separated by commas.
    ///
    /// # Errors
    /// The first part that is neither an address nor a network.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let network = part.parse::<IpNet>().ok();
            network
                .or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))
                .ok_or_else(|| part.to_owned())
        };
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether this address is one of the proxies.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request that came from `peer` with these headers.
    ///
    /// That is the first address from the right that is not a trusted proxy. Where the next hop
    /// cannot be read, it is the last trusted one. A proxy that writes one of the two headers may
    /// pass the other on as the client sent it, so headers that disagree are not believed: the
    /// client is then `peer`.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let forwarded = lines(headers, "forwarded", forwarded_hops);
        let x_forwarded_for = lines(headers, "x-forwarded-for", x_forwarded_for_hops);
        let client = |hops: Vec<Option<IpAddr>>| self.first_untrusted(peer, hops);
        match (forwarded.map(client), x_forwarded_for.map(client)) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => peer,
        }
    }

    fn first_untrusted(&self, peer: IpAddr, hops: Vec<Option<IpAddr>>) -> IpAddr {
        let mut last = peer;
        for hop in hops.into_iter().rev() {
            let Some(hop) = hop else { return last };
            last = hop;
            if !self.contains(hop) {
                break;
            }
        }
        last
    }
}

/// The client's address: that of the connection, or what trusted proxies say of it.
///
/// `None` only where there is no connection, as in a test of a handler alone.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Data<TrustedProxies>>();
    Some(proxies.map_or(peer.to_canonical(), |proxies| proxies.client(peer, request.headers())))
}

/// The hops of all lines of a header, leftmost first; `None` where the header is missing.
fn lines(
    headers: &HeaderMap,
    name: &str,
    hops: fn(&str) -> Vec<Option<IpAddr>>,
) -> Option<Vec<Option<IpAddr>>> {
    headers.contains_key(name).then(|| {
        let line = |value: &actix_web::http::header::HeaderValue| {
            value.to_str().map_or_else(|_| vec![None], hops)
        };
        headers.get_all(name).flat_map(line).collect()
    })
}

fn x_forwarded_for_hops(line: &str) -> Vec<Option<IpAddr>> {
    line.split(',').map(node).collect()
}

/// The hops of a `Forwarded` line. A line that is malformed anywhere is one unreadable hop: a quote
/// that a client left open must not swallow what a proxy appended.
fn forwarded_hops(line: &str) -> Vec<Option<IpAddr>> {
    let mut hops = Vec::new();
    let mut rest = line;
    loop {
        let Some((hop, separator)) = forwarded_element(rest) else { return vec![None] };
        hops.push(hop);
        match separator {
            Some(after) => rest = after,
            None => return hops,
        }
    }
}

/// One element of `Forwarded` (RFC 7239 section 4): its `for`, and what follows the comma after it.
fn forwarded_element(text: &str) -> Option<(Option<IpAddr>, Option<&str>)> {
    let (mut rest, mut hop, mut named) = (text, None, false);
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || name.contains([',', ';', '"', ' ']) {
            return None;
        }
        let (value, after) = parameter_value(after)?;
        if name.eq_ignore_ascii_case("for") {
            if named {
                return None;
            }
            (hop, named) = (node(&value), true);
        }
        let after = after.trim_start();
        match after.chars().next() {
            None => return Some((hop, None)),
            Some(',') => return Some((hop, Some(&after[1..]))),
            Some(';') => rest = &after[1..],
            Some(_) => return None,
        }
    }
}

/// A token or a quoted string (RFC 9110 section 5.6), and what follows it.
fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return (!value.contains('"')).then(|| (value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            character => value.push(character),
        }
    }
    None
}

/// A node's address, with or without a port. `unknown` and obfuscated names have none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse().ok().or_else(bracketed).or_else(with_port)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
