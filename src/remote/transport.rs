//! HTTP for the object stores' clients: one blocking request at a time, over `ureq`.
//!
//! `object_store` asks for a client that is async; a request is sent on the thread that
//! waits for it anyway. INVARIANTS: no redirect is followed; an answer is read up to a
//! limit; nothing is sent without TLS, unless to this machine or where the environment
//! allows it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest,
    HttpResponse, HttpResponseBody, HttpService,
};
use ureq::Agent;
use ureq::http::request::Parts;
use ureq::http::{Request, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};

/// Most bytes of an answer for which no other limit is set: lists, tokens, errors.
const SIZE_MAX: u64 = 16 << 20;
/// Time to get a connection.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Time until an answer begins, and for a body of the largest size.
const ANSWER_MAX: Duration = Duration::from_secs(30);
const BODY_MAX: Duration = Duration::from_mins(5);

/// Most bytes of the answer to one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizeMax(pub(super) u64);

/// Makes clients.
#[derive(Debug)]
pub(super) struct Connector;

#[derive(Debug)]
struct Service {
    agent: Agent,
    allow_http: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::PlatformVerifier);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("assize/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_MAX))
            .timeout_recv_response(Some(ANSWER_MAX))
            .timeout_send_body(Some(BODY_MAX))
            .timeout_recv_body(Some(BODY_MAX))
            .tls_config(tls.build());
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp);
        Ok(HttpClient::new(Service {
            agent: config.build().new_agent(),
            allow_http: allow_http.is_some_and(|value| value == "true"),
        }))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await?.to_bytes();
        self.ask(parts, &bytes)
    }
}

impl Service {
    fn ask(&self, parts: Parts, bytes: &[u8]) -> Result<HttpResponse, HttpError> {
        if !self.allow_http && !is_private(&parts.uri) {
            let reason = format!(
                "`{}` is asked without TLS, which the environment does not allow",
                parts.uri.authority().map_or("", |host| host.as_str())
            );
            return Err(HttpError::new_boxed(HttpErrorKind::Unknown, reason.into()));
        }
        let size_max = parts.extensions.get::<SizeMax>();
        let size_max = size_max.map_or(SIZE_MAX, |limit| limit.0.max(SIZE_MAX));
        // Nothing else of the request's extensions is ours to send.
        let mut asked = Request::builder().method(parts.method).uri(parts.uri);
        if let Some(headers) = asked.headers_mut() {
            *headers = parts.headers;
        }
        let unsent = |error: ureq::http::Error| HttpError::new(HttpErrorKind::Unknown, error);
        let sent = if bytes.is_empty() {
            self.agent.run(asked.body(()).map_err(unsent)?)
        } else {
            self.agent.run(asked.body(bytes).map_err(unsent)?)
        };
        let (parts, mut body) = sent.map_err(broken)?.into_parts();
        let read = body.with_config().limit(size_max).read_to_vec();
        let body = HttpResponseBody::from(read.map_err(broken)?);
        Ok(Response::from_parts(parts, body))
    }
}

/// Whether nobody on the way can read or change what is sent.
fn is_private(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    uri.scheme_str() == Some("https") || is_loopback || host == "localhost"
}

fn broken(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
