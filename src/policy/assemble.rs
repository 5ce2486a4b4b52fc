//! Files → rules: one for each package outside `lib`.

use std::collections::BTreeMap;

use super::custom::{self, Custom};
use super::file::{FileRole, PolicyFile};
use super::metadata::{Annotation, Scope};
use super::rule::{Family, Head, Rule};

/// The rules of `files`, sorted by package.
pub(super) fn rules(files: &[PolicyFile]) -> Vec<Rule> {
    let mut packages: BTreeMap<&[String], Vec<&PolicyFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.role == FileRole::Module) {
        let package = file.outline.package.as_slice();
        packages.entry(package).or_default().push(file);
    }
    packages.into_values().filter_map(|f| rule(&f)).collect()
}

/// The METADATA of a package and the file it stands in: the first in path order.
pub(super) fn package_annotation<'a>(
    files: &[&'a PolicyFile],
) -> Option<(&'a PolicyFile, &'a Annotation)> {
    files.iter().find_map(|file| {
        let mut annotations = file.annotations.iter();
        annotations
            .find(|annotation| is_of_package(annotation))
            .map(|annotation| (*file, annotation))
    })
}

pub(super) fn is_of_package(annotation: &Annotation) -> bool {
    matches!(annotation.scope, Scope::Package | Scope::Subpackages)
}

fn rule(files: &[&PolicyFile]) -> Option<Rule> {
    let first = files.first()?;
    let family = first.family();
    if family == Family::Lib {
        return None;
    }
    let annotation = package_annotation(files).map(|(_, annotation)| annotation);
    let custom = annotation.map_or_else(Custom::default, |a| custom::read(&a.custom, &family));
    let package = first.package();
    Some(Rule {
        id: custom.id.unwrap_or_else(|| package.clone()),
        package,
        path: first.path.clone(),
        line: first.outline.package_line,
        title: annotation.and_then(|a| a.title.clone()),
        description: annotation.and_then(|a| a.description.clone()),
        severity: custom.severity,
        controls: custom.controls,
        requires: custom.requires,
        remediation: custom.remediation,
        effective_on: custom.effective_on,
        condition: custom.condition,
        class: custom.class,
        matrix: custom.matrix,
        heads: heads(files, &family),
        related_resources: annotation.map_or_else(Vec::new, |a| a.related_resources.clone()),
        family,
    })
}

fn heads(files: &[&PolicyFile], family: &Family) -> Vec<Head> {
    let mut heads: BTreeMap<&str, Head> = BTreeMap::new();
    for file in files {
        for (index, rule) in file.outline.rules.iter().enumerate() {
            let name = rule.first_name();
            let Some(kind) = family.head_kind(name) else {
                continue;
            };
            let mut blocks = file.annotations.iter();
            let title = blocks
                .find(|annotation| annotation.rule == Some(index))
                .and_then(|annotation| annotation.title.clone());
            let head = heads.entry(name).or_insert_with(|| Head {
                name: name.to_owned(),
                kind,
                form: rule.form,
                path: file.path.clone(),
                line: rule.line,
                title: None,
            });
            head.title = head.title.take().or(title);
        }
    }
    heads.into_values().collect()
}
