//! Where a connection broke, as far as the error tells.

use std::io::{self, ErrorKind};

/// Where a connection broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The request cannot be sent as it is.
    Request,
    /// The name of the host has no address.
    Dns,
    /// Nobody listens.
    Refused,
    /// There is no way to the address.
    Unreachable,
    /// The other side hung up.
    Reset,
    /// The time of the operating system was over.
    Timeout,
    /// No trust: certificates, or what is spoken.
    Tls,
    /// The answer is no HTTP.
    Protocol,
}

impl Broken {
    /// Returns the name, as it is recorded.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
        }
    }

    /// Where it broke, by `error`.
    pub(super) fn by(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Http(_) | ureq::Error::BadUri(_) => Self::Request,
            ureq::Error::HostNotFound => Self::Dns,
            ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::Rustls(_) => Self::Tls,
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::ConnectionFailed => Self::Unreachable,
            ureq::Error::Io(error) => Self::by_io(error),
            _ => Self::Protocol,
        }
    }

    fn by_io(error: &io::Error) -> Self {
        let below = error.get_ref();
        let tls = below.and_then(|below| below.downcast_ref::<rustls::Error>());
        if tls.is_some() {
            return Self::Tls;
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::TimedOut => Self::Timeout,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof => Self::Reset,
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Self::Unreachable,
            // The standard library has no kind for what the resolver says.
            _ if error.to_string().contains("failed to lookup address") => Self::Dns,
            _ => Self::Protocol,
        }
    }
}
