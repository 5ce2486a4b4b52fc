use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::*;
use crate::json::{self, Limits, Value};
use crate::signing::base64;

/// All leaf hashes, in memory; heights are computed as they are asked for.
struct Leaves(Vec<Vec<Digest>>);

impl Leaves {
    fn new(leaves: Vec<Digest>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last()
            && below.len() > 1
        {
            let above = below
                .chunks_exact(2)
                .map(|pair| node_hash(&pair[0], &pair[1]))
                .collect();
            levels.push(above);
        }
        Self(levels)
    }

    fn numbered(size: u64) -> Self {
        Self::new((0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect())
    }

    fn leaf(&self, index: u64) -> Digest {
        self.0[0][usize::try_from(index).unwrap()]
    }
}

impl Nodes for Leaves {
    type Error = Infallible;

    fn node(&self, height: u32, index: u64) -> Result<Digest, Infallible> {
        Ok(self.0[height as usize][usize::try_from(index).unwrap()])
    }
}

fn hex(text: &str) -> Digest {
    text.parse().unwrap()
}

/// RFC 6962's definition of the tree hash, word for word.
fn by_definition(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&by_definition(left), &by_definition(right))
        }
    }
}

/// The tree of certificate-transparency's tests, in every implementation since.
fn ct() -> Leaves {
    let entries: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    Leaves::new(entries.iter().map(|entry| leaf_hash(entry)).collect())
}

#[test]
fn agrees_with_certificate_transparency() {
    let tree = ct();
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (size, expected) in (0..).zip(roots) {
        assert_eq!(root(&tree, size).unwrap(), hex(expected), "{size}");
    }
    assert_eq!(
        inclusion(&tree, 5, 8).unwrap(),
        [
            hex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
            hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
            hex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ]
    );
    assert_eq!(
        consistency(&tree, 6, 8).unwrap(),
        [
            hex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
            hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
            hex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ]
    );
}

/// A hash of a vector. Some have other lengths there: they stand for any other hash.
fn vector(value: &Value) -> Digest {
    let bytes = base64::decode(value.as_str().unwrap()).unwrap();
    let hash = <[u8; 32]>::try_from(bytes.as_slice());
    hash.map_or_else(
        |_| Digest::of_parts(&[b"not a hash", &bytes]),
        Digest::from_bytes,
    )
}

/// What goes on from an empty tree, of the empty root, is any tree: witnesses begin so
/// (<https://c2sp.org/tlog-witness>). Where the vectors come from, it is no question to ask.
const FROM_NOTHING: &str = "additional/size1-is-zero-and-size2-is-not-zero";

fn is_hash(value: &Value) -> bool {
    base64::decode(value.as_str().unwrap()).unwrap().len() == 32
}

#[test]
fn takes_and_refuses_the_published_proofs() {
    let file = include_bytes!("../../../tests/vectors/rfc6962.json");
    let vectors = json::parse(file, Limits::AUTHORED).unwrap();
    let number = |test: &Value, field: &str| test[field].as_u64().unwrap();
    let proof = |test: &Value| -> Vec<_> {
        let hashes = test["proof"].as_array().unwrap();
        hashes.iter().map(vector).collect()
    };
    let mut valid = 0;
    for (kind, count) in [("inclusion", 98), ("consistency", 98)] {
        let tests = vectors[kind].as_array().unwrap();
        assert_eq!(tests.len(), count);
        for test in tests {
            let proof = proof(test);
            let holds = if kind == "inclusion" {
                let (index, size) = (number(test, "leafIdx"), number(test, "treeSize"));
                let (leaf, root) = (vector(&test["leafHash"]), vector(&test["root"]));
                // Our types hold no shorter hash to begin with.
                is_hash(&test["leafHash"]) && inclusion_holds(&leaf, index, size, &proof, &root)
            } else {
                let (old, new) = (number(test, "size1"), number(test, "size2"));
                let (old_root, new_root) = (vector(&test["root1"]), vector(&test["root2"]));
                consistency_holds((old, &old_root), (new, &new_root), &proof)
            };
            let expected = test["valid"].as_bool().unwrap() || test["name"] == FROM_NOTHING;
            assert_eq!(holds, expected, "{kind}: {test}");
            valid += u32::from(holds);
        }
    }
    assert_eq!(valid, 13);
}

#[test]
fn roots_follow_the_definition_at_every_size() {
    let tree = Leaves::numbered(600);
    for size in 0..=600_usize {
        assert_eq!(
            root(&tree, size as u64).unwrap(),
            by_definition(&tree.0[0][..size]),
            "{size}"
        );
    }
}

/// What may not verify beside what does.
fn damaged(proof: &[Digest]) -> Vec<Vec<Digest>> {
    let mut all = vec![[proof, &[Digest::ZERO]].concat()];
    if let Some((first, rest)) = proof.split_first() {
        all.push(rest.to_vec());
        all.push(proof[..proof.len() - 1].to_vec());
        let mut flipped = *first.as_bytes();
        flipped[31] ^= 1;
        all.push([&[Digest::from_bytes(flipped)], rest].concat());
    }
    all
}

#[test]
fn inclusion_of_every_leaf_in_every_size() {
    let tree = Leaves::numbered(256);
    for size in 1..256 {
        let top = root(&tree, size).unwrap();
        for index in 0..size {
            let proof = inclusion(&tree, index, size).unwrap();
            let leaf = tree.leaf(index);
            assert!(
                inclusion_holds(&leaf, index, size, &proof, &top),
                "{index} of {size}"
            );
            let other = tree.leaf(index + 1);
            assert!(!inclusion_holds(&other, index, size, &proof, &top));
            assert!(!inclusion_holds(&leaf, index + 1, size, &proof, &top));
            assert!(!inclusion_holds(&leaf, index + size, size, &proof, &top));
            assert!(!inclusion_holds(&leaf, index, size, &proof, &leaf) || size == 1);
            if index % 5 == 0 {
                for bad in damaged(&proof) {
                    assert!(!inclusion_holds(&leaf, index, size, &bad, &top));
                }
            }
        }
        assert!(inclusion(&tree, size, size).unwrap().is_empty());
    }
}

#[test]
fn consistency_of_every_size_with_every_smaller_one() {
    let tree = Leaves::numbered(256);
    let roots: Vec<_> = (0..256).map(|size| root(&tree, size).unwrap()).collect();
    for (new, new_root) in (0..).zip(&roots) {
        for (old, old_root) in (0..).zip(&roots) {
            let proof = consistency(&tree, old, new).unwrap();
            let holds = consistency_holds((old, old_root), (new, new_root), &proof);
            assert_eq!(holds, old <= new, "{old} in {new}");
            if old >= new {
                continue;
            }
            assert!(!consistency_holds((old, new_root), (new, new_root), &proof));
            assert!(!consistency_holds((new, new_root), (old, old_root), &proof));
            assert!(!consistency_holds(
                (old + 1, old_root),
                (new, new_root),
                &proof
            ));
            if old > 0 {
                assert!(!consistency_holds((old, old_root), (new, old_root), &proof));
                if old % 5 == 0 {
                    for bad in damaged(&proof) {
                        assert!(!consistency_holds((old, old_root), (new, new_root), &bad));
                    }
                }
            }
        }
    }
}

#[test]
fn perfect_roots() {
    let tree = Leaves::numbered(256);
    assert_eq!(perfect_root(&tree.0[0]), Some(root(&tree, 256).unwrap()));
    assert_eq!(perfect_root(&[]), None);
}

/// Another implementation of the same RFC makes the same trees and proofs.
#[test]
fn every_proof_is_that_of_another_implementation() {
    let ours = Leaves::numbered(256);
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    let bytes =
        |proof: &[Digest]| -> Vec<u8> { proof.iter().flat_map(|hash| *hash.as_bytes()).collect() };
    for size in 1..256_u64 {
        theirs.push((size - 1).to_be_bytes());
        let top = root(&ours, size).unwrap();
        assert_eq!(theirs.root().as_bytes()[..], top.as_bytes()[..], "{size}");
        for index in 0..size {
            let proof = theirs.prove_inclusion(usize::try_from(index).unwrap());
            let own = inclusion(&ours, index, size).unwrap();
            assert_eq!(proof.as_bytes(), bytes(&own), "{index} of {size}");
        }
        for old in 1..size {
            let proof = theirs.prove_consistency(usize::try_from(size - old).unwrap());
            let own = consistency(&ours, old, size).unwrap();
            assert_eq!(proof.as_bytes(), bytes(&own), "{old} in {size}");
        }
    }
}
