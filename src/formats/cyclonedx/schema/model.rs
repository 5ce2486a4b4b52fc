//! Data, and machine learning models.

use super::parts::{
    ATTACHED_TEXT, DATA_GOVERNANCE, EXTERNAL_REFERENCE, ORGANIZATIONAL_ENTITY, PROPERTY,
};
use super::row::{Object, Shape, each, json, label, list, one, text};

pub static COMPONENT_DATA: Object = Object(&[
    label("bom-ref"),
    text("type"),
    text("name"),
    one("contents", Shape::Object(&COMPONENT_DATA_CONTENTS)),
    text("classification"),
    each("sensitiveData", Shape::Text),
    one("graphics", Shape::Object(&COMPONENT_DATA_GRAPHICS)),
    text("description"),
    one("governance", Shape::Object(&DATA_GOVERNANCE)),
]);

pub static COMPONENT_DATA_CONTENTS: Object = Object(&[
    one("attachment", Shape::Object(&ATTACHED_TEXT)),
    text("url"),
    json("properties", Shape::Object(&PROPERTY)).many(),
]);

pub static COMPONENT_DATA_GRAPHICS: Object = Object(&[
    text("description"),
    list(
        "collection",
        "graphic",
        Shape::Object(&COMPONENT_DATA_GRAPHIC),
    ),
]);

pub static COMPONENT_DATA_GRAPHIC: Object =
    Object(&[text("name"), one("image", Shape::Object(&ATTACHED_TEXT))]);

pub static MODEL_CARD: Object = Object(&[
    label("bom-ref"),
    one("modelParameters", Shape::Object(&MODEL_PARAMETERS)),
    one(
        "quantitativeAnalysis",
        Shape::Object(&MODEL_QUANTITATIVE_ANALYSIS),
    ),
    one("considerations", Shape::Object(&MODEL_CARD_CONSIDERATIONS)),
]);

pub static MODEL_PARAMETERS: Object = Object(&[
    one("approach", Shape::Object(&MODEL_PARAMETERS_APPROACH)),
    text("task"),
    text("architectureFamily"),
    text("modelArchitecture"),
    list("datasets", "dataset", Shape::Dataset(&MODEL_DATASET_CHOICE)),
    list(
        "inputs",
        "input",
        Shape::Object(&MODEL_INPUT_OUTPUT_PARAMETERS),
    ),
    list(
        "outputs",
        "output",
        Shape::Object(&MODEL_INPUT_OUTPUT_PARAMETERS),
    ),
]);

pub static MODEL_PARAMETERS_APPROACH: Object = Object(&[text("type")]);

pub static MODEL_DATASET_CHOICE: Object = Object(&[
    text("ref"),
    label("bom-ref"),
    text("type"),
    text("name"),
    one("contents", Shape::Object(&COMPONENT_DATA_CONTENTS)),
    text("classification"),
    each("sensitiveData", Shape::Text),
    one("graphics", Shape::Object(&COMPONENT_DATA_GRAPHICS)),
    text("description"),
    one("governance", Shape::Object(&DATA_GOVERNANCE)),
]);

pub static MODEL_INPUT_OUTPUT_PARAMETERS: Object = Object(&[text("format")]);

pub static MODEL_QUANTITATIVE_ANALYSIS: Object = Object(&[
    list(
        "performanceMetrics",
        "performanceMetric",
        Shape::Object(&MODEL_PERFORMANCE_METRIC),
    ),
    one("graphics", Shape::Object(&COMPONENT_DATA_GRAPHICS)),
]);

pub static MODEL_PERFORMANCE_METRIC: Object = Object(&[
    text("type"),
    text("value"),
    text("slice"),
    one(
        "confidenceInterval",
        Shape::Object(&MODEL_PERFORMANCE_METRIC_CONFIDENCE_INTERVAL),
    ),
]);

pub static MODEL_PERFORMANCE_METRIC_CONFIDENCE_INTERVAL: Object =
    Object(&[text("lowerBound"), text("upperBound")]);

pub static MODEL_CARD_CONSIDERATIONS: Object = Object(&[
    list("users", "user", Shape::Text),
    list("useCases", "useCase", Shape::Text),
    list("technicalLimitations", "technicalLimitation", Shape::Text),
    list("performanceTradeoffs", "performanceTradeoff", Shape::Text),
    list(
        "ethicalConsiderations",
        "ethicalConsideration",
        Shape::Object(&MODEL_CARD_ETHICAL_CONSIDERATION),
    ),
    one(
        "environmentalConsiderations",
        Shape::Object(&MODEL_CARD_ENVIRONMENTAL_CONSIDERATIONS),
    ),
    list(
        "fairnessAssessments",
        "fairnessAssessment",
        Shape::Object(&MODEL_CARD_FAIRNESS_ASSESSMENT),
    ),
]);

pub static MODEL_CARD_ETHICAL_CONSIDERATION: Object =
    Object(&[text("name"), text("mitigationStrategy")]);

pub static MODEL_CARD_FAIRNESS_ASSESSMENT: Object = Object(&[
    text("groupAtRisk"),
    text("benefits"),
    text("harms"),
    text("mitigationStrategy"),
]);

pub static MODEL_CARD_ENVIRONMENTAL_CONSIDERATIONS: Object = Object(&[
    list(
        "energyConsumptions",
        "energyConsumption",
        Shape::Object(&MODEL_ENERGY_CONSUMPTION),
    ),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static MODEL_ENERGY_CONSUMPTION: Object = Object(&[
    text("activity").always(),
    each("energyProviders", Shape::Object(&MODEL_ENERGY_PROVIDER)).always(),
    one("activityEnergyCost", Shape::Object(&MODEL_ENERGY_MEASURE)).always(),
    one("co2CostEquivalent", Shape::Object(&MODEL_CO2_MEASURE)),
    one("co2CostOffset", Shape::Object(&MODEL_CO2_MEASURE)),
    list("properties", "property", Shape::Object(&PROPERTY)),
]);

pub static MODEL_ENERGY_PROVIDER: Object = Object(&[
    label("bom-ref"),
    text("description"),
    one("organization", Shape::Object(&ORGANIZATIONAL_ENTITY)).always(),
    text("energySource").always(),
    one("energyProvided", Shape::Object(&MODEL_ENERGY_MEASURE)).always(),
    list(
        "externalReferences",
        "reference",
        Shape::Object(&EXTERNAL_REFERENCE),
    ),
]);

pub static MODEL_ENERGY_MEASURE: Object =
    Object(&[one("value", Shape::Single).always(), text("unit").always()]);

pub static MODEL_CO2_MEASURE: Object =
    Object(&[one("value", Shape::Single).always(), text("unit").always()]);
