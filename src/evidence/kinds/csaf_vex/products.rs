//! The product tree: what the identifiers of a document stand for.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::evidence::kinds::{
    KindError,
    node::{Node, TEXT_MAX, shortened},
    sbom,
};

/// Products and groups of them by identifier.
#[derive(Default)]
pub(super) struct Products<'a> {
    products: BTreeMap<&'a str, Product<'a>>,
    groups: BTreeMap<&'a str, Vec<&'a str>>,
}

/// Package URLs and `sha256:…`, and what the product is a part within.
#[derive(Default)]
struct Product<'a> {
    identifiers: Vec<String>,
    /// The part and the whole.
    relation: Option<(&'a str, &'a str)>,
}

impl<'a> Products<'a> {
    pub(super) fn of(root: &Node<'a>) -> Result<Self, KindError> {
        let mut products = Self::default();
        let tree = root.field("product_tree")?;
        for product in tree.each("full_product_names")? {
            products.add(&product, None)?;
        }
        products.branches(&tree)?;
        for relationship in tree.each("relationships")? {
            let part = relationship.field("product_reference")?;
            let whole = relationship.field("relates_to_product_reference")?;
            let relation = (products.known(&part)?, products.known(&whole)?);
            products.add(&relationship.field("full_product_name")?, Some(relation))?;
        }
        for group in tree.each("product_groups")? {
            let mut members = Vec::new();
            for member in group.each("product_ids")? {
                members.push(products.known(&member)?);
            }
            let id = group.field("group_id")?.words()?;
            products.groups.insert(id, members);
        }
        Ok(products)
    }

    /// The reader's limit of nesting ends the recursion.
    fn branches(&mut self, node: &Node<'a>) -> Result<(), KindError> {
        for branch in node.each("branches")? {
            if let Some(product) = branch.optional("product")? {
                self.add(&product, None)?;
            }
            self.branches(&branch)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        node: &Node<'a>,
        relation: Option<(&'a str, &'a str)>,
    ) -> Result<(), KindError> {
        let id = node.field("product_id")?;
        let mut product = Product {
            relation,
            ..Product::default()
        };
        if let Some(helper) = node.optional("product_identification_helper")? {
            if let Some(purl) = helper.optional("purl")? {
                product.identifiers.extend(sbom::purl(&purl)?);
            }
            for hashes in helper.each("hashes")? {
                for hash in hashes.each("file_hashes")? {
                    if hash.field("algorithm")?.text()? == "sha256" {
                        let value = hash.field("value")?;
                        let digest: Digest = value
                            .text()?
                            .to_ascii_lowercase()
                            .parse()
                            .map_err(|error| value.refuse(format!("{error}")))?;
                        product.identifiers.push(format!("sha256:{}", digest.hex()));
                    }
                }
            }
        }
        match self.products.insert(id.words()?, product) {
            None => Ok(()),
            Some(_) => Err(id.refuse(format!("`{}` occurs twice", shortened(id.text()?, 80)))),
        }
    }

    /// The product that `reference` names, which must be in the tree.
    pub(super) fn known(&self, reference: &Node<'a>) -> Result<&'a str, KindError> {
        let id = reference.words()?;
        if self.products.contains_key(id) {
            return Ok(id);
        }
        let id = shortened(id, 80);
        Err(reference.refuse(format!("`{id}` is not in the product tree")))
    }

    /// The products that `product_ids` and `group_ids` of `node` name.
    pub(super) fn named(&self, node: &Node<'a>) -> Result<Vec<&'a str>, KindError> {
        let mut named = Vec::new();
        for reference in node.each("product_ids")? {
            named.push(self.known(&reference)?);
        }
        for group in node.each("group_ids")? {
            match self.groups.get(group.words()?) {
                Some(members) => named.extend(members),
                None => return Err(group.refuse("there is no such group")),
            }
        }
        Ok(named)
    }

    /// What `ids` are known by: package URLs and digests, else the identifier itself.
    /// A part within a product is known by that product.
    pub(super) fn identifiers(&self, ids: &[&str]) -> BTreeSet<String> {
        let mut identifiers = BTreeSet::new();
        for id in ids {
            let mut own = self.own(id);
            if own.is_empty()
                && let Some((_, whole)) = self.products.get(*id).and_then(|it| it.relation)
            {
                own = self.own(whole);
            }
            if own.is_empty() {
                identifiers.insert(shortened(id, TEXT_MAX));
            }
            identifiers.extend(own.iter().cloned());
        }
        identifiers
    }

    /// The parts that statements on `ids` are about.
    pub(super) fn parts(&self, ids: &[&str]) -> BTreeSet<String> {
        let mut parts = BTreeSet::new();
        for id in ids {
            if let Some((part, _)) = self.products.get(*id).and_then(|it| it.relation) {
                let own = self.own(part);
                if own.is_empty() {
                    parts.insert(shortened(part, TEXT_MAX));
                }
                parts.extend(own.iter().cloned());
            }
        }
        parts
    }

    fn own(&self, id: &str) -> &[String] {
        let product = self.products.get(id);
        product.map_or(&[], |product| product.identifiers.as_slice())
    }
}
