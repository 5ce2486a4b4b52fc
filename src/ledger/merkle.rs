//! RFC 6962 Merkle trees: hashes, roots, proofs and their verification.
//!
//! Knows nothing of files: whoever has the hashes implements [`Nodes`].
//!
//! INVARIANT: leaves and nodes are hashed behind different prefixes, so that no node
//! can be passed off as a leaf (RFC 6962 §2.1).

use crate::digest::Digest;

/// Returns the hash of the leaf that holds `entry`.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], entry])
}

/// Returns the hash of the node above `left` and `right`.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// Returns the root of the tree without leaves.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// Where the hashes of perfect subtrees come from.
pub trait Nodes {
    /// Why a hash could not be had.
    type Error;

    /// Returns the hash over the `2^height` leaves from `index · 2^height` on.
    ///
    /// # Errors
    /// When the hash cannot be had.
    fn node(&self, height: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// Returns the root over the first `size` leaves.
///
/// # Errors
/// Those of `nodes`.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Digest, N::Error> {
    match size {
        0 => Ok(empty_root()),
        _ => range(nodes, 0, size),
    }
}

/// Returns the hashes that lead from leaf `index` to the root over `size` leaves
/// (RFC 6962 §2.1.1); empty unless `index < size`.
///
/// # Errors
/// Those of `nodes`.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    let (mut start, mut size, mut proof) = (0, size, Vec::new());
    if index >= size {
        return Ok(proof);
    }
    while size > 1 {
        let left = largest_power_below(size);
        if index < start + left {
            proof.push(range(nodes, start + left, size - left)?);
            size = left;
        } else {
            proof.push(range(nodes, start, left)?);
            start += left;
            size -= left;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Returns the hashes that show the tree over `old` leaves to be a prefix of that over
/// `new` leaves (RFC 6962 §2.1.2); empty unless `0 < old < new`.
///
/// # Errors
/// Those of `nodes`.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Digest>, N::Error> {
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    let (mut start, mut size, mut old, mut known) = (0, new, old, true);
    while old < size {
        let left = largest_power_below(size);
        if old <= left {
            proof.push(range(nodes, start + left, size - left)?);
            size = left;
        } else {
            proof.push(range(nodes, start, left)?);
            start += left;
            old -= left;
            size -= left;
            known = false;
        }
    }
    if !known {
        proof.push(range(nodes, start, size)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` leads from `leaf` at `index` to `root` over `size` leaves (RFC 9162 §2.1.3.2).
pub fn inclusion_holds(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(step, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows the tree `old_root` over `old` leaves to be a prefix of
/// `new_root` over `new` leaves (RFC 9162 §2.1.4.2).
pub fn consistency_holds(
    (old, old_root): (u64, &Digest),
    (new, new_root): (u64, &Digest),
    proof: &[Digest],
) -> bool {
    if old > new {
        return false;
    }
    if old == 0 && *old_root != empty_root() {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty();
    }
    let mut steps = proof.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        steps.next()
    };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(step, &old_hash);
            new_hash = node_hash(step, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// Returns the hash over `size` leaves from `start` on.
///
/// `start` is a multiple of the smallest power of two that is not below `size`, as it
/// is for every range that RFC 6962's recursion visits.
fn range<N: Nodes>(nodes: &N, start: u64, size: u64) -> Result<Digest, N::Error> {
    if size.is_power_of_two() {
        let height = size.trailing_zeros();
        return nodes.node(height, start >> height);
    }
    let left = largest_power_below(size);
    Ok(node_hash(
        &range(nodes, start, left)?,
        &range(nodes, start + left, size - left)?,
    ))
}

/// Returns the largest power of two smaller than `size`, which is at least 2.
const fn largest_power_below(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Returns the root over a power of two of `hashes`.
pub fn perfect_root(hashes: &[Digest]) -> Option<Digest> {
    match hashes {
        [] => None,
        [only] => Some(*only),
        _ => {
            let (left, right) = hashes.split_at_checked(hashes.len() / 2)?;
            Some(node_hash(&perfect_root(left)?, &perfect_root(right)?))
        }
    }
}

#[cfg(test)]
mod tests;
