//! Cryptographic assets.

use super::parts::HASH;
use super::row::{Object, Shape, each, json, list, one, text};

pub static CRYPTO_PROPERTIES: Object = Object(&[
    text("assetType").always(),
    one(
        "algorithmProperties",
        Shape::Object(&CRYPTO_ALGORITHM_PROPERTIES),
    ),
    one(
        "certificateProperties",
        Shape::Object(&CERTIFICATE_PROPERTIES),
    ),
    one(
        "relatedCryptoMaterialProperties",
        Shape::Object(&RELATED_CRYPTO_MATERIAL_PROPERTIES),
    ),
    one(
        "protocolProperties",
        Shape::Object(&CRYPTO_PROTOCOL_PROPERTIES),
    ),
    text("oid"),
]);

pub static CRYPTO_ALGORITHM_PROPERTIES: Object = Object(&[
    text("primitive"),
    text("parameterSetIdentifier"),
    text("algorithmFamily"),
    text("curve"),
    text("ellipticCurve"),
    text("executionEnvironment"),
    text("implementationPlatform"),
    each("certificationLevel", Shape::Text),
    text("mode"),
    text("padding"),
    list("cryptoFunctions", "cryptoFunction", Shape::Text),
    one("classicalSecurityLevel", Shape::Int),
    one("nistQuantumSecurityLevel", Shape::Int),
]);

pub static CERTIFICATE_PROPERTIES: Object = Object(&[
    text("serialNumber"),
    text("subjectName"),
    text("issuerName"),
    text("notValidBefore"),
    text("notValidAfter"),
    one("signatureAlgorithmRef", Shape::Reference),
    one("subjectPublicKeyRef", Shape::Reference),
    text("certificateFormat"),
    text("certificateExtension"),
    text("certificateFileExtension"),
    one("fingerprint", Shape::Object(&HASH)),
    json("certificateState", Shape::Object(&CERTIFICATE_STATE)).many(),
    json(
        "certificateExtensions",
        Shape::Object(&CERTIFICATE_EXTENSION),
    )
    .many(),
    list(
        "relatedCryptographicAssets",
        "relatedCryptographicAsset",
        Shape::Object(&RELATED_CRYPTOGRAPHIC_ASSET),
    ),
    text("creationDate"),
    text("activationDate"),
    text("deactivationDate"),
    text("revocationDate"),
    text("destructionDate"),
]);

pub static CERTIFICATE_STATE: Object = Object(&[
    json("state", Shape::Text),
    json("reason", Shape::Text),
    json("name", Shape::Text),
    json("description", Shape::Text),
]);

pub static CERTIFICATE_EXTENSION: Object = Object(&[
    json("commonExtensionName", Shape::Text),
    json("commonExtensionValue", Shape::Text),
    json("customExtensionName", Shape::Text),
    json("customExtensionValue", Shape::Text),
]);

pub static RELATED_CRYPTOGRAPHIC_ASSET: Object = Object(&[text("type"), text("ref")]);

pub static RELATED_CRYPTO_MATERIAL_PROPERTIES: Object = Object(&[
    text("type"),
    text("id"),
    text("state"),
    one("algorithmRef", Shape::Reference),
    text("creationDate"),
    text("activationDate"),
    text("updateDate"),
    text("expirationDate"),
    text("value"),
    one("size", Shape::Int),
    text("format"),
    one("securedBy", Shape::Object(&SECURED_BY)),
    one("fingerprint", Shape::Object(&HASH)),
    list(
        "relatedCryptographicAssets",
        "relatedCryptographicAsset",
        Shape::Object(&RELATED_CRYPTOGRAPHIC_ASSET),
    ),
]);

pub static SECURED_BY: Object = Object(&[text("mechanism"), one("algorithmRef", Shape::Reference)]);

pub static CRYPTO_PROTOCOL_PROPERTIES: Object = Object(&[
    text("type"),
    text("version"),
    each("cipherSuites", Shape::Object(&CIPHER_SUITE)),
    json("ikev2TransformTypes", Shape::Object(&IKE_TRANSFORM_TYPES)),
    each("cryptoRefArray", Shape::Reference),
    list(
        "relatedCryptographicAssets",
        "relatedCryptographicAsset",
        Shape::Object(&RELATED_CRYPTOGRAPHIC_ASSET),
    ),
]);

pub static CIPHER_SUITE: Object = Object(&[
    text("name"),
    each("algorithms", Shape::Reference),
    each("identifiers", Shape::Text),
    list("tlsGroups", "group", Shape::Text),
    list("tlsSignatureSchemes", "signatureScheme", Shape::Text),
]);

pub static IKE_TRANSFORM_TYPES: Object = Object(&[
    each("encr", Shape::TextOr(&IKE_ENC)),
    each("prf", Shape::TextOr(&IKE_PRF)),
    each("integ", Shape::TextOr(&IKE_INTEG)),
    each("ke", Shape::TextOr(&IKE_KE)),
    one("esn", Shape::Bool).always(),
    each("auth", Shape::TextOr(&IKE_AUTH)),
]);

pub static IKE_ENC: Object = Object(&[
    json("name", Shape::Text),
    json("keyLength", Shape::Int),
    json("algorithm", Shape::Text),
]);

pub static IKE_PRF: Object = Object(&[json("name", Shape::Text), json("algorithm", Shape::Text)]);

pub static IKE_INTEG: Object = Object(&[json("name", Shape::Text), json("algorithm", Shape::Text)]);

pub static IKE_KE: Object = Object(&[json("group", Shape::Int), json("algorithm", Shape::Text)]);

pub static IKE_AUTH: Object = Object(&[json("name", Shape::Text), json("algorithm", Shape::Text)]);
