//! One request by HTTP, under one deadline: the only file that names the HTTP client.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use ureq::config::Config;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector,
    Transport, TransportAdapter,
};
use ureq::{Agent, Error, Proxy};

pub(crate) use crate::channels::{Answer, Method};

use super::reach::AddressScope;
use super::{connect_error, request_limit};
use crate::cause::{ConnectionError, NotTried};

/// What to send, and where to.
pub(crate) struct Request<'a> {
    pub(crate) address: &'a str,
    /// Which addresses of the host are good enough.
    pub(crate) reach: AddressScope,
    /// Beside those that every request has.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// Posted; without one the address is only asked for.
    pub(crate) body: Option<Body<'a>>,
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) proxy: Option<&'a str>,
    /// For the connection.
    pub(crate) patience: Duration,
    /// For everything.
    pub(crate) limit: Duration,
    /// Of an answer, in bytes.
    pub(crate) longest: u64,
}

pub(crate) struct Body<'a> {
    pub(crate) method: Method,
    pub(crate) kind: &'static str,
    pub(crate) bytes: &'a [u8],
}

/// Why there is no answer, as the end of the sentence "HOST: …".
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The request did not reach the server whole.
    NoConnection(ConnectionError),
    /// It did, and nothing came back.
    Unanswered(ConnectionError),
    /// It was not even tried, and will not be before something is changed.
    NotTried(NotTried),
    /// The server's certificate cannot be trusted: nothing was sent.
    Untrusted(ConnectionError),
}

/// Sends `request` and reads the answer, however much of it there is.
pub(crate) fn send(request: &Request<'_>, now: OffsetDateTime) -> Result<Answer, NoAnswer> {
    exchange(request, now).map(|exchange| exchange.answer)
}

/// An answer, and what only some ask of it.
pub(crate) struct Exchange {
    pub(crate) answer: Answer,
    /// It is longer than was asked for.
    pub(crate) is_too_long: bool,
    /// Where it leads, as it says so.
    pub(crate) location: Option<String>,
}

/// Sends `request` and reads the answer. Follows no redirect: the address may be a secret, and where it leads is not
/// where it was to go.
pub(crate) fn exchange(request: &Request<'_>, now: OffsetDateTime) -> Result<Exchange, NoAnswer> {
    let proxy = proxy(request)?;
    let phase = Arc::new(Phase::default());
    let is_out_of_reach = Arc::new(AtomicBool::new(false));
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("certnotify/", env!("CARGO_PKG_VERSION")))
        // Without it any coding is acceptable (RFC 9110 §12.5.3), and none can be read here.
        .accept_encoding("identity")
        .timeout_resolve(Some(request.patience))
        .timeout_connect(Some(request.patience))
        .timeout_global(Some(request.limit))
        .proxy(proxy.clone())
        .build();
    let connector =
        ().chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(TlsConnector::new(Arc::clone(&request.config)))
            .chain(Witness::new(Arc::clone(&phase), proxy.is_some()));
    let resolver = Within {
        reach: request.reach,
        is_out_of_reach: Arc::clone(&is_out_of_reach),
        inner: DefaultResolver::default(),
    };
    let agent = Agent::with_parts(config, connector, resolver);
    let sent = if let Some(body) = &request.body {
        let post = match body.method {
            Method::Get | Method::Post => agent.post(request.address),
            Method::Put => agent.put(request.address),
            Method::Patch => agent.patch(request.address),
        };
        let post = post.header("Content-Type", body.kind).header("Connection", "close");
        request.headers.iter().fold(post, |post, (name, value)| post.header(*name, *value)).send(body.bytes)
    } else {
        let get = agent.get(request.address).header("Connection", "close");
        request.headers.iter().fold(get, |get, (name, value)| get.header(*name, *value)).call()
    };
    match sent {
        Ok(mut response) => {
            let mut body = Vec::new();
            let is_said_too_long = response.body().content_length().is_some_and(|length| length > request.longest);
            let room = if is_said_too_long { 0 } else { request.longest + 1 };
            let read = response.body_mut().as_reader().take(room).read_to_end(&mut body);
            let is_too_long = is_said_too_long || body.len() as u64 > request.longest;
            body.truncate(usize::try_from(request.longest).unwrap_or(usize::MAX));
            let answer = answer(response.status().as_u16(), response.headers(), body, now);
            let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            let answer = Answer { is_whole: read.is_ok() && !is_too_long, ..answer };
            Ok(Exchange { answer, is_too_long, location })
        }
        Err(_) if is_out_of_reach.load(Ordering::Relaxed) => Err(NoAnswer::NotTried(request.reach.refusal())),
        Err(error) if is_of_certificate(&error) => Err(NoAnswer::Untrusted(cause(error))),
        Err(error) if phase.awaits_answer() => Err(NoAnswer::Unanswered(cause(error))),
        Err(error) => Err(NoAnswer::NoConnection(cause(error))),
    }
}

fn proxy(request: &Request<'_>) -> Result<Option<Proxy>, NoAnswer> {
    let Some(address) = request.proxy else { return Ok(None) };
    if request.reach == AddressScope::PrivateOnly {
        return Err(NoAnswer::NotTried(NotTried::ProxiedHttp));
    }
    let is_http = |proxy: &Proxy| matches!(proxy.uri().scheme_str(), Some("http" | "https"));
    let proxy = Proxy::new(address).ok().filter(is_http);
    proxy.map(Some).ok_or(NoAnswer::NotTried(NotTried::BadProxy))
}

fn answer(status: u16, headers: &HeaderMap, body: Vec<u8>, now: OffsetDateTime) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let seconds = |name: &str| text(name).and_then(request_limit::seconds);
    let moment = |name: &str| text(name).and_then(|text| OffsetDateTime::parse(text, &Rfc2822).ok());
    let date = moment("date");
    let retry_at = moment("retry-after").map(|at| at - date.unwrap_or(now));
    Answer {
        status,
        body,
        is_whole: true,
        retry_after: seconds("retry-after").or_else(|| retry_at.map(|wait| wait.try_into().unwrap_or_default())),
        rate_limit_reset: seconds("x-ogw-ratelimit-reset")
            .or_else(|| request_limit::next_window(text, date.unwrap_or(now))),
        date,
    }
}

fn is_of_certificate(error: &Error) -> bool {
    let Error::Io(error) = error else { return false };
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    inner.map_or_else(|| connect_error::is_of_certificate(error), is_of_certificate)
}

/// Without any part of the address: some errors of the client quote it.
fn cause(error: Error) -> ConnectionError {
    match error {
        Error::Timeout(_) => ConnectionError::Timeout,
        Error::HostNotFound => ConnectionError::NoAddress,
        Error::ConnectProxyFailed(said) => of_proxy(&said),
        Error::Io(error) => match error.downcast::<Error>() {
            Ok(inner) => cause(inner),
            Err(error) => connect_error::of(&error),
        },
        Error::Protocol(_) | Error::LargeResponseHeader(..) => ConnectionError::NotHttp,
        Error::BadUri(_) | Error::Http(_) => ConnectionError::BadAddress,
        _ => ConnectionError::Failed,
    }
}

/// The client tells the status in its words alone, as in `proxy server responded 407/407`.
fn of_proxy(said: &str) -> ConnectionError {
    let status = said.rsplit([' ', '/']).next().and_then(|status| status.parse().ok());
    status.map_or(ConnectionError::SilentProxy, ConnectionError::RefusedByProxy)
}

/// Finds addresses; none, unless every one of them is within reach.
struct Within {
    reach: AddressScope,
    is_out_of_reach: Arc<AtomicBool>,
    inner: DefaultResolver,
}

impl fmt::Debug for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Within")
    }
}

impl Resolver for Within {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.inner.resolve(uri, config, timeout)?;
        if !addresses.iter().map(SocketAddr::ip).all(|address| self.reach.includes(address)) {
            self.is_out_of_reach.store(true, Ordering::Relaxed);
            return Err(Error::Io(io::ErrorKind::PermissionDenied.into()));
        }
        Ok(addresses)
    }
}

/// Verifies the peer by certnotify's own configuration, never by one of the client's.
struct TlsConnector(Arc<ClientConfig>);

impl TlsConnector {
    fn new(config: Arc<ClientConfig>) -> Self {
        Self(config)
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Err(Error::ConnectionFailed) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let address = host.parse::<IpAddr>().map(|address| ServerName::from(address.to_canonical()));
        let name = address.or_else(|_| ServerName::try_from(host.to_owned()));
        let name = name.map_err(|_| Error::Tls("no name to verify"))?;
        let mut session = ClientConnection::new(Arc::clone(&self.0), name).map_err(std::io::Error::other)?;
        let mut socket = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned::new(session, socket) })))
    }
}

struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        self.stream.flush()?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// How far the request came.
#[derive(Debug, Default)]
struct Phase(AtomicBool);

impl Phase {
    /// All of the request was written, and the answer is waited for.
    fn awaits_answer(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Notes when the answer is waited for: the client does so only once the whole request is written.
#[derive(Debug)]
struct Witness {
    phase: Arc<Phase>,
    /// The connection to the proxy itself comes first and is another one.
    is_proxied: bool,
}

impl Witness {
    fn new(phase: Arc<Phase>, is_proxied: bool) -> Self {
        Self { phase, is_proxied }
    }
}

impl<In: Transport> Connector<In> for Witness {
    type Out = Watched<In>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let is_request = details.config.proxy().is_some() == self.is_proxied;
        let phase = is_request.then(|| Arc::clone(&self.phase));
        Ok(chained.map(|inner| Watched { inner, phase }))
    }
}

#[derive(Debug)]
struct Watched<T> {
    inner: T,
    phase: Option<Arc<Phase>>,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if let Some(phase) = &self.phase {
            phase.0.store(true, Ordering::Relaxed);
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use ureq::http::HeaderValue;

    use super::*;

    #[test]
    fn when_to_try_again_is_read_as_seconds_and_as_a_date() {
        let now = datetime!(2026-11-21 08:00 UTC);
        let read = |retry_after: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("Retry-After", HeaderValue::from_static(retry_after));
            headers.insert("Date", HeaderValue::from_static("Sat, 21 Nov 2026 09:00:00 GMT"));
            let answer = answer(429, &headers, Vec::new(), now);
            assert_eq!(answer.date, Some(datetime!(2026-11-21 09:00 UTC)));
            answer.retry_after
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sat, 21 Nov 2026 09:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sat, 21 Nov 2026 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn no_error_of_the_client_quotes_the_address() {
        let secret = "https://host/0123456789abcdef";
        for error in [
            Error::BadUri(secret.to_owned()),
            Error::RequireHttpsOnly(secret.to_owned()),
            Error::Io(io::Error::other(Error::BadUri(secret.to_owned()))),
        ] {
            assert!(!cause(error).to_string().contains("0123456789abcdef"));
        }
    }
}
