//! Sections into a document.

use crate::json::json;

use super::sections::NEW_TAGS;
use super::{Fields, Map, Pair, Section, Value, values};

const ACTORS: &[&str] = &["Person", "Organization", "Tool"];

/// What the tag before this one was about, for tags that only follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Relationship,
    Annotation,
    External,
    Artifact,
    Other,
}

/// A document as far as it was read.
#[derive(Debug)]
pub(super) struct Document {
    is_old: bool,
    section: Section,
    before: Before,
    whole: Fields,
    creation: Option<Fields>,
    package: Option<Fields>,
    file: Option<Fields>,
    license: Option<Fields>,
}

impl Document {
    /// Begins a document, of version 2.2 if it `is_old`.
    pub(super) fn new(is_old: bool) -> Self {
        Self {
            is_old,
            section: Section::Start,
            before: Before::Other,
            whole: Fields::new(Section::Start),
            creation: None,
            package: None,
            file: None,
            license: None,
        }
    }

    pub(super) fn pair(&mut self, pair: &Pair) -> Result<(), String> {
        let Pair { tag, value, .. } = pair;
        if self.is_old && NEW_TAGS.contains(&tag.as_str()) {
            return Err(format!("`{tag}` is not known in SPDX 2.2"));
        }
        self.turn(tag)?;
        let before = std::mem::replace(&mut self.before, Before::Other);
        if self.section != Section::Start && self.anywhere(before, tag, value)? {
            return Ok(());
        }
        match self.section {
            Section::Start => self.start(tag, value),
            Section::Creation => self.creation(tag, value),
            Section::Package => self.package(before, tag, value),
            Section::File => self.file(before, tag, value),
            Section::License => self
                .license
                .as_mut()
                .map_or(Ok(()), |it| it.text(tag, value)),
        }
    }

    /// Goes on to the section that `tag` begins.
    fn turn(&mut self, tag: &str) -> Result<(), String> {
        if self.section == Section::Start
            && !Section::Start.has(tag)
            && !matches!(tag, "SPDXID" | "ExternalDocumentRef")
        {
            self.section = Section::Creation;
            let creation = || Fields::new(Section::Creation);
            self.creation.get_or_insert_with(creation);
        }
        let next = match (self.section, tag) {
            (Section::Creation, "DocumentComment") => Section::Start,
            (Section::Creation | Section::Package | Section::File, "PackageName") => {
                self.close_package()?;
                self.package = Some(Fields::new(Section::Package));
                Section::Package
            }
            (Section::Creation | Section::Package | Section::File, "FileName") => {
                self.close_file()?;
                self.file = Some(Fields::new(Section::File));
                Section::File
            }
            (_, "LicenseID") => {
                self.close_package()?;
                self.close_license();
                self.license = Some(Fields::new(Section::License));
                Section::License
            }
            (_, "Reviewer" | "SnippetSPDXID") => {
                return Err(format!("`{tag}`: conftest leaves reviews and snippets out"));
            }
            (section, _) => section,
        };
        self.section = next;
        Ok(())
    }

    fn start(&mut self, tag: &str, value: &str) -> Result<(), String> {
        match tag {
            "SPDXID" => self.whole.once("SPDXID", values::element(value)?, tag),
            "ExternalDocumentRef" => {
                let document = values::document(value)?;
                self.whole.push("externalDocumentRefs", document);
                Ok(())
            }
            _ => self.whole.text(tag, value),
        }
    }

    fn creation(&mut self, tag: &str, value: &str) -> Result<(), String> {
        let Some(creation) = &mut self.creation else {
            return Ok(());
        };
        if tag == "Creator" {
            creation.push("creators", values::actor(value, ACTORS)?);
            return Ok(());
        }
        creation.text(tag, value)
    }

    fn package(&mut self, before: Before, tag: &str, value: &str) -> Result<(), String> {
        let is_old = self.is_old;
        let Some(package) = &mut self.package else {
            return Ok(());
        };
        match tag {
            "PackageName" if value.is_empty() => Err("`PackageName` without a name".to_owned()),
            "SPDXID" => package.once("SPDXID", values::element(value)?, tag),
            "PackageSupplier" => package.once("supplier", values::party(value)?, tag),
            "PackageOriginator" => package.once("originator", values::party(value)?, tag),
            "FilesAnalyzed" => match value {
                "true" | "false" => {
                    package.once("filesAnalyzed", Value::from(value == "true"), tag)
                }
                _ => Err(format!("`{tag}` is `true` or `false`, not `{value}`")),
            },
            "PackageVerificationCode" => {
                let code = values::verification_code(value)?;
                package.once("packageVerificationCode", code, tag)
            }
            "PackageChecksum" => {
                package.push("checksums", values::checksum(value, is_old)?);
                Ok(())
            }
            "ExternalRef" => {
                package.push("externalRefs", values::external(value)?);
                self.before = Before::External;
                Ok(())
            }
            "ExternalRefComment" if before == Before::External => {
                add(package.last("externalRefs"), "comment", value);
                Ok(())
            }
            _ => package.text(tag, value),
        }
    }

    fn file(&mut self, before: Before, tag: &str, value: &str) -> Result<(), String> {
        let is_old = self.is_old;
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let name = match tag {
            "SPDXID" => return file.once("SPDXID", values::element(value)?, tag),
            "FileChecksum" => {
                file.push("checksums", values::checksum(value, is_old)?);
                return Ok(());
            }
            "ArtifactOfProjectName" if value.is_empty() => {
                return Err(format!("`{tag}` without a name"));
            }
            "ArtifactOfProjectName" => {
                let artifact = json!({"name": value, "homePage": "", "URI": ""});
                file.push("artifactOfs", artifact);
                self.before = Before::Artifact;
                return Ok(());
            }
            "ArtifactOfProjectHomePage" if before == Before::Artifact => "homePage",
            "ArtifactOfProjectURI" if before == Before::Artifact => "URI",
            _ => return file.text(tag, value),
        };
        self.before = Before::Artifact;
        let artifact = file.last("artifactOfs");
        once(artifact, name, value, tag)
    }

    /// Reads what may stand in every section but the first; whether `tag` is of these.
    fn anywhere(&mut self, before: Before, tag: &str, value: &str) -> Result<bool, String> {
        match (tag, before) {
            ("Relationship", _) => {
                self.whole
                    .push("relationships", values::relationship(value)?);
                self.before = Before::Relationship;
            }
            ("RelationshipComment", Before::Relationship) => {
                add(self.whole.last("relationships"), "comment", value);
            }
            ("Annotator", _) => {
                let annotator = values::actor(value, ACTORS)?;
                let annotation = json!({
                    "annotator": annotator, "annotationDate": "", "annotationType": "", "comment": "",
                });
                self.whole.push("annotations", annotation);
                self.before = Before::Annotation;
            }
            ("SPDXREF", _) => {
                return Err("`SPDXREF`: conftest leaves out what an annotation is about".to_owned());
            }
            ("AnnotationDate" | "AnnotationType" | "AnnotationComment", Before::Annotation) => {
                let name = match tag {
                    "AnnotationDate" => "annotationDate",
                    "AnnotationType" => "annotationType",
                    _ => "comment",
                };
                once(self.whole.last("annotations"), name, value, tag)?;
                self.before = Before::Annotation;
            }
            (
                "RelationshipComment" | "AnnotationDate" | "AnnotationType" | "AnnotationComment",
                _,
            ) => {
                return Err(format!("`{tag}` does not follow what it is about"));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn close_file(&mut self) -> Result<(), String> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        if !file.contains("SPDXID") {
            return Err("the file before has no `SPDXID`".to_owned());
        }
        let mut file = file.end();
        file.entry("checksums").or_insert(Value::Null);
        let owner = self.package.as_mut().unwrap_or(&mut self.whole);
        owner.push("files", Value::Object(file));
        Ok(())
    }

    fn close_package(&mut self) -> Result<(), String> {
        self.close_file()?;
        let Some(package) = self.package.take() else {
            return Ok(());
        };
        if !package.contains("SPDXID") {
            return Err("the package before has no `SPDXID`".to_owned());
        }
        let mut package = package.end();
        package.entry("filesAnalyzed").or_insert(Value::Bool(true));
        if self.is_old {
            let code = package.entry("packageVerificationCode");
            code.or_insert_with(|| json!({"packageVerificationCodeValue": ""}));
        }
        self.whole.push("packages", Value::Object(package));
        Ok(())
    }

    fn close_license(&mut self) {
        if let Some(license) = self.license.take() {
            let license = Value::Object(license.end());
            self.whole.push("hasExtractedLicensingInfos", license);
        }
    }

    /// Returns the whole document.
    pub(super) fn end(mut self) -> Result<Value, String> {
        self.close_package()?;
        self.close_license();
        if !self.whole.contains("SPDXID") {
            return Err("the document has no `SPDXID`".to_owned());
        }
        let mut creation = self.creation.map_or(Value::Null, |creation| {
            let mut creation = creation.end();
            creation.entry("creators").or_insert(Value::Null);
            Value::Object(creation)
        });
        if self.is_old && creation == json!({"created": "", "creators": null}) {
            creation = Value::Null;
        }
        let mut document = self.whole.end();
        document.insert("creationInfo".to_owned(), creation);
        document.insert("spdxVersion".to_owned(), Value::from("SPDX-2.3"));
        Ok(Value::Object(document))
    }
}

/// Adds a text that JSON leaves out when it is empty.
fn add(object: Option<&mut Map<String, Value>>, name: &str, value: &str) {
    if let Some(object) = object.filter(|_| !value.is_empty()) {
        object.insert(name.to_owned(), Value::from(value));
    }
}

/// Fills in a text that JSON always has.
fn once(
    object: Option<&mut Map<String, Value>>,
    name: &str,
    value: &str,
    tag: &str,
) -> Result<(), String> {
    let before = object.and_then(|object| object.insert(name.to_owned(), Value::from(value)));
    match before {
        Some(before) if before != "" => Err(format!(
            "a second `{tag}`, of which conftest takes the last"
        )),
        _ => Ok(()),
    }
}
