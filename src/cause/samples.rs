//! One of every cause, for tests of their words: a new kind does not compile before it stands here.

use std::time::Duration;

use super::*;
use crate::address::NotAPlace;
use crate::certificate::{BadBlock, BlockFault, ContainerError, ContainerKind, NotACertificate};
use crate::channels::{Channel, tables};
use crate::secret::SecretError;

/// One of each variant: with a variant that is not listed this does not compile.
macro_rules! each {
    ($of:ident: $($name:ident $(($($part:expr),*))? $({$($field:ident: $value:expr),*})?),* $(,)?) => {{
        let _is_listed = |it: &$of| match it { $($of::$name { .. } => {})* };
        vec![$($of::$name $(($($part.into()),*))? $({$($field: $value.into()),*})?),*]
    }};
}

const WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn every_cause() -> Vec<FailureCause> {
    let endpoint = || "a.example:443".to_owned();
    let refused = || FailureCause::from(EndpointCause::Refused(peers().remove(0)));
    let document = |error| DocumentCause { place: "rdap.example".to_owned(), error };
    let fault = || Fault { at: Some("src/x.rs:1".to_owned()) };
    let mut causes = each!(FailureCause: Endpoint(EndpointCause::Refused(peers().remove(0))),
        Deployment { endpoint: endpoint(), cause: refused() }, File(files().remove(0)),
        Program(ProgramCause::Error(ProgramError::NotFound("/bin/tell".to_owned()))), Place(PlaceCause::NotInThisRun),
        Chain(ChainCause::Expired), Finding(FindingCause::ChainMisordered), Delivery(DeliveryCause::Silent),
        Several(vec![Arc::new(refused()), Arc::new(refused())]), NotReached,
        Metadata(document(DocumentError::NotInTime)), NoRegistry { top: "example" },
        Registry(RegistryCause::Busy("rdap.example".to_owned())), Unread(UnreadCause::EmptyList("hosts.txt".to_owned())),
        Fault { place: "/a.pem", doing: Doing::Reading, fault: fault() });
    causes.extend(endpoints().into_iter().map(FailureCause::from));
    causes.extend(files().into_iter().map(FailureCause::from));
    causes.extend(programs().into_iter().map(FailureCause::from));
    causes.extend(places().into_iter().map(FailureCause::from));
    causes.extend(chains().into_iter().map(FailureCause::from));
    causes.extend(findings().into_iter().map(FailureCause::from));
    causes.extend(deliveries().into_iter().map(FailureCause::from));
    causes.extend(registries().into_iter().map(FailureCause::Registry));
    causes.extend(unread().into_iter().map(FailureCause::Unread));
    causes
}

/// Words of others alone.
pub(crate) fn is_quoted(cause: &FailureCause) -> bool {
    matches!(
        cause,
        FailureCause::Unread(UnreadCause::Target(_))
            | FailureCause::Registry(RegistryCause::Said(_))
            | FailureCause::Delivery(DeliveryCause::Said(_) | DeliveryCause::Addresses(_))
    )
}

fn system_errors() -> Vec<SystemError> {
    let kinds = each!(SystemErrorKind: NotFound, PermissionDenied, IsADirectory, ConnectionRefused, ConnectionReset,
        TimedOut, NetworkUnreachable, HostUnreachable, UnknownName, NoAddress, NoResolver, Other);
    kinds.into_iter().map(|kind| SystemError { kind, said: "an odd failure (os error 5)".to_owned() }).collect()
}

fn peers() -> Vec<Peer> {
    let address = std::net::SocketAddr::from(([192, 0, 2, 1], 443));
    let proxy = || ProxyName { kind: "HTTP", place: "192.0.2.2:3128".to_owned() };
    each!(Peer: Address(address), Behind(proxy()), Proxy(proxy(), address))
}

fn endpoints() -> Vec<EndpointCause> {
    let peer = || peers().remove(0);
    let system = || system_errors().remove(0);
    let proxy = || ProxyName { kind: "SOCKS5", place: "192.0.2.2:1080".to_owned() };
    let interruptions = || each!(Interruption: Timeout, Closed, System(system()));
    let mut proxies = each!(ProxyError: Interrupted(Interruption::Timeout), Answered("HTTP/1.1 407 No"), Replied(2),
        WantsLogin, Unexpected);
    proxies.extend(interruptions().into_iter().map(ProxyError::Interrupted));
    proxies.extend((1..10).map(ProxyError::Replied));
    let mut greetings = each!(GreetingError: Interrupted(Interruption::Timeout), Unexpected("it is odd"), Refused(""),
        TurnedAway("go away"), Injected(7usize));
    greetings.extend(interruptions().into_iter().map(GreetingError::Interrupted));
    let handshakes = each!(HandshakeError: Timeout, Closed, NotTls, NotTlsAsAgreed, TooOld, NothingInCommon,
        RefusedOnce, TooLarge, UnknownName, NoProof, WithoutCertificate, Alert("InternalError"), Other(system()));
    let mut causes = each!(EndpointCause:
        Addresses { causes: vec![EndpointCause::Refused(peer()), EndpointCause::NothingShown { peer: peer() }], more: 2usize },
        Refused(peer()), NoAnswer { peers: peers(), within: WITHIN }, NoWay { peer: peer(), error: system() },
        Proxy { proxy: proxy(), error: ProxyError::WantsLogin, within: WITHIN },
        Greeting { peer: peer(), protocol: "SMTP", error: GreetingError::Refused("no".to_owned()), within: WITHIN },
        Handshake { peer: peer(), error: HandshakeError::NotTls, within: WITHIN },
        NotACertificate { peer: peer(), error: NotACertificate::EndsEarly }, NothingShown { peer: peer() },
        NoAddress { host: "a.example", error: None }, NoAddressWithin { host: "a.example", within: WITHIN },
        NoPoller(system()));
    let of_greeting =
        |error| EndpointCause::Greeting { peer: peer(), protocol: "SMTP".to_owned(), error, within: WITHIN };
    causes.extend(peers().into_iter().map(EndpointCause::Refused));
    causes.extend(proxies.into_iter().map(|error| EndpointCause::Proxy { proxy: proxy(), error, within: WITHIN }));
    causes.extend(greetings.into_iter().map(of_greeting));
    causes.extend(handshakes.into_iter().map(|error| EndpointCause::Handshake { peer: peer(), error, within: WITHIN }));
    causes.extend(
        system_errors()
            .into_iter()
            .map(|error| EndpointCause::NoAddress { host: "a.example".to_owned(), error: Some(error) }),
    );
    causes
}

fn not_certificates() -> Vec<NotACertificate> {
    each!(NotACertificate: Structure("invalid name"), EndsEarly, OtherElements, Dates { not_before: "0", not_after: "1" }, List,
        EndlessList, OpenPgp, Ssh)
}

fn containers() -> Vec<ContainerError> {
    let kinds = each!(ContainerKind: Pkcs12, Pkcs7, JavaKeyStore, Keybox);
    let mut errors = each!(ContainerError: NeedsPassword, WrongPassword, ToAKey, Algorithm("1.2.3.4"), TooManyRounds,
        Broken(ContainerKind::Pkcs12));
    errors.extend(kinds.into_iter().map(ContainerError::Broken));
    errors
}

fn blocks() -> Vec<BlockFault> {
    let mut faults =
        each!(BlockFault: NoEnd, NoBegin, NotBase64, NoBlock, CutShort, Content(NotACertificate::EndsEarly));
    faults.extend(not_certificates().into_iter().map(BlockFault::Content));
    faults
}

fn read_errors() -> Vec<ReadError> {
    let nodes = each!(NodeKind: Directory, Fifo, Socket, Device);
    let mut errors = each!(ReadError: System(system_errors().remove(0)), NotAFile(NodeKind::Fifo), TooLarge, Utf16);
    errors.extend(nodes.into_iter().map(ReadError::NotAFile));
    errors
}

fn secrets() -> Vec<SecretError> {
    each!(SecretError: NotRegular("/pipe"), NotSet("KEY_1"), NoCredentials("key-1"), Empty("the secret"),
        Unreadable { path: "/key", said: "it is odd" })
}

fn files() -> Vec<FileCause> {
    let path = || "/a.pem".to_owned();
    let broken =
        |fault| FileCause::Broken { path: path(), first: BadBlock { number: 2, line: Some(31), fault }, more: 3 };
    let folders = || each!(FolderError: Empty, NotThere, Unreadable(system_errors().remove(0)));
    let roles = each!(FileRole: Target, ClientCertificate, ClientKey, StandardInput);
    let patterns = each!(PatternError: NoText, LastBackslash, OpenBracket, OpenBrace, ClosingBrace);
    let closed = |error, no_password| FileCause::Closed { path: path(), error, no_password };
    let mut causes = each!(FileCause: Unreadable { role: FileRole::Target, path: path(), error: ReadError::TooLarge },
        NoCertificate { role: FileRole::Target, path: path(), instead: HeldInstead::PrivateKey }, NoClientKey { path: path() },
        OtherClientKey { certificate: path(), key: path() }, NothingMatches { pattern: "/a/*.pem" },
        BadPattern { pattern: "/[", error: PatternError::OpenBracket },
        Broken { path: path(), first: BadBlock { number: 2, line: Some(31), fault: BlockFault::NoEnd }, more: 0usize },
        Closed { path: path(), error: ContainerError::NeedsPassword, no_password: None },
        Away { path: path(), folder: "/a", error: FolderError::Empty });
    causes.extend(read_errors().into_iter().map(|error| FileCause::unreadable("/a.pem".as_ref(), error)));
    let held = |role, instead| FileCause::NoCertificate { role, path: path(), instead };
    causes.push(held(FileRole::Target, HeldInstead::Request));
    causes.extend(roles.into_iter().map(|role| held(role, HeldInstead::Nothing)));
    causes.extend(patterns.into_iter().map(|error| FileCause::BadPattern { pattern: "/[".to_owned(), error }));
    causes.extend(blocks().into_iter().map(broken));
    causes.extend(containers().into_iter().map(|error| closed(error, None)));
    causes.extend(secrets().into_iter().map(|secret| closed(ContainerError::NeedsPassword, Some(secret))));
    causes.extend(folders().into_iter().map(|error| FileCause::Away { path: path(), folder: "/a".to_owned(), error }));
    causes
}

fn programs() -> Vec<ProgramCause> {
    let program = || "/bin/tell".to_owned();
    let errors = each!(ProgramError: NotFound(program()), NoInterpreter(program()),
        NotExecutable { program: program(), error: system_errors().remove(1) },
        TimedOut { program: program(), limit: WITHIN }, Unheard(program()),
        System { program: program(), error: system_errors().remove(1) });
    let ends = each!(ProgramEnd: Code(1), Signal(9));
    let mut causes = each!(ProgramCause: Error(ProgramError::NotFound(program())),
        PrintsTooMuch { program: program(), mebibytes: 32u64 },
        Failed { program: program(), end: ProgramEnd::Code(1), said: "it is odd" });
    causes.extend(errors.into_iter().map(ProgramCause::Error));
    causes.extend(ends.into_iter().map(|end| ProgramCause::Failed { program: program(), end, said: String::new() }));
    causes
}

fn places() -> Vec<PlaceCause> {
    let source = || "a.example:443".to_owned();
    each!(PlaceCause: NotSaid { source: source() }, LeadsElsewhere { source: source(), address: "192.0.2.1:443" },
        Gone { source: source() }, NotInThisRun, Folder(FolderError::Empty))
}

fn chains() -> Vec<ChainCause> {
    let issuer = || "CN=A".to_owned();
    let files = each!(CaFileError: Unreadable(read_errors().remove(0)), Block(BlockFault::NoEnd),
        Container(ContainerError::NeedsPassword), NoCertificate);
    let mut causes = each!(ChainCause: Expired, NotYetValid, BadSignature, NotForServers, BadEncoding, OldSignature,
        Authority, OldVersion, NameConstraints, MayNotSign, Refused("PathLenConstraintViolated"), SelfSigned,
        NoKnownIssuer, WrongName { name: "a.example", has: Vec::new() },
        UnknownRoot { issuer: issuer(), anchors: Anchors::CaFile },
        MissingIssuer { issuer: issuer(), anchors: Anchors::Machine },
        UnknownIssuer { issuer: issuer(), anchors: Anchors::CaFile },
        CaFile { path: "/ca.pem", error: CaFileError::NoCertificate });
    causes.push(ChainCause::WrongName { name: "a.example".to_owned(), has: vec!["b.example".to_owned()] });
    causes.extend(files.into_iter().map(|error| ChainCause::ca_file("/ca.pem".as_ref(), error)));
    causes
}

fn connections() -> Vec<ConnectionError> {
    let mut connections = each!(ConnectionError: Timeout, Closed, NoAddress, SlowResolver,
        Untrusted(ChainCause::Expired), NotTls, OldTls, NothingInCommon, UnknownName, Alert("InternalError"),
        RefusedByProxy(407u16), SilentProxy, BadAddress, NotHttp, NotSmtp, NotReset(421u16), OddEnd(100u16), Failed,
        System(system_errors().remove(0)));
    connections.extend(system_errors().into_iter().map(ConnectionError::System));
    connections.extend(chains().into_iter().map(|cause| ConnectionError::Untrusted(cause.into())));
    connections
}

fn not_tried() -> Vec<NotTried> {
    each!(NotTried: PublicByHttp, NotPublic, OfLink, ProxiedHttp, BadProxy, NoTls)
}

pub(crate) fn deliveries() -> Vec<DeliveryCause> {
    let program = || ProgramError::TimedOut { program: "/bin/tell".to_owned(), limit: Duration::from_millis(300) };
    let connections = connections();
    let steps = each!(MailStep: Greeting, StartTls, Authentication, Token, Sender, Recipients, Mail);
    let servers = each!(MailServerError: NoRecipient, NoUtf8, NoStartTls, Injected, TlsAlready, NoTls,
        NotConfidential, NoPasswordLogin, NoScram, Unproven, NoTokenLogin);
    let addresses = each!(AddressError: Space, NotOfWeb, Login, BadCharacter, NoHost);
    let (not_tried, secrets) = (not_tried(), secrets());
    let mut objections = tables().flat_map(|(_, _, table)| table.objections());
    let objection = objections.find(|it| it.en.contains("routing key")).unwrap();
    let settings = each!(Setting: Channel("routing-key"), Email("user-name"), OAuth("client-id"));
    let sources =
        each!(TokenSource: Setting(Setting::Email("user-name".to_owned())), Program("/bin/tell"), Server("a.example"));
    let mut causes = each!(DeliveryCause:
        NoChannel(Channel::Email), NoSecret(settings[0].clone(), secrets[0].clone()), BadMailbox("a b@c"),
        BadAddress("base-url", addresses[0]), Objection("a.example", Some("routing-key".to_owned()), objection), OtherVendor("a.example", Channel::Email, Channel::Email), HalfAddress("a.example", Channel::Email),
        BadCaFile("/ca.pem", Box::new(CaFileError::NoCertificate)), NoTls("odd"),
        NotTried("a.example", not_tried[0]), NoConnection("a.example", connections[0].clone()),
        NoAnswer("a.example", connections[0].clone()), Refused("a.example", "odd"), Busy("a.example", "odd"), NotConfirmed("a.example", 200u16), Throttled("a.example", "odd"),
        GatewayTimeout("a.example", "odd"), CutOff("a.example"), TicketUnanswered("a.example", "odd"), TicketsNotListed("a.example"), NoSession("a.example"),
        MailServer("a.example", servers[0]), Broken("a.example", connections[0].clone()), MailUnanswered("a.example", connections[0].clone()),
        TooLarge("a.example", 1000u64), StepRefused("a.example", steps[0], "550 no"), StepNotNow("a.example", steps[0], "450 no"),
        NoToken(program()), TokenProgramFailed("/bin/tell", "odd"), NoTokenFrom("a.example", connections[0].clone()),
        TokenNotNow("a.example", "odd"), TokenRefused("a.example", "odd"), WithoutToken("a.example"), BadToken(sources[0].clone()),
        BadTokenUrl(addresses[0]), Program(program()), ProgramTimeout(program(), Handed::Mail),
        ProgramKilled("/bin/tell", 9, Handed::Message, ""), ProgramFailed("/bin/tell", ProgramEnd::Code(1), "odd"),
        ProgramRefused("/bin/tell", ProgramEnd::Code(67), ""), ProgramNotNow("/bin/tell", ProgramEnd::Code(75), Handed::Mail, ""),
        Inbox("/inbox", system_errors()[0].clone()), AskedForTime, OutOfTime(300u64), Stopped, AfterPage, Silent,
        Fault(Fault { at: Some("src/x.rs:1".to_owned()) }), Addresses(vec![("a@b".to_owned(), "550".into())]),
        Said("550 no such user"),
    );
    causes.extend(connections.into_iter().map(|error| DeliveryCause::NoConnection("a.example".to_owned(), error)));
    causes.extend(
        steps.into_iter().map(|step| DeliveryCause::StepRefused("a.example".to_owned(), step, "no".to_owned())),
    );
    causes.extend(servers.into_iter().map(|error| DeliveryCause::MailServer("a.example".to_owned(), error)));
    causes.extend(addresses.into_iter().map(DeliveryCause::BadTokenUrl));
    causes.extend(not_tried.into_iter().map(|why| DeliveryCause::NotTried("a.example".to_owned(), why)));
    causes.extend(sources.into_iter().map(DeliveryCause::BadToken));
    causes.extend(settings.into_iter().cycle().zip(secrets).map(|(key, error)| DeliveryCause::NoSecret(key, error)));
    causes
}

fn registries() -> Vec<RegistryCause> {
    let host = || "rdap.example".to_owned();
    let no_answer = |error| RegistryCause::NoAnswer(DocumentCause { place: host(), error });
    let mut errors = each!(DocumentError: Connection(ConnectionError::Timeout), NotTried(NotTried::OfLink),
        NoRoots(ChainCause::Expired), NoTls("it is odd"), OnlyHttps, NotInTime, Status(503u16), NoLocation,
        TooManyRedirects, TooLarge(512u64), CutOff, NotRdap, NoCertificate);
    errors.extend(not_tried().into_iter().map(DocumentError::NotTried));
    let mut causes = each!(RegistryCause: NoAnswer(DocumentCause { place: host(), error: DocumentError::CutOff }),
        Fault(Fault::default()), Busy(host()), Ended("pending delete"), NoEnd(host()), BadEnd(host()),
        OtherDomain(host()), NotRegistered(host()), Host("a.example"), Said("as it was said"));
    causes.extend(errors.into_iter().map(no_answer));
    causes
}

fn unread() -> Vec<UnreadCause> {
    let list = || "hosts.txt".to_owned();
    let mut places = each!(NotAPlace: Host("a_b"), Zone("fe80::1%"), Port("0"));
    places.extend([NotAPlace::Host(String::new()), NotAPlace::Port(String::new())]);
    let mut wrong = each!(NotAnEndpoint: Place(NotAPlace::Port("0".to_owned())), Scheme("x1", None), Login);
    wrong.push(NotAnEndpoint::Scheme("htps".to_owned(), Some("https")));
    wrong.extend(places.into_iter().map(NotAnEndpoint::Place));
    let mut lines = each!(LineError: TooLong, Unprintable("a_b"), Path("/a"), TwoColons("a:b:c"),
        NotAnEndpoint(NotAnEndpoint::Login));
    lines.extend(wrong.into_iter().map(LineError::NotAnEndpoint));
    let mut causes = each!(UnreadCause: List(list(), ReadError::TooLarge), Line(list(), 3usize, LineError::TooLong),
        MoreLines(list(), 2usize), EmptyList(list()), Include("conf.d/*.toml"), Target("it has no host"));
    causes.extend(read_errors().into_iter().map(|error| UnreadCause::List(list(), error)));
    causes.extend(lines.into_iter().map(|line| UnreadCause::Line(list(), 3, line)));
    causes
}

#[test]
fn what_is_remembered_is_read_as_it_was_and_not_where_other_words_stand_beside_it() {
    fn again<T: serde::Serialize + serde::de::DeserializeOwned>(cause: &T) -> T {
        serde_json::from_value(serde_json::to_value(cause).unwrap()).unwrap()
    }
    for cause in deliveries() {
        let read = again(&cause);
        assert_eq!(remembered(&cause.to_string(), Some(&read)), cause);
        assert_eq!(remembered("an earlier version said this", Some(&read)), "an earlier version said this".into());
    }
    for cause in registries() {
        assert_eq!(remembered(&cause.to_string(), Some(&again(&cause))), cause);
    }
}
