//! Imports: the engine evaluates all of an imported package to read one of its rules.

use std::collections::BTreeMap;

use super::super::module::{HeadForm, Import};
use super::{LintCode, Module, Report, by_package};

pub(super) fn lint(modules: &[Module<'_>], report: &mut Report) {
    let packages = by_package(modules);
    for module in modules {
        for import in &module.file.outline.imports {
            let Some((root, path)) = import.path.split_first() else {
                continue;
            };
            if root != "data" {
                continue;
            }
            if module.file.outline.package.starts_with(path) {
                report.add(
                    LintCode::ImportOwnPackage,
                    module.file,
                    import.line,
                    format!(
                        "`data.{}` holds the package that imports it",
                        path.join(".")
                    ),
                    "use the rules of the package by name, and import others by their full path",
                );
            } else if reads_whole(module, import, path, &packages) {
                report.add(
                    LintCode::ImportWholePackage,
                    module.file,
                    import.line,
                    format!(
                        "using `{}` evaluates every rule of `data.{}`",
                        import.alias,
                        path.join(".")
                    ),
                    format!(
                        "import what is used, as `import data.{}.<rule>`",
                        path.join(".")
                    ),
                );
            }
        }
    }
}

/// Whether the import names a package, or one above a package, and is used for more
/// than its functions.
fn reads_whole(
    module: &Module<'_>,
    import: &Import,
    path: &[String],
    packages: &BTreeMap<&[String], Vec<&Module<'_>>>,
) -> bool {
    if !packages.keys().any(|package| package.starts_with(path)) {
        return false;
    }
    let mut functions = Vec::new();
    for rule in packages
        .get(path)
        .into_iter()
        .flatten()
        .flat_map(|m| &m.file.outline.rules)
    {
        if rule.form == HeadForm::Function {
            functions.push(rule.first_name());
        }
    }
    module.references().any(|(index, token)| {
        let is_import = token.line == import.line;
        let is_call = matches!(module.from(index), [_, dot, name, ..]
            if dot.is(".") && functions.contains(&name.text));
        token.text == import.alias && !is_import && !is_call
    })
}
