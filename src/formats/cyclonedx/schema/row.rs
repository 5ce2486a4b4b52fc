//! Rows of the tables.

/// The fields of an object.
#[derive(Debug)]
pub struct Object(pub &'static [Row]);

/// A field.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in JSON.
    pub name: &'static str,
    /// Where XML has it.
    pub place: Place,
    /// What it is, or what each of its elements is.
    pub shape: Shape,
    /// Whether it is a list.
    pub is_many: bool,
    /// When JSON has it.
    pub presence: Presence,
}

/// Where XML has a field.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// Nowhere, or where it would not be read whole.
    Nowhere,
    /// An attribute.
    Attribute(&'static str),
    /// The text of the object's element.
    Content,
    /// Elements of this name: one, or many if the field is a list.
    Element(&'static str),
    /// An element that holds elements of the second name.
    Wrapped(&'static str, &'static str),
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text,
    /// A string, in XML the attribute `ref` of an element.
    Reference,
    /// A boolean.
    Bool,
    /// An integer.
    Int,
    /// A number of 64 bits.
    Number,
    /// A number of 32 bits.
    Single,
    /// The version of the schema.
    SpecVersion,
    /// An object.
    Object(&'static Object),
    /// In JSON an object or a list of them, in XML elements.
    OneOrMany(&'static Object),
    /// In JSON a string or an object.
    TextOr(&'static Object),
    /// A list of tools, or the components and services that are tools.
    Tools,
    /// A list of licences and expressions of them.
    Licenses,
    /// A licence, which has an identifier or a name.
    License,
    /// What data flows.
    Dataflow(&'static Object),
    /// A reference to data, or the data.
    Dataset(&'static Object),
}

/// When JSON has a field that was read from XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// When XML has it; if text, when it is not empty.
    Given,
    /// When XML has it, empty or not.
    Kept,
    /// Always.
    Always,
    /// When it is neither `false` nor an empty list or object.
    Filled,
}

impl Row {
    const fn new(name: &'static str, place: Place, shape: Shape) -> Self {
        Self {
            name,
            place,
            shape,
            is_many: false,
            presence: Presence::Given,
        }
    }

    /// The same row under another name in JSON.
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same row, always in JSON.
    pub const fn always(self) -> Self {
        let presence = Presence::Always;
        Self { presence, ..self }
    }

    /// The same row, in JSON when in XML.
    pub const fn kept(self) -> Self {
        let presence = Presence::Kept;
        Self { presence, ..self }
    }

    /// The same row, left out when `false`.
    pub const fn unless_false(self) -> Self {
        let presence = Presence::Filled;
        Self { presence, ..self }
    }

    /// The same row, left out when an empty list or object.
    pub const fn unless_empty(self) -> Self {
        let presence = Presence::Filled;
        Self { presence, ..self }
    }

    /// The same row as a list.
    pub const fn many(self) -> Self {
        let is_many = true;
        Self { is_many, ..self }
    }
}

/// Text in an element.
pub const fn text(name: &'static str) -> Row {
    one(name, Shape::Text)
}

/// Text in an attribute.
pub const fn label(name: &'static str) -> Row {
    attribute(name, Shape::Text)
}

/// A value in an attribute.
pub const fn attribute(name: &'static str, shape: Shape) -> Row {
    Row::new(name, Place::Attribute(name), shape)
}

/// The text of the object's own element.
pub const fn content(name: &'static str) -> Row {
    Row::new(name, Place::Content, Shape::Text)
}

/// A value in an element.
pub const fn one(name: &'static str, shape: Shape) -> Row {
    Row::new(name, Place::Element(name), shape)
}

/// A list, each element of it in an element of this name.
pub const fn each(name: &'static str, shape: Shape) -> Row {
    one(name, shape).many()
}

/// A list in an element, each element of it in an element named `item`.
pub const fn list(name: &'static str, item: &'static str, shape: Shape) -> Row {
    Row::new(name, Place::Wrapped(name, item), shape).many()
}

/// A value that only JSON has, or whose XML is not read.
pub const fn json(name: &'static str, shape: Shape) -> Row {
    Row::new(name, Place::Nowhere, shape)
}
