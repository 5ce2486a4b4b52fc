//! How something was made: workflows, tasks and their inputs.

use super::bom::{COMPONENT, SERVICE};
use super::parts::{ATTACHED_TEXT, DEPENDENCY, EXTERNAL_REFERENCE, PROPERTY};
use super::row::{Object, Shape, json, label, list, one, text};

pub static FORMULA: Object = Object(&[
    label("bom-ref"),
    list("components", "component", Shape::Object(&COMPONENT)),
    list("services", "service", Shape::Object(&SERVICE)),
    list("workflows", "workflow", Shape::Object(&WORKFLOW)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static WORKFLOW: Object = Object(&[
    label("bom-ref"),
    text("uid"),
    text("name"),
    text("description"),
    list(
        "resourceReferences",
        "resourceReference",
        Shape::Object(&RESOURCE_REFERENCE_CHOICE),
    ),
    list("tasks", "task", Shape::Object(&TASK)),
    list("taskDependencies", "dependency", Shape::Object(&DEPENDENCY)),
    list("taskTypes", "taskType", Shape::Text),
    one("trigger", Shape::Object(&TASK_TRIGGER)),
    list("steps", "step", Shape::Object(&TASK_STEP)),
    list("inputs", "input", Shape::Object(&TASK_INPUT)),
    list("outputs", "output", Shape::Object(&TASK_OUTPUT)),
    text("timeStart"),
    text("timeEnd"),
    list("workspaces", "workspace", Shape::Object(&TASK_WORKSPACE)),
    list("runtimeTopology", "dependency", Shape::Object(&DEPENDENCY)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK: Object = Object(&[
    label("bom-ref"),
    text("uid"),
    text("name"),
    text("description"),
    list("properties", "property", Shape::Object(&PROPERTY)),
    list(
        "resourceReferences",
        "resourceReference",
        Shape::Object(&RESOURCE_REFERENCE_CHOICE),
    ),
    list("taskTypes", "taskType", Shape::Text),
    one("trigger", Shape::Object(&TASK_TRIGGER)),
    list("steps", "step", Shape::Object(&TASK_STEP)),
    list("inputs", "input", Shape::Object(&TASK_INPUT)),
    list("outputs", "output", Shape::Object(&TASK_OUTPUT)),
    text("timeStart"),
    text("timeEnd"),
    list("workspaces", "workspace", Shape::Object(&TASK_WORKSPACE)),
    list("runtimeTopology", "dependency", Shape::Object(&DEPENDENCY)),
]);

pub static TASK_COMMAND: Object = Object(&[
    text("executed"),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_INPUT: Object = Object(&[
    one("resource", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    list("parameters", "parameter", Shape::Object(&PARAMETER)),
    json("environmentVars", Shape::TextOr(&PROPERTY)).many(),
    one("data", Shape::Object(&ATTACHED_TEXT)),
    one("source", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    one("target", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_OUTPUT: Object = Object(&[
    one("resource", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    list("parameters", "parameter", Shape::Object(&PARAMETER)),
    json("environmentVars", Shape::TextOr(&PROPERTY)).many(),
    one("data", Shape::Object(&ATTACHED_TEXT)),
    text("type"),
    one("source", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    one("target", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_STEP: Object = Object(&[
    text("name"),
    text("description"),
    list("commands", "command", Shape::Object(&TASK_COMMAND)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_TRIGGER: Object = Object(&[
    label("bom-ref"),
    text("uid"),
    text("name"),
    text("description"),
    list(
        "resourceReferences",
        "resourceReference",
        Shape::Object(&RESOURCE_REFERENCE_CHOICE),
    ),
    text("type"),
    one("event", Shape::Object(&EVENT)),
    list(
        "conditions",
        "condition",
        Shape::Object(&TASK_TRIGGER_CONDITION),
    ),
    text("timeActivated"),
    list("inputs", "input", Shape::Object(&TASK_INPUT)),
    list("outputs", "output", Shape::Object(&TASK_OUTPUT)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_TRIGGER_CONDITION: Object = Object(&[
    text("description"),
    text("expression"),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static TASK_WORKSPACE: Object = Object(&[
    label("bom-ref"),
    text("uid"),
    text("name"),
    list("aliases", "alias", Shape::Text),
    text("description"),
    list(
        "resourceReferences",
        "resourceReference",
        Shape::Object(&RESOURCE_REFERENCE_CHOICE),
    ),
    text("accessMode"),
    text("mountPath"),
    text("managedDataType"),
    text("volumeRequest"),
    one("volume", Shape::Object(&VOLUME)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static VOLUME: Object = Object(&[
    text("uid"),
    text("name"),
    text("mode"),
    text("path"),
    text("sizeAllocated"),
    one("persistent", Shape::Bool),
    one("remote", Shape::Bool),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static EVENT: Object = Object(&[
    text("uid"),
    text("description"),
    text("timeReceived"),
    one("data", Shape::Object(&ATTACHED_TEXT)),
    one("source", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    one("target", Shape::Object(&RESOURCE_REFERENCE_CHOICE)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static PARAMETER: Object = Object(&[text("name"), text("value"), text("dataType")]);

pub static RESOURCE_REFERENCE_CHOICE: Object = Object(&[
    text("ref"),
    one("externalReference", Shape::Object(&EXTERNAL_REFERENCE)),
]);
