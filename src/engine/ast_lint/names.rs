//! What names mean: packages, rules, functions and imports.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use regorus::unstable::{Module, Ref, Rule, RuleHead};

use super::visit;

/// A full path: `["data", "gates", "deploy", "deny"]`.
pub(in crate::engine) type FullPath = Vec<String>;

/// Everything that the modules define.
pub(in crate::engine) struct Names {
    /// Packages.
    pub(super) packages: BTreeSet<FullPath>,
    /// Functions, with their number of arguments.
    pub(super) functions: BTreeMap<FullPath, usize>,
    /// Rules and functions, by the constant part of their name.
    pub(super) rules: BTreeSet<FullPath>,
    /// The names of rules, packages and parts of either, by the path that they follow.
    below: BTreeMap<FullPath, BTreeSet<String>>,
}

/// What names mean within one module.
pub(in crate::engine) struct Scope {
    /// The module's package.
    pub(super) package: FullPath,
    /// Imported name to what it stands for; `input.…` and `data.…` alone.
    pub(super) imports: BTreeMap<String, FullPath>,
}

impl Names {
    pub(in crate::engine) fn of(modules: &[Ref<Module>]) -> Self {
        let mut names = Self {
            packages: BTreeSet::new(),
            functions: BTreeMap::new(),
            rules: BTreeSet::new(),
            below: BTreeMap::new(),
        };
        for module in modules {
            let package = package(module);
            for rule in &module.policy {
                let mut path = package.clone();
                path.extend(rule_name(rule));
                let arity = match rule.as_ref() {
                    Rule::Spec {
                        head: RuleHead::Func { args, .. },
                        ..
                    } => Some(args.len()),
                    Rule::Default { args, .. } if !args.is_empty() => Some(args.len()),
                    Rule::Spec { .. } | Rule::Default { .. } => None,
                };
                if let Some(arity) = arity {
                    names.functions.insert(path.clone(), arity);
                }
                names.rules.insert(path);
            }
            names.packages.insert(package);
        }
        for path in &names.rules {
            for (length, name) in path.iter().enumerate() {
                let above = path.get(..length).unwrap_or_default();
                match names.below.get_mut(above) {
                    Some(below) => below.insert(name.clone()),
                    None => names
                        .below
                        .insert(above.to_vec(), [name.clone()].into())
                        .is_none(),
                };
            }
        }
        names
    }

    /// Whether a rule is `name` in `package`, or lies below it.
    fn holds(&self, package: &[String], name: &str) -> bool {
        self.below
            .get(package)
            .is_some_and(|names| names.contains(name))
    }

    /// Whether `path` is a package or holds one.
    pub(in crate::engine) fn is_package(&self, path: &[String]) -> bool {
        starting_with(&self.packages, path).next().is_some()
    }

    /// Whether `path` is a rule, or within one's value.
    pub(super) fn is_in_rule(&self, path: &[String]) -> bool {
        (1..=path.len()).any(|length| {
            path.get(..length)
                .is_some_and(|prefix| self.rules.contains(prefix))
        })
    }
}

/// Returns the members of `paths` that start with `prefix`.
pub(super) fn starting_with<'a>(
    paths: &'a BTreeSet<FullPath>,
    prefix: &'a [String],
) -> impl Iterator<Item = &'a FullPath> {
    paths
        .range::<[String], _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(move |path| path.starts_with(prefix))
}

impl Scope {
    pub(in crate::engine) fn of(module: &Module) -> Self {
        let mut imports = BTreeMap::new();
        for import in &module.imports {
            let Some(path) = visit::path(&import.refr) else {
                continue;
            };
            let is_document = matches!(
                path.parts.first().map(String::as_str),
                Some("data" | "input")
            );
            let name = import
                .r#as
                .as_ref()
                .map(|span| span.text().to_owned())
                .or_else(|| path.parts.last().cloned());
            if let (true, Some(name)) = (is_document, name) {
                imports.insert(name, path.parts);
            }
        }
        Self {
            package: package(module),
            imports,
        }
    }

    /// Whether `name` alone stands for a document, an import, or a rule of this package.
    pub(super) fn is_global(&self, name: &str, names: &Names) -> bool {
        name == "data"
            || name == "input"
            || self.imports.contains_key(name)
            || names.holds(&self.package, name)
    }

    /// Returns the full path that `parts` stands for, if it starts with a document,
    /// an import, or a rule of this package.
    pub(in crate::engine) fn resolve(&self, parts: &[String], names: &Names) -> Option<FullPath> {
        let (root, rest) = parts.split_first()?;
        if root == "data" || root == "input" {
            return Some(parts.to_vec());
        }
        let mut path = if let Some(imported) = self.imports.get(root) {
            imported.clone()
        } else {
            if !names.holds(&self.package, root) {
                return None;
            }
            let mut path = self.package.clone();
            path.push(root.clone());
            path
        };
        path.extend_from_slice(rest);
        Some(path)
    }
}

/// Returns the full path of the package of `module`.
pub(in crate::engine) fn package(module: &Module) -> FullPath {
    let mut full = vec!["data".to_owned()];
    if let Some(path) = visit::path(&module.package.refr) {
        full.extend(path.parts);
    }
    full
}

/// Returns the constant part of the name of `rule`, within its package.
pub(in crate::engine) fn rule_name(rule: &Rule) -> Vec<String> {
    let reference = match rule {
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
        Rule::Default { refr, .. } => refr,
    };
    visit::path(reference).map_or_else(Vec::new, |path| path.parts)
}

/// Returns `path` as it is written.
pub(in crate::engine) fn dotted(path: &[String]) -> String {
    path.join(".")
}
