//! The tags of each section whose value is text as it stands, and their names in JSON.

use super::{Map, Value};

/// Where a document is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Start,
    Creation,
    Package,
    File,
    License,
}

/// How often a tag stands in its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    /// Once; an empty text if it does not.
    Always,
    /// Once or not at all.
    Given,
    /// Any number of times.
    Listed,
}

use Times::{Always, Given, Listed};

const DOCUMENT: &[(&str, &str, Times)] = &[
    ("SPDXVersion", "spdxVersion", Always),
    ("DataLicense", "dataLicense", Always),
    ("DocumentName", "name", Always),
    ("DocumentNamespace", "documentNamespace", Always),
    ("DocumentComment", "comment", Given),
];

const CREATION: &[(&str, &str, Times)] = &[
    ("LicenseListVersion", "licenseListVersion", Given),
    ("Created", "created", Always),
    ("CreatorComment", "comment", Given),
];

const PACKAGE: &[(&str, &str, Times)] = &[
    ("PackageName", "name", Always),
    ("PackageVersion", "versionInfo", Given),
    ("PackageFileName", "packageFileName", Given),
    ("PackageDownloadLocation", "downloadLocation", Always),
    ("PackageHomePage", "homepage", Given),
    ("PackageSourceInfo", "sourceInfo", Given),
    ("PackageLicenseConcluded", "licenseConcluded", Given),
    (
        "PackageLicenseInfoFromFiles",
        "licenseInfoFromFiles",
        Listed,
    ),
    ("PackageLicenseDeclared", "licenseDeclared", Given),
    ("PackageLicenseComments", "licenseComments", Given),
    ("PackageCopyrightText", "copyrightText", Given),
    ("PackageSummary", "summary", Given),
    ("PackageDescription", "description", Given),
    ("PackageComment", "comment", Given),
    ("PackageAttributionText", "attributionTexts", Listed),
    ("PrimaryPackagePurpose", "primaryPackagePurpose", Given),
    ("ReleaseDate", "releaseDate", Given),
    ("BuiltDate", "builtDate", Given),
    ("ValidUntilDate", "validUntilDate", Given),
];

const FILE: &[(&str, &str, Times)] = &[
    ("FileName", "fileName", Always),
    ("FileType", "fileTypes", Listed),
    ("LicenseConcluded", "licenseConcluded", Given),
    ("LicenseInfoInFile", "licenseInfoInFiles", Listed),
    ("LicenseComments", "licenseComments", Given),
    ("FileCopyrightText", "copyrightText", Always),
    ("FileComment", "comment", Given),
    ("FileNotice", "noticeText", Given),
    ("FileContributor", "fileContributors", Listed),
    ("FileDependency", "fileDependencies", Listed),
    ("FileAttributionText", "attributionTexts", Listed),
];

const LICENSE: &[(&str, &str, Times)] = &[
    ("LicenseID", "licenseId", Always),
    ("ExtractedText", "extractedText", Always),
    ("LicenseName", "name", Given),
    ("LicenseCrossReference", "seeAlsos", Listed),
    ("LicenseComment", "comment", Given),
];

/// Tags that version 2.2 does not have.
pub(super) const NEW_TAGS: &[&str] = &[
    "PrimaryPackagePurpose",
    "ReleaseDate",
    "BuiltDate",
    "ValidUntilDate",
];

impl Section {
    fn tags(self) -> &'static [(&'static str, &'static str, Times)] {
        match self {
            Self::Start => DOCUMENT,
            Self::Creation => CREATION,
            Self::Package => PACKAGE,
            Self::File => FILE,
            Self::License => LICENSE,
        }
    }

    /// Whether `tag` is one of the section's whose value is text.
    pub(super) fn has(self, tag: &str) -> bool {
        self.tags().iter().any(|(own, ..)| *own == tag)
    }
}

/// What a section says so far.
#[derive(Debug)]
pub(super) struct Fields {
    section: Section,
    fields: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(section: Section) -> Self {
        let fields = Map::new();
        Self { section, fields }
    }

    /// Adds a value that is text, or is one of a list of texts.
    pub(super) fn text(&mut self, tag: &str, value: &str) -> Result<(), String> {
        let row = self.section.tags().iter().find(|(own, ..)| *own == tag);
        let Some((_, name, times)) = row else {
            return Err(format!("`{tag}` is unknown here"));
        };
        match times {
            Listed => {
                self.push(name, Value::from(value));
                Ok(())
            }
            Always | Given => self.once(name, Value::from(value), tag),
        }
    }

    /// Adds the value of a field that has one.
    pub(super) fn once(&mut self, name: &str, value: Value, tag: &str) -> Result<(), String> {
        match self.fields.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(format!(
                "a second `{tag}`, of which conftest takes the last"
            )),
        }
    }

    /// Adds a value to a list.
    pub(super) fn push(&mut self, name: &str, value: Value) {
        match self.fields.get_mut(name) {
            Some(Value::Array(values)) => values.push(value),
            _ => {
                self.fields
                    .insert(name.to_owned(), Value::Array(vec![value]));
            }
        }
    }

    /// Returns the last value of a list.
    pub(super) fn last(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        let values = self.fields.get_mut(name)?.as_array_mut()?;
        values.last_mut()?.as_object_mut()
    }

    /// Returns whether there is a field of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Returns the fields as JSON has them.
    pub(super) fn end(mut self) -> Map<String, Value> {
        for (_, name, times) in self.section.tags() {
            let is_empty = self.fields.get(*name).is_none_or(|value| value == "");
            match times {
                Always if is_empty => {
                    self.fields.insert((*name).to_owned(), Value::from(""));
                }
                Given if is_empty => {
                    self.fields.remove(*name);
                }
                _ => {}
            }
        }
        self.fields
    }
}
