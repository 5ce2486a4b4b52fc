//! Elements that are not what the tables say: references, tools, licences, data.

use crate::json::{Map, Value};
use crate::xml::XmlError;
use crate::xml::tree::Node;

use super::schema::row::{Object, Shape, attribute, content, each, label, list, one, text};
use super::schema::{ATTACHED_TEXT, COMPONENT, DATA_GOVERNANCE, LICENSE, SERVICE, TOOL};
use super::shaping::Shaping;

static REFERENCE: Object = Object(&[attribute("ref", Shape::Text).always()]);

static EXPRESSION: Object = Object(&[
    content("expression"),
    label("acknowledgement"),
    label("bom-ref"),
]);

static EXPRESSION_DETAILED: Object = Object(&[
    label("expression"),
    label("acknowledgement"),
    label("bom-ref"),
    each("details", Shape::Object(&DETAILS)).named("expressionDetails"),
]);

static DETAILS: Object = Object(&[
    label("license-identifier")
        .named("licenseIdentifier")
        .always(),
    one("text", Shape::Object(&ATTACHED_TEXT)),
    text("url"),
]);

static DATAFLOW: Object = Object(&[
    label("name"),
    label("description"),
    one("classification", Shape::Object(&CLASSIFICATION)),
    one("governance", Shape::Object(&DATA_GOVERNANCE)),
    list("source", "url", Shape::Text),
    list("destination", "url", Shape::Text),
]);

static CLASSIFICATION: Object =
    Object(&[content("classification").always(), label("flow").always()]);

impl Shaping<'_> {
    pub(super) fn reference(&self, node: &Node) -> Result<Value, XmlError> {
        let mut object = self.object(node, &REFERENCE)?;
        // It would have been left out.
        object
            .remove("ref")
            .filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
            .ok_or_else(|| self.refuse(node, format!("`{}` lacks `ref`", node.name)))
    }

    /// Shapes `tools`: the list of old, or the components and services of 1.5.
    pub(super) fn tools(&self, node: &Node) -> Result<Value, XmlError> {
        let mut tools = Vec::new();
        let mut groups = Map::new();
        for element in self.bare(node)? {
            let (item, object) = match element.name.as_str() {
                "tool" => {
                    tools.push(Value::Object(self.object(element, &TOOL)?));
                    continue;
                }
                "components" => ("component", &COMPONENT),
                "services" => ("service", &SERVICE),
                _ => return Err(self.refuse_element(node, element)),
            };
            let mut values = Vec::new();
            for inner in self.bare(element)? {
                if inner.name != item {
                    return Err(self.refuse_element(element, inner));
                }
                values.push(Value::Object(self.object(inner, object)?));
            }
            if groups.contains_key(&element.name) {
                return Err(self.refuse_second(element));
            }
            groups.insert(element.name.clone(), Value::Array(values));
        }
        groups.retain(|_, values| values.as_array().is_some_and(|values| !values.is_empty()));
        match (tools.is_empty(), groups.is_empty()) {
            (false, true) => Ok(Value::Array(tools)),
            (true, false) => Ok(Value::Object(groups)),
            (true, true) => Err(self.refuse(node, "`tools` without one, which conftest refuses")),
            (false, false) => Err(self.refuse(
                node,
                "`tool` beside `components` or `services`, which conftest refuses",
            )),
        }
    }

    pub(super) fn licenses(&self, node: &Node) -> Result<Value, XmlError> {
        let mut choices = Vec::new();
        for element in self.bare(node)? {
            let choice = match element.name.as_str() {
                "license" => {
                    let mut choice = Map::new();
                    choice.insert("license".to_owned(), self.license(element)?);
                    choice
                }
                "expression" => self.object(element, &EXPRESSION)?,
                "expression-detailed" => self.object(element, &EXPRESSION_DETAILED)?,
                _ => return Err(self.refuse_element(node, element)),
            };
            choices.push(Value::Object(choice));
        }
        Ok(Value::Array(choices))
    }

    pub(super) fn license(&self, node: &Node) -> Result<Value, XmlError> {
        let license = self.object(node, &LICENSE)?;
        if license.contains_key("id") == license.contains_key("name") {
            return Err(self.refuse(node, "a `license` has either `id` or `name`"));
        }
        Ok(Value::Object(license))
    }

    /// Shapes `dataflow`: how it is classified stands in an element, and in JSON beside it.
    pub(super) fn dataflow(&self, node: &Node) -> Result<Value, XmlError> {
        let mut flow = self.object(node, &DATAFLOW)?;
        match flow.remove("classification") {
            Some(Value::Object(classification)) => flow.extend(classification),
            _ => return Err(self.refuse(node, "`dataflow` lacks `classification`")),
        }
        Ok(Value::Object(flow))
    }

    /// Shapes a data set: a reference, beside which the rest would be left out, or data.
    pub(super) fn dataset(&self, node: &Node, object: &Object) -> Result<Value, XmlError> {
        let dataset = self.object(node, object)?;
        if dataset.contains_key("ref") && dataset.len() > 1 {
            let what = "`ref` beside other elements, which conftest leaves out";
            return Err(self.refuse(node, what));
        }
        Ok(Value::Object(dataset))
    }
}
