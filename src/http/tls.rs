//! Certificates and keys of a connection.

use std::sync::Arc;

use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::{Credentials, TlsError};

/// Returns whom to trust, and our own certificate.
pub(super) fn of(credentials: &Credentials) -> Result<TlsConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::PlatformVerifier);
    if let Some(pem) = &credentials.ca {
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates("ca", pem)?));
    }
    if let Some((pem, key)) = &credentials.client {
        let chain = certificates("certificate", pem)?;
        let refuse = |reason: String| TlsError {
            what: "key",
            reason,
        };
        let key = PrivateKey::from_pem(key.expose().as_bytes())
            .map_err(|_| refuse("expected a private key as PEM".into()))?;
        // What does not belong together would end the process in the crate below.
        let key_der = rustls::pki_types::PrivateKeyDer::try_from(key.der().to_vec())
            .map_err(|reason| refuse(reason.to_owned()))?;
        let chain_der = chain.iter().map(|one| one.der().to_vec().into()).collect();
        rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(rustls::RootCertStore::empty()))
        .and_then(|builder| builder.with_client_auth_cert(chain_der, key_der))
        .map_err(|error| refuse(error.to_string()))?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(tls.build())
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<Certificate<'static>>, TlsError> {
    let refuse = |reason: &str| TlsError {
        what,
        reason: reason.to_owned(),
    };
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(pem) {
        match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(refuse("is not PEM")),
        }
    }
    if found.is_empty() {
        return Err(refuse("holds no certificate"));
    }
    Ok(found)
}
