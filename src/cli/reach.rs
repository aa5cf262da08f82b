//! How endpoints are reached, as the command line says it.

use std::path::PathBuf;
use std::str::FromStr as _;

use certnotify::address;
use certnotify::policy::{ClientCertificate, Endpoint, EndpointOptions, Protocol, Proxy};

/// How endpoints are reached, and what they are asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Reach {
    /// Ask endpoints for the certificate of this name, and judge that name
    #[arg(long, value_name = "NAME", requires = "targets", value_parser = server_name)]
    server_name: Option<String>,
    /// Connect to this address instead: HOST or HOST:PORT
    #[arg(long, value_name = "ADDRESS", requires = "targets", value_parser = Endpoint::from_str)]
    connect: Option<Endpoint>,
    /// How TLS begins at targets that name no scheme: smtp, imap, ldap, postgres and so on
    #[arg(long, value_name = "PROTOCOL", requires = "targets", value_parser = Protocol::from_str)]
    pub starttls: Option<Protocol>,
    /// Look at every address of a name, and report each
    #[arg(long, requires = "targets")]
    every_address: bool,
    /// Begin each connection with the PROXY header, for servers behind a load balancer
    #[arg(long, requires = "targets")]
    proxy_protocol: bool,
    /// Reach endpoints through http://HOST:PORT or socks5://HOST:PORT, which resolves their names
    #[arg(long, value_name = "ADDRESS", requires = "targets", value_parser = Proxy::from_str)]
    proxy: Option<Proxy>,
    /// Show this certificate to servers that ask for one: PEM, with its chain
    #[arg(long, value_name = "FILE", requires = "targets")]
    client_certificate: Option<PathBuf>,
    /// Its private key in PEM [default: in the same file]
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    client_key: Option<PathBuf>,
}

impl Reach {
    pub(super) fn options(&self, ignore_trust: bool) -> EndpointOptions {
        EndpointOptions {
            server_name: self.server_name.clone(),
            connect: self.connect.clone(),
            ignore_trust,
            every_address: self.every_address,
            proxy_protocol: self.proxy_protocol,
            proxy: self.proxy.clone(),
            client: self.client(),
            elsewhere: 0,
        }
    }

    pub(super) fn client(&self) -> Option<ClientCertificate> {
        let certificate = self.client_certificate.clone()?;
        let key = self.client_key.clone().unwrap_or_else(|| certificate.clone());
        Some(ClientCertificate { certificate, key })
    }
}

/// The name that an endpoint is asked for.
pub(super) fn server_name(text: &str) -> Result<String, String> {
    address::server_name(text).map_err(|wrong| format!("{wrong}: write the name alone, such as www.example.com"))
}
