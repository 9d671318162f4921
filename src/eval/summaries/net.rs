//! Addresses: `net.IP`, `IPNet`, `TCPAddr`, `UDPAddr`; `netip.Addr`, `AddrPort`, `Prefix`.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::part::Part;
use super::table::Reader;
use super::words::{plain, plain_field, said};
use crate::base::Pattern;
use crate::eval::bytes::Object;
use crate::eval::place::{Place, locate};
use crate::eval::scope::outside;
use crate::model::{Role, Runs};
use crate::symbols::VariableLocation;

pub(super) const READERS: &[(&str, Reader)] = &[
    ("net.IP", |part| Some(said(part, ip(part)?, Role::Number))),
    ("net.IPNet", network),
    ("net.TCPAddr", endpoint),
    ("net.UDPAddr", endpoint),
    ("net/netip.Addr", |part| {
        Some(said(part, netip(part)?.to_string(), Role::Number))
    }),
    ("net/netip.AddrPort", address_and_port),
    ("net/netip.Prefix", prefix),
];

/// `None` for a nil or empty one and for lengths that no address has.
fn ip(part: &Part<'_>) -> Option<String> {
    let bytes = part.text()?.bytes;
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    let sixteen = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
    // Go keeps version 4 in both forms and prints them alike.
    Some(match sixteen.to_ipv4_mapped() {
        Some(four) => four.to_string(),
        None => sixteen.to_string(),
    })
}

/// `net.IPNet 10.0.0.0/8`; a mask with holes in hex, as Go prints it.
fn network(part: &Part<'_>) -> Option<Runs> {
    let address = ip(&part.field("IP")?)?;
    let mask = part.field("Mask")?.text()?.bytes;
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let is_run = mask
        .iter()
        .skip_while(|byte| **byte == 0xff)
        .enumerate()
        .all(|(at, byte)| *byte == 0 || (at == 0 && byte.count_ones() == byte.leading_ones()));
    let hex = || mask.iter().map(|byte| format!("{byte:02x}")).collect();
    let length = if is_run { ones.to_string() } else { hex() };
    Some(said(part, format!("{address}/{length}"), Role::Number))
}

fn endpoint(part: &Part<'_>) -> Option<Runs> {
    let port = part.field("Port")?.int()?;
    let address = part.field("IP")?;
    let text = if address.slice()?.len == 0 {
        String::new()
    } else {
        ip(&address)?
    };
    let zone = match plain_field(part, "Zone")? {
        zone if zone.is_empty() => zone,
        zone => format!("%{zone}"),
    };
    let text = if text.contains(':') {
        format!("[{text}{zone}]:{port}")
    } else {
        format!("{text}{zone}:{port}")
    };
    Some(said(part, text, Role::Number))
}

/// What a `netip.Addr` is.
enum NetIp {
    Invalid,
    Four(Ipv4Addr),
    /// With its zone, which may be empty.
    Six(Ipv6Addr, String),
}

impl std::fmt::Display for NetIp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid => f.write_str("invalid IP"),
            Self::Four(address) => address.fmt(f),
            Self::Six(address, zone) if zone.is_empty() => address.fmt(f),
            Self::Six(address, zone) => write!(f, "{address}%{zone}"),
        }
    }
}

fn netip(part: &Part<'_>) -> Option<NetIp> {
    let bits = part.field("addr")?;
    let high = bits.field("hi")?.uint()?;
    let low = bits.field("lo")?.uint()?;
    let address = Ipv6Addr::from(u128::from(high) << 64 | u128::from(low));
    let kind = part.field("z")?;
    // Since Go 1.23 a handle of {isV6, zoneV6}, before that an interned value, which holds the zone.
    if let Some(handle) = kind.field("value") {
        let Some(detail) = handle.pointee()? else {
            return Some(NetIp::Invalid);
        };
        return if detail.field("isV6")?.uint()? == 0 {
            four(low)
        } else {
            Some(NetIp::Six(address, plain_field(&detail, "zoneV6")?))
        };
    }
    let Some(interned) = kind.pointee()? else {
        return Some(NetIp::Invalid);
    };
    match interned.field("cmpVal")?.dynamic()? {
        Some(zone) => Some(NetIp::Six(address, plain(zone.text()?)?)),
        None if address.to_ipv4_mapped().is_none() => Some(NetIp::Six(address, String::new())),
        // Only the identity of the marker tells version 4 from version 6 here.
        None if is_marker_of_four(&kind)? => four(low),
        None => Some(NetIp::Six(address, String::new())),
    }
}

fn four(low: u64) -> Option<NetIp> {
    Some(NetIp::Four(Ipv4Addr::from(low as u32)))
}

/// Whether `kind` is the pointer that the package keeps in its variable `z4`.
fn is_marker_of_four(kind: &Part<'_>) -> Option<bool> {
    const MARKER: &str = "net/netip.z4";
    let context = kind.loader.context();
    let found = context
        .info
        .globals(&Pattern::literal(MARKER), kind.loader.cancel)
        .ok()?;
    let marker = found.into_iter().find(|global| global.name == MARKER)?;
    let VariableLocation::Expression(expression) = context.info.global_location(marker) else {
        return None;
    };
    let machine = outside(context);
    let Place::Memory(addr) = locate(&machine, &expression, Some(8)) else {
        return None;
    };
    Some(kind.loader.word(Object::Memory(addr)).ok()? == kind.word()?)
}

fn address_and_port(part: &Part<'_>) -> Option<Runs> {
    let port = part.field("port")?.uint()?;
    let text = match netip(&part.field("ip")?)? {
        NetIp::Invalid => "invalid AddrPort".into(),
        address @ NetIp::Four(_) => format!("{address}:{port}"),
        address @ NetIp::Six(..) => format!("[{address}]:{port}"),
    };
    Some(said(part, text, Role::Number))
}

fn prefix(part: &Part<'_>) -> Option<Runs> {
    let length = part.field("bitsPlusOne")?.uint()?;
    let text = match (netip(&part.field("ip")?)?, length.checked_sub(1)) {
        (NetIp::Invalid, _) | (_, None) => "invalid Prefix".into(),
        (address, Some(length)) => format!("{address}/{length}"),
    };
    Some(said(part, text, Role::Number))
}
