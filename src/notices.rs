//! Notices for administrators about the server's network and its mail server: in the log at the start, in the details
//! of `/readyz`, and on the pages of administrators. None of it stops the server.

use crate::config::Config;
use crate::mail::Counters;
use crate::tls::Certificates;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// The notices of a server.
pub struct Notices {
    fixed: Vec<Notice>,
    certificates: Option<Arc<Certificates>>,
    mails: Arc<Counters>,
}

/// Something that should be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The API can be reached from other machines without TLS.
    ApiWithoutTls(SocketAddr),
    /// Operations can be reached from other machines.
    OperationsExposed(SocketAddr),
    /// Connections to the database on this host may be without TLS.
    DatabaseWithoutTls(String),
    /// The files of the TLS certificate cannot be used; the one before them still is.
    CertificateUnusable(String),
    /// No email leaves, because of what the mail server says.
    MailsWait(String),
}

impl Notices {
    /// The notices of a server with this configuration, whose licenses name this issuer.
    pub fn new(
        config: &Config,
        issuer: &str,
        certificates: Option<Arc<Certificates>>,
        mails: Arc<Counters>,
    ) -> Self {
        let is_open = |address: SocketAddr| !address.ip().to_canonical().is_loopback();
        let has_tls = certificates.is_some() || issuer.starts_with("https://");
        let api =
            (is_open(config.listen) && !has_tls).then_some(Notice::ApiWithoutTls(config.listen));
        let operations =
            is_open(config.ops_listen).then_some(Notice::OperationsExposed(config.ops_listen));
        let database = config.database_without_tls.clone().map(Notice::DatabaseWithoutTls);
        let fixed = api.into_iter().chain(operations).chain(database).collect();
        Self { fixed, certificates, mails }
    }

    /// Those that hold now.
    pub fn current(&self) -> Vec<Notice> {
        let mails = self.mails.status.trouble().map(|trouble| Notice::MailsWait(trouble.error));
        self.of_network().into_iter().chain(mails).collect()
    }

    /// Those of the network.
    pub fn of_network(&self) -> Vec<Notice> {
        let fault = self.certificates.as_ref().and_then(|certificates| certificates.fault());
        let certificate = fault.map(Notice::CertificateUnusable);
        self.fixed.iter().cloned().chain(certificate).collect()
    }
}

impl Notice {
    /// The text that says it to staff; `$at` is [`Notice::at`].
    pub fn text(&self) -> &'static str {
        match self {
            Self::ApiWithoutTls(_) => "notice-api-without-tls",
            Self::OperationsExposed(_) => "notice-operations-exposed",
            Self::DatabaseWithoutTls(_) => "notice-database-without-tls",
            Self::CertificateUnusable(_) => "notice-certificate-unusable",
            Self::MailsWait(_) => "notice-mails-wait",
        }
    }

    /// The address, the host, or what is wrong.
    pub fn at(&self) -> String {
        match self {
            Self::ApiWithoutTls(address) | Self::OperationsExposed(address) => address.to_string(),
            Self::DatabaseWithoutTls(at) | Self::CertificateUnusable(at) | Self::MailsWait(at) => {
                at.clone()
            }
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at();
        match self {
            Self::ApiWithoutTls(_) => write!(
                f,
                "the API listens on {at} without TLS: set tls_cert and tls_key, or put a proxy with \
                 TLS in front and set an https issuer"
            ),
            Self::OperationsExposed(_) => write!(
                f,
                "operations listen on {at}, which other machines can reach: set ops_listen to a \
                 loopback address, or let a firewall keep others out"
            ),
            Self::DatabaseWithoutTls(_) => write!(
                f,
                "connections to the database on {at} may be without TLS: add sslmode=verify-full to \
                 database_url"
            ),
            Self::CertificateUnusable(_) => {
                write!(f, "the TLS certificate before this one stays in use: {at}")
            }
            Self::MailsWait(_) => write!(f, "no email leaves, all wait: {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn notices(listen: &str, ops: &str, issuer: &str, database: &str) -> Vec<&'static str> {
        let settings = Settings {
            listen: Some(listen.into()),
            ops_listen: Some(ops.into()),
            database_url: Some(database.into()),
            ..Settings::default()
        };
        let notices =
            Notices::new(&settings.understand().unwrap(), issuer, None, Arc::default()).current();
        notices.iter().map(Notice::text).collect()
    }

    #[test]
    fn what_other_machines_can_reach_without_tls_is_said() {
        let local = ("127.0.0.1:8080", "[::1]:8081");
        assert_eq!(notices(local.0, local.1, "http://127.0.0.1", "a.db"), [""; 0]);
        assert_eq!(
            notices("0.0.0.0:80", "[::]:81", "http://licenses.example", "postgres://u@db/licentia"),
            ["notice-api-without-tls", "notice-operations-exposed", "notice-database-without-tls"]
        );
        assert_eq!(notices("0.0.0.0:80", local.1, "https://licenses.example", "a.db"), [""; 0]);
    }
}
