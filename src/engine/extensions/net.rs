//! `net.*`: ranges of addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use regorus::Value;

use super::{ExtensionError, argument, text};

pub(super) fn cidr_intersects(arguments: &[Value]) -> Result<Value, ExtensionError> {
    const NAME: &str = "net.cidr_intersects";
    let left = range(NAME, text(NAME, arguments, 0)?)?;
    let right = range(NAME, text(NAME, arguments, 1)?)?;
    Ok(Value::from(left.contains(&right) || right.contains(&left)))
}

/// Both arguments are one range, or an array, a set or an object of ranges; a range
/// is text, or an array that starts with it. Yields pairs of index, key or text.
pub(super) fn cidr_contains_matches(arguments: &[Value]) -> Result<Value, ExtensionError> {
    const NAME: &str = "net.cidr_contains_matches";
    let read = |position, parse: fn(&str, &str) -> Result<Network, ExtensionError>| {
        entries(argument(arguments, position)?)
            .into_iter()
            .map(|(key, value)| {
                let first = value
                    .as_array()
                    .ok()
                    .and_then(|items| items.first().cloned());
                let source = first.unwrap_or(value);
                let source = source.as_string().map_err(|_| {
                    ExtensionError(format!(
                        "`{NAME}`: argument {} holds what is neither text nor starts with text",
                        position + 1
                    ))
                })?;
                Ok((key, parse(NAME, source)?))
            })
            .collect::<Result<Vec<_>, ExtensionError>>()
    };
    let ranges = read(0, range)?;
    let members = read(1, range_or_address)?;
    let mut pairs = BTreeSet::new();
    for (range_key, range) in &ranges {
        for (member_key, member) in &members {
            if range.contains(member) {
                pairs.insert(Value::from(vec![range_key.clone(), member_key.clone()]));
            }
        }
    }
    Ok(pairs.into())
}

fn entries(collection: &Value) -> Vec<(Value, Value)> {
    match collection {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (Value::from(index), item.clone()))
            .collect(),
        Value::Set(items) => items
            .iter_sorted()
            .map(|item| (item.clone(), item.clone()))
            .collect(),
        Value::Object(fields) => fields
            .iter_sorted()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        one => vec![(one.clone(), one.clone())],
    }
}

struct Network {
    bits: u128,
    host_bits: u32,
    is_v4: bool,
}

impl Network {
    fn contains(&self, other: &Self) -> bool {
        let prefix = |bits: u128| bits.checked_shr(self.host_bits).unwrap_or(0);
        self.is_v4 == other.is_v4
            && self.host_bits >= other.host_bits
            && prefix(self.bits) == prefix(other.bits)
    }
}

fn range(function: &str, source: &str) -> Result<Network, ExtensionError> {
    network(source).ok_or_else(|| ExtensionError(format!("`{function}`: `{source}` is not a CIDR")))
}

fn range_or_address(function: &str, source: &str) -> Result<Network, ExtensionError> {
    let found = if source.contains('/') {
        network(source)
    } else {
        source.parse().ok().and_then(|address| of(address, None))
    };
    found.ok_or_else(|| {
        ExtensionError(format!(
            "`{function}`: `{source}` is neither a CIDR nor an address"
        ))
    })
}

fn network(source: &str) -> Option<Network> {
    let (address, prefix) = source.split_once('/')?;
    // `u32::from_str` takes a sign.
    if !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    of(address.parse().ok()?, Some(prefix.parse().ok()?))
}

/// As in Go, `::ffff:10.0.0.1` is `10.0.0.1`.
fn of(address: IpAddr, prefix: Option<u32>) -> Option<Network> {
    let (bits, width, is_v4) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32_u32, true),
        IpAddr::V6(address) => (address.to_bits(), 128, false),
    };
    let host_bits = width.checked_sub(prefix.unwrap_or(width))?;
    match address {
        IpAddr::V6(address) if host_bits <= 32 && address.to_ipv4_mapped().is_some() => {
            Some(Network {
                bits: bits & u128::from(u32::MAX),
                host_bits,
                is_v4: true,
            })
        }
        _ => Some(Network {
            bits,
            host_bits,
            is_v4,
        }),
    }
}
