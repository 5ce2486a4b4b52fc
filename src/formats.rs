//! Text formats of other tools, read into the values that conftest's parsers give, so that
//! a policy written for one is right for the other.
//!
//! JSON, YAML and TOML are read by [`json`](crate::json); what is here has no value of its
//! own but the shape that conftest gives it. A reader knows bytes and nothing else: no
//! file beside the one it reads, no environment, no network. Two formats need more than
//! reading: `textproto` takes the definitions that it is given, and `jsonnet` is a program,
//! which the worker of `engine` evaluates.
//!
//! INVARIANTS
//! - Text that two readers would take differently, or that a reader here does not know,
//!   is an error with its line, never left out.
//! - Nesting and size are bounded before anything recurses.

use std::path::Path;

use thiserror::Error;

use crate::json::yaml::OtherReader;
use crate::json::{self, JsonError, Limits, Value};
use crate::xml::XmlError;

mod cue;
mod cyclonedx;
mod dockerfile;
mod dotenv;
mod doubles;
mod edn;
mod fault;
mod float;
mod groovy;
mod hcl1;
mod hcl2;
mod hocon;
mod ignore;
mod ini;
mod jsonc;
pub mod jsonnet;
mod lines;
mod nginx;
mod properties;
mod scalar;
mod spdx;
mod textproto;
mod vcl;
mod xml;

pub use textproto::Definitions;

/// Text that cannot be read as what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Malformed, ambiguous, or not known to the reader.
    #[error("line {line}: {what}")]
    At {
        /// 1-based line.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The same, of the document as a whole.
    #[error("{what}")]
    Whole {
        /// What is wrong with it.
        what: String,
    },
    /// Wrong as JSON, YAML or TOML; or too large, or not UTF-8.
    #[error(transparent)]
    Json(#[from] JsonError),
}

impl FormatError {
    /// An error at the 1-based `line`.
    pub fn at(line: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self::At { line, what }
    }
}

impl From<XmlError> for FormatError {
    fn from(error: XmlError) -> Self {
        Self::at(error.line, error.what)
    }
}

/// A format of input files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// CUE, as far as it is data.
    Cue,
    /// A `CycloneDX` bill of materials, in JSON or XML.
    Cyclonedx,
    /// Dockerfiles.
    Dockerfile,
    /// dotenv.
    Dotenv,
    /// EDN.
    Edn,
    /// Groovy, as Jenkinsfiles have it.
    Groovy,
    /// HCL 1: Terraform's up to 0.11.
    Hcl1,
    /// HCL 2: Terraform's.
    Hcl2,
    /// HOCON.
    Hocon,
    /// Patterns of ignored files, one a line.
    Ignore,
    /// INI.
    Ini,
    /// JSON.
    Json,
    /// JSON with comments.
    Jsonc,
    /// Jsonnet, which is a program.
    Jsonnet,
    /// nginx's configuration.
    Nginx,
    /// Java properties.
    Properties,
    /// An SPDX document as tags and values.
    Spdx,
    /// Protocol Buffers as text.
    Textproto,
    /// TOML.
    Toml,
    /// Varnish's configuration, as far as it declares.
    Vcl,
    /// XML.
    Xml,
    /// YAML, one document or a stream.
    Yaml,
}

/// Every format with its name, which is also what `--parser` takes.
const NAMES: &[(&str, Format)] = &[
    ("cue", Format::Cue),
    ("cyclonedx", Format::Cyclonedx),
    ("dockerfile", Format::Dockerfile),
    ("dotenv", Format::Dotenv),
    ("edn", Format::Edn),
    ("groovy", Format::Groovy),
    ("hcl1", Format::Hcl1),
    ("hcl2", Format::Hcl2),
    ("hocon", Format::Hocon),
    ("ignore", Format::Ignore),
    ("ini", Format::Ini),
    ("json", Format::Json),
    ("jsonc", Format::Jsonc),
    ("jsonnet", Format::Jsonnet),
    ("nginx", Format::Nginx),
    ("properties", Format::Properties),
    ("spdx", Format::Spdx),
    ("textproto", Format::Textproto),
    ("toml", Format::Toml),
    ("vcl", Format::Vcl),
    ("xml", Format::Xml),
    ("yaml", Format::Yaml),
];

/// Extensions other than the names.
const EXTENSIONS: &[(&str, Format)] = &[
    ("dockerignore", Format::Ignore),
    ("env", Format::Dotenv),
    ("gitignore", Format::Ignore),
    ("hcl", Format::Hcl2),
    ("textpb", Format::Textproto),
    ("tf", Format::Hcl2),
    ("tfvars", Format::Hcl2),
    ("yml", Format::Yaml),
];

/// Names of files, in lower case, alone or with a dot and anything after it.
const STEMS: &[(&str, Format)] = &[
    (".env", Format::Dotenv),
    ("dockerfile", Format::Dockerfile),
    ("jenkinsfile", Format::Groovy),
];

/// Names of files, in lower case.
const FILES: &[(&str, Format)] = &[("nginx.conf", Format::Nginx)];

impl Format {
    /// Returns the format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let mut names = NAMES.iter();
        names
            .find(|(own, _)| *own == name)
            .map(|(_, format)| *format)
    }

    /// Returns the names of all formats, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Returns the format's name.
    pub fn name(self) -> &'static str {
        let mut names = NAMES.iter();
        names
            .find(|(_, format)| *format == self)
            .map_or("", |(name, _)| *name)
    }

    /// Returns the format that the name of the file at `path` stands for, whatever its
    /// case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let whole = FILES.iter().find(|(own, _)| *own == name);
        let stem = STEMS.iter().find(|(own, _)| {
            let rest = name.strip_prefix(own);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if let Some((_, format)) = whole.or(stem) {
            return Some(*format);
        }
        let (_, extension) = name.rsplit_once('.')?;
        let mut extensions = EXTENSIONS.iter();
        let other = extensions.find(|(own, _)| *own == extension);
        other
            .map(|(_, format)| *format)
            .or_else(|| Self::named(extension))
    }

    /// Returns whether a file of the format is a program, which is evaluated where it may
    /// be ended, and not read.
    pub fn is_program(self) -> bool {
        self == Self::Jsonnet
    }

    /// Returns whether other files say what is in one of this format.
    pub fn takes_definitions(self) -> bool {
        self == Self::Textproto
    }

    /// Reads `bytes`: each document of a stream, or the one document there is.
    ///
    /// # Errors
    /// Text that is malformed, that is read in more than one way, or that is larger or
    /// deeper than `limits`; and every program.
    pub fn documents(self, bytes: &[u8], limits: Limits) -> Result<Vec<Value>, FormatError> {
        self.documents_by(bytes, limits, &Definitions::default())
    }

    /// Reads `bytes` as [`documents`](Self::documents) does, by `definitions` if the format
    /// needs them.
    ///
    /// # Errors
    /// The same, and what `definitions` do not define.
    pub fn documents_by(
        self,
        bytes: &[u8],
        limits: Limits,
        definitions: &Definitions,
    ) -> Result<Vec<Value>, FormatError> {
        let one = match self {
            Self::Cue => cue::parse(bytes, limits)?,
            Self::Cyclonedx => cyclonedx::parse(bytes, limits)?,
            Self::Dockerfile => dockerfile::parse(bytes, limits)?,
            Self::Dotenv => dotenv::parse(bytes, limits)?,
            Self::Edn => edn::parse(bytes, limits)?,
            Self::Groovy => groovy::parse(bytes, limits)?,
            Self::Hcl1 => hcl1::parse(bytes, limits)?,
            Self::Hcl2 => hcl2::parse(bytes, limits)?,
            Self::Hocon => hocon::parse(bytes, limits)?,
            Self::Ignore => ignore::parse(bytes, limits)?,
            Self::Ini => ini::parse(bytes, limits)?,
            Self::Json => json::parse(bytes, limits)?,
            Self::Jsonc => jsonc::parse(bytes, limits)?,
            Self::Jsonnet => {
                return Err(FormatError::Whole {
                    what: "is a program, which is not read but evaluated".to_owned(),
                });
            }
            Self::Nginx => nginx::parse(bytes, limits)?,
            Self::Properties => properties::parse(bytes, limits)?,
            Self::Spdx => spdx::parse(bytes, limits)?,
            Self::Textproto => textproto::parse(bytes, definitions, limits)?,
            Self::Toml => json::toml::parse(bytes, limits)?,
            Self::Vcl => vcl::parse(bytes, limits)?,
            Self::Xml => xml::parse(bytes, limits)?,
            Self::Yaml => return stream(bytes, limits),
        };
        Ok(vec![one])
    }
}

/// Reads a stream of YAML. Empty documents, which its reader passes over, are `null`, as
/// long as there are others.
fn stream(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, FormatError> {
    // Once as a whole, so that errors name the right line.
    let documents = json::yaml::parse_stream(bytes, limits)?;
    let text = String::from_utf8_lossy(bytes);
    let separator = if text.contains("\r\n") {
        "\r\n---\r\n"
    } else {
        "\n---\n"
    };
    let mut all = Vec::new();
    if documents.is_empty() || text.starts_with('%') || !text.contains(separator) {
        all = documents;
    } else {
        for part in text.split(separator) {
            let read = json::yaml::parse_stream(part.as_bytes(), limits)?;
            if read.is_empty() {
                all.push(Value::Null);
            }
            all.extend(read);
        }
    }
    json::yaml::refuse_ambiguous(bytes, &all, OtherReader::Conftest)?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_lead_back() {
        assert!(NAMES.is_sorted());
        for (name, format) in NAMES {
            assert_eq!(format.name(), *name);
            assert_eq!(Format::named(name), Some(*format));
        }
    }

    #[test]
    fn a_path_tells_its_format() {
        for (path, format) in [
            ("a.json", Some("json")),
            ("b/A.YML", Some("yaml")),
            ("a.b.toml", Some("toml")),
            ("yaml", None),
            ("Dockerfile", Some("dockerfile")),
            ("b/dockerfile.yaml", Some("dockerfile")),
            ("base.Dockerfile", Some("dockerfile")),
            ("Dockerfiles", None),
            (".gitignore", Some("ignore")),
            ("app.dockerignore", Some("ignore")),
            ("etc/nginx.conf", Some("nginx")),
            ("a.nginx", Some("nginx")),
            ("nginx.conf.old", None),
            (".env", Some("dotenv")),
            ("b/.ENV.production.json", Some("dotenv")),
            ("prod.env", Some("dotenv")),
            ("env", None),
            ("x.env.txt", None),
            ("a.ini", Some("ini")),
            ("a.tf", Some("hcl2")),
            ("b.tfvars", Some("hcl2")),
            ("Jenkinsfile", Some("groovy")),
            ("Jenkinsfile.safe", Some("groovy")),
            ("a.groovy", Some("groovy")),
            ("a.textpb", Some("textproto")),
            ("a.cue", Some("cue")),
            ("a.jsonnet", Some("jsonnet")),
            ("a.libsonnet", None),
            ("a.txt", None),
            ("..", None),
        ] {
            let found = Format::of_path(Path::new(path)).map(Format::name);
            assert_eq!(found, format, "{path}");
        }
    }
}
