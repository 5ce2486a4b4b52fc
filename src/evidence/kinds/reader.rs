//! What the module of a kind says of itself: how its content is told, and how it is read.

use crate::evidence::Kind;
use crate::json::{Value, bulk};

use super::{KindError, Reading, Signatures};

/// What reads a document of which the lists were left out, and its text with them.
type ReadBulk = fn(&Value, &[u8]) -> Result<Reading, KindError>;

/// What reads a value.
type ReadValue = fn(&Value) -> Result<Reading, KindError>;

/// A kind, how it is told and how it is read.
///
/// INVARIANT: no content is told as two kinds; a test runs every sample by every reader.
#[derive(Debug, Clone, Copy)]
pub(in crate::evidence) struct Reader {
    pub(in crate::evidence) kind: Kind,
    /// RFC 6838.
    pub(in crate::evidence) media_type: &'static str,
    pub(in crate::evidence) form: Form,
}

/// What the content is made of.
#[derive(Debug, Clone, Copy)]
pub(in crate::evidence) enum Form {
    /// JSON that `is` tells.
    Json {
        is: fn(&Value) -> bool,
        read: ReadValue,
    },
    /// JSON that `is` tells without what is in the lists at `paths`, which may be long
    /// and are read element by element.
    Bulk {
        paths: &'static [bulk::Path],
        is: fn(&Value) -> bool,
        read: ReadBulk,
    },
    /// A JSON document, or one on each line, that `is` tells by the first.
    Lines {
        is: fn(&Value) -> bool,
        read: fn(&[Value]) -> Result<Reading, KindError>,
    },
    /// Pages of one answer: a JSON document, or one on each line, that `is` tells by the
    /// first. A single empty list is read as this kind only where the manifest says so.
    Pages {
        is: fn(&Value) -> bool,
        read: fn(&[Value]) -> Result<Reading, KindError>,
    },
    /// A JSON list that `is` tells by its first entry. An empty one is read as this
    /// kind only where the manifest says so: it could be of any.
    List {
        is: fn(&Value) -> bool,
        read: ReadValue,
    },
    /// JSON or YAML that `is` tells.
    Document {
        is: fn(&Value) -> bool,
        read: ReadValue,
    },
    /// The same, but read from its bytes.
    Authored {
        is: fn(&Value) -> bool,
        read: fn(&[u8]) -> Result<Reading, KindError>,
    },
    /// A JSON envelope that `is` tells, with signatures over what is in it.
    Signed {
        is: fn(&Value) -> bool,
        read: fn(&[u8], Signatures<'_>) -> Result<Reading, KindError>,
    },
    /// XML with one of these root elements.
    Xml {
        roots: &'static [&'static str],
        read: fn(&str) -> Result<Reading, KindError>,
    },
    /// Text that `is` tells from its start: at most [`START_SIZE_MAX`] bytes, which
    /// may end within a line. It begins with none of `{`, `[` and `<`.
    Text {
        is: fn(&str) -> bool,
        read: fn(&str) -> Result<Reading, KindError>,
    },
}

/// Most bytes by which text is told.
pub(in crate::evidence) const START_SIZE_MAX: usize = 4_096;

impl Form {
    /// Whether `value`, which was YAML or else JSON, is of this form.
    pub(in crate::evidence) fn tells(self, value: &Value, is_yaml: bool) -> bool {
        match self {
            Self::Document { is, .. } | Self::Authored { is, .. } => is(value),
            Self::Json { is, .. }
            | Self::Bulk { is, .. }
            | Self::Lines { is, .. }
            | Self::Pages { is, .. }
            | Self::Signed { is, .. } => !is_yaml && is(value),
            Self::List { is, .. } => !is_yaml && value.get(0).is_some_and(is),
            Self::Xml { .. } | Self::Text { .. } => false,
        }
    }

    /// The lists that are read element by element.
    pub(in crate::evidence) const fn paths(self) -> &'static [bulk::Path] {
        match self {
            Self::Bulk { paths, .. } => paths,
            _ => &[],
        }
    }

    /// Whether `value` is an empty list, and may be of this form.
    pub(in crate::evidence) fn may_be(self, value: &Value) -> bool {
        matches!((self, value), (Self::List { .. } | Self::Pages { .. }, Value::Array(list)) if list.is_empty())
    }

    /// Whether a text whose first line is `value` has a JSON document of this form on
    /// each line.
    pub(in crate::evidence) fn tells_lines(self, value: &Value) -> bool {
        matches!(self, Self::Lines { is, .. } | Self::Pages { is, .. } if is(value))
    }

    /// Whether a text that begins with `start` is of this form.
    pub(in crate::evidence) fn tells_text(self, start: &str) -> bool {
        matches!(self, Self::Text { is, .. } if is(start))
    }

    /// Whether an XML document with this `root` is of this form.
    pub(in crate::evidence) fn tells_root(self, root: &str) -> bool {
        matches!(self, Self::Xml { roots, .. } if roots.contains(&root))
    }
}

/// Whether the text in `field` of `value` begins with `prefix`.
pub(super) fn starts(value: &Value, field: &str, prefix: &str) -> bool {
    let text = value.get(field).and_then(Value::as_str);
    text.is_some_and(|text| text.starts_with(prefix))
}
